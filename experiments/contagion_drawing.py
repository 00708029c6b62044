"""Draws the table of `experiments.contagion`: lines by tier around the failure, and below grids of the year after.

The grids have a row a policy with what it changes; of current law alone one with the year after and one before.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec
from matplotlib.ticker import MultipleLocator

from agents.parameters import TIERS
from experiments import style as look
from experiments.contagion import MONTHS_BEFORE, WHO, losers
from experiments.headline import number
from experiments.labels import label
from experiments.money import FLOW, in_unit
from experiments.pairs import BASELINE
from experiments.policies_told import Told
from experiments.policy_charts import PER_CENT
from experiments.policy_panels import FAINT, grid, heads, policy_rows, rows_needed
from experiments.sweep_drawing import TONES

LINES: Final = ("distress", "failed")
GRIDS: Final = ("failed", "distress", "losses")
SPANS: Final = ("year", "before")
MOST_COLOURED: Final = len(TONES)  # policies whose lines have colours of their own
PANEL_ROWS: Final = 7  # rows of a grid that are as tall as a row of panels
_TICK: Final = 12.0  # months between ticks
_SWATCH: Final = (-0.98, -0.66)  # from where to where a policy's line stands before its row, in columns


def rows_of_contagion(data: pd.DataFrame, told: Told) -> int:
    """Rows that make a page as tall as the panels and the grids below them."""
    return len(LINES) * PANEL_ROWS + max(rows_needed(data, told), len(SPANS)) + 2


def tones_of(told: Told) -> dict[str, str]:
    """A colour a policy, current law black; all others alike where they are too many to be told apart."""
    many = len(told.compared) > MOST_COLOURED
    tones = {policy: FAINT if many else TONES[place] for place, policy in enumerate(told.compared)}
    return {BASELINE: look.BLACK} | tones


def draw_contagion(data: pd.DataFrame, told: Told, figure: Figure, lang: str) -> None:
    """A column of panels a tier, a line a policy, current law's with its interval; grids below."""
    if data.empty:
        return
    heights = (len(LINES) * PANEL_ROWS - 2, max(rows_needed(data, told), len(SPANS)) + 1)
    places = figure.add_gridspec(2, 1, height_ratios=heights)
    every = places[0].subgridspec(len(LINES), len(TIERS)).subplots(sharex=True, sharey="row", squeeze=False)
    for row, measure in zip(every, LINES, strict=True):
        own = data[data["measure"] == measure]
        for axes, tier in zip(row, TIERS, strict=True):
            _panel(axes, own[own["who"] == tier], measure, tier, told, lang)
            if measure == "failed":
                _pace(axes, data[(data["who"] == tier) & (data["policy"] == BASELINE)], own["month"].max())
        row[0].set_ylim(0.0, look.within(own[own["who"].isin(TIERS)], PER_CENT)[1])
    for axes in every[-1]:
        axes.set_xlabel(label("axis_months_since", lang), size=8.5)
    lines = data[data["measure"].isin(LINES)]
    last = max(lines["month"].max(), 1.0)
    every[0, 0].set_xlim(max(lines["month"].min(), -MONTHS_BEFORE), last)
    every[0, 0].xaxis.set_major_locator(MultipleLocator(_TICK if last > _TICK else _TICK / 4.0))
    _grids(figure, places[1], data, told, lang)


def _panel(axes: Axes, own: pd.DataFrame, measure: str, tier: str, told: Told, lang: str) -> None:
    """Lines of one measure and tier, around the month of the failure."""
    tones, coloured = tones_of(told), len(told.compared) <= MOST_COLOURED
    for policy in (*told.compared, BASELINE):
        line = own[own["policy"] == policy]
        law = policy == BASELINE
        axes.plot(line["month"], line["mean"], color=tones[policy], linewidth=2.0 if law else 1.2 if coloured else 0.7)
        if law:
            axes.fill_between(line["month"], line["low"], line["high"], color=look.BLACK, alpha=0.14, linewidth=0)
    axes.axvline(0.0, color=look.GREY, linewidth=1.0, linestyle=(0, (4, 3)))
    what = label(f"panel_{measure}" if len(own) else "no_value", lang)
    title = label("panel_of_tier", lang, tier=label(tier, lang), what=what)
    axes.set_title(title[0].upper() + title[1:], size=9.5)
    axes.grid(axis="y")


