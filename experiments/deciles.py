"""Predicted against realised default: what a lender's books say of each firm, and what came of it in a year."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from agents.firm import ACTIVE
from experiments.config import Experiment
from experiments.reforms import BASELINE
from sim.model import FinancingModel

Float = npt.NDArray[np.float64]
DECILES: Final = 10


def predictions(model: FinancingModel) -> tuple[npt.NDArray[np.int64], Float]:
    """Active suppliers after a step, and the yearly PD that the score of that step gave each of them.

    Seen by the house bank, its learned intercept included, without noise: what a lender would know at best.
    """
    firms, scores = model.firms, model.market.scores
    assert scores is not None  # every step rates all firms
    active = np.flatnonzero((firms.status == ACTIVE) & (firms.tier > 0))
    logit = scores.score[active] + model.banks.intercept[firms.house_bank[active]]
    return active, 1 / (1 + np.exp(-logit))


def deciles_of_run(experiment: Experiment, seed: int) -> Float:
    """float64[10, 2]: mean predicted and realised yearly default by decile of prediction, the safest first.

    Sampled once a year over the evaluation window; realised is the share that defaulted in the 12 months after.
    A successor in the same slot doesn't count. The experiment needs a burn-in of a step and a year evaluated.
    """
    model = FinancingModel(
        experiment.parameters, seed=seed, first_step=experiment.burn_in_steps, policy=experiment.policies[BASELINE]
    )
    year = round(360 / model.step_days)
    years = []
    for _ in range(experiment.burn_in_steps):
        model.step()
    for _ in range(experiment.evaluate_steps // year):
        firm, predicted = predictions(model)
        born, failed = model.firms.generation[firm].copy(), np.zeros(firm.size, np.bool_)
        for _ in range(year):
            model.step()
            failed |= model.firms.defaulted[firm] & (model.firms.generation[firm] == born)
        years.append(by_decile(predicted, failed))
    return np.mean(years, axis=0)


def by_decile(predicted: Float, failed: npt.NDArray[np.bool_]) -> Float:
    """Mean of `predicted` and share `failed` in ten groups of (nearly) equal count by rank of prediction."""
    rank = np.empty(predicted.size, np.int64)
    rank[np.argsort(predicted, kind="stable")] = np.arange(predicted.size)
    group = rank * DECILES // predicted.size
    count = np.bincount(group, minlength=DECILES)
    sums = [np.bincount(group, values, minlength=DECILES) for values in (predicted, failed)]
    return np.stack(sums, axis=1) / np.maximum(count, 1)[:, None]
