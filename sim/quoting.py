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
from sim.offer_terms import (
    CUT_OFF,
    LEFT_EFFORT,
    LGD,
    OWN_FUNDS,
    RATE_CAP,
    REFINANCED_SHARE,
    RUNNING_COST,
    charges,
    terms_by_class,
    terms_by_lender,
)
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
    default_of_buyer_too,
    logit_seen,
    of_buyer_alone,
)
from sim.ranking import earned, empty_file, pack, rank, room_for

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
(FUNDING, OPERATING, REFINANCED, CAPITAL, LOSS, DAYS, GIVEN_UP, CAP, PAID, FEE, PAYMENTS, TERMS, COST, ODDS,
 MARGIN, RATE, NET, APR) = (ROOM * column for column in range(18))  # fmt: skip


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
        np.empty(3 * ROOM), np.empty(18 * ROOM), np.empty(ROOM, np.int64), np.empty(ROOM, np.int64),
        np.empty(ROOM, np.int64), np.empty(ROOM + 1, np.int64), np.empty(ROOM),
    )  # fmt: skip


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
def _look_again(first, last, group, of_class, desk, pairs):
    """Each lender's view at the effort that levers leave it; whether that differs from full effort for any."""
    less, start, pair = False, desk.start, desk.pair
    for c in range(of_class.shape[0]):
        less |= of_class[c, LEFT_EFFORT] != 1.0
    if less:
        for a in range(first, last):
            effort = of_class[group[a], LEFT_EFFORT]
            for n in range(start[a - first], start[a - first + 1]):
                pair[EFFORT + n] = effort
        _look(pairs, pair)
    return less


@kernel
def _take_up(p, first, last, askers, rules, offered, nodes, desk, both):
    """What is the same for all lenders, and for both versions, of a product: its costs, who must default for a loss."""
    lives, amounts, weight, start, pair, firm = (
        askers.days, askers.amount, askers.risk_weight, desk.start, desk.pair, desk.firm
    )  # fmt: skip
    fixed_cost, target, correlation = rules.fixed_cost[p], rules.target_capital, rules.correlation
    for a in range(first, last):
        firm[SPREAD + a - first] = fixed_cost_rate(fixed_cost, amounts[a, p], lives[a, p])
        firm[EQUITY + a - first] = capital_share(weight[a, p], target)
    owes, too, limit, obligor_pd = rules.buyer_owes[p], rules.buyer_too[p], askers.limit, askers.obligor_pd
    group, mean = askers.group, askers.group_mean
    for a in range(first, last):
        both[a, p] = -1.0
        if limit[a, p] <= 0 or not (offered[WITH, group[a], p] or offered[PLAIN, group[a], p]):
            continue  # the rest is dear
        days = lives[a, p]
        both[a, p] = default_of_buyer_too(too, mean[a], obligor_pd[a, p], days, correlation, nodes)
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
def _select(p, v, first, last, view, versions, askers, rules, offered, use, used, of_lender, desk, reason):
    """Find who is offered the product, or why not; how many firms have an offer. `view` is the column of PDs as seen.

    A plain offer whose lender saves nothing by it only stands among rivals: the same is offered with levers.
    """
    limit, obligor_pd, group, products, width = (
        askers.limit, askers.obligor_pd, askers.group, askers.limit.shape[1], askers.reach.shape[1]
    )  # fmt: skip
    bank, start, pair, levers, owes = desk.bank, desk.start, desk.pair, desk.levers, rules.buyer_owes[p]
    of, row_of, who, first_of, count, firms = desk.of, desk.row, desk.who, desk.first, 0, 0
    for a in range(first, last):
        i, c, row = a - first, group[a], ((a * products + p) * versions + v) * width - start[a - first]
        saved = _saved(use, a, p) if v == PLAIN else -1
        first_of[firms] = count
        if limit[a, p] <= 0 or not offered[v, c, p] or (v == PLAIN and saved & levers[i] == 0):
            for n in range(start[i], start[i + 1]):
                reason[row + n] = NOT_ELIGIBLE
            continue
        for n in range(start[i], start[i + 1]):
            lender = bank[n]
            cut_off, twin = of_lender[c, lender, CUT_OFF], v == PLAIN and saved & used[lender] == 0
            refused = (obligor_pd[a, p] if owes else pair[view + n]) > cut_off
            why = (NO_LENDER if cut_off < 0 else RISK) if refused else OFFERED
            reason[row + n] = NOT_ELIGIBLE if twin else why
            of[count], row_of[count] = n, -1 if twin else row + n
            count += 0 if refused else 1
        if count > first_of[firms]:
            who[firms] = a
            firms += 1
    first_of[firms] = count
    return firms


