"""What finished runs come to: the table that an experiment ends with."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from experiments.crew import in_order
from experiments.paired import student
from experiments.side_by_side import Columns
from experiments.windows import COLUMNS, KEY, Row, Spans, means, windows

if TYPE_CHECKING:
    from experiments.pool import Local
    from experiments.store import Run, Store

SUMMARY: Final = ["policy", "draw", *KEY, "mean", "low", "high", "n"]
A_RUN: Final = 0.003  # seconds that one of 300 suppliers and 48 months takes


class Replications(NamedTuple):
    """Finished runs of one policy at one draw, in order."""

    policy: str
    draw: int
    runs: tuple[Run, ...]


def summary_of(store: Store, workers: int, local: Local | None = None) -> pd.DataFrame:
    """Mean and interval of every indicator over each window of the evaluation, across finished replications.

    One policy and draw at a time, so that memory does not grow with their number; in processes as `in_order`.
    """
    jobs, work = replications_of(store), partial(_table, store, windows(store.manifest()["steps"]))
    tables = in_order(work, jobs, workers, A_RUN * sum(len(job.runs) for job in jobs), local)
    return pd.concat(tables or [summarise("", 0, [], np.empty((0, 0)))], ignore_index=True)


def replications_of(store: Store) -> list[Replications]:
    """All finished runs, in the order of the summary."""
    found: dict[tuple[str, int], list[Run]] = {}
    for run in store.done():
        found.setdefault((run.policy, run.draw), []).append(run)
    return [Replications(policy, draw, tuple(runs)) for (policy, draw), runs in sorted(found.items())]


def _table(store: Store, spans: Spans, of: Replications) -> pd.DataFrame:
    found = Columns()
    for run in of.runs:
        found.add(means(store.columns("series", run, COLUMNS), spans))
    pa.default_memory_pool().release_unused()  # Arrow would keep what reading took, and the parent is to hold little
    return summarise(of.policy, of.draw, found.rows, found.values())


def summarise(policy: str, draw: int, rows: Sequence[Row], values: npt.ArrayLike) -> pd.DataFrame:
    """Mean and 95 % t-interval over replications, columns `SUMMARY`, of values float64[rows, replications].

    `n` counts the replications that have a value; the interval is NaN below two.
    """
    found = student(values)
    table = pd.DataFrame(rows, columns=pd.Index(KEY)).astype("str").assign(policy=policy, draw=np.int32(draw))
    table = table.assign(mean=found.mean, low=found.low, high=found.high, n=found.n)
    return table.sort_values(KEY, ignore_index=True).reindex(columns=pd.Index(SUMMARY))
