"""Draws the tables of `experiments.policy_charts`: one thin function a chart; all they show is in the table."""

from __future__ import annotations

import textwrap
from math import ceil
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator

from agents.parameters import SIZES, TIERS
from experiments import policy_charts
from experiments import style as look
from experiments.charts import STAGES, TERMS
from experiments.drawing import TERM_TONES
from experiments.firm_pairs import CELLS
from experiments.headline import number
from experiments.labels import label
from experiments.money import FLOW, STOCK, in_unit
from experiments.naming import Named, name_points
from experiments.pairs import BASELINE
from experiments.policies_told import Told
from experiments.policy_charts import COSTS, GAP_GROUPS, GROSS, LOSS_BEARERS, PAYERS, PER_CENT
from experiments.policy_panels import (
    FAINT,
    at_right,
    by_policy,
    cell_look,
    change_text,
    changes,
    clear,
    grid,
    heads,
    point_names,
    policy_rows,
    stacks,
)
from experiments.ratios import NO_RATIO

BEARER_TONES: Final[dict[str, str]] = dict(
    zip(
        LOSS_BEARERS,
        (look.BLUE, look.ORANGE, look.GREEN, "#7CCBB5", "#CDEAE1", look.PURPLE, look.SKY, look.VERMILLION, look.GREY,
         look.PALE),
        strict=True,
    )
)  # fmt: skip
HEADING_CHARACTERS: Final = {"en": 24, "zh": 12}  # of a narrow panel's title in a line
WORLDS_INDENT, SPAN_INDENT = 62.0, 30.0  # points from the first column of figures beside a panel to the second
FEWEST_FIRMS: Final = 5  # in need in a cell, on average; of fewer no share is shown
_KEYED: Final = {"en": 4, "zh": 3}  # parts in a line of a key, clear of the heads beside it
_TURNED, _TWO_LINES = 58.0, 30.0  # points above a panel that heads take, turned and in two lines
_PANELS: Final = ("panel_need", "panel_like")


def draw_cost(data: pd.DataFrame, told: Told, figure: Figure, lang: str) -> None:
    """Changes of the cost of need and of the like-for-like rate, net and gross, with the range over doubt."""
    both = figure.subplots(1, 2)
    for axes, measure, title in zip(both, COSTS, _PANELS, strict=True):
        rows = policy_rows(axes, told, lang, named=axes is both[0])
        net = by_policy(data[data["measure"] == measure], told)
        if measure == COSTS[1]:
            gross = by_policy(data[data["measure"] == GROSS], told)
            differs = ~np.isclose(gross["diff"].to_numpy(np.float64), net["diff"].to_numpy(np.float64), atol=0.05)
            changes(axes, gross[differs], rows[differs], look.ORANGE, shift=0.24, filled=False)
            if np.isfinite(gross.loc[differs, "diff"].to_numpy(np.float64)).any():
                _net_and_gross(axes, look.ORANGE if clear(gross[differs]).any() else FAINT, lang)
        changes(axes, net, rows, look.BLUE)
        axes.axvline(0.0, color=look.BLACK, linewidth=0.9)
        axes.plot(0.0, 0.0, "s", color=look.BLACK, markersize=6.0)
        _texts_at_right(axes, net, rows, lang)
        axes.use_sticky_edges = False  # they would hold the panel's edge where a pale bar starts
        axes.margins(x=0.07)
        axes.set_title(label(title, lang), pad=24.0)
        axes.set_xlabel(label("axis_change_bp", lang))
        axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))


def _net_and_gross(axes: Axes, gross: str, lang: str) -> None:
    for colour, face, name in ((look.BLUE, look.BLUE, "key_net"), (gross, look.WHITE, "key_gross")):
        axes.plot([], [], "o", color=colour, markerfacecolor=face, markersize=5.5, label=label(name, lang))
    look.key(axes, 2)


def _texts_at_right(axes: Axes, table: pd.DataFrame, rows: np.ndarray, lang: str) -> None:
    """Beside the panel the level under current law, then each change, and in how many worlds its sign holds."""
    level = table["baseline"].dropna()
    if len(level):
        at_right(axes, rows[0], label("level_of_law", lang, level=level.iloc[0] / PER_CENT), 9.5)
    for row, sure, (_, line) in zip(rows[1:], clear(table)[1:], table.iloc[1:].iterrows(), strict=True):
        text = change_text(line) or label("no_value", lang)
        if sure and line["worlds"] > 0:  # of an effect whose own sign is not known there is none to hold
            worlds = label("worlds_of", lang, same=line["same_sign"], worlds=line["worlds"])
            at_right(axes, row, worlds, indent=WORLDS_INDENT)
        at_right(axes, row, text, sure=sure)


