"""Quotes: every lender within reach prices every product a firm is eligible for, or refuses and says why."""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

import numpy as np

from agents.kernels import kernel
from agents.numeric import bivariate_nodes, decision_key, round_rate
from agents.threads import in_blocks
from policies.apr import bullet_apr, discount_apr
from policies.waterfall import (
    capital_share,
    choice_odds,
    cost_terms,
    default_intensity,
    default_within,
    facility_relief,
    joint_default_probability,
    logit_margin,
    loss_and_rate,
    loss_odds,
    operating_cost,
    price,
    term_default_probability,
)

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
    """What came of it: (askers × products × places), and `both`.

    A place is version × reach: first every lender's offer with all levers, then, if there are rationed ones, its plain
    offer without these.
    """

    margin: Any  # float64, 0 without an offer
    key: Any  # int32, all-in APR in hundredths of a bp: what the borrower compares; 0 without an offer
    reason: Any  # int8, OFFERED or why not
    both: Any  # float64[a, P] probability that the buyer fails within the life if the seller does; 1 if no matter


@kernel
def perceived_pd(score, noise, noise_variance, mean, variance, intercept):
    """Yearly PD as a lender sees it: score and its own noise, shrunk towards the group, plus what it has learned."""
    weight = variance / (variance + noise_variance) if variance + noise_variance > 0 else 1.0
    logit = mean + weight * (score + noise - mean) + intercept
    return round_rate(1.0 / (1.0 + math.exp(-logit)))


@kernel
def _default_of_buyer_too(buyer_too, mean, obligor_pd, days, correlation, nodes):
    """Probability that the buyer defaults within the life, given that the seller does; 1 where that is no matter.

    Taken once a firm and product, at the rating group's view of the seller: it hardly moves with a lender's noise.
    """
    if not buyer_too:
        return 1.0
    own = term_default_probability(1.0 / (1.0 + math.exp(-mean)), days)
    other = term_default_probability(obligor_pd, days)
    return joint_default_probability(own, other, correlation, nodes) / own if own > 0 else 0.0


@kernel
def _perceive(a, reach, effort, score, noise, noise_variance, mean, variance, intercept, lends, view):
    """Write each lender's view of firm a into `view`: yearly PD, −1 where it does not lend, and default intensity. Less
    effort, more noise."""
    for r in range(view.shape[1]):
        lender = reach[a, r]
        view[0, r] = -1.0
        if lends[lender]:
            view[0, r] = perceived_pd(
                score[a], noise[a, r] / effort, noise_variance[a, r] / (effort * effort), mean[a], variance[a],
                intercept[lender],
            )  # fmt: skip
            view[1, r] = default_intensity(view[0, r])


@kernel
def _lenders_within_reach(reach):
    """How many lenders a firm can ask; they come first in its row."""
    width = 0
    while width < reach.size and reach[width] >= 0:
        width += 1
    return width


@kernel
def cut_off_seen(cut_off, level):
    """The cut-off on the PD scale of a lender whose experience is `level` times the score's odds of default.

    It is a place in the ranking of the score. What a lender learns of the level goes into its prices: if it moved who
    is refused as well, lenders who refuse renewal would bring about the defaults that they then refuse for.
    """
    return cut_off * level / (1.0 + cut_off * (level - 1.0)) if cut_off < 1.0 else cut_off


@kernel
def _of_buyer_alone(buyer_owes, buyer_too, obligor_pd, days):
    """Probability that the buyer defaults within the life where that alone is the lender's risk; −1 where it is not."""
    return term_default_probability(obligor_pd, days) if buyer_owes and not buyer_too else -1.0


@kernel
def _expected_loss(lgd, bought, intensity, days, both):
    """Expected loss over the life, share of principal; `intensity` of the seller's default p.a."""
    return lgd * (bought if bought >= 0 else default_within(intensity, days) * both)


@kernel
def _losses(buyer_owes, buyer_too, days, obligor_pd, both, view, reach, cut_off, level, cut_factor, lgd, odds, reason):
    """`loss_odds` of the expected loss over the life of every lender for one firm and product; or its refusal."""
    bought = _of_buyer_alone(buyer_owes, buyer_too, obligor_pd, days)
    for r in range(reason.size):
        lender = reach[r]
        odds[r], most = 0.0, cut_off * cut_factor[lender]
        if view[0, r] < 0:
            reason[r] = NO_LENDER
        elif obligor_pd > most if buyer_owes else view[0, r] > cut_off_seen(most, level[lender]):
            reason[r] = RISK
        else:
            reason[r] = OFFERED
            odds[r] = loss_odds(_expected_loss(lgd, bought, view[1, r], days, both))


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
def operating_with_effort(fixed_cost, amount, days, running_cost, effort, screening_cost):
    """Operating cost p.a. where a part of the running cost is screening, saved as effort falls."""
    return operating_cost(fixed_cost, amount, days, running_cost * (1.0 - screening_cost * (1.0 - effort)))


