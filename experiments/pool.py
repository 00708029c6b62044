"""Worker processes that survive each other's deaths.

`concurrent.futures` gives up the whole pool when one worker is killed and does not say which job it had; here
each worker has its own pipe and one batch of jobs at a time, so the parent knows, tries that job once more and goes on.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from typing import Any, Final

from experiments.engine import TRIES, Died, Work

_CONTEXT: Final = multiprocessing.get_context("spawn")  # fork would copy the parent's threads and locks
_THREAD_POOLS: Final = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "NUMBA", "BLIS", "VECLIB_MAXIMUM")


@dataclass
class _Worker:
    process: Any
    pipe: Connection
    work: Work | None = None  # what it knows how to do
    left: deque[Any] = field(default_factory=deque)  # jobs of its batch without an answer


class Local:
    """The engine of this machine: processes with one thread a library, all cores if None.

    Use it in the main thread, and as a context: processes that have done all jobs wait there for the next ones.
    """

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers or os.cpu_count() or 1
        self._warm_up, self._is_warm = _nothing, True
        self._idle: list[_Worker] = []

    def __enter__(self) -> Local:
        return self

    def __exit__(self, *_: object) -> None:
        _end(self._idle)
        self._idle = []

    @property
    def waiting(self) -> int:
        """How many processes are there, at once ready for jobs."""
        return len(self._idle)

    def prepare(self, warm_up: Callable[[], None]) -> None:
        """Warm up with the first jobs: here while workers start, then there, where it reads what is compiled."""
        self._warm_up, self._is_warm = warm_up, False

    def run_all(self, work: Work, batches: Iterable[Sequence[Any]]) -> Iterator[tuple[Any, Any]]:
        """As `Engine`. A job whose worker dies goes back to the queue with those after it in its batch."""
        queue = deque(deque(batch) for batch in batches)
        crew, self._idle = self._idle, []
        try:
            for _ in range(min(self.workers, len(queue)) - len(crew)):
                crew.append(_start(self._warm_up))
            if crew and not self._is_warm:
                self._warm_up()  # they import meanwhile, which takes as long
                self._is_warm = True
            yield from _shared_out(work, queue, crew, partial(_start, self._warm_up))
            self._idle, crew = crew, []
        finally:
            _end(crew)


def _nothing() -> None:
    """All that most jobs need before the first one."""


def _shared_out(
    work: Work, queue: deque[deque[Any]], crew: list[_Worker], start: Callable[[], _Worker]
) -> Iterator[tuple[Any, Any]]:
    """Give batches to the crew until all are done; who dies leaves it, and another starts for what is left."""
    deaths = Counter[Any]()
    for member in crew:
        _hand_out(member, work, queue)
    while busy := {member.pipe: member for member in crew if member.left}:
        for pipe in wait(list(busy)):
            member = busy[pipe]  # type: ignore[index]  # wait() returns what it was given
            answer, job, left = _answer(member), member.left[0], member.left
            if isinstance(answer, Died):
                deaths[job] += 1
                crew.remove(member)
            again = isinstance(answer, Died) and deaths[job] < TRIES
            if not again:
                left.popleft()
            if isinstance(answer, Died):
                if left:
                    queue.append(left)
                if queue:
                    crew.append(member := start())
            if isinstance(answer, Died) or not left:
                _hand_out(member, work, queue)
            if not again:
                yield job, answer


def _end(crew: list[_Worker]) -> None:
    for member in crew:
        member.process.terminate()
    for member in crew:
        member.process.join()
        member.pipe.close()


def _answer(member: _Worker) -> Any:
    try:
        return member.pipe.recv()
    except (EOFError, ConnectionResetError):
        member.process.join()
        return Died(f"the process ended {TRIES} times, last with code {member.process.exitcode}")


def _hand_out(member: _Worker, work: Work, queue: deque[deque[Any]]) -> None:
    """Give it the next batch, if there is one; with the first also `work`, which may be large."""
    member.left = queue.popleft() if queue else deque()
    if member.left:
        with suppress(BrokenPipeError):  # it died idle: reading from it will tell
            member.pipe.send((None if member.work is work else work, tuple(member.left)))
        member.work = work


def _start(warm_up: Callable[[], None]) -> _Worker:
    ours, theirs = _CONTEXT.Pipe()
    process = _CONTEXT.Process(target=_serve, args=(warm_up, theirs), daemon=True)
    with _as_workers_need():
        process.start()
    theirs.close()  # so that the worker's death closes the pipe
    return _Worker(process, ours)


@contextmanager
def _as_workers_need() -> Iterator[None]:
    """What a new process inherits: one thread a library, and no ear for Ctrl-C.

    The parent answers a Ctrl-C of this moment when it is over. The new process inherits the main thread's block;
    any other thread of the parent, a progress bar's too, still takes the signal, so the handler waits as well.
    """
    names = [f"{name}_NUM_THREADS" for name in _THREAD_POOLS]
    before = {name: os.environ.get(name) for name in names}
    heard: list[int] = []
    resource_tracker.ensure_running()  # while it starts it would take the block off
    handler = signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    os.environ.update(dict.fromkeys(names, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGINT, handler)
        if heard:
            signal.raise_signal(signal.SIGINT)


def _serve(warm_up: Callable[[], None], pipe: Connection) -> None:
    threading.Thread(target=_die_with_parent, daemon=True).start()
    with suppress(EOFError, BrokenPipeError):  # the parent is gone
        work, batch = pipe.recv()  # when it has warmed up
        warm_up()
        while True:
            for answer in work(batch):
                pipe.send(answer)
            new, batch = pipe.recv()
            work = new or work


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
