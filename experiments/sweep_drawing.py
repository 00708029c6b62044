"""Draws the tables of `experiments.sweep_charts`: lines with intervals, and grids of cells."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from experiments import style as look
from experiments.labels import label
from experiments.money import FLOW, MONEY, in_unit
from experiments.paired import HIGHER, LOWER
from experiments.pairs import BASELINE
from experiments.policies_told import Told, parameter_title
from experiments.policy_panels import cell_look
from experiments.sweep_charts import MEASURES, bases_of, value_of, value_text

TONES: Final = (look.BLUE, look.ORANGE, look.GREEN, look.PURPLE, look.VERMILLION, look.SKY)
MARKS: Final = ("o", "^", "D", "v", "P", "<")  # the square is current law's
ROWS_OF_A_PANEL: Final = 9  # rows of a grid that are as tall as a panel
WIDE: Final = 10.0  # times the least value from which on values have a logarithmic axis
MOST_TICKS: Final = 6  # points that are named one by one on an axis
_BEYOND: Final = 0.04  # of the panel's width, from the last point to the line's name
_LINE: Final = {"en": 16, "zh": 9}  # characters of a line's name in a line


def rows_of_curves(data: pd.DataFrame, told: Told) -> int:
    """Rows that make a page tall enough for a row of panels a parameter."""
    return ROWS_OF_A_PANEL * data["path"].nunique()


def rows_of_heat(data: pd.DataFrame, told: Told) -> int:
    """Rows that make a page tall enough for a row of panels a policy."""
    return (ROWS_OF_A_PANEL + 1) * data["base"].nunique()


def draw_curves(data: pd.DataFrame, told: Told, figure: Figure, lang: str) -> None:
    """A row of panels a parameter, a line a policy, bands for intervals; current law as a square on the line at 0."""
    paths = list(dict.fromkeys(data["path"]))
    if not paths:
        return
    data = in_unit(data, FLOW[lang][0])
    panels = figure.subplots(len(paths), len(MEASURES), squeeze=False)
    for row, path in zip(panels, paths, strict=True):
        for axes, (measure, _, unit, *_) in zip(row, MEASURES, strict=True):
            rows = data[(data["path"] == path) & (data["measure"] == measure)]
            _curves(axes, rows, told)
            axes.set_title(_title(measure, unit, lang), size=9.5, linespacing=1.25)
            axes.set_xlabel(parameter_title(path, lang), size=8.5)
            _ticks(axes, path, rows, lang)
    figure.draw_without_rendering()  # settles the panels' size, which names at the ends of lines need
    for row, path in zip(panels, paths, strict=True):
        rows = data[(data["path"] == path) & (data["measure"] == MEASURES[-1][0])]
        _name_lines(row[-1], rows, told, lang)
    for axes in panels.flat:
        _thin(axes)


def _title(measure: str, unit: str, lang: str) -> str:
    """What a panel shows, and below it in which unit."""
    return f"{label(f'forest_{measure}', lang)}\n{label('panel_curve', lang, unit=label(f'unit_{unit}', lang))}"


def _curves(axes: Axes, rows: pd.DataFrame, told: Told) -> None:
    axes.grid(axis="y")
    axes.axhline(0.0, color=look.BLACK, linewidth=0.9)
    for place, base in enumerate(bases_of(rows, told)):
        own = rows[rows["base"] == base].sort_values("value")
        tone, mark = TONES[place % len(TONES)], MARKS[place % len(MARKS)]
        axes.fill_between(own["value"], own["diff_low"], own["diff_high"], color=tone, alpha=0.18, linewidth=0)
        axes.plot(own["value"], own["diff"], color=tone, linewidth=1.6)
        sure = own["verdict"].isin((HIGHER, LOWER))
        for these, face in ((own[sure], tone), (own[~sure], look.WHITE)):
            axes.plot(these["value"], these["diff"], mark, color=tone, markerfacecolor=face, markersize=5.5)
    law = rows[rows["policy"] == BASELINE]
    axes.plot(law["value"], law["diff"], "s", color=look.BLACK, markersize=7.0, zorder=4)
    axes.margins(x=0.08, y=0.1)


def _ticks(axes: Axes, path: str, rows: pd.DataFrame, lang: str) -> None:
    """Values with their units: each of a few, else some round ones."""
    values = sorted(set(rows["value"].dropna()))
    if len(values) > 1 and values[-1] > WIDE * values[0] > 0.0:
        axes.set_xscale("log")
        axes.minorticks_off()
    if len(values) <= MOST_TICKS:
        axes.set_xticks(values, [value_text(path, value, lang) for value in values], size=8.0)
        return
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.xaxis.set_major_formatter(lambda value, _: value_text(path, float(f"{value:.6g}"), lang))


def _thin(axes: Axes) -> None:
    """Leave out the names of ticks that would touch the one before or the last."""
    shown = [text for text in axes.get_xticklabels() if text.get_text()]
    boxes = [text.get_window_extent() for text in shown]
    reached = -np.inf
    for text, box in zip(shown, boxes, strict=True):
        gap = 0.4 * box.height
        if box.x0 < reached + gap or (text is not shown[-1] and box.x1 > boxes[-1].x0 - gap):
            text.set_visible(False)
        else:
            reached = box.x1


def _name_lines(axes: Axes, rows: pd.DataFrame, told: Told, lang: str) -> None:
    """Names beside the ends of lines in the last panel, moved apart where they would touch."""
    bottom, top = axes.get_ylim()
    bases = bases_of(rows, told)
    ends = [rows[rows["base"] == base].dropna(subset="diff").sort_values("value") for base in bases]
    named = [(base, end.iloc[-1]) for base, end in zip(bases, ends, strict=True) if len(end)]
    lines = max((len(look.lines_of(told.name(base, lang), _LINE[lang])) for base, _ in named), default=1)
    points = axes.get_window_extent().height / look.DPI * 72.0
    places = look.spread([end["diff"] for _, end in named], lines * 11.5 * (top - bottom) / points, bottom, top)
    for place, (base, end) in zip(places, named, strict=True):
        tone = TONES[bases.index(base) % len(TONES)]
        name = "\n".join(look.lines_of(told.name(base, lang), _LINE[lang]))
        leader: dict[str, Any] = {"arrowstyle": "-", "color": tone, "linewidth": 0.7, "shrinkA": 0, "shrinkB": 3}
        axes.annotate(name, (end["value"], end["diff"]), (1.0 + _BEYOND, place), textcoords=axes.get_yaxis_transform(),
                      va="center", size=8.5, color=look.BLACK, annotation_clip=False, arrowprops=leader)  # fmt: skip


def draw_heat(data: pd.DataFrame, told: Told, figure: Figure, lang: str) -> None:
    """A row of panels a policy, a cell a point: the change, shaded if it can be told apart from 0."""
    bases = bases_of(data, told)
    if not bases:
        return
    data = in_unit(data, FLOW[lang][0])
    panels = figure.subplots(len(bases), len(MEASURES), squeeze=False)
    for row, base in zip(panels, bases, strict=True):
        for axes, (measure, _, unit, _, _, good) in zip(row, MEASURES, strict=True):
            rows = data[(data["base"] == base) & (data["measure"] == measure)]
            _heat(axes, rows, told, good, named=axes is row[0], lang=lang)
            axes.set_title(_title(measure, unit, lang), size=9.5, linespacing=1.25)
        if len(bases) > 1:
            row[0].set_ylabel(f"{told.name(base, lang)}\n{row[0].get_ylabel()}", size=8.5, color=look.BLACK)


def _heat(axes: Axes, rows: pd.DataFrame, told: Told, good: int, named: bool, lang: str) -> None:
    across, up = rows["across"].iloc[0], rows["up"].iloc[0]
    xs, ys = sorted(set(rows["x"])), sorted(set(rows["y"]))
    law = (value_of(told, BASELINE, across), value_of(told, BASELINE, up))
    for row in rows.to_dict("records"):
        x, y = xs.index(row["x"]), ys.index(row["y"])
        digits = FLOW[lang][1] if row["unit"].startswith(MONEY) else 1
        text, tone, ink = cell_look(row, good, abs(row["baseline"]), digits, half=True)
        text = text.replace(" ± ", "\n± ")
        edge: dict[str, Any] = (
            {"edgecolor": look.BLACK, "linewidth": 1.6} if (row["x"], row["y"]) == law else {"linewidth": 0}
        )
        axes.add_patch(Rectangle((x - 0.47, y - 0.47), 0.94, 0.94, facecolor=tone, **edge))
        axes.text(x, y, text, ha="center", va="center", size=8.0, color=ink, linespacing=1.15)
    axes.set_xlim(-0.5, len(xs) - 0.5)
    axes.set_ylim(-0.5, len(ys) - 0.5)
    axes.set_xticks(range(len(xs)), [value_text(across, x, lang) for x in xs], size=8.0)
    axes.set_yticks(range(len(ys)), [value_text(up, y, lang) for y in ys] if named else [""] * len(ys), size=8.0)
    axes.tick_params(length=0)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.set_xlabel(parameter_title(across, lang), size=8.5)
    if named:
        axes.set_ylabel(parameter_title(up, lang), size=8.5)
