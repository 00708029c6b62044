"""Quotes: the kernel against a plain version with all levers, the reasons of refusal, and prices that add up."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_offers import quoted, ranked_of
from worlds import world

from agents.numeric import bivariate_nodes
from policies.apr import all_in_apr, discounted_receivable_cash_flows
from policies.waterfall import (
    capital_share,
    choice_odds,
    joint_default_probability,
    logit_margin,
    operating_cost,
    price,
    term_default_probability,
)
from sim import credit_market
from sim.contracts import (
    APR,
    APR_GROSS,
    BILL_DISCOUNT,
    CERTIFICATE_SALE,
    FACTORING,
    GUARANTEED_LOAN,
    INSURED_BILL_PLEDGE,
    INSURED_FACTORING,
    LOSS,
    PD,
    PRODUCTS,
    RATE,
    RECEIVABLE_PLEDGE,
    RECOURSE_FACTORING,
    REVERSE_FACTORING,
    TERM_LOAN,
    TERMS,
)
from sim.lever_terms import CLASSES, PLAIN, WITH, LeverTerms
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
)
from sim.quoting import Rationed
from sim.schedule import STEP

P = len(PRODUCTS)
BANKS, REACH = 4, 3
SOLD = (FACTORING, INSURED_FACTORING, BILL_DISCOUNT, REVERSE_FACTORING, CERTIFICATE_SALE)
BUYER_OWES = SOLD
RECOURSE = (RECOURSE_FACTORING, BILL_DISCOUNT, INSURED_BILL_PLEDGE)
MARGIN = TERMS.index("margin")
FEES, PREMIUM, SUBSIDY = range(5, 8)
SAME = 1e-8  # where lenders compete hard, a margin magnifies the last digit of costs


def flags(products):
    return np.isin(np.arange(P), products)


def logistic(x):
    return 1 / (1 + math.exp(-x))


def plain_pd(a, r, effort, askers, lenders):
    """What the lender sees, pulled towards the group's mean in proportion to how noisy it is.

    A lender that makes half the effort sees with twice the noise, four times its variance.
    """
    lender = askers.reach[a, r]
    signal, noise = askers.group_variance[a], askers.noise_variance[a, r] / effort**2
    trust = signal / (signal + noise) if signal + noise > 0 else 1.0
    seen = askers.score[a] + askers.noise[a, r] / effort
    logit = trust * seen + (1 - trust) * askers.group_mean[a] + lenders.intercept[lender]
    return round(logistic(logit), 10)  # rates, also PDs, are rounded where they are born


def plain_loss(a, p, pd, lgd, askers, rules):
    """Expected loss over the life: the buyer's on bought paper, both must default where there is recourse."""
    days = askers.days[a, p]
    buyer = term_default_probability(askers.obligor_pd[a, p], days)
    if p in BUYER_OWES and p not in RECOURSE:
        return buyer * lgd
    seller = term_default_probability(pd, days)
    if p not in RECOURSE:
        return seller * lgd
    group = term_default_probability(logistic(askers.group_mean[a]), days)
    nodes = bivariate_nodes(rules.correlation)
    both = joint_default_probability(group, buyer, rules.correlation, nodes) / group
    return seller * both * lgd


def plain_reason(a, p, r, at, askers, lenders, rules, levers):
    lender = askers.reach[a, r]
    if lender < 0:
        return NO_LENDER
    if askers.limit[a, p] <= 0 or not levers.offered[at]:
        return NOT_ELIGIBLE
    if not lenders.lends[lender]:
        return NO_LENDER
    most = rules.cut_off[p] * levers.appetite[at] * lenders.cut_factor[lender]
    if p in BUYER_OWES:
        return RISK if askers.obligor_pd[a, p] > most else OFFERED
    seen = plain_pd(a, r, levers.effort[at], askers, lenders)
    if most >= 1:
        return OFFERED  # whatever it is
    # What a lender has learned of the level is in its prices, not in whom it refuses.
    return RISK if log_odds(seen) - lenders.intercept[lender] > log_odds(most) else OFFERED


def log_odds(probability):
    return math.log(probability / (1 - probability))


def plain_relief(a, p, lender, at, lenders, rules, askers, levers):
    """Refinanced part of principal × what it saves; a facility dearer than own funds is not drawn."""
    if not lenders.refinances[lender]:
        return 0.0
    equity = min(askers.risk_weight[a, p] * rules.target_capital, 1.0)
    part = min(levers.refinanced[at], 1 - equity)
    return round(part * max(lenders.funding[lender] - levers.refinancing_rate, 0), 10)


