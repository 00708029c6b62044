"""Every chart by policy: which there are, and what stands at the foot of each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from agents.numeric import BASIS_POINT
from experiments import (
    effect_charts,
    effect_drawing,
    effect_findings,
    financing,
    firm_charts,
    firm_drawing,
    policy_charts,
    policy_findings,
    policy_panels,
    sankey,
    sweep_charts,
    sweep_drawing,
)
from experiments import policy_drawing as drawing
from experiments import style as look
from experiments.attribution_chart import (
    attribution_data,
    attribution_finding,
    draw_attribution,
    rows_of_attribution,
)
from experiments.calendar_chart import calendar_data, calendar_finding, draw_calendar, rows_of_calendar
from experiments.compare import Comparison
from experiments.contagion import contagion_data, contagion_finding
from experiments.contagion_drawing import GRIDS, draw_contagion, rows_of_contagion
from experiments.firm_pairs import THRESHOLD
from experiments.headline import mark
from experiments.labels import LANGUAGES, label
from experiments.lender_books import SHOWN, books_data, books_finding, draw_books, rows_of_books
from experiments.pairs import BASELINE
from experiments.pictures import Picture, publish
from experiments.policies_told import Exhausted, Told, instrument_title
from experiments.policy_charts import PER_CENT
from experiments.policy_drawing import FEWEST_FIRMS
from experiments.stress_network import network_data, network_finding
from experiments.stress_network_drawing import draw_network, rows_of_network


class PolicyChart(NamedTuple):
    """A chart of several policies: its table, its title, its picture, and what its footer adds."""

    data: Callable[[Comparison], pd.DataFrame]
    finding: policy_findings.Finding
    draw: Callable[[pd.DataFrame, Told, Figure, str], None]
    notes: tuple[str, ...] = ("foot_grey",)
    rows: Callable[[pd.DataFrame, Told], int] = policy_panels.rows_needed  # as which the page is tall
    starred: bool = True  # whether its rows have the star of `policy_rows`
    alone: tuple[str, ...] = ()  # what its footer adds where current law stands alone; () if it needs a policy beside
    shaded: tuple[str, ...] = ()  # units of the changes that it colours by their size
    figures: tuple[str, tuple[str, ...]] | None = None  # a column and its values in rows whose change stands in figures


NONE: Final = ("policy", ())  # no row
MONEY: Final = "money"  # amounts of whatever unit, whose change is held against their level
_SIZES: Final = {"bp": "size_bp"}  # the label of a size in a unit other than points

POLICY_CHARTS: Final = {
    "policies_cost": PolicyChart(policy_charts.cost_data, policy_findings.cost_finding, drawing.draw_cost,
                                 ("foot_grey", "foot_doubt"), figures=("measure", policy_charts.COSTS)),
    "policies_price": PolicyChart(policy_charts.price_data, policy_findings.price_finding, drawing.draw_price,
                                  ("foot_colours", "foot_composition"), shaded=("bp",)),
    "policies_access": PolicyChart(policy_charts.access_data, policy_findings.access_finding, drawing.draw_access,
                                   ("foot_sides_of_bars", "foot_stages"), shaded=("% of need",),
                                   figures=("measure", ("amount",))),
    "policies_gap": PolicyChart(policy_charts.gap_data, policy_findings.gap_finding, drawing.draw_gap,
                                ("foot_colours",), shaded=("% of need",), figures=("measure", ("share",))),
    "policies_public_cost": PolicyChart(policy_charts.value_data, policy_findings.value_finding, drawing.draw_value,
                                        ("foot_grey", "foot_fieller", "foot_hollow"), policy_panels.rows_of_scatter,
                                        figures=NONE),
    "policies_losses": PolicyChart(policy_charts.losses_data, policy_findings.losses_finding, drawing.draw_losses,
                                   ("foot_colours", "foot_outside"), shaded=(MONEY,)),
    "policies_gains": PolicyChart(policy_charts.gains_data, policy_findings.gains_finding, drawing.draw_gains,
                                  ("foot_colours", "foot_threshold"), shaded=("% of firms in need", MONEY),
                                  figures=("measure", ("net", "cost"))),
    "policies_calendar": PolicyChart(calendar_data, calendar_finding, draw_calendar, ("foot_calendar",),
                                     rows_of_calendar),
    "policies_response": PolicyChart(sweep_charts.curves_data, sweep_charts.curves_finding, sweep_drawing.draw_curves,
                                     ("foot_curves",), sweep_drawing.rows_of_curves, starred=False, figures=NONE),
    "policies_heat": PolicyChart(sweep_charts.heat_data, sweep_charts.heat_finding, sweep_drawing.draw_heat,
                                 ("foot_heat", "foot_framed"), sweep_drawing.rows_of_heat, starred=False,
                                 shaded=("bp", "pp", MONEY)),
    "policies_rates": PolicyChart(firm_charts.rates_data, firm_charts.rates_finding, firm_drawing.draw_rates,
                                  ("foot_strips", "foot_medians", "foot_grey_numbers"),
                                  figures=("measure", (firm_charts.MEDIAN,))),
    "policies_winners": PolicyChart(firm_charts.winners_data, firm_charts.winners_finding, firm_drawing.draw_winners,
                                    ("foot_sides", "foot_strips", "foot_grey_numbers"),
                                    figures=("measure", (firm_charts.MEDIAN,))),
    "policies_forest": PolicyChart(effect_charts.forest_data, effect_findings.forest_finding,
                                   effect_drawing.draw_forest, ("foot_level", "foot_grey", "foot_bars")),
    "policies_frontier": PolicyChart(effect_charts.frontier_data, effect_findings.frontier_finding,
                                     effect_drawing.draw_frontier, ("foot_frontier",),
                                     policy_panels.rows_of_scatter, starred=False),
    "policies_time_to_cash": PolicyChart(effect_charts.days_data, effect_findings.days_finding,
                                         effect_drawing.draw_days, ("foot_level", "foot_days", "foot_grey")),
    "policies_lenders": PolicyChart(effect_charts.lenders_data, effect_findings.lenders_finding,
                                    effect_drawing.draw_lenders, ("foot_colours",), shaded=("%",)),
    "policies_lender_books": PolicyChart(books_data, books_finding, draw_books, ("foot_neither", "foot_books"),
                                         rows_of_books, shaded=(MONEY,), figures=("item", SHOWN)),
    "policies_contagion": PolicyChart(contagion_data, contagion_finding, draw_contagion,
                                      ("foot_distress", "foot_pace", "foot_losers", "foot_colours"), rows_of_contagion,
                                      alone=("foot_distress", "foot_pace_law", "foot_losers"),
                                      shaded=("% of firms", MONEY),
                                      figures=("measure", tuple(f"{name}_year" for name in GRIDS))),
    "policies_network": PolicyChart(network_data, network_finding, draw_network,
                                    ("foot_distress", "foot_network", "foot_colours"), rows_of_network,
                                    alone=("foot_distress", "foot_network"), shaded=("% of firms",),
                                    figures=("measure", ("distress_year",))),
    "policies_financing": PolicyChart(financing.flow_changes, financing.changes_finding, sankey.draw_changes,
                                      ("foot_neither", "foot_flows"), sankey.rows_of_changes, shaded=(MONEY,)),
    "policies_attribution": PolicyChart(attribution_data, attribution_finding, draw_attribution,
                                        ("foot_shapley", "foot_grey"), rows_of_attribution, starred=False),
}  # fmt: skip


def draw_policies(comparison: Comparison, out: Path, lang: str = "en") -> list[Path]:
    """Every chart of a comparison in `out`/charts, as `pictures` saves them; returns the paths.

    A chart whose table has no row is left out: the experiment does not have what it shows. Of current law alone there
    are only those that follow a failure.
    """
    folder = out / "charts"
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, chart in POLICY_CHARTS.items():
        if not comparison.told.compared and not chart.alone:
            continue
        data = chart.data(comparison)
        if len(data):
            paths += publish(picture_of(name, chart, data, comparison.told), folder, lang)
    return paths


def picture_of(name: str, chart: PolicyChart, data: pd.DataFrame, told: Told) -> Picture:
    """The chart with its words in every language."""
    titles = {lang: chart.finding(data, told, lang) for lang in LANGUAGES}
    return Picture(
        name,
        data,
        titles,
        {lang: footer_of(data, told, chart, lang, titles[lang]) for lang in LANGUAGES},
        lambda figure, lang: chart.draw(data, told, figure, lang),
        chart.rows(data, told),
    )


def footer_of(data: pd.DataFrame, told: Told, chart: PolicyChart, lang: str, title: str = "") -> str:
    """n, interval, window, what the looks mean, dates, what ran out, how many parameters are assumed, origin.

    Below a title that names the largest estimate, also what that is not.
    """
    worlds = data["worlds"].max() if "worlds" in data else np.nan
    shown = data["n"].max() if len(data) and "n" in data else told.n  # charts over time read some of very many runs
    n = int(min(told.n, shown))
    several, one, notes = ("paired", "one_pair", chart.notes) if told.compared else ("interval", "one_run", chart.alone)
    parts = [label(several if n > 1 else one, lang, n=n)]
    parts.append(label("window", lang, months=told.months, burn_in=told.burn_in_months))
    if not chart.alone:  # which are of the failure themselves
        parts += [label("foot_failure", lang, month=month) for month, _ in told.failures]
    for note in notes:
        if _holds(note, data, told, worlds):
            parts.append(label(note, lang, worlds=worlds, threshold=THRESHOLD / BASIS_POINT, fewest=FEWEST_FIRMS))
    if chart.shaded and told.compared:
        small, full = (_depth(chart.shaded, times, lang) for times in (1.0, policy_panels.FULL))
        parts.append(label("foot_depth", lang, small=small, full=full))
    if told.compared and "verdict_holm" in data and any(map(mark, _in_figures(data, chart).to_dict("records"))):
        parts.append(label("foot_holm", lang))
    if label("up_to", lang) in title:
        parts.append(label("foot_up_to", lang))
    parts += _dates(told, lang)
    if chart.data is calendar_data:
        parts += _exhausted(told, lang)
    elif chart.starred and any(told.exhausted[policy] for policy in told.compared):
        parts.append(label("foot_star", lang))
    if told.parameters:
        parts.append(label("foot_parameters", lang, assumed=PER_CENT * told.parameters["assumed"]))
    origin = {"experiment": told.experiment, "digest": told.digest[:12], "version": told.version}
    return label("separator", lang).join([*parts, label("origin", lang, **origin)])


def _holds(note: str, data: pd.DataFrame, told: Told, worlds: float) -> bool:
    """Whether the chart has what a note speaks of."""
    if note in ("foot_doubt", "foot_bars"):
        return worlds > 0
    return note != "foot_framed" or sweep_charts.law_on_grid(data, told)


def _in_figures(data: pd.DataFrame, chart: PolicyChart) -> pd.DataFrame:
    """Rows whose change the chart has as a number."""
    if chart.figures is None:
        return data
    column, values = chart.figures
    return data[data[column].isin(values)]


def _depth(units: tuple[str, ...], times: float, lang: str) -> str:
    """So many times the size in each unit from which on a change matters, as `policy_panels.depth` has it."""
    sizes = []
    for unit in units:
        small = policy_panels.SMALL.get(unit)
        size = "size_of_level" if small is None else _SIZES.get(unit, "size_points")
        value = PER_CENT * policy_panels.SMALL_SHARE if small is None else small
        sizes.append(label(size, lang, value=f"{value * times:g}"))
    return label("slash", lang).join(sizes)


def _dates(told: Told, lang: str) -> list[str]:
    """When levers change otherwise than at the start: once if it is the same month for all, else by policy."""
    dates = {
        (policy, "foot_start" if kind == "lever_start" else "foot_end", month)
        for policy, found in told.dates.items()
        for _, kind, month in found
    }
    months = {month for _, _, month in dates}
    if months == {0.0}:
        return []
    if len(months) == 1:
        return [label("foot_start_all", lang, month=months.pop())]
    later = (date for date in dates if date[2] > 0.0)
    ordered = sorted(later, key=lambda date: (date[2], told.policies.index(date[0]), date[1]))
    return [label(key, lang, policy=told.name(policy, lang), month=month) for policy, key, month in ordered]


def _exhausted(told: Told, lang: str) -> list[str]:
    """Of each policy whose levers ran out otherwise than under current law the first; of that in a clause of its own.

    The levers have their names where all of it then fits in a line.
    """
    clauses = []
    policies = [policy for policy in told.compared if told.exhausted[policy]]
    for form in ("ran_out_lever", "ran_out"):
        names = [_ran_out(form, told.exhausted[policy], told.name(policy, lang), lang) for policy in policies]
        clause = label("foot_exhausted", lang, policies=label("comma", lang).join(names))
        if len(clause) <= look.LINE_CHARACTERS[lang][1]:
            break
    if policies:
        clauses.append(clause)
    if law := told.exhausted[BASELINE]:
        clauses.append(_ran_out("foot_exhausted_law", law, label(BASELINE, lang), lang))
    return clauses


def _ran_out(form: str, exhausted: tuple[Exhausted, ...], policy: str, lang: str) -> str:
    """The lever that ran out in most runs, and of these first."""
    first = min(exhausted, key=lambda found: (-found.runs, found.month))
    values = {"instrument": instrument_title(first.instrument, lang), "policy": policy, "month": first.month}
    return label(form, lang, **values, runs=first.runs, of=first.of)
