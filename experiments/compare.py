"""Policies against current law: every indicator's paired difference, ratios of effects, doubt, effects by year.

One table holds them all. `baseline` is what a row is held against: the paired run under current law, except in
the group `borrowers:marginal - both`, where it is the firms that drew in both runs. Ends `low` and `high` are
Student's, `boot_low` and `boot_high` the bootstrap's of the difference. `p_holm` and `verdict_holm` hold all policies'
effects on a row's window, group and indicator for one family; `needed` replications would tell the difference apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from agents.numeric import DAYS_PER_YEAR
from experiments.attributed import attributed, shared
from experiments.bootstrap import bootstrap
from experiments.crew import in_order
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
from experiments.pairs import BASELINE, Pairs, Planned, Reader, collect, is_amount_of_lever, levels, planned
from experiments.policies_told import Told, told
from experiments.ratios import ratios
from experiments.steps import Steps
from experiments.store import Store, StoreError, replacing
from experiments.windows import KEY, Row

Float = npt.NDArray[np.float64]

COLUMNS: Final = [
    "policy", *KEY, "mean", "low", "high", "n", "diff", "diff_low", "diff_high", "baseline", "verdict",
    "variance_reduction", "doubt_low", "doubt_high", "worlds", "same_sign",
    "boot_low", "boot_high", "p", "p_holm", "verdict_holm", "needed",
]  # fmt: skip

A_RUN: Final = 0.01  # seconds that a small run takes, at least
_ROWS: Final = 1000  # whose effects are worked out at a time


@dataclass(frozen=True)
class Comparison:
    """What the policies of one experiment do: `effects` (`COLUMNS`), `ratios`, and what is said of them."""

    effects: pd.DataFrame
    ratios: pd.DataFrame
    told: Told
    steps_a_year: float
    attribution: pd.DataFrame  # columns `attributed.COLUMNS`; no row if the experiment asks for none
    steps: Steps

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


def compare(store: Store, workers: int | None = None) -> Comparison:
    """Compare the finished runs of `store`, in up to `workers` processes where there are many (all cores if None).

    Raises `StoreError` if there is nothing to compare.
    """
    if {run.policy for run in store.planned()} == {BASELINE}:
        raise StoreError(f"{store.path} holds the baseline alone: nothing to compare")
    manifest = store.manifest()
    said, steps_a_year = manifest.get("attribution"), DAYS_PER_YEAR / manifest["steps"]["days"]
    jobs = planned(store.done())
    added = set(said["added"]) if said else set()  # coalitions are no policies of the experiment
    policies = [job.policy for job in jobs if job.policy not in {BASELINE, *added}]
    if not policies:
        raise StoreError(f"{store.path} holds no finished run of a policy beside its baseline")
    work, runs = partial(_found, Reader(store, HEADLINE_INDICATORS), steps_a_year), sum(len(job.runs) for job in jobs)
    found = dict(zip((job.policy for job in jobs), in_order(work, jobs, workers, A_RUN * runs), strict=True))
    table = pd.concat([found[BASELINE].effects, *_as_family([found[name] for name in policies])])
    effects = table[table["n"] > 0].reindex(columns=pd.Index(COLUMNS)).astype({"n": np.int64}).reset_index(drop=True)
    return Comparison(
        effects,
        pd.concat([found[name].ratios for name in policies], ignore_index=True),
        told(store, policies, max(found[name].n for name in policies)),
        steps_a_year,
        attributed({name: own.shared for name, own in found.items()}, said, steps_a_year),
        Steps(store, (BASELINE, *policies)),
    )


def law_alone(store: Store) -> Comparison:
    """Current law's finished runs with no policy beside them, for charts that follow single steps."""
    manifest = store.manifest()
    n = sum(run.policy == BASELINE and run.draw == 0 for run in store.done())
    none = pd.DataFrame(columns=pd.Index(COLUMNS))
    said, steps_a_year = told(store, [], n), DAYS_PER_YEAR / manifest["steps"]["days"]
    return Comparison(none, pd.DataFrame(), said, steps_a_year, attributed({}, None, steps_a_year),
                      Steps(store, (BASELINE,)))  # fmt: skip


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