def plain_charges(a, p, at, askers, levers):
    """(fees, premium, subsidy on fees, subsidy on premium, subsidy of the rate): shares of principal, the last p.a."""
    days = askers.days[a, p]
    premium = 0.0
    if levers.premium_base[at] > 0:
        failure = term_default_probability(askers.obligor_pd[a, p], days)
        premium = max(levers.premium_base[at] * failure, levers.least_premium[at])
    covered = 1.0 if p in SOLD else min(1.0, askers.subsidy_room[a] / askers.amount[a, p])  # the cap is on loans
    return (
        levers.fee[at] * days / 360, premium, levers.fee_subsidy[at] * days / 360,
        premium * levers.premium_subsidy[at], round(levers.subsidy[at] * covered, 10),
    )  # fmt: skip


def plain_apr(a, p, rate, fee, askers, rules):
    """All-in APR of the borrower's promised cash flows; the fee is withheld at signing."""
    days = askers.days[a, p]
    if p in SOLD:
        return all_in_apr(*discounted_receivable_cash_flows(1e6, days, 1.0, rate, fee))
    steps = np.arange(askers.payments[a, p] + 1)
    paid = np.full(steps.size, rate * rules.step_days / 360)
    paid[-1] += 1
    return all_in_apr(steps * rules.step_days, np.append(1.0 - fee, -paid[1:]))


def plain_quotes(askers, lenders, rules, levers, reference, versions):
    """{(asker, product, place): (reason, Price or None, net APR, gross APR)} by one pass over everybody."""
    book = {}
    for a in range(askers.firm.size):
        for p, version in np.ndindex(P, versions):
            days, k = askers.days[a, p], capital_share(askers.risk_weight[a, p], rules.target_capital)
            at = (version, askers.group[a], p)
            prices, costs = {}, np.full(REACH, math.inf)
            for r in range(REACH):
                reason, lender = plain_reason(a, p, r, at, askers, lenders, rules, levers), askers.reach[a, r]
                book[a, p, version * REACH + r] = (reason, None, None, None)
                if reason != OFFERED:
                    continue
                saved = rules.screening_cost * (1 - levers.effort[at])
                running = lenders.running_cost[lender] * (1 - saved)
                spread = operating_cost(rules.fixed_cost[p], askers.amount[a, p], days, running)
                pd = plain_pd(a, r, levers.effort[at], askers, lenders)
                loss = plain_loss(a, p, pd, levers.loss_given_default[at], askers, rules)
                relief = plain_relief(a, p, lender, at, lenders, rules, askers, levers)
                prices[r] = ((lenders.funding[lender], k, rules.hurdle, spread, loss, days), relief)
                costs[r] = price(*prices[r][0], 0.0, relief).rate
            odds = np.empty(REACH)
            outside = np.array([reference[p, askers.grade[a]] + rules.switching])
            choice_odds(rules.alpha, costs, np.array([0, REACH]), outside, odds)
            fee, premium, fee_back, premium_back, subsidy = plain_charges(a, p, at, askers, levers)
            for r, (parts, relief) in prices.items():
                margin = logit_margin(rules.alpha, odds[r]) * (1 + rules.captive)
                margin -= lenders.mandate[askers.reach[a, r]] * askers.sme[a]
                offer = price(*parts, margin, relief)
                here = (a, p, version * REACH + r)
                if offer.rate > rules.legal_cap or (relief > 0 and offer.rate > levers.rate_cap):
                    book[here] = (PRICE_CAP, None, None, None)
                    continue
                net = plain_apr(
                    a, p, max(offer.rate - subsidy, 0), fee + premium - fee_back - premium_back, askers, rules
                )
                gross = plain_apr(a, p, offer.rate, fee + premium, askers, rules)
                book[here] = (OFFERED, offer, net, gross)
    return book


def no_levers(loss_given_default):
    """The terms of `LeverTerms` when none is in force."""
    shape = (2, CLASSES, P)
    zero = np.zeros(shape)
    return LeverTerms(
        np.ones(shape, np.bool_), np.zeros(shape, np.int16), np.broadcast_to(loss_given_default, shape).copy(),
        np.ones(shape), *(zero.copy() for _ in range(7)), 0.0, 1.0,
        np.ones(shape),
    )  # fmt: skip


