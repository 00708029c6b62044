"""Phases 4 to 6: who is eligible for what, lenders' quotes, the match, and draw-down."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from agents.bank import tightening
from agents.kernels import kernel
from agents.numeric import FEN, round_rate, sum_by
from agents.threads import in_blocks, together
from policies.catalogue import GovernmentGuarantee, InterestSubsidy
from policies.waterfall import capital_room
from sim import confirmed
from sim.contracts import GUARANTEED_LOAN, LOSS, PRODUCTS
from sim.drawing_down import draw_down
from sim.holding import Demands
from sim.lever_terms import (
    LeverTerms,
    borrower_class,
    lender_refinances,
    lever_terms,
    signed_terms,
)
from sim.lever_use import allotments, lenders_using, note_use, use_of_levers
from sim.liquidity import turn_elsewhere
from sim.matching import Room, held, match
from sim.products import CONFIRMED, KINDS, Offered, offered_now
from sim.quotes import Askers, Lenders, PricingRules, Quotes, accepted_terms
from sim.quoting import Rationed, quote
from sim.scorecard import Scores, move_noise, noise_scale, rate_all

if TYPE_CHECKING:
    from sim.model import FinancingModel

Fen = npt.NDArray[np.int64]


@dataclass
class Market:
    """One step's credit market: who asked, what was quoted, what came of it."""

    scores: Scores | None = None
    products: Offered | None = None
    levers: LeverTerms | None = None
    askers: Askers | None = None
    lenders: Lenders | None = None
    quotes: Quotes | None = None
    debt: Any = None  # int64[a, P] fen that each asker owes on each product, less what falls due now
    standing: Any = None  # Standing: what is lent already, less what falls due now
    paper: Any = None  # int64[a, KINDS] financeable face
    proposals: Any = None  # record array of `sim.holding.PROPOSAL`: all that were made
    place: Fen = field(default_factory=lambda: np.zeros(0, np.int64))  # version × reach of the accepted offer
    firm: Fen = field(default_factory=lambda: np.zeros(0, np.int64))  # drawn contracts from here on
    asker: Fen = field(default_factory=lambda: np.zeros(0, np.int64))
    product: Fen = field(default_factory=lambda: np.zeros(0, np.int64))
    lender: Fen = field(default_factory=lambda: np.zeros(0, np.int64))
    amount: Fen = field(default_factory=lambda: np.zeros(0, np.int64))
    days: Any = field(default_factory=lambda: np.zeros(0))
    use: Any = None  # float64[a, P, V, L] of levers
    terms: Any = field(default_factory=lambda: np.zeros((0, LOSS + 1)))


def ask(model: FinancingModel) -> None:
    """Score all firms; find what each asker is eligible for: product, limit, life, who owes."""
    move_noise(model)
    products = offered_now(model)
    market = model.market = Market(products=products)
    firm = np.flatnonzero(model.plan.asked & model.parameters.market.open)

    def score() -> None:
        market.scores = rate_all(model)

    def look_at_books() -> None:
        market.debt, market.standing = what_stands(model, firm)

    together([score, look_at_books], 80.0 * model.firms.slots)
    market.levers = lever_terms(model, products)
    market.askers = _askers(model, firm)


def quote_prices(model: FinancingModel) -> None:
    """Every lender within reach prices every product term by term."""
    market = model.market
    assert market.askers is not None and market.levers is not None
    market.use, market.lenders = _use_of_levers(model, market.askers), lenders_now(model)
    market.quotes = quote(
        market.askers, market.lenders, pricing_rules(model), market.levers, model.reference, versions_now(model),
        Rationed(market.use, lenders_using(model)),
    )  # fmt: skip