@kernel
def _lay_out(p, first, firms, view, askers, mandate, sold, of_class, of_lender, desk, both):
    """Put what the prices of all offers are made of into columns."""
    pair, firm, offer, bank, of, who, start = (
        desk.pair, desk.firm, desk.offer, desk.bank, desk.of, desk.who, desk.first
    )  # fmt: skip
    group, lives, payments, obligor_pd, sme, room, amount = (
        askers.group, askers.days, askers.payments, askers.obligor_pd, askers.sme, askers.subsidy_room, askers.amount
    )  # fmt: skip
    for s in range(firms):
        a = who[s]
        i, c, days, pays = a - first, group[a], lives[a, p], float(payments[a, p])
        lgd, full = of_class[c, LGD], of_class[c, LEFT_EFFORT] == 1.0
        fee, paid = charges(of_class, c, obligor_pd[a, p], days, room[a], amount[a, p], sold)
        for n in range(start[s], start[s + 1]):
            j = of[n]
            lender, within = bank[j], firm[BOUGHT + i]
            if within < 0:
                within = pair[WITHIN + j] if full else default_in_life(pair[view + j], days)
                within *= both[a, p]
            offer[FUNDING + n], offer[CAPITAL + n] = of_lender[c, lender, OWN_FUNDS], firm[EQUITY + i]
            offer[OPERATING + n] = firm[SPREAD + i] + of_lender[c, lender, RUNNING_COST]
            offer[REFINANCED + n] = of_lender[c, lender, REFINANCED_SHARE]
            offer[LOSS + n], offer[DAYS + n] = lgd * within, days
            offer[GIVEN_UP + n] = mandate[lender] if sme[a] else 0.0
            offer[CAP + n] = of_lender[c, lender, RATE_CAP]
            offer[FEE + n], offer[PAID + n], offer[PAYMENTS + n] = fee, paid, pays


@kernel
def _break_even(offers, offer, hurdle, facility_rate):
    """Lenders' costs: the rate without a margin."""
    for n in range(offers):
        relief = facility_relief(offer[FUNDING + n], facility_rate, offer[REFINANCED + n], offer[CAPITAL + n])
        own, operating, capital = cost_terms(
            offer[FUNDING + n], offer[CAPITAL + n], hurdle, offer[OPERATING + n], relief
        )
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
def _file(p, v, first, firms, use, used, weight, target, desk, filed, reason):
    """Offers at or below the cap go to the file of their firm."""
    offer, of, row, who, start, bank, pairs = (
        desk.offer, desk.of, desk.row, desk.who, desk.first, desk.bank, desk.start
    )  # fmt: skip
    for s in range(firms):
        a, i, levers = who[s], who[s] - first, 0
        for lever in range(use.shape[3]):
            levers |= (use[a, p, v, lever] > 0) << lever
        count, capital = filed.count[i], weight[a, p] * target
        for n in range(start[s], start[s + 1]):
            if row[n] < 0:
                continue
            if offer[RATE + n] > offer[CAP + n]:
                reason[row[n]] = PRICE_CAP
                continue
            lender, apr = bank[of[n]], decision_key(offer[APR + n])
            filed.offers[i, count] = pack(apr, lender, p, v, of[n] - pairs[i], levers & used[lender])
            filed.margin[i, count], filed.earns[i, count] = offer[MARGIN + n], earned(offer[MARGIN + n], capital)
            count += 1
        filed.count[i] = count


