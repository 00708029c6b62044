"""Oracle 3, with the refinancing figures of oracle 14: break-even price of a one-year loan (closed form)."""

import pytest

from policies.waterfall import break_even_rate, facility_relief, price, term_default_probability

FUNDING, HURDLE, CAPITAL, LGD, OPERATING = 0.025, 0.12, 0.085, 0.6, 0.01


def rate(pd=0.03, funding=FUNDING, relief=0.0, operating=OPERATING, guaranteed=0.0):
    loss = term_default_probability(pd, 360) * LGD * (1 - guaranteed)
    return break_even_rate(funding, CAPITAL, HURDLE, operating, loss, 360, relief)


def test_break_even_price_and_its_loss_term():
    terms = price(FUNDING, CAPITAL, HURDLE, OPERATING, 0.03 * LGD, 360, 0.0)
    assert terms.rate == rate() == pytest.approx(0.062195, abs=5e-7)
    assert terms.expected_loss == pytest.approx(0.018 * (1 + terms.rate), abs=2e-10)
    without_gross_up = terms.rate - terms.expected_loss + 0.018  # the common mistake
    assert without_gross_up == pytest.approx(0.061075, abs=5e-7)


def test_relending_half_of_the_debt_funded_part():
    relief = facility_relief(FUNDING, 0.015, 0.5 * (1 - CAPITAL), CAPITAL)
    assert rate(relief=relief) == pytest.approx(0.057536, abs=5e-7)


def test_pass_through_of_funding_cost():
    passed = (rate(funding=0.030) - rate(funding=0.020)) / 0.010
    assert passed == pytest.approx(0.931772, abs=5e-7)


def test_one_point_more_default():
    assert (rate(pd=0.04) - rate(pd=0.03)) * 1e4 == pytest.approx(65.30, abs=0.005)


def test_another_parameter_set_with_a_guarantee_and_its_fee():
    expected = (1 + FUNDING * (1 - CAPITAL) + HURDLE * CAPITAL + 0.01 + 0.008) / (1 - 0.05 * LGD * 0.2) - 1
    assert rate(pd=0.05, operating=0.018, guaranteed=0.8) == pytest.approx(expected, abs=5e-10)


@pytest.mark.parametrize(
    ("share", "basis_points"), [(0.6, 61.10), (0.6 * (1 - CAPITAL), 55.91), (1.0, 0.915 / 0.982 * 100)]
)
def test_refinancing_of_principal_is_bounded_by_the_debt_funded_part(share, basis_points):
    saved = rate() - rate(relief=facility_relief(FUNDING, 0.015, share, CAPITAL))
    assert saved * 1e4 == pytest.approx(basis_points, abs=0.005)
