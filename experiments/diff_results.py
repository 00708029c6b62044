"""Results of two stored experiments: both means of a headline indicator, and what they differ by, seed by seed.

A run of the one is paired with the run of the other that has its seed and its number of replication, for these share
their luck. Parameters are the scenario's own (draw 0).
"""

from __future__ import annotations

from typing import Final

import pandas as pd

from agents.numeric import DAYS_PER_YEAR
from experiments.headline import HEADLINE_INDICATORS, MEASURES, STYLES
from experiments.labels import label
from experiments.paired import Interval, student, verdicts
from experiments.store import Run, Store
from experiments.windows import INPUTS, values_of, windows

COLUMNS: Final = (
    "policy", "policy_b", "id", "group", "measure", "level_unit", "a", "a_low", "a_high", "a_n", "b", "b_low", "b_high",
    "b_n", "unit", "diff", "diff_low", "diff_high", "pairs", "verdict",
)  # fmt: skip
Levels = dict[tuple[int, int], float]  # of an indicator, by seed and number of replication


def results(a: Store, b: Store, pairs: list[tuple[str, str]], window: str) -> pd.DataFrame:
    """A row a pair of policies and line of the headline that both record, columns `COLUMNS`; differences are b less a.

    Means and intervals are over all replications of each, differences over those that share their seed.
    """
    rows = []
    done = [[run for run in store.done() if run.draw == 0] for store in (a, b)]
    for policy, twin in pairs:
        one, other = (
            _levels(store, [run for run in runs if run.policy == name], window)
            for store, runs, name in zip((a, b), done, (policy, twin), strict=True)
        )
        for measure in MEASURES:
            place = (measure.group, measure.indicator)
            if place not in one or place not in other:
                continue
            style, before, now = STYLES[measure.style], one[place], other[place]
            apart = student([now[run] - value for run, value in before.items() if run in now])
            rows.append(
                {
                    "policy": policy,
                    "policy_b": twin,
                    "id": measure.indicator,
                    "group": measure.group,
                    "measure": label(measure.indicator, "en"),
                    "level_unit": _a_year(style.level_unit, measure.yearly),
                    **_level("a", before, style.level_factor),
                    **_level("b", now, style.level_factor),
                    "unit": _a_year(style.unit, measure.yearly),
                    **_ends(apart, "diff", style.factor),
                    "pairs": int(apart.n),
                    "verdict": verdicts(apart).item(),
                }
            )
    return pd.DataFrame(rows, columns=pd.Index(COLUMNS))


def _levels(store: Store, runs: list[Run], window: str) -> dict[tuple[str, str], Levels]:
    """Indicators in the window by group and name, money flows a year."""
    steps = store.manifest()["steps"]
    yearly = {(row.group, row.indicator): DAYS_PER_YEAR / steps["days"] for row in MEASURES if row.yearly}
    span = {window: windows(steps)[window]}
    found: dict[tuple[str, str], Levels] = {}
    for run in runs:
        rows = store.series([run], indicators=sorted({*HEADLINE_INDICATORS, *INPUTS}))
        values = values_of(rows, span, steps["days"])
        for (_, group, indicator, _), value in zip(values.index.tolist(), values.tolist(), strict=True):
            place = (group, indicator)
            found.setdefault(place, {})[run.seed, run.replication] = value * yearly.get(place, 1.0)
    return found


def _level(side: str, values: Levels, factor: float) -> dict[str, float]:
    level = student(list(values.values()))
    return {**_ends(level, side, factor), f"{side}_n": int(level.n)}


def _ends(found: Interval, name: str, factor: float) -> dict[str, float]:
    ends = {name: found.mean, f"{name}_low": found.low, f"{name}_high": found.high}
    return {key: float(value) * factor for key, value in ends.items()}


def _a_year(unit: str, yearly: bool) -> str:
    return f"{unit} a year".strip() if yearly else unit
