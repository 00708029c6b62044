"""What further charts of several policies show: effects side by side, the frontier, days to cash, who finances whom.

Tables are as in `policy_charts`: a row a policy and thing shown, with its level and its paired difference.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from agents.numeric import DAYS_PER_YEAR
from agents.parameters import BANK_KINDS, TIERS
from experiments.compare import Comparison
from experiments.headline import MILLION
from experiments.pairs import BASELINE
from experiments.policy_charts import BASIS_POINTS, PER_CENT, rows_of, table_of

# What a forest shows: indicator, group, unit, factor to it, whether a flow a step is made one a year.
FOREST: Final = (
    ("sme_cost_of_need", "sme", "bp", BASIS_POINTS, False),
    ("formal_share_of_need", "sme", "pp", PER_CENT, False),
    ("overdue_share", "sme", "pp", PER_CENT, False),
    ("default_rate", "sme", "pp", PER_CENT, False),
    ("public_cost", "public", "m CNY a year", 1.0 / MILLION, True),
)
EFFICIENT, DOMINATED, CLEARLY = "efficient", "dominated", "clearly dominated"
LENDERS: Final = ("banks", *BANK_KINDS)
LENDER_MEASURES: Final = ("npl_ratio", "capital_ratio", "return_on_equity")


def forest_data(comparison: Comparison) -> pd.DataFrame:
    """The main indicators, each in its own unit; column `measure`."""
    return table_of(
        rows_of(comparison, name, group, factor * (comparison.steps_a_year if yearly else 1.0), unit, measure=name)
        for name, group, unit, factor, yearly in FOREST
    )


def days_data(comparison: Comparison) -> pd.DataFrame:
    """Receivables and bills that suppliers hold, in days of their sales, by tier; column `measure`."""
    return table_of(
        rows_of(comparison, "receivables_to_output", tier, DAYS_PER_YEAR, "d", measure=tier) for tier in TIERS
    )


def lenders_data(comparison: Comparison) -> pd.DataFrame:
    """NPL ratio, capital ratio and return on equity, %, by kind of bank; columns measure, lender."""
    return table_of(
        rows_of(comparison, name, lender, PER_CENT, "%", measure=name, lender=lender)
        for name in LENDER_MEASURES
        for lender in LENDERS
    )


def frontier_data(comparison: Comparison) -> pd.DataFrame:
    """Changes of public cost, and of SMEs' cost of need and formal finance, each policy held against the others.

    Columns policy, measure, cost, cost_low, cost_high, gain, gain_low, gain_high (in `unit`, more is better), standing.
    Current law stands at 0, 0. A policy is dominated if another costs no more and gains no less, and one of the two
    is strict; clearly, if the intervals of both say so without touching. Policies without both effects are left out.
    """
    public = rows_of(comparison, "public_cost", "public", comparison.steps_a_year / MILLION, "m CNY a year")
    cost = public.set_index("policy")[["diff", "diff_low", "diff_high", "n"]]
    parts = []
    for name, factor, unit, sign in (
        ("sme_cost_of_need", BASIS_POINTS, "bp", -1.0),
        ("formal_share_of_need", PER_CENT, "pp", 1.0),
    ):
        effect = rows_of(comparison, name, "sme", factor, unit).set_index("policy")
        low, high = ("diff_low", "diff_high") if sign > 0 else ("diff_high", "diff_low")
        table = cost.rename(columns={"diff": "cost", "diff_low": "cost_low", "diff_high": "cost_high"}).assign(
            gain=sign * effect["diff"], gain_low=sign * effect[low], gain_high=sign * effect[high]
        )
        table.loc[BASELINE, ["cost", "cost_low", "cost_high", "gain", "gain_low", "gain_high"]] = 0.0
        table = table[table[["cost", "gain"]].notna().all(axis=1)]
        parts.append(table.assign(measure=name, unit=unit, standing=_standing(table)).reset_index())
    return pd.concat(parts, ignore_index=True)


def _standing(table: pd.DataFrame) -> list[str]:
    """Of each row whether another costs no more and gains no less."""
    columns = ("cost", "cost_low", "cost_high", "gain", "gain_low", "gain_high")
    cost, cost_low, cost_high, gain, gain_low, gain_high = (table[name].to_numpy(np.float64) for name in columns)
    found = []
    for row in range(len(table)):
        better = (cost <= cost[row]) & (gain >= gain[row]) & ((cost < cost[row]) | (gain > gain[row]))
        surely = (cost_high < cost_low[row]) & (gain_low > gain_high[row])
        found.append(CLEARLY if surely.any() else DOMINATED if better.any() else EFFICIENT)
    return found
