"""The map of interactions: each lever switch's own effect on the diagonal, every two switches' interaction below it."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from experiments import style as look
from experiments.headline import STYLES, Measure, mark, number
from experiments.labels import LANGUAGES, label
from experiments.policy_panels import FAINT, clear, mixed
from experiments.quantities import name_of, unit_of
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
        return label("interactions_none", lang, policy=policy, n=int(data["n"].max()))
    largest = sure.iloc[int(sure["effect"].abs().argmax())]
    names = _switch_names(found, str(largest["policy"]), lang)
    size = number(largest["effect"], STYLES[measure.style].digits, signed=True)
    return label(
        "interactions_finding", lang, policy=policy, one=names[largest["first"]], other=names[largest["second"]],
        measure=name_of(measure, lang), size=size, unit=unit_of(measure, lang),
    )  # fmt: skip


def draw_map(data: pd.DataFrame, found: Sensitivity, measure: Measure, figure: Figure, lang: str) -> None:
    """A triangle of cells: own effects on the diagonal, interactions below; blue is down, orange is up."""
    axes = figure.subplots()
    names = _switch_names(found, str(data["policy"].iloc[0]), lang)
    place = {name: number for number, name in enumerate(names)}
    digits, most = STYLES[measure.style].digits, max(float(data["effect"].abs().max()), 1e-12)
    for row in data.to_dict("records"):
        across, down = place[row["first"]], place[row["second"]]
        sure = bool(clear(pd.DataFrame([row]))[0])
        colour = look.BLUE if row["effect"] < 0.0 else look.ORANGE
        tone = mixed(colour, 0.15 + 0.6 * abs(row["effect"]) / most) if sure else "#F6F6F6"
        edge = look.BLACK if across == down else tone
        axes.add_patch(
            Rectangle((across - 0.47, down - 0.44), 0.94, 0.88, facecolor=tone, edgecolor=edge, linewidth=0.8)
        )
        half = f"\n± {number(row['high'] - row['effect'], digits)}" if np.isfinite(row["high"]) else ""
        text = number(row["effect"], digits, signed=True) + mark(row) + half
        ink = look.readable_on(tone) if sure else FAINT
        axes.text(across, down, text, ha="center", va="center", size=9.0 if len(names) < 6 else 7.5, color=ink,
                  linespacing=1.15)  # fmt: skip
    _map_axes(axes, list(names.values()), lang)
    off = data["off"].iloc[0] / STYLES[measure.style].factor * STYLES[measure.style].level_factor
    level = label("interactions_off", lang, level=number(off, 2), unit=label(STYLES[measure.style].level_unit, lang)
                  if STYLES[measure.style].level_unit else "")  # fmt: skip
    what = label("interactions_panel", lang, measure=name_of(measure, lang), unit=unit_of(measure, lang))
    axes.set_title(f"{what}{label('separator', lang)}{level}", pad=24.0)


def _map_axes(axes: Axes, names: list[str], lang: str) -> None:
    numbered = [
        f"{number}  " + "\n".join(look.lines_of(name, _CHARACTERS[lang])) for number, name in enumerate(names, 1)
    ]
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
