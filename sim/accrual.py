"""Phase 1: a step opens. Interest and penalties of the time since the last step, recourse, paper that is free again."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from agents.firm import ESTATE
from agents.kernels import kernel
from agents.numeric import add_at
from agents.threads import together
from sim import informal_credit
from sim.contracts import BILL_DISCOUNT
from sim.payments import estates

if TYPE_CHECKING:
    from sim.model import FinancingModel

Fen = npt.NDArray[np.int64]


def open_period(model: FinancingModel) -> None:
    """Taxes booked last step fall due; interest accrues; unpaid bills come back; freed paper returns to its owner."""
    model.ledger.step = model.step_number
    model.tax_due = model.ledger.balance("firm", "tax_payable").copy()
    apart = [partial(_accrue_interest, model), partial(_accrue_penalties, model)]  # on loans; on bought paper
    (charged, earned, discount), _ = together(apart, 20.0 * model.contracts.count)
    model.ledger.post("interest_accrued", borrower=charged, lender=earned)
    model.ledger.post("discount_earned", lender=discount)
    informal_credit.accrue(model)
    _call_recourse(model)
    _free_paper(model)


def _accrue_interest(model: FinancingModel) -> tuple[Fen, Fen, Fen]:
    """Interest on loans that perform (half as much again when overdue), by borrower and by lender, and discounts."""
    contracts = model.contracts
    return _interest_and_discount(
        model.step_number, model.step_days / 360, model.firms.status, model.banks.slots, contracts.borrower,
        contracts.lender, contracts.loan, contracts.bad, contracts.overdue_steps, contracts.rate, contracts.principal,
        contracts.due, contracts.interest, contracts.unearned,
    )  # fmt: skip


@kernel
def _interest_and_discount(
    step, year, status, lenders, borrower, lender, loan, bad, overdue_steps, rate, principal, due, interest, unearned
):
    """Add to each contract the interest that accrues over `year` years, and take off the discount earned, evenly over
    the steps left. Returns interest by borrower and by lender, and discount by lender, fen."""
    charged, earned = np.zeros(status.size, np.int64), np.zeros(lenders, np.int64)
    discount = np.zeros(lenders, np.int64)
    for c in range(rate.size):
        if not loan[c]:
            left = max(due[c] - step + 1, 1)
            part = (unearned[c] + left - 1) // left
            unearned[c] -= part
            discount[lender[c]] += part
        elif not bad[c] and status[borrower[c]] != ESTATE:
            agreed = rate[c] * (1.5 if overdue_steps[c] > 0 else 1.0)
            part = np.int64(np.floor(principal[c] * agreed * year))
            interest[c] += part
            charged[borrower[c]] += part
            earned[lender[c]] += part
    return charged, earned, discount


def _accrue_penalties(model: FinancingModel) -> None:
    """Penalty interest on overdue trade debt of firms that go on; bought paper earns it for the bank."""
    receivables, network = model.receivables, model.network
    charge, stopped = model.parameters.trade.penalty * model.step_days / 360, estates(model)
    for event, book, edges in (
        ("account_penalty", receivables.overdue, model.chain_edges),
        ("bill_penalty", receivables.overdue_bill, receivables.bill_edges),
    ):
        late = np.flatnonzero(book[:edges])  # customers outside are never late
        late = late[~stopped[network.buyer[late]]]
        penalty = np.floor(book[late] * charge).astype(np.int64)
        book[late] += penalty
        model.ledger.post(event, buyer=(network.buyer[late], penalty), seller=(network.supplier[late], penalty))
    _penalties_on_lots(model, charge, stopped)
    _penalties_on_confirmed(model, charge, stopped)


def _penalties_on_lots(model: FinancingModel, charge: float, stopped: npt.NDArray[np.bool_]) -> None:
    network, contracts, lots, post = model.network, model.contracts, model.receivables.lots, model.ledger.post
    rows = np.flatnonzero(lots.due < model.step_number)
    rows = rows[~stopped[network.buyer[lots.edge[rows]]]]
    penalty = np.floor(lots.face[rows] * charge).astype(np.int64)
    sold, bill = lots.sold[rows], lots.bill[rows]
    lots.face[rows] += penalty
    lots.advanced[rows[sold]] += penalty[sold]
    add_at(contracts.principal, lots.contract[rows[sold]], penalty[sold])
    buyer, seller = network.buyer[lots.edge[rows]], network.supplier[lots.edge[rows]]
    lender = contracts.lender[lots.contract[rows]]
    for kind, which in (("account", ~bill), ("bill", bill)):
        own, bought = which & ~sold, which & sold
        event, amount = f"purchased_{kind}_penalty", penalty[bought]
        post(event, buyer=(buyer[bought], amount), lender=(lender[bought], amount))
        post(f"{kind}_penalty", buyer=(buyer[own], penalty[own]), seller=(seller[own], penalty[own]))


def _penalties_on_confirmed(model: FinancingModel, charge: float, stopped: npt.NDArray[np.bool_]) -> None:
    network, held = model.network, model.confirmed
    late = np.flatnonzero(held.due < model.step_number)
    late = late[~stopped[network.buyer[held.edge[late]]]]
    penalty = np.floor(held.face[late] * charge).astype(np.int64)
    held.face[late] += penalty
    buyer, holder = network.buyer[held.edge[late]], held.holder[late]
    model.ledger.post("bill_penalty", buyer=(buyer, penalty), seller=(holder, penalty))


def _call_recourse(model: FinancingModel) -> None:
    """A discounted bill unpaid a step after its due date goes back: the seller owes the bank its face at once."""
    receivables, contracts, lots = model.receivables, model.contracts, model.receivables.lots
    late = np.flatnonzero(lots.due < model.step_number)
    unpaid = late[lots.bill[late] & lots.sold[late] & (lots.face[late] > 0)]
    unpaid = unpaid[contracts.product[lots.contract[unpaid]] == BILL_DISCOUNT]
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
    lots.face[unpaid], lots.advanced[unpaid] = 0, 0  # the last that is done before lots without face are dropped
    contracts.append(
        unpaid.size, borrower=seller, lender=lender, product=BILL_DISCOUNT, start=model.step_number,
        due=model.step_number, principal=face, rate=rate, pd=pd, risk_weight=weight,
        loss_given_default=loss, loan=True,
    )  # fmt: skip
    model.record_event("recourse", "bills", f"{unpaid.size} bills returned", int(face.sum()))


def _free_paper(model: FinancingModel) -> None:
    """Pledged paper returns when its loan is repaid, or due and the borrower goes on: it owes the rest itself."""
    receivables, contracts, lots = model.receivables, model.contracts, model.receivables.lots
    keep = _return_paper(
        model.step_number, estates(model), contracts.borrower, contracts.principal, contracts.due,
        lots.contract, lots.edge, lots.due, lots.face, lots.bill, lots.sold,
        receivables.account, receivables.overdue, receivables.bill, receivables.overdue_bill,
    )  # fmt: skip
    lots.keep(keep)


@kernel
def _return_paper(
    step, estate, borrower, principal, loan_due, contract, edge, due, face, bill, sold,
    account, overdue, bills, overdue_bill,
):  # fmt: skip
    """Put freed lots back where they came from, or among what is overdue; which lots are to be kept: bool[x]."""
    keep = np.empty(face.size, np.bool_)
    for lot in range(face.size):
        c, late, slot = contract[lot], due[lot] < step, due[lot] % account.shape[0]
        keep[lot] = face[lot] > 0
        if sold[lot] or not (principal[c] == 0 or (loan_due[c] <= step and not estate[borrower[c]])):
            continue
        keep[lot] = False
        if bill[lot] and late:
            overdue_bill[edge[lot]] += face[lot]
        elif bill[lot]:
            bills[slot, edge[lot]] += face[lot]
        elif late:
            overdue[edge[lot]] += face[lot]
        else:
            account[slot, edge[lot]] += face[lot]
    return keep
