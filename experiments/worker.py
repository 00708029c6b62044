"""One run, as a worker process does it. Kept apart from the runner, for every worker imports this."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from experiments.store import Run, Store, StoreError

if TYPE_CHECKING:
    from experiments.config import Experiment
    from experiments.design import Design
    from policies.levers import Policy
    from sim.recorder import Record

# What simulates one run: the experiment with the parameters of the draw, the policy, the replication.
Task = Callable[["Experiment", "Policy", int], "Record"]
_OWN: Final = ("sim", "policies", "agents", "experiments")


@dataclass(frozen=True)
class Outcome:
    """What the parent learns of a run; the record is in the store. `message` says why it is not done."""

    status: Literal["done", "failed", "unwritable"]
    cpu_seconds: float
    message: str = ""


def perform(store: Store, design: Design, task: Task, run: Run) -> Outcome:
    """Do one run in this process and keep what came of it."""
    wall, cpu = time.perf_counter(), time.process_time()
    try:
        message = _attempt(store, design, task, run, wall)
    except StoreError as error:
        return Outcome("unwritable", time.process_time() - cpu, str(error))
    return Outcome("failed" if message else "done", time.process_time() - cpu, message)


def _attempt(store: Store, design: Design, task: Task, run: Run, began: float) -> str:
    try:
        record = task(design.world(run.draw), design.policies[run.policy], run.replication)
        store.write_run(run, record, time.perf_counter() - began)
    except StoreError:
        raise
    except Exception as error:  # a failed run is recorded; the others go on
        message = f"{type(error).__name__}: {error}"
        store.write_failure(run, stage_of(error), message, time.perf_counter() - began)
        return message
    return ""


def stage_of(error: BaseException) -> str:
    """The innermost function of ours that `error` passed through, as `module.function`."""
    stage, trace = "task", error.__traceback__
    while trace is not None:
        module = trace.tb_frame.f_globals.get("__name__", "")
        if module.split(".")[0] in _OWN:
            stage = f"{module}.{trace.tb_frame.f_code.co_name}"
        trace = trace.tb_next
    return stage
