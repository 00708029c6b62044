"""What lenders can know of a firm: a logit score of last step's books, rating groups, and persistent misjudgement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from agents.firm import ACTIVE
from agents.numeric import FEN
from agents.threads import in_blocks

if TYPE_CHECKING:
    from sim.model import FinancingModel

Float = npt.NDArray[np.float64]
FEATURES: Final = (
    "log_sales", "young", "debt_ratio", "margin", "liquidity", "overdue", "largest_buyer", "first_time",
)  # fmt: skip
ROWS_AT_ONCE: Final = 1024
REFERENCE_SALES: Final = 20e6 * FEN


@dataclass
class Scores:
    """One step's scores: by firm, and the cross-section of its rating group."""

    score: Float
    pd: Float  # what a lender without noise would think
    group: npt.NDArray[np.int64]
    mean: Float  # by group
    variance: Float
    grade: npt.NDArray[np.int8]  # decile of the score, 0 the safest


def features(model: FinancingModel) -> Float:
    """(firms × FEATURES) of last step's books."""
    firms, books = model.firms, model.ledger.balance
    assets = np.maximum(model.firm_assets(), 1)
    debt = np.clip(1 - model.firm_equity() / assets, 0, 1.5)
    monthly_cost = np.maximum(firms.sales * firms.unit_cost / 12, 1)
    return np.stack(
        (
            np.log(np.maximum(firms.sales, REFERENCE_SALES / 1000) / REFERENCE_SALES),
            (firms.age < 3).astype(np.float64),
            debt,
            np.clip(firms.margin, -0.5, 0.5),
            np.minimum(books("firm", "deposit") / monthly_cost, 3),
            np.clip(firms.overdue_share, 0, 1),
            firms.largest_buyer,
            firms.first_time.astype(np.float64),
        ),
        axis=1,
    )


def rate_all(model: FinancingModel) -> Scores:
    """Score every firm and describe its rating group (size × tier × first-time) and decile."""
    rules, firms = model.parameters.score, model.firms
    weights = np.array([getattr(rules, name) for name in FEATURES])
    sector = np.array((*rules.subsector, 0.0))[firms.subsector]
    core = rules.core * (firms.tier == 0)
    score = np.round(rules.intercept + _weighted(features(model), weights) + sector + core, 10)
    group = (firms.size.astype(np.int64) * 4 + firms.tier) * 2 + firms.first_time
    active = firms.status == ACTIVE
    mean, spread = _describe(group[active], score[active], 32)
    suppliers = active & (firms.tier > 0)
    cuts = np.quantile(score[suppliers], np.arange(1, 10) / 10) if suppliers.any() else np.zeros(9)
    pd = np.round(1 / (1 + np.exp(-score)), 10)
    grade = np.searchsorted(cuts, score).astype(np.int8)
    return Scores(score, pd, group, np.round(mean, 10), np.round(spread, 10), grade)


def _weighted(table: Float, weights: Float) -> Float:
    """`table` @ `weights`, so few rows at once that the library of linear algebra takes no threads of its own: those
    part the rows elsewhere, which moves last digits, and are busy waiting for more long after."""
    total = np.empty(table.shape[0])
    for first in range(0, total.size, ROWS_AT_ONCE):
        rows = slice(first, first + ROWS_AT_ONCE)
        np.matmul(table[rows], weights, out=total[rows])
    return total


def _describe(group: npt.NDArray[np.int64], score: Float, groups: int) -> tuple[Float, Float]:
    """Mean and variance of the score by group, 0 where there is none."""
    count = np.maximum(np.bincount(group, minlength=groups), 1)
    mean = np.bincount(group, score, groups) / count
    return mean, np.bincount(group, (score - mean[group]) ** 2, groups) / count


def move_noise(model: FinancingModel) -> None:
    """Lenders' misjudgement (in standard deviations) reverts to the truth with its half-life."""
    firms, rules = model.firms, model.parameters.score
    keep = 0.5 ** (model.months / rules.noise_half_life)
    fresh = np.sqrt(1 - keep**2)
    draw = model.streams.normal("noise", model.step_number, firms.slots, firms.noise_lender.shape[1] + 1)

    def move(first: int, end: int) -> None:
        part, common, own = draw[first:end], firms.noise_common[first:end], firms.noise_lender[first:end]
        part *= fresh
        common *= keep
        common += part[:, 0]
        own *= keep
        own += part[:, 1:]

    in_blocks(move, firms.slots, 20.0)


def noise_scale(model: FinancingModel, firm: npt.NDArray[np.int64]) -> tuple[Float, Float]:
    """Standard deviation of the common and of each lender's own misjudgement of these firms, logit: less with a credit
    file, less for the house bank."""
    firms, rules = model.firms, model.parameters.score
    total = rules.noise_sd * np.where(firms.first_time[firm], 1.0, 1 - rules.noise_file)
    common = total * np.sqrt(rules.noise_common)
    own = np.repeat((total * np.sqrt(1 - rules.noise_common))[:, None], firms.reach.shape[1], axis=1)
    own[:, 0] *= 1 - rules.noise_relation
    return common, own
