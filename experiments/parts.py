"""What a run leaves: three tables with fixed columns, and a digest of their content.

The digest covers names, types and the bits of every value, never file bytes: another compression leaves it
alone.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from operator import and_
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from agents.parameters import SIZES, SUBSECTORS

if TYPE_CHECKING:
    import pandas as pd

    from sim.recorder import Record

_RUN: Final = [("policy", pa.string()), ("draw", pa.int32()), ("replication", pa.int32())]
SCHEMAS: Final[dict[str, pa.Schema]] = {
    "series": pa.schema(
        [
            *_RUN,
            ("step", pa.int32()),
            ("group", pa.string()),
            ("indicator", pa.string()),
            ("unit", pa.string()),
            ("value", pa.float64()),
            ("weight", pa.float64()),
        ]
    ),
    "firms": pa.schema(
        [
            *_RUN,
            ("slot", pa.int32()),
            ("tier", pa.int8()),
            ("size", pa.string()),
            ("subsector", pa.string()),
            ("annual_sales", pa.int64()),  # money in fen here and below
            ("window", pa.string()),  # of sim.windows; what follows is of this window
            ("need", pa.int64()),
            ("asked", pa.int64()),
            ("granted", pa.int64()),
            ("weight", pa.float64()),  # fen × days of new bank contracts
            ("apr", pa.float64()),
            ("apr_gross", pa.float64()),
            ("informal", pa.int64()),
            ("late", pa.int64()),
            ("output_lost", pa.int64()),
            ("cost", pa.int64()),  # of financing its need
            ("defaulted", pa.int64()),  # bank loans when it failed
            ("credit_loss", pa.int64()),  # what lenders and carriers lost on it
            ("defaults", pa.int32()),
        ]
    ),
    "events": pa.schema(
        [
            *_RUN,
            ("step", pa.int32()),
            ("kind", pa.string()),
            ("subject", pa.string()),
            ("detail", pa.string()),
            ("amount", pa.int64()),
        ]
    ),
}
# The columns of firms hold codes; what is stored speaks for itself.
_LABELS: Final = {"size": pa.array(SIZES), "subsector": pa.array(SUBSECTORS)}
# Events keep the order in which they happened.
_ORDER: Final = {"series": ["step", "group", "indicator"], "firms": ["window", "slot"]}


def to_table(kind: str, frame: pd.DataFrame, policy: str, draw: int, replication: int) -> pa.Table:
    """`frame` of a record as the table `kind`: columns and types of its schema, rows in key order.

    Raises `KeyError` for a missing column and `pa.ArrowInvalid`, a `ValueError`, for a value that does not
    fit.
    """
    schema, labels = SCHEMAS[kind], dict(zip((name for name, _ in _RUN), (policy, draw, replication), strict=True))
    columns = [
        pa.repeat(pa.scalar(labels[field.name], field.type), len(frame))
        if field.name in labels
        else _column(frame[field.name], field.type, _LABELS.get(field.name))
        for field in schema
    ]
    table = pa.Table.from_arrays(columns, schema=schema)
    order = _ORDER.get(kind)
    return table.sort_by([(name, "ascending") for name in order]) if order else table


@dataclass(frozen=True)
class Packed:
    """A run's tables as contents of Parquet files by kind, and what its marker says of them."""

    files: dict[str, bytes]
    said: dict[str, Any]

    def index(self) -> Packed:
        """Without the files."""
        return Packed({}, self.said)


def pack(record: Record, policy: str, draw: int, replication: int) -> Packed:
    """What is kept of a run; raises as `to_table`."""
    tables = {kind: to_table(kind, getattr(record, kind), policy, draw, replication) for kind in SCHEMAS}
    files = {}
    for kind, table in tables.items():
        content = io.BytesIO()
        pq.write_table(table, content, compression="zstd")
        files[kind] = content.getvalue()
    return Packed(files, {"digest": digest(tables), "parts": digests(tables), "proof": record.proof})


def columns_of(file: Path, kind: str, names: Iterable[str]) -> pa.Table:
    """Some columns of a part, texts as dictionaries in the order in which they come first."""
    texts = [field.name for field in SCHEMAS[kind] if pa.types.is_string(field.type)]
    with pq.ParquetFile(file, read_dictionary=texts) as part:
        return part.read(columns=list(names), use_threads=False)


def _column(values: pd.Series, kind: pa.DataType, labels: pa.Array | None) -> pa.Array:
    """`values` as `kind`, codes as their labels."""
    if labels is not None:
        return labels.take(pa.array(values.to_numpy()))
    return pa.Array.from_pandas(values).cast(kind)


def label(policy: str, draw: int, replication: int) -> pc.Expression:
    """That a part's rows belong to this run, whatever labels they were written under."""
    values = zip(_RUN, (policy, draw, replication), strict=True)
    return reduce(and_, (pc.field(name) == pa.scalar(value, kind) for (name, kind), value in values))


def digest(tables: dict[str, pa.Table]) -> str:
    """SHA-256 over the content of `tables`, the run's labels apart, in the order of `SCHEMAS`."""
    total = hashlib.sha256()
    for kind in SCHEMAS:
        for piece in _content(kind, tables[kind]):
            total.update(piece)
    return total.hexdigest()


def digests(tables: dict[str, pa.Table]) -> dict[str, str]:
    """SHA-256 over the content of each of `tables`, by kind: which of them was altered."""
    return {kind: hashlib.sha256(b"".join(_content(kind, table))).hexdigest() for kind, table in tables.items()}


def _content(kind: str, table: pa.Table) -> Iterator[bytes | pa.Buffer]:
    for field, column in list(zip(table.schema, table.columns, strict=True))[len(_RUN) :]:
        yield f"{kind}.{field.name}:{field.type}:{len(column)}\n".encode()
        yield _bytes(column)


def _bytes(column: pa.ChunkedArray) -> bytes | pa.Buffer:
    whole = column.combine_chunks()
    if pa.types.is_string(whole.type):
        # The missing string gets a mark of its own; the separator occurs in no name.
        listed = pa.ListArray.from_arrays([0, len(whole)], whole.fill_null("\x1e"))
        return pc.call_function("binary_join", [listed, "\x1f"])[0].as_buffer()
    return whole.to_numpy(zero_copy_only=False).tobytes()
