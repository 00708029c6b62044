"""The report's effects: a row a policy in short, then every line of the headline with intervals, doubt, verdicts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from experiments.headline import MEASURES, STYLES, Measure, about, mark, number
from experiments.labels import LANGUAGES, label
from experiments.paired import UNCLEAR
from experiments.pairs import BASELINE
from experiments.report_guard import claim, filled
from experiments.report_page import (
    DASH,
    Cell,
    Prose,
    Section,
    Table,
    Text,
    Unit,
    amount,
    effect,
    joined,
    known,
    money_unit,
    same,
    span,
    tone_of,
)
from experiments.report_source import Source
from experiments.report_words import VERDICT, W

# Where more of something is better (+1) or worse (−1).
_MORE_IS_BETTER: Final = ("formal_share_of_need", "approval_rate", "credit_in_use", "first_time_borrowers")
BETTER: Final[dict[str, int]] = {
    measure.indicator: 1 if measure.indicator in _MORE_IS_BETTER else -1 for measure in MEASURES
}
MOST_COLUMNS: Final = 7  # policies side by side
_SELDOM: Final = 0.05
_FIRM: Final = 0.9  # share of other worlds in which a sign holds that is not called open
SHORT: Final = ("sme_cost_of_need", "credit_in_use", "financing_gap", "public_cost")


def both(key: str, **values: object) -> Text:
    """A label of the charts in both languages."""
    return Text(*(label(key, lang, **values) for lang in LANGUAGES))


def unit_of(measure: Measure, values: Sequence[float], steps_a_year: float, level: bool = False) -> Unit:
    """In which unit a line's effects, or its levels, are shown; factors take a stored value to it."""
    style, flow = STYLES[measure.style], steps_a_year if measure.yearly else 1.0
    if measure.style == "money":
        unit = money_unit([value * flow for value in values])
    else:
        name, factor = (style.level_unit, style.level_factor) if level else (style.unit, style.factor)
        digits = 2 if level else style.digits
        unit = Unit((factor, factor), both(name) if name else Text("", "户"), (digits, digits))
    if measure.yearly:
        name = Text(*(label("a_year", lang, unit=unit.name[place]).strip() for place, lang in enumerate(LANGUAGES)))
        return Unit((unit.factor[0] * flow, unit.factor[1] * flow), name, unit.digits)
    return unit


def effects_section(source: Source) -> Section:
    """Every line of the headline, policies side by side."""
    section = Section("effects", W["effects"])
    section.blocks += [_lines(source, policies) for policies in side_by_side(source.policies)]
    notes = [W["note_colours"], filled(W["note_interval"], n=source.n) if source.n > 1 else W["one_run"]]
    notes += [W["note_mark"], *worlds_said(source), W["note_approved"], W["note_gap"]]
    section.blocks.append(Prose([*notes, both("note_price"), both("note_money")], tone="note"))
    return section


def _in_short(source: Source) -> tuple[dict[tuple[Measure, str], dict[Any, Any]], int]:
    """Rows of the effects in short by measure and policy, and over how many other worlds they are known at most."""
    rows = {(measure, policy): row for measure in MEASURES if measure.indicator in SHORT
            for policy, row in source.rows(measure.indicator, measure.group) if policy != BASELINE}  # fmt: skip
    return rows, int(max((np.nan_to_num(row["worlds"]) for row in rows.values()), default=0))


def signs_said(source: Source) -> list[Text]:
    """Which signs are clear at the scenario's own values alone; nothing where there are no other worlds."""
    rows, worlds = _in_short(source)
    if not worlds:
        return []
    named = [filled(W["edge_of"], policy=source.name(policy), measure=both(measure.indicator))
             for (measure, policy), row in rows.items() if known(row["verdict"]) and is_open(row)]  # fmt: skip
    said = {"least": str(math.ceil(_FIRM * worlds)), "worlds": str(worlds)}
    return [filled(W["signs_open" if named else "signs_hold"], **said, effects=joined(named, ", ", "、"))]


def is_open(row: dict[Any, Any]) -> bool:
    """Whether a sign holds in fewer than nine in ten other worlds, where it is known in any."""
    return bool(row["worlds"] > 0 and row["same_sign"] < _FIRM * row["worlds"])


