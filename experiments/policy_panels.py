"""Parts of the charts by policy: named rows, dots with intervals, stacked bars, grids of changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, log
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.patches import Rectangle

from experiments import style as look
from experiments.headline import mark, number
from experiments.labels import LANGUAGES, label
from experiments.paired import HIGHER, LOWER
from experiments.policies_told import Told

CHARACTERS: Final = {"en": 19, "zh": 11}  # of a policy's name in a line
_DENSE: Final = 1.25  # times as many where rows are many and letters small
Cell = dict[Any, Any]  # a row of a grid's table
FAINT: Final = "#8C8C8C"
MISSING: Final = "–"
NOUGHT: Final = "≈0"  # what is clear and rounds to 0 in as many digits as there is room for
MOST_NAMED: Final = 8  # policies whose names have room beside the points of a scatter
# Under so much a change is pale even where it is clear; colour is full from `FULL` times that. By the table's unit; of
# amounts of money a share of the level under current law.
SMALL: Final = {"bp": 5.0, "pp": 0.5, "% of need": 0.5, "% of firms in need": 5.0, "% of firms": 1.0, "%": 0.1}
SMALL_SHARE, FULL = 0.02, 20.0
_ORDER: Final = 10.0  # amounts smaller than the largest of a grid by more are held against this part of it
_PALE, _WEAKEST, _STRONGEST = 0.14, 0.28, 0.8  # of the colour, the rest is white
COUNTED: Final = 9.95  # from here on a mean count needs no digit; below, 4.7 firms are not five
FEW: Final = 2  # rows that would otherwise be too tall: they stand closer together


def point_names(told: Told, lang: str) -> dict[str, str]:
    """What points of a scatter are called: policies by their names; the many by their numbers, which rows explain."""
    numbered = len(told.compared) > MOST_NAMED
    names = {policy: str(place) if numbered else told.name(policy, lang)
             for place, policy in enumerate(told.compared, start=1)}  # fmt: skip
    return {told.policies[0]: told.name(told.policies[0], lang)} | names


def point_key(axes: Axes, told: Told, lang: str) -> None:
    """The numbers of `point_names` with the policies' names, in a panel of its own."""
    axes.set_axis_off()
    axes.set_xlim(0.0, 1.0)
    axes.set_ylim(len(told.compared) + 0.5, 0.5)
    for place, policy in enumerate(told.compared, start=1):
        lines = look.balanced(told.name(policy, lang), CHARACTERS[lang])
        text = label("numbered", lang, number=place, name="\n     ".join(lines))
        axes.text(0.0, place, text, va="center", size=look.SMALL, linespacing=1.1)


def rows_needed(data: pd.DataFrame, told: Told) -> int:
    """Rows of a page on which every policy's name has the height that its lines take in the longer language."""
    dense = len(told.policies) > look.ROWS
    most = max(len(name_lines(told.name(policy, lang), lang, dense)) for policy in told.policies for lang in LANGUAGES)
    return ceil(len(told.policies) * max(1.0, 0.45 * most))


def rows_of_scatter(data: pd.DataFrame, told: Told) -> int:
    """The same, but no fewer than a scatter of points needs."""
    return max(look.ROWS, rows_needed(data, told))


def name_lines(name: str, lang: str, dense: bool) -> list[str]:
    """A policy's name as lines before its row."""
    line = int(CHARACTERS[lang] * (_DENSE if dense else 1.0))
    parts = name.replace(" + ", " +\n").split("\n")
    return [text for part in parts for text in look.balanced(part, line)]


def policy_rows(axes: Axes, told: Told, lang: str, named: bool = True, numbered: bool = False) -> np.ndarray:
    """Rows of the policies from the top down, the baseline first; a star where levers ran out otherwise than there.

    If `numbered`, names begin with the numbers of `point_names` where points have them.
    """
    rows = np.arange(len(told.policies), dtype=float)
    dense = len(rows) > look.ROWS
    names = []
    for place, policy in enumerate(told.policies):
        name = told.name(policy, lang)
        if numbered and place and len(told.compared) > MOST_NAMED:
            name = label("numbered", lang, number=place, name=name)
        star = "\u00a0*" if place and told.exhausted[policy] else ""
        names.append("\n".join(name_lines(name + star, lang, dense)))
    look.bare_rows(axes, rows, names if named else [""] * len(names))
    for text in axes.get_yticklabels():
        text.set_linespacing(1.05 if dense else 1.25)
        if dense:
            text.set_fontsize(look.SMALL)
    edge = 0.85 if len(rows) <= FEW else 0.6
    axes.set_ylim(rows[-1] + edge, -edge)
    axes.axhline(0.5, color=look.PALE, linewidth=0.8)  # between current law and what is held against it
    return rows


