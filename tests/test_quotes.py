"""Quotes: the kernel against a plain version, the reasons of refusal, and prices that add up term by term."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import world

from policies.apr import all_in_apr, discounted_receivable_cash_flows
from policies.waterfall import (
    capital_share,
    choice_shares,
    joint_default_probability,
    logit_margin,
    operating_cost,
    price,
    term_default_probability,
)
from sim import credit_market
from sim.contracts import BILL_DISCOUNT, FACTORING, PRODUCTS, RECEIVABLE_PLEDGE, RECOURSE_FACTORING, TERM_LOAN
from sim.quotes import (
    NO_LENDER,
    NOT_ELIGIBLE,
    OFFERED,
    PRICE_CAP,
    RISK,
    Askers,
    Lenders,
    PricingRules,
    accepted_terms,
    perceived_pd,
    quote,
)
from sim.schedule import STEP

P = len(PRODUCTS)
BANKS, REACH = 4, 3
BOUGHT = (FACTORING, BILL_DISCOUNT)
RECOURSE = (RECOURSE_FACTORING, BILL_DISCOUNT)
SAME = 1e-8  # where lenders compete hard, a margin magnifies the last digit of costs


def logistic(x):
    return 1 / (1 + math.exp(-x))


def plain_pd(a, r, lender, askers, lenders):
    """What the lender sees, pulled towards the group's mean in proportion to how noisy it is."""
    signal, noise = askers.group_variance[a], askers.noise_variance[a, r]
    trust = signal / (signal + noise) if signal + noise > 0 else 1.0
    seen = askers.score[a] + askers.noise[a, r]
    logit = trust * seen + (1 - trust) * askers.group_mean[a] + lenders.intercept[lender]
    return round(logistic(logit), 10)  # rates, also PDs, are rounded where they are born


def plain_loss(a, p, pd, askers, rules):
    """Expected loss over the life: the buyer's on bought paper, both must default where there is recourse."""
    days, lgd = askers.days[a, p], rules.loss_given_default[p]
    buyer = term_default_probability(askers.obligor_pd[a, p], days)
    if p == FACTORING:
        return buyer * lgd
    seller = term_default_probability(pd, days)
    if p not in RECOURSE:
        return seller * lgd
    group = term_default_probability(logistic(askers.group_mean[a]), days)
    both = joint_default_probability(group, buyer, rules.correlation) / group
    return seller * both * lgd


def plain_reason(a, p, r, askers, lenders, rules):
    lender = askers.reach[a, r]
    if lender < 0:
        return NO_LENDER
    if askers.limit[a, p] <= 0:
        return NOT_ELIGIBLE
    if not lenders.lends[lender]:
        return NO_LENDER
    who_owes = askers.obligor_pd[a, p] if p in BOUGHT else plain_pd(a, r, lender, askers, lenders)
    return RISK if who_owes > rules.cut_off[p] * lenders.cut_factor[lender] else OFFERED


def plain_quotes(askers, lenders, rules, reference):
    """{(asker, product, place): (reason, Price or None)} by one pass over everybody."""
    book = {}
    for a in range(askers.firm.size):
        for p in range(P):
            days, k = askers.days[a, p], capital_share(askers.risk_weight[a, p], rules.target_capital)
            prices, costs = {}, np.full(REACH, math.inf)
            for r in range(REACH):
                reason, lender = plain_reason(a, p, r, askers, lenders, rules), askers.reach[a, r]
                book[a, p, r] = (reason, None)
                if reason != OFFERED:
                    continue
                running = lenders.running_cost[lender]
                spread = operating_cost(rules.fixed_cost[p], askers.amount[a, p], days, running)
                loss = plain_loss(a, p, plain_pd(a, r, lender, askers, lenders), askers, rules)
                prices[r] = (lenders.funding[lender], k, rules.hurdle, spread, loss, days)
                costs[r] = price(*prices[r], 0.0).rate
            shares = np.empty(REACH)
            choice_shares(rules.alpha, costs, reference[p, askers.grade[a]] + rules.switching, shares)
            for r, parts in prices.items():
                margin = logit_margin(rules.alpha, shares[r]) * (1 + rules.captive)
                margin -= lenders.mandate[askers.reach[a, r]] * askers.sme[a]
                offer = price(*parts, margin)
                book[a, p, r] = (OFFERED, offer) if offer.rate <= rules.legal_cap else (PRICE_CAP, None)
    return book


