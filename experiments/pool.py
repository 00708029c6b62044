"""Worker processes that survive each other's deaths.

`concurrent.futures` gives up the whole pool when one worker is killed and does not say which job it had; here
each worker has its own pipe and one job at a time, so the parent knows, tries that job once more and goes on.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from typing import Any, Final

_CONTEXT: Final = multiprocessing.get_context("spawn")  # fork would copy the parent's threads and locks
_THREAD_POOLS: Final = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "NUMBA", "BLIS", "VECLIB_MAXIMUM")
TRIES: Final = 2


@dataclass(frozen=True)
class Died:
    """The worker ended without an answer, on each of its tries; `exit_code` is negative for a signal."""

    exit_code: int | None


@dataclass
class _Worker:
    process: Any
    pipe: Connection
    job: Any = None


def run_all(work: Callable[[Any], Any], jobs: Iterable[Any], workers: int) -> Iterator[tuple[Any, Any]]:
    """Yield (job, answer of `work(job)` or `Died`) as they come; closing the generator ends the workers.

    `work` and jobs are pickled; `work` must not raise. Each worker is a fresh process with one thread a
    library. Call it in the main thread.
    """
    queue = deque((job, 1) for job in jobs)
    crew: list[_Worker] = []
    try:
        for _ in range(min(workers, len(queue))):
            crew.append(_start(work))
            _hand_out(crew[-1], queue)
        while busy := {member.pipe: member for member in crew if member.job is not None}:
            for pipe in wait(list(busy)):
                member = busy[pipe]  # type: ignore[index]  # wait() returns what it was given
                job, tries = member.job
                answer = _answer(member)
                again = isinstance(answer, Died) and tries < TRIES
                if again:
                    queue.append((job, tries + 1))
                if isinstance(answer, Died):
                    crew.remove(member)
                    if queue:
                        crew.append(member := _start(work))
                _hand_out(member, queue)
                if not again:
                    yield job, answer
    finally:
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
        return Died(member.process.exitcode)


def _hand_out(member: _Worker, queue: deque[tuple[Any, int]]) -> None:
    member.job = queue.popleft() if queue else None
    if member.job is not None:
        with suppress(BrokenPipeError):  # it died idle: reading from it will tell
            member.pipe.send(member.job[0])


def _start(work: Callable[[Any], Any]) -> _Worker:
    ours, theirs = _CONTEXT.Pipe()
    process = _CONTEXT.Process(target=_serve, args=(work, theirs), daemon=True)
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


def _serve(work: Callable[[Any], Any], pipe: Connection) -> None:
    threading.Thread(target=_die_with_parent, daemon=True).start()
    with suppress(EOFError, BrokenPipeError):  # the parent is gone
        while True:
            pipe.send(work(pipe.recv()))


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
