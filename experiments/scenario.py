"""A scenario file: the value of every parameter, and where that value comes from.

Each leaf is `{value: 1.85%/yr, source: <id in calibration.csv>, note: ...}` or
`{value: 600 CNY, assumed: "why"}`. The copy that a run keeps may also say `set: by the experiment`.
"""

from __future__ import annotations

import csv
import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final, Literal

from experiments import documents
from experiments.errors import closest_match
from experiments.nodes import Node
from experiments.values import DECLARED, Value, leaves, nest, read_value, write_value

Status = Literal["measured", "estimated", "assumed", "set"]

NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
NAME_ALLOWED: Final = "a name of a-z, 0-9, - and _, at most 64"
_KEYS: Final = ("scenario", "date", "parameters")
_LEAF: Final = ("value", "source", "assumed", "note")
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


@dataclass(frozen=True)
class Scenario:
    """A scenario as read; values, provenance and where they stand, by parameter path."""

    name: str
    date: datetime.date
    values: dict[str, Value]
    provenance: dict[str, Provenance]
    nodes: dict[str, Node]


@cache
def calibration() -> dict[str, Status]:
    """Status of every row of calibration.csv by its id: how far its number was read at the source."""
    text = resources.files("experiments").joinpath("scenarios/calibration.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return {row["id"]: _STATUS_BY_CONFIDENCE.get(row["confidence"], "assumed") for row in rows}


def packaged() -> dict[str, Path]:
    """The scenario files that come with the package, by name."""
    folder = resources.files("experiments").joinpath("scenarios")
    files = sorted(Path(str(entry)) for entry in folder.iterdir() if entry.name.endswith(".yaml"))
    return {path.stem: path for path in files}


def find(node: Node, folder: Path) -> Node:
    """The scenario that an experiment names or holds: a packaged name, a path from `folder`, a mapping."""
    if isinstance(node.value, dict):
        return node
    names = packaged()
    text = node.text(f"{', '.join(names)}, or a path to a YAML file")
    if text in names:
        return documents.read_file(names[text])
    if "/" not in text and not text.endswith((".yaml", ".yml")):
        allowed = f"{', '.join(names)}, or a path to a YAML file"
        raise node.error(f"unknown scenario '{text}'", allowed, closest_match(text, names))
    path = folder / text
    if not path.is_file():
        raise documents.missing_file(path, node.origin, node.path)
    return documents.read_file(path)


def read(node: Node, overrides: Node | None = None) -> Scenario:
    """Read a scenario document with the experiment's `overrides` on top; ConfigError for any mistake."""
    entries = node.mapping(_KEYS, required=_KEYS)
    name = read_name(entries["scenario"])
    date = _read_date(entries["date"])
    made = Scenario(name, date, values={}, provenance={}, nodes={})
    inside = node.path != ""  # the copy in a run folder holds its scenario, where nobody else may say `set`
    for path, leaf in leaves(entries["parameters"]).items():
        _read_leaf(made, path, leaf, (*_LEAF, "set") if inside else _LEAF)
    _check_complete(made, entries["parameters"])
    for path, value in leaves(overrides).items() if overrides else ():
        before = write_value(made.values[path], DECLARED[path])
        made.values[path] = read_value(value, DECLARED[path])
        made.provenance[path] = Provenance(None, None, "set", f"instead of {_plain(before)}")
        made.nodes[path] = value
    return made


def write(
    name: str, date: datetime.date, values: Mapping[str, Value], provenance: Mapping[str, Provenance]
) -> dict[str, Any]:
    """Plain data that `read` takes back to the same scenario."""
    parameters = {}
    for path, declaration in DECLARED.items():
        origin = provenance[path]
        leaf: dict[str, Any] = {"value": write_value(values[path], declaration)}
        if origin.status == "set":
            leaf["set"] = _SET
        elif origin.source is not None:
            leaf["source"] = origin.source
        else:
            leaf["assumed"] = origin.assumed
        if origin.note:
            leaf["note"] = origin.note
        parameters[path] = leaf
    return {"scenario": name, "date": date.isoformat(), "parameters": nest(parameters)}


def read_name(node: Node) -> str:
    """A name fit for a folder."""
    text = node.text(NAME_ALLOWED)
    if not NAME.fullmatch(text):
        raise node.error(node.found(), NAME_ALLOWED)
    return text


def _read_date(node: Node) -> datetime.date:
    text = node.text("a date such as 2024-03-01")
    try:
        return datetime.datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        raise node.error(node.found(), "a date such as 2024-03-01") from None


def _read_leaf(made: Scenario, path: str, leaf: Node, keys: tuple[str, ...]) -> None:
    entries = leaf.mapping(keys, required=("value",))
    made.values[path] = read_value(entries["value"], DECLARED[path])
    made.nodes[path] = entries["value"]
    given = [key for key in ("source", "assumed", "set") if key in entries]
    if len(given) != 1:
        found = f"found both {' and '.join(given)}" if given else "found neither source nor assumed"
        raise leaf.error(found, "one of source (an id in calibration.csv), assumed (why)")
    key = given[0]
    text = entries[key].text("a text")
    note = entries["note"].text("a text") if "note" in entries else ""
    if key == "set":
        entries[key].choice((_SET,))
        made.provenance[path] = Provenance(None, None, "set", note)
    elif key == "assumed":
        made.provenance[path] = Provenance(None, text, "assumed", note)
    elif text in calibration():
        made.provenance[path] = Provenance(text, None, calibration()[text], note)
    else:
        raise entries[key].error(
            f"unknown source '{text}'", "an id in calibration.csv", closest_match(text, calibration())
        )


def _check_complete(made: Scenario, parameters: Node) -> None:
    """A scenario gives every parameter; the error stands at the innermost section that exists."""
    for path in DECLARED:
        if path in made.values:
            continue
        section = parameters
        for name in path.split("."):
            if not isinstance(section.value, dict) or name not in section.value:
                raise section.missing(name)
            section = section.value[name]


def _plain(value: Any) -> str:
    return f"[{', '.join(map(str, value))}]" if isinstance(value, list) else str(value)
