"""Draws the table of `experiments.contagion`: lines by tier around the failure, and grids of changes below."""

from __future__ import annotations

from typing import Final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec
from matplotlib.ticker import MultipleLocator

from agents.parameters import TIERS
from experiments import style as look
from experiments.contagion import BEARERS, MONTHS_BEFORE, WHO
from experiments.labels import label
from experiments.pairs import BASELINE
from experiments.policies_told import Told
from experiments.policy_panels import FAINT, grid, heads, policy_rows
from experiments.sweep_drawing import TONES

LINES: Final = ("distress", "failed")
GRIDS: Final = (("failed_year", WHO), ("distress_year", WHO), ("losses_year", BEARERS))
MOST_COLOURED: Final = len(TONES)  # policies whose lines have colours of their own
PANEL_ROWS: Final = 7  # rows of a grid that are as tall as a row of panels
_TICK: Final = 12.0  # months between ticks
_SWATCH: Final = (-0.98, -0.66)  # from where to where a policy's line stands before its row, in columns


def rows_of_contagion(data: pd.DataFrame, told: Told) -> int:
    """Rows that make a page as tall as the panels and the grids below them."""
    return len(LINES) * PANEL_ROWS + len(told.policies) + 2


def tones_of(told: Told) -> dict[str, str]:
    """A colour a policy, current law black; all others alike where they are too many to be told apart."""
    many = len(told.compared) > MOST_COLOURED
    tones = {policy: FAINT if many else TONES[place] for place, policy in enumerate(told.compared)}
    return {BASELINE: look.BLACK} | tones


def draw_contagion(data: pd.DataFrame, told: Told, figure: Figure, lang: str) -> None:
    """A column of panels a tier, a line a policy, current law's with its interval; grids of changes below."""
    if data.empty:
        return
    heights = (*[PANEL_ROWS - 1] * len(LINES), len(told.policies) + 1)
    places = figure.add_gridspec(len(LINES) + 1, 1, height_ratios=heights)
    for row, measure in enumerate(LINES):
        _panels(figure, places[row], data, measure, told, lang)
    _grids(figure, places[len(LINES)], data, told, lang)


def _panels(figure: Figure, place: SubplotSpec, data: pd.DataFrame, measure: str, told: Told, lang: str) -> None:
    """A row of panels that share their scale."""
    row = place.subgridspec(1, len(TIERS)).subplots(sharey=True, squeeze=False)[0]
    tones, coloured = tones_of(told), len(told.compared) <= MOST_COLOURED
    for axes, tier in zip(row, TIERS, strict=True):
        own = data[(data["who"] == tier) & (data["measure"] == measure)]
        for policy in (*told.compared, BASELINE):
            line = own[own["policy"] == policy]
            law = policy == BASELINE
            axes.plot(
                line["month"], line["mean"], color=tones[policy], linewidth=2.0 if law else 1.2 if coloured else 0.7
            )
            if law:
                axes.fill_between(line["month"], line["low"], line["high"], color=look.BLACK, alpha=0.14, linewidth=0)
        if measure == "failed":
            _pace(axes, data[(data["who"] == tier) & (data["policy"] == BASELINE)], own["month"].max())
        axes.axvline(0.0, color=look.GREY, linewidth=1.0, linestyle=(0, (4, 3)))
        title = label("panel_of_tier", lang, tier=label(tier, lang), what=label(f"panel_{measure}", lang))
        axes.set_title(title if len(own) else title + label("no_data", lang, groups=label(tier, lang)), size=9.5)
        axes.grid(axis="y")
        last = max(data["month"].max(), 1.0)
        axes.set_xlim(-MONTHS_BEFORE, last)
        axes.set_ylim(bottom=0.0)
        axes.xaxis.set_major_locator(MultipleLocator(_TICK if last > _TICK else _TICK / 4.0))
        if measure == LINES[-1]:
            axes.set_xlabel(label("axis_months_since", lang), size=8.5)


def _pace(axes: Axes, law: pd.DataFrame, end: float) -> None:
    """Where failures would stand had they gone on as before the core's."""
    before = law[law["measure"] == "failed_before"]
    if len(before):
        share = before["mean"].iloc[0] / -before["month"].iloc[0]
        axes.plot([0.0, end], [0.0, share * end], color=look.GREY, linewidth=1.2, linestyle=(0, (1, 2)))


def _grids(figure: Figure, place: SubplotSpec, data: pd.DataFrame, told: Told, lang: str) -> None:
    """Changes in the year after the failure, a grid a measure; each policy's line stands before its row."""
    spec = place.subgridspec(
        1, len(GRIDS), width_ratios=[len(columns) + (not at) for at, (_, columns) in enumerate(GRIDS)]
    )
    tones = tones_of(told)
    for at, (measure, columns) in enumerate(GRIDS):
        axes = figure.add_subplot(spec[at])
        rows = policy_rows(axes, told, lang, named=at == 0)
        cells = data[data["measure"] == measure]
        months = f"{cells['month'].max():g}"
        grid(axes, cells.assign(column=cells["who"], level=cells["mean"]), columns, told, good=-1, size=8.0)
        heads(axes, [label(who if who in TIERS else f"contagion_{who}", lang) for who in columns], size=8.0)
        axes.set_title(label(f"grid_{measure}", lang, months=months), size=9.5, pad=8.0)
        if at == 0:
            for row, policy in zip(rows, told.policies, strict=True):
                axes.plot(_SWATCH, (row, row), color=tones[policy], linewidth=2.0, solid_capstyle="butt")
            axes.set_xlim(_SWATCH[0] - 0.05, len(columns) - 0.5)
