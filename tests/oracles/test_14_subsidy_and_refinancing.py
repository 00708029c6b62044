"""Oracle 14: what an interest subsidy comes to, and what refinancing takes off a break-even price."""

from types import SimpleNamespace

import numpy as np
import pytest

from policies.waterfall import break_even_rate, facility_relief
from sim.lever_terms import CLASSES, WITH, LeverTerms
from sim.lever_use import use_of_levers
from sim.quotes import subsidy_rate

FUNDING, HURDLE, CAPITAL = 0.025, 0.12, 0.085
YUAN = 100
BUDGETS = ("interest_subsidy", "discount_subsidy")


def committed(points, days, sold=False):
    """Budget that a fen of principal commits at signing, by the engine's own reckoning."""
    shape = (2, CLASSES, 1)
    subsidy = np.zeros(shape)
    subsidy[WITH] = points
    zero = np.zeros(shape)
    terms = LeverTerms(
        np.ones(shape, bool), zero, zero, zero, zero, zero, zero, zero, zero, subsidy, zero, 0.0, 1.0, zero + 1
    )  # fmt: skip
    model = SimpleNamespace(levers=SimpleNamespace(find=lambda kind: None, rationed=lambda: list(BUDGETS)))
    products = SimpleNamespace(sold=np.array([sold]), product=np.array([0]))
    one = np.ones((1, 1))
    use = use_of_levers(model, products, terms, np.array([0]), days * one, 0 * one, 0 * one)[0, 0, WITH]  # type: ignore[arg-type]
    return dict(zip(BUDGETS, use.tolist(), strict=True))


def test_one_and_a_half_points_on_200m_for_nine_months():
    use = committed(0.015, 270)
    assert use["interest_subsidy"] * 200e6 * YUAN == pytest.approx(2.25e6 * YUAN, abs=1)
    assert use["discount_subsidy"] == 0


def test_discounts_are_subsidised_from_a_budget_of_their_own():
    use = committed(0.01, 180, sold=True)
    assert use["discount_subsidy"] * 10e6 * YUAN == pytest.approx(50_000 * YUAN, abs=1)
    assert use["interest_subsidy"] == 0


def test_above_the_cap_on_principal_the_rest_gets_none():
    points = subsidy_rate(0.015, 50e6 * YUAN, 200e6 * YUAN, False)
    assert points * 200e6 * 0.75 == pytest.approx(2.25e6 / 4, abs=1)
    assert subsidy_rate(0.015, np.inf, 200e6 * YUAN, False) == 0.015
    assert subsidy_rate(0.015, 0.0, 200e6 * YUAN, False) == 0
    assert subsidy_rate(0.015, 0.0, 200e6 * YUAN, True) == 0.015  # discounts have no cap


def saved(share, loss=0.018, funding=FUNDING, gap=0.01):
    """Basis points off the break-even price of a one-year loan."""
    relief = facility_relief(funding, funding - gap, share, CAPITAL)
    prices = [break_even_rate(funding, CAPITAL, HURDLE, 0.01, loss, 360, taken) for taken in (0.0, relief)]
    return (prices[0] - prices[1]) * 1e4


def test_sixty_percent_of_principal_and_of_the_debt_funded_part():
    assert saved(0.6) == pytest.approx(61.10, abs=0.005)
    assert saved(0.6 * (1 - CAPITAL)) == pytest.approx(55.91, abs=0.005)


def test_no_more_than_the_debt_funded_part_is_refinanced():
    most = (1 - CAPITAL) * 0.01 / (1 - 0.018) * 1e4
    assert saved(1 - CAPITAL) == saved(0.95) == saved(1.0) == pytest.approx(most, abs=0.005)


def test_a_facility_dearer_than_own_funds_stays_undrawn():
    assert saved(0.6, gap=-0.005) == 0


def test_another_parameter_set():
    assert saved(0.3, loss=0.05, funding=0.04, gap=0.02) == pytest.approx(0.3 * 0.02 / 0.95 * 1e4, abs=0.005)