def _pace(axes: Axes, law: pd.DataFrame, end: float) -> None:
    """Where failures would stand had they gone on as before the core's."""
    before = law[law["measure"] == "failed_before"]
    if len(before):
        share = before["mean"].iloc[0] / -before["month"].iloc[0]
        axes.plot([0.0, end], [0.0, share * end], color=look.GREY, linewidth=1.2, linestyle=(0, (1, 2)))


def _grids(figure: Figure, place: SubplotSpec, data: pd.DataFrame, told: Told, lang: str) -> None:
    """A grid a measure: changes in the year after the failure, or the years after and before under current law."""
    data = in_unit(data, FLOW[lang][0])
    columns = {name: WHO if name != "losses" else losers(data) for name in GRIDS}
    widths = [len(own) + (not at) for at, own in enumerate(columns.values())]
    spec = place.subgridspec(1, len(GRIDS), width_ratios=widths)
    for at, (name, own) in enumerate(columns.items()):
        axes = figure.add_subplot(spec[at])
        cells = data[data["measure"] == f"{name}_year"]
        form = "grid_{}" if told.compared else "grid_{}_law"
        months = f"{cells['month'].max():g}"
        if told.compared:
            rows = policy_rows(axes, told, lang, named=at == 0)
            cells = cells.assign(column=cells["who"], level=cells["mean"])
            digits = FLOW[lang][1] if name == "losses" else 1
            grid(axes, cells, own, told, good=-1, size=8.0, digits=digits, level_digits=digits)
            if at == 0:
                _swatches(axes, rows, told)
        else:
            _levels(axes, data, name, own, lang, named=at == 0)
        if at == 0:
            axes.set_xlim(_SWATCH[0] - 0.05 if told.compared else -0.5, len(own) - 0.5)
        heads(axes, [label(who if who in TIERS else f"contagion_{who}", lang) for who in own], size=8.0)
        axes.set_title(label(form.format(name), lang, months=months), size=9.5, pad=8.0)


def _swatches(axes: Axes, rows: np.ndarray, told: Told) -> None:
    """Each policy's line before its row, where lines have colours of their own."""
    tones = tones_of(told)
    for row, policy in zip(rows, told.policies, strict=True):
        if policy == BASELINE or len(told.compared) <= MOST_COLOURED:
            axes.plot(_SWATCH, (row, row), color=tones[policy], linewidth=2.0, solid_capstyle="butt")


def _levels(axes: Axes, data: pd.DataFrame, name: str, columns: tuple[str, ...] | list[str], lang: str, named: bool,
            ) -> None:  # fmt: skip
    """Levels under current law with half their intervals: the year after the failure, and the one before it."""
    names = [label(f"contagion_{span}", lang) if named else "" for span in SPANS]
    look.bare_rows(axes, np.arange(len(SPANS), dtype=float), names)
    for row, span in enumerate(SPANS):
        rows = data[data["measure"] == f"{name}_{span}"].set_index("who").reindex(index=list(columns))
        levels = rows[["mean", "high"]].to_numpy(np.float64)
        for place, (mean, high) in enumerate(levels):
            half = f"\n± {number(high - mean)}" if np.isfinite(high) else ""
            text = number(mean) + half
            axes.text(place, row, text, ha="center", va="center", size=8.0, linespacing=1.15)
    axes.grid(False)
    axes.set_xlim(-0.5, len(columns) - 0.5)
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(axis="x", length=0)