def match_and_draw(model: FinancingModel) -> None:
    """Deferred acceptance under lenders' limits; draw-down; what stays open turns elsewhere."""
    market, plan, rules = model.market, model.plan, model.parameters.market
    askers, quotes, products, levers = market.askers, market.quotes, market.products, market.levers
    assert askers and quotes and products and levers and market.lenders
    need = np.stack([tranche[askers.firm] for tranche in plan.need], axis=1)
    reservation, room = plan.reservation[askers.firm], market.standing.room
    demands = Demands(need, reservation, askers.limit.copy(), market.paper, room)
    weight = np.round(askers.risk_weight * 1000).astype(np.int64)
    market.proposals = match(
        rules.rounds, round(model.parameters.liquidity.smallest_ticket * FEN), askers.reach, quotes.ranked,
        quotes.reason, np.where(products.on_sales, 1.0, products.limit), weight, products.paper, market.use, demands,
        lending_room(model, market.standing),
    )  # fmt: skip
    chosen = held(market.proposals)
    market.asker, market.place, market.lender = chosen.asker, chosen.place, chosen.lender
    market.product = products.product[chosen.product]
    market.firm = askers.firm[chosen.asker]
    market.days = askers.days[chosen.asker, chosen.product]
    market.terms = accepted_terms(
        chosen.asker, chosen.product, chosen.place,
        quotes.ranked.margin[quotes.ranked.first[chosen.asker] + chosen.rank], askers, market.lenders,
        pricing_rules(model), tuple(levers), quotes.both,
    )  # fmt: skip
    plan.drawn = np.zeros_like(plan.reservation)
    for tranche, amount in enumerate(chosen.tranche.T.copy()):
        plan.drawn[:, tranche] = sum_by(market.firm, amount, model.firms.slots)
    market.amount = draw_down(model, chosen, signed_terms(model, chosen))
    note_use(model, chosen)
    turn_elsewhere(model)


def versions_now(model: FinancingModel) -> int:
    """Two versions of each offer where a lever's quota or budget may run out, one where none can."""
    return 2 if model.levers.rationed() else 1


def pricing_rules(model: FinancingModel) -> PricingRules:
    """The parameters of price formation as the kernel takes them."""
    market, bank, products = model.parameters.market, model.parameters.bank, model.market.products
    assert products is not None
    return PricingRules(
        products.product, products.sold, products.buyer_owes, products.buyer_too, products.cut_off, products.fixed_cost,
        float(market.price_sensitivity), float(market.switching_cost), float(market.captive), float(market.legal_cap),
        float(bank.hurdle), float(bank.target_capital), float(market.joint_correlation), float(bank.screening_cost),
        float(model.step_days),
    )  # fmt: skip


def lenders_now(model: FinancingModel) -> Lenders:
    """What lenders price with this step: their cut-offs tighten as bad loans near the tolerated ratio."""
    banks = model.banks
    lends = banks.lends & model.stress.banks_lend(model.step_number)
    factor = tightening(model.npl_ratio_by_bank(), model.parameters.bank.npl_tolerance)
    return Lenders(
        banks.funding, banks.running_cost, banks.intercept, np.exp(banks.intercept), factor, banks.mandate, lends,
        lender_refinances(model),
    )  # fmt: skip


class Standing(NamedTuple):
    """Bank credit that stands when this step's is drawn, and what falls due in this very step: it is settled after the
    new credit is drawn and counted as repaid. Fen."""

    room: Any  # int64[a, R] what each lender within reach may still lend to this name
    back: Any  # int64[B] what each lender gets back
    back_weighted: Any  # float64[B] the same by risk weight


@kernel
def _standing(
    step, row, place, products, reach, most, borrower, lender, product, due, principal, risk_weight, overdue_steps, bad
):
    """One pass over the contracts; `row` int64[n] is a firm's row among the askers, −1 if it does not ask; `place` a
    product's among the `products` on offer; `most` int64[B] a lender may lend to one name."""
    debt, room = np.zeros((reach.shape[0], products), np.int64), np.zeros(reach.shape, np.int64)
    back, back_weighted = np.zeros(most.size, np.int64), np.zeros(most.size)
    for a in range(reach.shape[0]):
        for r in range(reach.shape[1]):
            if reach[a, r] >= 0:
                room[a, r] = most[reach[a, r]]
    for c in range(borrower.size):
        if due[c] == step and overdue_steps[c] == 0 and not bad[c]:
            back[lender[c]] += principal[c]
            back_weighted[lender[c]] += principal[c] * risk_weight[c]
            continue
        a = row[borrower[c]]
        if a < 0:
            continue
        if place[product[c]] >= 0:
            debt[a, place[product[c]]] += principal[c]
        for r in range(reach.shape[1]):
            if reach[a, r] == lender[c]:
                room[a, r] = max(room[a, r] - principal[c], 0)
                break
    return debt, room, back, back_weighted


