"""Posting a settlement: what each invoice, bill, lot and contract was paid (part of phase 8)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from agents.firm import ESTATE
from agents.kernels import kernel
from agents.numeric import mul_div, mul_div_each, sum_by
from agents.threads import together
from sim import confirmed
from sim.carriers import repay_claims

if TYPE_CHECKING:
    from sim.model import FinancingModel

Fen = npt.NDArray[np.int64]


class Items(NamedTuple):
    """Trade debts due now, in order of their debtor: an edge's own invoices, a lot, or a slice of what is confirmed."""

    start: Any  # int64[n + 2]
    edge: Any  # int32[m] whose invoices and bills, still with the supplier; of a lot or a slice −1 − row of `Flows`
    paper: Any  # int64[x] where the lots and then the slices that are due stand among the items
    due: Any  # int64[m] fen
    cap: Any  # int64[m] what a bank takes first
    creditor: Any  # int32[m] who gets the rest


class Due(NamedTuple):
    """Rows of lots and of confirmed slices that are due now; the slices come behind the lots."""

    lots: Any
    slices: Any
    first: Any  # fen of each lot that a bank takes first


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


class Shares(NamedTuple):
    """What firms pay their banks, shared out over contracts, fen."""

    due: Any  # int64[c] on each contract
    principal: Any  # int64[c] what each gets beyond its interest
    interest: Any  # int64[n] by borrower
    lent: Any  # int64[B] interest by lender
    subsidy: Any  # int64[n] the treasury's part of interest, by borrower

    @classmethod
    def none(cls, model: FinancingModel, due: Fen) -> Shares:
        """Nothing shared out yet."""
        sizes = due.size, model.firms.slots, model.banks.slots, model.firms.slots
        return cls(due, *(np.zeros(size, np.int64) for size in sizes))


def share_interest(model: FinancingModel, shares: Shares, paid: Fen, due: Fen) -> None:
    """Share what each firm pays its banks (of `due`, fen[n]) over what was due on each contract, interest first. It may
    run while trade debts are paid."""
    contracts = model.contracts
    _pay_interest(
        shares.due, paid, due, contracts.borrower, contracts.lender, contracts.subsidy, contracts.rate,
        contracts.interest, contracts.overdue_steps, shares.principal, shares.interest, shares.lent, shares.subsidy,
    )  # fmt: skip


def pay_contracts(model: FinancingModel, shares: Shares) -> None:
    """Post what contracts are paid. The treasury pays its part of the interest that punctual borrowers pay."""
    contracts, post, principal = model.contracts, model.ledger.post, shares.principal
    post("interest_subsidy_paid", firm=shares.subsidy)
    post("interest_paid", borrower=shares.interest, lender=shares.lent)
    called = np.flatnonzero(contracts.called)
    if called.size:
        claim = contracts.claim[called].sum(axis=1)
        to_carriers = mul_div_each(principal[called], claim, np.maximum(claim + contracts.principal[called], 1))
        repay_claims(model, called, to_carriers)
        principal[called] -= to_carriers
    some = np.flatnonzero(principal > 0)  # most contracts are not due yet
    who, lender, principal = contracts.borrower[some], contracts.lender[some], principal[some]
    post("principal_paid", borrower=(who, principal), lender=(lender, principal))
    contracts.principal[some] -= principal


@kernel
def _pay_interest(each, paid, due, borrower, lender, subsidy, rate, interest, overdue_steps, principal, by_borrower,
                  to_lender, subsidised):  # fmt: skip
    """Share out `paid`[n] of `due`[n] over contracts, interest first; writes what each gets of `principal`, fen.

    Counts steps overdue; adds interest to `by_borrower`[n] and `to_lender`[B], the treasury's part to `subsidised`[n].
    """
    for c in range(each.size):
        who = np.uint64(borrower[c])
        share = each[c] if paid[who] == due[who] else mul_div(each[c], paid[who], max(due[who], 1))
        part = min(share, interest[c])
        principal[c] = share - part
        interest[c] -= part
        by_borrower[who] += part
        to_lender[lender[c]] += part
        if subsidy[c] > 0 and overdue_steps[c] == 0:
            subsidised[who] += min(np.int64(np.floor(part * (subsidy[c] / max(rate[c], 1e-9)))), part)
        overdue_steps[c] = overdue_steps[c] + 1 if share < each[c] else 0


# Rows of `Flows`. What pays on an account or a bill goes to its seller, or to the bank that bought it; of what pays on
# bought paper more than was advanced goes back to the seller, of what pays on pledged paper the bank's part repays.
ACCOUNT, BILL, BOUGHT_ACCOUNT, BOUGHT_BILL, FROM_OUTSIDE, RETURNED, REPAID = range(7)
HELD: Final = 7  # no row: slices are posted by themselves


class Flows(NamedTuple):
    """Payments of trade debts summed by holder, fen, so that each event is posted once."""

    buyer: Any  # int64[5, n + 1] ACCOUNT .. FROM_OUTSIDE
    seller: Any  # int64[7, n] to sellers, but for REPAID, which they pay
    lender: Any  # int64[7, B]


