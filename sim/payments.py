"""Posting a settlement: what each invoice, bill, lot and contract was paid (part of phase 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from agents.firm import ESTATE
from agents.kernels import kernel
from agents.numeric import add_at, mul_div, mul_div_each, sum_by
from sim import confirmed
from sim.carriers import repay_claims

if TYPE_CHECKING:
    from sim.model import FinancingModel

Fen = npt.NDArray[np.int64]
Rows = npt.NDArray[Any]  # row numbers, of any integer type


class Items(NamedTuple):
    """Trade debts due now, in order of their debtor: an edge's own invoices, a lot, or a slice of what is confirmed."""

    start: Any  # int64[n + 2]
    edge: Any  # int64[m]
    lot: Any  # int64[m] position among lots and slices due, −1: invoices and bills still with the supplier
    due: Any  # int64[m]
    cap: Any  # int64[m] what a bank takes first
    creditor: Any  # int64[m] who gets the rest


class Due(NamedTuple):
    """Rows of lots and of confirmed slices that are due now; the slices come behind the lots."""

    lots: Any
    slices: Any


def contract_due(model: FinancingModel) -> Fen:
    """Principal and interest that a borrower owes on each contract this step, fen.

    Pledged paper pays first: no principal is due from the borrower while lots are alive.
    """
    contracts = model.contracts
    return _contract_due(
        model.step_number, contracts.loan, contracts.due, contracts.principal, contracts.claim, contracts.interest,
        model.receivables.lots.contract,
    )  # fmt: skip


@kernel
def _contract_due(step, loan, due, principal, claim, interest, backing):
    """`backing` int32[x]: the contracts of all lots."""
    owed = np.empty(principal.size, np.int64)
    for c in range(owed.size):
        owed[c] = principal[c] + claim[c, 0] + claim[c, 1] + claim[c, 2]
    for c in backing:
        owed[c] = 0
    for c in range(owed.size):
        if not loan[c] or due[c] > step:
            owed[c] = 0
        owed[c] += interest[c]
    return owed


def formal_due(model: FinancingModel) -> Fen:
    """The same by firm."""
    return sum_by(model.contracts.borrower, contract_due(model), model.firms.slots)


def pay_contracts(model: FinancingModel, each: Fen, paid: Fen, due: Fen) -> None:
    """Share what each firm pays its banks (of `due`, fen[n]) over what was due on `each` contract; interest first."""
    contracts = model.contracts
    share = _share_out(each, paid, due, contracts.borrower)
    interest = np.minimum(share, contracts.interest)
    principal = share - interest
    called = np.flatnonzero(contracts.called)
    if called.size:
        claim = contracts.claim[called].sum(axis=1)
        to_carriers = mul_div_each(principal[called], claim, np.maximum(claim + contracts.principal[called], 1))
        repay_claims(model, called, to_carriers)
        principal[called] -= to_carriers
    _subsidise_interest(model, interest)
    repay(model, np.arange(contracts.count), interest, principal)
    contracts.overdue_steps[:] = np.where(share < each, contracts.overdue_steps + 1, 0)


@kernel
def _share_out(each, paid, due, borrower):
    """What each contract is paid, fen."""
    share = np.empty(each.size, np.int64)
    for c in range(each.size):
        who = borrower[c]
        share[c] = each[c] if paid[who] == due[who] else mul_div(each[c], paid[who], max(due[who], 1))
    return share


def _subsidise_interest(model: FinancingModel, interest: Fen) -> None:
    """The treasury pays its part of the interest that punctual borrowers pay, fen by contract."""
    contracts = model.contracts
    rows = np.flatnonzero((contracts.subsidy > 0) & (contracts.overdue_steps == 0))
    part = contracts.subsidy[rows] / np.maximum(contracts.rate[rows], 1e-9)
    subsidy = np.minimum(np.floor(interest[rows] * part).astype(np.int64), interest[rows])
    model.ledger.post("interest_subsidy_paid", firm=(contracts.borrower[rows], subsidy))


def repay(model: FinancingModel, rows: Rows, interest: Fen, principal: Fen) -> None:
    """Post interest and principal paid by borrowers on contract rows."""
    contracts, post = model.contracts, model.ledger.post
    who, lender = contracts.borrower[rows], contracts.lender[rows]
    post("interest_paid", borrower=(who, interest), lender=(lender, interest))
    add_at(contracts.interest, rows, -interest)
    some = np.flatnonzero(principal)  # most contracts are not due yet
    who, lender, principal = who[some], lender[some], principal[some]
    post("principal_paid", borrower=(who, principal), lender=(lender, principal))
    add_at(contracts.principal, rows[some], -principal)


