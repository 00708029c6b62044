"""Quotes: every lender within reach prices every product a firm is eligible for, or refuses and says why."""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

import numpy as np
from numba import njit

from agents.numeric import decision_key, round_rate
from policies.apr import bullet_apr, discount_apr
from policies.waterfall import (
    Price,
    break_even_rate,
    capital_share,
    choice_shares,
    joint_default_probability,
    logit_margin,
    operating_cost,
    price,
    term_default_probability,
)
from sim.contracts import BILL_DISCOUNT, FACTORING, RECOURSE_FACTORING

OFFERED, NOT_ELIGIBLE, RISK, PRICE_CAP, TOO_DEAR, CAPITAL, STABLE_FUNDING, SINGLE_NAME, NO_LENDER = range(9)
REASONS: Final = (
    "offered", "not_eligible", "risk", "price_cap", "too_dear", "capital", "stable_funding", "single_name",
    "no_lender",
)  # fmt: skip


class Askers(NamedTuple):
    """Firms that ask, one row each; P products, R lenders within reach (−1: none)."""

    firm: Any  # int64[a] slot
    reach: Any  # int16[a, R] lender
    limit: Any  # int64[a, P] fen, most that the product lends; 0: not eligible
    amount: Any  # int64[a, P] fen, what a contract would come to: the fixed cost is spread over it
    days: Any  # float64[a, P] life of a contract
    payments: Any  # int64[a, P] steps to the last payment
    obligor_pd: Any  # float64[a, P] yearly PD of who owes the paper
    risk_weight: Any  # float64[a, P]
    score: Any  # float64[a] true logit of the yearly PD on last step's books
    noise: Any  # float64[a, R] what each lender misjudges, logit
    noise_variance: Any  # float64[a, R]
    group_mean: Any  # float64[a] mean score of the rating group
    group_variance: Any  # float64[a] its variance
    grade: Any  # int64[a] decile of the score, row of the reference price
    sme: Any  # bool[a]


class Lenders(NamedTuple):
    """What a lender prices with, one row each."""

    funding: Any  # float64[B]
    running_cost: Any  # float64[B]
    intercept: Any  # float64[B] learned, logit
    cut_factor: Any  # float64[B] tightening of the cut-off
    mandate: Any  # float64[B] margin given up on SMEs
    lends: Any  # bool[B]


class PricingRules(NamedTuple):
    """Parameters of price formation, rates p.a."""

    loss_given_default: Any  # float64[P]
    cut_off: Any  # float64[P]
    fixed_cost: Any  # float64[P] fen
    alpha: float
    switching: float
    captive: float
    legal_cap: float
    hurdle: float
    target_capital: float
    correlation: float
    step_days: float


class Quotes(NamedTuple):
    """What came of it: (askers × products × reach)."""

    rate: Any  # float64, the lender's rate; infinite without an offer
    margin: Any  # float64
    loss: Any  # float64, expected loss over the life, share of principal
    key: Any  # int64, all-in APR in hundredths of a bp: what the borrower compares
    reason: Any  # int8, OFFERED or why not


@njit(cache=True)
def perceived_pd(score, noise, noise_variance, mean, variance, intercept):
    """Yearly PD as a lender sees it: score and its own noise, shrunk towards the group, plus what it has learned."""
    weight = variance / (variance + noise_variance) if variance + noise_variance > 0 else 1.0
    logit = mean + weight * (score + noise - mean) + intercept
    return round_rate(1.0 / (1.0 + math.exp(-logit)))


@njit(cache=True)
def _who_owes(product, pd, obligor_pd):
    """PD that the cut-off is about: the buyer's where paper is bought, the borrower's elsewhere."""
    return obligor_pd if product == FACTORING or product == BILL_DISCOUNT else pd


@njit(cache=True)
def _default_of_buyer_too(product, mean, obligor_pd, days, correlation):
    """Probability that the buyer defaults within the life, given that the seller does; 1 where that is no matter.

    Taken once a firm and product, at the rating group's view of the seller: it hardly moves with a lender's noise.
    """
    if product != RECOURSE_FACTORING and product != BILL_DISCOUNT:
        return 1.0
    own = term_default_probability(1.0 / (1.0 + math.exp(-mean)), days)
    other = term_default_probability(obligor_pd, days)
    return joint_default_probability(own, other, correlation) / own if own > 0 else 0.0


@njit(cache=True)
def _perceive(a, reach, score, noise, noise_variance, mean, variance, intercept, lends, pd):
    """Write each lender's view of firm a into `pd`; −1 where it does not lend."""
    for r in range(pd.size):
        lender = reach[a, r]
        pd[r] = -1.0
        if lends[lender]:
            pd[r] = perceived_pd(score[a], noise[a, r], noise_variance[a, r], mean[a], variance[a], intercept[lender])


@njit(cache=True)
def _lenders_within_reach(reach):
    """How many lenders a firm can ask; they come first in its row."""
    width = 0
    while width < reach.size and reach[width] >= 0:
        width += 1
    return width


