"""Sensitivity indices of what a sampled design gave: Morris' screening and Sobol's shares of variance, by SALib.

Values come as float64[units, points of a unit, replications]; a unit is a Morris trajectory or a Sobol block (of
Saltelli), and only a whole one is of use. Replications share their luck over points, so that a unit's points are
averaged over the same ones: those that all of its points know.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from agents.numeric import FloatArray
from experiments.sampling import Sampling, problem_of
from experiments.tables import CONFIDENCE

Method = Literal["morris", "sobol"]

FEWEST: Final[dict[str, int]] = {"morris": 4, "sobol": 8}  # whole units, below which an index says nothing
MAIN: Final[dict[str, str]] = {"morris": "mu_star", "sobol": "total"}  # the index by which axes are ranked
INDICES: Final = (
    "mu", "mu_star", "mu_star_conf", "sigma", "first", "first_conf", "total", "total_conf", "noise_floor",
)  # fmt: skip
RESAMPLES: Final = 999
SEED: Final = 1991  # the same results give the same interval
_FLAT: Final = 1e-12  # of the values' size; less is no variation


@dataclass(frozen=True)
class Responses:
    """What one quantity was at the points of a design.

    `points` are in the unit cube, float64[units, points, axes]; `values` NaN where a run is missing.
    """

    sampling: Sampling
    points: FloatArray
    values: FloatArray

    @cached_property
    def shared(self) -> npt.NDArray[np.bool_]:
        """Of every unit the replications that all of its points know, bool[units, replications]."""
        return np.logical_and.reduce(~np.isnan(self.values), axis=1)

    @cached_property
    def kept(self) -> npt.NDArray[np.intp]:
        """Numbers of the whole units."""
        return np.flatnonzero(self.shared.any(axis=1))

    @cached_property
    def whole(self) -> FloatArray:
        """Values of whole units, float64[kept, points, replications]; NaN where a unit does not share a replication."""
        return np.where(self.shared[self.kept, None, :], self.values[self.kept], np.nan)

    @cached_property
    def means(self) -> FloatArray:
        """Over replications, float64[kept, points]."""
        return np.nanmean(self.whole, axis=2) if self.kept.size else np.empty((0, self.values.shape[1]))

    @cached_property
    def noise(self) -> float:
        """Variance of a point's mean that is luck alone; NaN with one replication.

        What luck does to all points of a unit alike is no noise here: it leaves every index as it is.
        """
        squares, freedom = 0.0, 0
        counts = self.shared[self.kept].sum(axis=1)
        for values, shared in zip(self.values[self.kept], self.shared[self.kept], strict=True):
            own = values[:, shared]
            apart = own - own.mean(axis=0) - own.mean(axis=1, keepdims=True) + own.mean()
            squares += float((apart**2).sum())
            freedom += (own.shape[0] - 1) * (own.shape[1] - 1)
        return squares / freedom * float((1.0 / counts).mean()) if freedom else np.nan

    @property
    def enough(self) -> bool:
        """Whether so many units are whole that indices are told."""
        return self.kept.size >= FEWEST[method_of(self.sampling)]

    @property
    def flat(self) -> bool:
        """Whether nothing that was varied moves it."""
        return bool(np.ptp(self.means) <= _FLAT * max(float(np.abs(self.means).max()), np.finfo(float).tiny))


def method_of(sampling: Sampling) -> Method:
    """ValueError for a hypercube: its points have no indices."""
    if sampling.kind == "lhs":
        raise ValueError("a Latin hypercube has no indices")
    return sampling.kind


def indices(found: Responses) -> dict[str, FloatArray]:
    """Each of `INDICES`, float64[axes]; NaN where the method does not have it, all 0 for what nothing moves.

    `mu`, `mu_star` and `sigma` are in the unit of the values, for a move through the whole range of an axis; `first`
    and `total` are shares of the variance over points. `_conf` is half of the interval at `tables.CONFIDENCE`.
    `noise_floor` is what luck alone would make of `mu_star` or `total`. ValueError if not `enough` units are whole.
    """
    if not found.enough:
        raise ValueError(f"{found.kept.size} whole units")
    method, axes = method_of(found.sampling), found.points.shape[2]
    own = {name: np.full(axes, np.nan) for name in INDICES}
    known = _NAMES[method].values()
    if found.flat:
        return own | {name: np.zeros(axes) for name in (*known, "noise_floor")}
    analysed = _analysed(found, method)
    own |= {name: np.asarray(analysed[theirs], np.float64) for theirs, name in _NAMES[method].items()}
    return own | {"noise_floor": np.full(axes, _floor(found, method))}


_NAMES: Final[dict[Method, dict[str, str]]] = {  # SALib's names and ours
    "morris": {name: name for name in ("mu", "mu_star", "mu_star_conf", "sigma")},
    "sobol": {"S1": "first", "S1_conf": "first_conf", "ST": "total", "ST_conf": "total_conf"},
}


def _analysed(found: Responses, method: Method) -> Any:
    values, problem = found.means.ravel(), problem_of(found.points.shape[2])
    options: dict[str, Any] = {"num_resamples": RESAMPLES, "conf_level": CONFIDENCE, "seed": SEED}
    if method == "sobol":
        from SALib.analyze import sobol

        return sobol.analyze(problem, values, calc_second_order=False, **options)
    from SALib.analyze import morris

    points = found.points[found.kept].reshape(values.size, -1)
    return morris.analyze(problem, points, values, num_levels=found.sampling.levels, **options)


def _floor(found: Responses, method: Method) -> float:
    """Expected `mu_star` or `total` of an axis that changes a run's luck and nothing else, luck being normal.

    A Morris effect is the difference of two points over the step: its mean size is √(2v)·√(2/π) / step for variance v.
    """
    if method == "sobol":
        return float(min(found.noise / found.means.var(), 1.0))
    levels = found.sampling.levels
    return float(2.0 * np.sqrt(found.noise / np.pi) / (levels / (2.0 * (levels - 1))))
