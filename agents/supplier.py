"""What a supplier decides, as pure functions on arrays: production, liquidity, whether to ask. Money is fen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from agents.parameters import Liquidity

Fen = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]


class Costs(NamedTuple):
    """Cash cost of a unit of output besides bought parts, as shares of the price at birth."""

    wages: Float
    supplies: Float

    @property
    def own(self) -> Float:
        """Labour, energy and outside inputs together."""
        return self.wages + self.supplies


def unit_costs(unit_cost: Float, input_cost: Float, wage_cost: Float, shock: Float) -> Costs:
    """Costs of this step: the shock moves the whole unit cost and falls on what is not bought at fixed prices.

    Never below a fifth of the standard: no shock makes work free.
    """
    standard = unit_cost - input_cost
    own = np.maximum(standard + unit_cost * shock, 0.2 * standard)
    wages = own * np.where(standard > 0, wage_cost / np.where(standard > 0, standard, 1), 0)
    return Costs(wages, own - wages)


def planned_output(orders: Fen, stock: Fen, target: Fen, adjustment: float, capacity: Fen) -> Fen:
    """Orders and a part of the gap to the target stock, within capacity; units at birth prices."""
    gap = np.trunc(adjustment * (target - stock)).astype(np.int64)
    return np.clip(orders + gap, 0, capacity)


def planned_draw(equity: Fen, assets: Fen, rules: Liquidity, months: float) -> Fen:
    """Owners' draw: a part of the equity above target. Planned, hence borrowed for: without it borrowing dies out."""
    excess = np.maximum(equity - rules.equity_target * assets, 0)
    return np.floor(excess * (1 - (1 - rules.draw_speed) ** months)).astype(np.int64)


def planned_plant(plant: Fen, normal: Fen, wear: Fen, rules: Liquidity, months: float) -> Fen:
    """Plant to buy: what wears out and a part of the gap, within the limit; fen."""
    gap = (1 - (1 - rules.plant_speed) ** months) * (normal - plant)
    return np.floor(np.clip(wear + gap, 0, rules.plant_limit * wear)).astype(np.int64)


class Need(NamedTuple):
    """Financing need of a step in three tranches, fen."""

    dues: Fen
    production: Fen
    buffer: Fen

    @property
    def total(self) -> Fen:
        """All three."""
        return self.dues + self.production + self.buffer


def financing_need(cash: Fen, collections: Fen, dues: Fen, production: Fen, buffer: Fen) -> Need:
    """Split what cash and expected collections leave open: first dues, then production, then buffer and owners."""
    left = cash + collections - dues
    first = np.maximum(-left, 0)
    left = np.maximum(left, 0) - production
    second = np.maximum(-left, 0)
    third = np.maximum(buffer - np.maximum(left, 0), 0)
    return Need(first, second, third)


def production_reservation(costs: Costs, input_cost: Float, days: Float) -> Float:
    """What a fen of production cost earns a year: contribution margin × 360 / days from cost to cash."""
    margin = 1 - input_cost - costs.own
    return margin / np.maximum(costs.own, 1e-9) * 360 / np.maximum(days, 1)


def asks(
    need: Sequence[Fen], reservation: Sequence[Float], price: Float, approval: Float, days: Float, cost: Float
) -> npt.NDArray[np.bool_]:
    """Whether the expected benefit of asking exceeds its cost.

    `need` and `reservation` are by tranche; price, life in days and approval rate are what the firm's group experienced
    last.
    """
    gains = [amount * np.maximum(worth - price, 0) for amount, worth in zip(need, reservation, strict=True)]
    benefit = sum(gains[1:], gains[0]) * days / 360 * approval
    return benefit > cost


def price_of_waiting(bank: Float, informal: Float, owes_informally: npt.NDArray[np.bool_]) -> Float:
    """APR at which a firm values being paid later: what its last fen costs, informal money's price once it has any."""
    return np.where(owes_informally, np.maximum(informal, bank), bank)


def punctuality(old: Float, paid: Fen, due: Fen, weight: float) -> Float:
    """Smoothed share of its dues that a buyer pays; who had nothing due keeps its record."""
    share: Any = np.where(due > 0, paid / np.maximum(due, 1), old)
    return np.clip(old + weight * (share - old), 0, 1)
