"""Titles of the charts of several policies: a verb of change stands only where the interval leaves out 0."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

import pandas as pd

from agents.parameters import TIERS
from experiments.headline import number
from experiments.labels import label
from experiments.money import STOCK, said
from experiments.paired import HIGHER, LOWER, SAME, UNCLEAR
from experiments.pairs import BASELINE
from experiments.policies_told import NO_POLICY, Told
from experiments.policy_charts import too_cheap_to_scale

Finding = Callable[[pd.DataFrame, Told, str], str]

SIDES: Final = {LOWER: "lower", HIGHER: "higher"}  # verdict and how labels call it
NOUGHT: Final = "nought"  # clear, and 0 in the digits that are shown

_MONEY: Final = ("size_money", "size_stock")  # units of which amounts are told in m CNY, 亿元 or 万元


def moves(
    rows: pd.DataFrame, noun: str, unit: str, told: Told, lang: str, factor: float = 1.0, digits: int = 1,
    **of: str,
) -> str:  # fmt: skip
    """How many policies lower and raise something and by how much at most, and which cannot be told apart.

    `rows` has a row a policy with diff and verdict, `noun` and `unit` are labels, `of` is filled into the noun,
    `factor` takes diff to that unit, which is shown with so many `digits`. What is clear and rounds to 0 in them has
    no verb.
    """
    rows = rows[rows["policy"] != BASELINE]
    rows = rows.assign(diff=rows["diff"] * factor)
    what = label(noun, lang, **of)
    if rows.empty:
        return label("moves_nothing", lang, what=what)
    if not rows["verdict"].isin((LOWER, HIGHER, UNCLEAR, SAME)).any():
        return label("moves_one_run" if told.n == 1 else "moves_nothing", lang, what=what)
    nought = rows["verdict"].isin((LOWER, HIGHER)) & (rows["diff"].map(partial(number, digits=digits)) == "0")
    shown = partial(said, lang=lang) if unit in _MONEY else partial(number, digits=digits)
    rows = rows.assign(size=[label(unit, lang, value=shown(abs(size))) for size in rows["diff"]])
    rows["verdict"] = rows["verdict"].mask(nought, NOUGHT)
    counted, copies = (rows[rows["policy"].isin(names)] for names in (told.counted, told.copies))
    parts = _counted(counted, what, told, lang) if len(counted) else []
    apart = rows[~rows["policy"].isin((*told.counted, *told.copies))]
    for policy in apart["policy"]:
        parts += _sides(apart[apart["policy"] == policy], 1, bool(parts), what, told, lang)
    for verdict, verb in SIDES.items():
        if (count := int((copies["verdict"] == verdict).sum())) and parts:
            verb += "_all" if count == len(copies) else ""
            parts.append(label(f"copies_{verb}", lang, count=count, of=len(copies)))
    return label("semicolon", lang).join(parts) if parts else label("moves_all_unclear", lang, what=what, n=told.n)


def _counted(rows: pd.DataFrame, what: str, told: Told, lang: str) -> list[str]:
    """Clauses on the policies that are counted."""
    unclear = int(rows["verdict"].isin((UNCLEAR, SAME)).sum())
    if unclear == len(rows):
        if len(rows) == 1:
            policy = told.name(rows["policy"].iloc[0], lang)
            return [label("moves_one_unclear", lang, policy=policy, what=what, n=told.n)]
        return [label("moves_all_unclear", lang, what=what, n=told.n)]
    parts = _sides(rows, len(rows), False, what, told, lang)
    if unclear:
        parts.append(label("moves_rest" if unclear > 1 else "moves_rest_one", lang, count=unclear))
    return parts


def _sides(rows: pd.DataFrame, of: int, follows: bool, what: str, told: Told, lang: str) -> list[str]:
    """A clause a way in which it moves, the larger side first, then one on what rounds to 0."""
    by_verdict = dict(list(rows.groupby("verdict")))
    sides = [(by_verdict[verdict], verb) for verdict, verb in SIDES.items() if verdict in by_verdict]
    sides.sort(key=lambda side: -len(side[0]))
    if NOUGHT in by_verdict:
        sides.append((by_verdict[NOUGHT], NOUGHT))
    return [_clause(group, verb, of, follows or place > 0, what, told, lang)
            for place, (group, verb) in enumerate(sides)]  # fmt: skip


def _clause(rows: pd.DataFrame, verb: str, of: int, follows: bool, what: str, told: Told, lang: str) -> str:
    """Those that move it one way; the largest estimate is named as such, not as the winner."""
    largest = rows.iloc[int(rows["diff"].abs().argmax())]
    form = "one" if len(rows) == 1 else "many"
    policy = largest["policy"]
    name = _subject(told, policy, lang) if form == "one" else told.name(policy, lang)
    values = {"count": len(rows), "of": of, "what": what, "size": largest["size"], "policy": name}
    if form == "many" and len(rows) == of and verb != NOUGHT and not follows:
        form = "all"
    return label(f"moves_{verb}_{form}{'_too' if follows else ''}", lang, **values)


def farthest_tier(levels: pd.DataFrame, column: str) -> str:
    """The tier farthest from the core enterprise that has a level under current law; tier 3 if none has."""
    known = set(levels.loc[(levels["policy"] == BASELINE) & levels["mean"].notna(), column])
    return next((tier for tier in reversed(TIERS) if tier in known), TIERS[-1])


def _subject(told: Told, policy: str, lang: str) -> str:
    """A policy before a verb: its name in quotes, so that it does not read as plain words."""
    if policy == NO_POLICY:
        return label("no_policy_does", lang)
    return label("quoted", lang, name=told.name(policy, lang))


def cost_finding(data: pd.DataFrame, told: Told, lang: str) -> str:
    """What happens to SMEs' cost of need."""
    return moves(data[data["measure"] == "sme_cost_of_need"], "noun_cost", "size_bp", told, lang)