@st.composite
def markets(draw, versions=None):
    """Askers, lenders, rules, what levers say, last prices and the number of versions: arguments of `quote`."""
    count, step_days = draw(st.integers(1, 4)), draw(st.sampled_from([5, 10, 30]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))

    def between(low, high, *shape):
        return np.round(rng.uniform(low, high, shape), 10)

    def some(share, low, high):
        """Values of which only a share is not zero, by version, class and product."""
        shape = (2, CLASSES, P)
        return between(low, high, *shape) * (rng.random(shape) < share)

    reach = np.array([rng.permutation(BANKS)[:REACH] for _ in range(count)], np.int16)
    reach[:, -1] = np.where(rng.random(count) < 0.3, -1, reach[:, -1])  # not everybody reaches as many
    days = rng.integers(1, 13, (count, P)) * float(step_days)
    amount = rng.integers(1_000_000, 500_000_000, (count, P))
    room = rng.choice([0.0, 2e6, 1e8, math.inf], count)
    askers = Askers(
        np.arange(count), reach, amount * (rng.random((count, P)) < 0.8), amount, days,
        np.rint(days / step_days).astype(np.int64), between(0, 0.1, count, P),
        rng.choice([0.75, 0.85, 1.0], (count, P)), between(-6, -2, count),
        between(-0.5, 0.5, count, REACH), between(0, 0.5, count, REACH) ** 2,
        between(-5, -3, count), between(0, 0.5, count), rng.integers(0, 10, count), rng.random(count) < 0.7,
        rng.integers(0, CLASSES, count), room,
    )  # fmt: skip
    learned = between(-0.5, 0.5, BANKS)
    lenders = Lenders(
        between(0.01, 0.05, BANKS), between(0, 0.02, BANKS), learned, np.exp(learned), between(0.5, 1, BANKS),
        between(0, 0.01, BANKS), rng.random(BANKS) < 0.9, rng.random(BANKS) < 0.6,
    )  # fmt: skip
    rules = PricingRules(
        np.arange(P), flags(SOLD), flags(BUYER_OWES), flags(RECOURSE), between(0.02, 0.1, P),
        between(5_000, 90_000, P), draw(st.sampled_from([20.0, 80.0, 400.0])), draw(st.sampled_from([0.0, 0.01])),
        draw(st.sampled_from([0.0, 0.5])), draw(st.sampled_from([0.05, 0.1, 0.24])), 0.12, 0.105,
        draw(st.sampled_from([0.0, 0.2])), draw(st.sampled_from([0.0, 0.4, 1.0])), float(step_days),
    )  # fmt: skip
    if draw(st.booleans()):
        levers = no_levers(between(0.3, 0.6, P))
    else:
        shape = (2, CLASSES, P)
        levers = LeverTerms(
            rng.random(shape) < 0.9, np.zeros(shape, np.int16), between(0.05, 0.6, *shape), 1 - some(0.5, 0, 0.7),
            some(0.4, 0, 0.8), between(0, 0.01, *shape), some(0.5, 0, 0.02), some(0.3, 0, 0.02), some(0.4, 0, 1),
            some(0.5, 0, 0.05), some(0.6, 0, 1), draw(st.sampled_from([0.0, 0.0175, 0.06])),
            draw(st.sampled_from([0.04, 0.06, 1.0])), 1 + some(0.5, 0, 0.6),
        )  # fmt: skip
    versions = versions or draw(st.sampled_from([1, 2]))
    return askers, lenders, rules, levers, between(0.03, 0.09, P, 10), versions


def rates(market, quotes, column=RATE):
    """Rates of all offers, as an array over askers, products and places; infinite where there is none."""
    askers, lenders, rules, levers, _, _ = market
    offers = np.nonzero(quotes.reason == OFFERED)
    rate = np.full(quotes.reason.shape, math.inf)
    margin = quotes.margin[offers]
    rate[offers] = accepted_terms(*offers, margin, askers, lenders, rules, tuple(levers), quotes.both)[:, column]
    return rate


def term_loss(market):
    """Expected loss over the life of the first asker's term loan, share of principal."""
    return rates(market, quoted(*market), LOSS)[0, TERM_LOAN, 0]


