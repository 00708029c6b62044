"""The supply network coloured by stress around a core failure: a chart's table and title.

Suppliers stand together by tier and exposure (`sim.contagion`), for a network of thousands of firms can't be read firm
by firm. Measures: `gone`, `overdue`, `cut`, `sound`: firms of a cell `who` in each state, means over replications;
`link`: deliveries of a month between two groups, m CNY, `who` as "buyer>seller"; `distress_year`: per cent of firms
that are out of business or have debts overdue, mean of the year after the failure, by exposure and over all.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from agents.parameters import TIERS
from experiments.compare import Comparison
from experiments.contagion import COLUMNS, DISTRESS, FIRMS, Clock, clock_of, table_of_values
from experiments.headline import MILLION, number
from experiments.labels import label
from experiments.pairs import BASELINE
from experiments.policies_told import DAYS_A_MONTH, Told
from experiments.policy_charts import PER_CENT
from experiments.policy_findings import moves
from sim.contagion import CELLS, EXPOSURES, LINKED, STATES

MONTHS: Final = (-1.0, 1.0, 6.0, 12.0)  # since the failure, as far as there are
WHO: Final = (*EXPOSURES, "all")
_UNITS: Final = {**dict.fromkeys(STATES, "firms"), "link": "m CNY a month"}
Float = npt.NDArray[np.float64]


def network_data(comparison: Comparison) -> pd.DataFrame:
    """The table described above, columns as in `contagion`; empty if no core enterprise fails."""
    clock = clock_of(comparison)
    if clock is None:
        return pd.DataFrame(columns=pd.Index(COLUMNS))
    rows = [
        *((name, f"exposure:{cell}") for name in FIRMS for cell in CELLS),
        *(("deliveries", link) for link in LINKED),
    ]
    tracks = comparison.steps.reduced([*FIRMS, "deliveries"], lambda values: _shown(values.loc[rows], clock))
    steps = round((comparison.told.burn_in_months + comparison.told.months) * DAYS_A_MONTH / clock.days)
    keys = _keys(clock, steps)
    values = {policy: dict(zip(keys, table.T, strict=True)) for policy, table in tracks.items()}
    data = table_of_values(values, _UNITS)
    return data[(data["policy"] == BASELINE) | (data["measure"] == "distress_year")].reset_index(drop=True)


def _places(clock: Clock, steps: int) -> dict[float, int]:
    """Months that are shown, with their steps."""
    known = {month: clock.step(month) for month in MONTHS}
    return {month: step for month, step in known.items() if 0 <= step < steps}


def _keys(clock: Clock, steps: int) -> list[tuple[str, str, float]]:
    """What `_shown` returns, in order."""
    states = [(state, cell, month) for month in _places(clock, steps) for state in STATES for cell in CELLS]
    links = [("link", link.removeprefix("link:"), month) for month in _places(clock, steps) for link in LINKED]
    end = clock.month(min(clock.failure + clock.year, steps))
    return [*states, *links, *(("distress_year", who, end) for who in WHO)]


def _shown(values: pd.DataFrame, clock: Clock) -> Float:
    """One run's values in the order of `_keys`."""
    table = values.to_numpy(np.float64)
    count = len(STATES) * len(CELLS)
    firms, steps = table[:count].reshape(len(STATES), len(TIERS), len(EXPOSURES), -1), table.shape[1]
    moments = list(_places(clock, steps).values())
    year = slice(clock.failure, min(clock.failure + clock.year, steps))
    in_distress = firms[[FIRMS.index(name) for name in DISTRESS]].sum(axis=(0, 1))[:, year].mean(axis=1)
    whole = firms.sum(axis=(0, 1))[:, year].mean(axis=1)
    parts, wholes = (np.append(by, by.sum()) for by in (in_distress, whole))
    shares = np.divide(PER_CENT * parts, wholes, out=np.full(wholes.shape, np.nan), where=wholes > 0.0)
    links = table[count:] / MILLION
    return np.concatenate([*(table[:count, at] for at in moments), *(links[:, at] for at in moments), shares])


def distressed(firms: pd.DataFrame) -> float:
    """Per cent of these firms that are in distress, from rows of one month; NaN of none."""
    total = firms["mean"].sum()
    return PER_CENT * firms.loc[firms["measure"].isin(("gone", "overdue")), "mean"].sum() / total if total else np.nan


def network_finding(data: pd.DataFrame, told: Told, lang: str) -> str:
    """How many are in distress a month after the failure by exposure, and what policies do over the year."""
    after = data[(data["policy"] == BASELINE) & data["measure"].isin(STATES) & (data["month"] == 1.0)]
    if after.empty:
        return label("contagion_none" if data.empty else "network_late", lang)
    exposure = after["who"].str.split(":").str[1]
    shares = {name: distressed(after[exposure == name]) for name in EXPOSURES}
    known = [
        (label(f"exposure_{name}", lang), number(share, 0)) for name, share in shares.items() if np.isfinite(share)
    ]
    (highest, most), (lowest, least) = known[0], known[-1]
    form = "network_level" if len(known) > 1 else "network_one"
    title = label(form, lang, most=most, least=least, highest=highest, lowest=lowest)
    if not told.compared:
        return title
    year = data[(data["measure"] == "distress_year") & (data["who"] == "all")]
    return label("semicolon", lang).join((title, moves(year, "noun_distress", "size_points", told, lang)))
