"""Oracle 5: what an insurer pays on a year's sum of losses, min(M, c·max(0, S − D)), and on each and every loss."""

import numpy as np
import pytest
from scipy.stats import binom

from agents.carrier import premium
from policies.layers import Layer, expected_payments, payments

BUYERS, EACH, PD = 50, 20, 0.04
WHOLE = BUYERS * EACH
YEARLY = (Layer(0, 1, 0.9, deductible=50 / WHOLE, cap=200 / WHOLE),)  # on the year's sum
SINGLE = (Layer(0, 1, 0.9, deductible=5 / EACH),)  # on each buyer's failure
SURE = np.ones(1)


@pytest.mark.parametrize(("loss", "paid"), [(40, 0), (100, 45), (300, 200), (400, 200)])
@pytest.mark.parametrize("unit", [1, 10**8])
def test_aggregate_deductible_and_limit(loss, paid, unit):
    assert payments(np.array([loss * unit]), np.array([WHOLE * unit]), YEARLY).tolist() == [[paid * unit]]


def test_expected_payout_of_a_year():
    failed = np.arange(BUYERS + 1)
    shares = expected_payments(failed * EACH / WHOLE, YEARLY, SURE)[:, 0]
    assert binom.pmf(failed, BUYERS, PD) @ shares * WHOLE == pytest.approx(6.637032, abs=5e-7)


def test_expected_payout_with_a_deductible_on_each_loss():
    expected = BUYERS * PD * EACH * expected_payments(np.ones(1), SINGLE, SURE)[0, 0]
    assert expected == pytest.approx(27.0, abs=1e-9)
    unit = 10**8
    assert payments(np.array([EACH * unit]), np.array([EACH * unit]), SINGLE)[0, 0] == 13.5 * unit


def test_another_policy_in_the_mean_over_ten_thousand_years():
    rng = np.random.default_rng(7)
    layers, exposure = (Layer(0, 1, 0.8, deductible=0.02, cap=0.06),), 30 * 70_000
    losses = rng.binomial(30, 0.05, 10_000) * 70_000
    paid = payments(losses, np.full(losses.size, exposure), layers)[:, 0]
    failed = np.arange(31)
    priced = binom.pmf(failed, 30, 0.05) @ expected_payments(failed / 30, layers, SURE)[:, 0] * exposure
    assert abs(paid.mean() - priced) < 3 * paid.std() / np.sqrt(paid.size)


def test_a_premium_is_expected_claims_with_a_loading_and_at_least_the_minimum():
    assert premium(np.array([0.01, 0.0001]), 1.45, 0.002).tolist() == pytest.approx([0.0145, 0.002])