@settings(max_examples=80)
@given(markets())
def test_the_kernel_quotes_what_the_plain_version_quotes(market):
    quotes = quoted(*market)
    rate = rates(market, quotes)
    assert quotes.reason.shape[2] == REACH * market[-1]
    for here, (reason, offer, net, _) in plain_quotes(*market).items():
        assert quotes.reason[here] == reason, here
        if offer is None:
            assert quotes.key[here] == 0
            continue
        assert rate[here] == pytest.approx(offer.rate, abs=SAME)
        assert quotes.margin[here] == pytest.approx(offer.margin, abs=SAME)
        assert quotes.key[here] == pytest.approx(net * 1e6, abs=1)


@settings(max_examples=80)
@given(markets())
def test_the_terms_of_an_accepted_offer_are_those_quoted_and_add_up(market):
    askers, lenders, rules, levers, _, _ = market
    quotes, plain = quoted(*market), plain_quotes(*market)
    a, p, place = np.nonzero(quotes.reason == OFFERED)
    margin = quotes.margin[a, p, place]
    terms = accepted_terms(a, p, place, margin, askers, lenders, rules, tuple(levers), quotes.both)
    assert terms.shape[1] == len(TERMS) + 5
    assert (terms[:, MARGIN] == margin).all()
    assert (np.rint(terms[:, APR] * 1e6) == quotes.key[a, p, place]).all()
    assert terms[:, :5].sum(axis=1) == pytest.approx(terms[:, RATE], abs=1e-9)
    for row in range(a.size):
        here = (a[row], p[row], place[row])
        version, r = divmod(place[row], REACH)
        at = (version, askers.group[a[row]], p[row])
        _, offer, net, gross = plain[here]
        assert terms[row, [0, 1, 2, 3, MARGIN, RATE]] == pytest.approx(offer, abs=SAME)
        lender = askers.reach[a[row], r]
        relief = plain_relief(a[row], p[row], lender, at, lenders, rules, askers, levers)
        assert terms[row, 0] == pytest.approx(lenders.funding[lender] - relief, abs=1e-9)  # of the lender that lends
        fee, premium, fee_back, premium_back, subsidy = plain_charges(a[row], p[row], at, askers, levers)
        year = 360 / askers.days[a[row], p[row]]
        assert terms[row, FEES] == pytest.approx(fee * year, abs=1e-9)
        assert terms[row, PREMIUM] == pytest.approx(premium * year, abs=1e-9)
        given_back = min(subsidy, max(offer.rate, 0)) + (fee_back + premium_back) * year
        assert terms[row, SUBSIDY] == pytest.approx(-given_back, abs=1e-8)
        assert terms[row, APR] == pytest.approx(net, abs=1e-6)
        assert terms[row, APR_GROSS] == pytest.approx(gross, abs=1e-6)
        pd = plain_pd(a[row], r, levers.effort[at], askers, lenders)
        if p[row] in BUYER_OWES:
            pd = askers.obligor_pd[a[row], p[row]]
        assert terms[row, PD] == pytest.approx(pd, abs=1e-9)


@settings(max_examples=60)
@given(markets(), st.integers(0, 2**32 - 1))
def test_offers_are_ranked_as_by_the_plain_version(market, seed):
    (askers, _, rules, *_, versions), rng = market, np.random.default_rng(seed)
    use = rng.choice([0.0, 0.5], (*askers.limit.shape, versions, 3))
    uses = rng.random((BANKS, 3)) < 0.5
    quotes = quoted(*market, Rationed(use, uses))
    capital = askers.risk_weight * rules.target_capital
    plain = ranked_of(quotes.key, quotes.reason, askers.reach, quotes.margin, capital, use, uses)
    for a in range(askers.firm.size):
        for mine, same in zip(quotes.ranked[:3], plain[:3], strict=True):
            mine = mine[quotes.ranked.first[a] : quotes.ranked.end[a]]
            assert (mine == same[plain.first[a] : plain.end[a]]).all()


@settings(max_examples=40)
@given(markets(versions=2))
def test_the_plain_version_is_priced_as_if_it_were_the_only_one(market):
    askers, lenders, rules, levers, reference, _ = market
    both = quoted(*market)
    swapped = LeverTerms(*(t[::-1].copy() if isinstance(t, np.ndarray) else t for t in levers))
    alone = quoted(askers, lenders, rules, swapped, reference, 1)
    for column in ("margin", "key", "reason"):
        assert (getattr(both, column)[:, :, REACH:] == getattr(alone, column)).all()


