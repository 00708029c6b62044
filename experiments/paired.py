"""What paired replications tell: intervals of differences, ratios of effects, what pairing was worth.

Two policies that share a seed share their luck, so the difference of one replication's two runs is one
observation. Every interval here is at `tables.CONFIDENCE`.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import special

from experiments.tables import CONFIDENCE

Float = npt.NDArray[np.float64]

HIGHER, LOWER, SAME, UNCLEAR, UNKNOWN = "higher", "lower", "identical", "cannot be told apart", ""
TAILS: Final = (0.1, 0.9)  # of the range over parameter doubt
POWER: Final = 0.8  # with which `needed` replications tell an effect apart


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
        half = error * special.stdtrit(np.maximum(n - 1, 1), 0.5 + CONFIDENCE / 2)
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


def p_values(difference: Interval) -> Float:
    """Two-sided p of Student's test that each difference is 0; 1 where all pairs are equal, NaN below two.

    A p below 1 − `tables.CONFIDENCE` and an interval that leaves 0 out are the same.
    """
    scale = _standard_error(difference)
    with np.errstate(invalid="ignore", divide="ignore"):
        statistic = np.where(difference.mean == 0.0, 0.0, np.abs(difference.mean) / scale)
    return np.where(np.isnan(scale), np.nan, 2.0 * special.stdtr(np.maximum(difference.n - 1, 1), -statistic))


def holm(p: npt.ArrayLike) -> Float:
    """p-values adjusted for being a family of as many tests as are known along the last axis (Holm 1979).

    If all of a family's effects are truly nil, any of them falls below 5 % in at most 5 % of experiments.
    """
    found = np.asarray(p, np.float64)
    order = np.argsort(found, axis=-1)  # NaN last
    tests = (~np.isnan(found)).sum(axis=-1, keepdims=True)
    left = tests - np.arange(found.shape[-1])
    stepped = np.maximum.accumulate(np.take_along_axis(found, order, axis=-1) * left, axis=-1)
    adjusted = np.empty_like(found)
    np.put_along_axis(adjusted, order, np.minimum(stepped, 1.0), axis=-1)
    return adjusted


def surviving(verdict: npt.NDArray[np.object_], adjusted: Float) -> npt.NDArray[np.object_]:
    """The verdicts that still stand at p-values adjusted for their family; the others become `UNCLEAR`."""
    moves = np.isin(verdict, (HIGHER, LOWER))
    return np.where(moves & ~(adjusted < 1.0 - CONFIDENCE), UNCLEAR, verdict)


def needed(difference: Interval) -> Float:
    """About how many replications would tell each difference apart from 0 in four of five experiments (`POWER`).

    If effect and spread are what they seem. Guenther's closed form (1981) for the noncentral t; NaN where there is
    no effect or no spread to go by.
    """
    tail, power = special.ndtri(0.5 + CONFIDENCE / 2), special.ndtri(POWER)
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = _standard_error(difference) * np.sqrt(difference.n)
        effect = np.abs(difference.mean) / spread
        replications = np.maximum(np.ceil((tail + power) ** 2 / effect**2 + tail**2 / 2.0), 2.0)
    return np.where((effect > 0.0) & np.isfinite(effect), replications, np.nan)


def _standard_error(found: Interval) -> Float:
    return (found.high - found.mean) / special.stdtrit(np.maximum(found.n - 1, 1), 0.5 + CONFIDENCE / 2)


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
    t2 = float(special.stdtrit(n - 1, 0.5 + CONFIDENCE / 2)) ** 2
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
    if some.any():  # of no rows NumPy gives no quantiles
        low[some], high[some] = np.nanquantile(effects[some], TAILS, axis=1)
    same = (known & (np.sign(effects) == np.sign(reference)[:, None])).sum(axis=1)
    return Doubt(low, high, worlds, same)