def draw_price(data: pd.DataFrame, told: Told, figure: Figure, lang: str) -> None:
    """The price's terms end to end by policy; at the right each term's change."""
    shown = [term for term in TERMS if (data.loc[data["term"] == term, "mean"].fillna(0.0) != 0.0).any()] or [TERMS[0]]
    left, right = figure.subplots(1, 2, width_ratios=(1.0, 0.9))
    rows = policy_rows(left, told, lang)
    ends = stacks(left, data, "term", {term: TERM_TONES[term] for term in shown}, told, rows, lang)
    total = by_policy(data[data["term"] == "total"], told)
    for row, end, mean in zip(rows, ends, total["mean"], strict=True):
        text = number(mean, 0) if np.isfinite(mean) else label("no_contract", lang)
        look.beside(left, end, row, text, size=10.0)
    left.margins(x=0.12)
    _change_grid(right, data.rename(columns={"term": "column"}), [*shown, "total"], told, lang)
    _titles(left, right, "panel_price", len(shown), lang)


def _titles(left: Axes, right: Axes, title: str, parts: int, lang: str) -> None:
    """Both panels' titles on a line: above the key of the parts in several lines, and above heads that are turned."""
    height = max(8.0 + 17.0 * ceil(parts / _KEYED[lang]), _TURNED)
    left.set_title(label(title, lang), y=1.0, pad=height)
    right.set_title(label(f"{title}_change", lang), y=1.0, pad=height)
    look.key(left, _KEYED[lang])


def _change_grid(axes: Axes, data: pd.DataFrame, columns: list[str], told: Told, lang: str, digits: int = 1) -> None:
    """Changes by column, names turned above; the baseline's row has levels."""
    policy_rows(axes, told, lang, named=False)
    grid(axes, data.assign(level=data["mean"]), columns, told, good=-1, size=8.0, digits=digits, level_digits=digits)
    heads(axes, [label(column, lang) for column in columns], rotation=40.0)


def draw_access(data: pd.DataFrame, told: Told, figure: Figure, lang: str) -> None:
    """How much of need reaches each stage: bars by amount, diamonds by count, current law as a line."""
    panels = figure.subplots(1, len(STAGES) - 1, sharex=True)
    for axes, stage in zip(panels, STAGES[1:], strict=True):
        rows = policy_rows(axes, told, lang, named=axes is panels[0])
        table = data[data["stage"] == stage]
        amounts = by_policy(table[table["measure"] == "amount"], told)
        counts = by_policy(table[table["measure"] == "count"], told)
        looks = [cell_look(row, good=1, level=np.nan, digits=1) for row in amounts.iloc[1:].to_dict("records")]
        unclear = ~clear(amounts)[1:]
        tones = [look.GREY, *np.where(unclear, look.PALE, [tone for _, tone, _ in looks])]
        axes.barh(rows, amounts["mean"].fillna(0.0), 0.56, color=tones)
        axes.barh(np.nan, np.nan, color=look.BLUE, label=label("key_amount", lang))
        axes.plot(counts["mean"], rows + 0.36, "D", color=look.BLACK, markersize=3.5, label=label("key_count", lang))
        law = amounts["mean"].iloc[0]
        if np.isfinite(law):
            axes.axvline(law, color=look.GREY, linewidth=0.9, linestyle=(0, (4, 3)))
        for row, sure, (_, line) in zip(rows, clear(amounts), amounts.iterrows(), strict=True):
            if np.isfinite(line["mean"]):
                ink = look.readable_on(tones[int(row)])
                axes.text(4.0, row, number(line["mean"]), va="center_baseline", size=8.0, color=ink)
            at_right(axes, row, change_text(line), 8.0, sure)
        title = label(stage, lang)
        axes.set_title(title[0].upper() + title[1:], pad=22.0)
        axes.set_xlim(0.0, 100.0)
        axes.set_xlabel(label("axis_share_of_need", lang))
        axes.xaxis.set_major_locator(MaxNLocator(2))
    look.key(panels[0], 2)


