"""What finished runs come to: the table that an experiment ends with."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

import pandas as pd

from experiments.crew import answers
from experiments.pool import Local
from experiments.tables import over_windows, summarise
from sim.windows import windows

if TYPE_CHECKING:
    from experiments.config import Experiment
    from experiments.store import Run, Store

A_PROCESS: Final = 100  # runs are summed up while a process starts


class Replications(NamedTuple):
    """Finished runs of one policy at one draw, in order."""

    policy: str
    draw: int
    runs: tuple[Run, ...]


def summary_of(experiment: Experiment, store: Store, workers: int) -> pd.DataFrame:
    """Mean and interval of every indicator over each window of the evaluation, across finished replications.

    One policy and draw at a time, so that memory does not grow with their number; in up to `workers` processes of this
    machine where there are many runs.
    """
    spans = windows(experiment.burn_in_steps, experiment.evaluate_steps, experiment.parameters.step_days)
    jobs, work = replications_of(store), partial(_table, store, spans)
    crew = min(workers, os.cpu_count() or 1, sum(len(job.runs) for job in jobs) // A_PROCESS)
    found = dict(answers(work, jobs, Local(crew), quiet=True)) if crew > 1 else {job: work(job) for job in jobs}
    return pd.concat([found[job] for job in jobs], ignore_index=True) if jobs else summarise([])


def replications_of(store: Store) -> list[Replications]:
    """All finished runs, in the order of the summary."""
    found: dict[tuple[str, int], list[Run]] = {}
    for run in store.done():
        found.setdefault((run.policy, run.draw), []).append(run)
    return [Replications(policy, draw, tuple(runs)) for (policy, draw), runs in sorted(found.items())]


def _table(store: Store, spans: dict[str, range], of: Replications) -> pd.DataFrame:
    return summarise([over_windows(store.series([run]), spans) for run in of.runs])
