"""The lever calendar: which instrument is in force when under each policy, and when it is used up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from experiments import style as look
from experiments import units
from experiments.compare import Comparison
from experiments.instruments import LEVERS
from experiments.labels import LANGUAGES, label
from experiments.lever_words import parameter_words
from experiments.pairs import BASELINE
from experiments.policies_told import DAYS_A_MONTH, Told, instrument_title
from experiments.report_levers import in_both, who

LAW, CHANGED, OFF = "as under current law", "changed", "off"
COLUMNS: Final = [
    "policy", "instrument", "start", "end", "standing", *(f"values_{lang}" for lang in LANGUAGES),
    "out_month", "out_runs", "out_of",
]  # fmt: skip
_WORDS: Final = {"en": 62, "zh": 34}  # characters that fit into a bar over the whole window
_TONES: Final = {LAW: look.PALE, CHANGED: look.BLUE, OFF: look.WHITE}
_HEIGHT: Final = 0.62
_NAMES: Final = (1.3, 5.2)  # widths of the policies' names and of the calendar
_NAME_LINE: Final = {"en": 24, "zh": 14}  # characters of a policy's name in a line

_NAMED: Final = 3  # policies that a title names
_DIGITS: Final = 4  # of a value: what was solved for has as many as a float
_TITLE_LINE: Final = {"en": 38, "zh": 22}  # of an instrument's

Span = dict[str, Any]


def calendar_data(comparison: Comparison) -> pd.DataFrame:
    """A row a span of an instrument: months `start` to `end` of the evaluation, what stands of it, what it changes.

    All instruments of current law; of a policy those that it changes or that run out otherwise than there.
    `out_month` is the median first month in which capacity or budget was used up, in `out_runs` of `out_of` runs.
    """
    told = comparison.told
    rows = [row for policy in told.policies if told.spans.get(policy) for row in _of_policy(told, policy)]
    return pd.DataFrame(rows, columns=pd.Index(COLUMNS))


def _of_policy(told: Told, policy: str) -> Iterator[tuple[Any, ...]]:
    law, own = (_by_instrument(told.spans.get(name, ())) for name in (BASELINE, policy))
    out = {found.instrument: (found.month, found.runs, found.of) for found in told.exhausted.get(policy, ())}
    for instrument in dict.fromkeys([*law, *own]):
        spans, before = own.get(instrument, []), law.get(instrument, [])
        if policy == BASELINE or spans != before or instrument in out:
            for start, end, standing, values in _segments(spans, before, told.months):
                yield policy, instrument, start, end, standing, *values, *out.get(instrument, (np.nan, 0, 0))


def _by_instrument(spans: tuple[Span, ...]) -> dict[str, list[Span]]:
    found: dict[str, list[Span]] = {}
    for span in sorted(spans, key=lambda span: span["start_day"]):
        found.setdefault(span["instrument"], []).append(span)
    return found


def _segments(spans: list[Span], law: list[Span], months: float) -> Iterator[tuple[float, float, str, tuple[str, str]]]:
    """Months of the window by what stands of an instrument; where current law's is off, that too."""
    reached = 0.0
    for span in spans:
        start, end = (min(max(span[f"{side}_day"] / DAYS_A_MONTH, 0.0), months) for side in ("start", "end"))
        if end <= start:
            continue
        if law and start > reached:
            yield reached, start, OFF, ("", "")
        same = any(_values(span) == _values(old) for old in law)
        yield start, end, LAW if same else CHANGED, ("", "") if same else _changes(span, law)
        reached = end
    if law and reached < months:
        yield reached, months, OFF, ("", "")


def _values(span: Span) -> Span:
    return {name: value for name, value in span.items() if name not in ("start_day", "end_day")}


