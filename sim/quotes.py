"""Quotes: what a lender prices with, the rules that prices and refusals share, and the terms of what is accepted."""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

import numpy as np

from agents.kernels import inlined, kernel
from agents.numeric import round_rate
from agents.threads import in_blocks
from policies.apr import bullet_apr, discount_apr
from policies.waterfall import (
    capital_share,
    default_in_life,
    facility_relief,
    joint_default_probability,
    operating_cost,
    price,
    term_default_probability,
)
from sim.ranking import Ranked

(OFFERED, NOT_ELIGIBLE, RISK, PRICE_CAP, TOO_DEAR, CAPITAL, STABLE_FUNDING, SINGLE_NAME, NO_LENDER,
 QUOTA) = range(10)  # fmt: skip
REASONS: Final = (
    "offered", "not_eligible", "risk", "price_cap", "too_dear", "capital", "stable_funding", "single_name",
    "no_lender", "quota",
)  # fmt: skip


class Askers(NamedTuple):
    """Firms that ask, one row each; P products on offer, R lenders within reach (−1: none)."""

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
    group: Any  # int64[a] class of borrower, row of the levers' terms
    subsidy_room: Any  # float64[a] fen of principal that may still be subsidised


class Lenders(NamedTuple):
    """What a lender prices with, one row each."""

    funding: Any  # float64[B]
    running_cost: Any  # float64[B]
    intercept: Any  # float64[B] learned, logit
    level: Any  # float64[B] the same as a factor on the odds of default
    cut_factor: Any  # float64[B] tightening of the cut-off
    mandate: Any  # float64[B] margin given up on SMEs
    lends: Any  # bool[B]
    refinances: Any  # bool[B] has an allotment of the central bank's facility that is cheaper than its own funds


class PricingRules(NamedTuple):
    """Parameters of price formation, rates p.a.; products as on offer."""

    product: Any  # int64[P] index in PRODUCTS
    sold: Any  # bool[P] the paper is bought at a discount
    buyer_owes: Any  # bool[P] the cut-off is about the buyer
    buyer_too: Any  # bool[P] the lender loses only if the buyer fails as well
    cut_off: Any  # float64[P]
    fixed_cost: Any  # float64[P] fen
    alpha: float
    switching: float
    captive: float
    legal_cap: float
    hurdle: float
    target_capital: float
    correlation: float
    screening_cost: float
    step_days: float


class Quotes(NamedTuple):
    """What came of it.

    A place is version × reach: first every lender's offer with all levers, then, if there are rationed ones, its plain
    offer without these.
    """

    reason: Any  # int8[a, P, V·R] OFFERED or why not, by place
    both: Any  # float64[a, P] probability that the buyer fails within the life if the seller does; 1 if no matter
    ranked: Ranked  # what there is, firm by firm


@kernel
def logit_seen(score, noise, noise_variance, mean, variance, intercept):
    """Logit of the yearly PD as a lender sees it: score and its own noise, shrunk towards the group, plus what it has
    learned."""
    weight = variance / (variance + noise_variance) if variance + noise_variance > 0 else 1.0
    return mean + weight * (score + noise - mean) + intercept


@kernel
def perceived_pd(score, noise, noise_variance, mean, variance, intercept):
    """The yearly PD of `logit_seen`."""
    return round_rate(1.0 / (1.0 + math.exp(-logit_seen(score, noise, noise_variance, mean, variance, intercept))))


@inlined
def default_of_buyer_too(buyer_too, mean, obligor_pd, days, correlation, nodes):
    """Probability that the buyer defaults within the life, given that the seller does; 1 where that is no matter.

    Taken once a firm and product, at the rating group's view of the seller: it hardly moves with a lender's noise.
    """
    if not buyer_too:
        return 1.0
    own = term_default_probability(1.0 / (1.0 + math.exp(-mean)), days)
    other = term_default_probability(obligor_pd, days)
    return joint_default_probability(own, other, correlation, nodes) / own if own > 0 else 0.0


def cut_off_seen(cut_off: Any, level: Any) -> Any:
    """The cut-off on the PD scale of a lender whose experience is `level` times the score's odds of default.

    It is a place in the ranking of the score. What a lender learns of the level goes into its prices: if it moved who
    is refused as well, lenders who refuse renewal would bring about the defaults that they then refuse for.
    """
    return np.where(cut_off < 1.0, cut_off * level / (1.0 + cut_off * (level - 1.0)), cut_off)


@kernel
def of_buyer_alone(buyer_owes, buyer_too, obligor_pd, days):
    """Probability that the buyer defaults within the life where that alone is the lender's risk; −1 where it is not."""
    return term_default_probability(obligor_pd, days) if buyer_owes and not buyer_too else -1.0


@kernel
def offered_apr(sold, rate, days, payments, step_days, fee):
    """All-in APR of an offer: discounted paper, or a loan that pays interest every step; `fee`, a share of principal,
    is withheld at signing."""
    if sold:
        return discount_apr(rate, days, fee)
    return bullet_apr(rate, step_days, payments, fee)


