"""Phase 8: everything due is settled at once, by priority, through the clearing vector."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from agents.firm import ACTIVE, CLOSING, ESTATE
from agents.kernels import kernel
from agents.numeric import mul_div_each, share_of, sum_by, sum_segments
from agents.oem import owners_draw
from agents.supplier import punctuality
from agents.threads import together
from sim import informal_credit
from sim.clearing import Dues, Settlement, clear
from sim.payments import (
    ACCOUNT,
    BOUGHT_ACCOUNT,
    FROM_OUTSIDE,
    HELD,
    Due,
    Items,
    Shares,
    contract_due,
    pay_contracts,
    pay_items,
    share_interest,
)

if TYPE_CHECKING:
    from sim.model import FinancingModel

Fen = npt.NDArray[np.int64]


@kernel
def _look_at_lots(
    rows, edge, bill, sold, contract, face, advanced, outstanding, buyer, supplier, chain_edges, first, debtor,
    creditor, kind,
):  # fmt: skip
    """Write, for each lot in `rows`, who owes it, who sold or pledged it, how it pays (rows of `Flows`), and what the
    bank takes first of it: the advance on sold paper; of pledged paper, up to what its loan owes."""
    for number in range(rows.size):
        x = np.uint64(rows[number])
        e = np.uint64(edge[x])
        debtor[number], creditor[number] = buyer[e], supplier[e]
        if sold[x]:
            first[number] = advanced[x]
        else:
            c = np.uint64(contract[x])
            first[number] = min(face[x], outstanding[c])
            outstanding[c] -= first[number]
        kind[number] = (BOUGHT_ACCOUNT if sold[x] else ACCOUNT) + bill[x] if edge[x] < chain_edges else FROM_OUTSIDE


@kernel
def _assemble(buyer, supplier, edge_due, debtor, creditor, kind, due, first, debtors):
    """`Items`: what edges owe, then paper, `due` int64[x] and so on, in CSR order of `debtors` debtors; edges come
    sorted by buyer."""
    start, place = np.zeros(debtors + 1, np.int64), np.zeros(debtors, np.int64)
    for e in range(buyer.size):
        start[np.uint64(buyer[e] + 1)] += edge_due[e] > 0
    for who in debtor:
        start[np.uint64(who + 1)] += 1
    for who in range(debtors):
        place[who] = start[who]
        start[who + 1] += start[who]
    size, paper = start[debtors], np.empty(debtor.size, np.int64)
    edge, to = np.empty(size, np.int32), np.empty(size, np.int32)
    amount, cap = np.empty(size, np.int64), np.empty(size, np.int64)
    for e in range(buyer.size):
        if edge_due[e] > 0:
            who = np.uint64(buyer[e])
            at = np.uint64(place[who])
            place[who] += 1
            edge[at], amount[at], cap[at], to[at] = e, edge_due[e], 0, supplier[e]
    for x in range(debtor.size):
        who = np.uint64(debtor[x])
        at = np.uint64(place[who])
        place[who] += 1
        paper[x] = at
        edge[at], amount[at], cap[at], to[at] = -1 - kind[x], due[x], first[x], creditor[x]
    return start, edge, paper, amount, cap, to


def settle(model: FinancingModel) -> None:
    """Accept bills, clear all dues, post who paid what, then plant and owners' draws from what is left."""
    _accept_bills(model)
    looked_up = [partial(_trade_items, model), partial(contract_due, model)]
    (items, behind), each_contract = together(looked_up, 20.0 * model.firms.slots)
    classes = _classes_due(model, each_contract)
    owed_by = items.start[: model.firms.slots + 1]
    trade = sum_segments(owed_by, items.due) + classes["supplies"]
    debtors = model.firms.slots
    last = int(items.start[debtors])
    pays = model.stress.buyers_pay(model.step_number)
    payable = items.due[:last] if pays else np.zeros(last, np.int64)
    senior, pool = _ranking(model, classes, trade if pays else classes["supplies"])
    cash = model.ledger.balance("firm", "deposit") + _from_outside(model, items, last)
    creditor = items.creditor[:last]
    rules = model.parameters.insolvency
    settlement = clear(
        model.clearing_order,
        Dues(cash, senior, pool, owed_by, payable, items.cap[:last], creditor),
        1 - rules.default_cost_cash,
        1 - rules.default_cost_claims,
    )
    if settlement.unsettled:
        model.record_event("clearing_cap", "settlement", f"{settlement.unsettled} components", 0)
    paid_items = np.concatenate((settlement.item_paid, items.due[last:]))  # Outside pays in full
    paid = _pay_classes(model, classes, trade, senior, pool, settlement.paid)
    paid["trade_items"] = sum_segments(owed_by, paid_items)
    shares = Shares.none(model, each_contract)
    interest = partial(share_interest, model, shares, paid["formal"], classes["formal"])
    pay_items(model, items, paid_items, behind, meanwhile=interest)
    pay_contracts(model, shares)
    _book_default_cost(model, cash, settlement, creditor, items.cap[:last], senior + pool)
    _note_overdue(model, classes, trade, paid)
    _pay_owners_and_plant(model)


