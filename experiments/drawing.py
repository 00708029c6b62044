"""Draws the tables of `experiments.charts`: thin functions, one a chart; all they show is in the table."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from experiments import charts, financing, findings, sankey
from experiments import style as look
from experiments.charts import OEM, REASONS, SIZES, STAGES, TERMS, TIERS, ChartMeta
from experiments.labels import BILLION_IN_UNIT, LANGUAGES, label
from experiments.pictures import Picture, publish

# From near the assembler to far from it and from large to micro: the same four tones.
TONES: Final = (look.GREY, look.BLUE, look.GREEN, look.VERMILLION)
LINE_COLOURS: Final[dict[str, str]] = dict(zip((OEM, *TIERS, *SIZES), TONES * 2, strict=True))
TERM_TONES: Final[dict[str, str]] = dict(
    zip(
        TERMS,
        (look.BLUE, look.SKY, look.VERMILLION, look.ORANGE, look.GREEN, look.YELLOW, look.PALE, look.GREY, look.PURPLE),
        strict=True,
    )
)
FAMILY_COLOURS: Final = {
    "goods_and_plant": look.GREEN,
    "trade_credit": look.ORANGE,
    "loans": look.BLUE,
    "money": look.SKY,
    "other": look.PALE,
    "net_worth": look.WHITE,
}
MONTHS_A_YEAR: Final = 12.0
_LATE: Final = 0.7  # of a panel's width, from which on names stand at the left of what they name
PANELS_OF_SECTORS: Final = {
    "firms": ("oem", "supplier", "informal"),
    "rest": ("bank", "central_bank", "treasury", "outside"),
}


# --- Over time ----------------------------------------------------------------------------------------------


def draw_apr(data: pd.DataFrame, meta: ChartMeta, figure: Figure) -> None:
    """APR by tier and by size, with bands."""
    both = _over_time(data, meta, figure, {"by_tier": TIERS, "by_size": SIZES}, digits=2)
    both[0].set_ylabel(label("axis_apr", meta.lang))


def draw_overdue(data: pd.DataFrame, meta: ChartMeta, figure: Figure) -> None:
    """Overdue share of OEMs and tiers, and by size, with bands."""
    both = _over_time(data, meta, figure, {"by_tier": (OEM, *TIERS), "by_size": SIZES}, digits=1, bottom=0.0)
    both[0].set_ylabel(label("axis_overdue", meta.lang))


def _over_time(
    data: pd.DataFrame,
    meta: ChartMeta,
    figure: Figure,
    panels: dict[str, tuple[str, ...]],
    digits: int,
    bottom: float | None = None,
) -> Sequence[Axes]:
    """Two panels of lines that share the vertical axis; the values at their ends have so many digits."""
    both = figure.subplots(1, 2, sharey=True)
    for axes, (panel, groups) in zip(both, panels.items(), strict=True):
        lines = data[data["panel"] == panel]
        axes.set_title(_panel_title(label(panel, meta.lang), set(lines["group"]), groups, meta.lang))
        axes.grid(axis="y")
        axes.margins(x=0.0)
        for group in groups:
            line, colour = lines[lines["group"] == group], LINE_COLOURS[group]
            axes.plot(line["years"], line["mean"], color=colour, linewidth=1.8)
            axes.fill_between(line["years"], line["low"], line["high"], color=colour, alpha=0.16, linewidth=0)
        axes.set_xlabel(label("axis_years", meta.lang))
        axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    low, high = look.within(data[data["panel"].isin(panels)])
    both[0].set_ylim(bottom if bottom is not None else max(low, 0.0), high)
    for axes, panel in zip(both, panels, strict=True):  # after all lines: a limit once set no longer adapts
        if (data["panel"] == panel).any():
            _shade_burn_in(axes, meta)
            _mark_failures(axes, meta, named=axes is both[0])
    figure.draw_without_rendering()  # settles the panels' height, which the labels at the line ends need
    for axes, (panel, groups) in zip(both, panels.items(), strict=True):
        _name_lines(axes, data[data["panel"] == panel], groups, digits, meta.lang)
    return both


def _panel_title(title: str, shown: set[str], groups: Sequence[str], lang: str) -> str:
    """The title of a panel; it names the groups that have no line."""
    empty = [label(group, lang) for group in groups if group not in shown]
    return title + label("no_data", lang, groups=label("comma", lang).join(empty)) if empty else title


def _shade_burn_in(axes: Axes, meta: ChartMeta) -> None:
    """Grey ground before year 0, where the lines show any of it."""
    start, end = axes.get_xlim()
    if start >= 0.0:
        return
    axes.axvspan(start, min(end, 0.0), color="#F0F0F0", linewidth=0, zorder=0)
    axes.set_xlim(start, end)
    font = {"ha": "left", "va": "top", "size": look.SMALL, "color": look.GREY}
    axes.annotate(label("burn_in", meta.lang), (0, 1), (4, -3), "axes fraction", "offset points", **font)


def _mark_failures(axes: Axes, meta: ChartMeta, named: bool) -> None:
    """A dashed line where a core enterprise fails, named at its top: at its left where its right has no room."""
    start, end = axes.get_xlim()
    for year in (month / MONTHS_A_YEAR for month in meta.failures):
        axes.axvline(year, color=look.GREY, linewidth=1.0, linestyle=(0, (4, 3)))
        if named:
            side, at = ("left", 4) if year - start < _LATE * (end - start) else ("right", -4)
            font = {"ha": side, "va": "top", "size": look.SMALL, "color": look.GREY}
            place, name = ("data", "axes fraction"), label("core_failure", meta.lang)
            axes.annotate(name, (year, 1), (at, -3), place, "offset points", **font)
    axes.set_xlim(start, end)


def _name_lines(axes: Axes, lines: pd.DataFrame, groups: Sequence[str], digits: int, lang: str) -> None:
    """Each line's last value and name beside its end, moved apart where they would touch."""
    ends = lines.sort_values("years").groupby("group")[["years", "mean"]].last().T.to_dict()
    known = [group for group in groups if group in ends]
    if not known:
        axes.set_xticks([])
        return
    bottom, top = axes.get_ylim()
    left, right = axes.get_xlim()
    points = axes.get_window_extent().height / look.DPI * 72.0
    values = [ends[group]["mean"] for group in known]
    places = look.spread(values, 14.0 * (top - bottom) / points, bottom, top)
    for group, value, place in zip(known, values, places, strict=True):
        colour = LINE_COLOURS[group]
        text = label("end_of_line", lang, value=value, digits=digits, name=label(group, lang))
        corner, end = (right + 0.05 * (right - left), place), (ends[group]["years"], value)
        leader = {"arrowstyle": "-", "color": colour, "linewidth": 0.7, "shrinkA": 0, "shrinkB": 0}
        axes.annotate(text, end, corner, va="center", color=colour, annotation_clip=False, arrowprops=leader)


