"""Why firms get into trouble: unit-cost shocks of firms and sub-sectors, and rare losses (drawn in phase 2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from agents.firm import ACTIVE
from agents.numeric import step_persistence, step_probability
from agents.parameters import SUBSECTORS, Shocks

if TYPE_CHECKING:
    from sim.model import FinancingModel

Float = npt.NDArray[np.float64]


def stationary_sd(rules: Shocks) -> float:
    """Standard deviation of a firm's unit-cost shock in the long run."""
    return rules.cost_innovation / np.sqrt(1 - rules.cost_persistence**2)


def strike(model: FinancingModel) -> None:
    """Move unit costs one step and book rare losses, which fall due at once."""
    rules, firms, step = model.parameters.shocks, model.firms, model.step_number
    keep = float(step_persistence(rules.cost_persistence, model.step_days))
    fresh = np.sqrt(1 - keep**2)
    own = model.streams.normal("cost", step, firms.slots)
    firms.cost_shock = keep * firms.cost_shock + fresh * model.own_cost_sd * own
    sector = model.streams.normal("sector_cost", step, len(SUBSECTORS))
    sd = stationary_sd(rules) * np.sqrt(rules.sector_share)
    model.sector_shock = keep * model.sector_shock + fresh * sd * sector
    hazard = float(step_probability(rules.rare_loss, model.step_days))
    hit = model.streams.uniform("rare_loss", step, firms.slots) < hazard
    hit &= (firms.status == ACTIVE) & (firms.tier > 0)
    lost = np.array(rules.rare_loss_size)[firms.size] * firms.annual_sales
    model.ledger.post("rare_loss", firm=np.where(hit, np.floor(lost), 0).astype(np.int64))
