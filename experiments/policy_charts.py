"""What each chart of several policies shows: tidy tables taken from a comparison, saved beside the pictures.

A row has the policy (the baseline too), its level `mean` with `low` and `high`, and the paired difference from
current law `diff` with `diff_low`, `diff_high` and `verdict`; all in `unit`. What nobody recorded is absent.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import pandas as pd

from agents.parameters import SIZES, TIERS
from experiments.charts import STAGES, TERMS
from experiments.compare import Comparison
from experiments.firm_pairs import CELLS
from experiments.headline import MILLION
from experiments.windows import BEARERS, WHOLE

COSTS: Final = ("sme_cost_of_need", "sme_apr_like_for_like")
GROSS: Final = "sme_apr_gross_like_for_like"
GAP_GROUPS: Final = ("sme", *SIZES, *TIERS)
LOSS_BEARERS: Final = (
    "lenders", "suppliers", "guarantor", "city_fund", "national_fund", "insurer", "pool", "treasury", "informal",
    "outside",
)  # fmt: skip
# Who pays: what its cost is called in a store, and the group it stands in.
PAYERS: Final = {
    "payer_treasury": ("fiscal_outlay", "public"),
    "payer_central_bank": ("central_bank_cost", "public"),
    "payer_pool": ("pool_payout", "public"),
    "payer_guarantors": ("guarantee_net_loss", "public"),
    "payer_insurers": ("loss_borne", "bearer:insurer"),
    "payer_lenders": ("loss_borne", "bearer:lenders"),
}
BASIS_POINTS, PER_CENT = 1e4, 100.0
MOST_SCALED: Final = 50
_MONEY: Final = ["mean", "low", "high", "diff", "diff_low", "diff_high", "baseline", "doubt_low", "doubt_high"]
_KEPT: Final = [*_MONEY, "n", "verdict", "verdict_holm", "worlds", "same_sign"]


def rows_of(comparison: Comparison, indicator: str, whose: str, factor: float, unit: str, **names: str) -> pd.DataFrame:
    """Rows of one indicator of one group over the whole window, a row a policy, in `unit`, with columns `names`."""
    found = comparison.of(WHOLE, indicator, whose)
    table = found[["policy", *_KEPT]].copy()
    table[_MONEY] *= factor
    return table.assign(**names, unit=unit)[["policy", *names, *_KEPT, "unit"]]


def table_of(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """The parts below each other."""
    return pd.concat(list(parts), ignore_index=True)


def cost_data(comparison: Comparison) -> pd.DataFrame:
    """SMEs' cost of need and like-for-like APR, net and gross of subsidy, bp; column `measure`."""
    return table_of(rows_of(comparison, name, "sme", BASIS_POINTS, "bp", measure=name) for name in (*COSTS, GROSS))


def price_data(comparison: Comparison) -> pd.DataFrame:
    """Terms of the price of SMEs' new credit and their total, bp; column `term`."""
    parts = [rows_of(comparison, term, "sme", BASIS_POINTS, "bp", term=term) for term in TERMS]
    return table_of([*parts, rows_of(comparison, "apr_net", "sme", BASIS_POINTS, "bp", term="total")])


def access_data(comparison: Comparison) -> pd.DataFrame:
    """How much of SMEs' need reaches each stage, % by `measure` (count, amount); columns stage, measure."""
    return table_of(
        rows_of(comparison, f"{s}_share_{m}", "sme", PER_CENT, "% of need", stage=s, measure=m)
        for m in ("count", "amount")
        for s in STAGES[1:]
    )


def gap_data(comparison: Comparison) -> pd.DataFrame:
    """Financing gap by size and tier: % of need and m CNY a year (column `measure`), column group."""
    flow = comparison.steps_a_year / MILLION
    shares = [rows_of(comparison, "gap_share", g, PER_CENT, "% of need", group=g, measure="share") for g in GAP_GROUPS]
    amounts = [
        rows_of(comparison, "financing_gap", g, flow, "m CNY a year", group=g, measure="amount") for g in GAP_GROUPS
    ]
    return table_of([*shares, *amounts])


def value_data(comparison: Comparison) -> pd.DataFrame:
    """Public cost, SMEs' credit in use and their cost of need, and ratios of these effects; column `measure`.

    A ratio has its value in `diff` and its Fieller interval in `diff_low` and `diff_high`.
    """
    flow = comparison.steps_a_year / MILLION
    parts = [
        rows_of(comparison, "public_cost", "public", flow, "m CNY a year", measure="public_cost"),
        rows_of(comparison, "credit_in_use", "sme", 1 / MILLION, "m CNY", measure="credit_in_use"),
    ]
    units = (("credit_per_public_cost", 1e-6, "m CNY"), ("cost_of_need_per_public_cost", BASIS_POINTS, "bp"))
    for name, factor, unit in units:
        table = comparison.ratios
        table = table[(table["ratio"] == name) & (table["window"] == WHOLE)]
        ratio = table[["value", "low", "high"]] * factor
        ratio.columns = ["diff", "diff_low", "diff_high"]
        names = table[["policy", "n", "verdict"]]
        parts.append(names.join(ratio).assign(measure=name, unit=f"{unit} per 100m CNY a year"))
    return table_of(parts)


def too_cheap_to_scale(data: pd.DataFrame) -> set[str]:
    """Policies of `value_data` whose cost differs by so little that 100m yuan would be over 50 times it."""
    cost = data[data["measure"] == "public_cost"]
    return set(cost.loc[cost["diff"].abs() < 100.0 / MOST_SCALED, "policy"])


def losses_data(comparison: Comparison) -> pd.DataFrame:
    """Losses borne, m CNY a year, by `bearer` and in total."""
    flow = comparison.steps_a_year / MILLION
    groups = {bearer: f"bearer:{bearer}" for bearer in LOSS_BEARERS} | {"total": BEARERS}
    return table_of(
        rows_of(comparison, "loss_borne", group, flow, "m CNY a year", bearer=bearer)
        for bearer, group in groups.items()
    )


def gains_data(comparison: Comparison) -> pd.DataFrame:
    """Firms that gain less firms that lose, % of those in need, by size × tier; and who pays, m CNY a year.

    Columns panel (firms, payers), who, measure (net, gaining, losing, in_need; cost).
    """
    flow = comparison.steps_a_year / MILLION
    measures = {"net": "firms_gaining_net", "gaining": "firms_gaining", "losing": "firms_losing"}
    parts = [
        rows_of(comparison, name, cell, PER_CENT, "% of firms in need", panel="firms", who=cell, measure=measure)
        for cell in ("sme", *CELLS)
        for measure, name in measures.items()
    ]
    parts += [
        rows_of(comparison, "firms_in_need", cell, 1.0, "firms", panel="firms", who=cell, measure="in_need")
        for cell in ("sme", *CELLS)
    ]
    parts += [
        rows_of(comparison, indicator, group, flow, "m CNY a year", panel="payers", who=who, measure="cost")
        for who, (indicator, group) in {**PAYERS, "public": ("public_cost", "public")}.items()
    ]
    return table_of(parts)