@settings(max_examples=40)
@given(markets(versions=2), st.integers(0, 2**32 - 1))
def test_a_plain_offer_by_which_its_lender_saves_nothing_only_stands_among_rivals(market, seed):
    askers, rng = market[0], np.random.default_rng(seed)
    use = rng.choice([0.0, 0.5], (*askers.limit.shape, 2, 2))
    uses = rng.random((BANKS, 2)) < 0.5
    free, rationed = quoted(*market), quoted(*market, Rationed(use, uses))
    saves = (use[:, :, None, WITH] > use[:, :, None, PLAIN]) & uses[askers.reach][:, None]  # a, P, R, lever
    twin = np.zeros(free.reason.shape, np.bool_)
    twin[:, :, REACH:] = (askers.reach >= 0)[:, None] & ~saves.any(axis=3)
    for column in ("margin", "key", "reason"):
        assert (getattr(rationed, column)[~twin] == getattr(free, column)[~twin]).all()
    assert (rationed.reason[twin] == NOT_ELIGIBLE).all() and not rationed.key[twin].any()


@settings(max_examples=40)
@given(markets(versions=1), st.floats(0.001, 0.05))
def test_a_subsidy_moves_the_net_price_by_at_most_itself_and_nothing_else(market, points):
    askers, lenders, rules, levers, reference, _ = market
    askers = askers._replace(subsidy_room=np.full(askers.firm.size, math.inf))
    levers = levers._replace(subsidy=np.zeros_like(levers.subsidy))
    before = quoted(askers, lenders, rules, levers, reference, 1)
    after = quoted(askers, lenders, rules, levers._replace(subsidy=levers.subsidy + points), reference, 1)
    assert (before.margin == after.margin).all() and (before.reason == after.reason).all()
    a, p, r = np.nonzero(before.reason == OFFERED)
    assert (after.key[a, p, r] <= before.key[a, p, r]).all()
    rate, days, key = rates(market, before)[a, p, r], askers.days[a, p], before.key[a, p, r]
    paid = np.minimum(points, np.maximum(rate, 0))
    moved = (key - after.key[a, p, r]) / 1e6
    # By at most what the treasury pays, but for what a discount withheld up front magnifies it by: the less cash there
    # is at signing, the more. Fees paid back may leave more cash than principal.
    cash, cash_after = (1 / (1 + found / 1e6 * days / 360) for found in (key, after.key[a, p, r]))
    assert (moved <= paid / cash**2 + 2e-6).all()
    bought = np.isin(p, SOLD)
    assert (moved[bought] >= (paid / cash_after**2)[bought] - 2e-6).all()


@settings(max_examples=60)
@given(markets())
def test_no_offer_is_above_the_legal_cap_and_a_lower_cap_only_takes_offers_away(market):
    askers, lenders, rules, levers, reference, versions = market
    free = quoted(askers, lenders, rules._replace(legal_cap=10.0), levers, reference, versions)
    capped = quoted(*market)
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
        np.array([group_mean]), np.array([0.25]), np.array([4]), np.array([True]), np.array([6]), np.array([math.inf]),
    )._replace(**more)  # fmt: skip
    lenders = Lenders(*(np.array([x]) for x in (0.025, 0.01, 0.0, 1.0, 1.0, 0.0, True, True)))
    rules = PricingRules(
        np.arange(P), flags(SOLD), flags(BUYER_OWES), flags(RECOURSE), np.full(P, 0.08), np.full(P, 40_000.0),
        80.0, 0.01, 0.0, 0.24, 0.12, 0.105, 0.2, 0.3, 30.0,
    )  # fmt: skip
    return askers, lenders, rules, no_levers(np.full(P, 0.5)), np.full((P, 10), 0.05), 1


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
        reason = quoted(*one_asker(**more)).reason[0, :, 0]
        return {p for p in range(P) if reason[p] == RISK}

    assert refused() == set()
    bad_buyer = np.full((1, P), 0.09)
    assert refused(obligor_pd=bad_buyer) == set(BUYER_OWES)
    weak_firm = {"score": -2.0, "group_mean": -2.0}  # a PD of 12 %
    loans = {TERM_LOAN, GUARANTEED_LOAN, RECEIVABLE_PLEDGE, RECOURSE_FACTORING, INSURED_BILL_PLEDGE}
    assert refused(**weak_firm) == loans