@njit(cache=True)
def _cost_of(p, days, amount, k, obligor_pd, both, pd, reach, lenders, rules, loss, costs, reason):
    """Expected loss and break-even rate of every lender for one firm and product, or why there is none."""
    funding, running_cost, cut_factor = lenders.funding, lenders.running_cost, lenders.cut_factor
    lgd, cut_off, fixed_cost = rules.loss_given_default[p], rules.cut_off[p], rules.fixed_cost[p]
    bought = term_default_probability(obligor_pd, days) if p == FACTORING else 0.0
    for r in range(pd.size):
        costs[r], loss[r] = math.inf, 0.0
        if pd[r] < 0:
            reason[r] = NO_LENDER
            continue
        lender = reach[r]
        if _who_owes(p, pd[r], obligor_pd) > cut_off * cut_factor[lender]:
            reason[r] = RISK
            continue
        reason[r] = OFFERED
        loss[r] = lgd * (bought if p == FACTORING else term_default_probability(pd[r], days) * both)
        operating = operating_cost(fixed_cost, amount, days, running_cost[lender])
        costs[r] = break_even_rate(funding[lender], k, rules.hurdle, operating, loss[r], days)


@njit(cache=True)
def _price_of(p, days, amount, k, sme, share, loss, lender, lenders, rules) -> Price:
    """The price term by term that a lender offers: its cost and the margin that its share allows."""
    margin = logit_margin(rules.alpha, share) * (1.0 + rules.captive)
    if sme:
        margin -= lenders.mandate[lender]
    operating = operating_cost(rules.fixed_cost[p], amount, days, lenders.running_cost[lender])
    return price(lenders.funding[lender], k, rules.hurdle, operating, loss, days, margin)


@njit(cache=True)
def offered_apr(product, rate, days, payments, step_days):
    """All-in APR of an offer: discounted paper, or a loan that pays interest every step."""
    if product == FACTORING or product == BILL_DISCOUNT:
        return discount_apr(rate, days)
    return bullet_apr(rate, step_days, payments)


@njit(cache=True)
def _quote_all(askers, lenders, rules, reference, rate, margins, losses, key, reason):
    """Fill rate, margin, loss, key and reason for every asker, product and lender within reach."""
    products, places = rate.shape[1], rate.shape[2]
    views, all_costs, all_shares = np.empty(places), np.empty(places), np.empty(places)
    _, reach, limit, amount, days, payments, obligor_pd, weight, score, noise, noise_variance, mean, variance, grade, sme = askers
    intercept, lends = lenders.intercept, lenders.lends
    for a in range(rate.shape[0]):
        width = _lenders_within_reach(reach[a])
        pd, costs, shares = views[:width], all_costs[:width], all_shares[:width]
        reason[a, :, width:] = NO_LENDER
        _perceive(a, reach, score, noise, noise_variance, mean, variance, intercept, lends, pd)
        for p in range(products):
            if limit[a, p] <= 0:
                reason[a, p, :width] = NOT_ELIGIBLE
                continue
            d, volume, why, loss = days[a, p], amount[a, p], reason[a, p], losses[a, p]
            k = capital_share(weight[a, p], rules.target_capital)
            both = _default_of_buyer_too(p, mean[a], obligor_pd[a, p], d, rules.correlation)
            _cost_of(p, d, volume, k, obligor_pd[a, p], both, pd, reach[a], lenders, rules, loss, costs, why)
            choice_shares(rules.alpha, costs, reference[p, grade[a]] + rules.switching, shares)
            for r in range(width):
                if why[r] != OFFERED:
                    continue
                offer = _price_of(p, d, volume, k, sme[a], shares[r], loss[r], reach[a, r], lenders, rules)
                if offer.rate > rules.legal_cap:
                    why[r] = PRICE_CAP
                    continue
                rate[a, p, r], margins[a, p, r] = offer.rate, offer.margin
                key[a, p, r] = decision_key(offered_apr(p, offer.rate, d, payments[a, p], rules.step_days))


def quote(askers: Askers, lenders: Lenders, rules: PricingRules, reference: Any) -> Quotes:
    """Quotes of all lenders within reach; `reference` is last step's price by product and rating grade."""
    shape = (*askers.limit.shape, askers.reach.shape[1])
    never = np.iinfo(np.int64).max
    quotes = Quotes(np.full(shape, np.inf), np.zeros(shape), np.zeros(shape), np.full(shape, never), np.zeros(shape, np.int8))
    _quote_all(askers, lenders, rules, reference, *quotes)
    return quotes


@njit(cache=True)
def accepted_terms(asker, product, place, askers, lenders, rules, margins, losses):
    """Price terms, APR and PD of accepted offers, for the lender that finally lends.

    Returns float64[m, 8]: funding, operating, expected loss, capital, margin, rate, APR, PD of who owes first.
    """
    terms = np.empty((asker.size, 8))
    for m in range(asker.size):
        a, p, r = asker[m], product[m], place[m]
        lender, days = askers.reach[a, r], askers.days[a, p]
        operating = operating_cost(rules.fixed_cost[p], askers.amount[a, p], days, lenders.running_cost[lender])
        k = capital_share(askers.risk_weight[a, p], rules.target_capital)
        offer = price(lenders.funding[lender], k, rules.hurdle, operating, losses[a, p, r], days, margins[a, p, r])
        terms[m, 0], terms[m, 1], terms[m, 2] = offer.funding, offer.operating, offer.expected_loss
        terms[m, 3], terms[m, 4], terms[m, 5] = offer.capital, offer.margin, offer.rate
        terms[m, 6] = offered_apr(p, offer.rate, days, askers.payments[a, p], rules.step_days)
        pd = perceived_pd(
            askers.score[a], askers.noise[a, r], askers.noise_variance[a, r], askers.group_mean[a],
            askers.group_variance[a], lenders.intercept[lender],
        )  # fmt: skip
        terms[m, 7] = _who_owes(p, pd, askers.obligor_pd[a, p])
    return terms
