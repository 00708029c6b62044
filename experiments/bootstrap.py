"""Bootstrap intervals of means over replications: BCa, at `tables.CONFIDENCE`.

BCa (Efron 1987) asks for no normal law: it follows skew, as of a cost that is nil in most runs. It is narrower than
Student's at small n, for it knows no tails beyond the runs there are (docs/statistics.md has its coverage).
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from experiments.tables import CONFIDENCE

FEWEST: Final = 5  # replications; fewer have too few different resamples for a tail of 2.5 %
RESAMPLES: Final = 999
SEED: Final = 1987  # the same results give the same interval, whatever else is compared
_CELLS: Final = 1_000_000  # drawn columns in memory at a time
_ROWS: Final = 500  # whose resampled means are in memory at a time
_DIGITS: Final = 12

Float = npt.NDArray[np.float64]


def bootstrap(values: npt.ArrayLike) -> tuple[Float, Float]:
    """Low and high end of the interval of the mean of the known values along the last axis.

    NaN where fewer than `FEWEST` are known; the value itself where all are the same.
    """
    sample = np.asarray(values, np.float64)
    rows = sample.reshape(-1, sample.shape[-1])
    low, high = np.full((2, len(rows)), np.nan)
    known = ~np.isnan(rows)
    patterns, which = np.unique(known, axis=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        if pattern.sum() >= FEWEST:
            here = np.flatnonzero(which.ravel() == number)
            low[here], high[here] = _of_complete(rows[np.ix_(here, pattern)])
    return low.reshape(sample.shape[:-1]), high.reshape(sample.shape[:-1])


def _of_complete(rows: Float) -> tuple[Float, Float]:
    """Of rows that know all their values. Resamples are the same for every row, so that rows stay comparable."""
    low, high = rows[:, 0].copy(), rows[:, 0].copy()
    moving = np.flatnonzero(np.ptp(rows, axis=1) > 0.0)
    for start in range(0, moving.size, _ROWS):
        some = moving[start : start + _ROWS]
        middle, spread = (of(rows[some], axis=1, keepdims=True) for of in (np.mean, np.ptp))
        found = _interval((rows[some] - middle) / spread)  # of rows whose third powers neither vanish nor overflow
        for end, standardised in zip((low, high), found, strict=True):
            end[some] = middle[:, 0] + spread[:, 0] * standardised
    return low, high


def _interval(rows: Float) -> tuple[Float, Float]:
    """BCa of the means of rows of size 1: what is resampled is which columns are taken, so that one draw serves all."""
    from scipy import stats  # takes half a second to import, and every worker reads configurations

    size = rows.shape[1]

    def means(columns: npt.NDArray[np.int64], axis: int) -> Float:
        """float64[rows, resamples]; rounded, for resamples of the same columns to be ties whatever their order."""
        drawn = columns.reshape(-1, columns.shape[axis])
        place = drawn + size * np.arange(len(drawn))[:, None]
        times = np.bincount(place.ravel(), minlength=size * len(drawn)).reshape(-1, size)
        return np.round(rows @ times.T / drawn.shape[1], _DIGITS).reshape(len(rows), *columns.shape[:-1])

    found = stats.bootstrap(
        (np.arange(size),), means, axis=-1, vectorized=True, n_resamples=RESAMPLES, batch=max(_CELLS // size, 1),
        confidence_level=CONFIDENCE, method="BCa", rng=np.random.default_rng(SEED),
    ).confidence_interval  # fmt: skip
    return found.low, found.high