def what_stands(model: FinancingModel, firm: Fen) -> tuple[Fen, Standing]:
    """What is left of each firm's debt on each product on offer, int64[a, P], and all that stands before new credit is
    drawn."""
    contracts, products = model.contracts, model.market.products
    assert products is not None
    row, place = np.full(model.firms.slots, -1), np.full(len(PRODUCTS), -1)
    row[firm], place[products.product] = np.arange(firm.size), np.arange(products.product.size)
    most = np.floor(model.parameters.bank.single_name * np.maximum(model.bank_equity(), 0)).astype(np.int64)
    debt, *rest = _standing(
        model.step_number, row, place, products.product.size, model.firms.reach[firm], most,
        contracts.borrower, contracts.lender, contracts.product, contracts.due, contracts.principal,
        contracts.risk_weight, contracts.overdue_steps, contracts.bad,
    )  # fmt: skip
    return debt, Standing(*rest)


def lending_room(model: FinancingModel, standing: Standing) -> Room:
    """Limits on new business, fen: capital in risk-weighted assets, loans net of provisions against stable funding."""
    rules, books = model.parameters.bank, model.ledger.balance
    equity = model.bank_equity()
    remaining = model.risk_weighted_assets() - np.floor(standing.back_weighted).astype(np.int64)
    rooms = [
        capital_room(*bank, rules.lending_capital) for bank in zip(equity.tolist(), remaining.tolist(), strict=True)
    ]
    stable = books("bank", "firm_deposits") + books("bank", "outside_deposits") + books("bank", "refinancing") + equity
    lent = sum(
        books("bank", name) for name in ("loan", "purchased_accounts", "purchased_bills", "bad_loan", "rest_loan")
    )
    net = lent - books("bank", "allowance") - books("bank", "unearned") - standing.back
    funding = np.floor(rules.stable_funding * stable).astype(np.int64) - net
    return Room(np.array(rooms, np.int64), np.maximum(funding, 0), allotments(model), lenders_using(model))


def _use_of_levers(model: FinancingModel, askers: Askers) -> npt.NDArray[np.float64]:
    """Allotment of each rationed lever in force that a fen of principal uses; float64[a, P, V, L]."""
    market = model.market
    assert market.products is not None and market.levers is not None
    if versions_now(model) == 1:
        return np.zeros((*askers.days.shape, 1, 0))
    capital = np.minimum(askers.risk_weight * model.parameters.bank.target_capital, 1.0)
    return use_of_levers(model, market.products, market.levers, askers.group, askers.days, askers.obligor_pd, capital)


def _askers(model: FinancingModel, firm: Fen) -> Askers:
    firms, scores, products = model.firms, model.market.scores, model.market.products
    assert scores is not None and products is not None
    common, own = noise_scale(model, firm)
    limit, amount, days, payments, obligor = _eligibility(model, firm)
    noise = common[:, None] * firms.noise_common[firm, None] + own * firms.noise_lender[firm]
    group = scores.group[firm]
    return Askers(
        firm, firms.reach[firm], limit, amount, days, payments, obligor,
        _risk_weight(model, products, firm), scores.score[firm], noise, common[:, None] ** 2 + own**2,
        scores.mean[group], scores.variance[group],
        scores.grade[firm].astype(np.int64), firms.size[firm] > 0,
        borrower_class(firms.size[firm], firms.first_time[firm]), _subsidy_room(model, firm),
    )  # fmt: skip


def _risk_weight(model: FinancingModel, products: Offered, firm: Fen) -> npt.NDArray[np.float64]:
    """Of the borrower's size, of a large firm where the buyer owes; of a guaranteed part at most the guarantor's."""
    weight = np.array(model.parameters.bank.risk_weight)
    own = np.repeat(weight[model.firms.size[firm]][:, None], products.product.size, axis=1)
    own[:, products.buyer_owes] = weight[0]
    if guarantee := model.levers.find(GovernmentGuarantee):
        here = products.product == GUARANTEED_LOAN
        lower = np.minimum(own[:, here], guarantee.risk_weight)
        own[:, here] = np.round((1 - guarantee.share) * own[:, here] + guarantee.share * lower, 10)
    return own