@kernel
def _quote_all(first_asker, end, askers, lenders, rules, levers, reference, plain, width, margins, key, reason, both):
    """Fill margin, key, reason and both for askers first_asker..end−1, every product and place; `width` lenders within
    reach.

    Tuples are taken apart once: reaching into them in the inner loop costs more than the pricing itself.
    """
    products, versions = key.shape[1], key.shape[2] // width
    scratch, common, other = np.empty((4, width)), np.empty((2, width)), np.empty((2, width))
    (_, reach, limit, amounts, lives, payments, obligor_pd, weight, score, noise, noise_variance, mean, variance, grade,
     sme, group, room) = askers  # fmt: skip
    funding, running_cost, intercept, level, cut_factor, mandate, lends, refinances = lenders
    (product, sold, buyer_owes, buyer_too, cut_off, fixed_cost, alpha, switching, captive, cap, hurdle, target_capital,
     correlation, screening_cost, step_days) = rules  # fmt: skip
    nodes = bivariate_nodes(correlation)
    (offered, _, lgd, efforts, premium_base, least_premium, fees, fee_subsidy, premium_subsidy, subsidies, refinanced,
     facility_rate, rate_cap, appetite) = levers  # fmt: skip
    for a in range(first_asker, end):
        near, c = _lenders_within_reach(reach[a]), group[a]
        terms, costs, choice, loss = scratch[0, :near], scratch[1, :near], scratch[2, :near], scratch[3, :near]
        other_effort = 1.0  # with which `other` was looked at
        for p in range(products):
            for r in range(key.shape[2]):
                reason[a, p, r] = NO_LENDER
        _perceive(a, reach, 1.0, score, noise, noise_variance, mean, variance, intercept, lends, common[:, :near])
        for p in range(products):
            days, amount = lives[a, p], amounts[a, p]
            k = capital_share(weight[a, p], target_capital)
            both[a, p] = -1.0  # not known yet: it is dear, and many products are not for the firm
            for v in range(versions):
                first = v * width
                why = reason[a, p, first : first + near]
                if limit[a, p] <= 0 or not offered[v, c, p] or (v > 0 and not plain[a, p]):
                    for r in range(near):
                        why[r] = NOT_ELIGIBLE
                    continue
                if both[a, p] < 0:
                    both[a, p] = _default_of_buyer_too(
                        buyer_too[p], mean[a], obligor_pd[a, p], days, correlation, nodes
                    )
                effort, view = efforts[v, c, p], common
                if effort != 1.0:
                    view = other
                    if effort != other_effort:
                        other_effort = effort
                        _perceive(
                            a, reach, effort, score, noise, noise_variance, mean, variance, intercept, lends,
                            other[:, :near],
                        )  # fmt: skip
                most = cut_off[p] * appetite[v, c, p]
                _losses(buyer_owes[p], buyer_too[p], days, obligor_pd[a, p], both[a, p], view, reach[a], most, level,
                        cut_factor, lgd[v, c, p], loss, why)  # fmt: skip
                relief_share, offers = refinanced[v, c, p], 0
                for r in range(near):
                    costs[r] = math.inf
                    if why[r] == OFFERED:
                        offers += 1
                        b = reach[a, r]
                        operating = operating_with_effort(
                            fixed_cost[p], amount, days, running_cost[b], effort, screening_cost
                        )
                        relief = 0.0
                        if relief_share > 0 and refinances[b]:
                            relief = facility_relief(funding[b], facility_rate, relief_share, k)
                        own, operating, capital = cost_terms(funding[b], k, hurdle, operating, relief)
                        terms[r] = own + operating + capital
                        costs[r] = loss_and_rate(terms[r], loss[r], days)[1]
                if offers == 0:
                    continue
                choice_odds(alpha, costs, reference[product[p], grade[a]] + switching, choice)
                premium = insurance_premium(premium_base[v, c, p], least_premium[v, c, p], obligor_pd[a, p], days)
                fee = (fees[v, c, p] - fee_subsidy[v, c, p]) * days / 360 + premium * (1 - premium_subsidy[v, c, p])
                paid = subsidy_rate(subsidies[v, c, p], room[a], amount, sold[p])
                for r in range(near):
                    if why[r] != OFFERED:
                        continue
                    b = reach[a, r]
                    given_up = mandate[b] if sme[a] else 0.0
                    margin = round_rate(logit_margin(alpha, choice[r]) * (1.0 + captive) - given_up)
                    rate = loss_and_rate(terms[r] + margin, loss[r], days)[1]
                    drawn = relief_share > 0 and refinances[b] and funding[b] > facility_rate
                    if rate > cap or (drawn and rate > rate_cap):
                        why[r] = PRICE_CAP
                        continue
                    margins[a, p, first + r], net = margin, max(rate - paid, 0.0)
                    key[a, p, first + r] = decision_key(offered_apr(sold[p], net, days, payments[a, p], step_days, fee))


