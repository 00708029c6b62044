"""Phases 4 to 6: who is eligible for what, lenders' quotes, the match, and draw-down."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from agents.bank import tightening
from agents.numeric import FEN, sum_by
from policies.catalogue import GovernmentGuarantee, InterestSubsidy, RelendingSme
from policies.waterfall import capital_room
from sim import confirmed
from sim.contracts import APR_GROSS, GUARANTEED_LOAN
from sim.drawing_down import draw_down
from sim.lever_terms import (
    PLAIN,
    WITH,
    LeverTerms,
    borrower_class,
    lender_refinances,
    lever_terms,
    note_use,
    signed_terms,
    use_of_levers,
)
from sim.levers import RATIONED
from sim.liquidity import turn_elsewhere
from sim.matching import Demands, Proposals, Room, match
from sim.products import NATURE, Offered, offered_now
from sim.quotes import NEVER, NOT_ELIGIBLE, OFFERED, Askers, Lenders, PricingRules, Quotes, accepted_terms, quote
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
    quotes: Quotes | None = None
    offered: Any = None  # bool[a, P, R] as quoted, before matching marked what came to nothing
    paper: Any = None  # int64[n, KINDS] financeable face
    proposals: Proposals | None = None
    place: Fen = field(default_factory=lambda: np.zeros(0, np.int64))  # version × reach of the accepted offer
    firm: Fen = field(default_factory=lambda: np.zeros(0, np.int64))  # drawn contracts from here on
    asker: Fen = field(default_factory=lambda: np.zeros(0, np.int64))
    product: Fen = field(default_factory=lambda: np.zeros(0, np.int64))
    lender: Fen = field(default_factory=lambda: np.zeros(0, np.int64))
    amount: Fen = field(default_factory=lambda: np.zeros(0, np.int64))
    days: Any = field(default_factory=lambda: np.zeros(0))
    use: Any = None  # float64[a, P, V, L] of levers
    terms: Any = field(default_factory=lambda: np.zeros((0, APR_GROSS + 1)))


def ask(model: FinancingModel) -> None:
    """Score all firms; find what each asker is eligible for: product, limit, life, who owes."""
    move_noise(model)
    market = model.market = Market(scores=rate_all(model), products=offered_now(model))
    assert market.products is not None
    market.levers = lever_terms(model, market.products)
    firm = np.flatnonzero(model.plan.asked & model.parameters.market.open)
    market.askers = _askers(model, firm)


def quote_prices(model: FinancingModel) -> None:
    """Every lender within reach prices every product term by term."""
    market = model.market
    assert market.askers is not None
    market.quotes = quote(
        market.askers, lenders_now(model), pricing_rules(model), market.levers, model.reference, versions_now(model)
    )
    market.use = _use_of_levers(model, market.askers)
    _drop_twins(model, market.askers, market.quotes)
    market.offered = market.quotes.reason == OFFERED


def match_and_draw(model: FinancingModel) -> None:
    """Deferred acceptance under lenders' limits; draw-down; what stays open turns elsewhere."""
    market, plan, rules = model.market, model.plan, model.parameters.market
    askers, quotes, products, levers = market.askers, market.quotes, market.products, market.levers
    assert askers is not None and quotes is not None and products is not None and levers is not None
    need = np.stack(plan.need, axis=1)
    demands = Demands(
        need[askers.firm], plan.reservation[askers.firm], askers.limit.copy(), market.paper[askers.firm],
        _single_name_room(model, askers),
    )  # fmt: skip
    weight = np.round(askers.risk_weight * 1000).astype(np.int64)
    market.proposals = match(
        rules.rounds, round(model.parameters.liquidity.smallest_ticket * FEN), askers.firm, askers.reach, quotes.key,
        quotes.reason, np.where(products.on_sales, 1.0, products.limit), weight, quotes.margin,
        askers.risk_weight * model.parameters.bank.target_capital, products.paper, market.use, demands,
        lending_room(model),
    )  # fmt: skip
    held = np.flatnonzero(market.proposals.amount > 0)
    chosen = Proposals(*(column[held] for column in market.proposals))
    market.asker, market.place, market.lender = chosen.asker, chosen.place, chosen.lender
    market.product = products.product[chosen.product]
    market.firm = askers.firm[chosen.asker]
    market.days = askers.days[chosen.asker, chosen.product]
    market.terms = accepted_terms(
        chosen.asker, chosen.product, chosen.place, askers, lenders_now(model), pricing_rules(model), tuple(levers),
        quotes.margin, quotes.loss,
    )  # fmt: skip
    plan.drawn = np.zeros_like(need)
    for tranche in range(3):
        plan.drawn[:, tranche] = sum_by(market.firm, chosen.tranche[:, tranche], model.firms.slots)
    market.amount = draw_down(model, chosen, signed_terms(model, chosen))
    note_use(model, chosen)
    turn_elsewhere(model)


