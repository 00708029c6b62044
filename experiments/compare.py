"""Policies against current law: every indicator's paired difference, ratios of effects, doubt, effects by year.

One table holds them all. `baseline` is what a row is held against: the paired run under current law, except in
the group `borrowers:marginal - both`, where it is the firms that drew in both runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from agents.numeric import DAYS_PER_YEAR
from experiments.headline import HEADLINE_INDICATORS
from experiments.paired import Interval, doubt, student, variance_reduction, verdicts
from experiments.pairs import BASELINE, Pairs, collect
from experiments.policies_told import Told, told
from experiments.ratios import ratios
from experiments.store import Store, StoreError, replacing
from experiments.windows import KEY

COLUMNS: Final = [
    "policy", *KEY, "mean", "low", "high", "n", "diff", "diff_low", "diff_high", "baseline", "verdict",
    "variance_reduction", "doubt_low", "doubt_high", "worlds", "same_sign",
]  # fmt: skip


@dataclass(frozen=True)
class Comparison:
    """What the policies of one experiment do: `effects` (`COLUMNS`), `ratios`, and what is said of them."""

    effects: pd.DataFrame
    ratios: pd.DataFrame
    told: Told
    steps_a_year: float

    def of(self, window: str, indicator: str, group: str) -> pd.DataFrame:
        """Rows of one indicator, a row a policy, the baseline first."""
        rows = self.effects
        rows = rows[(rows["window"] == window) & (rows["indicator"] == indicator) & (rows["group"] == group)]
        order = {policy: place for place, policy in enumerate(self.told.policies)}
        return rows.sort_values("policy", key=lambda names: names.map(order), kind="stable")


def compare(store: Store) -> Comparison:
    """Compare the finished runs of `store`. Raises `StoreError` if there is nothing to compare."""
    if {run.policy for run in store.planned()} == {BASELINE}:
        raise StoreError(f"{store.path} holds the baseline alone: nothing to compare")
    pairs = collect(store, HEADLINE_INDICATORS)
    if not pairs.policies:
        raise StoreError(f"{store.path} holds no finished run of a policy beside its baseline")
    steps_a_year = DAYS_PER_YEAR / store.manifest()["steps"]["days"]
    table = pd.concat([_levels(pairs), *(_effects(pairs, policy) for policy in pairs.policies)], ignore_index=True)
    return Comparison(table[COLUMNS], ratios(pairs, steps_a_year), told(store, pairs), steps_a_year)


def write(comparison: Comparison, store: Store) -> None:
    """The tables beside the summary: comparison.parquet and .csv, ratios.csv."""
    with replacing(store.path / "comparison.parquet") as temporary:
        comparison.effects.to_parquet(temporary, index=False)
    for name, table in (("comparison", comparison.effects), ("ratios", comparison.ratios)):
        with replacing(store.path / f"{name}.csv") as temporary:
            table.to_csv(temporary, index=False, lineterminator="\n")


def _levels(pairs: Pairs) -> pd.DataFrame:
    """The baseline's own rows: means and intervals, no differences."""
    found = student(pairs.levels.to_numpy(np.float64))
    table = pairs.levels.index.to_frame(index=False)
    table = table.assign(policy=BASELINE, verdict="", n=found.n, baseline=found.mean, **_interval(found, "mean"))
    return table.reindex(columns=pd.Index(COLUMNS))[found.n > 0]


def _effects(pairs: Pairs, policy: str) -> pd.DataFrame:
    """One policy: levels, paired differences at draw 0, and how far doubt about parameters moves them.

    Levels are over the pairs whose difference is known, so that mean less baseline is the difference.
    """
    value, base = pairs.of(policy)
    against_nothing = np.isnan(base).all(axis=1, keepdims=True)
    value = np.where(np.isnan(base) & ~against_nothing, np.nan, value)
    base = np.where(np.isnan(value), np.nan, base)
    level, difference = student(value), student(value - base)
    table = pairs.value.index.to_frame(index=False).assign(
        policy=policy,
        n=level.n,
        baseline=student(base).mean,
        verdict=verdicts(difference),
        variance_reduction=variance_reduction(value, base),
        **_interval(level, "mean"),
        **_interval(difference, "diff", "diff_"),
    )
    if draws := pairs.draws(policy):
        worlds = [student(np.subtract(*pairs.of(policy, draw))).mean for draw in draws]
        table = table.assign(**doubt(np.column_stack(worlds), difference.mean).columns())
    return table.reindex(columns=pd.Index(COLUMNS))[level.n > 0]


def _interval(found: Interval, mean: str, prefix: str = "") -> dict[str, np.ndarray]:
    return {mean: found.mean, f"{prefix}low": found.low, f"{prefix}high": found.high}
