"""Runs of a store, paired: each policy's run against the baseline's of the same draw and replication."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from agents.numeric import DAYS_PER_YEAR
from experiments import firm_pairs
from experiments.store import Run, Store
from experiments.windows import INPUTS, KEY, Spans, values_of, windows, years

BASELINE: Final = "baseline"
Float = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Pairs:
    """Paired values, an indicator a row (index `KEY`), a pair a column (policy, draw, replication).

    `levels` holds the baseline's own runs at draw 0, a column a replication.
    """

    value: pd.DataFrame
    base: pd.DataFrame
    levels: pd.DataFrame

    @property
    def policies(self) -> list[str]:
        """Policies other than the baseline, in the order of the experiment."""
        return list(dict.fromkeys(self.value.columns.get_level_values(0)))

    def without(self, policies: Sequence[str]) -> Pairs:
        """The same but for some policies."""
        kept = ~self.value.columns.get_level_values(0).isin(list(policies))
        return Pairs(self.value.loc[:, kept], self.base.loc[:, kept], self.levels)

    def draws(self, policy: str) -> list[int]:
        """Points of parameter doubt at which `policy` was run, 0 left out."""
        return sorted(draw for name, draw in self._arrays if name == policy and draw > 0)

    def of(self, policy: str, draw: int = 0) -> tuple[Float, Float]:
        """Values of the policy and of the baseline, float64[rows, replications]."""
        return self._arrays[policy, draw]

    def difference(self, policy: str, window: str, group: str, indicator: str) -> Float:
        """Policy less baseline by replication at draw 0; NaN where either is not known."""
        value, base = self.of(policy)
        row = self._rows.get((window, group, indicator))
        return np.full(value.shape[1], np.nan) if row is None else value[row] - base[row]

    @cached_property
    def _arrays(self) -> dict[tuple[str, int], tuple[Float, Float]]:
        places: dict[tuple[str, int], list[int]] = {}
        for position, (policy, draw, _) in enumerate(self.value.columns):
            places.setdefault((str(policy), int(draw)), []).append(position)
        value, base = self.value.to_numpy(np.float64), self.base.to_numpy(np.float64)
        return {place: (value[:, columns], base[:, columns]) for place, columns in places.items()}

    @cached_property
    def _rows(self) -> dict[tuple[str, str, str], int]:
        return {(key[0], key[1], key[2]): row for row, key in enumerate(self.value.index)}


def collect(store: Store, headline: Sequence[str]) -> Pairs:
    """Read and pair all finished runs, a pair at a time so that memory holds only what windows give.

    At draw 0 every indicator is taken; years, and the draws of parameter doubt, have those in `headline` only.
    """
    steps = store.manifest()["steps"]
    spans, by_year = windows(steps), years(steps)
    value: dict[tuple[str, int, int], pd.Series] = {}
    base: dict[tuple[str, int, int], pd.Series] = {}
    levels: dict[int, pd.Series] = {}
    runs = store.done()
    by_place: dict[tuple[int, int], list[Run]] = {}
    for run in runs:
        by_place.setdefault((run.draw, run.replication), []).append(run)
    for (draw, replication), group in by_place.items():
        own = next((run for run in group if run.policy == BASELINE), None)
        if own is None:
            continue  # it failed, or is still to come
        reader = _Reader(store, spans, by_year if draw == 0 else {}, headline, steps["days"])
        then, firms_then = reader.series(own), store.firms([own])
        if draw == 0:
            levels[replication] = then
        for run in group:
            if run.policy == BASELINE:
                continue
            found = firm_pairs.paired(store.firms([run]), firms_then, reader.window_years, steps["days"])
            lines = found.set_index(KEY)
            place = (run.policy, draw, replication)
            value[place] = pd.concat([reader.series(run), lines["value"]])
            base[place] = pd.concat([then, lines["base"]])
    now, then = _wide(value, runs), _wide(base, runs)
    rows = now.index.union(then.index, sort=False)  # either may record what the other does not
    now, then = (_unused_levers_at_zero(side.reindex(index=rows)) for side in (now, then))
    return Pairs(now, then, pd.DataFrame(levels))


def _wide(columns: dict[tuple[str, int, int], pd.Series], runs: list[Run]) -> pd.DataFrame:
    """Pairs side by side, in the order of the plan."""
    order = [place for run in runs if (place := (run.policy, run.draw, run.replication)) in columns]
    names = ["policy", "draw", "replication"]
    if not order:
        empty = pd.MultiIndex.from_arrays([[], [], []], names=names)
        return pd.DataFrame(index=pd.MultiIndex.from_arrays([[]] * len(KEY), names=KEY), columns=empty)
    table = pd.concat([columns[place] for place in order], axis=1)
    table.columns = pd.MultiIndex.from_tuples(order, names=names)
    return table


def _unused_levers_at_zero(table: pd.DataFrame) -> pd.DataFrame:
    """A run records no amounts of a lever that it does not have: they are 0 in its pair."""
    groups, units = (table.index.get_level_values(name) for name in ("group", "unit"))
    amounts = groups.astype(str).str.startswith("lever:") & (units == "fen")
    known = table.columns.get_level_values("draw") == 0  # the draws hold few of them
    table.loc[amounts, known] = table.loc[amounts, known].fillna(0.0)
    return table


class _Reader:
    """Reads a run's series into windows: everything at draw 0, the headline's inputs at the other draws."""

    def __init__(self, store: Store, spans: Spans, by_year: Spans, headline: Sequence[str], step_days: int):
        self.store, self.spans, self.by_year, self.step_days = store, spans, by_year, step_days
        self.needed = sorted({*headline, *INPUTS})
        lengths = {name: (last - first + 1) * step_days / DAYS_PER_YEAR for name, (first, last) in spans.items()}
        self.window_years = lengths

    def series(self, run: Run) -> pd.Series:
        """Value of each indicator in each window, index `KEY`."""
        if run.draw > 0:
            return values_of(self.store.series([run], indicators=self.needed), self.spans, self.step_days)
        rows = self.store.series([run])
        whole = values_of(rows, self.spans, self.step_days)
        if not self.by_year:
            return whole
        few = rows[rows["indicator"].isin(self.needed)]
        return pd.concat([whole, values_of(few, self.by_year, self.step_days)])
