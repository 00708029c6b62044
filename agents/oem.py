"""What a core enterprise decides, and the final demand it meets."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from agents.parameters import Demand

Fen = npt.NDArray[np.int64]


def demand_factor(shock: float, day: float, rules: Demand) -> float:
    """Final demand over its normal level on a day of the year: level × season × common shock (mean one)."""
    season = 1 + rules.season * math.sin(2 * math.pi * day / 360)
    return round(rules.level * season * math.exp(shock - rules.shock_sd**2 / 2), 10)


def owners_draw(cash: Fen, monthly_purchases: Fen, months: float) -> Fen:
    """An OEM's owners take what exceeds `months` of purchases, fen."""
    return np.maximum(cash - np.floor(months * monthly_purchases).astype(np.int64), 0)
