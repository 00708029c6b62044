"""Draws the table of `experiments.stress_network`: tiers as bands of dots, one for so many firms, with their links."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from agents.parameters import TIERS
from experiments import style as look
from experiments.headline import number
from experiments.labels import label
from experiments.pairs import BASELINE
from experiments.policies_told import Told
from experiments.policy_panels import grid, heads, policy_rows, rows_needed
from experiments.stress_network import WHO, distressed
from sim.contagion import CELLS, EXPOSURES, LINKS, OEMS, STATES

# From gravest to none: darker and brighter first, and always in this order from the left.
TONES: Final = dict(zip(STATES, (look.BLACK, look.VERMILLION, look.YELLOW, look.SKY), strict=True))
PANEL_ROWS: Final = 12  # rows of a grid that are as tall as a row of panels
MOST_DOTS: Final = 1600  # beyond, a dot stands for several firms
_WIDE, _TALL = 3.9, 2.5  # inches of a panel without its names, about
_NAMES: Final = 0.19  # of that width that the tiers' names take at its left
_DOTS: Final = 0.48  # of a panel's height that dots may take
_OEM: Final = 0.055  # of it that the core enterprises take
_APART: Final = 0.012  # of the width between cells
_ROOM: Final = 0.09  # of it that the name of a cell's exposure needs


class Cell(NamedTuple):
    """A group's place in a panel, in shares of it."""

    left: float
    right: float
    top: float
    bottom: float


def rows_of_network(data: pd.DataFrame, told: Told) -> int:
    """Rows that make a page as tall as the panels and the grid below them."""
    return 2 * PANEL_ROWS + rows_needed(data, told) + 2


def draw_network(data: pd.DataFrame, told: Told, figure: Figure, lang: str) -> None:
    """A panel a month under current law, and below a grid of changes, a row a policy."""
    if data.empty:
        return
    heights = (1, 2 * PANEL_ROWS - 2, rows_needed(data, told) + 1)
    places = figure.add_gridspec(3, 1, height_ratios=heights)
    panels = places[1].subgridspec(2, 2).subplots(squeeze=False).ravel()
    law = data[data["policy"] == BASELINE]
    months = sorted(set(law.loc[law["measure"].isin(STATES), "month"]))
    dots = _Dots(law, months)
    for axes in panels[len(months) :]:
        axes.set_axis_off()
    for axes, month in zip(panels, months, strict=False):
        _panel(axes, law, month, dots, lang)
    _key(figure.add_subplot(places[0]), dots, lang)
    _changes(figure.add_subplot(places[2]), data, told, lang)


class _Dots:
    """How dots are laid out, the same in all panels: firms a dot, columns of a band, where cells are."""

    def __init__(self, law: pd.DataFrame, months: list[float]) -> None:
        self.months = months
        first = law[(law["month"] == months[0]) & law["measure"].isin(STATES)] if months else law.iloc[:0]
        self.firms = first.groupby("who")["mean"].sum().reindex(CELLS, fill_value=0.0)
        self.per_dot = max(int(np.ceil(self.firms.sum() / MOST_DOTS)), 1)
        self.pitch = np.sqrt(_WIDE * _TALL * _DOTS / max(self.firms.sum() / self.per_dot, 12.0))  # inches
        self.cells = self._cells()

    def _cells(self) -> dict[str, Cell]:
        """Cells of a tier stand side by side, as wide as they have firms; bands as tall as their firms need."""
        tiers = self.firms.to_numpy().reshape(len(TIERS), len(EXPOSURES))
        rows = [max(self._rows(total), 1) for total in tiers.sum(axis=1)]
        gap = (1.0 - _OEM - sum(rows) * self.pitch / _TALL) / len(TIERS)
        cells, top = {}, 1.0 - _OEM
        for tier, counts, count in zip(TIERS, tiers, rows, strict=True):
            top -= gap
            bottom, left = top - count * self.pitch / _TALL, 0.0
            wide = (1.0 - _APART * max(np.count_nonzero(counts) - 1, 0)) / max(counts.sum(), 1.0)
            for exposure, firms in zip(EXPOSURES, counts, strict=True):
                cells[f"{tier}:{exposure}"] = Cell(left, left + wide * firms, top, bottom)
                left += wide * firms + (_APART if firms else 0.0)
            top = bottom
        return cells

    def _rows(self, firms: float) -> int:
        return int(np.ceil(firms / self.per_dot * self.pitch / _WIDE))


