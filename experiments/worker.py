"""Runs of one world, as a worker process does them. Kept apart from the runner, for every worker imports this."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from experiments.parts import Packed, pack
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
class Attempt:
    """One run tried: what it left, or in which stage it failed and why.

    `seconds` are wall time: its own, and its part of the burn-in that it shares with others of its batch. `kept` says
    that it is in the store, and `packed` holds no more than its index; `unwritable` says why it could not be kept.
    """

    run: Run
    seconds: float
    packed: Packed | None
    stage: str = ""
    message: str = ""
    kept: bool = False
    unwritable: str = ""


def perform(mark: Path, design: Design, task: Task, batch: Sequence[Run]) -> Iterator[Attempt]:
    """Do runs that share draw, replication and burn-in in this process.

    It keeps them if it sees `mark`, which lies in the store; otherwise they travel with the answer, for the parent to
    keep.
    """
    seen = mark.exists()
    for attempt in attempts(design, task, batch):
        yield _kept(Store(mark.parent), attempt) if seen else attempt


def _kept(store: Store, attempt: Attempt) -> Attempt:
    try:
        _write(store, attempt)
    except StoreError as error:
        return replace(attempt, packed=None, unwritable=str(error))
    return replace(attempt, packed=attempt.packed and attempt.packed.index(), kept=True)


def _write(store: Store, attempt: Attempt) -> None:
    if attempt.packed is None:
        store.write_failure(attempt.run, attempt.stage, attempt.message, attempt.seconds)
    else:
        store.write_run(attempt.run, attempt.packed, attempt.seconds)


def keep(store: Store, attempt: Attempt) -> None:
    """See to it, in the parent, that an attempt is in the store; raises `StoreError` if that can't be done."""
    if attempt.unwritable:
        raise StoreError(attempt.unwritable)
    wanted = "failed" if attempt.packed is None else "done"
    # What another machine wrote into a shared folder may take a minute to be seen here; written again, it is seen.
    if not attempt.kept or store.row(attempt.run)["status"] != wanted:
        _write(store, attempt)


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
            seconds = shared + time.perf_counter() - began
            attempt = Attempt(run, seconds, pack(record, run.policy, run.draw, run.replication))
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
