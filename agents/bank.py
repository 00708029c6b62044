"""Commercial banks: their columns, and what a bank decides about its balance sheet. Money accounts are the ledger's."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from agents.columns import Column, Population
from agents.parameters import Bank

Float = npt.NDArray[np.float64]
Fen = npt.NDArray[np.int64]


class Banks(Population):
    """Commercial banks, index = slot."""

    kind = Column(np.int8, "kind", "Index in BANK_KINDS")
    town = Column(np.int8, "town", "Where a city or rural bank lends; -1 everywhere")
    funding = Column(np.float64, "rate", "Transfer price of funds")
    running_cost = Column(np.float64, "rate", "Running cost over principal")
    mandate = Column(np.float64, "rate", "Margin given up on SMEs")
    rest_normal = Column(np.int64, "fen", "Performing part of the rest of the book, kept constant")
    rest_bad = Column(np.int64, "fen", "Non-performing part of the rest of the book")
    intercept = Column(np.float64, "logit", "What its own defaults have taught it")
    predicted = Column(np.float64, "count", "Borrowers its prices expected to fail, fading by half in half a year")
    realised = Column(np.float64, "count", "Borrowers that failed, fading alike")
    sme_lending = Column(np.float64, "fen/yr", "New lending to SMEs, smoothed over a year")
    weak_steps = Column(np.int32, "steps", "Consecutive steps under the legal minimum")
    lends = Column(np.bool_, "flag", "Takes on new business", start=True)


def tightening(npl_ratio: Float, tolerance: float) -> Float:
    """Factor on the PD cut-off: 1 up to the tolerated NPL ratio, falling to a half at 1.5 times it."""
    return np.clip(2 - npl_ratio / tolerance, 0.5, 1.0)


def payout(equity: Fen, risk_weighted: Fen, rules: Bank, months: float) -> Fen:
    """What is paid out in a step: `payout_speed` a month of capital above the payout ratio, fen."""
    excess = np.maximum(equity - rules.payout_capital * risk_weighted, 0)
    return np.floor(excess * (1 - (1 - rules.payout_speed) ** months)).astype(np.int64)


def learned_intercept(intercept: Float, predicted: Float, realised: Float, speed: float, credibility: float) -> Float:
    """Intercepts moved by `speed` towards what defaults say: each lender's own, as far as they are credible, and all.

    Predicted and realised are counts of borrowers. A record of n expected defaults counts n/(n + credibility): the
    pooled one against what prices expect, a lender's own against the pooled one (Bühlmann-Straub). What is learned is
    the ratio less one, not its logarithm, whose mean is below zero where a handful of defaults are expected.
    """
    if predicted.sum() <= 0:
        return intercept
    pooled = (realised.sum() + credibility) / (predicted.sum() + credibility)
    own = (realised + credibility * pooled) / (predicted + credibility)
    return np.clip(intercept + speed * np.clip(own - 1, -1, 1), -3, 3)