@kernel
def _quote_all(
    first_asker, end, askers, intercept, mandate, rules, offered, facility_rate, by_class, by_lender, reference,
    rationed, versions, reason, both, ranked,
):  # fmt: skip
    """Fill reason, by asker, product and place in one row, and both, and rank the offers, of askers first_asker..end−1;
    their offers have a part of `ranked` as long as there can be any."""
    desk, nodes, used = _empty_desk(), bivariate_nodes(rules.correlation), _bits(rationed.uses)
    firms_at_once, most = ROOM // askers.reach.shape[1], rules.product.size * versions * askers.reach.shape[1]
    filed, at = empty_file(firms_at_once, most), first_asker * most
    offer, outside, grade = desk.offer, desk.outside, askers.grade
    for first in range(first_asker, end, firms_at_once):
        last = min(first + firms_at_once, end)
        pairs = _bring_in(first, last, askers, intercept, used, desk)
        _look_fully(pairs, desk.pair)
        for p in range(rules.product.size):
            _take_up(p, first, last, askers, rules, offered, nodes, desk, both)
            for v in range(versions):
                of_class, of_lender = by_class[v, p], by_lender[v, p]
                view = SEEN if _look_again(first, last, askers.group, of_class, desk, pairs) else FULLY_SEEN
                firms = _select(
                    p, v, first, last, view, versions, askers, rules, offered, rationed.use, used, of_lender,
                    desk, reason,
                )  # fmt: skip
                _lay_out(p, first, firms, view, askers, mandate, rules.sold[p], of_class, of_lender, desk, both)
                offers = desk.first[firms]
                _break_even(offers, offer, rules.hurdle, facility_rate)
                for s in range(firms):
                    outside[s] = reference[rules.product[p], grade[desk.who[s]]] + rules.switching
                choice_odds(
                    rules.alpha, offer[COST : COST + offers], desk.first, outside[:firms], offer[ODDS : ODDS + offers]
                )
                _mark_up(offers, offer, rules)
                _all_in(offers, offer, rules.sold[p], rules.step_days)
                _file(
                    p, v, first, firms, rationed.use, used, askers.risk_weight, rules.target_capital, desk, filed,
                    reason,
                )  # fmt: skip
        at = rank(at, first, last, filed, ranked)


def quote(
    askers: Askers, lenders: Lenders, rules: PricingRules, levers: LeverTerms, reference: Any, versions: int,
    rationed: Rationed | None = None,
) -> Quotes:  # fmt: skip
    """Quotes of all lenders within reach, in one or two versions.

    `reference` is last step's price by product and rating grade. Plain offers are made where, by `rationed`, they use
    less of a lever than those with levers; everywhere if it is not given.
    """
    shape = (*askers.limit.shape, askers.reach.shape[1] * versions)
    reason, both, ranked = (
        np.full(shape, NO_LENDER, np.int8), np.empty(shape[:2]), room_for(shape[0], shape[1] * shape[2])
    )  # fmt: skip
    if rationed is None:
        use = np.ones((*shape[:2], 2, 1))
        use[:, :, PLAIN] = 0
        rationed = Rationed(use, np.ones((lenders.lends.size, 1), np.bool_))
    given = (
        askers, lenders.intercept, lenders.mandate, rules, levers.offered, levers.refinancing_rate,
        terms_by_class(levers), terms_by_lender(rules, lenders, levers), reference, rationed, versions, reason.ravel(),
        both, ranked,
    )  # fmt: skip
    in_blocks(lambda first, end: _quote_all(first, end, *given), shape[0], 3000.0)
    return Quotes(reason, both, ranked)
