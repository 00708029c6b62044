"""What rules, lenders and levers make of an offer to a class of borrower: worked out once, then read firm by firm."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from agents.kernels import inlined
from sim.lever_terms import LeverTerms
from sim.quotes import (
    Lenders,
    PricingRules,
    cut_off_seen,
    insurance_premium,
    running_with_effort,
    subsidy_rate,
)

# Of a class of borrower: what the loss is multiplied by, screening effort, charges
LGD, LEFT_EFFORT, NET_FEE, PREMIUM_BASE, LEAST_PREMIUM, PREMIUM_PAID, SUBSIDY = range(7)
# Of a class and a lender: highest PD that gets an offer, the buyer's where it owes, else as seen; parts of the price;
# highest rate
CUT_OFF, OWN_FUNDS, RUNNING_COST, REFINANCED_SHARE, RATE_CAP = range(5)


def terms_by_class(levers: LeverTerms) -> npt.NDArray[np.float64]:
    """Float64[V, P, classes, 7]."""
    columns = (
        levers.loss_given_default, levers.effort, levers.fee - levers.fee_subsidy, levers.premium_base,
        levers.least_premium, 1 - levers.premium_subsidy, levers.subsidy,
    )  # fmt: skip
    return np.ascontiguousarray(np.stack(columns, axis=-1).swapaxes(1, 2))


def terms_by_lender(rules: PricingRules, lenders: Lenders, levers: LeverTerms) -> npt.NDArray[np.float64]:
    """Float64[V, P, classes, B, 5]."""
    effort, appetite, refinanced = (
        table.swapaxes(1, 2)[..., None] for table in (levers.effort, levers.appetite, levers.refinanced)
    )
    most = rules.cut_off[:, None, None] * appetite * lenders.cut_factor
    most = np.where(rules.buyer_owes[:, None, None], most, cut_off_seen(most, lenders.level))
    share = np.where(lenders.refinances, refinanced, 0.0)
    drawn = (share > 0) & (lenders.funding > levers.refinancing_rate)
    terms = np.empty((*most.shape, 5))
    terms[..., CUT_OFF] = np.where(lenders.lends, most, -np.inf)
    terms[..., OWN_FUNDS] = lenders.funding
    with_effort = running_with_effort.py_func  # pyright: ignore[reportFunctionMemberAccess] - missing in the stubs
    terms[..., RUNNING_COST] = with_effort(lenders.running_cost, effort, rules.screening_cost)
    terms[..., REFINANCED_SHARE] = share
    terms[..., RATE_CAP] = np.where(drawn, min(rules.legal_cap, levers.rate_cap), rules.legal_cap)
    return terms


@inlined
def charges(terms, c, obligor_pd, days, room, amount, sold):
    """What a firm of class c pays at signing, share of principal, and what the treasury takes over of its rate, p.a.;
    `terms` of the version and product."""
    premium = insurance_premium(terms[c, PREMIUM_BASE], terms[c, LEAST_PREMIUM], obligor_pd, days)
    fee = terms[c, NET_FEE] * days / 360 + premium * terms[c, PREMIUM_PAID]
    return fee, subsidy_rate(terms[c, SUBSIDY], room, amount, sold)