def test_a_lender_with_bad_loans_cuts_off_earlier():
    askers, lenders, *rest = one_asker(score=-3.0, group_mean=-3.0)  # a PD of 4.7 %
    assert quoted(askers, lenders, *rest).reason[0, TERM_LOAN, 0] == OFFERED
    strict = lenders._replace(cut_factor=np.array([0.5]))
    assert quoted(askers, strict, *rest).reason[0, TERM_LOAN, 0] == RISK


def test_what_a_lender_has_learned_of_the_level_makes_it_dearer_and_refuses_nobody():
    askers, lenders, *rest = one_asker(score=-3.0, group_mean=-3.0)  # a PD of 4.7 %, and a cut-off of 8 %
    burnt = lenders._replace(intercept=np.array([1.5]), level=np.exp([1.5]))  # 18 %
    before, after = quoted(askers, lenders, *rest), quoted(askers, burnt, *rest)
    assert (before.reason == after.reason).all()
    assert term_loss((askers, burnt, *rest)) > 3 * term_loss((askers, lenders, *rest))


def test_a_small_ticket_is_dear_and_the_law_refuses_it():
    dear = one_asker(amount=np.full((1, P), 100_000))  # at 40,000 a contract
    assert (quoted(*dear).reason == PRICE_CAP).all()


def test_an_inclusive_mandate_takes_its_rate_off_smes_only():
    askers, lenders, *rest = one_asker()
    kind = lenders._replace(mandate=np.array([0.004]))
    margin = quoted(askers, lenders, *rest).margin
    assert margin - quoted(askers, kind, *rest).margin == pytest.approx(0.004, abs=1e-9)
    large = askers._replace(sme=np.array([False]))
    assert (quoted(large, kind, *rest).margin == margin).all()


def changed(levers, version=WITH, **points):
    """Terms with other values of one version, for all classes and products."""
    columns = {name: getattr(levers, name).copy() for name in points}
    for name, value in points.items():
        columns[name][version] = value
    return levers._replace(**columns)


def test_refinancing_takes_its_relief_off_and_part_of_it_goes_to_the_margin():
    askers, lenders, rules, levers, *rest = one_asker()
    before = quoted(askers, lenders, rules, levers, *rest)
    cheap = changed(levers, refinanced=1.0)._replace(refinancing_rate=0.01)
    after = quoted(askers, lenders, rules, cheap, *rest)
    relief = (1 - 0.105) * (0.025 - 0.01)  # nobody refinances the part that equity funds
    loss = term_loss((askers, lenders, rules, levers, *rest))
    cost = relief / (1 - loss)  # as the interest bears risk, too
    rate = rates((askers, lenders, rules, levers, *rest), before)
    passed = (rate - rates((askers, lenders, rules, cheap, *rest), after))[0, TERM_LOAN, 0]
    kept = after.margin[0, TERM_LOAN, 0] - before.margin[0, TERM_LOAN, 0]
    assert kept > 0
    assert passed == pytest.approx(cost - kept / (1 - loss), abs=1e-8)
    outside = lenders._replace(refinances=np.array([False]))
    market = (askers, outside, rules, cheap, *rest)
    assert (rates(market, quoted(*market)) == rate).all()
    dear = cheap._replace(refinancing_rate=0.03)  # dearer than own funds: not drawn
    market = (askers, lenders, rules, dear, *rest)
    assert (rates(market, quoted(*market)) == rate).all()


def test_a_refinanced_loan_over_its_rate_cap_is_refused_and_its_plain_version_is_not():
    askers, lenders, rules, levers, reference, _ = one_asker()
    capped = changed(levers, refinanced=1.0)._replace(refinancing_rate=0.01, rate_cap=0.02)
    reason = quoted(askers, lenders, rules, capped, reference, 2).reason[0, TERM_LOAN]
    assert reason.tolist() == [PRICE_CAP, OFFERED]


def test_cover_lowers_the_loss_and_with_it_the_effort_to_see():
    askers, lenders, rules, levers, *rest = one_asker(noise=np.full((1, 1), 0.3), noise_variance=np.full((1, 1), 0.09))

    def loss(**points):
        return term_loss((askers, lenders, rules, changed(levers, **points), *rest))

    covered = loss(loss_given_default=0.1)
    assert covered == pytest.approx(loss() / 5)
    assert loss(loss_given_default=0.1, effort=0.5) != covered


