"""The named points where a lever may bend a rule, as documents name them."""

from __future__ import annotations

from enum import Enum


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
