"""Phases 4 to 6: who is eligible for what, lenders' quotes, the match, and draw-down."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from agents.bank import tightening
from agents.numeric import FEN, sum_by
from policies.waterfall import capital_room
from sim.contracts import (
    BILL_DISCOUNT,
    FACTORING,
    PRODUCTS,
    RECEIVABLE_PLEDGE,
    RECOURSE_FACTORING,
    TERM_LOAN,
)
from sim.drawing_down import draw_down
from sim.liquidity import turn_elsewhere
from sim.matching import Demands, Proposals, Room, match
from sim.quotes import Askers, Lenders, PricingRules, Quotes, accepted_terms, quote
from sim.scorecard import Scores, move_noise, noise_scale, rate_all

if TYPE_CHECKING:
    from sim.model import FinancingModel

Fen = npt.NDArray[np.int64]


@dataclass
class Market:
    """One step's credit market: who asked, what was quoted, what came of it."""

    scores: Scores | None = None
    askers: Askers | None = None
    quotes: Quotes | None = None
    offered: Any = None  # bool[a, P, R] as quoted, before matching marked what came to nothing
    paper: Any = None  # int64[n, 3] financeable face: bills, accounts, accounts outside
    proposals: Proposals | None = None
    firm: Fen = field(default_factory=lambda: np.zeros(0, np.int64))  # drawn contracts from here on
    asker: Fen = field(default_factory=lambda: np.zeros(0, np.int64))
    product: Fen = field(default_factory=lambda: np.zeros(0, np.int64))
    lender: Fen = field(default_factory=lambda: np.zeros(0, np.int64))
    amount: Fen = field(default_factory=lambda: np.zeros(0, np.int64))
    days: Any = field(default_factory=lambda: np.zeros(0))
    terms: Any = field(default_factory=lambda: np.zeros((0, 8)))


def ask(model: FinancingModel) -> None:
    """Score all firms; find what each asker is eligible for: product, limit, life, who owes."""
    move_noise(model)
    market = model.market = Market(scores=rate_all(model))
    firm = np.flatnonzero(model.plan.asked & model.parameters.market.open)
    market.askers = _askers(model, firm)


def quote_prices(model: FinancingModel) -> None:
    """Every lender within reach prices every product term by term."""
    market = model.market
    assert market.askers is not None
    market.quotes = quote(market.askers, lenders_now(model), pricing_rules(model), model.reference)
    market.offered = market.quotes.reason == 0


def match_and_draw(model: FinancingModel) -> None:
    """Deferred acceptance under lenders' limits; draw-down; what stays open turns elsewhere."""
    market, plan, rules = model.market, model.plan, model.parameters.market
    askers, quotes = market.askers, market.quotes
    assert askers is not None and quotes is not None
    need = np.stack(plan.need, axis=1)
    demands = Demands(
        need[askers.firm], plan.reservation[askers.firm], askers.limit[:, TERM_LOAN].copy(),
        market.paper[askers.firm], _single_name_room(model, askers),
    )  # fmt: skip
    weight = np.round(askers.risk_weight * 1000).astype(np.int64)
    market.proposals = match(
        rules.rounds, round(model.parameters.liquidity.smallest_ticket * FEN), askers.firm, askers.reach, quotes.key,
        quotes.reason, advance_rates(model), weight, quotes.margin,
        askers.risk_weight * model.parameters.bank.target_capital, demands, lending_room(model),
    )  # fmt: skip
    held = np.flatnonzero(market.proposals.amount > 0)
    chosen = Proposals(*(column[held] for column in market.proposals))
    market.asker, market.product, market.lender = chosen.asker, chosen.product, chosen.lender
    market.firm = askers.firm[chosen.asker]
    market.days = askers.days[chosen.asker, chosen.product]
    market.terms = accepted_terms(
        chosen.asker,
        chosen.product,
        chosen.place,
        askers,
        lenders_now(model),
        pricing_rules(model),
        quotes.margin,
        quotes.loss,
    )
    plan.drawn = np.zeros_like(need)
    for tranche in range(3):
        plan.drawn[:, tranche] = sum_by(market.firm, chosen.tranche[:, tranche], model.firms.slots)
    market.amount = draw_down(model, chosen, market.firm, market.terms)
    turn_elsewhere(model)


def advance_rates(model: FinancingModel) -> npt.NDArray[np.float64]:
    """Most lent per fen of paper, by product; 1 for the unsecured loan, whose limit is of sales."""
    rates = np.array([getattr(model.parameters.products, name).limit for name in PRODUCTS])
    rates[TERM_LOAN] = 1.0
    return rates


def pricing_rules(model: FinancingModel) -> PricingRules:
    """The parameters of price formation as the kernel takes them."""
    products = [getattr(model.parameters.products, name) for name in PRODUCTS]
    market, bank = model.parameters.market, model.parameters.bank
    return PricingRules(
        np.array([product.loss_given_default for product in products]),
        np.array([product.cut_off for product in products]),
        np.array([product.fixed_cost * FEN for product in products]),
        float(market.price_sensitivity), float(market.switching_cost), float(market.captive), float(market.legal_cap),
        float(bank.hurdle), float(bank.target_capital), float(market.joint_correlation), float(model.step_days),
    )  # fmt: skip


