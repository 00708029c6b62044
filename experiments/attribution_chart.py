"""The chart of a bundle's shares: what each player adds to the change of cost and of access."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from experiments import style as look
from experiments.attributed import SHARED, TOTAL, player_name
from experiments.compare import Comparison
from experiments.headline import STYLES, number
from experiments.labels import label
from experiments.pairs import BASELINE
from experiments.policies_told import Told
from experiments.policy_charts import PER_CENT
from experiments.policy_panels import FAINT, at_right, clear
from experiments.windows import WHOLE

COST, ACCESS = "sme_cost_of_need", "formal_share_of_need"
_PANELS: Final = {COST: ("panel_need", "axis_change_bp"), ACCESS: ("panel_formal", "axis_change_points")}
_CHARACTERS: Final = {"en": 22, "zh": 12}  # of a player's name in a line


def attribution_data(comparison: Comparison) -> pd.DataFrame:
    """Players' shares and the total over the whole window, columns of `attributed` with effects in `unit`."""
    table = comparison.attribution
    parts = []
    for measure in SHARED:
        style = STYLES[measure.style]
        rows = table[(table["window"] == WHOLE) & (table["indicator"] == measure.indicator)].copy()
        rows[["effect", "low", "high", "boot_low", "boot_high"]] *= style.factor
        parts.append(rows.assign(unit=f"{style.unit} a year" if measure.yearly else style.unit))
    return pd.concat(parts, ignore_index=True)


def attribution_finding(data: pd.DataFrame, told: Told, lang: str) -> str:
    """The player with the largest share of the cost's change, if that change and the share can be told apart."""
    rows = data[data["indicator"] == COST]
    if rows.empty:
        return label("attribution_none", lang)
    policy, what = told.name(rows["bundle"].iloc[0], lang), label("noun_cost", lang)
    total = rows[rows["player"] == TOTAL].iloc[0]
    sure = rows[(rows["player"] != TOTAL) & clear(rows) & (rows["share"] > 0.0)]
    if not np.isfinite(total["share"]) or sure.empty:
        return label("attribution_unclear", lang, policy=policy, what=what)
    first = sure.sort_values("share", kind="stable").iloc[-1]
    size = label("size_bp", lang, value=number(total["effect"], signed=True))
    player = player_name(str(first["player"]), str(first["by"]), lang)
    share = number(PER_CENT * first["share"], 0)
    return label("attribution_largest", lang, policy=policy, what=what, size=size, player=player, share=share)


def rows_of_attribution(data: pd.DataFrame, told: Told) -> int:
    """Rows that the chart has: current law, the players, their total."""
    return data["player"].nunique() + 1


def draw_attribution(data: pd.DataFrame, told: Told, figure: Figure, lang: str) -> None:
    """Bars by player with their intervals, current law at 0 above them and the bundle's change below."""
    both = figure.subplots(1, 2)
    for axes, (indicator, (title, unit)) in zip(both, _PANELS.items(), strict=True):
        rows = data[data["indicator"] == indicator]
        _bars(axes, rows, lang, named=axes is both[0])
        axes.set_title(label(title, lang), pad=10.0)
        axes.set_xlabel(label(unit, lang))
        axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))


def _bars(axes: Axes, table: pd.DataFrame, lang: str, named: bool) -> None:
    names = [player_name(str(row["player"]), str(row["by"]), lang) for row in table.to_dict("records")]
    lines = [label(BASELINE, lang), *("\n".join(look.lines_of(name, _CHARACTERS[lang])) for name in names)]
    rows = np.arange(len(lines), dtype=float)
    look.bare_rows(axes, rows, lines if named else [""] * len(lines))
    axes.axvline(0.0, color=look.BLACK, linewidth=0.9)
    axes.plot(0.0, 0.0, "s", color=look.BLACK, markersize=6.0)
    axes.axhline(rows[-1] - 0.5, color=look.PALE, linewidth=0.8)
    whiskers: dict[str, Any] = {"color": look.BLACK, "elinewidth": 1.1, "capsize": 2.5, "fmt": "none"}
    for row, sure, line in zip(rows[1:], clear(table), table.to_dict("records"), strict=True):
        strong = look.SKY if line["player"] == TOTAL else look.BLUE
        axes.barh(row, line["effect"], 0.56, color=strong if sure else look.PALE)
        if np.isfinite(line["boot_low"]):
            ends = [[line["effect"] - line["boot_low"]], [line["boot_high"] - line["effect"]]]
            axes.errorbar(line["effect"], row, xerr=ends, **whiskers)
        text = number(line["effect"], 2 if line["unit"] == "pp" else 1, signed=True)
        if np.isfinite(line["share"]) and line["player"] != TOTAL:
            text = label("share_of_total", lang, text=text, share=number(PER_CENT * line["share"], 0))
        at_right(axes, row, text, sure=bool(sure))
    for place in axes.get_yticklabels():
        place.set_linespacing(1.2)
        place.set_color(look.BLACK if named else FAINT)
    axes.use_sticky_edges = False  # they would cut the square of current law in two
    axes.margins(x=0.08)