# --- Bars ---------------------------------------------------------------------------------------------------


def draw_price(data: pd.DataFrame, meta: ChartMeta, figure: Figure) -> None:
    """One bar a group of the price terms end to end, negative ones left of 0; the total with its interval."""
    axes = figure.subplots()
    groups = ["sme", *SIZES, *TIERS]
    rows = np.array([0.0, 1.4, 2.4, 3.4, 4.4, 5.8, 6.8, 7.8])
    total = data[data["term"] == "total"].set_index("group").reindex(index=groups)
    right, left = np.zeros(len(groups)), np.zeros(len(groups))  # ends of the terms drawn so far
    shown = [term for term in TERMS if (data.loc[data["term"] == term, "mean"] != 0.0).any()]
    for term in shown:
        colour = TERM_TONES[term]
        means = data[data["term"] == term].set_index("group")["mean"].reindex(index=groups)
        values = means.fillna(0.0).to_numpy()
        segment = {
            "color": colour,
            "edgecolor": look.WHITE,
            "linewidth": 0.6,
            "label": label(term, meta.lang),
        }
        bars = axes.barh(rows, values, 0.66, np.where(values >= 0.0, right, left), **segment)
        room = np.abs(values) > 0.03 * total["mean"].max()
        texts = [f"{value:.0f}".replace("-", "−") if fits else "" for value, fits in zip(values, room, strict=True)]
        axes.bar_label(bars, texts, label_type="center", size=9.0, color=look.readable_on(colour))
        right, left = right + np.maximum(values, 0.0), left + np.minimum(values, 0.0)
    look.interval(axes, total, rows + 0.44, markersize=3.5)  # below the bar, clear of its numbers
    for row, end, (mean, high, n) in zip(rows, right, total[["mean", "high", "n"]].to_numpy(), strict=True):
        if np.isfinite(mean):  # the interval lies below the bar, so the text may stand above it
            half = f" ± {high - mean:.0f}" if np.isfinite(high) else ""
            few = label("so_many_runs", meta.lang, n=int(n)) if n < total["n"].max() else ""
            look.beside(axes, end, row, f"{mean:.0f}{half}{few}", size=11.0)
        else:
            look.beside(axes, 0.0, row, label("no_contract", meta.lang), size=look.SMALL, color=look.GREY)
    look.bare_rows(axes, rows, [label(group, meta.lang) for group in groups])
    axes.axvline(0.0, color=look.GREY, linewidth=0.8)
    longest = max(right.max(), 1.0)
    axes.set_xlim(1.04 * min(left.min(), 0.0), 1.2 * longest)  # an interval of few replications may go beyond
    axes.set_xlabel(label("axis_price", meta.lang))
    axes.set_title(" ", pad=10.0)
    if shown:
        look.key(axes, len(shown))


