"""Phase 3: what every supplier needs this step, in three tranches; who asks and who is discouraged."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from agents.firm import ACTIVE
from agents.informal import informal_rate
from agents.kernels import kernel
from agents.numeric import FEN, decision_key_each, share_of, sum_by
from agents.supplier import (
    Costs,
    Need,
    asks,
    financing_need,
    planned_draw,
    planned_plant,
    production_reservation,
    unit_costs,
)
from agents.threads import in_blocks, together
from sim import informal_credit
from sim.payments import formal_due

if TYPE_CHECKING:
    from sim.model import FinancingModel

Fen = npt.NDArray[np.int64]
EMPTY = np.zeros(0, np.int64)


@dataclass
class Plan:
    """What firms intend this step; one row a firm unless said otherwise."""

    orders: Fen = field(default_factory=lambda: EMPTY)  # by edge of the chain
    outside_orders: Fen = field(default_factory=lambda: EMPTY)
    output: Fen = field(default_factory=lambda: EMPTY)
    costs: Costs = field(default_factory=lambda: Costs(np.zeros(0), np.zeros(0)))
    collections: Fen = field(default_factory=lambda: EMPTY)
    dues: Fen = field(default_factory=lambda: EMPTY)  # all that is due this step and already booked
    dues_first: Fen = field(default_factory=lambda: EMPTY)  # of it wages, tax and formal lenders
    plant: Fen = field(default_factory=lambda: EMPTY)
    draw: Fen = field(default_factory=lambda: EMPTY)
    need: Need = field(default_factory=lambda: Need(EMPTY, EMPTY, EMPTY))
    reservation: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 3), np.int64))
    asked: npt.NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    discouraged: npt.NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    drawn: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 3), np.int64))  # bank credit by tranche
    informal: Fen = field(default_factory=lambda: EMPTY)
    late: Fen = field(default_factory=lambda: EMPTY)  # planned to be paid late
    cut: Fen = field(default_factory=lambda: EMPTY)  # production cost given up


def plan_liquidity(model: FinancingModel) -> None:
    """Dues, expected collections, need by tranche with reservation rates, and the decision to ask."""
    firms, plan, rules = model.firms, model.plan, model.parameters.liquidity
    looked_up = [partial(_due_this_step, model), partial(formal_due, model), partial(_plan_costs_and_owners, model)]
    (plan.collections, trade), formal, _ = together(looked_up, 20.0 * firms.slots)
    plan.dues_first, plan.dues = _dues(model, formal, trade)
    cash = model.ledger.balance("firm", "deposit")
    production = share_of(plan.output, plan.costs.own)
    daily_cost = production / model.step_days
    buffer = np.floor(np.array(rules.cash_days)[firms.size] * daily_cost).astype(np.int64)
    dearer = informal_credit.owed(model) - informal_credit.due(model)  # to be replaced by cheaper bank credit
    spare = buffer + dearer + plan.plant + plan.draw
    need = financing_need(cash, plan.collections, plan.dues, production, spare)
    plans = (firms.status == ACTIVE) & (firms.tier > 0)
    plan.need = Need(*(np.where(plans, tranche, 0) for tranche in need))
    plan.reservation = _reservations(model)
    _decide_to_ask(model)


def _due_this_step(model: FinancingModel) -> tuple[Fen, Fen]:
    """What every firm expects to collect in cash this step, and owes in cash for goods."""
    network, lots, held, step = model.network, model.receivables.lots, model.confirmed, model.step_number
    own, punctual = model.receivables.due_now(step, accepted=False), model.punctuality()
    collections, trade = _in_cash(
        step, own, punctual, network.buyer, network.supplier, lots.edge, lots.due, lots.face, lots.advanced, lots.sold
    )
    now = np.flatnonzero(held.due <= step)
    due = np.floor(held.face[now] * punctual[network.buyer[held.edge[now]]]).astype(np.int64)
    return collections + sum_by(held.holder[now], due, model.firms.slots), trade


@kernel
def _in_cash(step, own, punctual, buyer, supplier, edge, due, face, advanced, sold):
    """By firm what it collects, by its buyers' punctuality, of what edges owe it, and what it owes as a buyer. `own`:
    what is due on each edge apart from lots; these count for the buyer, and beyond the bank's part for the supplier."""
    incoming, outgoing = own.copy(), own.copy()
    for lot in range(edge.size):
        if due[lot] <= step:
            outgoing[edge[lot]] += face[lot]
            if sold[lot]:
                incoming[edge[lot]] += face[lot] - advanced[lot]
    collections, owed = np.zeros(punctual.size - 1, np.int64), np.zeros(punctual.size, np.int64)
    for e in range(buyer.size):
        collections[supplier[e]] += np.int64(np.floor(incoming[e] * punctual[buyer[e]]))
        owed[buyer[e]] += outgoing[e]
    return collections, owed[:-1]


