"""Phases 4 to 6: who is eligible for what, lenders' quotes, the match, and draw-down."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from agents.bank import tightening
from agents.kernels import kernel
from agents.numeric import FEN, round_rate, sum_by
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
from sim.receivables import ACCOUNTS, BILLS
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
    standing: Any = None  # Standing: what is lent already, less what falls due now
    paper: Any = None  # int64[a, 3] financeable face: bills, accounts, accounts outside
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
        market.paper, _single_name_room(model, askers, market.standing),
    )  # fmt: skip
    weight = np.round(askers.risk_weight * 1000).astype(np.int64)
    market.proposals = match(
        rules.rounds, round(model.parameters.liquidity.smallest_ticket * FEN), askers.firm, askers.reach, quotes.key,
        quotes.reason, advance_rates(model), weight, quotes.margin,
        askers.risk_weight * model.parameters.bank.target_capital, demands, lending_room(model, market.standing),
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
    for tranche, amount in enumerate(chosen.tranche.T.copy()):
        plan.drawn[:, tranche] = sum_by(market.firm, amount, model.firms.slots)
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


class Standing(NamedTuple):
    """Bank credit that stands when this step's is drawn, and what falls due in this very step: it is settled after the
    new credit is drawn and counted as repaid. Fen."""

    unsecured: Any  # int64[a] what is left of each asker's unsecured debt
    named: Any  # int64[a, R] what is left of what each lender within reach has lent to it
    back: Any  # int64[B] what each lender gets back
    back_weighted: Any  # float64[B] the same by risk weight


@kernel
def _standing(step, row, reach, banks, borrower, lender, product, due, principal, risk_weight, overdue_steps, bad):
    """One pass over the contracts; `row` int64[n] is a firm's row among the askers, −1 if it does not ask."""
    unsecured, named = np.zeros(reach.shape[0], np.int64), np.zeros(reach.shape, np.int64)
    back, back_weighted = np.zeros(banks, np.int64), np.zeros(banks)
    for c in range(borrower.size):
        if due[c] == step and overdue_steps[c] == 0 and not bad[c]:
            back[lender[c]] += principal[c]
            back_weighted[lender[c]] += principal[c] * risk_weight[c]
            continue
        a = row[borrower[c]]
        if a < 0:
            continue
        if product[c] == TERM_LOAN:
            unsecured[a] += principal[c]
        for r in range(reach.shape[1]):
            if reach[a, r] == lender[c]:
                named[a, r] += principal[c]
                break
    return unsecured, named, back, back_weighted


def what_stands(model: FinancingModel, firm: Fen) -> Standing:
    """Bank credit of these firms and of all lenders before new credit is drawn."""
    contracts, row = model.contracts, np.full(model.firms.slots, -1)
    row[firm] = np.arange(firm.size)
    return Standing(*_standing(
        model.step_number, row, model.firms.reach[firm], model.banks.slots, contracts.borrower, contracts.lender,
        contracts.product, contracts.due, contracts.principal, contracts.risk_weight, contracts.overdue_steps,
        contracts.bad,
    ))  # fmt: skip


def lending_room(model: FinancingModel, standing: Standing) -> Room:
    """Limits on new business, fen: capital in risk-weighted assets, loans net of provisions against stable funding."""
    rules, books = model.parameters.bank, model.ledger.balance
    equity = model.bank_equity()
    remaining = model.risk_weighted_assets() - np.floor(standing.back_weighted).astype(np.int64)
    rooms = [
        capital_room(*bank, rules.lending_capital) for bank in zip(equity.tolist(), remaining.tolist(), strict=True)
    ]
    stable = books("bank", "firm_deposits") + books("bank", "outside_deposits") + equity
    lent = sum(
        books("bank", name) for name in ("loan", "purchased_accounts", "purchased_bills", "bad_loan", "rest_loan")
    )
    net = lent - books("bank", "allowance") - books("bank", "unearned") - standing.back
    funding = np.floor(rules.stable_funding * stable).astype(np.int64) - net
    return Room(np.array(rooms, np.int64), np.maximum(funding, 0))


