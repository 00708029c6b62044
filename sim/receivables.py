"""Trade credit by edge and due step: rings of cohorts still with the supplier, and lots pledged or sold."""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt

from agents.kernels import kernel
from agents.network import Network
from agents.numeric import share_of, split_term, sum_by
from agents.parameters import Trade
from agents.threads import together
from sim.contracts import Lots
from sim.products import ACCOUNTS, BILLS, KINDS, OUTSIDE_ACCOUNTS

Fen = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]
EDGES_AT_A_TIME: Final = 1024


@kernel
def _add_paper(slots, nearest, ring, edges, kind, buyer, supplier, pd, paper):
    """Add what a ring holds of some edges to their suppliers' paper; `slots`: its rows, the last first, down to the one
    due in `nearest` steps.

    Slot after slot over as many edges as stay in the nearest cache. An amount that runs k steps beyond the nearest is
    in k of the sums before the last, which are added up.
    """
    amount, weighted = np.empty(EDGES_AT_A_TIME, np.int64), np.empty(EDGES_AT_A_TIME, np.int64)
    for first in range(edges[0], edges[1], EDGES_AT_A_TIME):
        count = min(EDGES_AT_A_TIME, edges[1] - first)
        for i in range(count):
            amount[i], weighted[i] = 0, 0
        for slot in slots:
            for i in range(count):
                amount[i] += ring[slot, first + i]
                weighted[i] += amount[i]
        for i in range(count):
            who = supplier[first + i]
            paper[who, kind, 0] += amount[i]
            paper[who, kind, 1] += weighted[i] + (nearest - 1) * amount[i]
            paper[who, kind, 2] += amount[i] * pd[buyer[first + i]]


@kernel
def _spread(step, amount, early, later_share, ring):
    """Add an amount an edge to a ring: a share of it, rounded down, falls due one step later than the rest."""
    for edge in range(amount.size):
        if amount[edge] == 0:
            continue
        later = np.int64(np.floor(amount[edge] * later_share[edge]))
        slot = (step + early[edge]) % ring.shape[0]
        ring[slot, edge] += amount[edge] - later
        ring[slot + 1 if slot + 1 < ring.shape[0] else 0, edge] += later


