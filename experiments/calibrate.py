"""`finflow calibrate`: fit the lenders' scorecard to the economy's own defaults, on seeds that validation never sees.

Lenders price with the scorecard and prices move defaults, so after a change of the scenario it takes two or three
rounds, each with the coefficients of the last in the scenario, until they stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from agents.firm import ACTIVE
from agents.parameters import SUBSECTORS
from experiments.config import Experiment
from experiments.crew import answers
from experiments.packaged import baseline
from experiments.pool import Local
from experiments.reforms import BASELINE
from sim.model import FinancingModel
from sim.scorecard import FEATURES, features

Float = npt.NDArray[np.float64]
SEEDS: Final = tuple(range(1, 21))
BURN_IN_STEPS: Final = 36
SAMPLE_STEPS: Final = 120
SIGNS: Final = {  # a scorecard is monotone in what everybody knows to be good or bad
    "log_sales": (None, 0), "young": (0, None), "debt_ratio": (0, None), "margin": (None, 0), "liquidity": (None, 0),
    "overdue": (0, None), "largest_buyer": (0, None), "first_time": (0, None),
}  # fmt: skip
PENALTY: Final = 1.0  # ridge on standardised coefficients: a sub-sector with few defaults stays near zero


def sample(world: Experiment, seed: int, sample_steps: int = SAMPLE_STEPS) -> tuple[Float, Float]:
    """Features of active suppliers once a quarter, and whether each defaulted in the year after a year's delay.

    The delay is that of accounts: when a lender prices on them they are up to a year old. Fitted without it the
    scorecard sees distress so early that all lenders leave at once and bring about what they expect.

    The world runs under current law. Returns float64[m, FEATURES + SUBSECTORS] and float64[m].
    """
    model = FinancingModel(world.parameters, seed=seed, policy=world.policies[BASELINE])
    year = round(360 / model.step_days)
    quarter = round(90 / model.step_days)
    rows, outcomes, defaulted = [], [], []
    for step in range(BURN_IN_STEPS + sample_steps + 2 * year):
        if BURN_IN_STEPS <= step < BURN_IN_STEPS + sample_steps and step % quarter == 0:
            firms = model.firms
            active = np.flatnonzero((firms.status == ACTIVE) & (firms.tier > 0))
            sector = np.eye(len(SUBSECTORS))[firms.subsector[active]]
            rows.append((step, active, np.hstack((features(model)[active], sector))))
        model.step()
        defaulted.append(model.firms.defaulted.copy())
    fails = np.array(defaulted)
    for step, active, _ in rows:
        outcomes.append(fails[step + year : step + 2 * year, active].any(axis=0))
    return np.vstack([row[2] for row in rows]), np.concatenate(outcomes).astype(np.float64)


def fit(x: Float, y: Float) -> dict[str, Any]:
    """Penalised logistic regression; coefficients by name as the scenario's `score` takes them."""
    mean, spread = x.mean(axis=0), np.maximum(x.std(axis=0), 1e-9)
    z = (x - mean) / spread

    def loss(beta: Float) -> tuple[float, Float]:
        logit = beta[0] + z @ beta[1:]
        value = np.logaddexp(0, logit).sum() - y @ logit + 0.5 * PENALTY * (beta[1:] ** 2).sum()
        gap = 1 / (1 + np.exp(-logit)) - y
        return float(value), np.concatenate(([gap.sum()], z.T @ gap + PENALTY * beta[1:]))

    start = np.zeros(z.shape[1] + 1)
    start[0] = np.log(max(y.mean(), 1e-6) / (1 - y.mean()))
    bounds = [(None, None), *(SIGNS.get(name, (None, None)) for name in FEATURES), *[(None, None)] * len(SUBSECTORS)]
    beta = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    slope = beta[1:] / spread
    sector = slope[len(FEATURES) :]
    result: dict[str, Any] = {"intercept": float(beta[0] - slope @ mean + sector.mean())}
    result |= {name: float(slope[k]) for k, name in enumerate(FEATURES)}
    result["subsector"] = [float(value) for value in sector - sector.mean()]
    return result


def calibrate(
    out: str | Path,
    workers: int | None = None,
    quiet: bool = False,
    *,
    world: Experiment | None = None,
    seeds: Sequence[int] = SEEDS,
    sample_steps: int = SAMPLE_STEPS,
) -> str:
    """Fit over all seeds; the section `score` as YAML, ready for the scenario, also written to `out`/score.yaml.

    `world` is the packaged baseline if None.
    """
    from sim.run import warm_up

    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    world = world or baseline()
    warm_up(world.parameters)
    work = partial(sample, world, sample_steps=sample_steps)
    with Local(workers) as engine:
        found = dict(answers(work, list(seeds), engine, quiet))
    x = np.vstack([found[seed][0] for seed in seeds])
    y = np.concatenate([found[seed][1] for seed in seeds])
    text = as_yaml(fit(x, y), y, seeds)
    (folder / "score.yaml").write_text(text, encoding="utf-8")
    return text


def as_yaml(coefficients: dict[str, Any], outcomes: Float, seeds: Sequence[int]) -> str:
    """The fitted leaves of `score`, with what they rest on in a comment."""
    said = f"{outcomes.size:,} firms × quarters, {int(outcomes.sum()):,} defaults, seeds {min(seeds)} to {max(seeds)}"
    lines = [f"  score:  # {said}"]
    for name, value in coefficients.items():
        rounded = [round(entry, 2) + 0.0 for entry in value] if isinstance(value, list) else round(value, 3) + 0.0
        lines.append(f'    {name}: {{value: {rounded}, assumed: "fitted by finflow calibrate"}}')
    return "\n".join(lines) + "\n"
