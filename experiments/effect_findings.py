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
    """Of each panel which policies something else clearly dominates: cheaper and more effective, intervals apart."""
    rows = data[data["policy"].isin((*told.counted, *told.copies))]
    if told.n < 2 or rows.empty:
        return label("one_run_each", lang)
    parts = []
    for measure, own in rows.groupby("measure", sort=False):
        worse = set(own.loc[own["standing"] == CLEARLY, "policy"])
        names = [told.name(policy, lang) for policy in told.counted if policy in worse]
        values = {"count": len(names), "of": own["policy"].isin(told.counted).sum()}
        values |= {"measure": label(f"frontier_of_{measure}", lang), "policies": label("comma", lang).join(names)}
        part = label("frontier_some" if names else "frontier_none", lang, **values)
        if copies := worse.intersection(told.copies):  # all have their mark
            part += label("frontier_copies", lang, count=len(copies), of=own["policy"].isin(told.copies).sum())
        parts.append(part)
    return label("frontier_title", lang, parts=label("semicolon", lang).join(parts))
