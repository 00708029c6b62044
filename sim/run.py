"""One run from birth to record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from agents.birth import Founding
from agents.parameters import Parameters, Stress
from policies.levers import Policy
from sim.model import FinancingModel
from sim.recorder import Record, Recorder, prove
from sim.windows import WHOLE, windows

TRIAL_SUPPLIERS: Final = 60  # enough that somebody borrows, pays late and fails within the trial
TRIAL_STEPS: Final = 16


def simulate(parameters: Parameters, *, evaluate_steps: int, **world: Any) -> Record:
    """Run one world for burn-in and evaluation and return its record; `world` is what `burn_in` takes.

    Raises AuditError when books do not balance.
    """
    return evaluate(burn_in(parameters, evaluate_steps=evaluate_steps, **world))


def burn_in(
    parameters: Parameters,
    *,
    seed: int,
    replication: int = 0,
    burn_in_steps: int,
    evaluate_steps: int,
    audit: str = "off",
    stresses: Sequence[Stress] = (),
    founding: Founding | None = None,
    policy: Policy | None = None,
) -> FinancingModel:
    """One world at the start of its evaluation, recorded from birth. Raises AuditError when books do not balance."""
    model = FinancingModel(
        parameters, founding, seed=seed, replication=replication, audit=audit, stresses=stresses,
        first_step=burn_in_steps, policy=policy,
    )  # fmt: skip
    model.recorder = Recorder(windows(burn_in_steps, evaluate_steps, model.step_days))
    for _ in range(burn_in_steps):
        model.step()
    return model


def evaluate(model: FinancingModel) -> Record:
    """Run the evaluation of a model from `burn_in` and return its record; raises AuditError as that does."""
    assert model.recorder is not None
    steps = model.recorder.spans[WHOLE].stop
    while model.step_number < steps:
        model.step()
    if model.audit == "final":
        prove_without_control(model)
    return model.recorder.finish(model, {"steps_checked": {"every_step": steps, "final": 1, "off": 0}[model.audit]})


def prove_without_control(model: FinancingModel) -> None:
    """Prove a model that did not keep control totals while it ran."""
    model.ledger.reset_control()
    prove(model)


def warm_up(parameters: Parameters) -> None:
    """Compile every kernel, or read it from the cache, on a tiny world of these parameters.

    Done once before workers start: processes that compile the same kernels at once only wait for each other.
    """
    usual = parameters.population
    purchases = usual.annual_purchases / usual.suppliers * TRIAL_SUPPLIERS
    population = replace(usual, suppliers=TRIAL_SUPPLIERS, annual_purchases=purchases)
    trial = replace(parameters, population=population)
    simulate(trial, seed=0, burn_in_steps=0, evaluate_steps=TRIAL_STEPS, audit="every_step")
