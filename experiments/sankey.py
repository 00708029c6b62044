"""Draws the tables of `experiments.financing`: bands from creditors over instruments to debtors, and their changes."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from experiments import style as look
from experiments.charts import ChartMeta
from experiments.financing import CREDITOR, DEBTOR, SHOWN
from experiments.labels import label
from experiments.money import STOCK, in_unit
from experiments.pairs import BASELINE
from experiments.policies_told import Told
from experiments.policy_panels import grid, heads, policy_rows, rows_needed

TONES: Final[dict[str, str]] = dict(
    zip(
        SHOWN,
        (look.ORANGE, look.YELLOW, look.BLUE, look.VERMILLION, look.PURPLE, look.PALE, look.GREY, look.SKY),
        strict=True,
    )
)
# From the top down.
CREDITORS: Final = ("supplier", "oem", "bank", "carrier", "informal", "outside", "treasury", "central_bank")
DEBTORS: Final = ("outside", "oem", "supplier", "informal", "bank")
SIZE: Final = 9.5  # points
PICTURE_ROWS: Final = 13  # rows of a grid that are as tall as the bands above it
_NODE: Final = 0.012  # half the width of a creditor's or debtor's bar, of the panel's width
_BOX: Final = 0.105  # half the width of an instrument's box
_PLACES: Final = (0.19, 0.5, 0.81)  # of the three columns
_GAP: Final = 0.35  # between two nodes, in lines of text
_ABOVE, _BESIDE = 20.0, 6.0  # points


class Node(NamedTuple):
    """Where a bar stands: its middle and its height, as parts of the panel."""

    middle: float
    height: float


def draw_flows(data: pd.DataFrame, meta: ChartMeta, figure: Figure) -> None:
    """Bands under one policy."""
    bands(figure.subplots(), data, meta.lang)


def bands(axes: Axes, data: pd.DataFrame, lang: str) -> None:
    """Creditors at the left, instruments between, debtors at the right; heights are amounts."""
    axes.set_axis_off()
    axes.set_xlim(0.0, 1.0)
    axes.set_ylim(1.0, 0.0)
    axes.set_title(label("panel_flows", lang), pad=_ABOVE)
    data = in_unit(data, STOCK[lang][0])
    if data.empty:
        axes.text(0.5, 0.5, label("no_value", lang), ha="center", size=SIZE)
        return
    figure = axes.get_figure(root=True)
    assert figure is not None
    figure.draw_without_rendering()  # settles the panel's height, which the room for names needs
    line = 1.25 * SIZE / (axes.get_window_extent().height / figure.dpi * 72.0)
    lent, owed = (_amounts(data[data["side"] == side], order) for side, order in
                  ((CREDITOR, CREDITORS), (DEBTOR, DEBTORS)))  # fmt: skip
    columns = [
        lent.groupby("sector", sort=False)["mean"].sum(),
        _totals(lent, owed),
        owed.groupby("sector", sort=False)["mean"].sum(),
    ]
    nodes = _placed(columns, line)
    for table, left in ((lent, True), (owed, False)):
        _links(axes, table, nodes[0 if left else 2], nodes[1], left, line)
    for place, column, amounts in zip(_PLACES, nodes, columns, strict=True):
        for name, node in column.items():
            _bar(axes, place, str(name), node, amounts[name], line, lang)
    for place, key in zip(_PLACES, ("flows_creditors", "flows_instruments", "flows_debtors"), strict=True):
        axes.text(place, 0.0, label(key, lang), ha="center", va="bottom", size=look.SMALL, color=look.GREY)


def _amounts(rows: pd.DataFrame, order: tuple[str, ...]) -> pd.DataFrame:
    """Rows from the top down: sectors in their order, within them instruments in theirs."""
    ranks = rows.assign(first=rows["sector"].map(order.index), second=rows["instrument"].map(SHOWN.index))
    return ranks.sort_values(["first", "second"])


def _totals(lent: pd.DataFrame, owed: pd.DataFrame) -> pd.Series:
    """Of each instrument the larger of both sides; they differ by what no replication rounds away, or not at all."""
    sides = [side.groupby("instrument")["mean"].sum() for side in (lent, owed)]
    total = pd.concat(sides, axis=1).max(axis=1)
    return total.reindex([name for name in SHOWN if name in total.index])


def _placed(columns: list[pd.Series], line: float) -> list[dict[str, Node]]:
    """Every column's nodes, all to one scale; a node has at least the room of a line of text."""
    low, high = 0.0, 1.0 / max(float(amounts.sum()) for amounts in columns)
    for _ in range(40):
        scale = (low + high) / 2.0
        if max(_length(amounts, scale, line) for amounts in columns) > 1.0:
            high = scale
        else:
            low = scale
    placed = []
    for amounts in columns:
        free = 1.0 - _length(amounts, low, line)
        gap = _GAP * line + free / max(len(amounts), 1)
        edge, column = 0.0, {}
        for name, amount in amounts.items():
            room = max(low * amount, line) + gap
            column[str(name)] = Node(edge + room / 2.0, low * amount)
            edge += room
        placed.append(column)
    return placed


def _length(amounts: pd.Series, scale: float, line: float) -> float:
    return float((np.maximum(scale * amounts, line) + _GAP * line).sum())


