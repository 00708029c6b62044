"""Quotes: every lender within reach prices every product a firm is eligible for, or refuses and says why."""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

import numpy as np

from agents.kernels import kernel
from agents.numeric import decision_key, round_rate
from policies.apr import bullet_apr, discount_apr
from policies.waterfall import (
    capital_share,
    choice_shares,
    cost_terms,
    joint_default_probability,
    logit_margin,
    loss_and_rate,
    operating_cost,
    price,
    term_default_probability,
)
from sim.contracts import BILL_DISCOUNT, FACTORING, RECOURSE_FACTORING

OFFERED, NOT_ELIGIBLE, RISK, PRICE_CAP, TOO_DEAR, CAPITAL, STABLE_FUNDING, SINGLE_NAME, NO_LENDER = range(9)
NEVER: Final = np.iinfo(np.int64).max  # the key of no offer
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
    """What came of it: (askers × products × reach). `loss` means something where there is an offer."""

    margin: Any  # float64, 0 without an offer
    loss: Any  # float64, expected loss over the life, share of principal
    key: Any  # int64, all-in APR in hundredths of a bp: what the borrower compares
    reason: Any  # int8, OFFERED or why not


@kernel
def perceived_pd(score, noise, noise_variance, mean, variance, intercept):
    """Yearly PD as a lender sees it: score and its own noise, shrunk towards the group, plus what it has learned."""
    weight = variance / (variance + noise_variance) if variance + noise_variance > 0 else 1.0
    logit = mean + weight * (score + noise - mean) + intercept
    return round_rate(1.0 / (1.0 + math.exp(-logit)))


@kernel
def _who_owes(product, pd, obligor_pd):
    """PD that the cut-off is about: the buyer's where paper is bought, the borrower's elsewhere."""
    return obligor_pd if product in (FACTORING, BILL_DISCOUNT) else pd


@kernel
def _default_of_buyer_too(product, mean, obligor_pd, days, correlation):
    """Probability that the buyer defaults within the life, given that the seller does; 1 where that is no matter.

    Taken once a firm and product, at the rating group's view of the seller: it hardly moves with a lender's noise.
    """
    if product not in (RECOURSE_FACTORING, BILL_DISCOUNT):
        return 1.0
    own = term_default_probability(1.0 / (1.0 + math.exp(-mean)), days)
    other = term_default_probability(obligor_pd, days)
    return joint_default_probability(own, other, correlation) / own if own > 0 else 0.0


@kernel
def _losses(a, p, width, days, obligor_pd, both, pd, reach, cut_off, cut_factor, lgd, losses, reason):
    """Expected loss over the life, share of principal, of every lender for one firm and product; or its refusal."""
    bought = term_default_probability(obligor_pd, days) if p == FACTORING else 0.0
    for r in range(width):
        losses[a, p, r] = 0.0
        if pd[r] < 0:
            reason[a, p, r] = NO_LENDER
        elif _who_owes(p, pd[r], obligor_pd) > cut_off * cut_factor[reach[a, r]]:
            reason[a, p, r] = RISK
        else:
            reason[a, p, r] = OFFERED
            losses[a, p, r] = lgd * (bought if p == FACTORING else term_default_probability(pd[r], days) * both)


@kernel
def offered_apr(product, rate, days, payments, step_days):
    """All-in APR of an offer: discounted paper, or a loan that pays interest every step."""
    if product in (FACTORING, BILL_DISCOUNT):
        return discount_apr(rate, days)
    return bullet_apr(rate, step_days, payments)


