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

import numpy as np
import numpy.typing as npt
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
_TEXTS: Final = {kind: [f.name for f in schema if pa.types.is_string(f.type)] for kind, schema in SCHEMAS.items()}
_CODED: Final = pa.dictionary(pa.int32(), pa.string())
_BATCH: Final = 65_536  # rows that are encoded at a time
# The columns of firms hold codes; what is stored speaks for itself.
_LABELS: Final = {"size": pa.array(SIZES), "subsector": pa.array(SUBSECTORS)}
# Events keep the order in which they happened.
_ORDER: Final = {"series": ["step", "group", "indicator"], "firms": ["window", "slot"]}


def to_table(kind: str, frame: pd.DataFrame, policy: str, draw: int, replication: int) -> pa.Table:
    """`frame` of a record as the table `kind`: columns and types of its schema, texts coded, rows in key order.

    Raises `KeyError` for a missing column and `pa.ArrowInvalid`, a `ValueError`, for a value that does not
    fit.
    """
    run = dict(zip((name for name, _ in _RUN), (policy, draw, replication), strict=True))
    own = [field for field in SCHEMAS[kind] if field.name not in run]
    columns = {field.name: _column(frame[field.name], field.type, _LABELS.get(field.name)) for field in own}
    if kind in _ORDER:
        order = _in_order([columns[name] for name in _ORDER[kind]])
        columns = {name: column.take(order) for name, column in columns.items()}
    labels = {name: _repeated(run[name], of, len(frame)) for name, of in _RUN}
    return pa.table(labels | columns)


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
    whole, parts = _digests(tables)
    files = {kind: _file(kind, table) for kind, table in tables.items()}
    return Packed(files, {"digest": whole, "parts": parts, "proof": record.proof})


def _file(kind: str, table: pa.Table) -> bytes:
    """Content of a Parquet file whose texts are read as plain ones: it keeps codes, and does not say that they were."""
    content = io.BytesIO()
    pq.write_table(
        table, content, compression="zstd", store_schema=False, write_batch_size=_BATCH,
        write_statistics=False,  # which help to skip groups of rows, and here is one
        use_dictionary=_TEXTS[kind],  # pyright: ignore[reportArgumentType] - columns, of which the stubs do not know
    )  # fmt: skip
    return content.getvalue()


def columns_of(file: Path, kind: str, names: Iterable[str]) -> pa.Table:
    """Some columns of a part, texts as dictionaries in the order in which they come first."""
    with pq.ParquetFile(file, read_dictionary=_TEXTS[kind]) as part:
        return part.read(columns=list(names), use_threads=False)


def _column(values: pd.Series, kind: pa.DataType, labels: pa.Array | None) -> pa.Array:
    """`values` as `kind`, texts coded; codes of firms with their labels."""
    if labels is not None:
        return pa.DictionaryArray.from_arrays(pa.array(values.to_numpy(), pa.int32()), labels)
    found = pa.Array.from_pandas(values)
    if not pa.types.is_string(kind):
        return found.cast(kind)
    coded = found if pa.types.is_dictionary(found.type) else found.dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):  # texts in a frame may lie in pieces
        coded = coded.combine_chunks()
    return pa.DictionaryArray.from_arrays(coded.indices.cast(pa.int32()), coded.dictionary.cast(kind))


def _repeated(value: str | int, kind: pa.DataType, rows: int) -> pa.Array:
    if not pa.types.is_string(kind):
        return pa.repeat(pa.scalar(value, kind), rows)
    return pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int32()), rows), pa.array([value], kind))


def _in_order(keys: list[pa.Array]) -> npt.NDArray[np.int64]:
    """Rows by the first key, those alike by the second, and so on; keys are whole numbers or coded texts, none missing.

    Ranks in the smallest type that holds them are sorted by radix, which is quicker than comparing texts.
    """
    return np.lexsort([_ranks(key) for key in reversed(keys)])


def _ranks(key: pa.Array) -> npt.NDArray[np.unsignedinteger]:
    if pa.types.is_dictionary(key.type):
        ranks = pc.call_function("array_sort_indices", [key.dictionary]).to_numpy().argsort()
        return ranks.astype(np.min_scalar_type(ranks.size))[key.indices.to_numpy()]
    above = key.to_numpy() - key.to_numpy().min(initial=0)
    return above.astype(np.min_scalar_type(above.max(initial=0)))


def label(policy: str, draw: int, replication: int) -> pc.Expression:
    """That a part's rows belong to this run, whatever labels they were written under."""
    values = zip(_RUN, (policy, draw, replication), strict=True)
    return reduce(and_, (pc.field(name) == pa.scalar(value, kind) for (name, kind), value in values))


def digest(tables: dict[str, pa.Table]) -> str:
    """SHA-256 over the content of `tables`, the run's labels apart, in the order of `SCHEMAS`."""
    return _digests(tables)[0]


def digests(tables: dict[str, pa.Table]) -> dict[str, str]:
    """SHA-256 over the content of each of `tables`, by kind: which of them was altered."""
    return {kind: _hash(kind, table).hexdigest() for kind, table in tables.items()}


def _digests(tables: dict[str, pa.Table]) -> tuple[str, dict[str, str]]:
    """Both: of all together and by kind. The first table, by far the largest, is gone through once."""
    first, *others = SCHEMAS
    whole = _hash(first, tables[first])
    parts = {first: whole.hexdigest()}
    for kind in others:
        content = b"".join(_content(kind, tables[kind]))
        whole.update(content)
        parts[kind] = hashlib.sha256(content).hexdigest()
    return whole.hexdigest(), parts


def _hash(kind: str, table: pa.Table) -> Any:
    found = hashlib.sha256()
    for piece in _content(kind, table):
        found.update(piece)
    return found


def _content(kind: str, table: pa.Table) -> Iterator[bytes | pa.Buffer]:
    for field, column in list(zip(table.schema, table.columns, strict=True))[len(_RUN) :]:
        name = "string" if field.type == _CODED else field.type
        yield f"{kind}.{field.name}:{name}:{len(column)}\n".encode()
        yield _bytes(column.combine_chunks())


def _bytes(column: pa.Array) -> bytes | pa.Buffer:
    if column.type == pa.string():
        column = column.dictionary_encode()
    return _joined(column) if column.type == _CODED else column.to_numpy(zero_copy_only=False).tobytes()


def _joined(coded: pa.DictionaryArray) -> bytes | pa.Buffer:
    """All texts of a column with a separator between them, which occurs in no name."""
    if not len(coded):
        return b""
    labels = [*coded.dictionary.to_pylist(), "\x1e"]  # the missing text gets a mark of its own
    texts = pa.array([f"{label}\x1f" for label in labels]).take(coded.indices.fill_null(len(labels) - 1))
    _, ends, joined = texts.buffers()
    return joined[: np.frombuffer(ends, np.int32)[len(texts)] - 1]
