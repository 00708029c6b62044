"""Carry out an experiment: plan its runs, share those still to do among worker processes, sum up.

Records never reach the parent: workers write them to the store, so the parent's memory doesn't grow with the
number of runs.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments import documents
from experiments.carried import carrying, files_of
from experiments.design import Design, batches_of, design_of
from experiments.engine import Died, EngineError
from experiments.equal_cost_runs import settle, solved_policies
from experiments.firm_files import own_firms
from experiments.parts import Packed
from experiments.pool import Local
from experiments.progress import progress
from experiments.provenance import provenance
from experiments.replication import compile_kernels, simulate_replication
from experiments.store import Run, Store, StoreError
from experiments.summary import summary_of
from experiments.worker import Attempt, Task, keep, perform

if TYPE_CHECKING:
    from agents.parameters import Parameters
    from experiments.config import Experiment
    from experiments.engine import Engine, Work


@dataclass(frozen=True)
class Report:
    """What came of it: runs planned, in the store now, run and failed this time, wall seconds.

    `busy` is the seconds of runs over workers × wall seconds, start and summing up included; `halted` says why it
    stopped early, if it did.
    """

    store: Store
    total: int
    done: int
    ran: int
    failed: int
    seconds: float
    busy: float
    halted: str = ""

    def line(self) -> str:
        """The end line."""
        return (
            f"{self.total} runs: {self.done} done, {self.failed} failed, {self.ran} of them run now; "
            f"{self.seconds:.1f} s, cores busy {self.busy:.0%}"
        )


def input_hashes(experiment: Experiment) -> dict[str, str]:
    """SHA-256 of each file the experiment reads besides its YAML."""
    return {name: hashlib.sha256(file.read_bytes()).hexdigest() for name, file in files_of(experiment).items()}


def with_copies(experiment: Experiment, store: Store) -> Experiment:
    """The experiment with its files read from copies in the store: whoever edits them later changes no run."""
    return replace(experiment, **{name: store.keep_input(file) for name, file in files_of(experiment).items()})


def copies_of(experiment: Experiment) -> dict[str, str]:
    """Where the copies lie as seen from the resolved configuration, so that a folder can be taken elsewhere."""
    return {name: f"../{file.parent.name}/{file.name}" for name, file in files_of(experiment).items()}


def execute(
    experiment: Experiment,
    folder: str | Path,
    *,
    task: Task = simulate_replication,
    warm_up: Callable[[Parameters], None] = compile_kernels,
    workers: int | None = None,
    engine: Engine | None = None,
    quiet: bool = False,
    show: Callable[[Store], None] = lambda store: None,
) -> Report:
    """Do what is left of the experiment in `folder`: finished runs stay, failed ones are tried again.

    Runs go to `engine`, or to `workers` processes of this machine. `task` and `warm_up` are pickled. `show` is called
    at the end, if any run is done, while the folder is still held against other processes. Raises `StoreError` if the
    folder, `EngineError` if the engine is unusable and nothing was run, `ConfigError` for a mistake in the
    experiment's files.
    """
    own_firms(experiment, 0)  # so that a mistake in the files is told before anything is written
    if engine is None:
        with Local(workers) as engine:
            return _execute(experiment, Store(folder), task, warm_up, engine, quiet, show)
    return _execute(experiment, Store(folder), task, warm_up, engine, quiet, show)


def _execute(
    experiment: Experiment, store: Store, task: Task, warm_up: Callable[[Parameters], None], engine: Engine,
    quiet: bool, show: Callable[[Store], None],
) -> Report:  # fmt: skip
    begun, counts = time.perf_counter(), {"done": 0, "failed": 0}
    run_seconds, halted, workers = 0.0, "", engine.workers
    engine.prepare(partial(warm_up, experiment.parameters))
    with store.locked() as mark:
        experiment = with_copies(experiment, store)
        task = carrying(task, experiment)
        solutions = settle(experiment, store, task, engine, quiet)
        design = design_of(experiment, solved_policies(experiment, solutions))
        runs, config = design.runs(), documents.dump(experiment.resolved() | copies_of(experiment))
        manifest = manifest_of(design) | {"equal_cost": solutions}
        store.begin(manifest, config, experiment.digest()[:16], runs, design.table())
        pending = list({run.key: run for run in runs if not store.holds(run)}.values())
        try:
            with progress(len(pending), quiet) as advance:
                for attempt in _attempts(engine, partial(perform, mark, design, task), design, store, pending):
                    keep(store, attempt)
                    counts["failed" if attempt.message else "done"] += 1
                    run_seconds += attempt.seconds
                    advance(sum(counts.values()), counts["failed"])
            summary = summary_of(store, workers, engine if isinstance(engine, Local) else None)
            seconds = time.perf_counter() - begun
            busy = run_seconds / (seconds * workers)
            store.finish(summary, {"seconds": seconds, "workers": workers, "busy": busy})
            if store.done():
                show(store)
        except (StoreError, EngineError) as error:
            if not any(map(store.holds, pending)):  # workers may have kept some whose answers did not come through
                raise
            seconds, busy, halted = time.perf_counter() - begun, 0.0, str(error)
    done = len(store.done())
    return Report(store, len(runs), done, sum(counts.values()), counts["failed"], seconds, busy, halted)


def _attempts(engine: Engine, work: Work, design: Design, store: Store, pending: list[Run]) -> Iterator[Attempt]:
    """What came of each run, as it comes."""
    for run, answer in engine.run_all(work, batches_of(design, pending, engine.workers)):
        if not isinstance(answer, Died):
            yield answer
        elif store.holds(run):  # it died between keeping the run and saying so
            yield Attempt(run, store.row(run)["seconds"], Packed({}, {}), kept=True)
        else:
            yield Attempt(run, 0.0, None, "worker", answer.message)


def manifest_of(design: Design) -> dict[str, Any]:
    """What the manifest says before the first run."""
    experiment = design.experiment
    return {
        "experiment": experiment.name,
        **provenance(),
        "seed_plan": {"seed": experiment.seed, "replications": experiment.replications},
        "digest": experiment.digest(),
        "steps": {
            "burn_in": experiment.burn_in_steps,
            "evaluate": experiment.evaluate_steps,
            "days": experiment.parameters.step_days,
        },
        **design.said(),
        "inputs": input_hashes(experiment),
    }
