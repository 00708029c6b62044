"""A value in a scenario and where it comes from: the leaf `{value: ..., source: ...}` or `{value: ..., assumed: why}`.

`source` is the id of a row of calibration.csv. A `note` may stand beside either.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final, Literal

from agents.parameters import Declaration
from experiments.errors import closest_match
from experiments.nodes import Node
from experiments.values import Value, read_value, write_value

Status = Literal["measured", "estimated", "assumed", "set"]

_KEYS: Final = ("value", "source", "assumed", "note")
_SET: Final = "by the experiment"
_STATUS_BY_CONFIDENCE: Final[dict[str, Status]] = {
    "read-A": "measured",
    "read-B": "measured",
    "read-C": "estimated",
    "derived": "estimated",
    "memory-high": "estimated",
}


@dataclass(frozen=True)
class Provenance:
    """Where a value comes from: a row of calibration.csv, an assumption and why, or set by the experiment."""

    source: str | None
    assumed: str | None
    status: Status
    note: str = ""


@cache
def calibration_rows() -> dict[str, dict[str, str]]:
    """The rows of calibration.csv by id."""
    text = resources.files("experiments").joinpath("scenarios/calibration.csv").read_text(encoding="utf-8")
    return {row["id"]: row for row in csv.DictReader(text.splitlines())}


@cache
def calibration() -> dict[str, Status]:
    """Status of every row of calibration.csv by its id: how far its number was read at the source."""
    rows = calibration_rows().items()
    return {name: _STATUS_BY_CONFIDENCE.get(row["confidence"], "assumed") for name, row in rows}


def read_leaf(leaf: Node, declaration: Declaration, *, may_be_set: bool = False) -> tuple[Value, Provenance]:
    """Value and provenance; ConfigError for any mistake. `may_be_set` admits `set: by the experiment`."""
    entries = leaf.mapping((*_KEYS, "set") if may_be_set else _KEYS, required=("value",))
    value = read_value(entries["value"], declaration)
    given = [key for key in ("source", "assumed", "set") if key in entries]
    if len(given) != 1:
        found = f"found both {' and '.join(given)}" if given else "found neither source nor assumed"
        raise leaf.error(found, "one of source (an id in calibration.csv), assumed (why)")
    key = given[0]
    text = entries[key].text("a text")
    note = entries["note"].text("a text") if "note" in entries else ""
    if key == "set":
        entries[key].choice((_SET,))
        return value, Provenance(None, None, "set", note)
    if key == "assumed":
        return value, Provenance(None, text, "assumed", note)
    if text not in calibration():
        allowed, closest = "an id in calibration.csv", closest_match(text, calibration())
        raise entries[key].error(f"unknown source '{text}'", allowed, closest)
    return value, Provenance(text, None, calibration()[text], note)


def write_leaf(value: Value, declaration: Declaration, origin: Provenance) -> dict[str, Any]:
    """Plain data that `read_leaf` takes back to the same value and provenance."""
    leaf: dict[str, Any] = {"value": write_value(value, declaration)}
    if origin.status == "set":
        leaf["set"] = _SET
    elif origin.source is not None:
        leaf["source"] = origin.source
    else:
        leaf["assumed"] = origin.assumed
    if origin.note:
        leaf["note"] = origin.note
    return leaf
