"""Informal credit revolves up to a limit: interest is added, what exceeds the limit is due, the rest is repaid when
there is cash to spare or a bank to replace it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from agents.informal import informal_rate, informal_room

if TYPE_CHECKING:
    from sim.model import FinancingModel

Fen = npt.NDArray[np.int64]


def owed(model: FinancingModel) -> Fen:
    """What every firm owes informal lenders, interest included, fen."""
    return model.ledger.balance("firm", "informal_loan")


def room(model: FinancingModel) -> Fen:
    """What is left of each firm's limit, fen."""
    return informal_room(model.firms.annual_sales, owed(model), model.parameters.informal)


def due(model: FinancingModel) -> Fen:
    """What is due: the part above the limit, and all that a firm owes that has stopped, fen."""
    limit = np.floor(model.parameters.informal.limit * model.firms.annual_sales).astype(np.int64)
    return np.where(model.is_active(), np.maximum(owed(model) - limit, 0), owed(model))


def accrue(model: FinancingModel) -> None:
    """A step's interest on what is owed by firms that go on."""
    rate = informal_rate(model.firms.overdue_share, model.parameters.informal)
    interest = np.floor(owed(model) * rate * (model.step_days / 360) * model.goes_on()).astype(np.int64)
    model.ledger.post("informal_interest", borrower=interest)


def write_off(model: FinancingModel, rows: npt.NDArray[np.int64]) -> None:
    """The lenders lose what these firms still owe."""
    model.ledger.post("informal_lost", borrower=(rows, owed(model)[rows].copy()))
