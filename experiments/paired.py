"""What paired replications tell: intervals of differences, ratios of effects, what pairing was worth.

Two policies that share a seed share their luck, so the difference of one replication's two runs is one
observation. Every interval here is at `tables.CONFIDENCE`.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import stats

from experiments.tables import CONFIDENCE

Float = npt.NDArray[np.float64]

HIGHER, LOWER, SAME, UNCLEAR, UNKNOWN = "higher", "lower", "identical", "cannot be told apart", ""
TAILS: Final = (0.1, 0.9)  # of the range over parameter doubt


class Interval(NamedTuple):
    """Mean over the last axis with its Student interval; `n` counts what is known. NaN below two."""

    mean: Float
    low: Float
    high: Float
    n: npt.NDArray[np.int64]


class Ratio(NamedTuple):
    """A ratio of two mean effects with its Fieller interval; NaN all where it is not defined."""

    value: float
    low: float
    high: float
    n: int

    @property
    def defined(self) -> bool:
        """Whether the denominator can be told apart from 0."""
        return bool(np.isfinite(self.value))


NOT_DEFINED: Final = (np.nan, np.nan, np.nan)


def student(values: npt.ArrayLike) -> Interval:
    """Mean and interval of the known values along the last axis."""
    sample = np.asarray(values, np.float64)
    known = ~np.isnan(sample)
    n = known.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(known, sample, 0.0).sum(axis=-1) / np.where(n > 0, n, np.nan)
        spread = np.where(known, sample - mean[..., None], 0.0)
        error = np.sqrt((spread**2).sum(axis=-1) / np.where(n > 1, n - 1, np.nan) / n)
        half = error * stats.t.ppf(0.5 + CONFIDENCE / 2, np.maximum(n - 1, 1))
    return Interval(mean, mean - half, mean + half, n)


def verdicts(difference: Interval) -> npt.NDArray[np.object_]:
    """What each interval of a difference allows to say; `SAME` where every pair is equal to the bit."""
    shape = difference.mean.shape
    verdict = np.full(shape, UNKNOWN, dtype=object)
    verdict[(difference.low <= 0.0) & (difference.high >= 0.0)] = UNCLEAR
    verdict[difference.low > 0.0] = HIGHER
    verdict[difference.high < 0.0] = LOWER
    verdict[(difference.low == 0.0) & (difference.high == 0.0)] = SAME
    return verdict


def variance_reduction(values: Float, base: Float) -> Float:
    """How many times more replications unpaired runs would need for the same interval; NaN if unknown.

    (s²(policy) + s²(baseline)) / s²(difference), along the last axis, over the pairs that are known.
    """
    known = ~np.isnan(values) & ~np.isnan(base)
    apart = _variance(values, known) + _variance(base, known)
    together = _variance(values - base, known)
    return np.divide(apart, together, out=np.full(apart.shape, np.nan), where=together > 0.0)


def _variance(values: Float, known: npt.NDArray[np.bool_]) -> Float:
    n = known.sum(axis=-1)
    mean = np.where(known, values, 0.0).sum(axis=-1) / np.maximum(n, 1)
    squares = np.where(known, values - mean[..., None], 0.0) ** 2
    return np.where(n > 1, squares.sum(axis=-1) / np.maximum(n - 1, 1), np.nan)


def fieller(numerator: npt.ArrayLike, denominator: npt.ArrayLike) -> Ratio:
    """Ratio of the means of paired observations, interval after Fieller (1954).

    The limits are the ratios ρ at which mean(numerator − ρ·denominator) is just told apart from 0. Where the
    denominator's own interval covers 0 they enclose nothing finite: the ratio is not defined.
    """
    above, below = np.asarray(numerator, np.float64), np.asarray(denominator, np.float64)
    known = np.isfinite(above) & np.isfinite(below)
    above, below, n = above[known], below[known], int(known.sum())
    if n < 2:
        return Ratio(*NOT_DEFINED, n)
    a, b = float(above.mean()), float(below.mean())
    (va, cov), (_, vb) = np.cov(above, below) / n
    t2 = float(stats.t.ppf(0.5 + CONFIDENCE / 2, n - 1)) ** 2
    bottom = b * b - t2 * vb
    if bottom <= 0.0:
        return Ratio(*NOT_DEFINED, n)
    middle = a * b - t2 * cov
    root = np.sqrt(max(middle * middle - bottom * (a * a - t2 * va), 0.0))
    return Ratio(a / b, float((middle - root) / bottom), float((middle + root) / bottom), n)


class Doubt(NamedTuple):
    """Effects over other parameter values: their range, in how many worlds, how many keep the sign."""

    low: Float
    high: Float
    worlds: npt.NDArray[np.int64]
    same_sign: npt.NDArray[np.int64]

    def columns(self) -> dict[str, npt.NDArray[np.generic]]:
        """As columns of a table; the range and the count of signs are unknown where there is no world."""
        known = self.worlds > 0
        same = np.where(known, self.same_sign, np.nan)
        return {"doubt_low": self.low, "doubt_high": self.high, "worlds": self.worlds, "same_sign": same}


def doubt(effects: Float, reference: Float) -> Doubt:
    """Range (`TAILS`) of `effects`, float64[rows, worlds], and how many share the sign of `reference`[rows]."""
    known = ~np.isnan(effects)
    worlds = known.sum(axis=1)
    low, high = np.full((2, len(effects)), np.nan)
    some = worlds > 0
    low[some], high[some] = np.nanquantile(effects[some], TAILS, axis=1)
    same = (known & (np.sign(effects) == np.sign(reference)[:, None])).sum(axis=1)
    return Doubt(low, high, worlds, same)
