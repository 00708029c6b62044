"""The pricing waterfall against its defining equation, brute force and the bounds economics puts on it."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import lambertw
from scipy.stats import norm

from agents.numeric import bivariate_nodes
from policies import waterfall

ROUNDING = 3e-10  # a rate is the sum of five terms rounded to 1e-10

offers = st.fixed_dictionaries(
    {
        "funding": st.floats(0.0, 0.08),
        "capital_share": st.floats(0.0, 0.2),
        "hurdle": st.floats(0.08, 0.2),
        "operating": st.floats(0.0, 0.1),
        "loss": st.floats(0.0, 0.6),
        "days": st.sampled_from([1, 30, 45, 90, 360, 1080]),
        "margin": st.floats(-0.01, 0.05),
    }
)
probabilities = st.floats(0.0, 1.0)


def rate(**offer) -> float:
    return waterfall.price(**offer).rate


# ---- the price


@given(offers, st.floats(0.0, 0.02))
def test_terms_add_up_to_the_rate_and_solve_the_break_even_equation(offer, relief):
    price = waterfall.price(**offer, relief=relief)
    assert price.rate == pytest.approx(sum(price[:-1]), rel=1e-14, abs=1e-13)

    years, k = offer["days"] / 360, offer["capital_share"]
    cost = offer["funding"] * (1 - k) + offer["hurdle"] * k - relief + offer["operating"] + offer["margin"]
    received = (1 + price.rate * years) * (1 - offer["loss"])
    assert received == pytest.approx(1 + cost * years, abs=ROUNDING * max(years, 1))
    assert price.expected_loss * years == pytest.approx(
        offer["loss"] * (1 + price.rate * years), abs=ROUNDING * max(years, 1)
    )
    assert price.capital == pytest.approx(k * (offer["hurdle"] - offer["funding"]), abs=1e-10)


@given(offers, st.sampled_from(["funding", "operating", "loss", "margin"]), st.floats(1e-6, 0.1))
def test_the_rate_rises_with_every_cost(offer, term, more):
    assert rate(**{**offer, term: offer[term] + more}) > rate(**offer)


@given(offers, st.floats(0.0, 0.4), st.floats(0.1, 0.9), st.floats(1e-4, 0.1))
def test_the_rate_rises_with_default_probability_and_loss_given_default(offer, pd, lgd, more):
    def at(pd, lgd):
        loss = waterfall.term_default_probability(pd, offer["days"]) * lgd
        return rate(**{**offer, "loss": loss})

    assert at(pd + more, lgd) > at(pd, lgd)
    assert at(pd, lgd + more) >= at(pd, lgd)


def test_break_even_is_the_price_without_a_margin():
    assert waterfall.break_even_rate(0.025, 0.085, 0.12, 0.01, 0.018, 90) == rate(
        funding=0.025, capital_share=0.085, hurdle=0.12, operating=0.01, loss=0.018, days=90, margin=0.0
    )


def test_a_sure_total_loss_has_no_price():
    assert waterfall.break_even_rate(0.025, 0.085, 0.12, 0.01, 1.0, 90) == math.inf


# ---- what goes into it


@given(probabilities, st.sampled_from([30, 90, 360, 720]))
def test_term_default_probability_compounds_to_the_annual_one(pd, days):
    over_term = waterfall.term_default_probability(pd, days)
    assert (1 - over_term) ** 360 == pytest.approx((1 - pd) ** days, abs=1e-7)
    assert waterfall.term_default_probability(pd, 360) == pytest.approx(pd, abs=1e-10)


def joint_default(pd_a, pd_b, correlation):
    return waterfall.joint_default_probability(pd_a, pd_b, correlation, bivariate_nodes(correlation))


@given(probabilities, probabilities, st.floats(-0.99, 0.99))
def test_joint_default_lies_between_the_frechet_bounds(pd_a, pd_b, correlation):
    joint = joint_default(pd_a, pd_b, correlation)
    assert max(0.0, pd_a + pd_b - 1.0) - 1e-10 <= joint <= min(pd_a, pd_b) + 1e-10
    assert joint_default(pd_a, pd_b, 0.0) == pytest.approx(pd_a * pd_b, abs=1e-10)
    assert joint_default(pd_b, pd_a, correlation) == pytest.approx(joint, abs=1e-10)


def test_joint_default_by_integrating_over_the_common_factor():
    a, b, loading, rest = norm.ppf(0.03), norm.ppf(0.08), math.sqrt(0.4), math.sqrt(0.6)

    def both_default(z):
        return norm.pdf(z) * norm.cdf((a - loading * z) / rest) * norm.cdf((b - loading * z) / rest)

    expected, _ = quad(both_default, -10, 10, epsabs=1e-12)
    assert joint_default(0.03, 0.08, 0.4) == pytest.approx(expected, abs=1e-10)


def test_operating_cost_of_a_small_short_ticket():
    # 600 yuan on 10,000 yuan over 90 days: 24 % p.a., plus half a per cent of running cost.
    assert waterfall.operating_cost(60_000, 1_000_000, 90, 0.005) == pytest.approx(0.245, abs=1e-10)


def test_equity_never_funds_more_than_the_loan():
    assert waterfall.capital_share(0.85, 0.14) == pytest.approx(0.119)
    assert waterfall.capital_share(12.5, 0.14) == 1.0


@given(st.floats(0.0, 0.05), st.floats(0.0, 0.05), st.floats(0.0, 1.0), st.floats(0.0, 0.3))
def test_a_facility_is_drawn_only_where_cheaper_and_only_on_the_debt_funded_part(funding, policy, share, k):
    relief = waterfall.facility_relief(funding, policy, share, k)
    assert relief == pytest.approx(max(0.0, funding - policy) * min(share, 1 - k), abs=1e-10)


# ---- competition


def best_shares(alpha, costs, outside):
    """Each lender's most profitable share by bisection on its first-order condition, rivals at cost + 1/α."""
    shares = []
    for j, own in enumerate(costs):
        rivals = [outside] + [c + 1 / alpha for i, c in enumerate(costs) if i != j]

        def share_at(price, rivals=rivals):
            return 1 / (1 + sum(math.exp(alpha * (price - rival)) for rival in rivals))

        low, high = own, own + 50 / alpha
        for _ in range(100):
            middle = (low + high) / 2
            if middle < own + 1 / (alpha * (1 - share_at(middle))):
                low = middle
            else:
                high = middle
        shares.append(share_at(low))
    return np.array(shares)


