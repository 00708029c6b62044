"""Oracle 4: who bears a loss. Ranked layers in fen, and their expectation before the loss is known.

The oracle's pool is a first-loss layer of rank 1, and everything applies to the portfolio's loss: one row of
`policies.layers` is then the whole portfolio.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, norm

from policies.layers import Layer, expected_payments, payments, within

POOL, GUARANTOR, OTHER = range(3)


def first_loss(pool, share, cap):
    """The pool pays up to `pool` of exposure, then a guarantor `share` of the rest up to `cap` of exposure."""
    return Layer(POOL, 1, 1.0, cap=pool), Layer(GUARANTOR, 2, share, cap=cap)


def split(loss, exposure, layers):
    """What each layer and, last, the lender bears, fen."""
    paid = payments(np.array([loss]), np.array([exposure]), layers)[0]
    return [*paid.tolist(), loss - int(paid.sum())]


@pytest.mark.parametrize(("loss", "expected"), [(70, [20, 30, 20]), (30, [20, 8, 2])])
@pytest.mark.parametrize("unit", [1, 100, 10**8])
def test_first_loss_then_a_capped_quota_share(loss, expected, unit):
    bearers = split(loss * unit, 1000 * unit, first_loss(0.02, 0.8, 0.03))
    assert bearers == [part * unit for part in expected]


def test_one_rank_splits_one_remainder_and_the_odd_fen_is_the_lenders():
    quotas = tuple(Layer(carrier, 1, share) for carrier, share in enumerate((0.2, 0.2, 0.4)))
    assert split(101, 101, quotas) == [20, 20, 40, 21]


def test_a_deductible_is_borne_before_the_layer_pays():
    assert split(70, 1000, (Layer(OTHER, 1, 0.9, deductible=0.05),)) == [18, 52]
    assert split(40, 1000, (Layer(OTHER, 1, 0.9, deductible=0.05),)) == [0, 40]


def expectation(probability, loss, layers):
    """Expected payment of each layer and the lender's rest, shares of exposure, over a distribution of losses."""
    paid = expected_payments(loss, layers, np.ones(3))
    means = probability @ paid
    return [*means, probability @ loss - means.sum()]


def test_expected_losses_of_a_hundred_loans():
    """100 loans of 10, PD 3 %, LGD 50 %: L = 5·Binomial(100, 3 %)."""
    defaults = np.arange(101)
    means = expectation(binom.pmf(defaults, 100, 0.03), 5 * defaults / 1000, first_loss(0.01, 0.8, 0.02))
    assert np.array(means) * 1000 == pytest.approx([8.789127, 4.908742, 1.302131], abs=5e-7)


def test_with_correlated_defaults_the_lender_keeps_far_more_of_the_same_mean_loss():
    defaults = np.arange(101)
    z, weight = np.polynomial.hermite_e.hermegauss(80)
    given_factor = norm.cdf((norm.ppf(0.03) - np.sqrt(0.15) * z) / np.sqrt(0.85))
    probability = (weight / weight.sum()) @ binom.pmf(defaults, 100, given_factor[:, None])
    loss, layers = 5 * defaults / 1000, first_loss(0.01, 0.8, 0.02)
    alone, together = (expectation(p, loss, layers) for p in (binom.pmf(defaults, 100, 0.03), probability))
    assert sum(together) == pytest.approx(sum(alone), rel=1e-6)
    assert together[2] > 2 * alone[2]
    assert together[0] < alone[0]


@st.composite
def cases(draw):
    """Losses on exposures, and some layers of which no rank promises more than there is."""
    layers = []
    for rank in draw(st.lists(st.integers(1, 4), max_size=3, unique=True)):
        left = 1.0
        for _ in range(draw(st.integers(1, 3))):
            share = draw(st.floats(0, 1)) * left
            left -= share
            layers.append(
                Layer(
                    draw(st.integers(0, 2)),
                    rank,
                    round(share, 6),
                    draw(st.sampled_from([0.0, 0.0, 0.05])),
                    draw(st.sampled_from([1e18, 0.3, 0.01])),
                )
            )
    exposure = np.array(draw(st.lists(st.integers(0, 10**11), min_size=1, max_size=5)))
    severity = np.array(draw(st.lists(st.floats(0, 1), min_size=exposure.size, max_size=exposure.size)))
    return np.floor(exposure * severity).astype(np.int64), exposure, tuple(draw(st.permutations(layers)))


@given(cases())
def test_the_bearers_add_up_to_the_loss_and_ranks_pay_in_their_order(case):
    loss, exposure, layers = case
    paid = payments(loss, exposure, layers)
    assert paid.shape == (loss.size, len(layers))
    assert (paid >= 0).all()
    assert (paid.sum(axis=1) <= loss).all()
    left = loss.copy()
    for rank in sorted({layer.rank for layer in layers}):
        remainder = left.copy()
        for place, layer in enumerate(layers):
            if layer.rank == rank:
                wanted = layer.share * np.maximum(remainder - layer.deductible * exposure, 0)
                assert paid[:, place] == pytest.approx(np.minimum(wanted, layer.cap * exposure), abs=2.1)
                left -= paid[:, place]


@given(cases())
def test_what_is_priced_before_is_paid_after(case):
    """Given exposure and recovery, each layer pays what it was expected to, but for the fen that rounding leaves."""
    loss, exposure, layers = case
    loss, exposure = loss[exposure > 0], exposure[exposure > 0]
    before = expected_payments(loss / exposure, layers, np.ones(3)) * exposure[:, None]
    after = payments(loss, exposure, layers)
    assert np.abs(before - after).max(initial=0) <= 1 + 2 * len(layers)
    single = tuple(layer for layer in layers if layer.deductible == 0 and layer.cap > 1)[:1]
    before = expected_payments(loss / exposure, single, np.ones(3)) * exposure[:, None]
    assert (np.abs(before - payments(loss, exposure, single)) < 1 + 1e-3).all()


def test_over_ten_thousand_defaults_the_mean_paid_is_what_was_priced():
    rng = np.random.default_rng(4)
    layers = (Layer(GUARANTOR, 2, 0.4), Layer(OTHER, 2, 0.2), Layer(POOL, 3, 0.3))
    exposure = rng.integers(10**6, 10**9, 10_000)
    # Either all or nothing is recovered, half of the time each: the loss given default is 50 %.
    loss = np.where(rng.random(exposure.size) < 0.5, exposure, 0)
    paid = payments(loss, exposure, layers) / exposure[:, None]
    priced = expected_payments(np.array([0.5]), layers, np.ones(3))[0]
    error = paid.std(axis=0) / np.sqrt(exposure.size)
    assert (np.abs(paid.mean(axis=0) - priced) < 3 * error).all()
    assert priced == pytest.approx([0.2, 0.1, 0.3 * 0.2])


def test_promises_are_worth_what_the_carriers_money_covers():
    layers = (Layer(GUARANTOR, 1, 0.8), Layer(POOL, 2, 0.5))
    sure = expected_payments(np.array([0.5]), layers, np.ones(3))[0]
    half = expected_payments(np.array([0.5]), layers, np.array([1.0, 0.5, 1.0]))[0]
    assert half.tolist() == [sure[0] / 2, sure[1]]


def test_claims_are_cut_pro_rata_to_the_money_there_is():
    assert within(np.array([60, 30, 10]), 100).tolist() == [60, 30, 10]
    assert within(np.array([60, 30, 10]), 50).tolist() == [30, 15, 5]
    assert within(np.array([1, 1, 1]), 2).tolist() == [0, 0, 0]
    assert within(np.array([7]), -3).tolist() == [0]