class _Found(NamedTuple):
    """What is left of one policy's runs: its rows of `effects` but for Holm's, ratios, `attributed.shared`, pairs."""

    effects: pd.DataFrame
    ratios: pd.DataFrame
    shared: pd.DataFrame
    n: int


def _found(reader: Reader, steps_a_year: float, of: Planned) -> _Found:
    """In a process of its own where there are many runs: values of single runs stay there."""
    if of.policy == BASELINE:
        return _Found(_levels(*levels(reader, of)), pd.DataFrame(), pd.DataFrame(), len(of.runs))
    pairs = collect(reader, of)
    return _Found(_effects(pairs), ratios(pairs, steps_a_year), shared(pairs), len(pairs.replications))


def _levels(rows: list[Row], values: Float) -> pd.DataFrame:
    """The baseline's own rows: means and intervals, no differences."""
    found = student(values)
    level = _interval(found, "mean")
    table = pd.DataFrame(rows, columns=pd.Index(KEY))
    return table.assign(policy=BASELINE, verdict="", verdict_holm="", n=found.n, baseline=found.mean, **level)


def _as_family(found: list[_Found]) -> list[pd.DataFrame]:
    """Effects of the policies on the same rows, with what stands of each row when all policies are judged."""
    tables = _with_the_same_rows(found)
    adjusted = holm(np.column_stack([table["p"] for table in tables]))
    return [
        table.assign(p_holm=p, verdict_holm=surviving(table["verdict"].to_numpy(), p))
        for table, p in zip(tables, adjusted.T, strict=True)
    ]


def _with_the_same_rows(found: list[_Found]) -> list[pd.DataFrame]:
    """A row that a policy lacks says nothing of it; amounts of a lever that it does not have are nil in its runs."""
    listed = [list(own.effects[KEY].itertuples(index=False, name=None)) for own in found]
    rows = list(dict.fromkeys(row for own in listed for row in own))
    tables = []
    for own, those in zip(found, listed, strict=True):
        if those == rows:
            tables.append(own.effects)
            continue
        policy, missing = str(own.effects["policy"].iloc[0]), set(rows).difference(those)
        unused = [row for row in rows if row in missing and is_amount_of_lever(row)]
        nil = np.zeros((len(unused), own.n))
        more = _effects(Pairs(policy, unused, [], nil, nil, np.empty((len(unused), 0))))
        whole = pd.concat([own.effects, more]).set_index(KEY).reindex(pd.MultiIndex.from_tuples(rows, names=KEY))
        tables.append(whole.reset_index().assign(policy=policy))
    return tables


def _effects(pairs: Pairs) -> pd.DataFrame:
    """One policy, a row an indicator: levels, paired differences at draw 0, how far doubt about parameters moves them.

    Some rows at a time, for what is worked out of a row takes several times the memory of its values.
    """
    starts = range(0, max(len(pairs.rows), 1), _ROWS)
    return pd.concat([_effects_of(pairs, slice(start, start + _ROWS)) for start in starts], ignore_index=True)


def _effects_of(pairs: Pairs, some: slice) -> pd.DataFrame:
    """Levels are over the pairs whose difference is known, so that mean less baseline is the difference."""
    value, base = pairs.value[some], pairs.base[some]
    against_nothing = np.isnan(base).all(axis=1, keepdims=True)
    value = np.where(np.isnan(base) & ~against_nothing, np.nan, value)
    base = np.where(np.isnan(value), np.nan, base)
    level, difference = student(value), student(value - base)
    boot_low, boot_high = bootstrap(value - base)
    table = pd.DataFrame(pairs.rows[some], columns=pd.Index(KEY)).assign(
        policy=pairs.policy,
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
    if pairs.worlds.shape[1]:
        table = table.assign(**doubt(pairs.worlds[some], difference.mean).columns())
    return table


def _interval(found: Interval, mean: str, prefix: str = "") -> dict[str, np.ndarray]:
    return {mean: found.mean, f"{prefix}low": found.low, f"{prefix}high": found.high}
