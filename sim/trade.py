"""Phase 7: goods are made and shipped, deepest tier first; costs accrue and invoices are born. No money moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from agents.firm import ACTIVE
from agents.kernels import kernel
from agents.numeric import add_at, mul_div, mul_div_each, rows_where, share_of, sum_by
from agents.threads import together
from sim.confirmed import confirm

if TYPE_CHECKING:
    from sim.model import FinancingModel

Fen = npt.NDArray[np.int64]
UNLIMITED = np.int64(2**60)


@dataclass
class Goods:
    """Quantities of a step in fen at birth prices."""

    sold: Fen = field(default_factory=lambda: np.zeros(0, np.int64))  # by firm, cars and customers outside included
    made: Fen = field(default_factory=lambda: np.zeros(0, np.int64))  # by firm
    delivered: Fen = field(default_factory=lambda: np.zeros(0, np.int64))  # by edge, customers outside included
    used: Fen = field(default_factory=lambda: np.zeros(0, np.int64))  # parts used up, by firm
    affordable: Fen = field(default_factory=lambda: np.zeros(0, np.int64))  # output that liquidity allows, by firm


def produce_and_invoice(model: FinancingModel) -> None:
    """Output = least of orders and stock gap, capacity, delivered parts, liquidity; short supply is shared pro rata."""
    firms, goods = model.firms, model.goods
    goods.made = np.zeros(firms.slots, np.int64)
    goods.used = np.zeros(firms.slots, np.int64)
    goods.delivered = np.zeros(model.network.buyer.size, np.int64)
    goods.affordable = _affordable(model)
    model.parts = model.ledger.balance("firm", "input_stock").copy()
    orders = model.plan.orders.copy()
    orders[model.chain_edges :] = model.plan.outside_orders[model.network.supplier[model.chain_edges :]]
    for tier in range(model.tiers, -1, -1):
        rows = model.rows_of_tier[tier]
        _make(model, rows, model.plan.output[rows], _possible(model, rows))
        if tier:
            _deliver(model, tier, orders)
    _book_costs(model)
    _book_sales(model)
    confirm(model)


def _affordable(model: FinancingModel) -> Fen:
    """Output that cash, what was drawn and expected collections pay for, after booked wages, tax and formal dues.

    Trade dues may be paid late. OEMs sell for cash in the same step: no limit.
    """
    plan, cash = model.plan, model.ledger.balance("firm", "deposit")
    free = np.maximum(cash + plan.collections - plan.dues_first, 0)
    limit = np.floor(free / np.maximum(plan.costs.own, 1e-9)).astype(np.int64)
    return np.where(model.firms.tier == 0, UNLIMITED, limit)


def _possible(model: FinancingModel, rows: slice) -> Fen:
    """Most a tier can make beyond what it has made: capacity, liquidity, parts in stock."""
    firms, goods = model.firms, model.goods
    ratio = model.input_ratio[rows]
    parts = np.where(ratio > 0, np.floor(model.parts[rows] / np.maximum(ratio, 1e-12)), UNLIMITED).astype(np.int64)
    most = np.minimum(firms.capacity[rows], goods.affordable[rows]) - goods.made[rows]
    return np.where(firms.status[rows] == ACTIVE, np.maximum(np.minimum(most, parts), 0), 0)


def _make(model: FinancingModel, rows: slice, wanted: Fen, possible: Fen) -> Fen:
    """Make as much of `wanted` as is `_possible`; parts are used up. Returns what was made."""
    goods = model.goods
    made = np.minimum(wanted, possible)
    used = np.minimum(np.ceil(made * model.input_ratio[rows]).astype(np.int64), model.parts[rows])
    goods.made[rows] += made
    goods.used[rows] += used
    model.parts[rows] -= used
    return made


def _deliver(model: FinancingModel, tier: int, orders: Fen) -> None:
    """Ship a tier's goods: to each customer its part; then buyers left short turn once to their other suppliers."""
    network, goods = model.network, model.goods
    edges = model.edges_from_tier[tier]
    missing, sold = _ship(
        edges, network.supplier, network.buyer, orders, model.firms.finished_units + goods.made, goods.delivered
    )
    chain = edges[: np.searchsorted(edges, model.chain_edges)]
    buyer = network.buyer[chain]
    if np.count_nonzero(missing[:-1]):
        left_short = chain[rows_where(missing > 0, buyer)]
        _turn_to_others(model, model.rows_of_tier[tier], left_short, missing, sold)
    add_at(model.parts, buyer, goods.delivered[chain])