def _drop_twins(model: FinancingModel, askers: Askers, quotes: Quotes) -> None:
    """Take back plain offers that differ in nothing, as their twins use no allotment: none is to be tried twice."""
    width = askers.reach.shape[1]
    if quotes.reason.shape[2] == width:
        return
    uses = lenders_using(model)[askers.reach]
    more = model.market.use[:, :, WITH] > model.market.use[:, :, PLAIN]
    twin = ~(more[:, :, None, :] & uses[:, None, :, :]).any(axis=3)
    twin &= (askers.reach >= 0)[:, None, :]
    for column, nothing in ((quotes.reason, NOT_ELIGIBLE), (quotes.key, NEVER), (quotes.margin, 0.0)):
        column[:, :, width:][twin] = nothing


def versions_now(model: FinancingModel) -> int:
    """Two versions of each offer where a lever's quota or budget may run out, one where none can."""
    return 2 if any(lever.ID in RATIONED for lever in model.levers.in_force()) else 1


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
        banks.funding, banks.running_cost, banks.intercept, factor, banks.mandate, lends, lender_refinances(model)
    )


def lending_room(model: FinancingModel) -> Room:
    """Limits on new business: capital in risk-weighted assets, and loans net of provisions against stable funding, fen.

    What falls due this step is counted as repaid.
    """
    rules, books, contracts = model.parameters.bank, model.ledger.balance, model.contracts
    due = contracts.principal * _repaid_now(model)
    back = sum_by(contracts.lender, due, model.banks.slots)
    weighted = np.bincount(contracts.lender, due * contracts.risk_weight, minlength=model.banks.slots)
    equity = model.bank_equity()
    remaining = model.risk_weighted_assets() - np.floor(weighted).astype(np.int64)
    rooms = [
        capital_room(*bank, rules.lending_capital) for bank in zip(equity.tolist(), remaining.tolist(), strict=True)
    ]
    stable = books("bank", "firm_deposits") + books("bank", "outside_deposits") + books("bank", "refinancing") + equity
    lent = sum(
        books("bank", name) for name in ("loan", "purchased_accounts", "purchased_bills", "bad_loan", "rest_loan")
    )
    net = lent - books("bank", "allowance") - books("bank", "unearned") - back
    funding = np.floor(rules.stable_funding * stable).astype(np.int64) - net
    levers = np.ascontiguousarray(model.levers.allotment.T)
    if versions_now(model) == 1:
        levers = levers[:, :0]
    return Room(np.array(rooms, np.int64), np.maximum(funding, 0), levers, lenders_using(model)[:, : levers.shape[1]])


def _repaid_now(model: FinancingModel) -> npt.NDArray[np.bool_]:
    """Contracts that fall due in this very step: new credit is drawn before the settlement that repays them."""
    contracts = model.contracts
    return (contracts.due == model.step_number) & (contracts.overdue_steps == 0) & ~contracts.bad


def _single_name_room(model: FinancingModel, askers: Askers) -> Fen:
    """What each lender within reach may still lend to each asker, fen."""
    contracts, banks = model.contracts, model.banks.slots
    key = contracts.borrower.astype(np.int64) * banks + contracts.lender
    owed = sum_by(key, contracts.principal * ~_repaid_now(model), model.firms.slots * banks)
    most = np.floor(model.parameters.bank.single_name * np.maximum(model.bank_equity(), 0)).astype(np.int64)
    lender = np.maximum(askers.reach, 0).astype(np.int64)
    room = most[lender] - owed[askers.firm[:, None] * banks + lender]
    return np.where(askers.reach >= 0, np.maximum(room, 0), 0)


def _use_of_levers(model: FinancingModel, askers: Askers) -> npt.NDArray[np.float64]:
    """Allotment of each rationed lever that a fen of principal uses; float64[a, P, V, L], L is 0 if none can end."""
    market = model.market
    assert market.products is not None and market.levers is not None
    if versions_now(model) == 1:
        return np.zeros((*askers.days.shape, 1, 0))
    capital = np.minimum(askers.risk_weight * model.parameters.bank.target_capital, 1.0)
    return use_of_levers(model, market.products, market.levers, askers.group, askers.days, askers.obligor_pd, capital)


def lenders_using(model: FinancingModel) -> npt.NDArray[np.bool_]:
    """Which rationed levers a lender uses at all: re-lending only where its kind may; bool[B, L]."""
    uses = np.ones((model.banks.slots, len(RATIONED)), np.bool_)
    uses[:, RATIONED.index(RelendingSme.ID)] = lender_refinances(model)
    return uses


