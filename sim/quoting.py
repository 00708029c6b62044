"""Quoting: every lender within reach prices every product a firm is eligible for, a rule at a time over many offers.

What some dozens of firms are offered of a product stands in columns, and each rule of the price goes over them in a
loop of its own: the processor then takes several offers in one instruction, which it cannot where one offer goes
through all rules. Exponentials and logarithms have loops of their own for the same reason.
"""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

import numpy as np

from agents.kernels import inlined, kernel
from agents.numeric import bivariate_nodes, decision_key, round_rate
from agents.threads import in_blocks
from policies.apr import bullet_apr_each, discount_apr
from policies.waterfall import (
    capital_share,
    choice_odds,
    cost_terms,
    default_in_life,
    default_intensity,
    default_within,
    facility_relief,
    fixed_cost_rate,
    logit_margin,
    loss_and_rate,
    loss_odds,
)
from sim.lever_terms import PLAIN, WITH, LeverTerms
from sim.quotes import (
    NO_LENDER,
    NOT_ELIGIBLE,
    OFFERED,
    PRICE_CAP,
    RISK,
    Askers,
    Lenders,
    PricingRules,
    Quotes,
    cut_off_seen,
    default_of_buyer_too,
    insurance_premium,
    logit_seen,
    of_buyer_alone,
    running_with_effort,
    subsidy_rate,
)

# Rows of a column. Columns stand in one array, at constant distances, by which the compiler sees that they do not
# overlap: an odd number of cache lines, lest they meet in the cache.
ROOM: Final = 360

# A firm and a lender within its reach; at full effort, the yearly PD seen, its intensity, and the PD of the life
(SCORE, NOISE, NOISE_VARIANCE, MEAN, VARIANCE, INTERCEPT, EFFORT, SEEN, FULLY_SEEN, INTENSITY, WITHIN) = (
    ROOM * column for column in range(11)
)
# A firm and the product in hand
(SPREAD, EQUITY, BOUGHT) = (ROOM * column for column in range(3))
# An offer
(FUNDING, RUNNING, FIXED, REFINANCED, CAPITAL, LOSS, DAYS, GIVEN_UP, CAP, PAID, FEE, PAYMENTS, TERMS, COST, ODDS,
 MARGIN, RATE, NET, APR) = (ROOM * column for column in range(19))  # fmt: skip


class Desk(NamedTuple):
    """Room for what is worked on at once: some firms, the lenders within their reach, their offers for a product."""

    pair: Any  # float64: columns of firms and lenders within reach
    bank: Any  # int64: the lender
    start: Any  # int64: first pair of each firm
    levers: Any  # int64: levers that are rationed and used by any lender within reach, as bits
    firm: Any  # float64: columns of firms
    offer: Any  # float64: columns of offers
    of: Any  # int64: pair of an offer
    row: Any  # int64: its place, −1: it only stands among rivals, as the same is offered with levers
    who: Any  # int64: firms with an offer
    first: Any  # int64: first offer of each
    outside: Any  # float64: rate of its outside offer


class Rationed(NamedTuple):
    """What rationed levers tell an offer from its plain version."""

    use: Any  # float64[a, P, V, L] allotment that a fen of principal uses
    uses: Any  # bool[B, L] whether the lender uses the lever


@kernel
def _empty_desk():
    return Desk(
        np.empty(11 * ROOM), np.empty(ROOM, np.int64), np.empty(ROOM + 1, np.int64), np.empty(ROOM, np.int64),
        np.empty(3 * ROOM), np.empty(19 * ROOM), np.empty(ROOM, np.int64), np.empty(ROOM, np.int64),
        np.empty(ROOM, np.int64), np.empty(ROOM + 1, np.int64), np.empty(ROOM),
    )  # fmt: skip


@kernel
def _cut_offs(rules, lenders, appetite):
    """Highest PD that gets an offer, by version, class, product and lender: the buyer's where it owes, else as seen."""
    versions, classes, products = appetite.shape
    cut_offs = np.empty((versions, classes, products, lenders.level.size))
    for v in range(versions):
        for c in range(classes):
            for p in range(products):
                for b in range(lenders.level.size):
                    most = rules.cut_off[p] * appetite[v, c, p] * lenders.cut_factor[b]
                    cut_offs[v, c, p, b] = most if rules.buyer_owes[p] else cut_off_seen(most, lenders.level[b])
    return cut_offs


@kernel
def _bits(flags):
    """Each row of bool[n, L] as one number; int64[n]."""
    bits = np.zeros(flags.shape[0], np.int64)
    for row in range(flags.shape[0]):
        for lever in range(flags.shape[1]):
            bits[row] |= np.int64(flags[row, lever]) << lever
    return bits


