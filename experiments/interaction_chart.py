"""The map of interactions: each lever switch's own effect on the diagonal, every two switches' interaction below it."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from experiments import style as look
from experiments.headline import Measure, mark, number
from experiments.labels import LANGUAGES, label
from experiments.policy_panels import FAINT, clear, mixed
from experiments.quantities import level_of, name_of, shown_in, unit_of
from experiments.sensitivity import Sensitivity

_CHARACTERS: Final = {"en": 30, "zh": 16}  # of a switch's name in a line


def map_data(found: Sensitivity, measure: Measure, policy: str) -> pd.DataFrame:
    """Rows of one grid and measure, columns of `Sensitivity.maps`; a switch with itself is its own effect."""
    rows = found.maps
    chosen = (rows["indicator"] == measure.indicator) & (rows["group"] == measure.group) & (rows["policy"] == policy)
    return rows[chosen].reset_index(drop=True)


def map_finding(data: pd.DataFrame, found: Sensitivity, measure: Measure, lang: str) -> str:
    """The largest interaction that can be told apart from 0, all pairs considered."""
    policy = found.name(str(data["policy"].iloc[0]), lang)
    pairs = data[data["first"] != data["second"]]
    sure = pairs[clear(pairs.assign(verdict=pairs["verdict_holm"]))]
    if sure.empty:
        return label("interactions_none", lang, measure=name_of(measure, lang), policy=policy, n=int(data["n"].max()))
    largest = sure.iloc[int(sure["effect"].abs().argmax())]
    names = _switch_names(found, str(largest["policy"]), lang)
    factor, digits = shown_in(measure, lang)
    size = number(factor * largest["effect"], digits, signed=True)
    return label(
        "interactions_finding", lang, one=names[largest["first"]], other=names[largest["second"]],
        measure=name_of(measure, lang), size=size, unit=unit_of(measure, lang),
    )  # fmt: skip


def draw_map(data: pd.DataFrame, found: Sensitivity, measure: Measure, figure: Figure, lang: str) -> None:
    """A triangle of cells: own effects on the diagonal, interactions below; blue is down, orange is up."""
    axes = figure.subplots()
    names = _switch_names(found, str(data["policy"].iloc[0]), lang)
    place = {name: number for number, name in enumerate(names)}
    factor, digits = shown_in(measure, lang)
    cells = data.assign(effect=factor * data["effect"], high=factor * data["high"])
    most = max(float(cells["effect"].abs().max()), 1e-12)
    for row, sure in zip(cells.to_dict("records"), clear(cells), strict=True):
        _cell(axes, row, (place[row["first"]], place[row["second"]]), bool(sure), most, digits)
    _map_axes(axes, ["\n".join(look.lines_of(own, _CHARACTERS[lang])) for own in names.values()])
    parts = [label("interactions_panel", lang, measure=name_of(measure, lang), unit=unit_of(measure, lang))]
    first = data.iloc[0]
    shown = ("law",) if first["law"] == first["off"] else ("law", "off")  # an attribution's are the same runs
    parts += [label(f"interactions_{name}", lang, level=level_of(measure, first[name], lang)) for name in shown]
    axes.set_title(label("separator", lang).join(parts), pad=24.0)


def _cell(axes: Axes, row: dict[Any, Any], place: tuple[int, int], sure: bool, most: float, digits: int) -> None:
    """Tone by size, frame for a switch's own effect; grey where it cannot be told apart from 0."""
    across, down = place
    colour = look.BLUE if row["effect"] < 0.0 else look.ORANGE
    tone = mixed(colour, 0.15 + 0.6 * abs(row["effect"]) / most) if sure else "#F6F6F6"
    frame: dict[str, Any] = {"edgecolor": look.BLACK if across == down else tone, "linewidth": 0.8}
    axes.add_patch(Rectangle((across - 0.47, down - 0.44), 0.94, 0.88, facecolor=tone, **frame))
    half = f"\n± {number(row['high'] - row['effect'], digits)}" if row["high"] > row["effect"] else ""
    text = number(row["effect"], digits, signed=True) + mark(row) + half
    font: dict[str, Any] = {"ha": "center", "va": "center", "size": 9.0, "linespacing": 1.15}
    axes.text(across, down, text, color=look.readable_on(tone) if sure else FAINT, **font)


def _map_axes(axes: Axes, names: list[str]) -> None:
    numbered = [f"{number}  {name}" for number, name in enumerate(names, 1)]
    look.bare_rows(axes, np.arange(len(names), dtype=float), numbered)
    axes.xaxis.tick_top()
    axes.set_xticks(range(len(names)), [str(number) for number in range(1, len(names) + 1)], color=look.BLACK)
    axes.set_xlim(-0.55, len(names) - 0.45)
    axes.tick_params(axis="x", length=0)
    axes.grid(False)
    axes.spines["bottom"].set_visible(False)


def _switch_names(found: Sensitivity, policy: str, lang: str) -> dict[str, str]:
    """Names in a language by those in the table, in order."""
    grid = next(grid for grid in found.switches if grid.policy == policy)
    return {titles[0]: titles[LANGUAGES.index(lang)] for titles in grid.titles}