def _askers(model: FinancingModel, firm: Fen) -> Askers:
    firms, scores, products = model.firms, model.market.scores, model.market.products
    assert scores is not None and products is not None
    common, own = noise_scale(model)
    limit, days, obligor = _eligibility(model, firm)
    ticket = model.parameters.liquidity.smallest_ticket * FEN
    need = model.plan.need.total[firm]
    amount = np.maximum(np.minimum(limit, need[:, None]), round(ticket))
    noise = common[firm, None] * firms.noise_common[firm, None] + own[firm] * firms.noise_lender[firm]
    group = scores.group[firm]
    return Askers(
        firm, firms.reach[firm], np.where(limit >= ticket, limit, 0), amount, days,
        np.maximum(np.rint(days / model.step_days), 1).astype(np.int64), obligor,
        _risk_weight(model, products, firm), scores.score[firm],
        noise, common[firm, None] ** 2 + own[firm] ** 2, scores.mean[group], scores.variance[group],
        scores.grade[firm].astype(np.int64), firms.size[firm] > 0, borrower_class(firms.size, firms.first_time)[firm],
        _subsidy_room(model)[firm],
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


def _subsidy_room(model: FinancingModel) -> npt.NDArray[np.float64]:
    """Principal of each firm that may still be subsidised, fen; unlimited for discounts and without the lever."""
    lever, contracts = model.levers.find(InterestSubsidy), model.contracts
    if lever is None:
        return np.full(model.firms.slots, np.inf)
    rows = contracts.loan & (contracts.subsidy > 0) & ~_repaid_now(model)
    subsidised = sum_by(contracts.borrower[rows], contracts.principal[rows], model.firms.slots)
    return np.maximum(lever.loan_cap * FEN - subsidised, 0).astype(np.float64)


def _eligibility(model: FinancingModel, firm: Fen) -> tuple[Fen, Any, Any]:
    """Limit, life in days and PD of who owes the paper, each (askers × products on offer)."""
    products = model.market.products
    assert products is not None
    shape = (firm.size, products.product.size)
    limit, days, obligor = np.zeros(shape, np.int64), np.full(shape, 30.0), np.zeros(shape)
    face, weighted_steps, weighted_pd = _paper(model)
    model.market.paper = face
    for place, product in enumerate(products.product):
        kind = list(NATURE[int(product)].paper)
        if not kind:
            most = np.floor(products.limit[place] * model.firms.annual_sales[firm]).astype(np.int64)
            limit[:, place] = np.maximum(most - _debt_not_due(model, product)[firm], 0)
            days[:, place] = model.parameters.products.term_loan.tenor_days
            continue
        total = face[firm][:, kind].sum(axis=1)
        limit[:, place] = np.floor(total * products.limit[place]).astype(np.int64)
        some = np.maximum(total, 1)
        steps = weighted_steps[firm][:, kind].sum(axis=1) / some
        days[:, place] = np.maximum(np.round(steps * model.step_days, 6), model.step_days)
        obligor[:, place] = np.round(weighted_pd[firm][:, kind].sum(axis=1) / some, 10)
    return limit, days, np.clip(obligor, 0, 1)


def _debt_not_due(model: FinancingModel, product: int) -> Fen:
    """What each firm owes on loans of a product that do not fall due in this step, fen."""
    contracts = model.contracts
    rows = (contracts.product == product) & ~_repaid_now(model)
    return sum_by(contracts.borrower[rows], contracts.principal[rows], model.firms.slots)


def _paper(model: FinancingModel) -> tuple[Fen, Any, Any]:
    """Financeable face by firm and kind of paper, Σ face × steps to run, Σ face × the debtor's PD."""
    receivables, network, slots, chain = model.receivables, model.network, model.firms.slots, model.chain_edges
    account, bill = receivables.financeable(model.step_number, model.shortest_paper)
    account_steps, bill_steps = receivables.remaining_steps(model.step_number, model.shortest_paper)
    if receivables.bill_share > 0:
        account_steps[: receivables.bill_edges] = 0
    assert model.market.scores is not None
    pd = np.append(model.market.scores.pd, 0.0)[network.buyer]
    supplier, bills = network.supplier, slice(0, receivables.bill_edges)
    sums = []
    for values in ((bill, account), (bill_steps, account_steps), (bill * pd[bills], account * pd)):
        by_kind = [
            np.bincount(supplier[bills], values[0], minlength=slots),
            np.bincount(supplier[:chain], values[1][:chain], minlength=slots),
            np.bincount(supplier[chain:], values[1][chain:], minlength=slots),
        ]
        sums.append(by_kind)
    for by_kind, held in zip(sums, confirmed.financeable(model, model.market.scores.pd), strict=True):
        by_kind.append(held)
    sums = [np.stack(by_kind, axis=1) for by_kind in sums]
    return sums[0].astype(np.int64), sums[1], sums[2]