@kernel
def _bring_in(first, last, askers, intercept, used, desk):
    """Put firms first..last−1 with the lenders within reach of each on the desk; how many pairs that are."""
    reach, score, noise, noise_variance = askers.reach, askers.score, askers.noise, askers.noise_variance
    mean, variance, pair, bank, start, levers = (
        askers.group_mean, askers.group_variance, desk.pair, desk.bank, desk.start, desk.levers
    )  # fmt: skip
    n = 0
    for a in range(first, last):
        start[a - first], levers[a - first] = n, 0
        for r in range(reach.shape[1]):
            if reach[a, r] < 0:  # lenders come first in a row
                break
            bank[n] = reach[a, r]
            levers[a - first] |= used[bank[n]]
            pair[SCORE + n], pair[NOISE + n], pair[NOISE_VARIANCE + n] = score[a], noise[a, r], noise_variance[a, r]
            pair[MEAN + n], pair[VARIANCE + n], pair[INTERCEPT + n] = mean[a], variance[a], intercept[bank[n]]
            pair[EFFORT + n] = 1.0
            n += 1
    start[last - first] = n
    return n


@kernel
def _look(pairs, pair):
    """Each lender's view of each firm, at the effort it makes: yearly PD. Less effort, more noise."""
    for n in range(pairs):
        effort = pair[EFFORT + n]
        pair[SEEN + n] = logit_seen(
            pair[SCORE + n], pair[NOISE + n] / effort, pair[NOISE_VARIANCE + n] / (effort * effort), pair[MEAN + n],
            pair[VARIANCE + n], pair[INTERCEPT + n],
        )  # fmt: skip
    for n in range(pairs):
        pair[SEEN + n] = math.exp(-pair[SEEN + n])
    for n in range(pairs):
        pair[SEEN + n] = round_rate(1.0 / (1.0 + pair[SEEN + n]))


@kernel
def _look_fully(pairs, pair):
    """Each lender's view at full effort, which most products take."""
    _look(pairs, pair)
    for n in range(pairs):
        pair[FULLY_SEEN + n] = pair[SEEN + n]
    for n in range(pairs):
        pair[INTENSITY + n] = default_intensity(pair[SEEN + n])


@kernel
def _look_again(p, v, first, last, group, efforts, desk, pairs):
    """Each lender's view at the effort that levers leave it; whether that differs from full effort for any."""
    less = False
    for c in range(efforts.shape[1]):
        less |= efforts[v, c, p] != 1.0
    if less:
        for a in range(first, last):
            for n in range(desk.start[a - first], desk.start[a - first + 1]):
                desk.pair[EFFORT + n] = efforts[v, group[a], p]
        _look(pairs, desk.pair)
    return less


@kernel
def _take_up(p, first, last, askers, rules, offered, nodes, desk, both):
    """What is the same for all lenders, and for both versions, of a product: its costs, who must default for a loss."""
    lives, amounts, weight, start, pair, firm = (
        askers.days, askers.amount, askers.risk_weight, desk.start, desk.pair, desk.firm
    )  # fmt: skip
    for a in range(first, last):
        firm[SPREAD + a - first] = fixed_cost_rate(rules.fixed_cost[p], amounts[a, p], lives[a, p])
        firm[EQUITY + a - first] = capital_share(weight[a, p], rules.target_capital)
    owes, too, limit, obligor_pd = rules.buyer_owes[p], rules.buyer_too[p], askers.limit, askers.obligor_pd
    group, mean = askers.group, askers.group_mean
    for a in range(first, last):
        both[a, p] = -1.0
        if limit[a, p] <= 0 or not (offered[WITH, group[a], p] or offered[PLAIN, group[a], p]):
            continue  # the rest is dear
        days = lives[a, p]
        both[a, p] = default_of_buyer_too(too, mean[a], obligor_pd[a, p], days, rules.correlation, nodes)
        bought = firm[BOUGHT + a - first] = of_buyer_alone(owes, too, obligor_pd[a, p], days)
        if bought < 0:
            for n in range(start[a - first], start[a - first + 1]):
                year = days == 360.0  # see `default_in_life`
                pair[WITHIN + n] = pair[FULLY_SEEN + n] if year else default_within(pair[INTENSITY + n], days)


@inlined
def _saved(use, a, p):
    """Levers of which the plain version uses less, as bits."""
    bits = 0
    for lever in range(use.shape[3]):
        if use[a, p, WITH, lever] > use[a, p, PLAIN, lever]:
            bits |= 1 << lever
    return bits