def draw_gap(data: pd.DataFrame, told: Told, figure: Figure, lang: str) -> None:
    """Changes of the gap by size and by tier, and its levels under current law."""
    axes = figure.subplots()
    policy_rows(axes, told, lang)
    table = data[data["measure"] == "share"].rename(columns={"group": "column"})
    grid(axes, table.assign(level=table["mean"]), GAP_GROUPS, told, good=-1, size=9.0, half=True)
    heads(axes, [label(group, lang) for group in GAP_GROUPS], size=9.5)
    for edge in (0.5, 0.5 + len(SIZES)):
        axes.axvline(edge, color=look.GREY, linewidth=0.8)
    axes.set_title(label("panel_gap", lang), pad=10.0)


def draw_value(data: pd.DataFrame, told: Told, figure: Figure, lang: str) -> None:
    """Extra credit against public cost, and both effects for each 100m yuan."""
    cloud, credit, cost = figure.subplots(1, 3, width_ratios=(1.5, 0.6, 0.6))
    too_cheap = policy_charts.too_cheap_to_scale(data)
    factor, digits = STOCK[lang]  # of the yearly cost too: a chart has one unit of money
    data = in_unit(data, factor)
    names = _scatter(cloud, data, told, lang)
    saves = by_policy(data[data["measure"] == "public_cost"], told)["diff"] < 0.0
    for axes, measure, title, shown in (
        (credit, "credit_per_public_cost", "panel_per_100m", digits),
        (cost, "cost_of_need_per_public_cost", "panel_bp_per_100m", 1),
    ):
        rows = policy_rows(axes, told, lang, named=axes is credit, numbered=True)
        table = by_policy(data[data["measure"] == measure], told)
        table["scalable"] = [policy not in too_cheap for policy in told.policies]
        _ratios(axes, table, rows, saves.to_numpy(), shown, lang)
        axes.set_title("\n".join(look.lines_of(label(title, lang), HEADING_CHARACTERS[lang])), linespacing=1.25)
    name_points(cloud, names)  # last, as it needs the panel's final size


def _ratios(axes: Axes, table: pd.DataFrame, rows: np.ndarray, saves: np.ndarray, digits: int, lang: str) -> None:
    """Ratios as dots with Fieller intervals, hollow where the public purse saves; both in figures beside the panel."""
    sure = ((table["diff_low"] > 0.0) | (table["diff_high"] < 0.0)).to_numpy()
    for row, known, hollow, (_, line) in zip(rows[1:], sure[1:], saves[1:], table.iloc[1:].iterrows(), strict=True):
        if not np.isfinite(line["diff"]):
            text = label("not_defined" if line["verdict"] == NO_RATIO else "no_value", lang)
            at_right(axes, row, text, 8.0, sure=False)
            continue
        if not line["scalable"]:
            at_right(axes, row, label("too_cheap", lang), 8.0, sure=False)
            continue
        tone = look.BLUE if known else FAINT
        low, middle, high = (line[name] for name in ("diff_low", "diff", "diff_high"))
        axes.plot([low, high], [row, row], color=tone, linewidth=1.3)
        axes.plot(middle, row, "o", color=tone, markerfacecolor=look.WHITE if hollow else tone, markersize=5.5)
        at_right(axes, row, number(middle, digits), 8.0, known)
        ends = {"low": number(low, digits), "high": number(high, digits)}
        at_right(axes, row, label("span", lang, **ends), 8.0, known, indent=SPAN_INDENT)
    axes.axvline(0.0, color=look.BLACK, linewidth=0.9)
    axes.margins(x=0.15)
    look.plain_ticks(axes, 3)
    if table["diff"].isna().all():
        axes.xaxis.set_major_locator(NullLocator())


