"""Indicators of a step by group: ratios keep their denominator as weight, so that a window's value is exact."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from agents.firm import ACTIVE
from agents.informal import informal_rate
from agents.kernels import kernel
from agents.parameters import BANK_KINDS, SIZES, SUBSECTORS, TIERS
from agents.threads import together
from sim.contagion import measure_contagion
from sim.contracts import APR, APR_GROSS, LOSS, PRODUCTS, RATE, TERMS
from sim.journal import ASSETS, LIABILITIES
from sim.policy_indicators import measure_levers
from sim.quotes import (
    CAPITAL,
    NO_LENDER,
    NOT_ELIGIBLE,
    OFFERED,
    PRICE_CAP,
    QUOTA,
    REASONS,
    RISK,
    SINGLE_NAME,
    STABLE_FUNDING,
    TOO_DEAR,
)

if TYPE_CHECKING:
    from sim.model import FinancingModel

Float = npt.NDArray[np.float64]
FIRM_GROUPS: Final = ("all", "sme", *SIZES, *TIERS, *SUBSECTORS)
PRODUCT_GROUPS: Final = tuple(f"product:{name}" for name in PRODUCTS)
BANK_GROUPS: Final = ("banks", *BANK_KINDS)
CELLS: Final = len(SIZES) * len(TIERS) * len(SUBSECTORS)
# Why a rejected applicant was refused: the furthest that any of its offers came.
REFUSALS: Final = (
    ("not_eligible", NOT_ELIGIBLE), ("risk", RISK), ("price_cap", PRICE_CAP), ("too_dear", TOO_DEAR),
    ("capital", CAPITAL), ("stable_funding", STABLE_FUNDING), ("single_name", SINGLE_NAME), ("quota", QUOTA),
)  # fmt: skip


FURTHER: Final = np.full(len(REASONS), -1)  # rank of a reason by how far an offer came; NO_LENDER counts for nothing
FURTHER[[NOT_ELIGIBLE, RISK, PRICE_CAP, TOO_DEAR, STABLE_FUNDING, SINGLE_NAME, CAPITAL, QUOTA]] = range(8)


def _membership() -> Float:
    """Which cell (size × tier × sub-sector) belongs to which group, 0/1."""
    size, tier, sector = np.unravel_index(np.arange(CELLS), (len(SIZES), len(TIERS), len(SUBSECTORS)))
    rows = [np.ones(CELLS, bool), size > 0]
    rows += [size == k for k in range(len(SIZES))]
    rows += [tier == k for k in range(len(TIERS))]
    rows += [sector == k for k in range(len(SUBSECTORS))]
    return np.array(rows, np.float64)


MEMBERSHIP: Final = _membership()


@dataclass
class Lines:
    """Growing table of (step, group, indicator, unit, value, weight)."""

    keys: list[tuple[str, str, str]] = field(default_factory=list)
    values: list[Float] = field(default_factory=list)
    weights: list[Float] = field(default_factory=list)
    _now: list[tuple[tuple[str, ...], str | tuple[str, ...], str, Any, Any]] = field(default_factory=list)

    def ratio(self, groups: tuple[str, ...], indicator: str, unit: str, part: Any, whole: Any) -> None:
        """A ratio by group, weighted by its denominator; both are kept as they are until the step is closed."""
        self._now.append((groups, indicator, unit, part, whole))

    def amount(self, groups: tuple[str, ...], indicator: str, unit: str, value: Any) -> None:
        """A stock or a flow per step: over one."""
        self._now.append((groups, indicator, unit, value, None))

    def amounts(self, group: str, indicators: tuple[str, ...], unit: str, values: Any) -> None:
        """Several of them of one group."""
        self._now.append(((group,) * len(indicators), indicators, unit, values, None))

    def part(self) -> Lines:
        """Lines of one section, which another thread may write meanwhile."""
        return Lines()

    def take(self, parts: list[Lines]) -> None:
        """Add those of all sections, in order."""
        for part in parts:
            self._now += part._now

    def end_step(self) -> None:
        """Close the step's lines."""
        if not self.keys:
            for groups, names, unit, _, _ in self._now:
                each = (names,) * len(groups) if isinstance(names, str) else names
                self.keys += [(group, name, unit) for group, name in zip(groups, each, strict=True)]
        part, whole, first = np.empty(len(self.keys)), np.ones(len(self.keys)), 0
        for groups, _, _, above, below in self._now:
            end = first + len(groups)
            part[first:end] = above
            if below is not None:
                whole[first:end] = below
            first = end
        self.values.append(np.divide(part, whole, out=np.full(part.size, np.nan), where=whole > 0))
        self.weights.append(np.maximum(whole, 0))
        self._now = []

    def frame(self) -> pd.DataFrame:
        """All steps as a tidy frame."""
        steps, rows = len(self.values), len(self.keys)
        columns: dict[str, Any] = {"step": np.repeat(np.arange(steps, dtype=np.int32), rows)}
        for position, name in enumerate(("group", "indicator", "unit")):
            codes, labels = pd.factorize(np.array([key[position] for key in self.keys], dtype=object))
            columns[name] = pd.Categorical.from_codes(np.tile(codes, steps), pd.Index(labels))
        columns["value"] = np.concatenate(self.values) if steps else np.zeros(0)
        columns["weight"] = np.concatenate(self.weights) if steps else np.zeros(0)
        return pd.DataFrame(columns)


