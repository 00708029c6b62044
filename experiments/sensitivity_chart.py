"""The chart of sensitivity indices: bars by parameter, a panel for current law's level and for each policy's effect."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments import style as look
from experiments.headline import Measure, number
from experiments.hinges import BEYOND
from experiments.indices import MAIN
from experiments.labels import label
from experiments.pairs import BASELINE
from experiments.parameter_names import axis_name, span_text
from experiments.policy_panels import FAINT, at_right, mixed
from experiments.quantities import level_of, name_of, shown_in, unit_of
from experiments.sensitivity import Sensitivity
from experiments.sensitivity_told import index_text, index_words, order_of

MOST_AXES: Final = 12
MOST_PANELS: Final = 4
_NAME: Final = {"en": 26, "zh": 14}  # characters of a name in a line
_REACH: Final = 1.5  # of the longest bar that whiskers may take; the text beside has them in full


def bars_data(found: Sensitivity, measure: Measure, kind: str) -> pd.DataFrame:
    """A row an axis and policy, `baseline` for the level under current law: what stands on the chart and how sure.

    Columns policy, axis, range, index, conf, more (Morris' σ or Sobol's first order), floor, told, mean, unit, method,
    units, planned, replications. `index` and `more` are in `unit` (Morris) or shares of variance (Sobol).
    """
    rows = found.indices
    rows = rows[(rows["indicator"] == measure.indicator) & (rows["group"] == measure.group) & (rows["design"] == kind)]
    main = rows["method"].map(MAIN)
    pick = [(row[name], row[f"{name}_conf"], row["sigma" if row["method"] == "morris" else "first"])
            for row, name in zip(rows.to_dict("records"), main, strict=True)]  # fmt: skip
    table = rows[["policy", "axis", "range", "told", "mean", "unit", "method", "units", "planned", "replications"]]
    return table.assign(
        index=[index for index, _, _ in pick], conf=[conf for _, conf, _ in pick], more=[more for *_, more in pick],
        floor=rows["noise_floor"],
    ).reset_index(drop=True)  # fmt: skip


def bars_finding(data: pd.DataFrame, found: Sensitivity, measure: Measure, lang: str) -> str:
    """The axis with which the first policy's effect moves most, if that can be told from luck."""
    name = name_of(measure, lang)
    effects = data[data["policy"] != BASELINE]
    for _, rows in (effects if len(effects) else data).groupby("policy", sort=False):
        told = rows[rows["told"] == BEYOND]
        if len(told):
            first = told.iloc[int(told["index"].argmax())]
            index = index_words(str(first["method"]), float(first["index"]), measure, lang)
            form = "sensitivity_finding" if len(effects) else "sensitivity_finding_level"
            policy = found.name(str(first["policy"]), lang)
            axis = axis_name(str(first["axis"]), lang)
            return label(form, lang, measure=name, policy=policy, axis=axis, index=index)
    known = data["floor"].notna().any()
    return label("sensitivity_finding_luck" if known else "sensitivity_finding_unknown", lang, measure=name)


def draw_bars(data: pd.DataFrame, found: Sensitivity, measure: Measure, figure: Figure, lang: str) -> None:
    """A panel for current law's level and for each policy's effect, as many as there is room for; axes as rows."""
    shown = _shown(data)
    shared = set(data["policy"]) & {BASELINE} != set()  # the axes are one design's: else each policy has its own
    axes_of = order_of(data)[:MOST_AXES] if shared else None
    panels = figure.subplots(1, len(shown), squeeze=False)[0]
    for panel, policy in zip(panels, shown, strict=True):
        own = data[data["policy"] == policy].set_index("axis")
        order = axes_of or order_of(own.reset_index())[:MOST_AXES]
        rows = np.arange(len(order), dtype=float)
        names = [_axis_label(axis, str(own.loc[axis, "range"]), lang) for axis in order]
        look.bare_rows(panel, rows, names if panel is panels[0] or not shared else [""] * len(order))
        panel.tick_params(axis="y", labelsize=8.5)
        _bars(panel, own.loc[order], rows, measure, lang)
        panel.set_title(_heading(own, policy, found, measure, lang), linespacing=1.35)
        method = str(data["method"].iloc[0])
        scale = label(f"axis_{MAIN[method]}", lang, unit=unit_of(measure, lang))
        panel.set_xlabel("\n".join(look.lines_of(scale, _NAME[lang])), size=8.5)
        look.plain_ticks(panel, 4, shown_in(measure, lang)[0] if method == "morris" else 1.0)