def by_policy(table: pd.DataFrame, told: Told) -> pd.DataFrame:
    """A row a policy in the order of the rows; NaN where there is none."""
    return table.set_index("policy").reindex(index=list(told.policies))


def clear(table: pd.DataFrame) -> np.ndarray:
    """Whether each difference can be told apart from 0."""
    return table["verdict"].isin((HIGHER, LOWER)).to_numpy()


def changes(axes: Axes, table: pd.DataFrame, rows: np.ndarray, colour: str, shift: float = 0.0, filled: bool = True,
            ) -> None:  # fmt: skip
    """Differences as dots with their intervals, pale bars behind for the range over parameter doubt."""
    places = rows + shift
    known = np.isfinite(table["doubt_low"].to_numpy(np.float64))
    if filled and known.any():
        low, high = (table[name].to_numpy(np.float64)[known] for name in ("doubt_low", "doubt_high"))
        axes.barh(places[known], high - low, 0.34, low, color=colour, alpha=0.22, linewidth=0)
    middle = table["diff"].to_numpy(np.float64)
    half = (table["diff_high"] - table["diff"]).to_numpy(np.float64)
    for sure in (True, False):
        these = np.isfinite(middle) & (clear(table) == sure)
        if not these.any():
            continue
        tone = colour if sure else FAINT
        face = tone if filled else look.WHITE
        bars: dict[str, Any] = {"color": tone, "elinewidth": 1.3, "capsize": 2.5, "fmt": "o", "markersize": 5.5}
        axes.errorbar(middle[these], places[these], xerr=np.nan_to_num(half[these]), markerfacecolor=face, **bars)


def change_text(row: Cell | pd.Series, digits: int = 1) -> str:
    """A difference with its sign, half its interval, and what `mark` has to say; empty if it is not known."""
    if not np.isfinite(row["diff"]):
        return ""
    half = row["diff_high"] - row["diff"]
    if np.isfinite(half):
        digits = enough(half, digits)
    text = signed(row, digits)
    return (f"{text} ± {number(half, digits)}" if np.isfinite(half) else text) + mark(row)


def enough(value: float, digits: int) -> int:
    """So many digits that a value is not shown as 0 where it is not: at most two further ones."""
    return next((more for more in (digits, digits + 1) if value == 0.0 or number(value, more) != "0"), digits + 2)


def signed(row: Cell | pd.Series, digits: int) -> str:
    """A difference with its sign; one that can be told apart from 0 is not shown as 0."""
    if row["verdict"] not in (HIGHER, LOWER):
        return number(row["diff"], digits, signed=True)
    text = number(row["diff"], enough(row["diff"], digits), signed=True)
    return NOUGHT if text == "0" else text


def at_right(axes: Axes, row: float, text: str, size: float = 8.5, sure: bool = True, indent: float = 0.0) -> None:
    """Text beside the panel, in a row, `indent` points from where it usually starts; faint if not told apart."""
    axes.annotate(
        text, (1.0, row), (5 + indent, 0), xycoords=("axes fraction", "data"), textcoords="offset points", va="center",
        size=size, color=look.BLACK if sure else FAINT,
    )  # fmt: skip


def stacks(axes: Axes, data: pd.DataFrame, column: str, tones: Mapping[str, str], told: Told, rows: np.ndarray,
           lang: str, hatches: Mapping[str, str] | None = None) -> np.ndarray:  # fmt: skip
    """Bars of parts end to end, negative ones left of 0; numbers where they fit. Where the bars end."""
    parts = {part: by_policy(data[data[column] == part], told)["mean"].to_numpy(np.float64) for part in tones}
    longest = max(float(np.nansum(np.maximum(list(parts.values()), 0.0), axis=0).max()), 1e-9)
    right, left = np.zeros(rows.size), np.zeros(rows.size)
    for part, colour in tones.items():
        values = np.nan_to_num(parts[part])
        look_of_part: dict[str, Any] = {"color": colour, "edgecolor": look.WHITE, "linewidth": 0.6}
        if hatches and part in hatches:
            look_of_part["hatch"] = hatches[part]
        start = np.where(values >= 0.0, right, left)
        bars = axes.barh(rows, values, 0.62, start, label=label(part, lang), **look_of_part)
        texts = [number(value, 0) for value in values]
        texts = [text if abs(value) > max(0.055, 0.0145 * len(text)) * longest else ""
                 for text, value in zip(texts, values, strict=True)]  # fmt: skip
        axes.bar_label(bars, texts, label_type="center", size=8.5, color=look.readable_on(colour))
        right, left = right + np.maximum(values, 0.0), left + np.minimum(values, 0.0)
    axes.axvline(0.0, color=look.GREY, linewidth=0.8)
    return right


