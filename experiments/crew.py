"""Many jobs whose answers are all needed: a failure is a bug of ours and ends the lot, unlike in an experiment."""

from __future__ import annotations

import os
import textwrap
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from experiments.engine import Died, Engine
from experiments.pool import Local
from experiments.progress import progress

A_PROCESS: Final = 1.0  # seconds that a process takes to start
A_WORK: Final = 0.1  # seconds that one that waits takes to import what the work needs


@dataclass(frozen=True)
class _Raised:
    """What a job raised, as text: tracebacks can't be pickled."""

    text: str


def answers(work: Callable[[Any], Any], jobs: Sequence[Any], engine: Engine, quiet: bool) -> Iterator[tuple[Any, Any]]:
    """Yield (job, `work(job)`) as they come from an engine, with one progress bar.

    `work` and jobs are pickled, jobs hashable. Raises RuntimeError with the traceback of the first job that fails.
    """
    with progress(len(jobs), quiet) as advance:
        given = engine.run_all(partial(_attempt, work), [(job,) for job in jobs])
        for done, (job, answer) in enumerate(given, start=1):
            if isinstance(answer, Died):
                raise RuntimeError(f"{_short(job)}: {answer.message}")
            if isinstance(answer, _Raised):
                raise RuntimeError(f"{_short(job)} failed\n{answer.text}")
            advance(done, 0)
            yield job, answer


def in_order(
    work: Callable[[Any], Any], jobs: Sequence[Any], workers: int | None, seconds: float, local: Local | None = None
) -> list[Any]:
    """`work(job)` of each job, in the order of the jobs, which together take about so many seconds.

    Done here, or where that takes long in up to `workers` processes of this machine, on all cores if None: in those
    that wait in `local`, if there are.
    """
    waiting = local.waiting if local else 0
    cores = os.cpu_count() or 1
    crew = min(workers or cores, cores, len(jobs), int(seconds / (A_WORK if waiting else A_PROCESS)))
    if crew < 2:
        return [work(job) for job in jobs]
    with nullcontext(local) if local and waiting else Local(crew) as engine:
        found = dict(answers(work, jobs, engine, quiet=True))
    return [found[job] for job in jobs]


def _short(job: Any) -> str:
    """A job that carries much by how it begins."""
    return textwrap.shorten(str(job), 200)


def _attempt(work: Callable[[Any], Any], jobs: Sequence[Any]) -> Iterator[Any]:
    for job in jobs:
        try:
            answer = work(job)
        except Exception:
            answer = _Raised(traceback.format_exc())
        yield answer