def _dues(model: FinancingModel, formal: Fen, trade: Fen) -> tuple[Fen, Fen]:
    books = model.ledger.balance
    first = formal + books("firm", "wages_payable") + books("firm", "tax_payable")
    rest = trade + books("firm", "outside_payable") + informal_credit.due(model)
    return first, first + rest


def _plan_costs_and_owners(model: FinancingModel) -> None:
    firms, plan, rules = model.firms, model.plan, model.parameters.liquidity
    plan.costs = unit_costs(firms.unit_cost, firms.input_cost, firms.wage_cost, model.unit_shock())
    assets, equity = model.firm_assets(), model.firm_equity()
    active = firms.status == ACTIVE
    held = model.ledger.balance("firm", "plant")
    plant = planned_plant(held, model.normal_plant, model.wear(), rules, model.months)
    plan.plant = np.where(active, plant, 0)
    plan.draw = np.where(active & (firms.tier > 0), planned_draw(equity, assets, rules, model.months), 0)


def _reservations(model: FinancingModel) -> npt.NDArray[np.int64]:
    """Highest APR worth paying for each tranche, hundredths of a bp."""
    firms, plan, rules = model.firms, model.plan, model.parameters.liquidity
    room, reservation = informal_credit.room(model), np.empty((firms.slots, 3), np.int64)
    late = model.parameters.trade.penalty + rules.lost_standing

    def reserve(first: int, end: int) -> None:
        rows = slice(first, end)
        informal = informal_rate(firms.overdue_share[rows], model.parameters.informal)
        dues = np.where(room[rows] > 0, informal, late)
        costs = Costs(*(cost[rows] for cost in plan.costs))
        production = production_reservation(costs, model.input_ratio[rows], firms.cash_days_out[rows])
        production = np.clip(production, -1, 10)
        for tranche, rate in enumerate((dues, production, rules.owners_return)):
            reservation[rows, tranche] = decision_key_each(rate)

    in_blocks(reserve, firms.slots, 40.0)
    return reservation


def _decide_to_ask(model: FinancingModel) -> None:
    firms, plan, rules = model.firms, model.plan, model.parameters.liquidity
    needs = plan.need.total >= round(rules.smallest_ticket * FEN)
    worth = np.empty(firms.slots, np.bool_)

    def decide(first: int, end: int) -> None:
        rows = slice(first, end)
        group, reservation = model.group[rows], plan.reservation[rows].T
        # Without a bank, production too would be financed the way dues are: that is what a loan saves.
        saved = [np.minimum(rate, reservation[0]) * 1e-6 for rate in reservation]
        worth[rows] = asks(
            [tranche[rows] for tranche in plan.need],
            saved,
            model.group_price[group],
            model.group_approval[group],
            model.group_days[group],
            firms.asking_cost[rows],
        )

    in_blocks(decide, firms.slots, 60.0)
    plan.asked = needs & worth
    plan.discouraged = needs & ~worth


def turn_elsewhere(model: FinancingModel) -> None:
    """After the banks: informal lenders, then paying late, then producing less (part of phase 6)."""
    firms, plan, rules = model.firms, model.plan, model.parameters.informal
    open_dues = plan.need.dues - plan.drawn[:, 0]
    open_production = plan.need.production - plan.drawn[:, 1]
    room = informal_credit.room(model)
    rate = decision_key_each(informal_rate(firms.overdue_share, rules))
    for_dues = np.minimum(open_dues, room)
    worth = plan.reservation[:, 1] >= rate
    for_production = np.where(worth, np.minimum(open_production, room - for_dues), 0)
    plan.informal = for_dues + for_production
    model.ledger.post("informal_drawn", borrower=plan.informal)
    left_production = open_production - for_production
    trade = plan.dues - plan.dues_first
    already_late = open_dues - for_dues
    more_late = np.clip(trade - already_late, 0, left_production)
    plan.late = already_late + more_late
    plan.cut = left_production - more_late
