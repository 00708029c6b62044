"""What rules, lenders and levers make of an offer to a class of borrower: worked out once, then read firm by firm."""

from __future__ import annotations

import numpy as np

from agents.kernels import inlined, kernel
from sim.quotes import cut_off_seen, insurance_premium, running_with_effort, subsidy_rate

# Of a class of borrower: what the loss is multiplied by, screening effort, charges
LGD, LEFT_EFFORT, NET_FEE, PREMIUM_BASE, LEAST_PREMIUM, PREMIUM_PAID, SUBSIDY = range(7)
# Of a class and a lender: highest PD that gets an offer, the buyer's where it owes, else as seen; parts of the price;
# highest rate
CUT_OFF, OWN_FUNDS, RUNNING_COST, REFINANCED_SHARE, RATE_CAP = range(5)


@kernel
def terms_by_class(levers):
    """Float64[V, P, classes, 7]."""
    versions, classes, products = levers.effort.shape
    terms = np.empty((versions, products, classes, 7))
    for v in range(versions):
        for c in range(classes):
            for p in range(products):
                terms[v, p, c, LGD], terms[v, p, c, LEFT_EFFORT] = (
                    levers.loss_given_default[v, c, p],
                    levers.effort[v, c, p],
                )
                terms[v, p, c, NET_FEE] = levers.fee[v, c, p] - levers.fee_subsidy[v, c, p]
                terms[v, p, c, PREMIUM_BASE] = levers.premium_base[v, c, p]
                terms[v, p, c, LEAST_PREMIUM] = levers.least_premium[v, c, p]
                terms[v, p, c, PREMIUM_PAID] = 1 - levers.premium_subsidy[v, c, p]
                terms[v, p, c, SUBSIDY] = levers.subsidy[v, c, p]
    return terms


@kernel
def terms_by_lender(rules, lenders, levers):
    """Float64[V, P, classes, B, 5]."""
    versions, classes, products = levers.effort.shape
    terms = np.empty((versions, products, classes, lenders.lends.size, 5))
    for v in range(versions):
        for c in range(classes):
            for p in range(products):
                for b in range(lenders.lends.size):
                    most = rules.cut_off[p] * levers.appetite[v, c, p] * lenders.cut_factor[b]
                    most = most if rules.buyer_owes[p] else cut_off_seen(most, lenders.level[b])
                    share = levers.refinanced[v, c, p] if lenders.refinances[b] else 0.0
                    drawn = share > 0 and lenders.funding[b] > levers.refinancing_rate
                    cap, effort = rules.legal_cap, levers.effort[v, c, p]
                    terms[v, p, c, b, CUT_OFF] = most if lenders.lends[b] else -np.inf
                    terms[v, p, c, b, OWN_FUNDS] = lenders.funding[b]
                    terms[v, p, c, b, RUNNING_COST] = running_with_effort(
                        lenders.running_cost[b], effort, rules.screening_cost
                    )
                    terms[v, p, c, b, REFINANCED_SHARE] = share
                    terms[v, p, c, b, RATE_CAP] = min(cap, levers.rate_cap) if drawn else cap
    return terms


@inlined
def charges(terms, c, obligor_pd, days, room, amount, sold):
    """What a firm of class c pays at signing, share of principal, and what the treasury takes over of its rate, p.a.;
    `terms` of the version and product."""
    premium = insurance_premium(terms[c, PREMIUM_BASE], terms[c, LEAST_PREMIUM], obligor_pd, days)
    fee = terms[c, NET_FEE] * days / 360 + premium * terms[c, PREMIUM_PAID]
    return fee, subsidy_rate(terms[c, SUBSIDY], room, amount, sold)
