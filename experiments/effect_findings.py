"""Titles of the charts of `effect_charts`: a verb of change stands only where the interval leaves out 0."""

from __future__ import annotations

import pandas as pd

from experiments.effect_charts import CLEARLY
from experiments.headline import number
from experiments.labels import label
from experiments.paired import HIGHER, LOWER
from experiments.pairs import BASELINE
from experiments.policies_told import Told
from experiments.policy_findings import farthest_tier, moves


def forest_finding(data: pd.DataFrame, told: Told, lang: str) -> str:
    """How many of the effects shown can be told apart from 0."""
    rows = data[(data["policy"] != BASELINE) & data["diff"].notna()]
    if told.n < 2 or rows.empty:
        return label("one_run_each", lang)
    count = int(rows["verdict"].isin((LOWER, HIGHER)).sum())
    return label("forest_finding", lang, count=count, of=len(rows), n=told.n)


def days_finding(data: pd.DataFrame, told: Told, lang: str) -> str:
    """How long tier 3 waits under current law, or the farthest there is, and what happens to that."""
    last = data[data["measure"] == (farthest := farthest_tier(data, "measure"))]
    tier = label(farthest, lang)
    level = last.loc[last["policy"] == BASELINE, "mean"]
    moved = moves(last, "noun_days", "size_days", told, lang, tier=tier)
    if level.empty or pd.isna(level.iloc[0]):
        return moved
    waits = label("days_level", lang, level=number(level.iloc[0], 0), tier=tier)
    return label("semicolon", lang).join((waits, moved))


def lenders_finding(data: pd.DataFrame, told: Told, lang: str) -> str:
    """What happens to the banks' NPL ratio."""
    banks = data[(data["measure"] == "npl_ratio") & (data["lender"] == "banks")]
    return moves(banks, "noun_npl", "size_points", told, lang, digits=2)


def frontier_finding(data: pd.DataFrame, told: Told, lang: str) -> str:
    """How many policies something else clearly dominates, those at equal cost too: all have their mark."""
    marked = data["policy"].isin((*told.counted, *told.copies))
    rows = data[(data["measure"] == "sme_cost_of_need") & marked]
    if told.n < 2 or rows.empty:
        return label("one_run_each", lang)
    count = int((rows["standing"] == CLEARLY).sum())
    return label("frontier_some" if count else "frontier_none", lang, count=count, of=len(rows), n=told.n)
