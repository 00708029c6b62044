"""Policies against current law: every indicator's paired difference, ratios of effects, doubt, effects by year.

One table holds them all. `baseline` is what a row is held against: the paired run under current law, except in
the group `borrowers:marginal - both`, where it is the firms that drew in both runs. Ends `low` and `high` are
Student's, `boot_low` and `boot_high` the bootstrap's of the difference. `p_holm` and `verdict_holm` hold all policies'
effects on a row's window, group and indicator for one family; `needed` replications would tell the difference apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd

from agents.numeric import DAYS_PER_YEAR
from experiments.attributed import attributed
from experiments.bootstrap import bootstrap
from experiments.headline import HEADLINE_INDICATORS
from experiments.paired import (
    Interval,
    doubt,
    holm,
    needed,
    p_values,
    student,
    surviving,
    variance_reduction,
    verdicts,
)
from experiments.pairs import BASELINE, Pairs, collect
from experiments.policies_told import Told, told
from experiments.ratios import ratios
from experiments.store import Store, StoreError, replacing
from experiments.windows import KEY

COLUMNS: Final = [
    "policy", *KEY, "mean", "low", "high", "n", "diff", "diff_low", "diff_high", "baseline", "verdict",
    "variance_reduction", "doubt_low", "doubt_high", "worlds", "same_sign",
    "boot_low", "boot_high", "p", "p_holm", "verdict_holm", "needed",
]  # fmt: skip


@dataclass(frozen=True)
class Comparison:
    """What the policies of one experiment do: `effects` (`COLUMNS`), `ratios`, and what is said of them."""

    effects: pd.DataFrame
    ratios: pd.DataFrame
    told: Told
    steps_a_year: float
    attribution: pd.DataFrame  # columns `attributed.COLUMNS`; no row if the experiment asks for none

    def of(self, window: str, indicator: str, group: str) -> pd.DataFrame:
        """Rows of one indicator, a row a policy, the baseline first."""
        return self.effects.iloc[self._places.get((window, indicator, group), [])]

    @cached_property
    def _places(self) -> dict[tuple[str, str, str], list[int]]:
        """Where the rows of an indicator stand, by policy: charts ask for some hundreds of them."""
        order = {policy: place for place, policy in enumerate(self.told.policies)}
        rows = np.argsort([order[policy] for policy in self.effects["policy"]], kind="stable")
        keys = list(zip(*(self.effects[name] for name in ("window", "indicator", "group")), strict=True))
        places: dict[tuple[str, str, str], list[int]] = {}
        for row in rows:
            places.setdefault(keys[row], []).append(int(row))
        return places


def compare(store: Store) -> Comparison:
    """Compare the finished runs of `store`. Raises `StoreError` if there is nothing to compare."""
    if {run.policy for run in store.planned()} == {BASELINE}:
        raise StoreError(f"{store.path} holds the baseline alone: nothing to compare")
    everything, said = collect(store, HEADLINE_INDICATORS), store.manifest().get("attribution")
    pairs = everything.without(said["added"]) if said else everything  # coalitions are no policies of the experiment
    if not pairs.policies:
        raise StoreError(f"{store.path} holds no finished run of a policy beside its baseline")
    steps_a_year = DAYS_PER_YEAR / store.manifest()["steps"]["days"]
    table = pd.concat([_levels(pairs), *_as_family([_effects(pairs, name) for name in pairs.policies])])
    effects = table[table["n"] > 0].reindex(columns=pd.Index(COLUMNS)).reset_index(drop=True)
    shares = attributed(everything, said, steps_a_year)
    return Comparison(effects, ratios(pairs, steps_a_year), told(store, pairs), steps_a_year, shares)


def write(comparison: Comparison, store: Store) -> None:
    """The tables beside the summary: comparison.parquet and .csv, ratios.csv, attribution.csv if there is one."""
    with replacing(store.path / "comparison.parquet") as temporary:
        comparison.effects.to_parquet(temporary, index=False)
    tables = {"comparison": comparison.effects, "ratios": comparison.ratios}
    if len(comparison.attribution):
        tables["attribution"] = comparison.attribution
    for name, table in tables.items():
        with replacing(store.path / f"{name}.csv") as temporary:
            table.to_csv(temporary, index=False, lineterminator="\n")


def _levels(pairs: Pairs) -> pd.DataFrame:
    """The baseline's own rows: means and intervals, no differences."""
    found = student(pairs.levels.to_numpy(np.float64))
    table = pairs.levels.index.to_frame(index=False)
    level = _interval(found, "mean")
    return table.assign(policy=BASELINE, verdict="", verdict_holm="", n=found.n, baseline=found.mean, **level)


def _as_family(tables: list[pd.DataFrame]) -> list[pd.DataFrame]:
    """Tables of the policies, which share their rows, with what stands of each row when all policies are judged."""
    adjusted = holm(np.column_stack([table["p"] for table in tables]))
    return [
        table.assign(p_holm=p, verdict_holm=surviving(table["verdict"].to_numpy(), p))
        for table, p in zip(tables, adjusted.T, strict=True)
    ]


def _effects(pairs: Pairs, policy: str) -> pd.DataFrame:
    """One policy, a row an indicator: levels, paired differences at draw 0, how far doubt about parameters moves them.

    Levels are over the pairs whose difference is known, so that mean less baseline is the difference.
    """
    value, base = pairs.of(policy)
    against_nothing = np.isnan(base).all(axis=1, keepdims=True)
    value = np.where(np.isnan(base) & ~against_nothing, np.nan, value)
    base = np.where(np.isnan(value), np.nan, base)
    level, difference = student(value), student(value - base)
    boot_low, boot_high = bootstrap(value - base)
    table = pairs.value.index.to_frame(index=False).assign(
        policy=policy,
        n=level.n,
        baseline=student(base).mean,
        verdict=verdicts(difference),
        variance_reduction=variance_reduction(value, base),
        boot_low=boot_low,
        boot_high=boot_high,
        p=p_values(difference),
        needed=needed(difference),
        **_interval(level, "mean"),
        **_interval(difference, "diff", "diff_"),
    )
    if draws := pairs.draws(policy):
        worlds = [student(np.subtract(*pairs.of(policy, draw))).mean for draw in draws]
        table = table.assign(**doubt(np.column_stack(worlds), difference.mean).columns())
    return table


def _interval(found: Interval, mean: str, prefix: str = "") -> dict[str, np.ndarray]:
    return {mean: found.mean, f"{prefix}low": found.low, f"{prefix}high": found.high}