@st.composite
def markets(draw):
    """Askers, lenders, rules and last prices."""
    count, step_days = draw(st.integers(1, 4)), draw(st.sampled_from([5, 10, 30]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))

    def between(low, high, *shape):
        return np.round(rng.uniform(low, high, shape), 10)

    reach = np.array([rng.permutation(BANKS)[:REACH] for _ in range(count)], np.int16)
    reach[:, -1] = np.where(rng.random(count) < 0.3, -1, reach[:, -1])  # not everybody reaches as many
    days = rng.integers(1, 13, (count, P)) * float(step_days)
    amount = rng.integers(1_000_000, 500_000_000, (count, P))
    askers = Askers(
        np.arange(count), reach, amount * (rng.random((count, P)) < 0.8), amount, days,
        np.rint(days / step_days).astype(np.int64), between(0, 0.1, count, P),
        rng.choice([0.75, 0.85, 1.0], (count, P)), between(-6, -2, count),
        between(-0.5, 0.5, count, REACH), between(0, 0.5, count, REACH) ** 2,
        between(-5, -3, count), between(0, 0.5, count), rng.integers(0, 10, count), rng.random(count) < 0.7,
    )  # fmt: skip
    lenders = Lenders(
        between(0.01, 0.05, BANKS), between(0, 0.02, BANKS), between(-0.5, 0.5, BANKS),
        between(0.5, 1, BANKS), between(0, 0.01, BANKS), rng.random(BANKS) < 0.9,
    )  # fmt: skip
    rules = PricingRules(
        between(0.3, 0.6, P), between(0.02, 0.1, P), between(5_000, 90_000, P),
        draw(st.sampled_from([20.0, 80.0, 400.0])), draw(st.sampled_from([0.0, 0.01])),
        draw(st.sampled_from([0.0, 0.5])), draw(st.sampled_from([0.05, 0.1, 0.24])), 0.12, 0.105,
        draw(st.sampled_from([0.0, 0.2])), float(step_days),
    )  # fmt: skip
    return askers, lenders, rules, between(0.03, 0.09, P, 10)


def rates(market, quotes):
    """Rates of all offers, as an array over askers, products and places; infinite where there is none."""
    askers, lenders, rules, _ = market
    offers = np.nonzero(quotes.reason == OFFERED)
    rate = np.full(quotes.reason.shape, math.inf)
    rate[offers] = accepted_terms(*offers, askers, lenders, rules, quotes.margin, quotes.loss)[:, 5]
    return rate


@settings(max_examples=60)
@given(markets())
def test_the_kernel_quotes_what_the_plain_version_quotes(market):
    askers, _, rules, _ = market
    quotes = quote(*market)
    rate = rates(market, quotes)
    for (a, p, r), (reason, offer) in plain_quotes(*market).items():
        here = (a, p, r)
        assert quotes.reason[here] == reason, here
        if offer is None:
            assert quotes.key[here] == np.iinfo(np.int64).max
            continue
        assert rate[here] == pytest.approx(offer.rate, abs=SAME)
        assert quotes.margin[here] == pytest.approx(offer.margin, abs=SAME)
        days = askers.days[a, p]
        if p in BOUGHT:
            flows = discounted_receivable_cash_flows(1e6, days, 1.0, offer.rate, 0.0)
        else:
            steps = np.arange(askers.payments[a, p] + 1)
            paid = np.full(steps.size, offer.rate * rules.step_days / 360)
            paid[-1] += 1
            flows = (steps * rules.step_days, np.append(1.0, -paid[1:]))
        assert quotes.key[here] == pytest.approx(all_in_apr(*flows) * 1e6, abs=1)


