"""Whether what a results folder holds is what was written, and comes out again.

Digests of all parts are recomputed and held against the markers, and a sample of runs is simulated again from the
folder's own configuration.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from experiments.crew import answers
from experiments.parts import SCHEMAS, digest, digests, to_table
from experiments.pool import Local
from experiments.replay import kept
from experiments.store import Run, Store

if TYPE_CHECKING:
    from experiments.design import Design
    from experiments.worker import Task

COLUMNS: Final = ("policy", "draw", "replication", "what")


@dataclass(frozen=True)
class Verified:
    """Runs whose parts were read, runs that were run again, and what differs (`COLUMNS`, a row each)."""

    stored: int
    again: int
    differences: pd.DataFrame

    def line(self) -> str:
        """The end line."""
        found = f"{len(self.differences)} differences" if len(self.differences) else "nothing differs"
        return f"{self.stored} stored runs read, {self.again} run again: {found}"


def verify(
    store: Store, sample: int, workers: int | None = None, quiet: bool = False, task: Task | None = None
) -> Verified:
    """Read all stored runs of the plan and run `sample` of them again, the same whenever it is asked.

    Raises `StoreError` if runs are to be run again and this code, or the files kept, are not those they were made with.
    """
    manifest = store.manifest()
    rows: list[tuple[Run | None, str]] = []
    design = kept(store) if sample else None
    unique = [run for run in {run.key: run for run in store.planned()}.values() if _has_marker(store.row(run))]
    whole: list[Run] = []
    for run in unique:
        said = _differing(store, run)
        rows += [(run, what) for what in said]
        whole += [] if said else [run]
    if not rows and manifest.get("content_digest", own := store.content_digest()) != own:
        rows.append((None, "manifest.json: the content digest is of other runs than those stored"))
    chosen = np.random.default_rng(manifest["seed_plan"]["seed"]).permutation(len(whole))[:sample]
    again = [whole[place] for place in sorted(chosen)]
    if design is not None and again:
        rows += _run_again(store, design, again, workers, quiet, task)
    cells = [(*((run.policy, run.draw, run.replication) if run else ("", "", "")), what) for run, what in rows]
    return Verified(len(unique), len(again), pd.DataFrame(cells, columns=pd.Index(COLUMNS), dtype=object))


def as_data(found: Verified) -> dict[str, Any]:
    """Everything as plain data."""
    differences = json.loads(found.differences.to_json(orient="records"))
    return {"stored": found.stored, "again": found.again, "differences": differences}


def _has_marker(row: dict[str, Any]) -> bool:
    """Whether a run was stored: it is done, or its marker is there and cannot be read."""
    return row["status"] == "done" or (row["status"] == "pending" and bool(row["message"]))


def _differing(store: Store, run: Run) -> list[str]:
    """What of a stored run is not what its marker says, by the names of its files."""
    row = store.row(run)
    if row["status"] != "done":
        return [row["message"]]
    tables: dict[str, pa.Table] = {}
    said = []
    for kind in SCHEMAS:
        part = store.part(kind, run)
        name = f"{kind}/{part.name}"
        try:
            tables[kind] = pq.read_table(part)
        except FileNotFoundError:
            said.append(f"{name} is missing")
        except (pa.ArrowException, OSError) as error:
            said.append(f"{name} cannot be read: {str(error).splitlines()[0]}")
    found, expected = digests(tables), row.get("parts", {})
    said += [
        f"{kind}/{run.key}.parquet was altered" for kind in tables if found[kind] != expected.get(kind, found[kind])
    ]
    if not said and digest(tables) != row["digest"]:
        said.append(f"runs/{run.key}.json has another digest than the run's parts")
    return said


def _run_again(
    store: Store, design: Design, runs: list[Run], workers: int | None, quiet: bool, task: Task | None
) -> list[tuple[Run, str]]:
    from experiments.replication import compile_kernels, simulate_replication  # takes seconds to import

    work = partial(_digest_again, design, task or simulate_replication)
    with Local(workers) as engine:
        if task is None:
            engine.prepare(partial(compile_kernels, design.experiment.parameters))
        found = dict(answers(work, runs, engine, quiet))
    differing = [run for run in runs if found[run] != store.row(run)["digest"]]
    return [(run, found[run] if " " in found[run] else "run again, it gives other numbers") for run in differing]


def _digest_again(design: Design, task: Task, run: Run) -> str:
    """In a worker: the digest of a run, or why it failed."""
    try:
        policy = design.policies[run.policy]
        record = task(design.world(run.draw), policy, run.replication)(policy)
    except Exception as error:  # a run that was stored and now fails is one that differs
        return f"run again, it fails: {type(error).__name__}: {error}"
    return digest({kind: to_table(kind, getattr(record, kind), "", 0, 0) for kind in SCHEMAS})
