"""What OEMs have confirmed they owe: payables for reverse factoring, and certificates that are split and passed up.

Kept apart from edges' own accounts and bills, for the holder of a slice need not be the supplier that earned it. In the
books a slice is a bill of its holder and a bill payable of the OEM.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from agents.columns import Column
from agents.informal import informal_rate
from agents.kernels import kernel
from agents.numeric import share_of, sum_by
from agents.oem import indifference_term
from agents.supplier import price_of_waiting
from policies.catalogue import MultiTierCertificates, ReverseFactoring
from sim.contracts import Table

if TYPE_CHECKING:
    from sim.model import FinancingModel

Fen = npt.NDArray[np.int64]
Rows = npt.NDArray[Any]


class Confirmed(Table):
    """Slices of confirmed payables alive and not sold; a sold one is a lot."""

    edge = Column(np.int32, "edge", "OEM edge on which it was earned")
    due = Column(np.int32, "step", "When the OEM pays")
    face = Column(np.int64, "fen", "What the OEM owes")
    holder = Column(np.int32, "firm", "To whom")
    passable = Column(np.bool_, "flag", "A certificate: may be passed to the holder's own suppliers")


def confirm(model: FinancingModel) -> None:
    """OEMs confirm a part of this step's invoices: due when the bill would have been, and the supplier's at once."""
    reverse, certificates = model.levers.find(ReverseFactoring), model.levers.find(MultiTierCertificates)
    if reverse is None and certificates is None:
        return
    receivables, network, step = model.receivables, model.network, model.step_number
    edges = np.arange(receivables.bill_edges)
    delivered = model.goods.delivered[edges]
    issued = share_of(delivered, certificates.share) if certificates else np.zeros_like(delivered)
    rest = np.minimum(share_of(delivered, reverse.share) if reverse else 0, delivered - issued)
    ahead, later_share = receivables.confirm(step, issued + rest)
    for amount, passable in ((issued, True), (rest, False)):
        some = np.flatnonzero(amount)
        seller, buyer = network.supplier[some], network.buyer[some]
        model.ledger.post("bill_accepted", buyer=(buyer, amount[some]), seller=(seller, amount[some]))
        later = share_of(amount[some], later_share[some])
        for due, face in ((step + ahead[some], amount[some] - later), (step + ahead[some] + 1, later)):
            model.confirmed.append(some.size, edge=some, due=due, face=face, holder=seller, passable=passable)
    if certificates:
        _pass_up(model, certificates)
    _merge(model)


def _pass_up(model: FinancingModel, lever: MultiTierCertificates) -> None:
    """Suppliers pay their own suppliers with slices, as far as these are no worse off: tier by tier up the chain.

    A supplier takes a slice that runs no longer than leaves it indifferent between waiting for the account at what
    waiting costs it and for the OEM's paper at the paper's (`agents.oem.indifference_term`).
    """
    network, held, firms = model.network, model.confirmed, model.firms
    paper = model.paper_price if model.paper_price > 0 else model.parameters.bank.funding
    borrowed = model.ledger.balance("firm", "informal_loan") > 0
    informal = informal_rate(firms.overdue_share, model.parameters.informal)
    own = price_of_waiting(model.group_price[model.group], informal, borrowed)[network.supplier[: model.chain_edges]]
    term = network.term_days[: model.chain_edges]
    longest = indifference_term(term, own, paper, lever.platform_fee * term / 360)
    most_steps = np.floor(np.maximum(longest, 0) / model.step_days).astype(np.int64)
    wanted = share_of(model.goods.delivered[: model.chain_edges], lever.passed)
    for tier in range(1, model.tiers):
        rows = np.flatnonzero(held.passable & (model.firms.tier[held.holder] == tier))
        rows = rows[np.lexsort((held.due[rows], held.holder[rows]))]
        if rows.size == 0:
            continue
        start = np.searchsorted(held.holder[rows], np.arange(model.firms.slots + 1))
        edges, taken, slice_of = _take_slices(
            start, held.due[rows] - model.step_number, held.face[rows], network.buyer_start, wanted, most_steps
        )
        held.face[rows] -= sum_by(slice_of, taken, rows.size)
        _book_passed(model, edges, taken, rows[slice_of])


@kernel
def _take_slices(start, ahead, face, buyer_start, wanted, most_steps):
    """Which slice pays which invoice: nearest due first, invoices in the order of their edges.

    Slices of holder h are start[h]:start[h + 1], `ahead` steps to run. Returns edge, amount and slice, one row each.
    """
    left, room = face.copy(), face.size + 4 * wanted.size
    edges, taken, slices = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room, np.int64)
    count = 0
    for holder in range(start.size - 1):
        first = start[holder]
        for edge in range(buyer_start[holder], buyer_start[holder + 1]):
            open_part = wanted[edge]
            while first < start[holder + 1] and left[first] == 0:
                first += 1
            for row in range(first, start[holder + 1]):
                if open_part == 0 or ahead[row] > most_steps[edge] or count == room:
                    break
                part = min(left[row], open_part)
                if part == 0:
                    continue
                edges[count], taken[count], slices[count] = edge, part, row
                left[row] -= part
                open_part -= part
                count += 1
    return edges[:count], taken[:count], slices[:count]


def _book_passed(model: FinancingModel, edges: Fen, amount: Fen, origin: Rows) -> None:
    """The buyer pays the invoice of this step with its slice; the slice's holder is the supplier now."""
    network, held = model.network, model.confirmed
    model.ledger.post(
        "certificate_passed", buyer=(network.buyer[edges], amount), seller=(network.supplier[edges], amount)
    )
    model.receivables.settle_invoice(model.step_number, edges, amount)
    held.append(
        edges.size, edge=held.edge[origin].copy(), due=held.due[origin].copy(), face=amount,
        holder=network.supplier[edges], passable=True,
    )  # fmt: skip


