"""Charts of sweeps over levers: response curves of one parameter, heat maps of two.

Each point of a sweep is a policy; its values are those the store has of it. A policy swept over three parameters or
more has neither chart, nor one whose points of two are no whole grid.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from experiments import units
from experiments.compare import Comparison
from experiments.headline import MILLION, number
from experiments.instruments import LEVERS
from experiments.labels import label
from experiments.lever_words import amount_in_chinese
from experiments.paired import HIGHER, LOWER
from experiments.pairs import BASELINE
from experiments.policies_told import Told, parameter_title, swept
from experiments.policy_charts import BASIS_POINTS, PER_CENT, rows_of

# What is shown of each point: indicator, group, unit, factor to it, whether a flow a step is made one a year, whether
# more is better.
MEASURES: Final = (
    ("sme_cost_of_need", "sme", "bp", BASIS_POINTS, False, -1),
    ("formal_share_of_need", "sme", "pp", PER_CENT, False, 1),
    ("public_cost", "public", "m CNY a year", 1.0 / MILLION, True, -1),
)
CURVE, HEAT = 1, 2  # parameters that a chart shows
_EFFECT: Final = [
    "policy", "measure", "baseline", "diff", "diff_low", "diff_high", "n", "verdict", "verdict_holm", "unit",
]  # fmt: skip


class Point(NamedTuple):
    """A policy as a point of the sweep of `base`: value of each parameter by `instrument.parameter`."""

    policy: str
    base: str
    values: dict[str, float]


def points(told: Told, parameters: int) -> list[Point]:
    """Points of all sweeps over so many parameters that are numbers, those of a policy as it is written first."""
    found: dict[str, list[Point]] = {}
    for policy in told.compared:
        base, point = swept(policy)
        values = {path: value for path in point if (value := value_of(told, policy, path)) is not None}
        if len(point) == len(values) == parameters:
            found.setdefault(base, []).append(Point(policy, base, values))
    for base, own in found.items():
        written = {path: value_of(told, base, path) for path in own[0].values}
        known = {path: value for path, value in written.items() if value is not None}
        if base in told.compared and len(known) == parameters:
            own.insert(0, Point(base, base, known))
    return [point for own in found.values() for point in own]


def bases_of(rows: pd.DataFrame, told: Told) -> list[str]:
    """Policies that are swept, in the order of the experiment."""
    order = dict.fromkeys(swept(policy)[0] for policy in told.compared)
    return [base for base in order if base in set(rows["base"])]


def value_of(told: Told, policy: str, path: str) -> float | None:
    """What a policy's last span of an instrument has for a parameter; None if it is no number, or in force nowhere."""
    instrument, _, name = path.partition(".")
    spans = [span for span in told.spans.get(policy, ()) if span.get("instrument") == instrument and name in span]
    value = max(spans, key=lambda span: span["start_day"])[name] if spans else None
    return None if value is None or isinstance(value, list | tuple) else float(value)


def curves_data(comparison: Comparison) -> pd.DataFrame:
    """Effects by value of the one parameter swept: columns path, base, value, and those of `policy_charts`.

    Of each parameter that current law has a row of the baseline, where nothing changes.
    """
    told = comparison.told
    parts = []
    for point in sorted(points(told, CURVE), key=lambda point: [*point.values.values()]):
        ((path, value),) = point.values.items()
        parts.append(_effects(comparison, point).assign(path=path, base=point.base, value=value))
    if not parts:
        return pd.DataFrame(columns=pd.Index([*_EFFECT, "path", "base", "value"]))
    table = pd.concat(parts, ignore_index=True)
    laws = [_law(path, value) for path in dict.fromkeys(table["path"])
            if (value := value_of(told, BASELINE, path)) is not None]  # fmt: skip
    return pd.concat([*laws, table], ignore_index=True)


def _law(path: str, value: float) -> pd.DataFrame:
    """Where current law stands: at its value, with no change."""
    rows = [(BASELINE, name, unit, 0.0) for name, _, unit, *_ in MEASURES]
    columns = pd.Index(["policy", "measure", "unit", "diff"])
    return pd.DataFrame(rows, columns=columns).assign(path=path, base=BASELINE, value=value, verdict="")


