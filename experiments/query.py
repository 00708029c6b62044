"""SQL over a results folder: what is asked may read the folder's tables, and nothing else.

DuckDB is given the tables themselves, never a path: runs and draws as small tables, parts as data sets that it scans
piece by piece. Its own access to files and the network is switched off before it sees a query.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.dataset as pads

from experiments.errors import closest_match
from experiments.parts import SCHEMAS
from experiments.store import Store, StoreError

MEMORY: Final = "1GB"  # of DuckDB; sorts and joins that need more go through a temporary folder
FETCHED: Final = 10_000  # rows held at a time
_UNKNOWN_TABLE: Final = re.compile(r"Table with name (\S+) does not exist")
_UNKNOWN_COLUMN: Final = re.compile(r'column "?([^"\s]+)"? not found', re.IGNORECASE)
_REFUSED: Final = re.compile(r"disabled (by|through) configuration|configuration has been locked")


def views(store: Store) -> dict[str, pa.Table | pads.Dataset]:
    """What a query can name: planned runs, parts of the finished ones under their labels, tables that are there."""
    runs, finished = pa.Table.from_pandas(store.runs(), preserve_index=False), store.done()
    found: dict[str, pa.Table | pads.Dataset] = {"runs": runs}
    found |= {kind: store.dataset(kind, finished) for kind in SCHEMAS}
    for name in ("summary", "comparison"):
        if (file := store.path / f"{name}.parquet").exists():
            found[name] = pads.dataset(file)
    if (file := store.path / "design.csv").exists():
        found["design"] = pacsv.read_csv(file)
    rows = [(name, field.name, _said(field.type)) for name, table in found.items() for field in table.schema]
    return found | {"columns": pa.table(list(zip(*rows, strict=True)), names=["table_name", "column", "type"])}


def _said(kind: pa.DataType) -> str:
    if pa.types.is_integer(kind):
        return "whole number"
    return "number" if pa.types.is_floating(kind) else "text" if "string" in str(kind) else str(kind)


@contextmanager
def asked(store: Store, sql: str) -> Iterator[tuple[list[str], Iterator[list[tuple[Any, ...]]]]]:
    """Names of the columns that `sql` gives, and its rows in pieces of at most `FETCHED`.

    Raises `StoreError` for anything but one query that reads, for what it may not reach, and for mistakes in it.
    """
    tables = views(store)
    with tempfile.TemporaryDirectory() as overflow, duckdb.connect(":memory:") as database, _told(store, tables):
        _shut(database, tables, Path(overflow))
        _one_that_reads(database, sql)
        answer = database.execute(sql)
        yield [column[0] for column in answer.description], iter(partial(answer.fetchmany, FETCHED), [])


def _shut(database: duckdb.DuckDBPyConnection, tables: dict[str, Any], overflow: Path) -> None:
    database.execute(f"SET memory_limit = '{MEMORY}'")
    database.execute("SET temp_directory = ?", [str(overflow)])
    database.execute("SET python_enable_replacements = false")  # else a query could name our own variables
    for name, table in tables.items():
        database.register(name, table)
    database.execute("SET enable_external_access = false")
    database.execute("SET lock_configuration = true")


def _one_that_reads(database: duckdb.DuckDBPyConnection, sql: str) -> None:
    found = [statement.type.name for statement in database.extract_statements(sql)]
    if found != ["SELECT"]:
        what = f"{len(found)} statements" if len(found) != 1 else found[0]
        raise StoreError(f"found {what}; allowed: one query that reads (SELECT, WITH, DESCRIBE, SUMMARIZE)")


@contextmanager
def _told(store: Store, tables: dict[str, Any]) -> Iterator[None]:
    """What DuckDB says, as one message."""
    try:
        yield
    except duckdb.Error as error:
        raise StoreError(_message(str(error), store, tables)) from error


def _message(said: str, store: Store, tables: dict[str, Any]) -> str:
    first = said.splitlines()[0]
    if _REFUSED.search(said):
        return f"a query reads the tables of {store.path} and nothing else: {first}"
    if unknown := _UNKNOWN_TABLE.search(said):
        match = closest_match(unknown[1].lower(), tables)
        hint = f"; did you mean {match}?" if match else ""
        return f"no table {unknown[1]}; there are {', '.join(tables)}{hint}"
    if unknown := _UNKNOWN_COLUMN.search(said):
        names = sorted({name for table in tables.values() for name in table.schema.names})
        match = closest_match(unknown[1].lower(), names)
        hint = f"did you mean {match}, or is it in another table?" if match else "without a query, all are listed"
        return f"no column {unknown[1]} there; {hint}"
    return f"the query fails: {first}"
