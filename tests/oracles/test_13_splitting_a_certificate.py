"""Oracle 13: what a certificate of 100 saves when it is split over three tiers and sold at the core's price."""

import numpy as np
import pytest

from policies.apr import discounted_receivable_cash_flows
from sim.confirmed import _take_for, _take_slices

DAYS, CORE = 180, 0.038
OWN = np.array([0.055, 0.075, 0.10])  # what the holders of the three tiers would pay for money
FIRMS = 3
ONE = 100_00  # fen


def passed_up(wanted: list[int]) -> np.ndarray:
    """Slices int64[3] that holders of tier 1, 2 and 3 keep; `wanted` on the accounts that tier 1 and tier 2 owe."""
    kept = np.array([100 * ONE, 0, 0])
    buyer_start = np.array([0, 1, 2, 2])  # one account owed by the first firm, one by the second
    six_months = np.full(2, 6)
    for buyer, supplier in ((0, 1), (1, 2)):
        start = np.searchsorted([buyer], np.arange(FIRMS + 1))
        edge, taken, row = _take_slices(
            start, np.array([6]), kept[buyer : buyer + 1], buyer_start, np.array(wanted) * ONE, six_months
        )
        assert set(edge.tolist()) <= {buyer}
        assert set(row.tolist()) <= {0}
        kept[buyer] -= taken.sum()
        kept[supplier] += taken.sum()
    return kept


def cost(face, rate):
    """What selling `face` for half a year costs at a simple rate."""
    return face - discounted_receivable_cash_flows(face, DAYS, 1.0, rate, 0.0)[1][0]


def test_split_30_45_25_it_costs_half_of_what_the_holders_would_pay():
    kept = passed_up([70, 25])
    assert kept.tolist() == [30 * ONE, 45 * ONE, 25 * ONE]
    alone = sum(cost(face / ONE, rate) for face, rate in zip(kept, OWN, strict=True))
    together = sum(cost(face / ONE, CORE) for face in kept)
    assert alone == pytest.approx(3.7625, abs=1e-12)
    assert together == pytest.approx(1.9, abs=1e-12)
    assert alone - together == pytest.approx(1.8625, abs=1e-12)


@pytest.mark.parametrize("wanted", [[0, 25], [70, 0], [200, 300], [33, 12]])
def test_slices_add_to_the_face(wanted):
    kept = passed_up(wanted)
    assert kept.sum() == 100 * ONE
    assert kept[2] == min(wanted[1], wanted[0], 100) * ONE


def test_each_slice_is_financed_once():
    """The holder that asks for more than it holds sells what it holds, and the next has none of it."""
    face = np.array([30, 45, 25]) * ONE
    start, firm = np.arange(FIRMS + 1), np.array([1, 1, 2])
    who, row, amount = _take_for(start, face, firm, np.array([40, 40, 5]) * ONE)
    assert amount.tolist() == [40 * ONE, 5 * ONE, 5 * ONE]
    assert row.tolist() == [1, 1, 2]
    assert who.tolist() == [0, 1, 2]
