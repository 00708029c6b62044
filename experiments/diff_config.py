"""Two stored experiments side by side: what they were made with, configurations key by key, policies, designs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from agents.parameters import Declaration
from experiments import units
from experiments.documents import read_file
from experiments.instruments import LEVERS
from experiments.nodes import Node, joined
from experiments.store import Run, Store
from experiments.values import DECLARED
from policies.catalogue import INSTRUMENTS

ADDED, REMOVED, CHANGED = "added", "removed", "changed"
CONFIG: Final = ("path", "meaning", "change", "a", "b")
POLICIES: Final = ("a", "b", "same")
NOTHING: Final = "–"  # where one of the two has no such thing
_MADE_WITH: Final = (
    "experiment", "finflow", "numbers_version", "store_schema", "python", "platform", "packages", "git", "digest",
    "inputs", "content_digest",
)  # fmt: skip
_LEAF: Final = "value"  # the key of a parameter's value, beside those of its source


def made_with(a: Store, b: Store) -> pd.DataFrame:
    """Versions, states of the source and digests that differ, columns what, a, b; of the content last."""
    found = []
    for store in (a, b):
        said = store.manifest() | {"content_digest": store.content_digest()}
        found.append(flat({name: said.get(name) for name in _MADE_WITH}))
    one, other = found
    names = [name for name in dict.fromkeys([*one, *other]) if one.get(name) != other.get(name)]
    rows = [(name, one.get(name, NOTHING), other.get(name, NOTHING)) for name in names]
    return pd.DataFrame(rows, columns=pd.Index(["what", "a", "b"]))


def configs(a: Store, b: Store) -> pd.DataFrame:
    """Every key path whose value differs, columns `CONFIG`, with what it means; texts as the field writes them.

    Where a parameter's value differs, that its source does goes without saying. Raises `ConfigError` if a copy of a
    configuration is gone.
    """
    one, other = (flat(_plain(read_file(store.path / store.manifest()["config"]))) for store in (a, b))
    rows = []
    for path in dict.fromkeys([*one, *other]):
        before, now = one.get(path), other.get(path)
        value = path.partition(" (")[0]
        if before == now or (value != path and one.get(value) != other.get(value)):
            continue
        change = ADDED if before is None else REMOVED if now is None else CHANGED
        told = [NOTHING if value is None else _shown(value, declared_at(path)) for value in (before, now)]
        rows.append((path, _meaning(path), change, *told))
    return pd.DataFrame(rows, columns=pd.Index(CONFIG))


def policies(a: Store, b: Store) -> pd.DataFrame:
    """Policies of the two that belong together, columns `POLICIES`: by name, else by what they do; `NOTHING` if alone.

    `same` says whether they do the same, instrument by instrument.
    """
    one, other = (dict(store.manifest().get("policies", {})) for store in (a, b))
    pairs = [(name, name) for name in one if name in other]
    left = [name for name in other if name not in one]
    for name in one:
        if name not in other:
            match = next((twin for twin in left if other[twin] == one[name]), None)
            pairs.append((name, match or NOTHING))
            left = [twin for twin in left if twin != match]
    pairs += [(NOTHING, name) for name in left]
    rows = [(name, twin, one.get(name) == other.get(twin)) for name, twin in pairs]
    return pd.DataFrame(rows, columns=pd.Index(POLICIES))


def designs(a: Store, b: Store, together: pd.DataFrame) -> pd.DataFrame:
    """How many policies, draws and runs each has and how many of them are the same, columns what, a, b, both.

    Draws are the same if they change the same parameters to the same values, runs if they share a key, contents if the
    digest of what a run recorded is the same too.
    """
    points = [_points(store) for store in (a, b)]
    planned = [{run.key: run for run in store.planned()} for store in (a, b)]
    done = [{run.key: run for run in store.done()} for store in (a, b)]
    shared = done[0].keys() & done[1].keys()
    alike = sum(_digest(a, done[0][key]) == _digest(b, done[1][key]) for key in shared)
    counts = [int((together[side] != NOTHING).sum()) for side in ("a", "b")]
    rows = [
        ("policies that do the same", *counts, int(together["same"].sum())),
        ("draws of parameters beside the scenario's own", *map(len, points), len(points[0] & points[1])),
        ("runs planned", *map(len, planned), len(planned[0].keys() & planned[1].keys())),
        ("runs done", *map(len, done), len(shared)),
        ("  of these, with the same content", "", "", alike),
    ]
    return pd.DataFrame(rows, columns=pd.Index(["what", "a", "b", "both"]))


def flat(data: Any, path: str = "") -> dict[str, str]:
    """Plain nested data as texts by key path, paths as files of experiments name them.

    A parameter's value stands at the parameter's path, its source at `path (source)`.
    """
    parts: list[dict[str, str]] = []
    if isinstance(data, Mapping) and _LEAF in data:
        parts = [flat(value, path if key == _LEAF else f"{path} ({key})") for key, value in data.items()]
    elif isinstance(data, Mapping):
        parts = [flat(value, joined(path, str(key))) for key, value in data.items()]
    elif isinstance(data, list) and any(isinstance(entry, Mapping | list) for entry in data):
        parts = [flat(entry, joined(path, place)) for place, entry in enumerate(data)]
    if parts:
        return {name: text for part in parts for name, text in part.items()}
    return {path.removeprefix("scenario."): ", ".join(map(str, data)) if isinstance(data, list) else str(data)}


def declared_at(path: str) -> Declaration | None:
    """What is declared of the parameter, of the scenario or of an instrument, that a key path ends in."""
    _, _, below = path.partition(".")
    if below in DECLARED:
        return DECLARED[below]
    instrument, _, parameter = below.rpartition(".")
    lever = LEVERS.get(instrument.rpartition(".")[2], {}).get(parameter)
    return lever.declaration if lever else None


def _meaning(path: str) -> str:
    """In the field's words, after the instrument's title; nothing of keys that are words themselves."""
    title = next((INSTRUMENTS[name].TITLE[0] for name in reversed(path.split(".")) if name in INSTRUMENTS), "")
    declared = declared_at(path)
    return ": ".join(text for text in (title, declared.meaning if declared else "") if text)


def _shown(text: str, declared: Declaration | None) -> str:
    """Values of a parameter in the units one reads; as it stands what is none, or what this version does not know."""
    if declared is None:
        return text
    try:
        return ", ".join(units.brief(units.read(entry, declared.unit), declared.unit) for entry in text.split(", "))
    except units.UnitError:
        return text


def _plain(node: Node) -> Any:
    if isinstance(node.value, dict):
        return {name: _plain(child) for name, child in node.value.items()}
    return [_plain(child) for child in node.value] if isinstance(node.value, tuple) else node.value or ""


def _points(store: Store) -> set[frozenset[tuple[str, float]]]:
    """Values of every draw but the scenario's own, by path."""
    table = pd.read_csv(store.path / "design.csv")
    drawn = table[table["draw"] > 0]
    return {frozenset(zip(rows["path"], rows["value"], strict=True)) for _, rows in drawn.groupby("draw")}


def _digest(store: Store, run: Run) -> str:
    return store.row(run)["digest"]