def price_finding(data: pd.DataFrame, told: Told, lang: str) -> str:
    """What happens to the price of SMEs' credit, and in which term the largest clear change lies."""
    total = data[data["term"] == "total"]
    title = moves(total, "noun_price", "size_bp", told, lang)
    terms = data[(data["term"] != "total") & data["verdict"].isin((LOWER, HIGHER))]
    if terms.empty or not total["verdict"].isin((LOWER, HIGHER)).any():
        return title
    most = terms.iloc[int(terms["diff"].abs().argmax())]
    if (shown := number(most["diff"], signed=True)) == "0":
        return title
    size = label("size_bp", lang, value=shown)
    return title + label("price_term", lang, term=label(most["term"], lang), size=size)


def access_finding(data: pd.DataFrame, told: Told, lang: str) -> str:
    """What happens to the share of need that SMEs draw."""
    drawn = data[(data["stage"] == "drawn") & (data["measure"] == "amount")]
    return moves(drawn, "noun_drawn", "size_points", told, lang)


def gap_finding(data: pd.DataFrame, told: Told, lang: str) -> str:
    """What happens to SMEs' financing gap as a share of their need."""
    return moves(data[(data["group"] == "sme") & (data["measure"] == "share")], "noun_gap", "size_points", told, lang)


def value_finding(data: pd.DataFrame, told: Told, lang: str) -> str:
    """The most extra SME credit for 100m yuan a year, among policies that cost something and add credit."""
    verdicts = data.pivot(index="policy", columns="measure", values="verdict")
    verdicts = verdicts.reindex(columns=["public_cost", "credit_in_use"])
    dearer = verdicts.index[(verdicts["public_cost"] == HIGHER) & (verdicts["credit_in_use"] == HIGHER)]
    dearer = dearer.intersection(pd.Index(told.counted))
    ratios = data[(data["measure"] == "credit_per_public_cost") & data["policy"].isin(dearer)]
    cheap = too_cheap_to_scale(data)
    ratios = ratios[(ratios["diff_low"] > 0.0) & ~ratios["policy"].isin(cheap)]
    if ratios.empty:
        return label("value_none" if told.n > 1 else "one_run_each", lang, n=told.n)
    best = ratios.iloc[int(ratios["diff"].argmax())]
    form = "value_one" if len(ratios) == 1 else "value_many"
    values = {"policy": told.name(best["policy"], lang), "count": len(ratios), "of": len(told.counted)}
    factor, digits = STOCK[lang]
    ends = {name: number(factor * best[key], digits)
            for name, key in (("size", "diff"), ("low", "diff_low"), ("high", "diff_high"))}  # fmt: skip
    left_out = [told.name(policy, lang) for policy in told.counted if policy in cheap and policy in dearer]
    more = label("value_left_out", lang, policies=label("comma", lang).join(left_out)) if left_out else ""
    return label(form, lang, **values, **ends) + more


def losses_finding(data: pd.DataFrame, told: Told, lang: str) -> str:
    """What lenders bear under current law, and what happens to that."""
    levels = data[data["policy"] == BASELINE].set_index("bearer")["mean"]
    moved = moves(data[data["bearer"] == "lenders"], "noun_lenders_losses", "size_money", told, lang)
    if not levels.get("total", 0.0) > 0.0 or "lenders" not in levels:
        return moved
    share = label("losses_level", lang, share=100.0 * levels["lenders"] / levels["total"])
    return label("semicolon", lang).join((share, moved))


def gains_finding(data: pd.DataFrame, told: Told, lang: str) -> str:
    """Under how many policies more SMEs gain than lose, and what happens to public cost."""
    net = data[(data["who"] == "sme") & (data["measure"] == "net") & (data["policy"] != BASELINE)]
    cost = data[(data["who"] == "public") & (data["panel"] == "payers")]
    counted, copies = (net[net["policy"].isin(names)] for names in (told.counted, told.copies))
    apart = net[~net["policy"].isin((*told.counted, *told.copies))]
    first = []
    for verdict, side in ((HIGHER, "more"), (LOWER, "fewer")):
        count = int((counted["verdict"] == verdict).sum())
        if count and len(counted) == 1:
            first.append(label(f"gains_one_{side}", lang, policy=told.name(counted["policy"].iloc[0], lang)))
        elif count:
            first.append(label(f"gains_{side}{'_too' if first else ''}", lang, count=count, of=len(counted)))
    for verdict, side in ((HIGHER, "more"), (LOWER, "fewer")):
        if count := int((copies["verdict"] == verdict).sum()):
            first.append(label(f"gains_copies_{side}", lang, count=count, of=len(copies)))
    for verdict, side in ((HIGHER, "more"), (LOWER, "fewer")):
        for policy in apart.loc[apart["verdict"] == verdict, "policy"]:
            first.append(label(f"gains_one_{side}", lang, policy=told.name(policy, lang)))
    if told.n < 2:
        return label("one_run_each", lang)
    if not first:
        first.append(label("gains_unclear", lang, n=told.n))
    return label("semicolon", lang).join([*first, moves(cost, "noun_public_cost", "size_money", told, lang)])
