"""Runs of one world, as a worker process does them. Kept apart from the runner, for every worker imports this."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from experiments.store import Run, Store, StoreError

if TYPE_CHECKING:
    from experiments.config import Experiment
    from experiments.design import Design
    from policies.levers import Policy
    from sim.recorder import Record

# What simulates a replication: takes the experiment with the parameters of the draw, a policy and the replication,
# burns it in, and gives back what goes on from there under any policy with the same burn-in.
Task = Callable[["Experiment", "Policy", int], Callable[["Policy"], "Record"]]
_OWN: Final = ("sim", "policies", "agents", "experiments")


@dataclass(frozen=True)
class Outcome:
    """What the parent learns of a run; the record is in the store. `message` says why it is not done.

    `seconds` are wall time: its own, and its part of the burn-in that it shares with others of its batch.
    """

    status: Literal["done", "failed", "unwritable"]
    seconds: float
    message: str = ""


@dataclass(frozen=True)
class Attempt:
    """What came of a run: its record, or where and why it failed; `seconds` as in `Outcome`."""

    run: Run
    seconds: float
    record: Record | None
    stage: str = ""
    message: str = ""


def perform(store: Store, design: Design, task: Task, batch: Sequence[Run]) -> Iterator[Outcome]:
    """Do runs that share draw, replication and burn-in in this process, and keep what comes of each."""
    for attempt in attempts(design, task, batch):
        try:
            keep(store, attempt)
            status, message = ("failed" if attempt.message else "done"), attempt.message
        except StoreError as error:
            status, message = "unwritable", str(error)
        yield Outcome(status, attempt.seconds, message)


def keep(store: Store, attempt: Attempt) -> None:
    """Write an attempt to the store; raises `StoreError` if that can't be done."""
    if attempt.record is None:
        store.write_failure(attempt.run, attempt.stage, attempt.message, attempt.seconds)
    else:
        store.write_run(attempt.run, attempt.record, attempt.seconds)


def attempts(design: Design, task: Task, batch: Sequence[Run]) -> Iterator[Attempt]:
    """Burn in once, then do one run after the other; one that fails leaves the others alone."""
    began, first = time.perf_counter(), batch[0]
    policies = [design.policies[run.policy] for run in batch]
    try:
        go_on = task(design.world(first.draw), policies[0], first.replication)
    except Exception as error:  # a burn-in that fails is every run's failure
        seconds = (time.perf_counter() - began) / len(batch)
        yield from (_failed(run, error, seconds) for run in batch)
        return
    shared = (time.perf_counter() - began) / len(batch)
    for run, policy in zip(batch, policies, strict=True):
        began = time.perf_counter()
        try:
            record = go_on(policy)
            attempt = Attempt(run, shared + time.perf_counter() - began, record)
        except Exception as error:  # a failed run is recorded; the others go on
            attempt = _failed(run, error, shared + time.perf_counter() - began)
        yield attempt


def _failed(run: Run, error: Exception, seconds: float) -> Attempt:
    return Attempt(run, seconds, None, stage_of(error), f"{type(error).__name__}: {error}")


def stage_of(error: BaseException) -> str:
    """The innermost function of ours that `error` passed through, as `module.function`."""
    stage, trace = "task", error.__traceback__
    while trace is not None:
        module = trace.tb_frame.f_globals.get("__name__", "")
        if module.split(".")[0] in _OWN:
            stage = f"{module}.{trace.tb_frame.f_code.co_name}"
        trace = trace.tb_next
    return stage
