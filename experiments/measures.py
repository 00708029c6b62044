"""What the benchmark measures, each in a process of its own: `python -m experiments.measures NAME [ARGUMENTS]`.

Prints one JSON object. Times are wall seconds. Memory is read from Linux's /proc and unknown (NaN) elsewhere;
not from getrusage, whose peak starts at that of the process that started this one.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, Final
from unittest.mock import patch

Measured = dict[str, Any]
MARK: Final = 36  # month from which memory should not grow
ATTRIBUTES: Final = 20


def first_call() -> Measured:
    """Seconds to import, and from then to the end of the second step of the default model."""
    began = perf_counter()
    from experiments.packaged import baseline
    from sim.model import FinancingModel

    experiment = baseline()
    imported = perf_counter()
    model = FinancingModel(experiment.parameters, seed=1)
    model.step()
    model.step()
    return {"import": imported - began, "call": perf_counter() - imported}


def default_run(suppliers: int = 0, months: int = 84, repeats: int = 3) -> Measured:
    """Median seconds of a warm run, birth and indicators included: without audit, and with the baseline's own.

    `suppliers` 0 means the default number.
    """
    from experiments.packaged import baseline, baseline_of
    from sim.run import simulate, warm_up

    experiment = baseline_of(suppliers) if suppliers else baseline()
    warm_up(experiment.parameters)
    seconds = defaultdict(list)
    for repeat in range(repeats):
        for audit in ("off", experiment.audit):
            began = perf_counter()
            simulate(experiment.parameters, seed=repeat, burn_in_steps=0, evaluate_steps=months, audit=audit)
            seconds[audit].append(perf_counter() - began)
    return {"plain": median(seconds["off"]), "audited": median(seconds[experiment.audit])}


def scale(suppliers: int, months: int, law: int = 0) -> Measured:
    """Seconds of birth and of all steps of a warm model with its indicators, and of each phase, audit off.

    `law` 1: under current law instead of no policy.
    """
    import sim.model
    from experiments.packaged import baseline_of
    from sim.recorder import Recorder
    from sim.run import warm_up
    from sim.windows import windows

    experiment = baseline_of(suppliers)
    parameters, policy = experiment.parameters, experiment.policies["baseline"] if law else None
    warm_up(parameters)
    phases: dict[str, float] = defaultdict(float)
    with patch("sim.model.STEP", tuple(_timed(process, phases) for process in sim.model.STEP)):
        began = perf_counter()
        model = sim.model.FinancingModel(parameters, seed=1, policy=policy)
        model.recorder = Recorder(windows(0, months, parameters.step_days))
        born = perf_counter()
        for _ in range(months):
            model.step()
        ended = perf_counter()
    return {"birth": born - began, "steps": ended - born, "phases": dict(phases)}


def _timed(process: Callable[[Any], None], phases: dict[str, float]) -> Callable[[Any], None]:
    name = f"{process.__module__.removeprefix('sim.')}.{process.__name__}"

    def timed(model: Any) -> None:
        began = perf_counter()
        process(model)
        phases[name] += perf_counter() - began

    return timed


def memory(suppliers: int, months: int) -> Measured:
    """Bytes above import at the peak, by `MARK` and in the end (kernels come from a warm cache)."""
    from experiments.packaged import baseline_of
    from sim.model import FinancingModel
    from sim.recorder import Recorder
    from sim.windows import windows

    parameters = baseline_of(suppliers).parameters
    start = _kilobytes("VmRSS")
    model = FinancingModel(parameters, seed=1)
    model.recorder = Recorder(windows(0, months, parameters.step_days))
    at_mark = float("nan")
    for month in range(1, months + 1):
        model.step()
        if month == MARK:
            at_mark = _kilobytes("VmHWM")
    return {"at_mark": (at_mark - start) * 1024, "peak": (_kilobytes("VmHWM") - start) * 1024}


def _kilobytes(name: str, process: int | str = "self") -> float:
    """VmRSS, resident memory now, or VmHWM, its peak; NaN for a process that has ended, and off Linux."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return float("nan")
    lines = dict(line.split(":", 1) for line in status.splitlines())
    return float(lines[name].split()[0]) if name in lines else float("nan")


def resident(process: int) -> float:
    """Resident memory of a process in bytes; NaN if it has ended, and off Linux."""
    return _kilobytes("VmRSS", process) * 1024


def plain_agents(count: int, steps: int) -> Measured:
    """Seconds of `steps` steps of plain Mesa agents with 20 attributes that each step moves, and their bytes."""
    import mesa

    names = [f"attribute_{k}" for k in range(ATTRIBUTES)]

    class Plain(mesa.Agent):
        def __init__(self, model: mesa.Model) -> None:
            super().__init__(model)
            for k, name in enumerate(names):
                setattr(self, name, float(k))

    body = "\n".join(f"    agent.{name} = 0.9 * agent.{name} + 0.1" for name in names)
    space: dict[str, Any] = {}
    exec(f"def step(agent):\n{body}\n", space)  # plain attribute access, which a loop over names is not
    Plain.step = space["step"]
    start = _kilobytes("VmRSS")
    model = mesa.Model(rng=1)
    for _ in range(count):
        Plain(model)
    held = (_kilobytes("VmRSS") - start) * 1024
    began = perf_counter()
    for _ in range(steps):
        model.agents.do("step")
    return {"steps": perf_counter() - began, "bytes": held}


MEASURES: Final[dict[str, Callable[..., Measured]]] = {
    measure.__name__: measure for measure in (first_call, default_run, scale, memory, plain_agents)
}

if __name__ == "__main__":
    print(json.dumps(MEASURES[sys.argv[1]](*map(int, sys.argv[2:]))))
