"""An experiment in words, and what it will take, before anything is run."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from experiments.design import Design, batches_of, design_of
from experiments.doubt import ranges
from experiments.equal_cost import MOST_TRIES
from experiments.equal_cost_runs import shortened
from experiments.policy_words import amount_words, policy_words
from experiments.progress import readable_time
from experiments.units import brief

if TYPE_CHECKING:
    from agents.parameters import Stress
    from experiments.config import Experiment
    from experiments.firm_files import Filled

# Measured on one core of a 2026 server; figures to plan with, not a promise.
SECONDS_PER_FIRM_STEP: Final = 4e-5  # with the books proved after every step
SECONDS_PER_RUN: Final = 1.0  # birth, tables, writing
SECONDS_TO_START: Final = 5.0  # a worker, its imports and cached kernels
BYTES_PER_FIRM: Final = 10_000
BYTES_PER_WORKER: Final = 280_000_000

_STRESSES: Final = {
    "oem_failure": "core enterprise {rank} fails",
    "lending_stop": "no bank lends",
    "demand_stop": "final demand stops",
    "late_payment": "core enterprises pay late",
}


def describe(
    experiment: Experiment, loans: float, workers: int | None = None, own: Filled | None = None
) -> dict[str, str]:
    """The experiment as labels and texts: who, how long, what befalls it, policies, runs, time, memory.

    `loans` are the modelled SME loans in CNY, by which quotas and budgets are scaled. `own` is what was filled in of
    the experiment's own firms, if it brings any.
    """
    parameters = experiment.parameters
    population, days = parameters.population, parameters.step_days
    firms = len(own.ids) if own else population.suppliers
    design = design_of(experiment)
    runs = len({run.key for run in design.runs()}) + _more_runs(design)
    crew = min(workers or os.cpu_count() or 1, runs)
    burn_in, evaluate = (_months(n, days) for n in (experiment.burn_in_steps, experiment.evaluate_steps))
    memory = crew * (BYTES_PER_WORKER + firms * BYTES_PER_FIRM)
    who = f"{firms:,} suppliers in three tiers sell to {population.oems} core enterprises"
    if own:
        who = "; ".join([f"{firms:,} firms of {experiment.firms}", *own.sentences()])
    return {
        "experiment": experiment.name,
        "who": f"{who}; {sum(population.banks)} banks lend",
        "how long": f"{burn_in} of burn-in, then {evaluate} evaluated, in steps of {days} days",
        "what befalls it": "; ".join(_stress(s) for s in experiment.stresses) or "nothing: the baseline",
        **{f"policy {name}": words for name, words in policy_words(experiment).items()},
        "compared with": "current law, run by run",
        "amounts": f"scaled to SME loans and discounted paper of {brief(loans, 'CNY', digits=3)}: "
        + "; ".join(amount_words(experiment, loans)),
        **({"doubt": _doubt(experiment)} if experiment.doubt else {}),
        **({"levers varied": experiment.lever_design.words()} if experiment.lever_design else {}),
        **({"parameters varied": experiment.parameter_design.words()} if experiment.parameter_design else {}),
        **({"equal cost": _equal_cost(experiment)} if experiment.equal_cost else {}),
        "runs": f"{runs}: {_runs(design)}, from seed {experiment.seed}",
        "time": f"about {readable_time(_seconds(design, firms, crew))} with {crew} workers",
        "memory": f"about {memory / 1e9:.1f} GB",
    }


def _seconds(design: Design, firms: int, crew: int) -> float:
    """Wall time: burn-ins once for all policies that share them, except in the search for equal cost."""
    experiment = design.experiment
    burn_in, evaluate = experiment.burn_in_steps, experiment.evaluate_steps
    batches = batches_of(design, {run.key: run for run in design.runs()}.values(), crew)
    more, search = _more_runs(design), _search_runs(experiment)
    runs = sum(map(len, batches)) + more + search
    steps = (len(batches) + search) * burn_in + runs * evaluate
    longest = burn_in + len(batches[0]) * evaluate
    evenly = (runs * SECONDS_PER_RUN + steps * firms * SECONDS_PER_FIRM_STEP) / crew
    alone = len(batches[0]) * SECONDS_PER_RUN + longest * firms * SECONDS_PER_FIRM_STEP
    return SECONDS_TO_START + max(evenly, alone)


def _doubt(experiment: Experiment) -> str:
    own = experiment.values()
    count = len(ranges(own, experiment.provenance))
    return f"{count} of {len(own)} parameters, those assumed or estimated, are drawn by Latin hypercube"


def _equal_cost(experiment: Experiment) -> str:
    wanted, short = experiment.equal_cost, shortened(experiment)
    assert wanted is not None
    return (
        f"{', '.join(wanted.policies)}: each at the strength at which it costs {brief(wanted.public_cost, 'CNY/yr')} "
        f"over the baseline, searched for with {short.replications} replications of {short.evaluate_days / 30:g} months"
    )


def _more_runs(design: Design) -> int:
    """Runs of the policies that a search for equal cost may add."""
    wanted = design.experiment.equal_cost
    return len(wanted.policies) * sum(draw.replications for draw in design.draws) if wanted else 0


def _search_runs(experiment: Experiment) -> int:
    """Most runs of the search itself."""
    wanted = experiment.equal_cost
    return (1 + len(wanted.policies) * MOST_TRIES) * shortened(experiment).replications if wanted else 0


def _runs(design: Design) -> str:
    """Policies, draws and replications, as they multiply; runs that are the same are counted once."""
    first, *others = [draw.replications for draw in design.draws]
    many = len(design.policies)
    more = f", {len(others)} more draws of parameters with {others[0]}" if others else ", one draw of parameters"
    if design.experiment.equal_cost:
        more += f", and the same for {len(design.experiment.equal_cost.policies)} policies at equal cost"
    return f"{many} {'policy' if many == 1 else 'policies'}, {first} replications each{more}"


def _months(steps: int, step_days: int) -> str:
    return f"{steps * step_days / 30:g} months"


def _stress(stress: Stress) -> str:
    what = _STRESSES[stress.kind].format(rank=stress.oem + 1)
    return f"{what} from month {stress.month} of the evaluation, for {stress.months} months"