def grid(axes: Axes, cells: pd.DataFrame, columns: Sequence[str], told: Told, good: int, size: float = 8.5,
         digits: int = 1, half: bool = False, level_digits: int = 1) -> None:  # fmt: skip
    """A grid of changes, a row a policy: blue where it is for the better, orange where for the worse.

    `cells` has columns policy, column, unit, diff, diff_high, verdict and, for the baseline's row, level. `good` is 1
    if more is better, −1 if less is, and 0 if neither (then all is grey-blue). Unclear cells are white and grey.
    """
    found = {(row["policy"], row["column"]): row for row in cells.to_dict("records")}
    levels = {column: row["level"] for (policy, column), row in found.items() if policy == told.policies[0]}
    largest = max((abs(level) for level in levels.values() if np.isfinite(level)), default=0.0)
    for place, policy in enumerate(told.policies):
        for position, column in enumerate(columns):
            row = found.get((policy, column))
            if place == 0:
                text, tone, ink = _level(row, level_digits), look.WHITE, look.BLACK
            else:
                level = max(abs(np.nan_to_num(levels.get(column, 0.0))), largest / _ORDER)
                text, tone, ink = cell_look(row, good, level, digits, half)
            axes.add_patch(Rectangle((position - 0.48, place - 0.44), 0.96, 0.88, facecolor=tone, linewidth=0))
            axes.text(position, place, text, ha="center", va="center", size=size, color=ink, linespacing=1.15)
    axes.set_xlim(-0.5, len(columns) - 0.5)
    axes.grid(False)
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(axis="x", length=0)


def _level(row: Cell | None, digits: int) -> str:
    if row is None or not np.isfinite(row["level"]):
        return MISSING
    return number(row["level"], digits or int(row["level"] < COUNTED))


def cell_look(row: Cell | None, good: int, level: float, digits: int, half: bool = False) -> tuple[str, str, str]:
    """Text, ground and ink of one change; `level` is what an amount of money is held against."""
    if row is None or not np.isfinite(row["diff"]):
        return MISSING, look.WHITE, FAINT
    text = change_text(row, digits) if half else signed(row, digits) + mark(row)
    if row["verdict"] not in (HIGHER, LOWER):
        return text, "#F6F6F6", FAINT
    colour = look.SKY if good == 0 else look.BLUE if row["diff"] * good > 0.0 else look.VERMILLION
    tone = mixed(colour, depth(row["diff"], row["unit"], level))
    return text, tone, look.readable_on(tone)


def depth(change: float, unit: str, level: float) -> float:
    """How strong the colour of a clear change is, by its order of magnitude: the same size looks alike everywhere."""
    small = SMALL.get(unit, SMALL_SHARE * level)
    if not abs(change) >= small:
        return _PALE
    share = log(abs(change) / small, FULL) if small > 0.0 else 1.0
    return _WEAKEST + (_STRONGEST - _WEAKEST) * min(share, 1.0)


def mixed(colour: str, share: float) -> str:
    """`colour` thinned with white."""
    red, green, blue = (share * channel + 1.0 - share for channel in to_rgb(colour))
    return to_hex((red, green, blue))


def heads(axes: Axes, names: Sequence[str], size: float = 8.5, rotation: float = 0.0) -> None:
    """Names of a grid's columns, above it."""
    turned: dict[str, Any] = {"rotation": rotation, "rotation_mode": "anchor", "ha": "left" if rotation else "center"}
    turned["va"] = "bottom" if any("\n" in name for name in names) else "baseline"
    axes.xaxis.tick_top()
    axes.set_xticks(range(len(names)), list(names), size=size, color=look.BLACK, linespacing=1.1, **turned)