def _links(axes: Axes, table: pd.DataFrame, outer: Mapping[str, Node], inner: Mapping[str, Node], left: bool,
           line: float) -> None:  # fmt: skip
    """Bands between one side's bars and the instruments' boxes, each with its amount where there is room."""
    scale = max(node.height for node in outer.values()) / table.groupby("sector")["mean"].sum().max()
    used_outer = {name: node.middle - node.height / 2.0 for name, node in outer.items()}
    used_inner = {name: node.middle - node.height / 2.0 for name, node in inner.items()}
    ends = (_PLACES[0] + _NODE, _PLACES[1] - _BOX) if left else (_PLACES[2] - _NODE, _PLACES[1] + _BOX)
    way = np.linspace(0.0, 1.0, 60)
    curve = way**2 * (3.0 - 2.0 * way)
    for row in table.to_dict("records"):
        height = scale * row["mean"]
        start, end = used_outer[row["sector"]], used_inner[row["instrument"]]
        used_outer[row["sector"]] += height
        used_inner[row["instrument"]] += height
        top = start + (end - start) * curve
        axes.fill_between(ends[0] + (ends[1] - ends[0]) * way, top, top + height, color=TONES[row["instrument"]],
                          alpha=0.5, linewidth=0.4)  # fmt: skip
        if height > 0.9 * line:
            _beside(axes, ends[1], end + height / 2.0, look.amount(row["mean"]), left, look.SMALL)


def _bar(axes: Axes, place: float, name: str, node: Node, amount: float, line: float, lang: str) -> None:
    """A node with its name and amount: inside for an instrument, outside for a sector."""
    left, inside = place < _PLACES[1], place == _PLACES[1]
    half, tone = (_BOX, TONES[name]) if inside else (_NODE, look.GREY)
    edge = node.middle - node.height / 2.0
    axes.add_patch(Rectangle((place - half, edge), 2.0 * half, node.height, facecolor=tone, linewidth=0))
    who = "customers" if name == "outside" and not left else name
    words = label(f"instrument_{name}" if inside else f"flows_{who}", lang)
    text = label("flows_node", lang, name=words, amount=look.amount(amount))
    if inside:
        ground = tone if node.height > line else look.WHITE
        font = {"size": SIZE, "color": look.readable_on(ground), "ha": "center", "va": "center_baseline"}
        axes.text(place, node.middle, text, bbox={"facecolor": ground, "edgecolor": "none", "pad": 1.0}, **font)
        return
    _beside(axes, place - half if left else place + half, node.middle, text, left, SIZE)


def _beside(axes: Axes, x: float, y: float, text: str, left: bool, size: float) -> None:
    """Text at the left or at the right of a place."""
    axes.annotate(
        text, (x, y), (-_BESIDE if left else _BESIDE, 0.0), textcoords="offset points", size=size,
        ha="right" if left else "left", va="center_baseline",
    )  # fmt: skip


def draw_changes(data: pd.DataFrame, told: Told, figure: Figure, lang: str) -> None:
    """Bands under current law, and below them what each policy changes, a column a band."""
    factor, digits = STOCK[lang]
    above, below = figure.subplots(2, 1, height_ratios=(PICTURE_ROWS, rows_needed(data, told) + 2))
    columns = _columns(data)
    policy_rows(below, told, lang)
    cells = data.assign(column=data["side"] + ":" + data["instrument"] + ":" + data["sector"], level=data["mean"])
    cells = in_unit(cells, factor).assign(level=cells["level"] * factor)
    grid(below, cells, [":".join(column) for column in columns], told, good=0, size=8.0, digits=digits,
         level_digits=digits)  # fmt: skip
    heads(below, [label(f"short_{sector}", lang) for *_, sector in columns], size=8.0)
    _groups(below, columns, lang)
    below.set_title(label("panel_flow_changes", lang), pad=34.0)
    bands(above, data[data["policy"] == BASELINE], lang)  # last, as it needs the panel's final size


def rows_of_changes(data: pd.DataFrame, told: Told) -> int:
    """Rows that make a page as tall as the bands and the changes below them."""
    return PICTURE_ROWS + rows_needed(data, told)


def _columns(data: pd.DataFrame) -> list[tuple[str, str, str]]:
    """All bands on the creditors' side; on the debtors' those of instruments that several owe by."""
    keys = data[["side", "instrument", "sector"]].drop_duplicates()
    owed = keys[keys["side"] == DEBTOR].groupby("instrument")["sector"].transform("size") > 1
    shown = keys[(keys["side"] == CREDITOR) | owed.reindex(keys.index, fill_value=False)]
    return list(shown.itertuples(index=False, name=None))


def _groups(axes: Axes, columns: list[tuple[str, str, str]], lang: str) -> None:
    """Names of instruments above the names of sectors, and lines between them."""
    edges = [
        0,
        *(place for place, (one, other) in enumerate(pairwise(columns), start=1) if one[:2] != other[:2]),
        len(columns),
    ]
    for start, end in pairwise(edges):
        side, instrument, _ = columns[start]
        name = label(f"head_{instrument}", lang)
        axes.annotate(
            name if side == CREDITOR else label("head_owed", lang, name=name),
            ((start + end - 1) / 2.0, 1.0), (0.0, 18.0), xycoords=("data", "axes fraction"),
            textcoords="offset points", ha="center", va="bottom", size=8.0, color=look.GREY,
        )  # fmt: skip
        if start:
            strong = columns[start - 1][0] != side
            axes.axvline(start - 0.5, color=look.BLACK if strong else look.PALE, linewidth=0.9)
