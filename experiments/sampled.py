"""The sampled designs of a stored experiment: its axes, its points, and at which runs each point is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from agents.numeric import FloatArray
from experiments import units
from experiments.design import Design
from experiments.indices import FEWEST, Responses
from experiments.instruments import LEVERS
from experiments.lever_design import LeverDesign
from experiments.pairs import BASELINE
from experiments.quantities import Values
from experiments.sampling import Sampling

ASSUMED: Final = "assumed"
Kind = Literal["parameters", "levers"]


@dataclass(frozen=True)
class Axis:
    """What moves along one axis, its range in words, and how well a parameter is known (nothing of a lever)."""

    path: str
    span: str
    status: str = ""


@dataclass(frozen=True)
class Sampled:
    """A Morris or Sobol design as one policy was run at it; `policy` is the baseline for the level under current law.

    `places` are policy and draw of each point, `points` float64[units, points of a unit, axes] in the unit cube.
    """

    kind: Kind
    policy: str
    sampling: Sampling
    axes: tuple[Axis, ...]
    points: FloatArray
    places: tuple[tuple[str, int], ...]
    replications: int

    def responses(self, values: Values) -> Responses:
        """Values at every point: of current law its level, of a policy the paired difference from it."""
        at = np.array([[self._value(values, *place, replication) for replication in range(self.replications)]
                       for place in self.places])  # fmt: skip
        return Responses(self.sampling, self.points, at.reshape(*self.points.shape[:2], self.replications))

    def _value(self, values: Values, policy: str, draw: int, replication: int) -> float:
        value = values.get((policy, draw, replication), np.nan)
        return value if policy == BASELINE else value - values.get((BASELINE, draw, replication), np.nan)


def sampled(design: Design) -> list[Sampled]:
    """Those of a design whose points have indices, current law's level first; none of a grid, list or hypercube."""
    return [*_parameters(design), *_levers(design)]


def unsuited(design: Design) -> str:
    """Which designs an experiment has instead, in words."""
    experiment, found = design.experiment, []
    if experiment.doubt:
        found.append("doubt, a Latin hypercube")
    if experiment.parameter_design or experiment.parameters_sweep:
        kind = experiment.parameter_design.kind if experiment.parameter_design else "grid"
        found.append(f"parameters_sweep by {kind}")
    if experiment.lever_design or experiment.sweep:
        own = experiment.lever_design and experiment.lever_design.sampling
        found.append(f"sweep by {own.kind if own else 'list' if experiment.lever_design else 'grid'}")
    return " and ".join(found) or "no design"


def _parameters(design: Design) -> list[Sampled]:
    made = design.experiment.parameter_design
    if made is None or made.spans is None or made.sampling is None or made.sampling.kind not in FEWEST:
        return []
    provenance = design.experiment.provenance
    axes = tuple(Axis(path, made.range_words(path), provenance[path].status) for path in made.spans)
    points = _units(made.sampling, len(axes), design.experiment.seed)
    return [
        Sampled(
            "parameters", policy, made.sampling, axes, points,
            tuple((policy, draw) for draw in range(1, len(design.draws))), made.replications,
        )
        for policy in _written(design)
    ]  # fmt: skip


def _levers(design: Design) -> list[Sampled]:
    experiment = design.experiment
    made = experiment.lever_design
    if made is None or made.sampling is None or made.sampling.kind not in FEWEST:
        return []
    found = []
    for policy, reform in experiment.reforms.items():
        if axes := _lever_axes(made, policy):
            names = [name for name, _ in made.points(policy, reform, experiment.seed)]
            points = _units(made.sampling, len(axes), experiment.seed)
            places = tuple((name, 0) for name in names)
            found.append(Sampled("levers", policy, made.sampling, axes, points, places, experiment.replications))
    return found


def _lever_axes(made: LeverDesign, policy: str) -> tuple[Axis, ...]:
    return tuple(
        Axis(axis.path, " to ".join(units.brief(end, LEVERS[axis.instrument][axis.parameter].declaration.unit)
                                    for end in axis.values))
        for axis in made.of(policy)
    )  # fmt: skip


def _written(design: Design) -> list[str]:
    """Policies that were run at the draws, but for the points of a sampled design over levers."""
    experiment = design.experiment
    left_out: Mapping[str, object] = design.coalitions.added if design.coalitions else {}
    points = set(experiment.all_reforms) - set(experiment.reforms) if experiment.lever_design else set()
    return [policy for policy in design.policies if policy not in left_out and policy not in points]


def _units(sampling: Sampling, axes: int, seed: int) -> FloatArray:
    return sampling.points(axes, seed).reshape(sampling.units(), sampling.unit_points(axes), axes)