@kernel
def _select(p, v, first, last, view, versions, askers, lenders, rules, offered, use, used, cut_offs, desk, reason):
    """Find who is offered the product, or why not; how many firms have an offer. `view` is the column of PDs as seen.

    A plain offer whose lender saves nothing by it only stands among rivals: the same is offered with levers.
    """
    limit, obligor_pd, group, lends = askers.limit, askers.obligor_pd, askers.group, lenders.lends
    bank, start, pair, owes, count, firms = desk.bank, desk.start, desk.pair, rules.buyer_owes[p], 0, 0
    products, width = limit.shape[1], askers.reach.shape[1]
    for a in range(first, last):
        i, c, row = a - first, group[a], ((a * products + p) * versions + v) * width
        saved = _saved(use, a, p) if v == PLAIN else -1
        desk.first[firms] = count
        if limit[a, p] <= 0 or not offered[v, c, p] or (v == PLAIN and saved & desk.levers[i] == 0):
            for n in range(start[i], start[i + 1]):
                reason[row + n - start[i]] = NOT_ELIGIBLE
            continue
        for n in range(start[i], start[i + 1]):
            lender, why = bank[n], OFFERED
            if not lends[lender]:
                why = NO_LENDER
            elif (obligor_pd[a, p] if owes else pair[view + n]) > cut_offs[v, c, p, lender]:
                why = RISK
            twin = v == PLAIN and saved & used[lender] == 0
            reason[row + n - start[i]] = NOT_ELIGIBLE if twin else why
            if why == OFFERED:
                desk.of[count], desk.row[count] = n, -1 if twin else row + n - start[i]
                count += 1
        if count > desk.first[firms]:
            desk.who[firms] = a
            firms += 1
    desk.first[firms] = count
    return firms


@kernel
def _lay_out(p, v, first, firms, view, askers, lenders, rules, levers, desk, both):
    """Put what the prices of all offers are made of into columns."""
    funding, running_cost, mandate, cap = lenders.funding, lenders.running_cost, lenders.mandate, rules.legal_cap
    pair, firm, offer = desk.pair, desk.firm, desk.offer
    for s in range(firms):
        a = desk.who[s]
        i, c, days = a - first, askers.group[a], askers.days[a, p]
        lgd, effort, share = levers.loss_given_default[v, c, p], levers.effort[v, c, p], levers.refinanced[v, c, p]
        fee, paid = _charges(p, v, a, askers, rules, levers)
        for n in range(desk.first[s], desk.first[s + 1]):
            j = desk.of[n]
            lender, within = desk.bank[j], firm[BOUGHT + i]
            if within < 0:
                within = pair[WITHIN + j] if effort == 1.0 else default_in_life(pair[view + j], days)
                within *= both[a, p]
            refinanced = lenders.refinances[lender] and share > 0
            drawn = refinanced and funding[lender] > levers.refinancing_rate
            offer[FUNDING + n], offer[CAPITAL + n] = funding[lender], firm[EQUITY + i]
            offer[RUNNING + n] = running_with_effort(running_cost[lender], effort, rules.screening_cost)
            offer[FIXED + n], offer[REFINANCED + n] = firm[SPREAD + i], share if refinanced else 0.0
            offer[LOSS + n], offer[DAYS + n] = lgd * within, days
            offer[GIVEN_UP + n] = mandate[lender] if askers.sme[a] else 0.0
            offer[CAP + n] = min(cap, levers.rate_cap) if drawn else cap
            offer[FEE + n], offer[PAID + n], offer[PAYMENTS + n] = fee, paid, askers.payments[a, p]


@inlined
def _charges(p, v, a, askers, rules, levers):
    """What the firm pays at signing, share of principal, and what the treasury takes over of its rate, p.a."""
    c, days, obligor_pd = askers.group[a], askers.days[a, p], askers.obligor_pd[a, p]
    premium = insurance_premium(levers.premium_base[v, c, p], levers.least_premium[v, c, p], obligor_pd, days)
    fee = (levers.fee[v, c, p] - levers.fee_subsidy[v, c, p]) * days / 360
    fee += premium * (1 - levers.premium_subsidy[v, c, p])
    return fee, subsidy_rate(levers.subsidy[v, c, p], askers.subsidy_room[a], askers.amount[a, p], rules.sold[p])


@kernel
def _break_even(offers, offer, hurdle, facility_rate):
    """Lenders' costs: the rate without a margin."""
    for n in range(offers):
        relief = facility_relief(offer[FUNDING + n], facility_rate, offer[REFINANCED + n], offer[CAPITAL + n])
        operating = offer[FIXED + n] + offer[RUNNING + n]
        own, operating, capital = cost_terms(offer[FUNDING + n], offer[CAPITAL + n], hurdle, operating, relief)
        offer[LOSS + n], offer[TERMS + n] = loss_odds(offer[LOSS + n]), own + operating + capital
        offer[COST + n] = loss_and_rate(offer[TERMS + n], offer[LOSS + n], offer[DAYS + n])[1]


