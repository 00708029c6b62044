"""Phase 1: a step opens. Interest and penalties of the time since the last step, recourse, paper that is free again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agents.firm import ESTATE
from agents.numeric import add_at
from sim import informal_credit
from sim.contracts import BILL_DISCOUNT
from sim.payments import estates

if TYPE_CHECKING:
    from sim.model import FinancingModel


def open_period(model: FinancingModel) -> None:
    """Taxes booked last step fall due; interest accrues; unpaid bills come back; freed paper returns to its owner."""
    model.ledger.step = model.step_number
    model.tax_due = model.ledger.balance("firm", "tax_payable").copy()
    _accrue_interest(model)
    informal_credit.accrue(model)
    _accrue_penalties(model)
    _call_recourse(model)
    _free_paper(model)


def _accrue_interest(model: FinancingModel) -> None:
    """Interest on loans that perform (half as much again when overdue), and discounts earned."""
    contracts, step = model.contracts, model.step_number
    performing = contracts.loan & ~contracts.bad & (model.firms.status[contracts.borrower] != ESTATE)
    rate = contracts.rate * np.where(contracts.overdue_steps > 0, 1.5, 1.0)
    interest = np.floor(contracts.principal * rate * (model.step_days / 360) * performing).astype(np.int64)
    contracts.interest[:] += interest
    model.ledger.post("interest_accrued", borrower=(contracts.borrower, interest), lender=(contracts.lender, interest))
    left = np.maximum(contracts.due - step + 1, 1)
    earned = np.where(contracts.loan, 0, -(-contracts.unearned // left))
    contracts.unearned[:] -= earned
    model.ledger.post("discount_earned", lender=(contracts.lender, earned))


def _accrue_penalties(model: FinancingModel) -> None:
    """Penalty interest on overdue trade debt of firms that go on; bought paper earns it for the bank."""
    receivables, network, lots = model.receivables, model.network, model.receivables.lots
    charge = model.parameters.trade.penalty * model.step_days / 360
    goes_on = ~estates(model)[network.buyer]
    post, bill_edges = model.ledger.post, receivables.bill_edges
    late = np.floor(receivables.overdue * charge * goes_on).astype(np.int64)
    receivables.overdue += late
    post("account_penalty", buyer=(network.buyer[: model.chain_edges], late[: model.chain_edges]),
         seller=(network.supplier[: model.chain_edges], late[: model.chain_edges]))  # fmt: skip
    late = np.floor(receivables.overdue_bill * charge * goes_on[:bill_edges]).astype(np.int64)
    receivables.overdue_bill += late
    post("bill_penalty", buyer=(network.buyer[:bill_edges], late), seller=(network.supplier[:bill_edges], late))
    overdue = (lots.due < model.step_number) & goes_on[lots.edge]
    late = np.floor(lots.face * charge * overdue).astype(np.int64)
    lots.face[:] += late
    lots.advanced[:] += np.where(lots.sold, late, 0)
    add_at(model.contracts.principal, lots.contract[lots.sold], late[lots.sold])
    lender = model.contracts.lender[lots.contract]
    for event, rows in (
        ("purchased_account_penalty", overdue & lots.sold & ~lots.bill),
        ("purchased_bill_penalty", overdue & lots.sold & lots.bill),
    ):
        post(event, buyer=(network.buyer[lots.edge[rows]], late[rows]), lender=(lender[rows], late[rows]))
    held = model.confirmed
    late_held = (held.due < model.step_number) & goes_on[held.edge]
    charged = np.floor(held.face * charge * late_held).astype(np.int64)
    held.face[:] += charged
    post("bill_penalty", buyer=(network.buyer[held.edge], charged), seller=(held.holder, charged))
    pledged = overdue & ~lots.sold
    for event, rows in (("account_penalty", pledged & ~lots.bill), ("bill_penalty", pledged & lots.bill)):
        edge = lots.edge[rows]
        post(event, buyer=(network.buyer[edge], late[rows]), seller=(network.supplier[edge], late[rows]))


def _call_recourse(model: FinancingModel) -> None:
    """A discounted bill unpaid a step after its due date goes back: the seller owes the bank its face at once."""
    receivables, contracts, lots = model.receivables, model.contracts, model.receivables.lots
    recourse = contracts.product[lots.contract] == BILL_DISCOUNT
    unpaid = np.flatnonzero(lots.bill & lots.sold & recourse & (lots.due < model.step_number) & (lots.face > 0))
    if unpaid.size == 0:
        return
    edge, face, contract = lots.edge[unpaid], lots.face[unpaid].copy(), lots.contract[unpaid].copy()
    seller, lender = model.network.supplier[edge], contracts.lender[contract]
    back = face - lots.advanced[unpaid]
    model.ledger.post("hold_back_returned", seller=(seller, back), lender=(lender, back))
    model.ledger.post("bill_returned", seller=(seller, face), lender=(lender, face))
    add_at(receivables.overdue_bill, edge, face)
    add_at(contracts.principal, contract, -lots.advanced[unpaid])
    rate, pd = contracts.rate[contract].copy(), contracts.pd[contract].copy()
    loss = contracts.loss_given_default[contract].copy()
    weight = np.array(model.parameters.bank.risk_weight)[model.firms.size[seller]]
    keep = np.ones(lots.count, np.bool_)
    keep[unpaid] = False
    lots.keep(keep)
    contracts.append(
        unpaid.size, borrower=seller, lender=lender, product=BILL_DISCOUNT, start=model.step_number,
        due=model.step_number, principal=face, rate=rate, pd=pd, risk_weight=weight,
        loss_given_default=loss, loan=True,
    )  # fmt: skip
    model.record_event("recourse", "bills", f"{unpaid.size} bills returned", int(face.sum()))


def _free_paper(model: FinancingModel) -> None:
    """Pledged paper returns when its loan is repaid, or due and the borrower goes on: it owes the rest itself."""
    receivables, contracts, lots = model.receivables, model.contracts, model.receivables.lots
    owner = contracts.borrower[lots.contract]
    due = contracts.due[lots.contract] <= model.step_number
    repaid = contracts.principal[lots.contract] == 0
    free = ~lots.sold & (repaid | (due & (model.firms.status[owner] != ESTATE)))
    late = lots.due < model.step_number
    for bill, ring, overdue in (
        (False, receivables.account, receivables.overdue),
        (True, receivables.bill, receivables.overdue_bill),
    ):
        now = free & (lots.bill == bill)
        add_at(overdue, lots.edge[now & late], lots.face[now & late])
        rows = now & ~late
        add_at(ring.ravel(), lots.due[rows] % receivables.depth * ring.shape[1] + lots.edge[rows], lots.face[rows])
    lots.keep(~free & (lots.face > 0))