class _Groups:
    """Sums of per-supplier quantities by group."""

    def __init__(self, model: FinancingModel) -> None:
        firms = model.firms
        rows = slice(model.oems, None)
        self.oems = model.oems
        size, tier, sector = (column[rows].astype(np.uint16) for column in (firms.size, firms.tier, firms.subsector))
        self.cell = (size * len(TIERS) + tier - 1) * len(SUBSECTORS) + sector
        self.of_contract = self.cell[model.market.firm - model.oems]

    def firms(self, *quantities: Any) -> Float:
        """Σ over suppliers of float64[n], int64[n] or bool[n] each, by group; float64[quantities, groups]."""
        totals = np.zeros((len(quantities), CELLS))
        for quantity, total in zip(quantities, totals, strict=True):
            _add_by(self.cell, quantity[self.oems :], total)
        return by_group(totals)

    def contracts(self, quantity: Any) -> Float:
        """Σ over this step's contracts, by group of the borrower."""
        return MEMBERSHIP @ np.bincount(self.of_contract, quantity, CELLS)


def by_group(totals: npt.NDArray[Any]) -> Float:
    """Groups' sums of cells' totals, float64[..., cells]."""
    return (MEMBERSHIP @ totals[..., None])[..., 0]


@kernel
def _add_by(cell, quantity, totals):
    """Add each row's quantity to the total of its cell, in the order of rows as `np.bincount` does."""
    for row in range(cell.size):
        totals[cell[row]] += quantity[row]


def measure(model: FinancingModel, lines: Lines, cost: Float, meanwhile: Callable[[], Any] = lambda: None) -> Any:
    """Write all lines of the step just done; `cost` is its `cost_of_need`. Returns what `meanwhile` returns, which may
    run on another thread."""
    groups = _Groups(model)
    sections: list[Callable[[FinancingModel, Lines], None]] = [
        partial(_prices, groups=groups),
        partial(_access, groups=groups),
        partial(_cost_of_need, groups=groups, cost=cost),
        partial(_refusals, groups=groups),
        partial(_health, groups=groups),
        partial(_stocks, groups=groups),
        _banks,
        _balance_sheets,
        measure_levers,
        measure_contagion,
    ]
    parts = [lines.part() for _ in sections]
    tasks = [partial(section, model, part) for section, part in zip(sections, parts, strict=True)]
    *_, also = together([*tasks, meanwhile], 50.0 * groups.cell.size)
    lines.take(parts)
    lines.end_step()
    return also


