"""Compiling on all cores before the first world: Numba compiles on one, and most of the first call is compiling.

This process and helpers, one for each further core, take kernels from one list, callees first, and leave them in
Numba's cache, where the world then finds them. Nothing depends on it: whatever is missing there is compiled when it
is called.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import subprocess
import sys
from contextlib import suppress
from functools import cache
from threading import Condition, Thread
from typing import Any, Final

from numba.core.dispatcher import Dispatcher

from sim.signatures import named, path, read, recorded

MOST_HELPERS: Final = 3  # with four processes the longest chain of callers sets the time
DONE: Final = b"\n"  # what a helper answers


@cache
def compile_ahead() -> None:
    """Compile what is recorded, once a process, if the cache is empty; not in a worker, whose parent has done it."""
    if multiprocessing.parent_process():
        return
    with suppress(Exception):  # the list may be out of date, or no process can be started
        *calls, last = recorded()
        if not is_cached(*last):
            compile_together(calls, min(_cores() - 1, MOST_HELPERS))
            compile_call(*last)  # when this one is in the cache, all are


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def is_cached(name: str, arguments: list[Any]) -> bool:
    """Whether a kernel is in the cache for these types."""
    kernel = named(name)
    return kernel._cache.load_overload(tuple(map(read, arguments)), kernel.targetctx) is not None


def compile_call(name: str, arguments: list[Any]) -> None:
    """Compile a kernel for these types, or read it from the cache."""
    with suppress(Exception):  # if the list is out of date; what is wrong with a kernel is told where it is called
        named(name).compile(tuple(map(read, arguments)))


def compile_together(calls: list[list[Any]], helpers: int) -> None:
    """Compile all calls, here and in `helpers` processes more."""
    plan, collects = Plan(calls), gc.isenabled()
    crew: list[tuple[subprocess.Popen[bytes], Thread]] = []
    gc.disable()  # collecting takes an eighth of the time to save a third of the memory
    try:
        for _ in range(helpers):
            crew.append(_start(plan))
        while (number := plan.take()) is not None:
            compile_call(*calls[number])
            plan.settle(number)
    finally:
        if collects:
            gc.enable()
        plan.drop()
        for process, feeder in crew:
            process.kill()
            feeder.join()


class Plan:
    """Which calls are left and which are in progress; for several threads."""

    def __init__(self, calls: list[list[Any]]) -> None:
        self._name = [name for name, _ in calls]
        self._callees = {name: callees(name) for name in self._name}
        self._left, self._busy = list(range(len(calls))), set[int]()
        self._change = Condition()

    def take(self) -> int | None:
        """Number of a call to compile whose callees are done, waited for; None when all are done."""
        with self._change:
            while (number := self._next()) is None and self._busy:
                self._change.wait()
            if number is not None:
                self._left.remove(number)
                self._busy.add(number)
            return number

    def _next(self) -> int | None:
        """First call that is ready. Of a kernel in progress no second one is: both would write its index."""
        busy = {self._name[number] for number in self._busy}
        missing = busy.union(self._name[number] for number in self._left)
        ready = (n for n in self._left if self._name[n] not in busy and not missing & self._callees[self._name[n]])
        return next(ready, None)

    def settle(self, number: int, done: bool = True) -> None:
        """Say that a call is done, or give it back."""
        with self._change:
            self._busy.discard(number)
            if not done:
                self._left.insert(0, number)
            self._change.notify_all()

    def drop(self) -> None:
        """Give up what is left, so that nobody waits."""
        with self._change:
            self._left.clear()
            self._busy.clear()
            self._change.notify_all()


def callees(name: str) -> set[str]:
    """Full names of other kernels that a kernel calls."""
    function = named(name).py_func
    known = (function.__globals__.get(word) for word in function.__code__.co_names)
    return {path(thing.py_func) for thing in known if isinstance(thing, Dispatcher)} - {name}


def _start(plan: Plan) -> tuple[subprocess.Popen[bytes], Thread]:
    search = os.pathsep.join(entry or os.curdir for entry in sys.path)  # where this process finds the model
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "sim.compiling"], env=os.environ | {"PYTHONPATH": search}, bufsize=0,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    feeder = Thread(target=_feed, args=(plan, process), daemon=True)
    feeder.start()
    return process, feeder


def _feed(plan: Plan, process: subprocess.Popen[bytes]) -> None:
    """Hand calls to a helper one by one, once it is there; the one it dies at goes back to the plan."""
    assert process.stdin and process.stdout
    with process:
        ready = process.stdout.readline() == DONE
        while ready and (number := plan.take()) is not None:
            with suppress(OSError):  # it is dead, which the missing answer tells as well
                process.stdin.write(b"%d\n" % number)
            ready = process.stdout.readline() == DONE
            plan.settle(number, ready)


def help_out() -> None:
    """A helper: says that it is there and, after each call that it is told to compile, that it is done."""
    gc.disable()  # as where it was started
    calls = recorded()
    answer = sys.stdout.buffer
    answer.write(DONE)
    answer.flush()
    for line in sys.stdin.buffer:
        compile_call(*calls[int(line)])
        answer.write(DONE)
        answer.flush()


if __name__ == "__main__":
    help_out()