def odds_of(alpha, costs, outside):
    odds = np.empty(len(costs))
    waterfall.choice_odds(alpha, np.array(costs), np.array([0, len(costs)]), np.array([outside]), odds)
    return odds


def margins(alpha, costs, outside):
    return np.array([waterfall.logit_margin(alpha, each) for each in odds_of(alpha, costs, outside)])


def shares_of(alpha, costs, outside):
    odds = odds_of(alpha, costs, outside)
    return odds / (1 + odds)


alphas = st.floats(100.0, 400.0)
markets = st.lists(st.floats(0.02, 0.09), min_size=1, max_size=9)
outsides = st.floats(0.02, 0.09)


@given(alphas, markets, outsides)
def test_shares_against_bisection(alpha, costs, outside):
    shares = shares_of(alpha, costs, outside)
    np.testing.assert_allclose(shares, best_shares(alpha, costs, outside), atol=1e-8)
    assert (shares > 0).all() and (shares < 1).all()


@given(alphas, markets, outsides, st.data())
def test_own_cost_passes_through_by_one_less_the_share(alpha, costs, outside, data):
    j = data.draw(st.integers(0, len(costs) - 1))
    shares = shares_of(alpha, costs, outside)
    up, down, step = list(costs), list(costs), 1e-5
    up[j] += step
    down[j] -= step
    change = (margins(alpha, up, outside)[j] - margins(alpha, down, outside)[j]) / (2 * step)
    assert 1 + change == pytest.approx(1 - shares[j], abs=1e-4)


@given(alphas, markets, outsides, st.floats(-0.01, 0.01))
def test_a_cost_common_to_all_passes_through_in_full(alpha, costs, outside, shift):
    moved = margins(alpha, [cost + shift for cost in costs], outside + shift)
    np.testing.assert_allclose(moved, margins(alpha, costs, outside), atol=1e-9)


@given(alphas, markets, outsides)
def test_the_margin_is_above_the_least_and_a_cheaper_lender_stays_cheaper(alpha, costs, outside):
    margin = margins(alpha, costs, outside)
    assert (margin >= 1 / alpha - 1e-10).all()
    prices = np.array(costs) + margin
    assert (np.diff(prices[np.argsort(costs)]) >= -1e-9).all()


def test_a_lender_that_makes_no_offer_takes_no_part():
    with_it, without = shares_of(220.0, [0.04, math.inf, 0.05], 0.06), shares_of(220.0, [0.04, 0.05], 0.06)
    assert with_it[1] == 0.0
    np.testing.assert_array_equal(with_it[[0, 2]], without)


def test_a_captive_firm_pays_up_to_the_outside_offer():
    # One lender at 4 %, the market price plus switching cost 80 bp above its least price.
    (margin,) = margins(220.0, [0.04], 0.04 + 1 / 220 + 0.008)
    assert 1 / 220 < margin < 1 / 220 + 0.008
    (alone,) = margins(220.0, [0.04], 20.0)  # extreme, but finite
    assert 1 / 220 < alone < 20.0


@given(alphas, st.lists(st.tuples(markets, outsides), min_size=1, max_size=4))
def test_each_borrower_chooses_as_if_alone(alpha, borrowers):
    costs = [np.array(each) for each, _ in borrowers]
    start, odds = np.cumsum([0, *map(len, costs)]), np.empty(sum(map(len, costs)))
    waterfall.choice_odds(alpha, np.concatenate(costs), start, np.array([outside for _, outside in borrowers]), odds)
    assert odds.tolist() == [each for market in borrowers for each in odds_of(alpha, *market)]


def test_lambert_w_is_the_inverse_of_w_times_its_exponential():
    x = np.concatenate([[0.0], np.geomspace(1e-12, 1e12, 400), np.linspace(9.99, 10.01, 21)])
    found = np.empty(x.size)
    waterfall.lambert_w(x, found)
    np.testing.assert_allclose(found, lambertw(x).real, rtol=3e-9)