def _changes(span: Span, law: list[Span]) -> tuple[str, str]:
    """What a span sets otherwise than current law; of a new instrument its strength. In every language."""
    declared = LEVERS.get(span["instrument"], {})
    if law:
        names = [name for name in declared if span.get(name) != law[0].get(name)]
    else:
        names = [name for name, lever in declared.items() if lever.neutral is not None]
    said: list[list[str]] = [[] for _ in LANGUAGES]
    for name in (name for name in names if name in span):
        value, declaration = span[name], declared[name].declaration
        text = units.brief(tuple(value) if isinstance(value, list) else value, declaration.unit, _DIGITS)
        both = who(text, declaration.axis) if declaration.axis else in_both(text)
        for parts, parameter, shown in zip(said, parameter_words(name), both, strict=True):
            parts.append(f"{parameter} {shown}")
    return ", ".join(said[0]), "，".join(said[1])


def calendar_finding(data: pd.DataFrame, told: Told, lang: str) -> str:
    """What is used up first, in which month under current law and under the policies that change it.

    Where current law has no such instrument, or its own is never used up, under how many policies and what first.
    """
    rows = data[data["policy"].isin(told.counted)].dropna(subset="out_month")
    law = data[data["policy"] == BASELINE].dropna(subset="out_month")
    first = law.iloc[int(law["out_month"].argmin())] if len(law) else None
    if first is not None and len(same := rows[rows["instrument"] == first["instrument"]]):
        return _against_law(first, same, told, lang)
    parts = []
    if len(rows):
        earliest = rows.iloc[int(rows["out_month"].argmin())]
        values = {"policy": told.name(earliest["policy"], lang), "month": f"{earliest['out_month']:g}"}
        values["instrument"] = instrument_title(earliest["instrument"], lang)
        count, of = rows["policy"].nunique(), len(told.counted)
        parts.append(label("calendar_out", lang, count=count, of=of, **values))
    if first is not None:
        values = {"instrument": instrument_title(first["instrument"], lang), "month": f"{first['out_month']:g}"}
        parts.append(label("calendar_law", lang, **values))
    return label("semicolon", lang).join(parts) if parts else label("calendar_never", lang)


def _against_law(first: pd.Series, rows: pd.DataFrame, told: Told, lang: str) -> str:
    """One instrument, used up under current law and, earlier or later, under some policies."""
    ordered = rows.drop_duplicates("policy").sort_values("out_month", kind="stable")
    parts = []
    for row in ordered.head(_NAMED).to_dict("records"):
        form = "calendar_under" if row["out_runs"] == row["out_of"] else "calendar_under_some"
        parts.append(label(form, lang, month=f"{row['out_month']:g}", policy=told.name(row["policy"], lang),
                           runs=int(row["out_runs"]), of=int(row["out_of"])))  # fmt: skip
    what = label("calendar_budget" if "budget" in LEVERS.get(first["instrument"], {}) else "calendar_capacity", lang)
    said = label("calendar_both", lang, what=what, instrument=instrument_title(first["instrument"], lang),
                 month=f"{first['out_month']:g}", policies=label("comma", lang).join(parts))  # fmt: skip
    return said + label("calendar_others", lang, count=len(ordered) - _NAMED) if len(ordered) > _NAMED else said


def rows_of_calendar(data: pd.DataFrame, told: Told) -> int:
    """Rows that the calendar has."""
    return len(_lines(data, told))


def _lines(data: pd.DataFrame, told: Told) -> list[tuple[str, str]]:
    """Policy and instrument of each row; a policy that changes nothing has a row without an instrument."""
    found = list(dict.fromkeys(zip(data["policy"], data["instrument"], strict=True)))
    return [line for policy in told.policies
            for line in [line for line in found if line[0] == policy] or [(policy, "")]]  # fmt: skip


