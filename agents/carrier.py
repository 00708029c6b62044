"""Risk carriers: guarantor, re-guarantee funds, insurer, compensation pool. Their money is the ledger's."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from agents.columns import Column, Population

CARRIERS: Final = ("guarantor", "city_fund", "national_fund", "insurer", "pool")
GUARANTOR, CITY_FUND, NATIONAL_FUND, INSURER, POOL = range(len(CARRIERS))
GUARANTEE_CHAIN: Final = (GUARANTOR, CITY_FUND, NATIONAL_FUND)


class Carriers(Population):
    """Risk carriers, index = place in CARRIERS."""

    endowed = Column(np.int64, "fen", "Capital its owners have paid in")
    exposure = Column(np.int64, "fen", "What it would pay if all it covers were lost today")
    expected = Column(np.float64, "fen", "Claims on it expected within a year, as the step opened")
    yearly_room = Column(np.int64, "fen", "What it may still pay this year; no limit when negative", start=-1)
    yearly_exposure = Column(np.int64, "fen", "Its largest exposure in this budget year")
    yearly_paid = Column(np.int64, "fen", "Paid to lenders in this budget year")
    paid = Column(np.int64, "fen", "Paid to lenders in this step")
    lost = Column(np.int64, "fen", "Of what it paid, what turned out to be lost in this step")
    earned = Column(np.int64, "fen", "Fees and premiums of this step")

    def start_step(self) -> None:
        """Forget the flows of the step before."""
        self.paid[:], self.lost[:], self.earned[:] = 0, 0, 0


def ability(money: npt.NDArray[np.int64], expected: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Part of its promises that a carrier's money covers: money over a year's expected claims, at most 1."""
    covered = np.divide(money, expected, out=np.ones(money.size), where=expected > 0)
    return np.clip(covered, 0.0, 1.0)


def premium(expected: npt.NDArray[np.float64], loading: float, least: float) -> npt.NDArray[np.float64]:
    """An insurer's premium, share of what it insures: expected claims with a loading, at least a minimum."""
    return np.maximum(expected * loading, least)