def _subsidy_room(model: FinancingModel, firm: Fen) -> npt.NDArray[np.float64]:
    """Principal of each firm that may still be subsidised, fen; unlimited for discounts and without the lever."""
    lever, contracts = model.levers.find(InterestSubsidy), model.contracts
    if lever is None:
        return np.full(firm.size, np.inf)
    rows = np.flatnonzero(contracts.loan & (contracts.subsidy > 0) & ~_repaid_now(model))
    subsidised = sum_by(contracts.borrower[rows], contracts.principal[rows], model.firms.slots)[firm]
    return np.maximum(lever.loan_cap * FEN - subsidised, 0).astype(np.float64)


def _repaid_now(model: FinancingModel) -> npt.NDArray[np.bool_]:
    """Contracts that fall due in this very step: new credit is drawn before the settlement that repays them."""
    contracts = model.contracts
    return (contracts.due == model.step_number) & (contracts.overdue_steps == 0) & ~contracts.bad


def _eligibility(model: FinancingModel, firm: Fen) -> tuple[Any, ...]:
    """Limit, amount, life in days, payments and PD of who owes the paper, each (askers × products on offer), as
    `Askers` has them."""
    market, products, rules = model.market, model.market.products, model.parameters
    assert market.scores is not None and products is not None
    paper = model.receivables.financeable(model.step_number, model.shortest_paper, np.append(market.scores.pd, 0.0))
    if model.confirmed.count:
        paper[:, CONFIRMED] = np.stack(confirmed.financeable(model, market.scores.pd), axis=1)
    market.paper = np.empty((firm.size, KINDS), np.int64)
    kinds = (np.int64, np.int64, np.float64, np.int64, np.float64)
    found = tuple(np.empty((firm.size, products.product.size), kind) for kind in kinds)
    given = (
        firm, paper, market.debt, model.firms.annual_sales, model.plan.need.total, products.paper, products.on_sales,
        products.limit, float(rules.products.term_loan.tenor_days), float(model.step_days),
        rules.liquidity.smallest_ticket * FEN, market.paper, *found,
    )  # fmt: skip
    in_blocks(lambda first, end: _find_eligible(first, end, *given), firm.size, 100.0)
    return found


@kernel
def _find_eligible(
    first, end, firm, paper, debt, annual_sales, need, paper_of, on_sales, advance, tenor, step_days, ticket, face_of,
    limit, amount, days, payments, obligor,
):  # fmt: skip
    """Fill rows first..end−1 of the last six: what each product takes of the firm's paper, or lends on its sales.

    `paper` (firms × kinds × 3) as `Receivables.financeable` gives it; `paper_of` bool[P, kinds]; `face_of` int64[a,
    kinds] is its face.
    """
    for a in range(first, end):
        own = firm[a]
        for kind in range(paper_of.shape[1]):
            face_of[a, kind] = np.int64(paper[own, kind, 0])
        for p in range(paper_of.shape[0]):
            face, steps, risk = 0.0, 0.0, 0.0
            for kind in range(paper_of.shape[1]):
                if paper_of[p, kind]:
                    face += paper[own, kind, 0]
                    steps += paper[own, kind, 1]
                    risk += paper[own, kind, 2]
            some = max(face, 1.0)
            most = np.int64(np.floor(face * advance[p]))
            life = max(np.rint(steps / some * step_days * 1e6) / 1e6, step_days)
            if on_sales[p]:
                most, life = max(np.int64(np.floor(advance[p] * annual_sales[own])) - debt[a, p], 0), tenor
            limit[a, p] = most if most >= ticket else 0
            amount[a, p] = max(min(most, need[own]), np.int64(np.rint(ticket)))
            days[a, p], payments[a, p] = life, max(np.int64(np.rint(life / step_days)), 1)
            obligor[a, p] = min(max(round_rate(risk / some), 0.0), 1.0)
