"""The answer to a query on stdout, written as it comes: memory doesn't grow with its rows."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator
from typing import Any, Final, TextIO

import pandas as pd

from experiments.store import StoreError

SHOWN: Final = 1_000  # rows of a table on screen; the other formats give all
Rows = Iterator[list[tuple[Any, ...]]]


def write_csv(names: list[str], pieces: Rows, out: TextIO) -> None:
    """All rows under a header; numbers to the last bit, nothing for NULL."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    for piece in pieces:
        writer.writerows(piece)


def write_json(names: list[str], pieces: Rows, out: TextIO) -> None:
    """A list of one object a row; null for what is no number. Raises `StoreError` if two columns share a name."""
    if len(set(names)) < len(names):
        raise StoreError("two columns have the same name; tell them apart with AS")
    separator = "[\n "
    for piece in pieces:
        for row in piece:
            plain = {name: _plain(value) for name, value in zip(names, row, strict=True)}
            out.write(separator + json.dumps(plain, ensure_ascii=False, default=str))
            separator = ",\n "
    out.write("[]\n" if separator.startswith("[") else "\n]\n")


def first_rows(names: list[str], pieces: Rows) -> tuple[pd.DataFrame, bool]:
    """At most `SHOWN` rows for a table, floats to six digits, and whether there are more."""
    rows: list[tuple[Any, ...]] = []
    for piece in pieces:
        rows += piece
        if len(rows) > SHOWN:
            break
    cells = [[f"{cell:.6g}" if isinstance(cell, float) else cell for cell in row] for row in rows[:SHOWN]]
    return pd.DataFrame(cells, columns=pd.Index(names), dtype=object), len(rows) > SHOWN


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