def quote(
    askers: Askers, lenders: Lenders, rules: PricingRules, levers: Any, reference: Any, versions: int, plain: Any = None
) -> Quotes:
    """Quotes of all lenders within reach, in one or two versions.

    `levers` are the terms of `sim.lever_terms.LeverTerms`, `reference` is last step's price by product and rating
    grade. `plain` bool[a, P] says which products are priced in the plain version too; all if it is not given.
    """
    width = askers.reach.shape[1]
    shape = (*askers.limit.shape, width * versions)
    quotes = Quotes(np.zeros(shape), np.zeros(shape, np.int32), np.empty(shape, np.int8), np.empty(shape[:2]))
    if plain is None:
        plain = np.ones(askers.limit.shape, np.bool_)
    given = (askers, lenders, rules, tuple(levers), reference, plain, width, *quotes)
    in_blocks(lambda first, end: _quote_all(first, end, *given), shape[0], 1500.0)
    return quotes


def accepted_terms(
    asker: Any, product: Any, place: Any, askers: Askers, lenders: Lenders, rules: PricingRules, levers: Any,
    margins: Any, both: Any,
) -> Any:  # fmt: skip
    """Price terms, APR and PD of m accepted offers, for the lender that finally lends.

    Returns float64[m, 13] in the order of `sim.contracts.TERMS`, then rate, APR, PD of who owes first, gross APR,
    expected loss over the life (share of principal).
    """
    terms = np.empty((13, asker.size)).T  # readers take it term by term
    given = (asker, product, place, askers, lenders, rules, tuple(levers), margins, both, terms)
    in_blocks(lambda first, end: _accepted_terms(first, end, *given), asker.size, 600.0)
    return terms


@kernel
def _accepted_terms(first_offer, end, asker, product, place, askers, lenders, rules, levers, margins, both, terms):
    """Fill rows first_offer..end−1 of `terms`."""
    (_, reach, _, amounts, lives, payments, obligor_pd, weight, score, noise, noise_variance, mean, variance, _,
     _, group, room) = askers  # fmt: skip
    funding, running_cost, intercept, _, _, _, _, refinances = lenders
    fixed_cost, hurdle, target, step_days = rules.fixed_cost, rules.hurdle, rules.target_capital, rules.step_days
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
        bought = _of_buyer_alone(rules.buyer_owes[p], rules.buyer_too[p], obligor_pd[a, p], days)
        loss = _expected_loss(lgd[v, c, p], bought, default_intensity(pd), days, both[a, p])
        operating = operating_with_effort(
            fixed_cost[p], amounts[a, p], days, running_cost[lender], effort, rules.screening_cost
        )
        k = capital_share(weight[a, p], target)
        relief = 0.0
        if refinanced[v, c, p] > 0 and refinances[lender]:
            relief = facility_relief(funding[lender], facility_rate, refinanced[v, c, p], k)
        offer = price(funding[lender], k, hurdle, operating, loss, days, margins[a, p, place[m]], relief)
        terms[m, 0], terms[m, 1], terms[m, 2] = offer.funding, offer.operating, offer.expected_loss
        terms[m, 3], terms[m, 4], terms[m, 8] = offer.capital, offer.margin, offer.rate
        premium = insurance_premium(premium_base[v, c, p], least_premium[v, c, p], obligor_pd[a, p], days)
        sold = rules.sold[p]
        paid = min(subsidy_rate(subsidies[v, c, p], room[a], amounts[a, p], sold), max(offer.rate, 0.0))
        terms[m, 5], terms[m, 6] = fees[v, c, p], round_rate(premium * 360 / days)
        terms[m, 7] = round_rate(-paid - fee_subsidy[v, c, p] - terms[m, 6] * premium_subsidy[v, c, p])
        fee = fees[v, c, p] * days / 360 + premium
        given = fee_subsidy[v, c, p] * days / 360 + premium * premium_subsidy[v, c, p]
        terms[m, 9] = offered_apr(sold, offer.rate - paid, days, payments[a, p], step_days, fee - given)
        terms[m, 11] = terms[m, 9]
        if paid > 0 or given > 0:
            terms[m, 11] = offered_apr(sold, offer.rate, days, payments[a, p], step_days, fee)
        terms[m, 10] = obligor_pd[a, p] if rules.buyer_owes[p] else pd
        terms[m, 12] = loss
