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
    key: Any  # int64, all-in APR in hundredths of a bp: what the borrower compares
    reason: Any  # int8, OFFERED or why not


@njit(cache=True)
def perceived_pd(a, r, lender, askers, lenders):
    """Yearly PD as a lender sees it: score and its own noise, shrunk towards the group, plus what it has learned."""
    variance = askers.group_variance[a]
    noise = askers.noise_variance[a, r]
    weight = variance / (variance + noise) if variance + noise > 0 else 1.0
    seen = askers.score[a] + askers.noise[a, r]
    logit = askers.group_mean[a] + weight * (seen - askers.group_mean[a]) + lenders.intercept[lender]
    return round_rate(1.0 / (1.0 + math.exp(-logit)))


@njit(cache=True)
def _who_owes(product, pd, obligor_pd):
    """PD that the cut-off is about: the buyer's where paper is bought, the borrower's elsewhere."""
    return obligor_pd if product == FACTORING or product == BILL_DISCOUNT else pd


@njit(cache=True)
def _default_of_buyer_too(a, p, askers, correlation):
    """Probability that the buyer defaults within the life, given that the seller does.

    Taken once a firm and product, at the rating group's view of the seller: it hardly moves with a lender's noise.
    """
    days = askers.days[a, p]
    own = term_default_probability(1.0 / (1.0 + math.exp(-askers.group_mean[a])), days)
    other = term_default_probability(askers.obligor_pd[a, p], days)
    return joint_default_probability(own, other, correlation) / own if own > 0 else 0.0


@njit(cache=True)
def _term_loss(product, pd, obligor_pd, days, lgd, both):
    """Expected loss over the life, share of principal: who must default for the lender to lose."""
    if product == FACTORING:
        return term_default_probability(obligor_pd, days) * lgd
    own = term_default_probability(pd, days) * lgd
    return own * both if product == RECOURSE_FACTORING or product == BILL_DISCOUNT else own


@njit(cache=True)
def quote_product(a, p, askers, lenders, rules, reference, loss, costs, shares, reason):
    """Costs and shares of every lender within reach for one firm and product; writes `loss`, `costs`, `shares`, `reason`."""
    days = askers.days[a, p]
    both = 1.0
    if askers.limit[a, p] > 0 and (p == RECOURSE_FACTORING or p == BILL_DISCOUNT):
        both = _default_of_buyer_too(a, p, askers, rules.correlation)
    for r in range(askers.reach.shape[1]):
        lender = askers.reach[a, r]
        costs[r], loss[r] = math.inf, 0.0
        if lender < 0 or not lenders.lends[lender]:
            reason[r] = NO_LENDER
            continue
        if askers.limit[a, p] <= 0:
            reason[r] = NOT_ELIGIBLE
            continue
        pd = perceived_pd(a, r, lender, askers, lenders)
        if _who_owes(p, pd, askers.obligor_pd[a, p]) > rules.cut_off[p] * lenders.cut_factor[lender]:
            reason[r] = RISK
            continue
        reason[r] = OFFERED
        loss[r] = _term_loss(p, pd, askers.obligor_pd[a, p], days, rules.loss_given_default[p], both)
        operating = operating_cost(rules.fixed_cost[p], askers.amount[a, p], days, lenders.running_cost[lender])
        k = capital_share(askers.risk_weight[a, p], rules.target_capital)
        costs[r] = break_even_rate(lenders.funding[lender], k, rules.hurdle, operating, loss[r], days)
    choice_shares(rules.alpha, costs, reference[p, askers.grade[a]] + rules.switching, shares)


@njit(cache=True)
def price_terms(a, p, r, share, loss, askers, lenders, rules) -> Price:
    """The price term by term that lender r offers: its cost and the margin that its share allows."""
    lender = askers.reach[a, r]
    days = askers.days[a, p]
    margin = logit_margin(rules.alpha, share) * (1.0 + rules.captive)
    if askers.sme[a]:
        margin -= lenders.mandate[lender]
    operating = operating_cost(rules.fixed_cost[p], askers.amount[a, p], days, lenders.running_cost[lender])
    k = capital_share(askers.risk_weight[a, p], rules.target_capital)
    return price(lenders.funding[lender], k, rules.hurdle, operating, loss, days, margin)


@njit(cache=True)
def offered_apr(product, rate, days, payments, step_days):
    """All-in APR of an offer: discounted paper, or a loan that pays interest every step."""
    if product == FACTORING or product == BILL_DISCOUNT:
        return discount_apr(rate, days)
    return bullet_apr(rate, step_days, payments)


@njit(cache=True)
def quote_all(askers, lenders, rules, reference, rate, margins, key, reason):
    """Fill rate, margin, key and reason for every asker, product and lender within reach."""
    products, reach = rate.shape[1], rate.shape[2]
    loss, costs, shares = np.empty(reach), np.empty(reach), np.empty(reach)
    for a in range(rate.shape[0]):
        for p in range(products):
            quote_product(a, p, askers, lenders, rules, reference, loss, costs, shares, reason[a, p])
            for r in range(reach):
                rate[a, p, r], margins[a, p, r] = math.inf, 0.0
                key[a, p, r] = np.iinfo(np.int64).max
                if reason[a, p, r] != OFFERED:
                    continue
                offer = price_terms(a, p, r, shares[r], loss[r], askers, lenders, rules)
                if offer.rate > rules.legal_cap:
                    reason[a, p, r] = PRICE_CAP
                    continue
                rate[a, p, r], margins[a, p, r] = offer.rate, offer.margin
                apr = offered_apr(p, offer.rate, askers.days[a, p], askers.payments[a, p], rules.step_days)
                key[a, p, r] = decision_key(apr)


def quote(askers: Askers, lenders: Lenders, rules: PricingRules, reference: Any) -> Quotes:
    """Quotes of all lenders within reach; `reference` is last step's price by product and rating grade."""
    shape = (*askers.limit.shape, askers.reach.shape[1])
    quotes = Quotes(np.empty(shape), np.empty(shape), np.empty(shape, np.int64), np.empty(shape, np.int8))
    quote_all(askers, lenders, rules, reference, *quotes)
    return quotes


@njit(cache=True)
def accepted_terms(asker, product, place, askers, lenders, rules, reference):
    """Price terms, APR and PD of accepted offers: the same functions again, for the lender that finally lends.

    Returns float64[m, 8]: funding, operating, expected loss, capital, margin, rate, APR, PD of who owes first.
    """
    reach = askers.reach.shape[1]
    loss, costs, shares = np.empty(reach), np.empty(reach), np.empty(reach)
    reason = np.empty(reach, np.int8)
    terms = np.empty((asker.size, 8))
    for m in range(asker.size):
        a, p, r = asker[m], product[m], place[m]
        quote_product(a, p, askers, lenders, rules, reference, loss, costs, shares, reason)
        offer = price_terms(a, p, r, shares[r], loss[r], askers, lenders, rules)
        terms[m, :6] = offer
        terms[m, 6] = offered_apr(p, offer.rate, askers.days[a, p], askers.payments[a, p], rules.step_days)
        pd = perceived_pd(a, r, askers.reach[a, r], askers, lenders)
        terms[m, 7] = _who_owes(p, pd, askers.obligor_pd[a, p])
    return terms
