"""Which invoices and bills go to the bank: nearest due first, OEM paper first, the last one split."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from agents.kernels import kernel
from agents.numeric import mul_div
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
def take_paper(step, nearest, firm, amount, face, supplier_start, by_supplier, bill_edges, bills_only, outside_from,
               account, bill, lots):  # fmt: skip
    """Move paper out of the rings for each of m contracts; returns the number of lots written.

    `firm` int64[m], `amount` int64[m] advanced, `face` int64[m, KINDS] by kind of paper. `bills_only`: OEM accounts are
    settled by bill and are not taken. `outside_from`: first edge to customers outside. Writes rows of `lots`, `LOT`[x].
    """
    depth, last = account.shape[0], 0
    left = np.empty(3, np.int64)
    for m in range(firm.size):
        total, moved, reached = np.int64(0), np.int64(0), np.int64(0)
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
    return last


def most_lots(firm: Any, supplier_start: Any, depth: int) -> int:
    """Upper bound of the lots that m contracts can need."""
    edges = supplier_start[firm + 1] - supplier_start[firm]
    return int(2 * depth * edges.sum())