def _panel(axes: Axes, law: pd.DataFrame, month: float, dots: _Dots, lang: str) -> None:
    """Core enterprises on top, tiers below them, deliveries as bands between."""
    now = law[law["month"] == month]
    _links(axes, law, month, dots)
    for name, (left, right) in _oems(law, dots).items():
        if right - left < _APART:
            continue  # there is no such enterprise
        gone = name == OEMS[0] and month >= 0.0
        tone = look.WHITE if gone else look.GREY
        box: dict[str, Any] = {"facecolor": tone, "edgecolor": look.GREY, "hatch": "////" if gone else None}
        axes.add_patch(Rectangle((left, 1.0 - _OEM), right - left, _OEM, linewidth=0.8, **box))
        text = label(f"network_{name}{'_gone' if gone else ''}", lang)
        axes.text((left + right) / 2.0, 1.0 - _OEM / 2.0, text, ha="center", va="center_baseline", size=7.5,
                  color=look.readable_on(tone), bbox={"facecolor": tone, "edgecolor": "none", "pad": 0.8})  # fmt: skip
    for cell, place in dots.cells.items():
        _fill(axes, now[now["who"] == cell].set_index("measure")["mean"], place, dots)
    for tier in (tier for tier in TIERS if dots.firms.filter(like=f"{tier}:").sum()):
        _name_band(axes, now, tier, dots, lang)
    form = "network_before" if month < 0.0 else "network_after"
    axes.set_title(label(form, lang, months=f"{abs(month):g}"), size=9.5)
    axes.set_xlim(-_NAMES, 1.0)
    axes.set_ylim(0.0, 1.0)
    axes.set_axis_off()


def _name_band(axes: Axes, now: pd.DataFrame, tier: str, dots: _Dots, lang: str) -> None:
    """A tier's name and share in distress at its left, and the exposure of each cell above it."""
    own = now[now["who"].str.startswith(f"{tier}:") & now["measure"].isin(STATES)]
    cells = {exposure: dots.cells[f"{tier}:{exposure}"] for exposure in EXPOSURES}
    band = cells[EXPOSURES[0]]
    text = label("network_band", lang, tier=label(tier, lang), share=number(distressed(own), 0))
    axes.text(-0.025, (band.top + band.bottom) / 2.0, text, size=8.0, va="center", ha="right", linespacing=1.2)
    for exposure, cell in cells.items():
        if cell.right - cell.left > _ROOM:
            axes.annotate(label(f"exposure_{exposure}", lang), ((cell.left + cell.right) / 2.0, cell.top), (0, 1),
                          textcoords="offset points", size=6.5, va="bottom", ha="center", color=look.GREY)  # fmt: skip


def _fill(axes: Axes, firms: pd.Series, place: Cell, dots: _Dots) -> None:
    """Dots of a cell column by column, the gravest state first."""
    counts = firms.reindex(list(STATES), fill_value=0.0).to_numpy(np.float64)
    ends = np.rint(np.cumsum(counts) / dots.per_dot).astype(int)
    total = int(ends[-1])
    if total == 0:
        return
    rows = max(round((place.top - place.bottom) * _TALL / dots.pitch), 1)
    column, row = np.divmod(np.arange(total), rows)
    x = place.left + (column + 0.5) / (column[-1] + 1) * (place.right - place.left)
    y = place.top - (row + 0.5) / rows * (place.top - place.bottom)
    tones = np.repeat(list(TONES.values()), np.diff(ends, prepend=0))
    axes.scatter(x, y, s=(0.8 * 72.0 * dots.pitch) ** 2, c=list(tones), linewidths=0.0, clip_on=False)