def worlds_said(source: Source) -> list[Text]:
    """How little signs that hold over few other worlds reassure, and which estimates are at the edge of their range."""
    rows, worlds = _in_short(source)
    if not worlds:
        return []
    each = source.said.get("draws", {}).get("replications", [1])[-1]
    said = [filled(W["note_worlds"], worlds=worlds, each=each, share=f"{1.0 - _SELDOM ** (1.0 / worlds):.0%}")]
    edge = [filled(W["edge_of"], policy=source.name(policy), measure=both(measure.indicator))
            for (measure, policy), row in rows.items() if known(row["verdict"]) and at_edge(row)]  # fmt: skip
    return [*said, filled(W["note_edge"], effects=joined(edge, ", ", "、"))] if edge else said


def at_edge(row: dict[Any, Any]) -> bool:
    """Whether an estimate lies in the outermost tenth of its range over other worlds, or outside."""
    low, high = row["doubt_low"], row["doubt_high"]
    tenth = (high - low) / 10.0
    return bool(tenth > 0.0 and not low + tenth <= row["diff"] <= high - tenth)


def side_by_side(policies: Sequence[str]) -> list[Sequence[str]]:
    """Policies in groups that fit a printed page, of like size."""
    groups = -(-len(policies) // MOST_COLUMNS)
    each = -(-len(policies) // max(groups, 1))
    return [policies[first : first + each] for first in range(0, len(policies), max(each, 1))]


def _lines(source: Source, policies: Sequence[str]) -> Table:
    heads = [W["measure"], W["current_law"], *(source.name(policy) for policy in policies)]
    rows: list[list[Cell]] = []
    part = ""
    for measure in MEASURES:
        found = dict(source.rows(measure.indicator, measure.group))
        if not set(found) & set(policies):
            continue
        if measure.section != part:
            part = measure.section
            rows.append([Cell(both(f"section_{part}"))])
        rows.append(_line(source, measure, found, policies))
    return Table(W["effects_caption"], heads, rows)


def _line(source: Source, measure: Measure, found: dict[str, dict[Any, Any]], policies: Sequence[str]) -> list[Cell]:
    own = [row for policy, row in found.items() if policy != BASELINE]
    values = [row[name] for row in own for name in ("diff", "diff_low", "diff_high")]
    unit = unit_of(measure, values, source.steps_a_year)
    levels = [row["baseline"] for row in own]
    level_unit = unit_of(measure, levels, source.steps_a_year, level=True)
    level = next((value for value in levels if np.isfinite(value)), np.nan)
    title = Cell(both(measure.indicator), note=unit.name)
    shown = amount(level, level_unit)
    cells = [title, Cell(shown if level_unit.name == unit.name else with_unit(shown, level_unit))]
    for policy in policies:
        cells.append(effect_cell(found.get(policy), unit, BETTER[measure.indicator]))
    return cells


def with_unit(shown: Text, unit: Unit) -> Text:
    """A number with its unit behind it."""
    if shown.en == DASH:
        return shown
    return Text(f"{shown.en} {unit.name.en}".strip(), f"{shown.zh}{unit.name.zh}")


def effect_cell(row: dict[Any, Any] | None, unit: Unit, good: int = 0) -> Cell:
    """A difference, below it its interval and the range over parameter doubt."""
    if row is None:
        return Cell(same(DASH), "faint")
    shown, interval = effect(row["diff"], row["diff_low"], row["diff_high"], unit)
    lines = [interval] if interval else []
    if row["worlds"] > 0 and np.isfinite(row["doubt_low"]) and not row["doubt_low"] == row["doubt_high"] == 0.0:
        ends = span(row["doubt_low"], row["doubt_high"], unit) or same("0")
        # Of an effect whose own sign is not known there is none to hold.
        holds = f" {row['same_sign']:.0f}/{row['worlds']:.0f}" if known(row["verdict"]) else ""
        lines.append(Text(f"[{ends.en}]{holds}", f"[{ends.zh}]{holds}"))
    tone = tone_of(row["verdict"], good) if np.isfinite(row["diff"]) else "faint"
    return Cell(marked(shown, row), tone, joined(lines, "\n", "\n") if lines else None)


def marked(shown: Text, row: dict[Any, Any]) -> Text:
    """A difference with the mark of what does not stand when all policies are judged together."""
    return Text(shown.en + mark(row), shown.zh + mark(row))


# --- In short -------------------------------------------------------------------------------------------------


def short_section(source: Source) -> Section:
    """A row a policy: the outcomes one asks for first, each with what its interval allows to say."""
    section = Section("answers", W["answers"])
    measures = [measure for measure in MEASURES if measure.indicator in SHORT]
    measures.sort(key=lambda measure: SHORT.index(measure.indicator))
    columns = {measure: dict(source.rows(measure.indicator, measure.group)) for measure in measures}
    columns = {measure: found for measure, found in columns.items() if set(found) & set(source.policies)}
    units = {
        measure: unit_of(
            measure, [row["diff"] for policy, row in found.items() if policy != BASELINE], source.steps_a_year
        )
        for measure, found in columns.items()
    }
    heads = [W["policy"], *(
        Text(*(f"{name}{gap}{unit}{end}" for name, unit, gap, end in zip(
            both(measure.indicator), units[measure].name, (", ", "（"), ("", "）"), strict=True)))
        for measure in columns
    )]  # fmt: skip
    rows = [_law_row(source, columns)]
    for policy in source.policies:
        cells = [Cell(source.name(policy))]
        cells += [
            said_cell(found.get(policy), units[measure], BETTER[measure.indicator])
            for measure, found in columns.items()
        ]
        rows.append(cells)
    firms = filled(W["note_sample"], firms=number(source.firms, 0)) if source.firms else both("note_money")
    notes = [firms, W["note_flow"], W["note_sizes"], W["note_colours"], W["note_mark"], *signs_said(source)]
    section.blocks.append(Table(W["short_caption"], heads, rows, notes))
    if source.n == 1:
        section.blocks.append(Prose([W["one_run"]]))
    return section


def _law_row(source: Source, columns: dict[Measure, dict[str, dict[Any, Any]]]) -> list[Cell]:
    cells = [Cell(source.name(BASELINE))]
    for measure, found in columns.items():
        level = found.get(BASELINE, {}).get("mean", np.nan)
        unit = unit_of(measure, [level], source.steps_a_year, level=True)
        cells.append(Cell(with_unit(amount(level, unit), unit)))
    return cells


def said_cell(row: dict[Any, Any] | None, unit: Unit, good: int) -> Cell:
    """A difference with its interval, the verdict in words and how far doubt leaves the sign."""
    if row is None:
        return Cell(same(DASH), "faint")
    shown, interval = effect(row["diff"], row["diff_low"], row["diff_high"], unit)
    verdict = row["verdict"]
    lines = [interval] if interval else []
    nought = known(verdict) and shown.en == "0"
    lines.append(W["nought"] if nought else claim(VERDICT, verdict, n=int(row["n"])))
    if verdict == UNCLEAR and np.isfinite(row["needed"]):
        lines.append(filled(W["would"], needed=about(row["needed"])))
    if known(verdict) and row["worlds"] > 0:
        lines.append(filled(W["sign_holds"], same=f"{row['same_sign']:.0f}", worlds=f"{row['worlds']:.0f}"))
    return Cell(marked(shown, row), tone_of(verdict, good), joined(lines, "\n", "\n"))


# --- Current law alone ----------------------------------------------------------------------------------------


def levels_table(source: Source) -> Table:
    """Levels of the headline's lines under current law, with intervals."""
    rows: list[list[Cell]] = []
    for measure in MEASURES:
        found = source.level(measure.indicator, measure.group)
        if not found["n"]:
            continue
        unit = unit_of(measure, [found["mean"]], source.steps_a_year, level=True)
        interval = (span(found["low"], found["high"], unit) if np.isfinite(found["low"]) else None) or same(DASH)
        rows.append([Cell(both(measure.indicator)), Cell(with_unit(amount(found["mean"], unit), unit)), Cell(interval),
                     Cell(same(number(found["n"], 0)))])  # fmt: skip
    return Table(W["levels_caption"], [W["measure"], W["mean"], W["interval"], same("n")], rows, [both("note_money")])
