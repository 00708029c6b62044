"""Informal loans by due step: drawn, with interest, repaid last. They carry no contract rows: one rate a firm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from agents.informal import informal_rate

if TYPE_CHECKING:
    from sim.model import FinancingModel

Fen = npt.NDArray[np.int64]


class InformalCredit:
    """What every firm owes informal lenders, by step in which it is due; `overdue` holds what is due already."""

    def __init__(self, firms: int, tenor_days: float, step_days: int) -> None:
        self.tenor = max(1, round(tenor_days / step_days))
        self.ring = np.zeros((self.tenor + 1, firms), np.int64)
        self.overdue = np.zeros(firms, np.int64)

    def due(self, step: int) -> Fen:
        """Due or overdue in this step, interest included, fen."""
        return self.ring[step % (self.tenor + 1)] + self.overdue

    def accrue(self, model: FinancingModel) -> None:
        """A step's interest on all that is owed by firms that go on; it is due at once."""
        owed = model.ledger.balance("firm", "informal_loan")
        rate = informal_rate(model.firms.overdue_share, model.parameters.informal)
        interest = np.floor(owed * rate * (model.step_days / 360) * model.goes_on()).astype(np.int64)
        model.ledger.post("informal_interest", borrower=interest)
        self.overdue += interest

    def draw(self, model: FinancingModel, amount: Fen) -> None:
        """Lend `amount` to each firm for the tenor."""
        self.ring[(model.step_number + self.tenor) % (self.tenor + 1)] += amount
        model.ledger.post("informal_drawn", borrower=amount)

    def pay(self, model: FinancingModel, amount: Fen) -> None:
        """Repay `amount`, at most what is due: the oldest first."""
        model.ledger.post("informal_paid", borrower=amount)
        old = np.minimum(amount, self.overdue)
        self.overdue -= old
        self.ring[model.step_number % (self.tenor + 1)] -= amount - old

    def roll(self, step: int) -> None:
        """End of a step: what was due and is not paid is overdue."""
        slot = step % (self.tenor + 1)
        self.overdue += self.ring[slot]
        self.ring[slot] = 0

    def accelerate(self, rows: npt.NDArray[np.int64]) -> None:
        """All that these firms owe is due."""
        self.overdue[rows] += self.ring[:, rows].sum(axis=0)
        self.ring[:, rows] = 0

    def write_off(self, model: FinancingModel, rows: npt.NDArray[np.int64]) -> None:
        """The lenders lose what these firms still owe."""
        lost = model.ledger.balance("firm", "informal_loan")[rows].copy()
        model.ledger.post("informal_lost", borrower=(rows, lost))
        self.overdue[rows] = 0
        self.ring[:, rows] = 0