@kernel
def _mark_up(offers, offer, rules):
    """Margins, rates, and what is left of these after subsidies."""
    alpha, captive = rules.alpha, rules.captive
    for n in range(offers):
        margin = round_rate(logit_margin(alpha, offer[ODDS + n]) * (1.0 + captive) - offer[GIVEN_UP + n])
        rate = loss_and_rate(offer[TERMS + n] + margin, offer[LOSS + n], offer[DAYS + n])[1]
        offer[MARGIN + n], offer[RATE + n], offer[NET + n] = margin, rate, max(rate - offer[PAID + n], 0.0)


@kernel
def _all_in(offers, offer, sold, step_days):
    """All-in APRs, as `offered_apr` has them."""
    if sold:
        for n in range(offers):
            offer[APR + n] = discount_apr(offer[NET + n], offer[DAYS + n], offer[FEE + n])
    else:
        bullet_apr_each(
            offer[NET : NET + offers], step_days, offer[PAYMENTS : PAYMENTS + offers], offer[FEE : FEE + offers],
            offer[APR : APR + offers],
        )  # fmt: skip


@kernel
def _write(offers, row, offer, margins, key, reason):
    """Offers at or below the cap go to their places."""
    for n in range(offers):
        place = row[n]
        if place < 0:
            continue
        if offer[RATE + n] > offer[CAP + n]:
            reason[place] = PRICE_CAP
        else:
            margins[place], key[place] = offer[MARGIN + n], decision_key(offer[APR + n])


@kernel
def _quote_all(
    first_asker, end, askers, lenders, rules, levers, reference, rationed, versions, margins, key, reason, both
):
    """Fill margin, key and reason, by asker, product and place in one row, and both for askers first_asker..end−1."""
    desk, nodes, used = _empty_desk(), bivariate_nodes(rules.correlation), _bits(rationed.uses)
    cut_offs, firms_at_once = _cut_offs(rules, lenders, levers.appetite), ROOM // askers.reach.shape[1]
    offer, outside, grade = desk.offer, desk.outside, askers.grade
    for first in range(first_asker, end, firms_at_once):
        last = min(first + firms_at_once, end)
        pairs = _bring_in(first, last, askers, lenders.intercept, used, desk)
        _look_fully(pairs, desk.pair)
        for p in range(rules.product.size):
            _take_up(p, first, last, askers, rules, levers.offered, nodes, desk, both)
            for v in range(versions):
                less = _look_again(p, v, first, last, askers.group, levers.effort, desk, pairs)
                view = SEEN if less else FULLY_SEEN
                firms = _select(
                    p, v, first, last, view, versions, askers, lenders, rules, levers.offered, rationed.use, used,
                    cut_offs, desk, reason,
                )  # fmt: skip
                _lay_out(p, v, first, firms, view, askers, lenders, rules, levers, desk, both)
                offers = desk.first[firms]
                _break_even(offers, offer, rules.hurdle, levers.refinancing_rate)
                for s in range(firms):
                    outside[s] = reference[rules.product[p], grade[desk.who[s]]] + rules.switching
                choice_odds(
                    rules.alpha, offer[COST : COST + offers], desk.first, outside[:firms], offer[ODDS : ODDS + offers]
                )
                _mark_up(offers, offer, rules)
                _all_in(offers, offer, rules.sold[p], rules.step_days)
                _write(offers, desk.row, offer, margins, key, reason)


def quote(
    askers: Askers, lenders: Lenders, rules: PricingRules, levers: LeverTerms, reference: Any, versions: int,
    rationed: Rationed | None = None,
) -> Quotes:  # fmt: skip
    """Quotes of all lenders within reach, in one or two versions.

    `reference` is last step's price by product and rating grade. Plain offers are made where, by `rationed`, they use
    less of a lever than those with levers; everywhere if it is not given.
    """
    shape = (*askers.limit.shape, askers.reach.shape[1] * versions)
    quotes = Quotes(np.zeros(shape), np.zeros(shape, np.int32), np.full(shape, NO_LENDER, np.int8), np.empty(shape[:2]))
    if rationed is None:
        use = np.ones((*shape[:2], 2, 1))
        use[:, :, PLAIN] = 0
        rationed = Rationed(use, np.ones((lenders.lends.size, 1), np.bool_))
    columns = (quotes.margin.ravel(), quotes.key.ravel(), quotes.reason.ravel(), quotes.both)
    given = (askers, lenders, rules, levers, reference, rationed, versions, *columns)
    in_blocks(lambda first, end: _quote_all(first, end, *given), shape[0], 700.0)
    return quotes
