"""Which invoices and bills go to the bank: nearest due first, OEM paper first, the last one split."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import numpy as np

from agents.kernels import kernel
from agents.numeric import mul_div
from agents.threads import in_blocks, together
from sim.products import ACCOUNTS, BILLS, OUTSIDE_ACCOUNTS

# What goes to the bank of one edge, due in one step: narrow, for all of a step lie here before they are booked.
LOT: Final = np.dtype(
    [
        ("face", np.int64),  # fen
        ("advanced", np.int64),  # fen
        ("edge", np.int32),
        ("due", np.int32),  # step
        ("contract", np.int32),  # row in 0..m−1
        ("bill", np.int32),  # 1 for a bill, 0 for an account
    ],
    align=True,
)


@kernel
def _take(ring, slot, edge, wanted):
    taken = min(ring[slot, edge], wanted)
    ring[slot, edge] -= taken
    return taken


@kernel
def _take_of_firms(low, high, step, nearest, firm, amount, face, supplier_start, by_supplier, bill_edges, bills_only,
                   outside_from, account, bill, lots, count):  # fmt: skip
    """Take paper for the contracts of firms low..high−1, whose paper nobody else has; writes rows of `lots`, and how
    many each contract took into `count`."""
    depth, last = account.shape[0], 0
    left = np.empty(3, np.int64)
    for m in range(firm.size):
        if not low <= firm[m] < high:
            continue
        total, moved, reached, before_it = np.int64(0), np.int64(0), np.int64(0), last
        first, end = supplier_start[firm[m]], supplier_start[firm[m] + 1]
        for kind in range(3):
            left[kind] = face[m, kind]
            total += left[kind]
        for ahead in range(nearest, depth):
            slot = (step + ahead) % depth
            for position in range(first if moved < total else end, end):
                edge = by_supplier[position]
                for as_bill in range(2):
                    if as_bill == 1:
                        if edge >= bill_edges or left[BILLS] == 0:
                            continue
                        kind, taken = BILLS, _take(bill, slot, edge, left[BILLS])
                    else:
                        if edge < bill_edges and bills_only:
                            continue
                        kind = OUTSIDE_ACCOUNTS if edge >= outside_from else ACCOUNTS
                        if left[kind] == 0:
                            continue
                        taken = _take(account, slot, edge, left[kind])
                    if taken == 0:
                        continue
                    left[kind] -= taken
                    moved, before = moved + taken, reached
                    reached = mul_div(moved, amount[m], total)
                    lot = lots[last]
                    lot.edge, lot.due, lot.contract, lot.bill = edge, step + ahead, m, as_bill
                    lot.face, lot.advanced = taken, reached - before
                    last += 1
        count[m] = last - before_it


@kernel
def _put_in_order(low, high, firm, start, taken, lots):
    """Put the lots that contracts of firms low..high−1 have `taken` where they stand among all."""
    last = 0
    for m in range(firm.size):
        if low <= firm[m] < high:
            for at in range(start[m], start[m + 1]):
                lots[at] = taken[last]
                last += 1


def take_paper(
    step: int, nearest: int, firm: Any, amount: Any, face: Any, supplier_start: Any, by_supplier: Any, bill_edges: int,
    bills_only: bool, outside_from: int, account: Any, bill: Any,
) -> Any:  # fmt: skip
    """Move paper out of the rings for each of m contracts; returns what goes of it, `LOT`[x], contract by contract.

    `firm` int64[m], `amount` int64[m] advanced, `face` int64[m, KINDS] by kind of paper. `bills_only`: OEM accounts are
    settled by bill and are not taken. `outside_from`: first edge to customers outside.
    """
    parts: dict[tuple[int, int], Any] = {}
    count = np.zeros(firm.size, np.int64)

    def take(low: int, high: int) -> None:
        # A lot takes the last of an edge's paper due in a step, or is the last of its kind that the contract needs.
        edges = int(supplier_start[high] - supplier_start[low])
        lots = parts[low, high] = np.empty(2 * account.shape[0] * edges + 3 * firm.size, LOT)
        _take_of_firms(
            low, high, step, nearest, firm, amount, face, supplier_start, by_supplier, bill_edges, bills_only,
            outside_from, account, bill, lots, count,
        )  # fmt: skip

    in_blocks(take, supplier_start.size - 1, 200.0)
    start = np.append(0, np.cumsum(count))
    if len(parts) == 1:
        return parts[0, supplier_start.size - 1][: start[-1]]
    lots = np.empty(start[-1], LOT)
    together([partial(_put_in_order, *firms, firm, start, part, lots) for firms, part in parts.items()])
    return lots
