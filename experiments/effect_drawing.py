"""Draws the tables of `experiments.effect_charts`: one thin function a chart."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from agents.parameters import TIERS
from experiments import style as look
from experiments.effect_charts import CLEARLY, EFFICIENT, FOREST, LENDER_MEASURES, LENDERS
from experiments.headline import number
from experiments.labels import label
from experiments.money import FLOW, in_unit
from experiments.naming import Named, name_points
from experiments.policies_told import Told
from experiments.policy_panels import (
    FAINT,
    MOST_NAMED,
    at_right,
    by_policy,
    change_text,
    changes,
    clear,
    grid,
    heads,
    point_key,
    point_names,
    policy_rows,
)

LINE: Final = {"en": 20, "zh": 11}  # characters of a narrow panel's title in a line
HEAD: Final = {"en": 8, "zh": 4}  # and of a cell's head
PER_CENT_SIGN: Final = {"en": "\u00a0%", "zh": "%"}


def draw_forest(data: pd.DataFrame, told: Told, figure: Figure, lang: str) -> None:
    """A panel an indicator: changes as dots with intervals, current law's level in the first row."""
    _dots(figure, data, told, lang, {name: unit for name, _, unit, *_ in FOREST}, "forest_")


def draw_days(data: pd.DataFrame, told: Told, figure: Figure, lang: str) -> None:
    """A panel a tier: changes of the days until suppliers have their money."""
    _dots(figure, data, told, lang, dict.fromkeys(TIERS, "d"), "days_")


def _dots(figure: Figure, data: pd.DataFrame, told: Told, lang: str, units: dict[str, str], prefix: str,
           ) -> None:  # fmt: skip
    alike = len(set(units.values())) == 1
    data = in_unit(data, FLOW[lang][0])
    panels = figure.subplots(1, len(units), sharex=alike)
    for axes, (measure, unit) in zip(panels, units.items(), strict=True):
        rows = policy_rows(axes, told, lang, named=axes is panels[0])
        table = by_policy(data[data["measure"] == measure], told)
        changes(axes, table, rows, look.BLUE)
        axes.axvline(0.0, color=look.BLACK, linewidth=0.9)
        level = table["mean"].iloc[0]
        if np.isfinite(level):
            axes.plot(0.0, 0.0, "s", color=look.BLACK, markersize=5.5)
            text = number(level, 1 if abs(level) >= 10.0 else 2) + (PER_CENT_SIGN[lang] if unit == "pp" else "")
            at_right(axes, rows[0], text, 9.0)
        else:
            at_right(axes, rows[0], label("no_value", lang), 8.0, sure=False)
        for row, sure, (_, line) in zip(rows[1:], clear(table)[1:], table.iloc[1:].iterrows(), strict=True):
            digits = 1 if max(abs(line["diff"]), 0.0) >= 1.0 else 2
            at_right(axes, row, change_text(line, digits) or label("no_value", lang), 8.0, sure)
        axes.use_sticky_edges = False
        axes.margins(x=0.1)
        title = "\n".join(look.lines_of(label(f"{prefix}{measure}", lang), LINE[lang]))
        axes.set_title(title, size=9.5, linespacing=1.25)
        change = label("panel_curve", lang, unit=label(f"unit_{unit}", lang))
        axes.set_xlabel("\n".join(look.lines_of(change, LINE[lang])))
        look.plain_ticks(axes, 3)


def draw_lenders(data: pd.DataFrame, told: Told, figure: Figure, lang: str) -> None:
    """A grid a ratio: its level at each kind of bank under current law, and changes."""
    panels = figure.subplots(1, len(LENDER_MEASURES))
    for axes, measure in zip(panels, LENDER_MEASURES, strict=True):
        policy_rows(axes, told, lang, named=axes is panels[0])
        table = data[data["measure"] == measure].rename(columns={"lender": "column"})
        good = -1 if measure == "npl_ratio" else 1
        grid(axes, table.assign(level=table["mean"]), LENDERS, told, good, digits=2, size=8.5)
        heads(axes, ["\n".join(look.lines_of(label(f"lender_{kind}", lang), HEAD[lang])) for kind in LENDERS])
        axes.set_title(label(f"lenders_{measure}", lang), pad=8.0)


def draw_frontier(data: pd.DataFrame, told: Told, figure: Figure, lang: str) -> None:
    """Gain against public cost: what nothing dominates is joined by a line; crosses are intervals."""
    columns = 3 if len(told.compared) > MOST_NAMED else 2
    costs = ["cost", "cost_low", "cost_high"]
    data = data.assign(**{cost: data[cost] * FLOW[lang][0] for cost in costs})
    panels = figure.subplots(1, columns, width_ratios=(1.0, 1.0, 0.55)[:columns])
    if columns > 2:
        point_key(panels[2], told, lang)
    named = []
    for axes, (measure, title) in zip(
        panels[:2], (("sme_cost_of_need", "frontier_cost"), ("formal_share_of_need", "frontier_formal")), strict=True
    ):
        table = data[data["measure"] == measure]
        axes.grid(True)
        axes.axhline(0.0, color=look.GREY, linewidth=0.8)
        axes.axvline(0.0, color=look.GREY, linewidth=0.8)
        best = table[table["standing"] == EFFICIENT].sort_values("cost")
        if told.n > 1:  # a single pair of runs orders nothing
            axes.plot(best["cost"], best["gain"], color=look.BLUE, linewidth=1.2, alpha=0.5, zorder=1)
        named.append([_point(axes, row, told, lang) for _, row in table.iterrows()])
        axes.margins(0.22, 0.14)
        axes.set_title(label(title, lang))
        axes.set_xlabel(label("axis_public_cost", lang))
    for axes, points in zip(panels[:2], named, strict=True):  # last, as it needs the panels' final size
        name_points(axes, points)


def _point(axes: Axes, row: pd.Series, told: Told, lang: str) -> Named:
    """A policy as a dot with a cross; a square for current law, hollow if dominated, a cross-mark if clearly so."""
    across, up = row["cost"], row["gain"]
    half_x, half_y = (float(np.nan_to_num(row[f"{side}_high"] - row[side])) for side in ("cost", "gain"))
    own = row["policy"] in told.compared
    tone = look.BLACK if not own else look.BLUE if row["standing"] == EFFICIENT and told.n > 1 else FAINT
    mark = "s" if not own else "X" if row["standing"] == CLEARLY else "o"
    face = tone if row["standing"] != "dominated" else look.WHITE
    cross: dict[str, Any] = {"color": tone, "elinewidth": 0.9, "capsize": 2.0, "markersize": 6.5}
    axes.errorbar(across, up, xerr=half_x, yerr=half_y, fmt=mark, markerfacecolor=face, **cross)
    ink = look.GREY if tone == FAINT else look.BLACK
    return Named(across, up, half_x, half_y, point_names(told, lang)[row["policy"]], ink)
