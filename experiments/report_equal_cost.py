"""The report's policies at equal public cost: how they were searched for, their values, what they cost when run."""

from __future__ import annotations

import re
from typing import Any, Final

import numpy as np

from agents.numeric import FEN
from experiments.equal_cost import SUFFIX, TOLERANCE
from experiments.headline import MEASURES, Measure, number
from experiments.lever_words import parameter_words
from experiments.report_effects import BETTER, SHORT, both, effect_cell, unit_of
from experiments.report_guard import filled
from experiments.report_levers import title_of
from experiments.report_page import (
    DASH,
    FAINT,
    MILLION,
    Block,
    Cell,
    Heading,
    Prose,
    Table,
    Text,
    amount,
    joined,
    money,
    same,
)
from experiments.report_source import Source
from experiments.report_words import W

_VALUE: Final = re.compile(r"(?P<path>[^=]+)=(?P<number>[\d.]+)(?P<unit>.*)")
_PUBLIC: Final = next(measure for measure in MEASURES if measure.indicator == "public_cost")
_DIGITS: Final = 4  # significant


def equal_cost_blocks(source: Source) -> list[Block]:
    """What the search was run on, and a row a policy; nothing if nobody asked for it."""
    solutions: list[dict[str, Any]] = source.said.get("equal_cost") or []
    if not solutions:
        return []
    heads = [W[name] for name in ("policy", "status", "at_values", "strength", "cost_found", "cost_run")]
    rows = [_row(source, row) for row in solutions]
    first = solutions[0]
    about = {name: number(first[name], 0) for name in ("replications", "months")}
    searched = filled(W["searched"], **about, target=money(first["target"] * FEN), tolerance=f"{TOLERANCE:.0%}")
    run = filled(W["then_run"], n=source.n, months=number(source.months, 0))
    told = Prose([searched, W["strength_is"], run])
    table = Table(W["equal_cost_caption"], heads, rows, words=3)
    return [Heading(W["equal_cost"]), told, table, *_held_together(source, solutions)]


def _held_together(source: Source, solutions: list[dict[str, Any]]) -> list[Block]:
    """Which policies cost alike when run, and whether one's effect stands clear of the others'."""
    solved = [name for row in solutions if row["status"] == "solved"
              for name in [str(row["policy"]) + SUFFIX] if name in source.policies]  # fmt: skip
    if len(solved) < 2:
        return []
    outcomes = [measure for measure in MEASURES if measure.indicator in SHORT and measure != _PUBLIC]
    first = {measure: clear_of_others(source, measure, solved) for measure in outcomes}
    won = [filled(W["winner"], measure=both(measure.indicator), policy=source.name(policy.removesuffix(SUFFIX)))
           for measure, policy in first.items() if policy]  # fmt: skip
    listed = joined(won or [both(measure.indicator) for measure in outcomes], ", ", "、")
    verdict = filled(W["winners" if won else "no_winner"], measures=listed)
    names = joined([source.name(policy.removesuffix(SUFFIX)) for policy in solved], ", ", "、")
    return [Prose([filled(W["held_together"], policies=names, verdict=verdict)])]


def clear_of_others(source: Source, measure: Measure, policies: list[str]) -> str | None:
    """The policy whose interval is better than all others' without touching; None if there is none."""
    good = BETTER[measure.indicator]
    rows = {policy: row for policy, row in source.rows(measure.indicator, measure.group) if policy in policies}
    ends = {policy: sorted(good * row[name] for name in ("diff_low", "diff_high")) for policy, row in rows.items()}
    for policy, (low, _) in ends.items():
        if all(low > high for other, (_, high) in ends.items() if other != policy):
            return policy
    return None


def values_said(values: str) -> Text:
    """What a solution stores of its values, `instrument.parameter=value; …`, in words and to four digits."""
    said = []
    for found in map(_VALUE.fullmatch, values.split("; ")):
        assert found is not None
        identity, name = found["path"].split(".")
        title, words, value = title_of(identity), parameter_words(name), float(f"{float(found['number']):.{_DIGITS}g}")
        shown = f"{value:.12g}{found['unit']}"
        said.append(Text(f"{title.en}: {words[0]} {shown}", f"{title.zh}：{words[1]}{shown}"))
    return joined(said)


def _row(source: Source, row: dict[str, Any]) -> list[Cell]:
    unit = unit_of(_PUBLIC, [MILLION * FEN], 1.0)  # of both columns
    ends = [np.nan if row.get(name) is None else row[name] * FEN for name in ("low", "high")]
    low, high = (amount(end, unit) for end in ends)
    found = Cell(amount(row["cost"] * FEN, unit), note=Text(f"{low.en} to {high.en}", f"{low.zh}至{high.zh}"))
    policy = str(row["policy"])
    effect = dict(source.rows(_PUBLIC.indicator, _PUBLIC.group)).get(policy + SUFFIX)
    run = Cell(same(DASH), FAINT)
    if effect is not None:
        run = effect_cell(effect | {"worlds": 0}, unit_of(_PUBLIC, [MILLION * FEN], source.steps_a_year))
    note = W["at_bound" if row["strength"] > 0.5 else "at_weakest"] if row["status"] == "not attainable" else None
    if note and row.get("low") is not None and row["low"] <= row["target"] <= row["high"]:
        note = joined([note, W["interval_holds"]])
    values = values_said(row["values"])
    return [Cell(source.name(policy)), Cell(W[row["status"]], note=note), Cell(values),
            Cell(same(f"{row['strength']:.3f}")), found, run]  # fmt: skip
