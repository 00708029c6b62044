"""Oracle 9: annual cost of forgoing an early-payment discount, actual/365."""

import pytest

from policies.apr import early_payment_cost


@pytest.mark.parametrize(("discount", "simple"), [(0.02, 0.372449), (0.01, 0.184343)])
def test_published_trade_terms(discount, simple):
    assert early_payment_cost(discount, 10, 30, year=365).simple == pytest.approx(simple, abs=5e-7)


def test_effective_cost_of_two_ten_net_thirty():
    assert early_payment_cost(0.02, 10, 30, year=365).effective == pytest.approx(0.445853, abs=5e-7)


def test_other_terms_on_the_engine_year():
    cost = early_payment_cost(0.015, 15, 60)
    assert cost.simple == pytest.approx(0.015 / 0.985 * 360 / 45, abs=1e-9)
    assert cost.effective == pytest.approx((1 / 0.985) ** (360 / 45) - 1, abs=1e-9)