class Receivables:
    """Invoices and bills of every edge. `account[k]` and `bill[k]` hold what is due in steps with step % depth == k.

    Bills exist on OEM edges only, the first `bill_edges` of the network. Overdue is kept apart.
    """

    def __init__(
        self, network: Network, trade: Trade, longest_bill_days: float, step_days: int, oems: int, firms: int
    ) -> None:
        edges = network.buyer.size
        self.network = network
        self.firms = firms
        self.step_days = step_days
        self.bill_edges = int(network.buyer_start[oems])
        self.bill_share = trade.oem_bill_share
        self.early, self.later_share = split_term(network.term_days, step_days)
        longest = int(np.ceil(max(trade.oem_bill_days, longest_bill_days) / step_days))
        self.depth = int(max(self.early.max(initial=0), longest)) + 2
        self.set_bill_tenor(trade.oem_bill_days)
        self.account = np.zeros((self.depth, edges), np.int64)
        self.bill = np.zeros((self.depth, self.bill_edges), np.int64)
        self.overdue = np.zeros(edges, np.int64)
        self.overdue_bill = np.zeros(self.bill_edges, np.int64)
        self.lots = Lots()

    def set_bill_tenor(self, days: float) -> None:
        """Bills accepted from now on run so many days, between two due steps if need be."""
        early, later = split_term(np.array([days]), self.step_days)
        self.bill_early, self.bill_later = int(early[0]), float(later[0])

    def invoice(self, step: int, delivered: Fen) -> None:
        """Book deliveries of this step on the edges' terms; a term between two due steps is split."""
        _spread(step, delivered, self.early, self.later_share, self.account)

    def confirm(self, step: int, amount: Fen) -> tuple[Fen, npt.NDArray[np.float64]]:
        """Take what an OEM confirms out of the invoices of this step, by OEM edge.

        It is due when the bill would have been, after the account's term and the bill's: returns whole steps until the
        earlier of two due steps, and the share that falls due in the later one, so that the mean term is kept.
        """
        edges = slice(0, self.bill_edges)
        self.settle_invoice(step, np.arange(self.bill_edges), amount)
        whole = self.early[edges] + self.later_share[edges]
        if self.bill_share > 0:
            whole = whole + self.bill_early + self.bill_later
        ahead = np.maximum(np.floor(whole + 1e-9), 1).astype(np.int64)
        return ahead, np.round(np.clip(whole - ahead, 0, 1), 10)

    def settle_invoice(self, step: int, edges: Fen, amount: Fen) -> None:
        """Take `amount` fen, edge by edge, out of what was invoiced in this step, the later due part first."""
        by_edge = sum_by(edges, amount, self.network.buyer.size)
        edges = np.flatnonzero(by_edge)
        early, late = (step + self.early[edges]) % self.depth, (step + self.early[edges] + 1) % self.depth
        from_late = np.minimum(by_edge[edges], self.account[late, edges])
        self.account[late, edges] -= from_late
        self.account[early, edges] -= by_edge[edges] - from_late

    def bills_due_for_acceptance(self, step: int) -> Fen:
        """OEM accounts due now that are settled by bill, one amount an OEM edge."""
        return share_of(self.account[step % self.depth, : self.bill_edges], self.bill_share)

    def accept_bills(self, step: int, amount: Fen) -> None:
        """Turn accounts due now into bills on the bill's tenor."""
        self.account[step % self.depth, : self.bill_edges] -= amount
        later = share_of(amount, self.bill_later)
        self.bill[(step + self.bill_early) % self.depth] += amount - later
        self.bill[(step + self.bill_early + 1) % self.depth] += later

    def due_now(self, step: int, *, accepted: bool) -> Fen:
        """What each edge has due or overdue in cash this step, pledged and sold lots apart.

        Before acceptance, what will be settled by bill is left out.
        """
        due = self.account[step % self.depth] + self.overdue
        due[: self.bill_edges] += self.bill[step % self.depth] + self.overdue_bill
        if not accepted:
            due[: self.bill_edges] -= self.bills_due_for_acceptance(step)
        return due

    def financeable(self, step: int, nearest: int, pd: Float) -> Float:
        """What each supplier can pledge or sell of each kind (`sim.products`) but confirmed payables: face, Σ face ×
        steps to run, Σ face × PD of who owes it; (firms × KINDS × 3), fen in float64. At least `nearest` steps to run.

        `pd` float64[n + 1], Outside last. An OEM account that will be settled by a bill is left out: its debtor owes no
        cash when it is due.
        """
        network, paper = self.network, np.zeros((self.firms, KINDS, 3))
        slots = (step + np.arange(self.depth - 1, nearest - 1, -1)) % self.depth
        chain = int(network.buyer_start[self.firms])
        kinds = (
            (BILLS, self.bill, (0, self.bill_edges)),
            (ACCOUNTS, self.account, (self.bill_edges if self.bill_share > 0 else 0, chain)),
            (OUTSIDE_ACCOUNTS, self.account, (chain, network.buyer.size)),
        )

        def add(kind: int, ring: Fen, edges: tuple[int, int]) -> None:
            _add_paper(slots, nearest, ring, edges, kind, network.buyer, network.supplier, pd, paper)

        together([partial(add, *each) for each in kinds], 10.0 * network.buyer.size)
        return paper

    def owed_to(self) -> tuple[Fen, Fen]:
        """Accounts and bills by supplier still its own, pledged ones included."""
        suppliers = self.network.supplier
        account, bill = self.account.sum(axis=0) + self.overdue, self.bill.sum(axis=0) + self.overdue_bill
        own = ~self.lots.sold
        lots, kinds = self.lots.edge[own], self.lots.bill[own]
        accounts = sum_by(suppliers, account, self.firms)
        accounts += sum_by(suppliers[lots[~kinds]], self.lots.face[own][~kinds], self.firms)
        bills = sum_by(suppliers[: self.bill_edges], bill, self.firms)
        bills += sum_by(suppliers[lots[kinds]], self.lots.face[own][kinds], self.firms)
        return accounts, bills

    def owed_by(self) -> tuple[Fen, Fen]:
        """Accounts and bills by debtor (the last row is Outside), to whomever they are owed."""
        buyers, rows = self.network.buyer, self.firms + 1
        lots, kinds = self.lots.edge, self.lots.bill
        accounts = sum_by(buyers, self.account.sum(axis=0) + self.overdue, rows)
        accounts += sum_by(buyers[lots[~kinds]], self.lots.face[~kinds], rows)
        bills = sum_by(buyers[: self.bill_edges], self.bill.sum(axis=0) + self.overdue_bill, rows)
        bills += sum_by(buyers[lots[kinds]], self.lots.face[kinds], rows)
        return accounts, bills
