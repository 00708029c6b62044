"""Oracle 6, clearing: Eisenberg and Noe (2001), Rogers and Veraart (2013), amounts scaled by 10**8."""

import numpy as np
import pytest

from sim.clearing import Dues, Settlement, clear, clearing_order

SCALE = 10**8


def settle(cash, external, owed, **recovery) -> Settlement:
    """Clear owed[i][j], external debts and cash given in units; everything is pari passu, nothing senior."""
    claims = np.rint(np.array(owed) * SCALE).astype(np.int64)
    debtor, creditor = np.nonzero(claims)
    pool = claims.sum(axis=1) + np.rint(np.array(external) * SCALE).astype(np.int64)
    item_start = np.concatenate(([0], np.cumsum(np.count_nonzero(claims, axis=1))))
    zeros = np.zeros(len(cash), np.int64)
    dues = Dues(
        cash=np.rint(np.array(cash) * SCALE).astype(np.int64),
        senior=zeros,
        pool=pool,
        item_start=item_start,
        due=claims[debtor, creditor],
        cap=np.zeros(debtor.size, np.int64),
        creditor=creditor,
    )
    return clear(clearing_order(len(cash), debtor, creditor), dues, **recovery)


TRIANGLE = {
    "cash": [1 / 2, 5 / 8, 3 / 4],
    "external": [3 / 2, 1 / 2, 1 / 2],
    "owed": [[0, 1 / 2, 1 / 2], [1 / 2, 0, 1 / 2], [1 / 2, 1 / 2, 0]],
}


def within_a_fen_per_creditor(settlement: Settlement, exact: list[float], creditors: int) -> bool:
    return bool(np.abs(settlement.paid - np.array(exact) * SCALE).max() <= creditors)


def test_three_nodes_that_owe_each_other():
    settlement = settle(**TRIANGLE)
    exact = [165 / 112, 159 / 112, 3 / 2]  # p1 = 1 + p2/3, p2 = 9/8 + p1/5, node 3 pays in full
    assert exact == pytest.approx([1.473214, 1.419643, 1.5], abs=5e-7)
    assert within_a_fen_per_creditor(settlement, exact, creditors=3)


def test_default_costs():
    settlement = settle(**TRIANGLE, cash_recovery=0.5, claim_recovery=0.7)
    assert settlement.paid / SCALE == pytest.approx([0.502020, 0.514705, 0.565381], abs=5e-7)
    share = 0.7 * np.array([[0, 1 / 3, 1 / 3], [1 / 5, 0, 1 / 3], [1 / 5, 1 / 3, 0]])
    exact = np.linalg.solve(np.eye(3) - share, 0.5 * np.array(TRIANGLE["cash"]))
    assert within_a_fen_per_creditor(settlement, exact.tolist(), creditors=3)


def test_chain():
    owed = np.zeros((4, 4))
    owed[0, 1], owed[1, 2], owed[2, 3] = 100, 80, 60
    settlement = settle([40, 10, 5, 0], [0, 0, 0, 0], owed)
    assert settlement.paid.tolist() == [40 * SCALE, 50 * SCALE, 55 * SCALE, 0]
    assert settlement.sweeps == 1


def test_two_nodes_without_cash_pay_each_other_in_full():
    settlement = settle([0, 0], [0, 0], [[0, 1], [1, 0]])
    assert settlement.paid.tolist() == [SCALE, SCALE]