def _prices(model: FinancingModel, lines: Lines, groups: _Groups) -> None:
    """APR and its terms on new contracts, weighted by amount × days."""
    market = model.market
    weight = market.amount * market.days
    terms = market.terms[:, :LOSS].T
    apr, rate = terms[APR], terms[RATE] + terms[TERMS.index("fees") : len(TERMS)].sum(axis=0)
    timing, product = weight * (apr - rate), market.product.astype(np.uint16)
    by_cell = _weighted_sums(groups.of_contract, weight, market.terms, CELLS).T
    parts = by_group(np.vstack((by_cell, np.bincount(groups.of_contract, timing, CELLS))))
    of_products = _weighted_sums(product, weight, market.terms, len(PRODUCTS)).T
    product_parts = np.vstack((of_products, np.bincount(product, timing, len(PRODUCTS))))
    columns = [("apr_net", APR), ("apr_gross", APR_GROSS), *((f"term_{name}", k) for k, name in enumerate(TERMS))]
    by_firm, by_product = groups.contracts(weight), np.bincount(market.product, weight, len(PRODUCTS))
    for name, k in (*columns, ("term_timing", -1)):
        part = parts[k]
        lines.ratio(FIRM_GROUPS, name, "rate", part, by_firm)
        lines.ratio(PRODUCT_GROUPS, name, "rate", product_parts[k], by_product)
        if name in ("apr_net", "apr_gross"):
            lines.ratio(("sme",), f"sme_{name}", "rate", part[1], by_firm[1])
    count = MEMBERSHIP @ np.bincount(groups.of_contract, minlength=CELLS)
    lines.ratio(FIRM_GROUPS, "apr_simple_mean", "rate", groups.contracts(apr), count)
    lines.amount(PRODUCT_GROUPS, "drawn_amount", "fen", np.bincount(market.product, market.amount, len(PRODUCTS)))
    mean = parts[APR] / np.maximum(by_firm, 1)
    large, small = FIRM_GROUPS.index("large"), FIRM_GROUPS.index("small")
    first, third = FIRM_GROUPS.index("tier_1"), FIRM_GROUPS.index("tier_3")
    for name, low, high in (("price_gap_small_large", large, small), ("price_gap_tier3_tier1", first, third)):
        known = float(by_firm[low] > 0 and by_firm[high] > 0)
        lines.ratio(("all",), name, "rate", known * (mean[high] - mean[low]), known)


@kernel
def _weighted_sums(group, weight, columns, groups):
    """Σ weight × each of the columns float64[m, k] by group, in the order of rows as `np.bincount` adds;
    float64[groups, k]."""
    totals = np.zeros((groups, columns.shape[1]))
    for row in range(weight.size):
        for k in range(columns.shape[1]):
            totals[group[row], k] += weight[row] * columns[row, k]
    return totals


def _access(model: FinancingModel, lines: Lines, groups: _Groups) -> None:
    """The funnel from need to draw-down, and where the rest goes."""
    plan, market, slots = model.plan, model.market, model.firms.slots
    need = plan.need.total
    offered, held = _offered_and_held(model)
    drawn = np.bincount(market.firm, market.amount, minlength=slots)
    flags = {
        "need": plan.asked | plan.discouraged, "asked": plan.asked, "offered": offered, "accepted": held,
        "drawn": drawn > 0,
    }  # fmt: skip
    counts = dict(zip(flags, groups.firms(*flags.values()), strict=True))
    for name, total in counts.items():
        lines.amount(FIRM_GROUPS, f"{name}_count", "count", total)
    of_need = [need * flag for name, flag in flags.items() if name != "drawn"]
    amounts = dict(zip(flags, groups.firms(*of_need, drawn), strict=True))
    for name, total in amounts.items():
        lines.amount(FIRM_GROUPS, f"{name}_amount", "fen", total)
    others = {
        "informal_amount": plan.informal, "planned_late_amount": plan.late, "output_cut_amount": plan.cut,
        "tranches_a_b_amount": plan.need.dues + plan.need.production,
        "drawn_a_b_amount": plan.drawn[:, 0] + plan.drawn[:, 1],
    }  # fmt: skip
    *sums, discouraged, first_time = groups.firms(*others.values(), plan.discouraged, model.new_borrowers)
    lines.amount(FIRM_GROUPS, "discouraged_count", "count", discouraged)
    lines.ratio(FIRM_GROUPS, "discouraged_share", "share", discouraged, counts["need"])
    lines.ratio(FIRM_GROUPS, "approval_rate", "share", counts["accepted"], counts["asked"])
    lines.ratio(FIRM_GROUPS, "granted_share", "share", amounts["drawn"], amounts["asked"])
    lines.ratio(FIRM_GROUPS, "formal_share_of_need", "share", amounts["drawn"], amounts["need"])
    lines.amount(FIRM_GROUPS, "financing_gap", "fen", np.maximum(amounts["need"] - amounts["drawn"], 0))
    for name, total in zip(others, sums, strict=True):
        lines.amount(FIRM_GROUPS, name, "fen", total)
    lines.amount(FIRM_GROUPS, "first_time_borrowers", "count", first_time)


def _cost_of_need(model: FinancingModel, lines: Lines, groups: _Groups, cost: Float) -> None:
    """What it costs a year to meet a yuan of need, by whatever means."""
    needs = model.plan.asked | model.plan.discouraged
    costs, need = groups.firms(cost, model.plan.need.total * needs)
    lines.ratio(FIRM_GROUPS, "cost_of_need", "rate", costs, need)
    lines.ratio(("sme",), "sme_cost_of_need", "rate", costs[1], need[1])