@kernel
def insurance_premium(base, least, obligor_pd, days):
    """Premium for a life, share of principal: the insurer's price of the buyer's failure, at least a minimum."""
    return max(base * term_default_probability(obligor_pd, days), least) if base > 0 else 0.0


@kernel
def subsidy_rate(subsidy, room, amount, sold):
    """Points that the treasury pays on a contract, fewer where a loan exceeds what may be subsidised of the firm's."""
    if subsidy <= 0:
        return 0.0
    return round_rate(subsidy if sold else subsidy * min(1.0, room / amount))


@kernel
def running_with_effort(running_cost, effort, screening_cost):
    """Running cost p.a. where a part of it is screening, saved as effort falls."""
    return running_cost * (1.0 - screening_cost * (1.0 - effort))


def accepted_terms(
    asker: Any, product: Any, place: Any, margin: Any, askers: Askers, lenders: Lenders, rules: PricingRules,
    levers: Any, both: Any,
) -> Any:  # fmt: skip
    """Price terms, APR and PD of m accepted offers, for the lender that finally lends, at the margin that it quoted.

    Returns float64[m, 13] in the order of `sim.contracts.TERMS`, then rate, APR, PD of who owes first, gross APR,
    expected loss over the life (share of principal).
    """
    terms = np.empty((13, asker.size)).T  # readers take it term by term
    given = (asker, product, place, margin, askers, lenders, rules, tuple(levers), both, terms)
    in_blocks(lambda first, end: _accepted_terms(first, end, *given), asker.size, 600.0)
    return terms


@kernel
def _accepted_terms(first_offer, end, asker, product, place, margin, askers, lenders, rules, levers, both, terms):
    """Fill rows first_offer..end−1 of `terms`."""
    (_, reach, _, amounts, lives, payments, obligor_pd, weight, score, noise, noise_variance, mean, variance, _,
     _, group, room) = askers  # fmt: skip
    funding, running_cost, intercept, _, _, _, _, refinances = lenders
    (_, sold, buyer_owes, buyer_too, _, fixed_cost, _, _, _, _, hurdle, target, _, screening_cost, step_days) = rules
    (_, _, lgd, efforts, premium_base, least_premium, fees, fee_subsidy, premium_subsidy, subsidies, refinanced,
     facility_rate, _, _) = levers  # fmt: skip
    width = reach.shape[1]
    for m in range(first_offer, end):
        a, p, v, r, c = asker[m], product[m], place[m] // width, place[m] % width, group[asker[m]]
        lender, days, effort = reach[a, r], lives[a, p], efforts[v, c, p]
        pd = perceived_pd(
            score[a], noise[a, r] / effort, noise_variance[a, r] / (effort * effort), mean[a], variance[a],
            intercept[lender],
        )  # fmt: skip
        bought = of_buyer_alone(buyer_owes[p], buyer_too[p], obligor_pd[a, p], days)
        loss = lgd[v, c, p] * (bought if bought >= 0 else default_in_life(pd, days) * both[a, p])
        running = running_with_effort(running_cost[lender], effort, screening_cost)
        operating = operating_cost(fixed_cost[p], amounts[a, p], days, running)
        k = capital_share(weight[a, p], target)
        relief = 0.0
        if refinanced[v, c, p] > 0 and refinances[lender]:
            relief = facility_relief(funding[lender], facility_rate, refinanced[v, c, p], k)
        offer = price(funding[lender], k, hurdle, operating, loss, days, margin[m], relief)
        terms[m, 0], terms[m, 1], terms[m, 2] = offer.funding, offer.operating, offer.expected_loss
        terms[m, 3], terms[m, 4], terms[m, 8] = offer.capital, offer.margin, offer.rate
        premium = insurance_premium(premium_base[v, c, p], least_premium[v, c, p], obligor_pd[a, p], days)
        paid = min(subsidy_rate(subsidies[v, c, p], room[a], amounts[a, p], sold[p]), max(offer.rate, 0.0))
        terms[m, 5], terms[m, 6] = fees[v, c, p], round_rate(premium * 360 / days)
        terms[m, 7] = round_rate(-paid - fee_subsidy[v, c, p] - terms[m, 6] * premium_subsidy[v, c, p])
        fee = fees[v, c, p] * days / 360 + premium
        given = fee_subsidy[v, c, p] * days / 360 + premium * premium_subsidy[v, c, p]
        terms[m, 9] = offered_apr(sold[p], offer.rate - paid, days, payments[a, p], step_days, fee - given)
        terms[m, 11] = terms[m, 9]
        if paid > 0 or given > 0:
            terms[m, 11] = offered_apr(sold[p], offer.rate, days, payments[a, p], step_days, fee)
        terms[m, 10] = obligor_pd[a, p] if buyer_owes[p] else pd
        terms[m, 12] = loss