def _scatter(axes: Axes, data: pd.DataFrame, told: Told, lang: str) -> list[Named]:
    """A cross a policy; current law sits where both changes are 0. What is to be named where, and the crosses."""
    x, y = (by_policy(data[data["measure"] == name], told) for name in ("public_cost", "credit_in_use"))
    axes.grid(True)
    axes.axhline(0.0, color=look.GREY, linewidth=0.8)
    axes.axvline(0.0, color=look.GREY, linewidth=0.8)
    axes.plot(0.0, 0.0, "s", color=look.BLACK, markersize=7.0)
    names = point_names(told, lang)
    named = [Named(0.0, 0.0, 0.0, 0.0, names[BASELINE], look.BLACK)]
    for place, policy in enumerate(told.compared, start=1):
        across, up = (float(side["diff"].iloc[place]) for side in (x, y))
        if not (np.isfinite(across) and np.isfinite(up)):
            continue
        tone = look.BLUE if clear(x)[place] and clear(y)[place] else FAINT
        half_x, half_y = (float(np.nan_to_num(side["diff_high"].iloc[place] - side["diff"].iloc[place]))
                          for side in (x, y))  # fmt: skip
        cross: dict[str, Any] = {"color": tone, "elinewidth": 1.1, "capsize": 2.0, "markersize": 6.5}
        axes.errorbar(across, up, xerr=half_x, yerr=half_y, fmt="o", **cross)
        ink = look.BLACK if tone != FAINT else look.GREY
        named.append(Named(across, up, half_x, half_y, names[policy], ink))
    axes.margins(0.24, 0.1)  # room for names left of the points
    axes.set_title(label("panel_scatter", lang))
    axes.set_xlabel(label("axis_public_cost_stock", lang))
    axes.set_ylabel(label("axis_credit", lang))
    for axis, effects in ((axes.xaxis, x), (axes.yaxis, y)):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}".replace("-", "−")))
        if effects["diff"].isna().all():
            axis.set_major_locator(NullLocator())
    return named


def draw_losses(data: pd.DataFrame, told: Told, figure: Figure, lang: str) -> None:
    """Losses by who bears them, end to end; at the right each bearer's change."""
    factor, digits = FLOW[lang]
    data = in_unit(data, factor)
    shown = [b for b in LOSS_BEARERS if (data.loc[data["bearer"] == b, "mean"].fillna(0.0) != 0.0).any()]
    shown = shown or [LOSS_BEARERS[0]]
    left, right = figure.subplots(1, 2, width_ratios=(1.0, 1.0))
    rows = policy_rows(left, told, lang)
    ends = stacks(left, data, "bearer", {bearer: BEARER_TONES[bearer] for bearer in shown}, told, rows, lang)
    total = by_policy(data[data["bearer"] == "total"], told)
    for row, end, mean in zip(rows, ends, total["mean"], strict=True):
        look.beside(left, end, row, number(mean, 0) if np.isfinite(mean) else label("no_value", lang), size=10.0)
    left.margins(x=0.12)
    _change_grid(right, data.rename(columns={"bearer": "column"}), [*shown, "total"], told, lang, digits)
    _titles(left, right, "panel_losses", len(shown), lang)


def draw_gains(data: pd.DataFrame, told: Told, figure: Figure, lang: str) -> None:
    """Which firms gain on balance, by size × tier, and who pays."""
    factor, digits = FLOW[lang]
    data = in_unit(data, factor)
    firms, payers = figure.subplots(1, 2, width_ratios=(len(CELLS), 1.25 * len(PAYERS)))
    policy_rows(firms, told, lang)
    table = data[data["panel"] == "firms"].rename(columns={"who": "column"})
    cells = table[table["measure"] == "net"].assign(level=np.nan)
    in_need = table[table["measure"] == "in_need"].drop_duplicates("column").assign(policy=BASELINE)
    first_row = in_need.assign(level=in_need["mean"])
    many = set(in_need.loc[in_need["mean"] >= FEWEST_FIRMS, "column"])
    shown = pd.concat([first_row, cells[cells["column"].isin(many)]])
    grid(firms, shown, CELLS, told, good=1, size=8.0, level_digits=0)
    names = [label(f"tier_{cell.rsplit('_', 1)[1]}", lang) for cell in CELLS]
    heads(firms, names, size=8.0)
    for position, size in enumerate(SIZES):
        edge = (position + 1) * len(TIERS) - 0.5
        if position < len(SIZES) - 1:
            firms.axvline(edge, color=look.GREY, linewidth=0.8)
        middle = {"ha": "center", "va": "top", "size": 9.5, "color": look.BLACK}
        below: dict[str, Any] = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points", **middle}
        firms.annotate(label(size, lang), (edge - 1.5, 0.0), (0, -4), **below)
    firms.set_title(label("panel_firms", lang), y=1.0, pad=_TWO_LINES)
    policy_rows(payers, told, lang, named=False)
    costs = data[data["panel"] == "payers"].rename(columns={"who": "column"})
    grid(payers, costs.assign(level=costs["mean"]), list(PAYERS), told, good=-1, size=8.0, digits=digits,
         level_digits=digits)  # fmt: skip
    heads(payers, ["\n".join(textwrap.wrap(label(payer, lang), 10)) for payer in PAYERS], size=7.5)
    payers.set_title(label("panel_payers", lang), y=1.0, pad=_TWO_LINES)