def draw_funnel(data: pd.DataFrame, meta: ChartMeta, figure: Figure) -> None:
    """Need, asked, offered, accepted and drawn by count and by amount; at the side refusals by reason."""
    lang = meta.lang
    tables = {measure: table.set_index("stage") for measure, table in data.groupby("measure")}
    nothing = data.set_index("stage").iloc[:0]
    panels = figure.subplots(1, 3, width_ratios=(1.0, 1.0, 0.9))
    for axes, measure, unit in zip(panels, ("count", "amount"), (1.0, BILLION_IN_UNIT[lang]), strict=False):
        shares = tables.get(f"{measure}_share", nothing)["mean"].reindex(index=list(STAGES))
        flows = tables.get(measure, nothing)[["mean", "low", "high"]].reindex(index=list(STAGES)) * unit
        texts = [label("share_of_need", lang, amount=look.amount(mean), share=share) if share < 100.0 else ""
                 for mean, share in zip(flows["mean"], shares, strict=True)]  # fmt: skip
        _ranked_bars(axes, flows, texts, lang, look.BLUE)
        axes.set_title(label(f"by_{measure}", lang))
        axes.set_xlabel(label(f"axis_{measure}", lang))
    panels[1].set_yticklabels([])
    refusals = tables.get("refusals", nothing)[["mean", "low", "high"]].reindex(index=list(REASONS))
    refusals = refusals.sort_values(by="mean", ascending=False, kind="stable")
    _ranked_bars(panels[2], refusals, [""] * len(refusals), lang, look.ORANGE)
    panels[2].set_title(label("by_reason", lang))
    panels[2].set_xlabel(label("axis_refusals", lang))


def _ranked_bars(axes: Axes, table: pd.DataFrame, texts: list[str], lang: str, colour: str) -> None:
    """Horizontal bars with intervals, each with its text at the end, or with its value if that is empty."""
    rows = np.arange(len(table), dtype=float)
    means = table["mean"].fillna(0.0)
    axes.barh(rows, means, 0.68, color=colour)
    look.interval(axes, table, rows)
    ends = table[["mean", "high"]].max(axis=1).fillna(0.0)
    for row, end, mean, text in zip(rows, ends, means, texts, strict=True):
        look.beside(axes, end, row, text or look.amount(mean), size=9.5)
    look.bare_rows(axes, rows, [label(str(stage), lang) for stage in table.index])
    longest = float(ends.max())
    axes.set_xlim(0.0, 1.45 * longest if longest > 0.0 else 1.0)
    axes.xaxis.set_major_locator(MaxNLocator(3))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))


def draw_balance(data: pd.DataFrame, meta: ChartMeta, figure: Figure) -> None:
    """Assets upwards, liabilities and net worth downwards, a bar a sector, families of accounts stacked."""
    both = figure.subplots(1, 2, width_ratios=[len(sectors) for sectors in PANELS_OF_SECTORS.values()])
    for axes, (panel, sectors) in zip(both, PANELS_OF_SECTORS.items(), strict=True):
        names = [f"sector:{sector}" for sector in sectors]
        _stacks(axes, data, names, meta.lang)
        axes.set_title(label(panel, meta.lang), pad=28.0)
        axes.set_xticks(range(len(names)), [label(name, meta.lang) for name in names])
        axes.tick_params(axis="x", length=0, labelcolor=look.BLACK)
        axes.spines["bottom"].set_visible(False)
        axes.axhline(0.0, color=look.BLACK, linewidth=0.9)
        axes.grid(axis="y")
        axes.set_xlim(-0.55, len(names) - 0.45)  # a sector of nothing keeps its place
        axes.use_sticky_edges = False  # they would hold the panel's edge where the last segment starts
        axes.margins(y=0.08)
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{abs(value):,g}"))
    both[0].set_ylabel(label("axis_balance", meta.lang))
    look.key(both[0], len(FAMILY_COLOURS))


