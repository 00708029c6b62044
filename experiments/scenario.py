"""A scenario file: the value of every parameter, where that value comes from, and the law of its date.

Each value is a leaf as `experiments.leaf` describes it. The copy that a run keeps may also say
`set: by the experiment`.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final

from experiments import current_law, documents
from experiments.errors import closest_match
from experiments.leaf import Provenance, read_leaf, write_leaf
from experiments.nodes import Node
from experiments.values import DECLARED, Value, leaves, nest, read_value, write_value
from policies.levers import Instrument

NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
NAME_ALLOWED: Final = "a name of a-z, 0-9, - and _, at most 64"
_REQUIRED: Final = ("scenario", "date", "parameters")
_KEYS: Final = (*_REQUIRED, "current_law")


@dataclass(frozen=True)
class Scenario:
    """A scenario as read; values, provenance and where they stand, by parameter path; the law of its date."""

    name: str
    date: datetime.date
    values: dict[str, Value]
    provenance: dict[str, Provenance]
    nodes: dict[str, Node]
    law: tuple[Instrument, ...]
    law_provenance: dict[str, Provenance]


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
    entries = node.mapping(_KEYS, required=_REQUIRED)
    name = read_name(entries["scenario"])
    date = _read_date(entries["date"])
    law, law_provenance = current_law.read(entries.get("current_law"))
    made = Scenario(name, date, values={}, provenance={}, nodes={}, law=law, law_provenance=law_provenance)
    inside = node.path != ""  # the copy in a run folder holds its scenario, where nobody else may say `set`
    for path, leaf in leaves(entries["parameters"]).items():
        made.values[path], made.provenance[path] = read_leaf(leaf, DECLARED[path], may_be_set=inside)
        assert isinstance(leaf.value, dict)  # a leaf that could be read
        made.nodes[path] = leaf.value["value"]
    _check_complete(made, entries["parameters"])
    for path, value in leaves(overrides).items() if overrides else ():
        before = write_value(made.values[path], DECLARED[path])
        made.values[path] = read_value(value, DECLARED[path])
        made.provenance[path] = Provenance(None, None, "set", f"instead of {_plain(before)}")
        made.nodes[path] = value
    return made


def write(
    name: str,
    date: datetime.date,
    values: Mapping[str, Value],
    provenance: Mapping[str, Provenance],
    law: tuple[Instrument, ...],
    law_provenance: Mapping[str, Provenance],
) -> dict[str, Any]:
    """Plain data that `read` takes back to the same scenario."""
    leaves_of = {path: write_leaf(values[path], declared, provenance[path]) for path, declared in DECLARED.items()}
    return {
        "scenario": name,
        "date": date.isoformat(),
        "parameters": nest(leaves_of),
        "current_law": current_law.write(law, law_provenance),
    }


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
