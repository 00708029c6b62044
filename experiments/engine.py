"""Where runs are done: what processes of this machine (`pool`) and a Dask cluster (`dask_engine`) have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

TRIES: Final = 2  # of a job whose process ends under it

# Takes jobs that share their beginnings; yields an answer a job, in their order.
Work = Callable[[Sequence[Any]], Iterator[Any]]


class EngineError(Exception):
    """Runs cannot be done where the user asked for it; the message is for the user."""


@dataclass(frozen=True)
class Died:
    """The process ended without an answer, on each of its tries; the message says how."""

    message: str


class Engine(Protocol):
    """Does jobs in other processes."""

    @property
    def workers(self) -> int:
        """How many jobs are done at once."""
        ...

    def prepare(self, warm_up: Callable[[], None]) -> None:
        """See to it that `warm_up`, which is pickled, is done in every worker process before its first job."""
        ...

    def run_all(self, work: Work, batches: Iterable[Sequence[Any]]) -> Iterator[tuple[Any, Any]]:
        """Yield (job, its answer or `Died`) as they come; closing the generator ends what is left.

        `work` and jobs are pickled, jobs hashable; `work` must not raise. A job whose process ends is tried again.
        Raises `EngineError` when there is nothing left to do jobs with.
        """
        ...
