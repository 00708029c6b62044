"""Money arithmetic against Python's unbounded integers, special functions against SciPy."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import ndtr, ndtri

from agents import numeric

MOST = 2**53 - 1
WEIGHTS = st.lists(st.one_of(st.just(0.0), st.floats(1e-6, 1e6)), max_size=12)


@st.composite
def products(draw):
    """(a, b, c) within the contract of mul_div, large results and exact divisions included."""
    c = draw(st.one_of(st.integers(1, 2**60), st.integers(1, 10**6)))
    result = draw(st.integers(0, MOST - 1))
    a = draw(st.integers(1, 2**60))
    b = min((result * c + draw(st.integers(0, c - 1))) // a, 2**62)
    return a, b, c


@settings(max_examples=500)
@given(products())
def test_mul_div_is_the_exact_floor(abc):
    a, b, c = abc
    assert numeric.mul_div(a, b, c) == a * b // c


@pytest.mark.parametrize(("a", "b", "c"), [(10**12, 10**12, 10**12), (3, MOST, 3), (0, 5, 7), (MOST, 2**60, 2**60)])
def test_mul_div_where_the_product_overflows(a, b, c):
    assert numeric.mul_div(a, b, c) == a * b // c


def test_mul_div_each_is_exact_at_every_magnitude():
    rng = np.random.default_rng(1)
    part, whole = rng.integers(0, 2**53, 20_000), rng.integers(1, 2**60, 20_000)
    paid = np.minimum(rng.integers(0, 2**60, 20_000), whole)
    expected = [int(a) * int(b) // int(c) for a, b, c in zip(part, paid, whole, strict=True)]
    assert numeric.mul_div_each(part, paid, whole).tolist() == expected
    with pytest.raises(ValueError, match="one length"):
        numeric.mul_div_each(part, paid, whole[1:])


@given(st.integers(0, MOST), st.floats(0, 1))
def test_share_is_a_floor_and_never_more_than_the_amount(amount, share):
    part = int(numeric.share_of(np.array([amount]), np.array([share]))[0])
    exact = Fraction(amount) * Fraction(share)
    assert 0 <= part <= amount
    assert -math.ulp(float(amount)) <= exact - part <= 1 + math.ulp(float(amount))


def test_share_of_round_percentages():
    amount = np.array([10, 1000, 999, MOST])
    assert numeric.share_of(amount, 0.3)[:3].tolist() == [3, 300, 299]
    assert numeric.share_of(amount, 1.0).tolist() == amount.tolist()


@given(st.integers(0, MOST), WEIGHTS)
def test_apportioned_parts_add_up(total, weights):
    parts = numeric.apportion(total, weights)
    assert parts.dtype == np.int64
    assert parts.sum() == (total if any(weights) else 0)
    assert (parts >= 0).all()
    assert (parts[np.array(weights) == 0.0] == 0).all()


@given(st.integers(0, 10**9), st.lists(st.integers(1, 1000), min_size=1, max_size=12))
def test_apportioning_rounds_cumulative_shares(total, weights):
    reached = np.cumsum(numeric.apportion(total, weights))
    for k in range(len(weights)):
        share = Fraction(total * sum(weights[: k + 1]), sum(weights))
        if (2 * share).denominator > 1 or share.denominator == 1:  # a tie may not be exact in float64
            assert reached[k] == round(share)


def test_apportioning_ties_go_down():
    assert numeric.apportion(1, [1, 1]).tolist() == [0, 1]
    assert numeric.apportion(3, [1, 1]).tolist() == [1, 2]
    assert numeric.apportion(2**52 + 1, [1.0]).tolist() == [2**52 + 1]


@given(st.lists(st.tuples(st.integers(0, MOST), WEIGHTS), max_size=5))
def test_segments_apportion_as_single_totals_do(segments):
    totals = np.array([total for total, _ in segments], np.int64)
    start = np.cumsum([0] + [len(weights) for _, weights in segments])
    weights = np.array([weight for _, weights in segments for weight in weights], np.float64)
    parts = numeric.apportion_segments(totals, weights, start)
    one_by_one = [numeric.apportion(total, weights).tolist() for total, weights in segments]
    assert parts.tolist() == [part for single in one_by_one for part in single]
    sums = numeric.sum_segments(start, parts)
    assert sums.tolist() == [total if any(weights) else 0 for total, weights in segments]


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(-(2**58), 2**58)), max_size=16))
def test_scattered_sums_are_exact_above_two_to_the_53(rows):
    index = np.array([row[0] for row in rows], np.int64)
    amount = np.array([row[1] for row in rows], np.int64)
    expected = [sum(value for key, value in rows if key == k) for k in range(5)]
    assert numeric.sum_by(index, amount, 5).tolist() == expected
    target = np.arange(5)
    numeric.add_at(target, index, amount)
    assert target.tolist() == [k + value for k, value in enumerate(expected)]


@pytest.mark.parametrize("index", [-1, 3])
def test_scatter_refuses_to_write_outside(index):
    with pytest.raises(IndexError, match="outside"):
        numeric.add_at(np.zeros(3, np.int64), np.array([index]), np.array([1]))


@given(st.floats(-10, 10))
def test_rounded_rates(rate):
    rounded = numeric.round_rate(rate)
    assert abs(rounded - rate) <= 0.5000001e-10
    assert numeric.round_rate(rounded) == rounded
    assert numeric.round_rate_each([rate])[0] == rounded
    assert numeric.decision_key(rate) == numeric.decision_key_each([rate])[0] == round(rate * 1e6)


def test_decision_key_counts_hundredths_of_a_basis_point():
    assert numeric.decision_key(0.0435) == 43_500
    assert numeric.decision_key(0.0435 + 0.004 * numeric.BASIS_POINT) == 43_500
    assert numeric.decision_key(0.0435 + 0.006 * numeric.BASIS_POINT) == 43_501


@given(st.floats(0, 0.99), st.sampled_from([5, 6, 10, 15, 30]))
def test_monthly_and_annual_parameters_compound_back(value, step_days):
    steps_per_year, steps_per_month = 360 // step_days, 30 // step_days
    survival = (1 - numeric.step_probability(value, step_days)) ** steps_per_year
    assert survival == pytest.approx(1 - value, rel=1e-12)
    persistence = numeric.step_persistence(value, step_days) ** steps_per_month
    assert persistence == pytest.approx(value, rel=1e-12, abs=1e-300)


@given(st.lists(st.integers(0, 400), min_size=1), st.sampled_from([5, 10, 15, 30]))
def test_split_term_keeps_its_mean(days, step_days):
    earlier, later = numeric.split_term(days, step_days)
    assert ((later >= 0) & (later < 1)).all()
    assert (earlier + later) * step_days == pytest.approx(np.array(days, float), rel=1e-14)
    assert earlier.dtype == np.int64


def test_split_term_examples():
    assert numeric.split_term(60, 30) == (2, 0.0)
    assert numeric.split_term(75.0, 30) == (2, 0.5)


def test_normal_cdf_and_ppf_match_scipy_deep_into_the_tails():
    p = np.concatenate([10.0 ** np.arange(-300, 0), np.linspace(0.001, 0.999, 997), [0.075, 0.925, 1 - 1e-12]])
    found = np.array([numeric.normal_ppf(x) for x in p])
    assert found == pytest.approx(ndtri(p), rel=3e-15, abs=1e-16)
    x = np.linspace(-37, 8, 901)
    assert np.array([numeric.normal_cdf(v) for v in x]) == pytest.approx(ndtr(x), rel=1e-12, abs=0)
    assert (numeric.normal_ppf(0.0), numeric.normal_ppf(1.0)) == (-math.inf, math.inf)
    assert math.isnan(numeric.normal_ppf(-0.1)) and math.isnan(numeric.normal_ppf(1.1))


def bivariate_by_quadrature(x: float, y: float, rho: float) -> float:
    """Integral of phi(z) Phi((y - rho z) / sqrt(1 - rho^2)) up to x, in many small panels."""
    node, weight = np.polynomial.legendre.leggauss(16)
    edge = np.linspace(-12.0, x, 2001)
    half = (x + 12.0) / 4000
    z = (edge[:-1, None] + half + half * node).ravel()
    inner = ndtr((y - rho * z) / math.sqrt(1 - rho * rho))
    return float(np.sum(half * np.tile(weight, 2000) * stats.norm.pdf(z) * inner))


def bivariate_normal(x, y, rho):
    return numeric.bivariate_normal_cdf(x, y, rho, numeric.bivariate_nodes(rho))


@given(st.floats(-4, 4), st.floats(-4, 4), st.floats(-0.9995, 0.9995))
def test_bivariate_normal_against_quadrature(x, y, rho):
    found = bivariate_normal(x, y, rho)
    assert found == pytest.approx(bivariate_by_quadrature(x, y, rho), abs=2e-14)
    assert found == pytest.approx(bivariate_normal(y, x, rho), abs=1e-15)


@pytest.mark.parametrize("rho", [-1.0, -0.99, -0.925, -0.5, 0.0, 0.3, 0.924, 0.925, 0.95, 1.0])
def test_bivariate_normal_at_the_origin_and_the_edges(rho):
    sheppard = 0.25 + math.asin(rho) / (2 * math.pi)
    assert bivariate_normal(0.0, 0.0, rho) == pytest.approx(sheppard, abs=1e-15)
    assert bivariate_normal(-math.inf, 1.0, rho) == 0.0
    assert bivariate_normal(math.inf, 1.0, rho) == numeric.normal_cdf(1.0)
    if abs(rho) < 1:
        law = stats.multivariate_normal(cov=[[1, rho], [rho, 1]])
        assert bivariate_normal(-1.2, 0.7, rho) == pytest.approx(law.cdf([-1.2, 0.7]), abs=1e-6)


def test_bivariate_normal_of_perfect_dependence():
    assert bivariate_normal(-0.5, 0.3, 1.0) == pytest.approx(ndtr(-0.5), abs=1e-16)
    assert bivariate_normal(0.5, 0.3, -1.0) == pytest.approx(ndtr(0.5) - ndtr(-0.3), abs=1e-15)
    assert bivariate_normal(-0.5, 0.3, -1.0) == 0.0