def cost_of_need(model: FinancingModel) -> Float:
    """Fen a year by firm in need: bank credit at its APR, informal credit, late payment, lost margin, unmet buffer."""
    plan, market, rules = model.plan, model.market, model.parameters
    formal = np.bincount(market.firm, market.amount * market.terms[:, APR], minlength=model.firms.slots)
    informal = plan.informal * informal_rate(model.firms.overdue_share, rules.informal)
    late = plan.late * (rules.trade.penalty + rules.liquidity.lost_standing)
    lost = plan.cut * np.clip(plan.reservation[:, 1] * 1e-6, 0, 1)
    unmet = np.maximum(plan.need.buffer - plan.drawn[:, 2], 0) * rules.liquidity.owners_return
    return np.where(plan.asked | plan.discouraged, formal + informal + late + lost + unmet, 0.0)


def _offered_and_held(model: FinancingModel) -> tuple[Any, Any]:
    """Firms with at least one offer, and with a proposal held."""
    market, slots = model.market, model.firms.slots
    offered, held = np.zeros(slots, np.bool_), np.zeros(slots, np.bool_)
    if market.askers is not None and market.quotes is not None:
        offered[market.askers.firm] = market.quotes.ranked.end > market.quotes.ranked.first
    held[market.firm] = True
    return offered, held


def _refusals(model: FinancingModel, lines: Lines, groups: _Groups) -> None:
    """Applicants whom no lender took, by the reason that was nearest to a loan."""
    market, slots = model.market, model.firms.slots
    assert market.askers is not None and market.quotes is not None
    held = np.zeros(slots, np.bool_)
    held[market.firm] = True
    reason = market.quotes.reason.reshape(market.askers.firm.size, -1)
    furthest = np.full(slots, NO_LENDER, np.int8)
    furthest[market.askers.firm] = _furthest(reason, held[market.askers.firm], FURTHER)
    rejected = model.plan.asked & ~held
    by_reason = groups.cell * len(REASONS) + furthest[model.oems :]
    count = np.bincount(by_reason, rejected[model.oems :], CELLS * len(REASONS))
    refused = MEMBERSHIP @ count.reshape(CELLS, len(REASONS))
    for name, code in REFUSALS:
        lines.amount(FIRM_GROUPS, f"refused_{name}_count", "count", refused[:, code])


@kernel
def _furthest(reason, held, further):
    """The reason in each row of int8[a, x] that comes last in `further`; NO_LENDER for any other, and where a proposal
    is held; TOO_DEAR for an offer that was never taken up."""
    furthest = np.empty(reason.shape[0], np.int8)
    for a in range(reason.shape[0]):
        rank, nearest = -1, NO_LENDER
        for x in range(0 if held[a] else reason.shape[1]):
            code = TOO_DEAR if reason[a, x] == OFFERED else reason[a, x]
            if further[code] > rank:
                rank, nearest = further[code], code
        furthest[a] = nearest
    return furthest


def _health(model: FinancingModel, lines: Lines, groups: _Groups) -> None:
    """Payment days, overdue, default and exit, informal debt."""
    firms, books, year = model.firms, model.ledger.balance, 360 / model.step_days
    oem = slice(0, model.oems)
    edges = slice(0, model.receivables.bill_edges)  # of OEMs
    bought = np.bincount(model.network.buyer[edges], model.goods.delivered[edges], minlength=model.oems).sum()
    accounts, bills = books("firm", "trade_payable")[oem].sum(), books("firm", "bill_payable")[oem].sum()
    lines.ratio(("all",), "oem_payable_days", "days", (accounts + bills) * model.step_days, bought)
    lines.ratio(("all",), "oem_open_account_days", "days", accounts * model.step_days, bought)
    late, informal, exits = model.left_total, model.plan.informal, firms.defaulted | model.closed
    alive = (firms.status == ACTIVE) | exits
    sold, receivable, overdue, due, failed, left, there, loans, lost_loans = groups.firms(
        model.goods.sold, books("firm", "receivable"), late, model.due_total, firms.defaulted, exits, alive,
        books("firm", "loan"), model.defaulted_loans,
    )  # fmt: skip
    lines.ratio(FIRM_GROUPS, "supplier_receivable_days", "days", receivable * model.step_days, sold)
    lines.ratio(FIRM_GROUPS, "overdue_share", "share", overdue, due)
    lines.ratio(("sector:oem",), "overdue_share", "share", late[oem].sum(), model.due_total[oem].sum())
    lines.ratio(FIRM_GROUPS, "default_rate", "rate", failed * year, there)
    lines.ratio(FIRM_GROUPS, "exit_rate", "rate", left * year, there)
    lines.ratio(FIRM_GROUPS, "default_rate_amount", "rate", lost_loans * year, loans)
    cost = informal * informal_rate(firms.overdue_share, model.parameters.informal)
    lost = np.maximum(model.plan.output - np.maximum(model.goods.affordable, model.goods.made), 0)
    costs, owed, lost, planned = groups.firms(cost, informal, lost, model.plan.output)
    lines.ratio(FIRM_GROUPS, "informal_rate", "rate", costs, owed)
    lines.amount(FIRM_GROUPS, "output", "fen", sold)
    lines.ratio(FIRM_GROUPS, "output_lost_to_finance", "share", lost, planned)


