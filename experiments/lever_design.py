"""A design over lever parameters in `sweep`, beside the grid of `experiments.sweep`: more policies.

`over` takes `[policy.]instrument.parameter`, of all policies that set the instrument or of one; each policy gets
the design over its own axes. A range is the parameter's declared bounds unless low and high are written; amounts have
bounds too wide to mean anything, and need them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from experiments import point_list, sampling
from experiments.instruments import LEVERS
from experiments.nodes import Node
from experiments.parameter_design import KEYS, kind_of, listed_over, read_ends
from experiments.reforms import Reform
from experiments.sampling import Sampling
from experiments.sweep import MOST_POINTS, LeverAxis, check_derived, lever_leaves, varied
from experiments.values import Value, read_number, read_value, write_value
from policies.levers import Instrument

MOST_POLICIES: Final = MOST_POINTS
_OVER: Final = "a list of lever parameters, or a mapping of them to own or [low, high]"


@dataclass(frozen=True)
class LeverDesign:
    """Points over lever parameters: sampled between the two values of each of `axes`, or `listed`, an axis a value."""

    sampling: Sampling | None = None
    axes: tuple[LeverAxis, ...] = ()
    listed: tuple[tuple[LeverAxis, ...], ...] = ()

    def of(self, policy: str) -> list[LeverAxis]:
        """Axes of one policy."""
        return [axis for axis in self.axes if policy in axis.policies]

    def points(self, policy: str, reform: Reform, seed: int) -> list[tuple[str, Reform]]:
        """A policy's points in order, by the name that says their values; points that are the same share it."""
        if self.sampling is None:
            own = [[axis for axis in point if policy in axis.policies] for point in self.listed]
            named = [varied(policy, reform, axes, [axis.values[0] for axis in axes]) for axes in own if axes]
        elif axes := self.of(policy):
            unit = self.sampling.points(len(axes), seed)
            named = [varied(policy, reform, axes, [*map(_at, axes, row)]) for row in unit]
        else:
            named = []
        return [entry for point in named for entry in point.items()]

    def derived(self, reforms: Mapping[str, Reform], seed: int) -> dict[str, Reform]:
        """All policies: each as written, followed by one for every point of its design."""
        made: dict[str, Reform] = {}
        for name, reform in reforms.items():
            made |= {name: reform} | dict(self.points(name, reform, seed))
        return made

    def words(self) -> str:
        """What is varied and how."""
        if self.sampling is None:
            return f"{len(self.listed)} points of levers as written"
        policies = dict.fromkeys(policy for axis in self.axes for policy in axis.policies)
        return "; ".join(f"{policy}: {self.sampling.words(len(self.of(policy)))}" for policy in policies)


def read(
    node: Node, reforms: Mapping[str, Reform], law: tuple[Instrument, ...], seed: int, folder: Path
) -> LeverDesign:
    """The design in `sweep`; ConfigError for any mistake."""
    kind = kind_of(node)
    entries = node.mapping([key for key in KEYS[kind] if key != "replications"])
    if kind in point_list.DESIGNS:
        points = point_list.read(entries, kind, node, folder)
        design = LeverDesign(listed=tuple(_point(point, reforms) for point in points))
        count = sum(len(point[0].policies) for point in design.listed)
    else:
        if "over" not in entries:
            raise node.missing("over")
        over = lever_leaves(listed_over(entries["over"], _OVER), reforms)
        if not over:
            raise entries["over"].error("found no lever parameter", _OVER)
        sampler = sampling.read(entries, kind, node)
        axes = (LeverAxis(policies, name, key, _span(name, key, leaf)) for policies, name, key, leaf in over)
        design = LeverDesign(sampler, tuple(axes))
        count = sum(sampler.count(len(own)) for policy in reforms if (own := design.of(policy)))
    if count > MOST_POLICIES:
        raise node.error(f"{count} policies", f"at most {MOST_POLICIES}")
    check_derived(design.derived(reforms, seed), law, node)
    return design


def write(design: LeverDesign) -> dict[str, Any]:
    """Plain data that `read` takes back to the same policies."""
    if design.sampling is None:
        return {"design": "list", "points": [_written(point) for point in design.listed]}
    return sampling.write(design.sampling) | {"over": _written(design.axes)}


def _written(axes: tuple[LeverAxis, ...]) -> dict[str, Any]:
    data = {}
    for axis in axes:
        declared = LEVERS[axis.instrument][axis.parameter].declaration
        values = [write_value(value, declared) for value in axis.values]
        data |= {f"{policy}.{axis.path}": values if len(values) > 1 else values[0] for policy in axis.policies}
    return data


def _point(node: Node, reforms: Mapping[str, Reform]) -> tuple[LeverAxis, ...]:
    return tuple(
        LeverAxis(policies, instrument, name, (read_value(leaf, LEVERS[instrument][name].declaration),))
        for policies, instrument, name, leaf in lever_leaves(node, reforms)
    )


def _span(instrument: str, name: str, node: Node) -> tuple[float, float]:
    declared = LEVERS[instrument][name].declaration
    if declared.whole or declared.axis is not None:
        raise node.error("flags, whole numbers and vectors have no range to sample", "a grid, or a list of points")
    ends = read_ends(node)
    if ends is None:
        if declared.unit.startswith("CNY"):
            raise node.error("an amount has no range of its own", "[low, high]")
        return declared.ge, declared.le
    low, high = (read_number(end, declared.unit, declared.ge, declared.le) for end in ends)
    if low >= high:
        raise node.error("low is not below high", "own, or [low, high]")
    return low, high


def _at(axis: LeverAxis, unit: float) -> Value:
    """The value at a place of an axis, to six figures."""
    low, high = axis.values
    assert isinstance(low, float | int) and isinstance(high, float | int)  # vectors have no range
    return min(max(float(f"{low + (high - low) * unit:.6g}"), low), high)
