"""The all-in APR against brute force, and the quote kernel's fast versions against it."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies import apr

ROUNDING = 1.1e-10  # both sides of a comparison are rounded to 1e-10


def bisected(days, amounts, low, high, year=360):
    """The root of the value of the flows, by bisection on the definition."""
    for _ in range(200):
        middle = (low + high) / 2
        if sum(amount / (1 + middle * day / year) for day, amount in zip(days, amounts, strict=True)) < 0:
            low = middle
        else:
            high = middle
    return low


def bullet(rate, step_days, payments, fee=0.0):
    days = [step_days * j for j in range(payments + 1)]
    interest = rate * step_days / 360
    return days, [1 - fee, *[-interest] * (payments - 1), -1 - interest]


# ---- all_in_apr


@given(st.lists(st.floats(0.01, 1.0), min_size=1, max_size=12), st.floats(0.3, 0.999))
def test_against_bisection(repayments, paid_out):
    days = [0, *range(30, 30 * len(repayments) + 1, 30)]
    amounts = [paid_out * sum(repayments), *[-amount for amount in repayments]]
    assert apr.all_in_apr(days, amounts) == pytest.approx(bisected(days, amounts, 0, 1e3), abs=ROUNDING)


@given(st.floats(1.001, 1.5), st.sampled_from([30, 180, 1080]))
def test_a_loan_that_pays_the_borrower_has_a_negative_rate(paid_out, days):
    assert apr.all_in_apr([0, days], [paid_out, -1.0]) == pytest.approx((1 / paid_out - 1) * 360 / days, abs=ROUNDING)


def test_a_free_loan_costs_nothing():
    assert apr.all_in_apr([0, 30, 60], [100.0, -40.0, -60.0]) == 0.0


def test_flows_of_one_day_net_and_order_does_not_matter():
    plain = apr.all_in_apr([0, 30, 60], [99.0, -1.0, -101.0])
    assert apr.all_in_apr([60, 0, 30, 0, 60], [-100.0, 100.0, -1.0, -1.0, -1.0]) == plain


def test_a_subsidy_after_the_last_payment_counts_when_it_is_received():
    days, amounts = [0, 30, 60, 90], [100.0, -1.0, -101.0, 0.5]
    late = apr.all_in_apr(days, amounts)
    assert late == pytest.approx(bisected(days, amounts, 0, 1), abs=ROUNDING)
    assert late > apr.all_in_apr([0, 30, 60], [100.0, -1.0, -100.5])


@pytest.mark.parametrize(
    ("days", "amounts"),
    [
        ([0, 30], [-100.0, 101.0]),  # the borrower lends
        ([0, 30], [100.0, 1.0]),  # never repaid
        ([0, 30, 60], [100.0, -150.0, 60.0]),  # received, over-repaid, received again: two rates
        ([10, 30], [100.0, -101.0]),  # nothing on the day of signing
        ([0], [100.0]),
        ([], []),
        ([0, 30], [100.0]),
        ([0, 30], [math.nan, -101.0]),
    ],
)
def test_flows_without_a_single_rate_are_refused(days, amounts):
    with pytest.raises(ValueError, match=r"the cash flows|two equal lists"):
        apr.all_in_apr(days, amounts)


# ---- the quote kernel's versions


@given(
    st.floats(-0.02, 0.36),
    st.sampled_from([15, 30, 90]),
    st.integers(1, 36),
    st.one_of(st.just(0.0), st.floats(0.0, 0.1)),
)
def test_bullet_apr_is_the_all_in_apr(rate, step_days, payments, fee):
    expected = apr.all_in_apr(*bullet(rate, step_days, payments, fee))
    assert apr.bullet_apr(rate, step_days, payments, fee) == pytest.approx(expected, abs=ROUNDING)


loans = st.tuples(
    st.one_of(st.floats(-0.02, 0.36), st.floats(5.0, 9.0)),  # the dearest take more than one step
    st.integers(1, 36),
    st.one_of(st.just(0.0), st.floats(0.0, 0.1)),
)


@given(st.lists(loans, max_size=300), st.sampled_from([15.0, 30.0, 90.0]))
def test_many_loans_at_once_have_the_apr_of_each(loans, step_days):
    rates, payments, fees = np.array(loans).reshape(-1, 3).T.copy()
    together = np.empty(rates.size)
    apr.bullet_apr_each(rates, step_days, payments, fees, together)
    assert together.tolist() == [apr.bullet_apr(rate, step_days, *rest) for rate, *rest in loans]


@given(st.floats(0.0, 0.5))
def test_one_payment_costs_its_rate(rate):
    assert apr.bullet_apr(rate, 30, 1) == pytest.approx(rate, abs=ROUNDING)


@given(st.floats(0.0, 0.3), st.integers(1, 720), st.floats(0.0, 0.1), st.floats(0.1, 1.0))
def test_discount_apr_is_the_all_in_apr(rate, days, fee, advance):
    flows = apr.discounted_receivable_cash_flows(250.0, days, advance, rate, fee * advance)
    assert apr.discount_apr(rate, days, fee) == pytest.approx(apr.all_in_apr(*flows), rel=1e-9, abs=ROUNDING)


def test_a_discount_that_leaves_nothing_has_no_rate():
    assert apr.discount_apr(1.0, 360) == math.inf


def test_timing_is_what_the_terms_leave_open():
    assert apr.apr_timing(apr.discount_apr(0.05, 90), 0.05) == pytest.approx(0.05 / 0.9875 - 0.05, abs=1e-10)


# ---- the borrower's other views


def test_hold_back_nets_out_of_the_cash_flows():
    days, amounts = apr.discounted_receivable_cash_flows(1e6, 90, 0.8, 0.06, 0.003)
    np.testing.assert_array_equal(days, [0.0, 90.0])
    np.testing.assert_allclose(amounts, [785_000.0, -800_000.0])


@given(st.floats(0.001, 0.2), st.integers(1, 360))
def test_effective_rate_compounds(rate, days):
    effective = apr.effective_rate(rate, days)
    assert (1 + effective) ** (days / 360) == pytest.approx(1 + rate * days / 360, rel=1e-9)
    assert apr.effective_rate(rate, 360) == pytest.approx(rate, abs=1e-10)


@pytest.mark.parametrize(
    ("discount", "net_days", "reason"),
    [(0.02, 10, "must end before"), (0.02, 5, "must end before"), (1.0, 30, "money received on day 0")],
)
def test_an_impossible_early_payment_is_refused(discount, net_days, reason):
    with pytest.raises(ValueError, match=reason):
        apr.early_payment_cost(discount, 10, net_days)
