"""Draws the tables of `experiments.firm_charts`: strips of quantiles, and bars of firms that pay less and more."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from agents.parameters import SIZES, TIERS
from experiments import style as look
from experiments.firm_charts import MEDIAN, SIDES
from experiments.firm_pairs import CELLS
from experiments.headline import mark, number
from experiments.labels import label
from experiments.paired import HIGHER, LOWER
from experiments.policies_told import Told
from experiments.policy_drawing import FEWEST_FIRMS, HEADING_CHARACTERS
from experiments.policy_panels import (
    COUNTED,
    FAINT,
    MISSING,
    at_right,
    by_policy,
    change_text,
    clear,
    heads,
    policy_rows,
    signed,
)

TONES: Final = dict(zip(SIDES, (look.BLUE, look.PALE, look.VERMILLION), strict=True))
_BAR: Final = 0.84  # of a cell's width that all firms together take
_PANELS: Final = (2.6, 1.0)  # widths of cells and of all SMEs


def draw_rates(data: pd.DataFrame, told: Told, figure: Figure, lang: str) -> None:
    """A panel a tier: where the rates of the middle half and of the middle 80 % of SMEs lie, and the median."""
    panels = figure.subplots(1, len(TIERS), sharex=True)
    for axes, tier in zip(panels, TIERS, strict=True):
        rows = policy_rows(axes, told, lang, named=axes is panels[0])
        table = data[data["tier"] == tier]
        tones = [look.GREY, *[look.BLUE] * len(told.compared)]
        strips(axes, table, told, rows, tones)
        median = by_policy(table[table["measure"] == MEDIAN], told)
        if np.isfinite(law := median["mean"].iloc[0]):
            axes.axvline(law, color=look.GREY, linewidth=0.9, linestyle=(0, (4, 3)))
            at_right(axes, rows[0], label("level_of_law", lang, level=law), 9.0)
        for row, sure, (_, line) in zip(rows[1:], clear(median)[1:], median.iloc[1:].iterrows(), strict=True):
            at_right(axes, row, _in_points(line) or label("no_value", lang), 8.0, sure)
        firms = by_policy(table[table["measure"] == "firms"], told)["mean"].iloc[0]
        name = {"tier": label(tier, lang), "firms": number(firms, 0) if np.isfinite(firms) else "0"}
        axes.set_title(label("panel_rates", lang, **name))
        axes.set_xlabel(label("axis_rates", lang))
        look.plain_ticks(axes, 5)
        axes.margins(x=0.06)


def _in_points(row: pd.Series) -> str:
    """A change of a rate in basis points with half its interval; empty if it is not known."""
    ends = {name: 100.0 * row[name] for name in ("diff", "diff_high")}
    return change_text(row.to_dict() | ends, 0)


def strips(axes: Axes, table: pd.DataFrame, told: Told, rows: np.ndarray, tones: list[str]) -> None:
    """A row a policy: a line from the 10 % to the 90 % quantile, a bar over the middle half, a mark at the median."""
    low, first, middle, third, high = (
        by_policy(table[table["measure"] == f"p{share}"], told)["mean"].to_numpy(np.float64)
        for share in (10, 25, 50, 75, 90)
    )
    axes.hlines(rows, low, high, color=tones, linewidth=1.4)
    axes.barh(rows, third - first, 0.42, first, color=tones, alpha=0.45, linewidth=0)
    axes.vlines(middle, rows - 0.28, rows + 0.28, color=tones, linewidth=2.2)


def draw_winners(data: pd.DataFrame, told: Told, figure: Figure, lang: str) -> None:
    """Bars of firms that pay less, the same and more by size and tier, and the change of all SMEs in quantiles."""
    cells, sme = figure.subplots(1, 2, width_ratios=_PANELS)
    rows = policy_rows(cells, told, lang)
    by_place = {(row["policy"], row["who"], row["measure"]): row for row in data.to_dict("records")}
    for position, cell in enumerate(CELLS):
        counts = [by_place[policy, cell, "firms"]["mean"] for policy in told.compared
                  if (policy, cell, "firms") in by_place]  # fmt: skip
        count = counts[0] if counts else 0.0
        _text(cells, position, 0.0, number(count, int(count < COUNTED)), look.BLACK)
        for row, policy in enumerate(told.compared, start=1):
            found = {measure: by_place.get((policy, cell, measure)) for measure in (*SIDES, MEDIAN)}
            _cell(cells, position, row, found if count >= FEWEST_FIRMS else {})
    _frame(cells, lang)
    _all_smes(sme, data[data["who"] == "sme"], told, rows, lang)


def _cell(axes: Axes, position: int, row: int, found: dict[str, dict[Any, Any] | None]) -> None:
    """The bar of one cell, and above it the median change."""
    median = found.get(MEDIAN)
    if median is None or not np.isfinite(median["diff"]):
        _text(axes, position, row, MISSING, FAINT)
        return
    left = position - _BAR / 2.0
    for side in SIDES:
        share = found[side]
        width = _BAR * share["mean"] / 100.0 if share else 0.0
        axes.add_patch(Rectangle((left, row + 0.04), width, 0.3, facecolor=TONES[side], linewidth=0))
        left += width
    sure = median["verdict"] in (HIGHER, LOWER)
    _text(axes, position, row - 0.2, signed(median, 0) + mark(median), look.BLACK if sure else FAINT)


def _text(axes: Axes, x: float, y: float, text: str, ink: str) -> None:
    axes.text(x, y, text, ha="center", va="center", size=8.0, color=ink)


def _frame(axes: Axes, lang: str) -> None:
    """Names of tiers above and of sizes below the cells, lines between sizes."""
    axes.set_xlim(-0.5, len(CELLS) - 0.5)
    axes.grid(False)
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(axis="x", length=0)
    heads(axes, [label(f"tier_{cell.rsplit('_', 1)[1]}", lang) for cell in CELLS], size=8.0)
    for position, size in enumerate(SIZES):
        edge = (position + 1) * len(TIERS) - 0.5
        if position < len(SIZES) - 1:
            axes.axvline(edge, color=look.GREY, linewidth=0.8)
        axes.annotate(
            label(size, lang), (edge - 1.5, 0.0), (0, -4), xycoords=("data", "axes fraction"),
            textcoords="offset points", ha="center", va="top", size=9.5,
        )  # fmt: skip
    for side in SIDES:
        axes.bar(np.nan, np.nan, color=TONES[side], label=label(f"side_{side}", lang))
    axes.set_title(label("panel_winners", lang), pad=38.0)
    legend = axes.legend(
        loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=3, frameon=False, borderpad=0.0, borderaxespad=2.0,
        handlelength=0.9, handleheight=0.9, columnspacing=1.5,
    )  # fmt: skip
    legend.set_in_layout(False)


def _all_smes(axes: Axes, table: pd.DataFrame, told: Told, rows: np.ndarray, lang: str) -> None:
    """Quantiles of the change over all SMEs; at the right how many pay less and more."""
    policy_rows(axes, told, lang, named=False)
    tones = [look.BLUE] * len(told.policies)
    moved = table.assign(mean=table["diff"].where(table["measure"].str.startswith("p"), table["mean"]))
    strips(axes, moved, told, rows, tones)
    axes.axvline(0.0, color=look.BLACK, linewidth=0.9)
    axes.plot(0.0, 0.0, "s", color=look.BLACK, markersize=6.0)
    less, more, net = (by_policy(table[table["measure"] == side], told) for side in ("less", "more", "net"))
    for row, sure, gains, loses in zip(rows[1:], clear(net)[1:], less["mean"][1:], more["mean"][1:], strict=True):
        known = np.isfinite(gains) and np.isfinite(loses)
        text = label("less_and_more", lang, less=number(gains, 0), more=number(loses, 0)) if known else MISSING
        at_right(axes, row, text, 8.5, bool(sure))
    lines = look.lines_of(label("panel_winners_sme", lang), HEADING_CHARACTERS[lang])
    axes.set_title("\n".join(lines), pad=38.0 if len(lines) == 1 else 24.0, linespacing=1.25)
    axes.set_xlabel(label("axis_change_bp", lang))
    look.plain_ticks(axes, 3)
    axes.use_sticky_edges = False
    axes.margins(x=0.08)
