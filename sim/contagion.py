"""How distress spreads when an experiment orders OEMs to fail: firms, claims and deliveries by tier and exposure.

A supplier's exposure is the share of its normal sales that ends, through whatever tiers, at the OEMs that will fail.
Runs without such an order record nothing of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from agents.firm import ACTIVE, Firms
from agents.network import Network
from agents.numeric import sum_by
from agents.parameters import TIERS
from sim.payments import estates

if TYPE_CHECKING:
    from sim.indicators import Lines
    from sim.model import FinancingModel

BOUNDS: Final = (0.4, 0.2, 0.1)  # least exposure of each class but the last
EXPOSURES: Final = ("from_40", "from_20", "from_10", "below_10")  # by these bounds, per cent of sales
CELLS: Final = tuple(f"{tier}:{exposure}" for tier in TIERS for exposure in EXPOSURES)
OEMS: Final = ("failing", "other")
# What a supplier is in at the end of a step: the first that holds.
STATES: Final = ("gone", "overdue", "cut", "sound")
EXPOSED: Final = tuple(f"exposure:{cell}" for cell in CELLS)
_LEVELS: Final = (OEMS, *(CELLS[k : k + len(EXPOSURES)] for k in range(0, len(CELLS), len(EXPOSURES))))
# Who delivers to whom: tier 1 to OEMs, every further tier to the one before.
LINKS: Final = tuple((buyer, seller) for above, below in pairwise(_LEVELS) for buyer in above for seller in below)
LINKED: Final = tuple(f"link:{buyer}>{seller}" for buyer, seller in LINKS)


@dataclass(frozen=True)
class Exposure:
    """Where each supplier and each edge of the chain counts.

    `share`: float64[n], 1 for an OEM that will fail, 0 for another; `cell`: int64[n] in `CELLS`, −1 an OEM;
    `link`: int64[chain edges] in `LINKS`.
    """

    share: npt.NDArray[np.float64]
    cell: npt.NDArray[np.int64]
    link: npt.NDArray[np.int64]


def exposed(firms: Firms, network: Network, failing: Sequence[int]) -> Exposure:
    """Exposure to the OEMs in the slots `failing`."""
    chain = int(network.buyer_start[firms.slots])
    buyer, supplier, tier = network.buyer[:chain], network.supplier[:chain], firms.tier.astype(np.int64)
    sales = network.share[:chain] * firms.annual_inputs[buyer]
    share = np.zeros(firms.slots)
    share[list(failing)] = 1.0
    for level in range(1, len(TIERS) + 1):
        edges = np.flatnonzero(tier[supplier] == level)
        ends = np.bincount(supplier[edges], sales[edges] * share[buyer[edges]], firms.slots)
        share += np.minimum(ends / np.maximum(firms.annual_sales, 1), 1.0)
    by_exposure = (share[:, None] < np.array(BOUNDS)).sum(axis=1)
    cell = np.where(tier > 0, (tier - 1) * len(EXPOSURES) + by_exposure, -1)
    names = np.array([*CELLS, *OEMS], dtype=object)
    node = np.where(tier > 0, cell, np.where(share > 0.0, len(CELLS), len(CELLS) + 1))
    place = {link: position for position, link in enumerate(LINKS)}
    by_nodes = np.array([[place.get((above, below), -1) for below in names] for above in names])
    return Exposure(share, cell, by_nodes[node[buyer], node[supplier]])


def measure_contagion(model: FinancingModel, lines: Lines) -> None:
    """By tier and exposure: new failures, firms by state, what failed buyers owe them and what they have lost on these
    for good in this step; deliveries between groups."""
    exposure = model.exposure
    if exposure is None:
        return
    suppliers = slice(model.oems, None)
    cell = exposure.cell[suppliers]

    def by_cell(quantity: Any) -> npt.NDArray[Any]:
        return np.bincount(cell, quantity[suppliers], len(CELLS))

    lines.amount(EXPOSED, "failures", "count", by_cell(model.firms.defaulted))
    for name, flag in zip(STATES, states(model), strict=True):
        lines.amount(EXPOSED, f"firms_{name}", "count", by_cell(flag))
    lines.amount(EXPOSED, "claims_on_failed", "fen", by_cell(claims_on_failed(model)))
    lines.amount(EXPOSED, "lost_on_failed", "fen", by_cell(model.trade_loss))
    delivered = model.goods.delivered[: exposure.link.size]
    lines.amount(LINKED, "deliveries", "fen", np.bincount(exposure.link, delivered, len(LINKS)))


def states(model: FinancingModel) -> npt.NDArray[np.bool_]:
    """Which of `STATES` each firm is in, bool[states, n], exactly one: not in business; with debts overdue; without,
    but with less output than orders and stocks ask for, for want of money; or none of these."""
    lost = model.plan.output > np.maximum(model.goods.affordable, model.goods.made)
    holds = np.array([model.firms.status != ACTIVE, model.left_total > 0, lost, np.ones_like(lost)])
    return holds & (np.cumsum(holds, axis=0) == 1)


def claims_on_failed(model: FinancingModel) -> npt.NDArray[np.int64]:
    """Invoices, bills and hold-backs that estates owe each firm, fen; what a lender has advanced on them is its own."""
    network, receivables, held, slots = model.network, model.receivables, model.confirmed, model.firms.slots
    failed = estates(model)[network.buyer]
    edges = np.flatnonzero(failed)
    owed = receivables.account[:, edges].sum(axis=0) + receivables.overdue[edges]
    claims = sum_by(network.supplier[edges], owed, slots)
    bills = edges[edges < receivables.bill_edges]
    owed = receivables.bill[:, bills].sum(axis=0) + receivables.overdue_bill[bills]
    claims += sum_by(network.supplier[bills], owed, slots)
    lots = receivables.lots
    own = np.where(failed[lots.edge], lots.face - np.where(lots.sold, lots.advanced, 0), 0)
    claims += sum_by(network.supplier[lots.edge], own, slots)
    return claims + sum_by(held.holder, np.where(failed[held.edge], held.face, 0), slots)