def heat_data(comparison: Comparison) -> pd.DataFrame:
    """Effects by the values of the two parameters swept: columns across, up (paths), x, y, base, and as `curves_data`.

    The policy as it is written is a point of the grid only if its values are.
    """
    told, parts = comparison.told, []
    for base, own in _by_base(points(told, HEAT)):
        across, up = own[0].values
        grid = {(point.values[across], point.values[up]): point for point in own if point.policy != base}
        xs, ys = ({place[axis] for place in grid} for axis in (0, 1))
        if len(grid) != len(xs) * len(ys) or min(len(xs), len(ys)) < 2:
            continue
        for (x, y), point in grid.items():
            parts.append(_effects(comparison, point).assign(across=across, up=up, base=base, x=x, y=y))
    nothing = pd.DataFrame(columns=pd.Index([*_EFFECT, "across", "up", "base", "x", "y"]))
    return pd.concat(parts, ignore_index=True) if parts else nothing


def law_on_grid(data: pd.DataFrame, told: Told) -> bool:
    """Whether a grid of `heat_data` has a cell at current law's values."""
    cells = data[["across", "up", "x", "y"]].drop_duplicates().itertuples(index=False, name=None)
    return any((value_of(told, BASELINE, across), value_of(told, BASELINE, up)) == (x, y) for across, up, x, y in cells)


def _by_base(found: list[Point]) -> Iterator[tuple[str, list[Point]]]:
    for base in dict.fromkeys(point.base for point in found):
        yield base, [point for point in found if point.base == base]


def _effects(comparison: Comparison, point: Point) -> pd.DataFrame:
    """What the policy of a point changes, a row a measure."""
    parts = []
    for name, group, unit, factor, yearly, _ in MEASURES:
        rows = rows_of(
            comparison, name, group, factor * (comparison.steps_a_year if yearly else 1.0), unit, measure=name
        )
        parts.append(rows.loc[rows["policy"] == point.policy, _EFFECT])
    return pd.concat(parts, ignore_index=True)


# --- In words -------------------------------------------------------------------------------------------------


def value_text(path: str, value: float, lang: str) -> str:
    """A value of a parameter with its unit."""
    instrument, _, name = path.partition(".")
    text = units.brief(value, LEVERS[instrument][name].declaration.unit)
    return text if lang == "en" else amount_in_chinese(text)


def curves_finding(data: pd.DataFrame, told: Told, lang: str) -> str:
    """The effect on SMEs' cost of need at both ends of a curve; alike if the two intervals touch.

    Of several curves that whose ends are farthest apart, of those whose intervals are apart at all; else the first.
    """
    rows = data[(data["measure"] == MEASURES[0][0]) & (data["policy"] != BASELINE)].dropna(subset=["diff"])
    if rows.empty or told.n < 2:
        return label("sweep_none" if data.empty else "one_run_each", lang)
    curves = (rows[rows["base"] == base].sort_values("value") for base in bases_of(rows, told))
    first, last = max(((curve.iloc[0], curve.iloc[-1]) for curve in curves), key=lambda ends: _apart(*ends))
    base, path, apart = first["base"], first["path"], _apart(first, last) > 0.0
    values: dict[str, Any] = {"policy": told.name(base, lang), "what": label("noun_cost", lang)}
    values |= {"low": value_text(path, first["value"], lang), "high": value_text(path, last["value"], lang)}
    values |= {"parameter": parameter_title(path, lang, "swept_in_words")}
    sizes = [number(row["diff"], signed=True) for row in (first, last)]
    return label("curve_apart" if apart else "curve_alike", lang, **values, first=sizes[0], last=sizes[1])


def _apart(first: pd.Series, last: pd.Series) -> float:
    """How far two effects are apart; 0 if their intervals touch."""
    apart = first["diff_high"] < last["diff_low"] or last["diff_high"] < first["diff_low"]
    return abs(last["diff"] - first["diff"]) if apart else 0.0


def heat_finding(data: pd.DataFrame, told: Told, lang: str) -> str:
    """At which point SMEs' cost of need falls most, of those whose fall can be told apart from 0."""
    rows = data[data["measure"] == MEASURES[0][0]]
    if rows.empty or told.n < 2:
        return label("sweep_none" if data.empty else "one_run_each", lang)
    sure = rows[rows["verdict"] == LOWER]
    if sure.empty:
        some = (rows["verdict"] == HIGHER).any()
        return label("heat_no_fall" if some else "heat_unclear", lang, n=told.n, of=len(rows))
    best = sure.iloc[int(sure["diff"].to_numpy(np.float64).argmin())]
    values = {"size": label("size_bp", lang, value=number(-best["diff"])), "policy": told.name(best["policy"], lang)}
    return label("heat_best", lang, count=len(sure), of=len(rows), **values)