def _stocks(model: FinancingModel, lines: Lines, groups: _Groups) -> None:
    """Stocks of suppliers over a year's output: what must not drift."""
    books, year = model.ledger.balance, 360 / model.step_days
    stocks = {
        "loans": books("firm", "loan"),
        "receivables": books("firm", "receivable") + books("firm", "bill"),
        "payables": books("firm", "trade_payable") + books("firm", "outside_payable"),
        "cash": books("firm", "deposit"),
        "stocks": books("firm", "finished_goods") + books("firm", "input_stock"),
        "plant": books("firm", "plant"),
        "equity": model.firm_equity(),
        "informal": books("firm", "informal_loan"),
    }
    *sums, sold, overdue, normal = groups.firms(
        *stocks.values(), model.goods.sold, model.left_total, model.firms.annual_sales
    )
    held = dict(zip(stocks, sums, strict=True))
    for name, value in held.items():
        lines.ratio(FIRM_GROUPS, f"{name}_to_output", "share", value, sold * year)
    bridge = held["loans"] + held["informal"] + overdue
    lines.ratio(FIRM_GROUPS, "bridge_to_sales", "share", bridge, normal)


def _banks(model: FinancingModel, lines: Lines) -> None:
    """NPL ratios of the chain book and the whole, capital, return on equity, by kind of bank."""
    banks, books = model.banks, model.ledger.balance
    rows = [np.ones(banks.slots, bool)] + [banks.kind == k for k in range(len(BANK_KINDS))]
    member = np.array(rows, np.float64)
    book = model.chain_book()
    bad, total = model.npl_by_bank(book)
    rest = books("bank", "rest_loan")
    equity = model.bank_equity()
    profit = books("bank", "profit") * (360 / model.step_days)
    lines.ratio(BANK_GROUPS, "npl_ratio", "share", member @ bad, member @ total)
    lines.ratio(BANK_GROUPS, "npl_ratio_whole", "share", member @ (bad + banks.rest_bad), member @ (total + rest))
    lines.ratio(BANK_GROUPS, "capital_ratio", "share", member @ equity, member @ model.risk_weighted_assets(book))
    lines.ratio(BANK_GROUPS, "return_on_equity", "rate", member @ profit, member @ equity)
    lines.amount(BANK_GROUPS, "credit_losses", "fen", member @ model.bank_losses)
    model.bank_losses[:] = 0


def _balance_sheets(model: FinancingModel, lines: Lines) -> None:
    """End-of-step balance sheets, fen; liabilities negative, equity with the step's result: each adds up to 0."""
    for sector in ASSETS:
        names = tuple(f"balance:{account}" for account in (*ASSETS[sector], *LIABILITIES[sector], "equity"))
        sign = np.array([1] * len(ASSETS[sector]) + [-1] * (len(LIABILITIES[sector]) + 1))
        for group, sums in _sums_of_accounts(model, sector):
            sums[-2] += sums[-1]  # equity and this step's result
            lines.amounts(group, names, "fen", sign * sums[:-1])


def _sums_of_accounts(model: FinancingModel, sector: str) -> list[tuple[str, npt.NDArray[np.int64]]]:
    """Groups of a sector that have balance sheets, OEMs and suppliers, all banks and every kind, with the sums of their
    accounts in the ledger's order, int64[k], fen."""
    sheet = model.ledger.sheet(sector)
    if sector == "firm":
        oems = model.oems
        return [("sector:oem", sheet[:, :oems].sum(axis=1)), ("sector:supplier", sheet[:, oems:].sum(axis=1))]
    whole = (f"sector:{sector}", sheet.sum(axis=1))
    kinds = enumerate(BANK_KINDS) if sector == "bank" else ()
    return [whole, *((kind, sheet[:, model.banks.kind == k].sum(axis=1)) for k, kind in kinds)]
