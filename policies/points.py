"""The named points where a lever may bend a rule, and how several levers at one point combine.

A point's reducer is symmetric, so the order of levers cannot matter.
"""

from __future__ import annotations

from enum import Enum
from typing import Final


class Reducer(Enum):
    """How the contributions of several levers to one point become one."""

    SUM = "sum"  # costs and subsidies
    PRODUCT = "product of 1 − x"  # noise, effort
    LOWEST = "lowest"  # caps, terms
    HIGHEST = "highest"
    LAYERS = "ranked layers"  # who bears a loss
    UNION = "union"  # eligibility, reach
    CHEAPEST = "cheapest to the lender"  # facilities: a loan is refinanced once


class Point(Enum):
    """Where a mechanism acts. The value is the point's name in results and documents."""

    ELIGIBILITY = "eligibility"  # who may use which product
    ADVANCE_RATE = "advance rate"  # most lent, of sales or face
    CUT_OFF = "risk cut-off"
    SCREENING = "screening"  # lender's effort
    FUNDING = "funding"
    OPERATING_COST = "operating cost"
    CAPITAL_WEIGHT = "capital weight"
    LOSS_LAYERS = "loss layers"
    FEES = "fees"
    PREMIUM = "premium"
    SUBSIDY = "subsidy"
    PAYMENT_TERMS = "payment terms"


REDUCERS: Final[dict[Point, Reducer]] = {
    Point.ELIGIBILITY: Reducer.UNION,
    Point.ADVANCE_RATE: Reducer.HIGHEST,
    Point.CUT_OFF: Reducer.HIGHEST,
    Point.SCREENING: Reducer.PRODUCT,
    Point.FUNDING: Reducer.CHEAPEST,
    Point.OPERATING_COST: Reducer.SUM,
    Point.CAPITAL_WEIGHT: Reducer.LOWEST,
    Point.LOSS_LAYERS: Reducer.LAYERS,
    Point.FEES: Reducer.SUM,
    Point.PREMIUM: Reducer.SUM,
    Point.SUBSIDY: Reducer.SUM,
    Point.PAYMENT_TERMS: Reducer.HIGHEST,
}