@settings(max_examples=60)
@given(markets())
def test_the_terms_of_an_accepted_offer_are_those_quoted_and_add_up(market):
    askers, lenders, rules, _ = market
    quotes, plain = quote(*market), plain_quotes(*market)
    a, p, r = np.nonzero(quotes.reason == OFFERED)
    terms = accepted_terms(a, p, r, askers, lenders, rules, quotes.margin, quotes.loss)
    assert (terms[:, 4] == quotes.margin[a, p, r]).all()
    assert (np.rint(terms[:, 6] * 1e6) == quotes.key[a, p, r]).all()
    assert terms[:, :5].sum(axis=1) == pytest.approx(terms[:, 5], abs=1e-9)
    for row in range(a.size):
        here = (a[row], p[row], r[row])
        assert terms[row, :6] == pytest.approx(plain[here][1], abs=SAME)
        lender = askers.reach[a[row], r[row]]
        assert terms[row, 0] == lenders.funding[lender]  # those of the lender that lends
        pd = plain_pd(a[row], r[row], lender, askers, lenders)
        if p[row] in BOUGHT:
            pd = askers.obligor_pd[a[row], p[row]]
        assert terms[row, 7] == pytest.approx(pd, abs=1e-9)


@settings(max_examples=60)
@given(markets())
def test_no_offer_is_above_the_legal_cap_and_a_lower_cap_only_takes_offers_away(market):
    askers, lenders, rules, reference = market
    free = quote(askers, lenders, rules._replace(legal_cap=10.0), reference)
    capped = quote(*market)
    offered = capped.reason == OFFERED
    rate, free_rate = rates(market, capped), rates(market, free)
    assert (rate[offered] <= rules.legal_cap).all()
    assert (rate[offered] == free_rate[offered]).all()
    gone = (free.reason == OFFERED) & ~offered
    assert (capped.reason[gone] == PRICE_CAP).all()
    assert (free_rate[gone] > rules.legal_cap).all()


def one_asker(score=-4.0, group_mean=-4.0, **more):
    """One firm and one lender, everything on offer."""
    ones = np.ones((1, P))
    askers = Askers(
        np.array([0]), np.array([[0]], np.int16), np.full((1, P), 10**8), np.full((1, P), 10**8), 90 * ones,
        np.full((1, P), 3), 0.01 * ones, ones, np.array([score]), np.zeros((1, 1)), np.zeros((1, 1)),
        np.array([group_mean]), np.array([0.25]), np.array([4]), np.array([True]),
    )._replace(**more)  # fmt: skip
    lenders = Lenders(*(np.array([x]) for x in (0.025, 0.01, 0.0, 1.0, 0.0, True)))
    rules = PricingRules(
        np.full(P, 0.5), np.full(P, 0.08), np.full(P, 40_000.0), 80.0, 0.01, 0.0, 0.24, 0.12, 0.105, 0.2, 30.0
    )
    return askers, lenders, rules, np.full((P, 10), 0.05)


def test_a_clear_signal_is_believed_and_pure_noise_is_not():
    def seen(noise_variance, variance=0.25, learned=0.0):
        return perceived_pd(-3.0, 0.4, noise_variance, -4.0, variance, learned)

    assert seen(0.0) == pytest.approx(logistic(-2.6), abs=1e-10)
    assert seen(0.1, variance=0.0) == pytest.approx(logistic(-4.0), abs=1e-10)
    assert seen(0.0, variance=0.0) == pytest.approx(logistic(-2.6), abs=1e-10)
    assert seen(0.1, variance=0.3) == pytest.approx(logistic(-4 + 0.75 * 1.4), abs=1e-10)
    assert seen(0.1, variance=0.3, learned=0.5) == pytest.approx(logistic(-3.5 + 0.75 * 1.4), abs=1e-10)