def _shown(data: pd.DataFrame) -> list[str]:
    """Policies with a panel: current law, then those with an index beyond luck, as the title names one of these."""
    told = data.assign(told=data["told"] == BEYOND).groupby("policy", sort=False)["told"].any()
    return sorted(told.index, key=lambda policy: (policy != BASELINE, not told[policy]))[:MOST_PANELS]


def _bars(panel: Axes, table: pd.DataFrame, rows: np.ndarray, measure: Measure, lang: str) -> None:
    """Bars with whiskers; σ as a hollow dot, or the first order as a dark bar inside; the size luck has as a line."""
    morris = table["method"].iloc[0] == "morris"
    for row, (_, line) in zip(rows, table.iterrows(), strict=True):
        sure = line["told"] == BEYOND
        strong = look.BLUE if sure else FAINT
        panel.barh(row, line["index"], 0.5, color=mixed(strong, 0.75 if morris else 0.35))
        if morris:
            panel.plot(line["more"], row, "o", color=strong, markerfacecolor=look.WHITE, markersize=6.0, zorder=4)
        else:
            panel.barh(row, max(line["more"], 0.0), 0.22, color=strong)
        whiskers: dict[str, Any] = {"color": look.BLACK, "elinewidth": 1.1, "capsize": 2.5, "fmt": "none"}
        panel.errorbar(line["index"], row, xerr=line["conf"], zorder=3, **whiskers)
        index, conf = (index_text(str(line["method"]), line[name], measure, lang) for name in ("index", "conf"))
        at_right(panel, row, f"{index} ± {conf}", 8.0, sure)
    panel.axvline(0.0, color=look.BLACK, linewidth=0.9)
    floor = float(table["floor"].iloc[0])
    if np.isfinite(floor):
        panel.axvline(floor, color=look.GREY, linewidth=1.1, linestyle=(0, (4, 3)))
    longest = max(float(table[["index", "more"]].max().max()), floor if np.isfinite(floor) else 0.0, 1e-9)
    low, high = (float(ends.min()), float(ends.max())) if len(ends := _ends(table)) else (0.0, longest)
    right = max(longest, min(high, _REACH * longest))
    panel.set_xlim(min(0.0, max(low, (1.0 - _REACH) * longest)) * 1.06, right * 1.06)


def _ends(table: pd.DataFrame) -> np.ndarray:
    """Where whiskers end that are known."""
    ends = np.concatenate([table["index"] - table["conf"], table["index"] + table["conf"]])
    return ends[np.isfinite(ends)]


def _axis_label(axis: str, span: str, lang: str) -> str:
    """Name and range below each other, a long name in two lines."""
    return "\n".join([*look.lines_of(axis_name(axis, lang), _NAME[lang]), span_text(span, lang)])


def _heading(table: pd.DataFrame, policy: str, found: Sensitivity, measure: Measure, lang: str) -> str:
    """What the panel is of, and its mean over the design's points."""
    (factor, digits), mean = shown_in(measure, lang), float(table["mean"].iloc[0])
    if policy == BASELINE:
        shown = level_of(measure, mean, lang)
        title = label("sensitivity_level", lang)
    else:
        gap = "" if lang == "zh" else " "
        shown = f"{number(factor * mean, digits, signed=True)}{gap}{unit_of(measure, lang)}".strip()
        title = label("sensitivity_effect", lang, policy=found.name(policy, lang))
    lines = look.lines_of(title, {"en": 26, "zh": 13}[lang])
    return "\n".join([*lines, label("sensitivity_mean", lang, mean=shown)])