def pay_items(
    model: FinancingModel, items: Items, paid: Fen, due: Due, meanwhile: Callable[[], object] = lambda: None
) -> None:
    """Post payments of trade debts: an edge's oldest debt first; lots to the bank and, beyond its part, the seller;
    slices to their holder. `meanwhile` may run on another thread: it touches neither paper nor contracts' principal."""
    receivables, contracts, network = model.receivables, model.contracts, model.network
    slot, lots = model.step_number % receivables.depth, receivables.lots
    shapes = (FROM_OUTSIDE + 1, model.firms.slots + 1), (REPAID + 1, model.firms.slots), (REPAID + 1, model.banks.slots)
    flows = Flows(*(np.zeros(shape, np.int64) for shape in shapes))
    of_edges = np.zeros((FROM_OUTSIDE + 1, model.firms.slots), np.int64)
    pay_lots = partial(
        _pay_lots, items.paper, paid, due.first, due.lots, lots.edge, lots.sold, lots.bill, lots.contract, lots.face,
        lots.advanced, contracts.borrower, contracts.lender, contracts.principal, model.chain_edges, flows.seller,
        flows.lender,
    )  # fmt: skip
    pay_edges = partial(
        _pay_edges, items.start, items.edge, paid, network.supplier, model.chain_edges, receivables.overdue,
        receivables.overdue_bill, receivables.account[slot], receivables.bill[slot], flows.buyer, of_edges,
    )  # fmt: skip
    together([pay_lots, pay_edges, meanwhile], 10.0 * paid.size)
    flows.seller[: FROM_OUTSIDE + 1] += of_edges
    lots.keep(lots.face > 0)
    _post(model, flows)
    if due.slices.size:
        confirmed.pay(model, due.slices, paid[items.paper[due.lots.size :]])
    receivables.overdue += receivables.account[slot]
    receivables.account[slot] = 0
    receivables.overdue_bill += receivables.bill[slot]
    receivables.bill[slot] = 0


@kernel
def _pay_edges(
    start, edges, paid, supplier, chain_edges, overdue, overdue_bill, account, bill, by_buyer, to_seller
):  # fmt: skip
    """Take what each edge pays off its overdue account, overdue bills, account and bills due, in this order; sums as in
    `Flows`, by buyer those of lots as well."""
    for debtor in range(start.size - 1):
        for item in range(start[debtor], start[debtor + 1]):
            edge, left, by_bill = edges[item], paid[item], np.int64(0)
            if edge < 0:
                if edge > -1 - HELD:
                    by_buyer[-1 - edge, debtor] += left
                continue
            part = min(left, overdue[edge])
            overdue[edge] -= part
            left -= part
            if edge < bill.size:
                part = min(left, overdue_bill[edge])
                overdue_bill[edge] -= part
                by_bill += part
                left -= part
            part = min(left, account[edge])
            account[edge] -= part
            left -= part
            if edge < bill.size:
                part = min(left, bill[edge])
                bill[edge] -= part
                by_bill += part
            if edge < chain_edges:
                by_buyer[ACCOUNT, debtor] += paid[item] - by_bill
                to_seller[ACCOUNT, supplier[edge]] += paid[item] - by_bill
                by_buyer[BILL, debtor] += by_bill
                to_seller[BILL, supplier[edge]] += by_bill
            else:
                to_seller[FROM_OUTSIDE, supplier[edge]] += paid[item]


@kernel
def _pay_lots(paper, paid, first, rows, edges, sold, bill, contract, face, advanced, seller, lender, principal,
              chain_edges, to_seller, to_lender):  # fmt: skip
    """Bought paper pays its bank; what exceeds the advance is hold-back and goes on to the seller. Pledged paper pays
    the seller, who repays the loan with the bank's part. Sums as in `Flows`.

    Rows are unsigned: of signed ones it is asked every time whether they count from the end.
    """
    for number in range(rows.size):
        row, amount = np.uint64(rows[number]), paid[np.uint64(paper[number])]
        c, part = np.uint64(contract[row]), min(amount, first[number])
        who, bank, back = np.uint64(seller[c]), np.uint64(lender[c]), amount - part
        inside = edges[row] < chain_edges
        face[row] -= amount
        principal[c] -= part
        if sold[row]:
            advanced[row] -= part
            to_lender[np.uint64(BOUGHT_ACCOUNT + bill[row] if inside else FROM_OUTSIDE), bank] += amount
            to_lender[np.uint64(RETURNED), bank] += back
            to_seller[np.uint64(RETURNED), who] += back
        else:
            to_seller[np.uint64(ACCOUNT + bill[row] if inside else FROM_OUTSIDE), who] += amount
            to_seller[np.uint64(REPAID), who] += part
            to_lender[np.uint64(REPAID), bank] += part


def _post(model: FinancingModel, flows: Flows) -> None:
    post, (_, seller, lender), buyer = model.ledger.post, flows, flows.buyer[:, :-1]
    for event, kind in (("account", ACCOUNT), ("bill", BILL)):
        post(f"{event}_paid", buyer=buyer[kind], seller=seller[kind])
    for event, kind in (("account", BOUGHT_ACCOUNT), ("bill", BOUGHT_BILL)):
        post(f"purchased_{event}_paid", buyer=buyer[kind], lender=lender[kind])
    post("outside_pays", seller=seller[FROM_OUTSIDE])
    post("outside_pays_purchaser", lender=lender[FROM_OUTSIDE])
    post("hold_back_returned", seller=seller[RETURNED], lender=lender[RETURNED])
    post("principal_paid", borrower=seller[REPAID], lender=lender[REPAID])


def estates(model: FinancingModel) -> npt.NDArray[np.bool_]:
    """Which firms are estates, with a last False for customers outside."""
    return np.append(model.firms.status == ESTATE, False)