def lenders_now(model: FinancingModel) -> Lenders:
    """What lenders price with this step: their cut-offs tighten as bad loans near the tolerated ratio."""
    banks = model.banks
    lends = banks.lends & model.stress.banks_lend(model.step_number)
    factor = tightening(model.npl_ratio_by_bank(), model.parameters.bank.npl_tolerance)
    return Lenders(banks.funding, banks.running_cost, banks.intercept, factor, banks.mandate, lends)


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
    stable = books("bank", "firm_deposits") + books("bank", "outside_deposits") + equity
    lent = sum(
        books("bank", name) for name in ("loan", "purchased_accounts", "purchased_bills", "bad_loan", "rest_loan")
    )
    net = lent - books("bank", "allowance") - books("bank", "unearned") - back
    funding = np.floor(rules.stable_funding * stable).astype(np.int64) - net
    return Room(np.array(rooms, np.int64), np.maximum(funding, 0))


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


def _askers(model: FinancingModel, firm: Fen) -> Askers:
    firms, scores = model.firms, model.market.scores
    assert scores is not None
    common, own = noise_scale(model)
    limit, days, obligor = _eligibility(model, firm)
    ticket = model.parameters.liquidity.smallest_ticket * FEN
    need = model.plan.need.total[firm]
    amount = np.maximum(np.minimum(limit, need[:, None]), round(ticket))
    weight = np.array(model.parameters.bank.risk_weight)
    risk_weight = np.repeat(weight[firms.size[firm]][:, None], len(PRODUCTS), axis=1)
    risk_weight[:, BILL_DISCOUNT] = weight[0]
    risk_weight[:, FACTORING] = weight[0]
    noise = common[firm, None] * firms.noise_common[firm, None] + own[firm] * firms.noise_lender[firm]
    group = scores.group[firm]
    return Askers(
        firm, firms.reach[firm], np.where(limit >= ticket, limit, 0), amount, days,
        np.maximum(np.rint(days / model.step_days), 1).astype(np.int64), obligor, risk_weight, scores.score[firm],
        noise, common[firm, None] ** 2 + own[firm] ** 2, scores.mean[group], scores.variance[group],
        scores.grade[firm].astype(np.int64), firms.size[firm] > 0,
    )  # fmt: skip


def _eligibility(model: FinancingModel, firm: Fen) -> tuple[Fen, Any, Any]:
    """Limit, life in days and PD of who owes the paper, each (askers × products)."""
    products, shape = model.parameters.products, (firm.size, len(PRODUCTS))
    limit, days, obligor = np.zeros(shape, np.int64), np.full(shape, 30.0), np.zeros(shape)
    unsecured = np.floor(products.term_loan.limit * model.firms.annual_sales[firm]).astype(np.int64)
    limit[:, TERM_LOAN] = np.maximum(unsecured - _unsecured_debt(model)[firm], 0)
    days[:, TERM_LOAN] = products.term_loan.tenor_days
    face, weighted_steps, weighted_pd = _paper(model)
    model.market.paper = face
    rates = advance_rates(model)
    for product, kinds in (
        (BILL_DISCOUNT, (0,)), (FACTORING, (1,)), (RECOURSE_FACTORING, (1,)), (RECEIVABLE_PLEDGE, (1, 2)),
    ):  # fmt: skip
        kind = list(kinds)
        total = face[firm][:, kind].sum(axis=1)
        limit[:, product] = np.floor(total * rates[product]).astype(np.int64)
        some = np.maximum(total, 1)
        steps = weighted_steps[firm][:, kind].sum(axis=1) / some
        days[:, product] = np.maximum(np.round(steps * model.step_days, 6), model.step_days)
        obligor[:, product] = np.round(weighted_pd[firm][:, kind].sum(axis=1) / some, 10)
    return limit, days, np.clip(obligor, 0, 1)


def _unsecured_debt(model: FinancingModel) -> Fen:
    contracts = model.contracts
    rows = (contracts.product == TERM_LOAN) & ~_repaid_now(model)
    return sum_by(contracts.borrower[rows], contracts.principal[rows], model.firms.slots)


def _paper(model: FinancingModel) -> tuple[Fen, Any, Any]:
    """Financeable face by firm and kind (bills, accounts, accounts outside), Σ face × steps, Σ face × debtor's PD."""
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
        by_kind = (
            np.bincount(supplier[bills], values[0], minlength=slots),
            np.bincount(supplier[:chain], values[1][:chain], minlength=slots),
            np.bincount(supplier[chain:], values[1][chain:], minlength=slots),
        )
        sums.append(np.stack(by_kind, axis=1))
    return sums[0].astype(np.int64), sums[1], sums[2]