def _stacks(axes: Axes, data: pd.DataFrame, sectors: list[str], lang: str) -> None:
    """One panel of stacked bars: numbers in the segments with room for them, the total above."""
    places = np.arange(len(sectors))
    rows = data[data["sector"].isin(sectors)].assign(mean=data["mean"] * BILLION_IN_UNIT[lang])
    heights = {1.0: np.zeros(len(sectors)), -1.0: np.zeros(len(sectors))}  # so far, up and down
    tallest = rows[rows["mean"] > 0.0].groupby("sector")["mean"].sum().max()
    for family, colour in FAMILY_COLOURS.items():
        style: dict[str, Any] = {"color": colour, "edgecolor": look.WHITE, "linewidth": 0.6}
        font: dict[str, Any] = {"size": 9.0, "color": look.readable_on(colour)}
        if family == "net_worth":
            style |= {"edgecolor": look.GREY, "hatch": "////"}
            font |= {"bbox": {"facecolor": look.WHITE, "edgecolor": "none", "pad": 1.0}}
        axes.bar(places, np.nan, label=label(family, lang), **style)  # so that the key names it in any case
        for sign, base in heights.items():
            side = rows[(rows["family"] == family) & (rows["mean"] * sign > 0.0)]
            sums = side.groupby("sector")["mean"].sum().reindex(index=sectors)
            bars = axes.bar(places, sums, 0.66, base, **style)
            texts = [look.amount(abs(value)) if abs(value) > 0.085 * tallest else "" for value in sums]
            axes.bar_label(bars, texts, label_type="center", **font)
            heights[sign] = base + sums.fillna(0.0).to_numpy()
    for place, height in zip(places, heights[1.0], strict=True):
        total = {"xytext": (0, 4), "textcoords": "offset points", "ha": "center", "size": 11.0}
        axes.annotate(look.amount(height), (place, height), **total)


# --- All of them --------------------------------------------------------------------------------------------


class Chart(NamedTuple):
    """A chart: its table, its title and its picture."""

    data: Callable[[pd.DataFrame, ChartMeta], pd.DataFrame]
    finding: Callable[[pd.DataFrame, str], str]
    draw: Callable[[pd.DataFrame, ChartMeta, Figure], None]
    period: str = "window"
    several: str = "interval"  # what the footer says of several replications


CHARTS: Final = {
    "price_of_credit": Chart(charts.apr_data, findings.apr_finding, draw_apr, several="bands"),
    "price_terms": Chart(charts.price_data, findings.price_finding, draw_price, several="intervals_cut"),
    "access_funnel": Chart(charts.funnel_data, findings.funnel_finding, draw_funnel),
    "balance_sheets": Chart(charts.balance_data, findings.balance_finding, draw_balance, "window_end", "means"),
    "financing_flows": Chart(financing.flows_data, financing.flows_finding, sankey.draw_flows, "window", "means"),
    "late_payment": Chart(charts.overdue_data, findings.overdue_finding, draw_overdue, several="bands"),
}


def draw_all(series_by_run: pd.DataFrame, meta: ChartMeta, out: Path) -> list[Path]:
    """Every chart of one policy's replications in `out`/charts, as `pictures` saves them; returns the paths."""
    folder = out / "charts"
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, chart in CHARTS.items():
        data = chart.data(series_by_run, meta)
        spoken = {lang: replace(meta, lang=lang) for lang in LANGUAGES}
        picture = Picture(
            name,
            data,
            {lang: chart.finding(data, lang) for lang in LANGUAGES},
            {lang: footer_of(data, series_by_run, own, chart) for lang, own in spoken.items()},
            lambda figure, lang, draw=chart.draw, data=data, spoken=spoken: draw(data, spoken[lang], figure),
        )
        paths += publish(picture, folder, meta.lang)
    return paths


def footer_of(data: pd.DataFrame, series: pd.DataFrame, meta: ChartMeta, chart: Chart) -> str:
    """n and interval, the window, and where the numbers come from."""
    n = 0 if data.empty else int(data["n"].max())
    runs = chart.several if n > 1 else "one_run" if n == 1 else "no_run"
    days = (int(series["step"].max()) + 1 - meta.burn_in_steps) * meta.step_days
    months = {"months": days / 30.0, "burn_in": meta.burn_in_steps * meta.step_days / 30.0}
    origin = {"experiment": meta.experiment, "digest": meta.digest[:12], "version": meta.version}
    parts = (
        label(runs, meta.lang, n=n),
        label(chart.period, meta.lang, **months),
        *(label("foot_failure", meta.lang, month=month) for month in meta.failures),
        label("origin", meta.lang, **origin),
    )
    return label("separator", meta.lang).join(parts)