def test_what_the_borrower_pays_at_signing_is_in_its_apr_and_not_in_the_lenders_rate():
    askers, lenders, rules, levers, *rest = one_asker()
    before = quoted(askers, lenders, rules, levers, *rest)
    insured = quoted(askers, lenders, rules, changed(levers, fee=0.004, premium_base=1.0, least_premium=0.001), *rest)
    assert (before.margin == insured.margin).all()
    yearly = 0.004 + (1 - 0.99**0.25) * 4  # the buyer's PD is 1 % a year, the life a quarter
    for p in range(P):
        added = (insured.key[0, p, 0] - before.key[0, p, 0]) / 1e6
        assert yearly < added < 1.05 * yearly  # more than itself, as it is withheld at signing
    whole = {"fee_subsidy": 0.004, "premium_subsidy": 1.0}
    given = quoted(askers, lenders, rules, changed(levers, fee=0.004, premium_base=1.0, **whole), *rest)
    assert (given.key == before.key).all()


def test_what_exceeds_the_cap_of_a_subsidy_gets_none():
    askers, lenders, rules, levers, *rest = one_asker(subsidy_room=np.array([25e6]))  # of 100m
    levers = changed(levers, subsidy=0.02)
    part = quoted(askers, lenders, rules, levers, *rest)
    quarter = quoted(
        askers._replace(subsidy_room=np.array([1e9])), lenders, rules, changed(levers, subsidy=0.005), *rest
    )
    loans = ~flags(SOLD)
    assert (part.key[:, loans] == quarter.key[:, loans]).all()
    assert (part.key[:, ~loans] < quarter.key[:, ~loans]).all()  # discounts have no cap


def test_a_product_that_is_not_for_this_class_or_version_is_not_eligible():
    askers, lenders, rules, levers, reference, _ = one_asker()
    offered = levers.offered.copy()
    offered[PLAIN, 6, INSURED_FACTORING] = False
    offered[:, 5, :] = False  # another class
    reason = quoted(askers, lenders, rules, levers._replace(offered=offered), reference, 2).reason[0]
    assert reason[INSURED_FACTORING].tolist() == [OFFERED, NOT_ELIGIBLE]
    assert (np.delete(reason, INSURED_FACTORING, axis=0) == OFFERED).all()


def test_in_a_run_every_contract_costs_the_sum_of_its_terms_at_the_lender_that_lends():
    model, signed = world(60, seed=3), 0
    for _ in range(6):
        model.step()
        market = model.market
        signed += market.firm.size
        assert market.terms[:, :5].sum(axis=1) == pytest.approx(market.terms[:, RATE], abs=1e-9)
        assert (market.terms[:, 5:8] == 0).all()  # no levers: no fees, premiums or subsidies
        assert (market.terms[:, APR] == market.terms[:, APR_GROSS]).all()
        assert (market.terms[:, 0] == model.banks.funding[market.lender]).all()
        assert (market.terms[:, RATE] <= model.parameters.market.legal_cap).all()
        paper = market.product != TERM_LOAN
        assert (market.terms[paper, APR] >= market.terms[paper, RATE]).all()  # a discount is paid up front
        new = model.contracts.start == model.step_number - 1
        assert np.isin(model.contracts.rate[new & model.contracts.loan], market.terms[:, RATE]).all()
    assert signed > 100


def test_in_a_run_offers_are_refused_for_the_reason_that_holds():
    model = world(60, "score.intercept=-3.0", seed=2)
    for process in STEP[: STEP.index(credit_market.match_and_draw)]:
        process(model)
    askers, reason = model.market.askers, model.market.quotes.reason
    assert {NO_LENDER, NOT_ELIGIBLE, OFFERED, RISK} <= set(np.unique(reason))
    reached = np.broadcast_to((askers.reach >= 0)[:, None, :], reason.shape)
    eligible = np.broadcast_to((askers.limit > 0)[:, :, None], reason.shape)
    assert ((reason == NO_LENDER) == ~reached).all()
    assert ((reason == NOT_ELIGIBLE) == (reached & ~eligible)).all()
    offers = model.market.quotes.ranked
    assert (offers.end - offers.first == (reason == OFFERED).sum(axis=(1, 2))).all()
