"""One firm in one step, up to its draw-down, as plain data: money in fen, rates as fractions a year."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from agents.carrier import CARRIERS
from agents.firm import ACTIVE, CLOSING, ESTATE, VACANT
from agents.informal import informal_rate
from agents.numeric import FEN, share_of
from agents.parameters import SIZES, SUBSECTORS
from experiments.rounds import Matched, Proposal, apr_of, match_watched, proposals_of
from policies.apr import apr_timing
from sim import informal_credit
from sim.contracts import APR, APR_GROSS, PD, PRODUCTS, RATE, TERMS
from sim.credit_market import lenders_now, match_and_draw, pricing_rules
from sim.products import BILLS
from sim.quotes import OFFERED, REASONS, accepted_terms, cut_off_seen, perceived_pd
from sim.ranking import by_place
from sim.schedule import STEP

if TYPE_CHECKING:
    from sim.model import FinancingModel
    from sim.quotes import Lenders, PricingRules

Facts = dict[str, Any]
TRANCHES: Final = ("dues", "production", "buffer")
VERSIONS: Final = ("with levers", "plain")  # of an offer, where a lever's quota or budget may run out
STATUSES: Final = {ACTIVE: "active", CLOSING: "closing", ESTATE: "estate", VACANT: "vacant"}
RATE_OF_KEY: Final = 1e-6  # rates to be compared are whole hundredths of a basis point


def observe(model: FinancingModel, slot: int) -> Facts:
    """Run the model's step up to and including the match, and tell what firm `slot` did in it.

    The model is left in mid-step: it is of no further use.
    """
    for process in STEP[: STEP.index(match_and_draw)]:
        process(model)
    facts: Facts = {"firm": _who(model, slot), "liquidity": _liquidity(model, slot)}
    facts["asking"] = _asking(model, slot)
    views, rules = lenders_now(model), pricing_rules(model)
    start = match_watched(model)
    facts["need"] = _need(model, slot, facts["asking"])
    row = _row(model, slot)
    facts["offers"] = [] if row is None else _offers(model, row, views, rules)
    facts["proposals"] = [] if row is None else _proposals(model, row, start)
    facts["drawn"] = [] if row is None else _drawn(model, slot)
    facts["rest"] = _rest(model, slot)
    facts["rules"] = {
        "legal_cap": rules.legal_cap,
        "smallest_ticket": start.ticket,
        "shortest_paper_days": model.shortest_paper * model.step_days,
        "market_open": bool(model.parameters.market.open),
    }
    return facts


def _row(model: FinancingModel, slot: int) -> int | None:
    askers = model.market.askers
    assert askers is not None
    rows = np.flatnonzero(askers.firm == slot)
    return int(rows[0]) if rows.size else None


def _who(model: FinancingModel, slot: int) -> Facts:
    firms = model.firms
    return {
        "slot": slot,
        "name": model.firm_name(slot),
        "oem": slot < model.oems,
        "tier": int(firms.tier[slot]),
        "size": SIZES[firms.size[slot]],
        "subsector": SUBSECTORS[firms.subsector[slot]] if firms.subsector[slot] >= 0 else None,
        "annual_sales": int(firms.annual_sales[slot]),
        "house_bank": model.bank_name(int(firms.house_bank[slot])),
        "generation": int(firms.generation[slot]),
        "age": float(firms.age[slot]),
        "status": STATUSES[int(firms.status[slot])],
        "first_time": bool(firms.first_time[slot]),
    }


def _liquidity(model: FinancingModel, slot: int) -> Facts:
    """What the plan knows before anything is drawn."""
    plan = model.plan
    production = share_of(plan.output, plan.costs.own)
    return {
        "cash": int(model.ledger.balance("firm", "deposit")[slot]),
        "collections": int(plan.collections[slot]),
        "dues": int(plan.dues[slot]),
        "dues_first": int(plan.dues_first[slot]),
        "production": int(production[slot]),
        "plant": int(plan.plant[slot]),
        "owners_draw": int(plan.draw[slot]),
        "informal_to_replace": int((informal_credit.owed(model) - informal_credit.due(model))[slot]),
        "cash_days": float(model.parameters.liquidity.cash_days[model.firms.size[slot]]),
    }


def _asking(model: FinancingModel, slot: int) -> Facts:
    """Benefit of asking by tranche against its cost, as `agents.supplier.asks` weighs them."""
    plan, group = model.plan, int(model.group[slot])
    price, approval, days = (
        float(experience[group]) for experience in (model.group_price, model.group_approval, model.group_days)
    )
    # A loan saves no more than the next-worse way to finance dues, by which production could be financed, too.
    saved = np.minimum(plan.reservation[slot], plan.reservation[slot, 0]) * RATE_OF_KEY
    gain = np.maximum(saved - price, 0)
    benefit = np.array([tranche[slot] for tranche in plan.need]) * gain * days / 360 * approval
    need, ticket = int(plan.need.total[slot]), round(model.parameters.liquidity.smallest_ticket * FEN)
    decision = "asked" if plan.asked[slot] else "discouraged" if plan.discouraged[slot] else "no need"
    return {
        "need": need,
        "group": f"{SIZES[model.firms.size[slot]]}, tier {model.firms.tier[slot]}",
        "price": price,
        "approval": approval,
        "days": days,
        "saved_by_tranche": saved.tolist(),
        "benefit_by_tranche": benefit.tolist(),
        "benefit": float(benefit.sum()),
        "cost": float(model.firms.asking_cost[slot]),
        "decision": "below ticket" if decision == "no need" and 0 < need < ticket else decision,
    }


def _need(model: FinancingModel, slot: int, asking: Facts) -> list[Facts]:
    plan = model.plan
    return [
        {
            "tranche": name,
            "amount": int(plan.need[t][slot]),
            "reservation": float(plan.reservation[slot, t] * RATE_OF_KEY),
            "saved": asking["saved_by_tranche"][t],
            "benefit": asking["benefit_by_tranche"][t],
            "drawn": int(plan.drawn[slot, t]),
        }
        for t, name in enumerate(TRANCHES)
    ]


def _offers(model: FinancingModel, row: int, lenders: Lenders, rules: PricingRules) -> list[Facts]:
    """Every product on offer × version × lender within reach: the price or why there is none, what became of it."""
    market = model.market
    askers, quotes, products, terms = market.askers, market.quotes, market.products, market.levers
    assert askers is not None and quotes is not None and products is not None and terms is not None
    width, group = askers.reach.shape[1], askers.group[row]
    versions = quotes.reason.shape[2] // width
    offered, key, margin = by_place(quotes.ranked.of(row), products.product.size, versions, width)
    facts = []
    for p, version in np.ndindex(products.product.size, versions):
        effort = terms.effort[version, group, p]
        for r, lender in enumerate(askers.reach[row].tolist()):
            if lender < 0:
                continue
            own = perceived_pd(
                askers.score[row], askers.noise[row, r] / effort, askers.noise_variance[row, r] / effort**2,
                askers.group_mean[row], askers.group_variance[row], lenders.intercept[lender],
            )  # fmt: skip
            place = version * width + r
            there, rate = bool(offered[0, p, place]), None
            if there:
                a, of, at = np.array([[row], [p], [place]])
                own_margin = margin[0, of, at]
                priced = accepted_terms(a, of, at, own_margin, askers, lenders, rules, tuple(terms), quotes.both)
                rate = float(priced[0, RATE])
            facts.append(
                {
                    "product": PRODUCTS[products.product[p]],
                    "lender": model.bank_name(lender),
                    "version": VERSIONS[version],
                    "house_bank": r == 0,
                    "on": _on(products.paper[p]),
                    "for_its_class": bool(terms.offered[version, group, p]),
                    "covered_by": _covered_by(model, int(terms.scheme[version, group, p])),
                    "limit": int(askers.limit[row, p]),
                    "days": float(askers.days[row, p]),
                    "offered": there,
                    "rate": rate,
                    "apr": float(key[0, p, place] * RATE_OF_KEY) if there else None,
                    # Whose default the cut-off is about: the debtor's where paper is bought.
                    "debtor_owes": bool(products.buyer_owes[p]),
                    "pd": float(askers.obligor_pd[row, p]) if products.buyer_owes[p] else own,
                    "cut_off": _cut_off(p, lender, terms.appetite[version, group, p], lenders, rules),
                    "reason": REASONS[quotes.reason[row, p, place]],
                }
            )
    return facts


def _cut_off(product: int, lender: int, appetite: float, lenders: Lenders, rules: PricingRules) -> float:
    """The largest PD of who owes at which this lender still offers, on the scale of the PD it is compared with."""
    most = rules.cut_off[product] * appetite * lenders.cut_factor[lender]
    return float(most if rules.buyer_owes[product] else cut_off_seen(most, lenders.level[lender]))


def _on(kinds: Any) -> str:
    """What a product lends on."""
    return "bills" if kinds[BILLS] else "accounts" if kinds.any() else "sales"


def _covered_by(model: FinancingModel, scheme: int) -> list[Facts]:
    """Who bears which share of what is lost, in the order in which they pay; the lender bears the rest."""
    layers = sorted(model.levers.schemes[scheme], key=lambda layer: layer.rank)
    return [{"carrier": CARRIERS[layer.carrier], "rank": layer.rank, "share": layer.share} for layer in layers]


def _proposals(model: FinancingModel, row: int, start: Matched) -> list[Facts]:
    askers, quotes, products = model.market.askers, model.market.quotes, model.market.products
    assert askers is not None and quotes is not None and products is not None
    facts = []
    for made in proposals_of(row, start):
        version, r = divmod(made.place, askers.reach.shape[1])
        lender = int(askers.reach[row, r])
        reason = quotes.reason[row, made.product, made.place]
        limit = None
        if made.held < made.proposed:
            limit = _binding(model, row, made, start) if reason == OFFERED else REASONS[reason]
        facts.append(
            {
                "round": made.round,
                "product": PRODUCTS[products.product[made.product]],
                "lender": model.bank_name(lender),
                "version": VERSIONS[version],
                "apr": float(apr_of(row, made.product, made.place, start) * RATE_OF_KEY),
                "proposed": made.proposed,
                "held_at_first": made.at_first,
                "held": made.held,
                "limit": limit,
            }
        )
    return facts


def _binding(model: FinancingModel, row: int, made: Proposal, start: Matched) -> str:
    """Which limit of a lender is used up: it lends the least of what all leave."""
    proposals, room, width = model.market.proposals, start.room, start.reach.shape[1]
    assert proposals is not None
    lender, weight = start.reach[row, made.place % width], max(int(start.weight[row, made.product]), 1)
    its = proposals.lender == lender
    amount, weights = proposals.amount[its], proposals.weight[its]
    capital = room.capital[lender] - int((-(-amount * weights // 1000)).sum())
    funding = room.funding[lender] - int(amount.sum())
    limits = {"capital": capital * 1000 // weight, "stable_funding": funding}
    shares = start.use[row, made.product, made.place // width] * room.uses[lender]
    if (shares > 0).any():
        used = start.use[proposals.asker[its], proposals.product[its], proposals.place[its] // width]
        left = room.levers[lender] - np.ceil(amount[:, None] * used).astype(np.int64).sum(axis=0)
        limits = {"quota": int((left[shares > 0] / shares[shares > 0]).min())} | limits
    return min(limits, key=lambda name: limits[name])


def _drawn(model: FinancingModel, slot: int) -> list[Facts]:
    """Contracts drawn: amount by tranche and the price, whose terms and timing sum to the all-in APR."""
    market = model.market
    assert market.proposals is not None and market.askers is not None and market.levers is not None
    width, rows = market.askers.reach.shape[1], np.flatnonzero(market.proposals.amount > 0)
    tranches = market.proposals.tranche[market.proposals.amount > 0]
    facts = []
    for m in np.flatnonzero(market.firm == slot):
        price = [float(value) for value in market.terms[m]]
        version, product = int(market.place[m]) // width, int(market.proposals.product[rows[m]])
        scheme = market.levers.scheme[version, market.askers.group[market.asker[m]], product]
        facts.append(
            {
                "product": PRODUCTS[market.product[m]],
                "lender": model.bank_name(int(market.lender[m])),
                "version": VERSIONS[version],
                "covered_by": _covered_by(model, int(scheme)),
                "amount": int(market.amount[m]),
                "by_tranche": dict(zip(TRANCHES, tranches[m].tolist(), strict=True)),
                "days": float(market.days[m]),
                "pd": price[PD],
                "terms": dict(zip(TERMS, price[: len(TERMS)], strict=True)),
                "rate": price[RATE],
                "timing": float(apr_timing(price[APR], sum(price[: len(TERMS)]))),
                "apr": price[APR],
                "apr_gross": price[APR_GROSS],
            }
        )
    return facts


def _rest(model: FinancingModel, slot: int) -> Facts:
    """What it does with the need that banks left open; `waits` is the buffer left unfilled."""
    plan = model.plan
    rate = informal_rate(model.firms.overdue_share[slot : slot + 1], model.parameters.informal)
    return {
        "informal": int(plan.informal[slot]),
        "informal_rate": float(rate[0]),
        "late": int(plan.late[slot]),
        "cut": int(plan.cut[slot]),
        "waits": int(plan.need.buffer[slot] - plan.drawn[slot, 2]),
    }