def _accept_bills(model: FinancingModel) -> None:
    amount = model.receivables.bills_due_for_acceptance(model.step_number)
    edges = np.arange(amount.size)
    model.ledger.post(
        "bill_accepted",
        buyer=(model.network.buyer[edges], amount),
        seller=(model.network.supplier[edges], amount),
    )
    model.receivables.accept_bills(model.step_number, amount)


def _trade_items(model: FinancingModel) -> tuple[Items, Due]:
    receivables, contracts, held, network = model.receivables, model.contracts, model.confirmed, model.network
    lots = receivables.lots
    rows, slices = (np.flatnonzero(table.due <= model.step_number) for table in (lots, held))
    paper, edges = rows.size + slices.size, held.edge[slices]
    debtor, creditor = np.empty((2, paper), np.int32)
    first, kind = np.zeros(paper, np.int64), np.full(paper, HELD, np.int8)
    debtor[rows.size :], creditor[rows.size :] = network.buyer[edges], held.holder[slices]
    _look_at_lots(
        rows, lots.edge, lots.bill, lots.sold, lots.contract, lots.face, lots.advanced, contracts.principal.copy(),
        network.buyer, network.supplier, model.chain_edges, first, debtor, creditor, kind,
    )  # fmt: skip
    due = np.concatenate((lots.face[rows], held.face[slices]))
    edge_due = receivables.due_now(model.step_number, accepted=True)
    items = _assemble(
        network.buyer, network.supplier, edge_due, debtor, creditor, kind, due, first, model.firms.slots + 1
    )
    return Items(*items), Due(rows, slices, first)


def _from_outside(model: FinancingModel, items: Items, first: int) -> Fen:
    """What customers outside pay the suppliers themselves: certain income."""
    own = items.due[first:] - items.cap[first:]
    return sum_by(items.creditor[first:], own, model.firms.slots)


def _classes_due(model: FinancingModel, each_contract: Fen) -> dict[str, Fen]:
    books = model.ledger.balance
    return {
        "wages": books("firm", "wages_payable").copy(),
        "tax": model.tax_due.copy(),
        "formal": sum_by(model.contracts.borrower, each_contract, model.firms.slots),
        "supplies": books("firm", "outside_payable").copy(),
        "informal": informal_credit.due(model),
    }


def _ranking(model: FinancingModel, due: dict[str, Fen], trade: Fen) -> tuple[Fen, Fen]:
    """Senior claims and the pool that shares pro rata. Going concern: banks before trade, informal lenders last (paid
    from what is left). Estate: wages and tax, then all others alike."""
    estate = model.firms.status == ESTATE
    senior = due["wages"] + due["tax"] + np.where(estate, 0, due["formal"])
    pool = trade + np.where(estate, due["formal"] + due["informal"], 0)
    return senior, pool


def _book_default_cost(
    model: FinancingModel, cash: Fen, settlement: Settlement, creditor: Fen, cap: Fen, owed: Fen
) -> None:
    """Cash and collections lost by who could not pay in full (none at the default parameters)."""
    rules = model.parameters.insolvency
    if rules.default_cost_cash == 0 and rules.default_cost_claims == 0:
        return
    income = sum_by(creditor, np.maximum(settlement.item_paid - cap, 0), cash.size)
    kept = share_of(cash, 1 - rules.default_cost_cash) + share_of(income, 1 - rules.default_cost_claims)
    model.ledger.post("default_cost", firm=np.where(settlement.paid < owed, cash + income - kept, 0))


