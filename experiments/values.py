"""Reads and writes the value of a declared parameter: unit, bounds, whole numbers, length of a vector."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from agents.parameters import AXES, Declaration, declarations
from experiments import units
from experiments.nodes import Node

Value = float | tuple[float, ...]

DECLARED: Final[dict[str, Declaration]] = {entry.path: entry for entry in declarations()}


def nest(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Dotted paths as nested mappings, in the order given."""
    tree: dict[str, Any] = {}
    for path, value in flat.items():
        *above, name = path.split(".")
        place = tree
        for section in above:
            place = place.setdefault(section, {})
        place[name] = value
    return tree


_TREE: Final = nest(DECLARED)


def leaves(node: Node, tree: Mapping[str, Any] = _TREE) -> dict[str, Node]:
    """The node of every parameter below `node`, by declared path; ConfigError for an undeclared name."""
    found: dict[str, Node] = {}
    for name, child in node.mapping(list(tree)).items():
        entry = tree[name]
        if isinstance(entry, Declaration):
            found[entry.path] = child
        else:
            found |= leaves(child, entry)
    return found


def read_value(node: Node, declaration: Declaration) -> Value:
    """The value in base units, a tuple for a vector; ConfigError says what is allowed."""
    if declaration.axis is None:
        return _read_number(node, declaration)
    labels = AXES.get(declaration.axis)
    one_each = f"one for each {declaration.axis}: {', '.join(labels)}" if labels else "at least one"
    entries = node.list(f"a list of values, {one_each}")
    if len(entries) != len(labels) if labels else not entries:
        many = "1 value" if len(entries) == 1 else f"{len(entries)} values"
        raise node.error(f"found {many}", f"{len(labels)} values, {one_each}" if labels else one_each)
    return tuple(_read_number(entry, declaration) for entry in entries)


def read_number(node: Node, unit: str, ge: float, le: float, *, whole: bool = False) -> float:
    """A number in base units from `ge` to `le`; an int if it has to be `whole`."""
    try:
        value = units.read(node.text(units.UNITS[unit].allowed), unit)
    except units.UnitError as error:
        raise node.error(error.problem, error.allowed, error.closest) from None
    if whole and not value.is_integer():
        raise node.error(node.found(), "a whole number")
    if not ge <= value <= le:
        raise node.error(node.found(), f"{units.show(ge, unit)} to {units.show(le, unit)}")
    return int(value) if whole else value + 0.0  # no negative zero


def _read_number(node: Node, declaration: Declaration) -> float:
    return read_number(node, declaration.unit, declaration.ge, declaration.le, whole=declaration.whole)


def write_value(value: Value, declaration: Declaration) -> Any:
    """What `read_value` takes back to exactly `value`, as plain data for YAML."""
    if isinstance(value, tuple):
        return [units.write(entry, declaration.unit) for entry in value]
    return units.write(value, declaration.unit)