def pay_items(model: FinancingModel, items: Items, paid: Fen, due: Due) -> None:
    """Post payments of trade debts: an edge's oldest debt first; lots to the bank and, beyond its part, the seller;
    slices to their holder."""
    own, slices = items.lot < 0, items.lot >= due.lots.size
    lots = ~own & ~slices
    _pay_edges(model, items.edge[own], paid[own])
    confirmed.pay(model, due.slices[items.lot[slices] - due.lots.size], paid[slices])
    _pay_lots(model, due.lots[items.lot[lots]], paid[lots], np.minimum(paid, items.cap)[lots])
    receivables, slot = model.receivables, model.step_number % model.receivables.depth
    receivables.overdue += receivables.account[slot]
    receivables.account[slot] = 0
    receivables.overdue_bill += receivables.bill[slot]
    receivables.bill[slot] = 0


def _pay_edges(model: FinancingModel, edges: Rows, paid: Fen) -> None:
    receivables, slot = model.receivables, model.step_number % model.receivables.depth
    by_bill = _oldest_first(
        edges, paid, receivables.overdue, receivables.overdue_bill, receivables.account[slot], receivables.bill[slot]
    )
    _post_paid(model, edges, paid - by_bill, by_bill)


@kernel
def _oldest_first(edges, paid, overdue, overdue_bill, account, bill):
    """Take what each edge pays off its overdue account, overdue bills, account and bills due, in this order.

    Returns what was paid on bills, fen.
    """
    by_bill = np.zeros(edges.size, np.int64)
    for item in range(edges.size):
        edge, left = edges[item], paid[item]
        part = min(left, overdue[edge])
        overdue[edge] -= part
        left -= part
        if edge < bill.size:
            part = min(left, overdue_bill[edge])
            overdue_bill[edge] -= part
            by_bill[item] += part
            left -= part
        part = min(left, account[edge])
        account[edge] -= part
        left -= part
        if edge < bill.size:
            part = min(left, bill[edge])
            bill[edge] -= part
            by_bill[item] += part
    return by_bill


def _post_paid(model: FinancingModel, edges: Rows, by_account: Fen, by_bill: Fen) -> None:
    """Payments from debtors to suppliers themselves."""
    network, post = model.network, model.ledger.post
    inside = edges < model.chain_edges
    for event, paid in (("account_paid", by_account), ("bill_paid", by_bill)):
        rows = np.flatnonzero(inside & (paid > 0))
        buyer, seller, amount = network.buyer[edges[rows]], network.supplier[edges[rows]], paid[rows]
        post(event, buyer=(buyer, amount), seller=(seller, amount))
    rows = np.flatnonzero(~inside)
    post("outside_pays", seller=(network.supplier[edges[rows]], by_account[rows]))


def _pay_lots(model: FinancingModel, rows: Rows, paid: Fen, bank_part: Fen) -> None:
    lots = model.receivables.lots
    lots.face[rows] -= paid
    sold = lots.sold[rows]
    _pay_sold(model, rows[sold], paid[sold], bank_part[sold])
    pledged = ~sold
    bill = lots.bill[rows[pledged]]
    edges, amount = lots.edge[rows[pledged]], paid[pledged]
    _post_paid(model, edges, np.where(bill, 0, amount), np.where(bill, amount, 0))
    repay(model, lots.contract[rows[pledged]], np.zeros_like(amount), bank_part[pledged])
    lots.keep(lots.face > 0)


def _pay_sold(model: FinancingModel, rows: Rows, paid: Fen, bank_part: Fen) -> None:
    """Bought paper pays its buyer; what exceeds the advance is hold-back and goes on to the seller."""
    lots, network, contracts, post = model.receivables.lots, model.network, model.contracts, model.ledger.post
    edge, contract, bill = lots.edge[rows], lots.contract[rows], lots.bill[rows]
    lender, outside = contracts.lender[contract], edge >= model.chain_edges
    for event, kind in (("purchased_account_paid", ~bill & ~outside), ("purchased_bill_paid", bill)):
        post(event, buyer=(network.buyer[edge[kind]], paid[kind]), lender=(lender[kind], paid[kind]))
    post("outside_pays_purchaser", lender=(lender[outside], paid[outside]))
    back = paid - bank_part
    post("hold_back_returned", seller=(network.supplier[edge], back), lender=(lender, back))
    lots.advanced[rows] -= bank_part
    add_at(contracts.principal, contract, -bank_part)


def estates(model: FinancingModel) -> npt.NDArray[np.bool_]:
    """Which firms are estates, with a last False for customers outside."""
    return np.append(model.firms.status == ESTATE, False)
