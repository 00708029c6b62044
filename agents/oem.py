"""What a core enterprise decides, and the final demand it meets."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from agents.parameters import Demand, Oem

Fen = npt.NDArray[np.int64]


def demand_factor(shock: float, day: float, rules: Demand) -> float:
    """Final demand over its normal level on a day of the year: level × season × common shock (mean one)."""
    season = 1 + rules.season * math.sin(2 * math.pi * day / 360)
    return round(rules.level * season * math.exp(shock - rules.shock_sd**2 / 2), 10)


def owners_draw(cash: Fen, monthly_purchases: Fen, months: float) -> Fen:
    """An OEM's owners take what exceeds `months` of purchases, fen."""
    return np.maximum(cash - np.floor(months * monthly_purchases).astype(np.int64), 0)


def indifference_term(days: Any, own_rate: Any, paper_rate: float, fee: Any = 0.0) -> Any:
    """Longest term that leaves a supplier no worse off when it finances the wait at `paper_rate`, not its `own_rate`.

    T₁ = T₀·r_s/r_r − fee·360/r_r, numbers or arrays, `fee` a deal on face, rates simple p.a.; demand risk lowers it,
    so it is a bound.
    """
    return days * own_rate / paper_rate - fee * 360 / paper_rate


def bill_tenor(account_days: float, bill_days: float, before: float, now: float, rules: Oem) -> float:
    """Tenor of an OEM's bills, days: longer the cheaper suppliers finance them than before, by `term_response` of what
    suppliers would put up with; between none and `longest_bill_days`."""
    whole = account_days + bill_days
    if rules.term_response == 0 or before <= 0 or now <= 0:
        return bill_days
    wanted = whole + rules.term_response * (indifference_term(whole, before, now) - whole)
    return float(np.clip(wanted - account_days, 0, max(rules.longest_bill_days, bill_days)))