def draw_calendar(data: pd.DataFrame, told: Told, figure: Figure, lang: str) -> None:
    """A row an instrument and policy: bars over the months in which it is in force, a mark where it is used up."""
    names, axes = figure.subplots(1, 2, width_ratios=_NAMES)
    lines = _lines(data, told)
    rows = np.arange(len(lines), dtype=float)
    titles = [label("calendar_same", lang) if not instrument else
              "\n".join(look.lines_of(instrument_title(instrument, lang), _TITLE_LINE[lang]))
              for _, instrument in lines]  # fmt: skip
    look.bare_rows(axes, rows, titles)
    axes.tick_params(axis="y", pad=8.0)  # clear of a mark in month 0
    _policies(names, axes, lines, told, lang)
    for row, line in enumerate(lines):
        own = data[(data["policy"] == line[0]) & (data["instrument"] == line[1])]
        for span in own.to_dict("records"):
            _bar(axes, row, span, told.months, lang)
        if len(out := own.dropna(subset="out_month")):
            _mark(axes, row, out.iloc[0], lang)
    axes.set_xlim(0.0, told.months)
    axes.set_xlabel(label("axis_months", lang))
    axes.xaxis.set_major_locator(MaxNLocator(8, steps=[1, 2, 3, 6, 10], integer=True))
    axes.set_title(label("panel_calendar", lang))


def _policies(names: Axes, axes: Axes, lines: list[tuple[str, str]], told: Told, lang: str) -> None:
    """Names of policies beside the first of their rows, and lines between policies."""
    names.set_axis_off()
    names.set_ylim(axes.get_ylim())
    names.set_xlim(0.0, 1.0)
    for row, (policy, _) in enumerate(lines):
        if row and lines[row - 1][0] == policy:
            continue
        name = "\n".join(look.balanced(told.name(policy, lang), _NAME_LINE[lang]))
        font: dict[str, Any] = {"size": look.SMALL, "va": "center", "linespacing": 1.1}
        names.text(0.0, row, name, color=look.BLACK, **font)
        if row:
            strong = lines[row - 1][0] == BASELINE
            axes.axhline(row - 0.5, color=look.GREY if strong else look.PALE, linewidth=0.8)


def _bar(axes: Axes, row: int, span: dict[Any, Any], months: float, lang: str) -> None:
    tone, length = _TONES[span["standing"]], span["end"] - span["start"]
    edge: dict[str, Any] = {"edgecolor": look.GREY, "hatch": "////"} if span["standing"] == OFF else {"linewidth": 0}
    axes.barh(row, length, _HEIGHT, span["start"], color=tone, **edge)
    law = "calendar_in_force" if span["policy"] == BASELINE else "calendar_as_law"
    words = {LAW: label(law, lang), OFF: label("calendar_off", lang)}
    text = words.get(span["standing"], span[f"values_{lang}"])
    room = int(_WORDS[lang] * length / months)
    lines = look.lines_of(text, room) if text and room > 3 else [""]
    text = lines[0] if len(lines) == 1 else f"{lines[0]} …"
    place, out = span["start"], span["out_month"]
    if out - place < len(text) / _WORDS[lang] * months and place <= out <= span["end"]:
        place = out + months / 120.0  # clear of the mark
    ground: dict[str, Any] = {"bbox": {"facecolor": look.WHITE, "edgecolor": "none", "pad": 1.0}}
    axes.annotate(text, (place, row), (5, 0), textcoords="offset points", va="center_baseline", size=8.0,
                  color=look.readable_on(tone), **(ground if span["standing"] == OFF and text else {}))  # fmt: skip


def _mark(axes: Axes, row: int, out: pd.Series, lang: str) -> None:
    """What is used up first, with the month and in how many runs."""
    month = out["out_month"]
    axes.plot(month, row, "X", color=look.VERMILLION, markeredgecolor=look.WHITE, markersize=9.0, clip_on=False)
    values = {"month": f"{month:g}", "runs": int(out["out_runs"]), "of": int(out["out_of"])}
    axes.annotate(
        label("calendar_mark", lang, **values), (1.0, row), (6, 0), xycoords=("axes fraction", "data"),
        textcoords="offset points", va="center", size=8.0, color=look.BLACK,
    )  # fmt: skip
