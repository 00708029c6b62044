"""Paper that goes to the bank: the kernel against a plain version."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.paper import take_paper
from sim.products import ACCOUNTS, BILLS, OUTSIDE_ACCOUNTS

DEPTH, NEAREST, STEP = 5, 1, 13
OEM_EDGES, CHAIN_EDGES, EDGES, FIRMS = 3, 7, 11, 4


def plain_take(seller, firm, amount, face, bills_only, account, bill):
    """Lots of contract after contract: nearest due first, edge by edge, the account before the bill."""
    lots = []
    for m in range(firm.size):
        left, total, moved = face[m].tolist(), int(face[m].sum()), 0
        for ahead in range(NEAREST, DEPTH):
            slot = (STEP + ahead) % DEPTH
            for edge in np.flatnonzero(seller == firm[m]).tolist():
                kind = OUTSIDE_ACCOUNTS if edge >= CHAIN_EDGES else ACCOUNTS
                sources = [] if edge < OEM_EDGES and bills_only else [(account, kind, 0)]
                sources += [(bill, BILLS, 1)] if edge < OEM_EDGES else []
                for ring, kind, is_bill in sources:
                    taken = min(int(ring[slot, edge]), left[kind])
                    if taken == 0:
                        continue
                    ring[slot, edge] -= taken
                    left[kind] -= taken
                    parts = [(part * int(amount[m])) // total for part in (moved, moved + taken)]
                    lots.append((taken, parts[1] - parts[0], edge, STEP + ahead, m, is_bill))
                    moved += taken
    return lots


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1), st.booleans(), st.sampled_from([10, 10**12]))
def test_the_kernel_takes_what_the_plain_version_takes(seed, bills_only, scale):
    rng = np.random.default_rng(seed)
    seller, firm = rng.integers(0, FIRMS, EDGES), rng.integers(0, FIRMS, 6)
    account, bill = (rng.integers(0, scale, (DEPTH, edges)) for edges in (EDGES, OEM_EDGES))
    face = rng.integers(0, 3 * scale, (6, 4)) * (rng.random((6, 4)) < 0.6)
    face[:, 3] = 0
    amount = (face.sum(axis=1) * rng.random(6)).astype(np.int64)
    expected_rings = account.copy(), bill.copy()
    expected = plain_take(seller, firm, amount, face, bills_only, *expected_rings)
    start = np.append(0, np.cumsum(np.bincount(seller, minlength=FIRMS)))
    lots = take_paper(
        STEP, NEAREST, firm, amount, face, start, np.argsort(seller, kind="stable"), OEM_EDGES, bills_only,
        CHAIN_EDGES, account, bill,
    )  # fmt: skip
    assert lots.tolist() == expected
    assert (account == expected_rings[0]).all()
    assert (bill == expected_rings[1]).all()
