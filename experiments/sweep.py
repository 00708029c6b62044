"""Grids: over lever parameters (`sweep`), which makes policies, and over the scenario's (`parameters_sweep`), which
makes draws. The two are different things: what a government may choose, and what nobody knows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import product
from math import prod
from typing import Any, Final

from agents.parameters import Declaration
from experiments import consistency, units
from experiments.instruments import LEVERS, check_values
from experiments.nodes import Node, joined
from experiments.reforms import Reform, full_values, instruments_set
from experiments.values import DECLARED, Value, leaves, read_value, write_value
from policies.levers import Instrument

MOST_POINTS: Final = 1_000
_LIST: Final = "a list of values"


@dataclass(frozen=True)
class LeverAxis:
    """Values that a lever parameter takes in turn, in each of some policies."""

    policies: tuple[str, ...]
    instrument: str
    parameter: str
    values: tuple[Value, ...]

    @property
    def path(self) -> str:
        """As derived policies name it."""
        return f"{self.instrument}.{self.parameter}"


@dataclass(frozen=True)
class ParameterAxis:
    """Values that a parameter of the scenario takes in turn."""

    path: str
    values: tuple[Value, ...]


def read_levers(node: Node | None, reforms: Mapping[str, Reform], law: tuple[Instrument, ...]) -> tuple[LeverAxis, ...]:
    """The axes of `sweep`: `[policy.]instrument.parameter: [values]`; ConfigError for any mistake."""
    if node is None:
        return ()
    axes = [
        LeverAxis(policies, instrument, name, _values(leaf, LEVERS[instrument][name].declaration))
        for policies, instrument, name, leaf in lever_leaves(node, reforms)
    ]
    by_policy = {name: instruments_set([reform]) for name, reform in reforms.items()}
    points = sum(
        prod([len(axis.values) for axis in axes if name in axis.policies]) for name, own in by_policy.items() if own
    )
    if points > MOST_POINTS:
        raise node.error(f"{points} policies", f"at most {MOST_POINTS}")
    check_derived(derived(reforms, axes), law, node)
    return tuple(axes)


def lever_leaves(node: Node, reforms: Mapping[str, Reform]) -> list[tuple[tuple[str, ...], str, str, Node]]:
    """What stands at each `[policy.]instrument.parameter`: the policies, the instrument, its parameter, the node."""
    every, leaves_found, seen = instruments_set(list(reforms.values())), [], set()
    if not every:
        raise node.error("no policy sets an instrument", "parameters of instruments that policies set")
    by_policy = {name: instruments_set([reform]) for name, reform in reforms.items()}
    for first, entry in expanded(node).mapping([*(n for n, own in by_policy.items() if own), *every]).items():
        inside = entry.mapping([*by_policy.get(first, ()), *(LEVERS[first] if first in every else ())])
        for second, below in inside.items():
            if second in LEVERS:
                found = [((first,), second, name, leaf) for name, leaf in below.mapping(tuple(LEVERS[second])).items()]
            else:
                found = [(tuple(n for n, own in by_policy.items() if first in own), first, second, below)]
            for policies, instrument, parameter, leaf in found:
                if twice := [name for name in policies if (name, instrument, parameter) in seen]:
                    raise leaf.error(f"{instrument}.{parameter} of {twice[0]} is swept twice", "once")
                seen.update((name, instrument, parameter) for name in policies)
                leaves_found.append((policies, instrument, parameter, leaf))
    return leaves_found


def check_derived(reforms: Mapping[str, Reform], law: tuple[Instrument, ...], node: Node) -> None:
    """ConfigError for a policy whose values can't hold together."""
    for reform in reforms.values():
        for identity, change in reform.items():
            if change:
                check_values(identity, full_values(identity, change.values, law), node)


def derived(reforms: Mapping[str, Reform], axes: Sequence[LeverAxis]) -> dict[str, Reform]:
    """All policies: each as written, followed by one for every point of the grid over its own axes."""
    made: dict[str, Reform] = {}
    for name, reform in reforms.items():
        made[name] = reform
        own = [axis for axis in axes if name in axis.policies]
        for point in product(*(axis.values for axis in own)) if own else ():
            made |= varied(name, reform, own, point)
    return made


