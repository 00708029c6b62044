"""Informal lenders: price and limit by rule."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from agents.parameters import Informal

Float = npt.NDArray[np.float64]
Fen = npt.NDArray[np.int64]


def informal_rate(overdue_share: Float, rules: Informal) -> Float:
    """Yearly rate: a base and a slope on the borrower's smoothed overdue share."""
    return np.round(rules.rate + rules.overdue_slope * overdue_share, 10)


def informal_room(annual_sales: Fen, owed: Fen, rules: Informal) -> Fen:
    """What is left of the limit, fen."""
    return np.maximum(np.floor(rules.limit * annual_sales).astype(np.int64) - owed, 0)