def _pay_classes(
    model: FinancingModel, due: dict[str, Fen], trade: Fen, senior: Fen, pool: Fen, spent: Fen
) -> dict[str, Fen]:
    """Split what each firm spends over the classes by priority; trade items follow from the clearing vector."""
    estate = model.firms.status == ESTATE
    wages = np.minimum(spent, due["wages"])
    tax = np.minimum(spent - wages, due["tax"])
    left = spent - wages - tax
    shared = np.maximum(spent - senior, 0)
    part = mul_div_each(due["formal"], shared, np.maximum(pool, 1))
    formal = np.where(estate, part, np.minimum(left, due["formal"]))
    supplies = mul_div_each(due["supplies"], shared, np.maximum(pool, 1))
    informal = np.where(estate, mul_div_each(due["informal"], shared, np.maximum(pool, 1)), 0)
    post = model.ledger.post
    post("wages_paid", firm=wages)
    post("tax_paid", firm=tax)
    model.tax_due -= tax
    post("supplies_paid", firm=supplies)
    post("informal_paid", borrower=informal)
    return {"wages": wages, "tax": tax, "formal": formal, "supplies": supplies, "informal": informal}


def _note_overdue(model: FinancingModel, due: dict[str, Fen], trade: Fen, paid: dict[str, Fen]) -> None:
    """Informal lenders are paid last; then who is overdue, for how long, and how punctual each buyer was."""
    firms, rules = model.firms, model.parameters.insolvency
    going = firms.status != ESTATE
    informal = np.where(going, np.minimum(due["informal"], model.ledger.balance("firm", "deposit")), 0)
    model.ledger.post("informal_paid", borrower=informal)
    by_class = (
        due["wages"] - paid["wages"],
        due["tax"] - paid["tax"],
        due["formal"] - paid["formal"],
        trade - paid["trade_items"] - paid["supplies"],
        due["informal"] - paid["informal"] - informal,
    )
    left, total = np.stack(by_class), np.add.reduce(by_class)
    late = left > np.maximum(rules.overdue_threshold * firms.sales / 12, 1)
    firms.overdue_age = (firms.overdue_age + 1) * late.T
    model.left_overdue, model.left_total = left, total
    everything = trade + due["wages"] + due["tax"] + due["formal"] + due["informal"]
    model.due_total = everything
    paid_trade = paid["trade_items"] + paid["supplies"]
    alive = (firms.status == ACTIVE) | (firms.status == CLOSING)
    weight = 1 - 0.5 ** (model.months / model.parameters.liquidity.punctuality_half_life)
    firms.punctuality = np.where(alive, punctuality(firms.punctuality, paid_trade, trade, weight), 0)
    share = np.where(everything > 0, total / np.maximum(everything, 1), 0)
    six = 1 - 0.5 ** (model.months / 3)
    firms.overdue_share += six * (share - firms.overdue_share)


def _pay_owners_and_plant(model: FinancingModel) -> None:
    """Informal debt, plant, then owners' draws, from cash above half the buffer; OEM owners draw what is over."""
    firms, plan, rules = model.firms, model.plan, model.parameters
    cash = model.ledger.balance("firm", "deposit")
    daily = share_of(plan.output, plan.costs.own) / model.step_days
    buffer = np.floor(np.array(rules.liquidity.cash_days)[firms.size] * daily).astype(np.int64)
    punctual = model.left_total == 0
    free = np.where(punctual & (firms.status == ACTIVE), np.maximum(cash - buffer // 2, 0), 0)
    # Informal debt costs more than owners ask for their money: it goes first.
    repaid = np.minimum(free, informal_credit.owed(model))
    model.ledger.post("informal_paid", borrower=repaid)
    free -= repaid
    plant = np.minimum(plan.plant, free)
    model.ledger.post("plant_bought", firm=plant)
    draw = np.minimum(plan.draw, free - plant)
    oem = owners_draw(cash, firms.annual_inputs // 12, rules.oem.cash_months)
    model.ledger.post("owners_draw", firm=np.where(firms.tier > 0, draw, np.where(punctual, oem, 0)))