@given(st.floats(-6, -2), st.floats(-6, -2), st.floats(0, 1), st.floats(0.01, 1), st.floats(0.01, 1))
def test_better_information_helps_the_good_and_hurts_the_bad(score, mean, variance, noise, less):
    before, after = (perceived_pd(score, 0.0, wide, mean, variance, 0.0) for wide in (noise, noise * less))
    assert after <= before if score <= mean else after >= before
    low, high = sorted((logistic(score), logistic(mean)))
    assert low - 1e-9 <= after <= high + 1e-9  # between the firm and its group


def test_the_cut_off_is_about_who_owes():
    def refused(**more):
        reason = quote(*one_asker(**more)).reason[0, :, 0]
        return {p for p in range(P) if reason[p] == RISK}

    assert refused() == set()
    bad_buyer = np.full((1, P), 0.09)
    assert refused(obligor_pd=bad_buyer) == set(BOUGHT)
    weak_firm = {"score": -2.0, "group_mean": -2.0}  # a PD of 12 %
    assert refused(**weak_firm) == {TERM_LOAN, RECEIVABLE_PLEDGE, RECOURSE_FACTORING}


def test_a_lender_with_bad_loans_cuts_off_earlier():
    askers, lenders, rules, reference = one_asker(score=-3.0, group_mean=-3.0)  # a PD of 4.7 %
    assert quote(askers, lenders, rules, reference).reason[0, TERM_LOAN, 0] == OFFERED
    strict = lenders._replace(cut_factor=np.array([0.5]))
    assert quote(askers, strict, rules, reference).reason[0, TERM_LOAN, 0] == RISK


def test_a_small_ticket_is_dear_and_the_law_refuses_it():
    askers, lenders, rules, reference = one_asker(amount=np.full((1, P), 100_000))  # at 40,000 a contract
    assert (quote(askers, lenders, rules, reference).reason == PRICE_CAP).all()


def test_an_inclusive_mandate_takes_its_rate_off_smes_only():
    askers, lenders, rules, reference = one_asker()
    kind = lenders._replace(mandate=np.array([0.004]))
    margin = quote(askers, lenders, rules, reference).margin
    assert margin - quote(askers, kind, rules, reference).margin == pytest.approx(0.004, abs=1e-9)
    large = askers._replace(sme=np.array([False]))
    assert (quote(large, kind, rules, reference).margin == margin).all()


def test_in_a_run_every_contract_costs_the_sum_of_its_terms_at_the_lender_that_lends():
    model, signed = world(60, seed=3), 0
    for _ in range(6):
        model.step()
        market = model.market
        signed += market.firm.size
        assert market.terms[:, :5].sum(axis=1) == pytest.approx(market.terms[:, 5], abs=1e-9)
        assert (market.terms[:, 0] == model.banks.funding[market.lender]).all()
        assert (market.terms[:, 5] <= model.parameters.market.legal_cap).all()
        paper = market.product != TERM_LOAN
        assert (market.terms[paper, 6] >= market.terms[paper, 5]).all()  # a discount is paid up front
        new = model.contracts.start == model.step_number - 1
        assert np.isin(model.contracts.rate[new & model.contracts.loan], market.terms[:, 5]).all()
    assert signed > 100


def test_in_a_run_offers_are_refused_for_the_reason_that_holds():
    model = world(60, "score.intercept=-4.0", seed=2)
    for process in STEP[: STEP.index(credit_market.match_and_draw)]:
        process(model)
    askers, reason = model.market.askers, model.market.quotes.reason
    assert {NO_LENDER, NOT_ELIGIBLE, OFFERED, RISK} <= set(np.unique(reason))
    reached = np.broadcast_to((askers.reach >= 0)[:, None, :], reason.shape)
    eligible = np.broadcast_to((askers.limit > 0)[:, :, None], reason.shape)
    assert ((reason == NO_LENDER) == ~reached).all()
    assert ((reason == NOT_ELIGIBLE) == (reached & ~eligible)).all()
    assert (model.market.offered == (reason == OFFERED)).all()