def _oems(law: pd.DataFrame, dots: _Dots) -> dict[str, tuple[float, float]]:
    """Where the core enterprises stand: as wide as what they buy in the first month."""
    bought = _deliveries(law, dots.months[0]).groupby(level=0).sum().reindex(OEMS, fill_value=0.0)
    border = float(bought.iloc[0] / max(bought.sum(), 1e-12))
    return {OEMS[0]: (0.0, border - _APART / 2.0), OEMS[1]: (border + _APART / 2.0, 1.0)}


def _deliveries(law: pd.DataFrame, month: float) -> pd.Series:
    """m CNY by (buyer, seller)."""
    rows = law[(law["measure"] == "link") & (law["month"] == month)]
    known = dict(zip(rows["who"], rows["mean"], strict=True))
    return pd.Series({link: known.get(">".join(link), 0.0) for link in LINKS})


def _links(axes: Axes, law: pd.DataFrame, month: float, dots: _Dots) -> None:
    """Deliveries as bands, as thick at either end as they are of what that group bought or sold in the first month."""
    usual, now = _deliveries(law, dots.months[0]), _deliveries(law, month)
    places = {name: Cell(*ends, 1.0, 1.0 - _OEM) for name, ends in _oems(law, dots).items()} | dots.cells
    way = np.linspace(0.0, 1.0, 40)
    curve = way**2 * (3.0 - 2.0 * way)
    ends = zip(LINKS, _ends(usual, now, places, 0), _ends(usual, now, places, 1), strict=True)
    for (buyer, seller), (left, right), (left_below, right_below) in ends:
        top, bottom = places[buyer].bottom, places[seller].top
        colour, alpha = (look.ORANGE, 0.45) if buyer == OEMS[0] else (look.PALE, 0.5)
        axes.fill_betweenx(top + (bottom - top) * way, left + (left_below - left) * curve,
                           right + (right_below - right) * curve, linewidth=0.0, color=colour, alpha=alpha)  # fmt: skip


def _ends(usual: pd.Series, now: pd.Series, places: dict[str, Cell], side: int) -> npt.NDArray[np.float64]:
    """From where to where a link touches its buyer (side 0) or seller (1), float64[links, 2]; each keeps its place."""
    groups = usual.groupby(level=side)
    whole = np.maximum(groups.transform("sum").to_numpy(np.float64), 1e-12)
    before = (groups.cumsum() - usual).to_numpy(np.float64) / whole
    left, wide = np.array([(cell.left, cell.right - cell.left) for cell in (places[link[side]] for link in LINKS)]).T
    start = left + wide * before
    return np.column_stack([start, start + wide * np.minimum(now.to_numpy(np.float64) / whole, 1.0)])


def _key(axes: Axes, dots: _Dots, lang: str) -> None:
    """What colours mean, and how many firms a dot is, in a line above all panels."""
    axes.set_axis_off()
    for state, tone in TONES.items():
        axes.plot([], [], "o", color=tone, markersize=6.0, label=label(f"state_{state}", lang))
    axes.plot(
        [], [], " ", label=label("network_dot" if dots.per_dot == 1 else "network_dots", lang, firms=dots.per_dot)
    )
    axes.legend(loc="center left", ncols=len(TONES) + 1, frameon=False, borderpad=0.0, borderaxespad=0.0)


def _changes(axes: Axes, data: pd.DataFrame, told: Told, lang: str) -> None:
    """Changes of the share in distress over the year after, by exposure."""
    policy_rows(axes, told, lang)
    cells = data[data["measure"] == "distress_year"]
    grid(axes, cells.assign(column=cells["who"], level=cells["mean"]), WHO, told, good=-1, half=True)
    heads(axes, [label(f"exposure_{who}", lang) for who in WHO], size=8.5)
    axes.axvline(len(EXPOSURES) - 0.5, color=look.GREY, linewidth=0.8)
    title = "panel_network_change" if told.compared else "panel_network_law"
    axes.set_title(label(title, lang, months=f"{cells['month'].max():g}"), size=9.5, pad=8.0)