def _merge(model: FinancingModel) -> None:
    """One row for slices alike, none for what is used up: memory follows what is alive."""
    held = model.confirmed
    columns = np.stack((held.edge, held.due, held.holder, held.passable), axis=1)[held.face > 0]
    kinds, where = np.unique(columns, axis=0, return_inverse=True)
    total = sum_by(where.ravel(), held.face[held.face > 0], kinds.shape[0])
    held.keep(np.arange(held.count) < kinds.shape[0])
    held.edge[:], held.due[:], held.holder[:] = kinds[:, 0], kinds[:, 1], kinds[:, 2]
    held.passable[:], held.face[:] = kinds[:, 3], total


def financeable(model: FinancingModel, pd: npt.NDArray[np.float64]) -> tuple[Any, Any, Any]:
    """Face that can be sold by holder, Σ face × steps to run and Σ face × the OEM's PD; `pd` float64[n] by firm."""
    held, slots = model.confirmed, model.firms.slots
    ahead = held.due - model.step_number
    face = np.where(ahead >= max(model.shortest_paper, 1), held.face, 0)
    sums = (face, face * ahead, face * pd[model.network.buyer[held.edge]])
    return tuple(np.bincount(held.holder, values, minlength=slots) for values in sums)  # type: ignore[return-value]


def take(model: FinancingModel, firm: Rows, face: Fen) -> tuple[Rows, Fen, Fen]:
    """Slices that leave `firm`[m] for the bank, `face`[m] fen in all, nearest due first: (m, row, amount) of each."""
    held = model.confirmed
    able = np.flatnonzero(held.due - model.step_number >= max(model.shortest_paper, 1))
    able = able[np.lexsort((held.due[able], held.holder[able]))]
    start = np.searchsorted(held.holder[able], np.arange(model.firms.slots + 1))
    who, place, amount = _take_for(start, held.face[able], firm.astype(np.int64), face)
    held.face[able] -= sum_by(place, amount, able.size)
    return who, able[place], amount


@kernel
def _take_for(start, face, firm, wanted):
    left, room = face.copy(), face.size + firm.size
    who, place, amount = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room, np.int64)
    count = 0
    for m in range(firm.size):
        open_part = wanted[m]
        for row in range(start[firm[m]], start[firm[m] + 1]):
            part = min(left[row], open_part)
            if part > 0:
                who[count], place[count], amount[count] = m, row, part
                left[row] -= part
                open_part -= part
                count += 1
    return who[:count], place[:count], amount[:count]


def pay(model: FinancingModel, rows: Rows, paid: Fen) -> None:
    """OEMs pay holders what is due; fen by row."""
    held = model.confirmed
    buyer = model.network.buyer[held.edge[rows]]
    model.ledger.post("bill_paid", buyer=(buyer, paid), seller=(held.holder[rows], paid))
    held.face[rows] -= paid
    held.keep(held.face > 0)


def accelerate(model: FinancingModel, gone: npt.NDArray[np.bool_]) -> None:
    """What OEMs that fail have confirmed is due now."""
    held = model.confirmed
    owed = gone[model.network.buyer[held.edge]]
    held.due[owed] = np.minimum(held.due[owed], model.step_number)


def lose(model: FinancingModel, gone: npt.NDArray[np.bool_]) -> None:
    """Holders lose what wound-up OEMs leave unpaid."""
    held = model.confirmed
    hit = gone[model.network.buyer[held.edge]]
    buyer = model.network.buyer[held.edge[hit]]
    model.ledger.post("bill_lost", buyer=(buyer, held.face[hit]), seller=(held.holder[hit], held.face[hit]))
    model.lose_on_buyers(held.holder[hit], held.face[hit])
    held.keep(~hit)


def sell_off(model: FinancingModel, old: npt.NDArray[np.bool_], haircut: float) -> None:
    """What old estates hold overdue is sold to Outside at a haircut."""
    held = model.confirmed
    hit = old[held.holder] & (held.due < model.step_number)
    buyer, holder, face = model.network.buyer[held.edge[hit]], held.holder[hit], held.face[hit]
    lost = share_of(face, haircut)
    for event, amount in (("bill_sold_off", face - lost), ("bill_sold_off_haircut", lost)):
        model.ledger.post(event, buyer=(buyer, amount), seller=(holder, amount))
    held.keep(~hit)
