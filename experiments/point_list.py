"""Points of a design that a user wrote: `points` of an experiment file, or the rows of a CSV file.

A CSV file has a row a point and a column a path; cells are written as values of the experiment file are, a vector as
`[1%, 2%]`. Both become the same nodes, so that a mistake is told with its file, line and column.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from experiments.csv_table import read_table
from experiments.documents import find_file, shown
from experiments.errors import Origin
from experiments.nodes import Node

MOST_VALUES: Final = 20_000  # points × paths, so that a run's own copy of the experiment can hold them
DESIGNS: Final = {"list": "points", "csv": "file"}  # key of each
_POINTS: Final = "a list of points, each a mapping of paths to values"


def read(entries: dict[str, Node], design: str, node: Node, folder: Path) -> tuple[Node, ...]:
    """A mapping of paths for each point; ConfigError for a mistake in the list or the file."""
    key = DESIGNS[design]
    if key not in entries:
        raise node.missing(key)
    if design == "csv":
        points = _rows(find_file(entries[key], folder, "the path of a CSV file"))
    else:
        points = entries[key].list(_POINTS)
    for point in points:
        if not isinstance(point.value, dict) or not point.value:
            raise point.error(point.found() if point.value else "found no value", "a mapping of paths to values")
    if not points:
        raise entries[key].error("found no point", _POINTS)
    if (count := sum(len(point.value) for point in points if isinstance(point.value, dict))) > MOST_VALUES:
        raise entries[key].error(f"{count} values", f"at most {MOST_VALUES}")
    return points


def _rows(path: Path) -> tuple[Node, ...]:
    file = shown(path)
    table = read_table(Path(file), None)
    head = Origin(file, 1)
    return tuple(
        Node(
            {column: _cell(cells[row], Origin(file, line), head, column) for column, cells in table.columns.items()},
            Origin(file, line), head, "",
        )
        for row, line in enumerate(table.lines)
    )  # fmt: skip


def _cell(text: str, origin: Origin, head: Origin, column: str) -> Node:
    if text.startswith("[") and text.endswith("]"):
        entries = text[1:-1].split(",")
        return Node(tuple(Node(e.strip(), origin, head, column) for e in entries), origin, head, column)
    return Node(text, origin, head, column)
