"""Which invoices and bills go to the bank: nearest due first, OEM paper first, the last one split."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from agents.numeric import mul_div
from sim.products import ACCOUNTS, BILLS, OUTSIDE_ACCOUNTS


@njit(cache=True)
def _take(ring, slot, edge, wanted):
    taken = min(ring[slot, edge], wanted)
    ring[slot, edge] -= taken
    return taken


@njit(cache=True)
def take_paper(step, nearest, firm, amount, face, supplier_start, by_supplier, bill_edges, bills_only, outside_from,
               account, bill, lots):  # fmt: skip
    """Move paper out of the rings for each of m contracts; returns the number of lots written.

    `firm` int64[m], `amount` int64[m] advanced, `face` int64[m, KINDS] by kind of paper. `bills_only`: OEM accounts are
    settled by bill and are not taken. `outside_from`: first edge to customers outside. Writes columns of `lots`
    (int64[x, 6]): edge, due step, face, advanced, contract row in 0..m−1, bill flag.
    """
    depth, last = account.shape[0], 0
    for m in range(firm.size):
        left, total, moved = face[m].copy(), face[m].sum(), np.int64(0)
        for ahead in range(nearest, depth):
            slot = (step + ahead) % depth
            for position in range(supplier_start[firm[m]], supplier_start[firm[m] + 1]):
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
                    advanced = mul_div(moved + taken, amount[m], total) - mul_div(moved, amount[m], total)
                    moved += taken
                    lots[last, 0], lots[last, 1], lots[last, 2] = edge, step + ahead, taken
                    lots[last, 3], lots[last, 4], lots[last, 5] = advanced, m, as_bill
                    last += 1
    return last


def most_lots(firm: Any, supplier_start: Any, depth: int) -> int:
    """Upper bound of the lots that m contracts can need."""
    edges = supplier_start[firm + 1] - supplier_start[firm]
    return int(2 * depth * edges.sum())
