"""Oracle 10: all-in APR of a discounted receivable; discount on actual/360, APR on actual/365."""

import pytest

from policies.apr import all_in_apr, discounted_receivable_cash_flows, effective_rate

CASES = [  # days, advance, rate, fee, cash, APR
    (90, 1.0, 0.05, 0.0, 987_500, 0.051336),
    (90, 0.8, 0.06, 0.003, 785_000, 0.077495),
    (30, 0.8, 0.06, 0.003, 793_000, 0.107398),
]


@pytest.mark.parametrize(("days", "advance", "rate", "fee", "cash", "expected"), CASES)
def test_cash_and_apr(days, advance, rate, fee, cash, expected):
    flows = discounted_receivable_cash_flows(1e6, days, advance, rate, fee)
    assert flows[1][0] == pytest.approx(cash)
    assert all_in_apr(*flows, year=365) == pytest.approx(expected, abs=5e-7)


def test_effective_rate():
    apr = all_in_apr(*discounted_receivable_cash_flows(1e6, 90, 1.0, 0.05, 0.0), year=365)
    assert effective_rate(apr, 90, year=365) == pytest.approx(0.052338, abs=5e-7)
