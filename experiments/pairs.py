"""Runs of a store, paired: each policy's run against the baseline's of the same draw and replication.

One policy is read at a time, run by run, so that memory holds what windows give of one policy only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from agents.numeric import DAYS_PER_YEAR
from experiments import firm_pairs
from experiments.paired import student
from experiments.side_by_side import Columns
from experiments.store import Run, Store
from experiments.windows import COLUMNS, INPUTS, Measured, Row, measured, windows, years

BASELINE: Final = "baseline"
MOST_KEPT: Final = 200  # runs of the baseline, some 50 KB each
Float = npt.NDArray[np.float64]


class Planned(NamedTuple):
    """A policy's finished runs that have a paired one, each with that one: by draw and replication."""

    policy: str
    runs: tuple[tuple[Run, Run], ...]


@dataclass(frozen=True)
class Pairs:
    """A policy's values and the baseline's, an indicator a row.

    `value` and `base` are float64[rows, replications] at the scenario's own parameters; `worlds` are mean differences
    in draws of parameter doubt, float64[rows, draws].
    """

    policy: str
    rows: list[Row]
    replications: list[int]
    value: Float
    base: Float
    worlds: Float

    def difference(self, window: str, group: str, indicator: str) -> Float:
        """Policy less baseline by replication, NaN where either is not known."""
        row = self._places.get((window, group, indicator))
        return np.full(len(self.replications), np.nan) if row is None else self.value[row] - self.base[row]

    @cached_property
    def _places(self) -> dict[tuple[str, str, str], int]:
        return {row[:3]: place for place, row in enumerate(self.rows)}


def planned(runs: Sequence[Run]) -> list[Planned]:
    """What can be compared of finished runs, the baseline with itself first, then policies in their order."""
    own = {(run.draw, run.replication): run for run in runs if run.policy == BASELINE}
    found: dict[str, list[tuple[Run, Run]]] = {BASELINE: [(run, run) for run in own.values() if run.draw == 0]}
    for run in runs:
        if run.policy != BASELINE and (run.draw, run.replication) in own:  # else it failed, or is still to come
            found.setdefault(run.policy, []).append((run, own[run.draw, run.replication]))
    kept = {policy: pairs for policy, pairs in found.items() if any(run.draw == 0 for run, _ in pairs)}
    return [Planned(policy, tuple(sorted(pairs, key=_place))) for policy, pairs in kept.items()]


def _place(pair: tuple[Run, Run]) -> tuple[int, int]:
    return pair[0].draw, pair[0].replication


def collect(reader: Reader, of: Planned) -> Pairs:
    """Read and pair the runs of one policy."""
    worlds = Columns()
    rows, value, base, replications = [], np.empty((0, 0)), np.empty((0, 0)), []
    for draw, pairs in groupby(of.runs, key=lambda pair: pair[0].draw):
        own = list(pairs)
        found = reader.pairs(own)
        if draw == 0:
            rows = found[0]
            amounts = np.array([is_amount_of_lever(row) for row in rows], dtype=bool)
            value, base = (_with_unused_at_zero(side, amounts) for side in found[1:])
            replications = [run.replication for run, _ in own]
        else:
            worlds.add_rows(found[0], student(found[1] - found[2]).mean)
    return Pairs(of.policy, rows, replications, value, base, worlds.values(rows))


def levels(reader: Reader, of: Planned) -> tuple[list[Row], Float]:
    """The baseline's own values at draw 0: rows, and float64[rows, replications]."""
    found = Columns()
    for run, _ in of.runs:
        found.add(*reader.baseline(run))
    return found.rows, found.values()


def is_amount_of_lever(row: Row) -> bool:
    """Whether it is one that a run records only of levers that it has: of others it is nil."""
    _, group, _, unit = row
    return group.startswith("lever:") and unit == "fen"


def _with_unused_at_zero(values: Float, amounts: npt.NDArray[np.bool_]) -> Float:
    values[amounts] = np.nan_to_num(values[amounts], nan=0.0)
    return values


class Reader:
    """Reads runs into windows. One reader for all policies, or for those of a process, keeps the baseline's runs.

    At draw 0 every indicator is taken; years, and the draws of parameter doubt, have those in `headline` only.
    """

    def __init__(self, store: Store, headline: Sequence[str]):
        steps = store.manifest()["steps"]
        self.store, self.step_days = store, steps["days"]
        self.spans, self.by_year = windows(steps), years(steps)
        self.needed = sorted({*headline, *INPUTS})
        self.window_years = {
            name: (last - first + 1) * self.step_days / DAYS_PER_YEAR for name, (first, last) in self.spans.items()
        }
        self._kept: dict[Run, list[Measured]] = {}

    def series(self, run: Run) -> list[Measured]:
        """Value of each indicator in each window."""
        table = self.store.columns("series", run, COLUMNS)
        if run.draw > 0:
            return [measured(table, self.spans, self.step_days, self.needed)]
        whole = measured(table, self.spans, self.step_days)
        return [whole, measured(table, self.by_year, self.step_days, self.needed)] if self.by_year else [whole]

    def baseline(self, run: Run) -> list[Measured]:
        """`series` of a run that every policy is held against; of the first so many it is read once."""
        found = self._kept.get(run) or self.series(run)
        if len(self._kept) < MOST_KEPT:
            self._kept[run] = found
        return found

    def pairs(self, runs: Sequence[tuple[Run, Run]]) -> tuple[list[Row], Float, Float]:
        """Rows that either side has, and float64[rows, pairs] of the policy's runs and of the baseline's."""
        now, then = Columns(), Columns()
        for run, own in runs:
            firms, firms_then = (self.store.columns("firms", side, firm_pairs.COLUMNS) for side in (run, own))
            lines, lines_then = firm_pairs.paired(firms, firms_then, self.window_years, self.step_days)
            now.add(*self.series(run), lines)
            then.add(*self.baseline(own), lines_then)
        rows = list(dict.fromkeys([*now.rows, *then.rows]))
        return rows, now.values(rows), then.values(rows)