@kernel
def _quote_all(askers, lenders, rules, reference, margins, losses, key, reason):
    """Fill margin, loss, key and reason for every asker, product and lender within reach.

    Tuples are taken apart once: reaching into them in the inner loop costs more than the pricing itself.
    """
    products, places = key.shape[1], key.shape[2]
    pd, terms, costs, shares = np.empty(places), np.empty(places), np.empty(places), np.empty(places)
    (_, reach, limit, amounts, lives, payments, obligor_pd, weight, score, noise, noise_variance, mean, variance, grade,
     sme) = askers  # fmt: skip
    funding, running_cost, intercept, cut_factor, mandate, lends = lenders
    lgd, cut_off, fixed_cost, alpha, switching, captive, cap, hurdle, target_capital, correlation, step_days = rules
    for a in range(key.shape[0]):
        width = 0  # lenders within reach come first in the row
        while width < places and reach[a, width] >= 0:
            lender, r = reach[a, width], width
            seen = perceived_pd(score[a], noise[a, r], noise_variance[a, r], mean[a], variance[a], intercept[lender])
            pd[r] = seen if lends[lender] else -1.0
            width += 1
        for p in range(products):
            for r in range(places):
                margins[a, p, r], key[a, p, r] = 0.0, NEVER
                reason[a, p, r] = NOT_ELIGIBLE if r < width else NO_LENDER
            if limit[a, p] <= 0:
                continue
            days, amount, owes = lives[a, p], amounts[a, p], obligor_pd[a, p]
            k = capital_share(weight[a, p], target_capital)
            both = _default_of_buyer_too(p, mean[a], owes, days, correlation)
            _losses(a, p, width, days, owes, both, pd, reach, cut_off[p], cut_factor, lgd[p], losses, reason)
            offers = 0
            for r in range(width):
                costs[r] = math.inf
                if reason[a, p, r] == OFFERED:
                    offers += 1
                    lender = reach[a, r]
                    operating = operating_cost(fixed_cost[p], amount, days, running_cost[lender])
                    own, operating, capital = cost_terms(funding[lender], k, hurdle, operating)
                    terms[r] = own + operating + capital
                    costs[r] = loss_and_rate(terms[r], losses[a, p, r], days)[1]
            if offers == 0:
                continue
            choice_shares(alpha, costs[:width], reference[p, grade[a]] + switching, shares)
            for r in range(width):
                if reason[a, p, r] != OFFERED:
                    continue
                given_up = mandate[reach[a, r]] if sme[a] else 0.0
                margin = round_rate(logit_margin(alpha, shares[r]) * (1.0 + captive) - given_up)
                rate = loss_and_rate(terms[r] + margin, losses[a, p, r], days)[1]
                if rate > cap:
                    reason[a, p, r] = PRICE_CAP
                    continue
                margins[a, p, r] = margin
                key[a, p, r] = decision_key(offered_apr(p, rate, days, payments[a, p], step_days))


def quote(askers: Askers, lenders: Lenders, rules: PricingRules, reference: Any) -> Quotes:
    """Quotes of all lenders within reach; `reference` is last step's price by product and rating grade."""
    shape = (*askers.limit.shape, askers.reach.shape[1])
    quotes = Quotes(np.empty(shape), np.empty(shape), np.empty(shape, np.int64), np.empty(shape, np.int8))
    _quote_all(askers, lenders, rules, reference, *quotes)
    return quotes


@kernel
def accepted_terms(asker, product, place, askers, lenders, rules, margins, losses):
    """Price terms, APR and PD of accepted offers, for the lender that finally lends.

    Returns float64[m, 8]: funding, operating, expected loss, capital, margin, rate, APR, PD of who owes first.
    """
    terms = np.empty((asker.size, 8))
    (_, reach, _, amounts, lives, payments, obligor_pd, weight, score, noise, noise_variance, mean, variance, _,
     _) = askers  # fmt: skip
    funding, running_cost, intercept, _, _, _ = lenders
    fixed_cost, hurdle, target, step_days = rules.fixed_cost, rules.hurdle, rules.target_capital, rules.step_days
    for m in range(asker.size):
        a, p, r = asker[m], product[m], place[m]
        lender, days = reach[a, r], lives[a, p]
        operating = operating_cost(fixed_cost[p], amounts[a, p], days, running_cost[lender])
        k = capital_share(weight[a, p], target)
        offer = price(funding[lender], k, hurdle, operating, losses[a, p, r], days, margins[a, p, r])
        terms[m, 0], terms[m, 1], terms[m, 2] = offer.funding, offer.operating, offer.expected_loss
        terms[m, 3], terms[m, 4], terms[m, 5] = offer.capital, offer.margin, offer.rate
        terms[m, 6] = offered_apr(p, offer.rate, days, payments[a, p], step_days)
        pd = perceived_pd(score[a], noise[a, r], noise_variance[a, r], mean[a], variance[a], intercept[lender])
        terms[m, 7] = _who_owes(p, pd, obligor_pd[a, p])
    return terms
