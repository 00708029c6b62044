"""Many jobs whose answers are all needed: a failure is a bug of ours and ends the lot, unlike in an experiment."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from experiments.pool import Died, run_all
from experiments.progress import progress


@dataclass(frozen=True)
class _Raised:
    """What a job raised, as text: tracebacks can't be pickled."""

    text: str


def answers(
    work: Callable[[Any], Any], jobs: Sequence[Any], workers: int | None, quiet: bool
) -> Iterator[tuple[Any, Any]]:
    """Yield (job, `work(job)`) as they come from `workers` processes (all cores if None), with one progress bar.

    `work` and jobs are pickled, jobs hashable. Raises RuntimeError with the traceback of the first job that fails.
    """
    with progress(len(jobs), quiet) as advance:
        given = run_all(partial(_attempt, work), [(job,) for job in jobs], workers or os.cpu_count() or 1)
        for done, (job, answer) in enumerate(given, start=1):
            if isinstance(answer, Died):
                raise RuntimeError(f"{job}: the process ended with code {answer.exit_code}")
            if isinstance(answer, _Raised):
                raise RuntimeError(f"{job} failed\n{answer.text}")
            advance(done, 0)
            yield job, answer


def _attempt(work: Callable[[Any], Any], jobs: Sequence[Any]) -> Iterator[Any]:
    for job in jobs:
        try:
            answer = work(job)
        except Exception:
            answer = _Raised(traceback.format_exc())
        yield answer