def _single_name_room(model: FinancingModel, askers: Askers, standing: Standing) -> Fen:
    """What each lender within reach may still lend to each asker, fen."""
    most = np.floor(model.parameters.bank.single_name * np.maximum(model.bank_equity(), 0)).astype(np.int64)
    room = np.maximum(most[askers.reach] - standing.named, 0)
    room[askers.reach < 0] = 0
    return room


def _askers(model: FinancingModel, firm: Fen) -> Askers:
    firms, scores = model.firms, model.market.scores
    assert scores is not None
    common, own = noise_scale(model, firm)
    limit, days, obligor = _eligibility(model, firm)
    ticket = model.parameters.liquidity.smallest_ticket * FEN
    need = model.plan.need.total[firm]
    amount = np.maximum(np.minimum(limit, need[:, None]), round(ticket))
    weight = np.array(model.parameters.bank.risk_weight)
    risk_weight = np.repeat(weight[firms.size[firm]][:, None], len(PRODUCTS), axis=1)
    risk_weight[:, BILL_DISCOUNT] = weight[0]
    risk_weight[:, FACTORING] = weight[0]
    noise = common[:, None] * firms.noise_common[firm, None] + own * firms.noise_lender[firm]
    group = scores.group[firm]
    return Askers(
        firm, firms.reach[firm], np.where(limit >= ticket, limit, 0), amount, days,
        np.maximum(np.rint(days / model.step_days), 1).astype(np.int64), obligor, risk_weight, scores.score[firm],
        noise, common[:, None] ** 2 + own**2, scores.mean[group], scores.variance[group],
        scores.grade[firm].astype(np.int64), firms.size[firm] > 0,
    )  # fmt: skip


# Which kinds of paper a product takes: bills, accounts, accounts outside.
PAPER_OF: Final = np.zeros((len(PRODUCTS), 3), np.bool_)
PAPER_OF[BILL_DISCOUNT, BILLS] = True
PAPER_OF[FACTORING, ACCOUNTS] = True
PAPER_OF[RECOURSE_FACTORING, ACCOUNTS] = True
PAPER_OF[RECEIVABLE_PLEDGE, ACCOUNTS:] = True


def _eligibility(model: FinancingModel, firm: Fen) -> tuple[Fen, Any, Any]:
    """Limit, life in days and PD of who owes the paper, each (askers × products)."""
    products, market = model.parameters.products, model.market
    assert market.scores is not None
    debtors = np.append(market.scores.pd, 0.0)
    paper = model.receivables.financeable(model.step_number, model.shortest_paper, debtors)[firm]
    market.paper = paper[:, :, 0].astype(np.int64)
    limit, days, obligor = _on_paper(paper, PAPER_OF, advance_rates(model), float(model.step_days))
    market.standing = what_stands(model, firm)
    unsecured = np.floor(products.term_loan.limit * model.firms.annual_sales[firm]).astype(np.int64)
    limit[:, TERM_LOAN] = np.maximum(unsecured - market.standing.unsecured, 0)
    days[:, TERM_LOAN] = products.term_loan.tenor_days
    return limit, days, obligor


@kernel
def _on_paper(paper, paper_of, advance, step_days):
    """Limit, life and PD of who owes, by asker and product, of what each product takes of the firm's paper.

    `paper` (askers × kinds × 3) as `Receivables.financeable` gives it; `paper_of` bool[P, kinds].
    """
    shape = (paper.shape[0], paper_of.shape[0])
    limit, days, obligor = np.zeros(shape, np.int64), np.empty(shape), np.empty(shape)
    for a in range(shape[0]):
        for p in range(shape[1]):
            face, steps, risk = 0.0, 0.0, 0.0
            for kind in range(paper_of.shape[1]):
                if paper_of[p, kind]:
                    face += paper[a, kind, 0]
                    steps += paper[a, kind, 1]
                    risk += paper[a, kind, 2]
            some = max(face, 1.0)
            limit[a, p] = np.int64(np.floor(face * advance[p]))
            days[a, p] = max(np.rint(steps / some * step_days * 1e6) / 1e6, step_days)
            obligor[a, p] = min(max(round_rate(risk / some), 0.0), 1.0)
    return limit, days, obligor