@kernel
def _ship(edges, supplier, buyer, orders, available, delivered):
    """Deliver along a tier's edges what was ordered, or pro rata what is there; (missing by buyer, sold by supplier).

    `available` int64[n] by supplier; buyer n is Outside.
    """
    firms = available.size
    total, sold, missing = np.zeros(firms, np.int64), np.zeros(firms, np.int64), np.zeros(firms + 1, np.int64)
    for edge in edges:
        total[supplier[edge]] += orders[edge]
    for edge in edges:
        who = supplier[edge]
        shipped = orders[edge]
        if total[who] > available[who]:
            shipped = mul_div(shipped, available[who], max(total[who], 1))
        delivered[edge] = shipped
        sold[who] += shipped
        missing[buyer[edge]] += orders[edge] - shipped
    return missing, sold


def _turn_to_others(model: FinancingModel, rows: slice, edges: npt.NDArray[np.int64], missing: Fen, sold: Fen) -> None:
    """What buyers miss is shared over their `edges` pro rata to spare capacity, then among competing buyers pro rata to
    what they ask; one pass."""
    network, goods, slots = model.network, model.goods, model.firms.slots
    stock = np.maximum(model.firms.finished_units[rows] + goods.made[rows] - sold[rows], 0)
    possible, spare = _possible(model, rows), np.zeros(slots, np.int64)
    spare[rows] = possible + stock
    edges = edges[(model.absent_until[edges] <= model.step_number) & (spare > 0)[network.supplier[edges]]]
    buyer, supplier = network.buyer[edges], network.supplier[edges]
    offered = spare[supplier]
    pool = sum_by(buyer, offered, slots + 1)
    asked = mul_div_each(offered, np.minimum(missing, pool)[buyer], np.maximum(pool, 1)[buyer])
    asked_of = sum_by(supplier, asked, slots)
    granted = mul_div_each(asked, np.minimum(asked_of, spare)[supplier], np.maximum(asked_of, 1)[supplier])
    needed = sum_by(supplier, granted, slots)
    made = _make(model, rows, np.maximum(needed[rows] - stock, 0), possible)
    reachable = np.zeros(slots, np.int64)
    reachable[rows] = made + stock
    goods.delivered[edges] += mul_div_each(
        granted, np.minimum(needed, reachable)[supplier], np.maximum(needed, 1)[supplier]
    )


def _book_costs(model: FinancingModel) -> None:
    """Labour, outside supplies and used parts go into the value of finished goods."""
    firms, plan, goods, post = model.firms, model.plan, model.goods, model.ledger.post
    supplier = firms.tier > 0
    own_cost = np.floor(goods.made * model.parameters.oem.own_cost_share).astype(np.int64)
    post("wages_accrued", firm=np.where(supplier, share_of(goods.made, plan.costs.wages), own_cost))
    post("supplies_accrued", firm=np.where(supplier, share_of(goods.made, plan.costs.supplies), 0))
    post("inputs_used", firm=goods.used)


def _book_sales(model: FinancingModel) -> None:
    """Parts are invoiced at birth prices on the edge's term, cars sold for cash; sold goods leave at average cost."""
    firms, network, goods, post = model.firms, model.network, model.goods, model.ledger.post
    chain, outside = slice(0, model.chain_edges), slice(model.chain_edges, None)

    def total(who: npt.NDArray[np.int32], edges: slice) -> Callable[[], Fen]:
        return partial(sum_by, who[edges], goods.delivered[edges], firms.slots)

    bought, sold_inside, sold_outside, _ = together(
        [
            total(network.buyer, chain),
            total(network.supplier, chain),
            total(network.supplier, outside),
            partial(model.receivables.invoice, model.step_number, goods.delivered),
        ],
        4.0 * goods.delivered.size,
    )
    post("parts_sold", buyer=bought, seller=sold_inside)
    post("sold_outside", seller=sold_outside)
    cars = np.where(firms.tier == 0, goods.made, 0)
    rules = model.parameters.oem
    post("cars_sold", firm=np.floor(cars * (1 + rules.own_cost_share) * (1 + rules.mark_up)).astype(np.int64))
    sold = goods.sold = sold_inside + sold_outside + cars
    units = firms.finished_units + goods.made
    value = model.ledger.balance("firm", "finished_goods").copy()  # kernels are compiled for arrays they may write
    post("cost_of_goods", firm=mul_div_each(value, sold, np.maximum(units, 1)))
    firms.finished_units = units - sold