def varied(name: str, reform: Reform, axes: Sequence[LeverAxis], point: Sequence[Value]) -> dict[str, Reform]:
    """A policy with the values of a point, by the name that says them."""
    said = ",".join(f"{axis.path}={_label(axis, value)}" for axis, value in zip(axes, point, strict=True))
    return {f"{name}[{said}]": reduce(_with, zip(axes, point, strict=True), reform)}


def read_parameters(node: Node | None, values: Mapping[str, Value]) -> tuple[ParameterAxis, ...]:
    """The axes of `parameters_sweep`: `path: [values]`; ConfigError for a mistake or a point that can't hold."""
    if node is None:
        return ()
    found = leaves(expanded(node))
    axes = tuple(ParameterAxis(path, _values(leaf, DECLARED[path])) for path, leaf in found.items())
    points = prod(len(axis.values) for axis in axes)
    if points > MOST_POINTS:
        raise node.error(f"{points} points", f"at most {MOST_POINTS}")
    for point in grid(axes):
        check_point(point, found, values)
    return axes


def check_point(point: Mapping[str, Value], nodes: Mapping[str, Node], values: Mapping[str, Value]) -> None:
    """ConfigError for a point that can't hold, placed at what `nodes` wrote of it."""
    if broken := consistency.broken({**values, **point}):
        paths, *wrong = broken
        raise nodes[next((path for path in paths if path in point), next(iter(point)))].error(*wrong)


def grid(axes: Sequence[ParameterAxis]) -> list[dict[str, Value]]:
    """Every point, the last axis moving fastest; nothing without axes."""
    paths = [axis.path for axis in axes]
    return [dict(zip(paths, point, strict=True)) for point in product(*(axis.values for axis in axes))] if axes else []


def write_levers(axes: Sequence[LeverAxis]) -> dict[str, Any]:
    """Plain data that `read_levers` takes back to the same policies."""
    return {
        f"{policy}.{axis.path}": _written(axis.values, LEVERS[axis.instrument][axis.parameter].declaration)
        for axis in axes
        for policy in axis.policies
    }


def write_parameters(axes: Sequence[ParameterAxis]) -> dict[str, Any]:
    """Plain data that `read_parameters` takes back to the same."""
    return {axis.path: _written(axis.values, DECLARED[axis.path]) for axis in axes}


def _with(reform: Reform, step: tuple[LeverAxis, Value]) -> Reform:
    axis, value = step
    change = reform[axis.instrument]
    assert change is not None  # an axis names policies that set its instrument
    return reform | {axis.instrument: replace(change, values=change.values | {axis.parameter: value})}


def _label(axis: LeverAxis, value: Value) -> str:
    return units.brief(value, LEVERS[axis.instrument][axis.parameter].declaration.unit)


def _values(node: Node, declaration: Declaration) -> tuple[Value, ...]:
    entries = node.list(_LIST)
    values = tuple(read_value(entry, declaration) for entry in entries)
    if not values:
        raise node.error("found no value", _LIST)
    for place, entry in enumerate(entries):
        if values[place] in values[:place]:
            raise entry.error("found this value before", "each value once")
    return values


def _written(values: Sequence[Value], declaration: Declaration) -> list[Any]:
    return [write_value(value, declaration) for value in values]


def expanded(node: Node) -> Node:
    """The mapping with keys such as `a.b` as mappings in mappings."""
    if not isinstance(node.value, dict):
        return node
    whole = Node({}, node.origin, node.key, node.path)
    for name, child in node.value.items():
        parts, below = name.split("."), expanded(child)
        for depth in reversed(range(len(parts))):
            path = ".".join(parts[:depth])
            below = Node({parts[depth]: below}, child.key, child.key, joined(node.path, path) if path else node.path)
        whole = _together(whole, below)
    return whole


def _together(one: Node, other: Node) -> Node:
    if not isinstance(one.value, dict) or not isinstance(other.value, dict):
        raise other.error("is written twice", "once")
    both = dict(one.value)
    for name, node in other.value.items():
        both[name] = _together(both[name], node) if name in both else node
    return replace(one, value=both)
