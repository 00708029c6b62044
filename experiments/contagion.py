"""What a core failure does to its suppliers, month by month: a chart's table and title.

A row of the table: policy, measure, who, month (since the failure), level `mean` with `low` and `high`, and the paired
difference from current law. Measures, per cent of the firms of a tier: `distress` (out of business or with debts
overdue), `failed` (failures since the core's, its own month included); of the year after the failure `distress_year`,
its mean, `failed_year` and `losses_year`, m CNY borne by bearer; of the year before it `distress_before`,
`failed_before` and `losses_before`.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from agents.numeric import DAYS_PER_YEAR
from agents.parameters import TIERS
from experiments.compare import Comparison
from experiments.headline import MILLION, number
from experiments.labels import label
from experiments.money import said
from experiments.paired import holm, p_values, student, surviving, verdicts
from experiments.pairs import BASELINE
from experiments.policies_told import DAYS_A_MONTH, Told
from experiments.policy_charts import PER_CENT
from experiments.policy_findings import moves
from sim.contagion import EXPOSURES, STATES

WHO: Final = (*TIERS, "all")
# Who bears losses: suppliers on failed buyers by tier, in runs that record it; lenders, and groups of the others.
LOSERS: Final = ("suppliers", "lenders", "public", "others")
PUBLIC: Final = ("treasury", "pool", "guarantor", "city_fund", "national_fund")
LOST: Final = "lost_on_failed"
MONTHS_BEFORE: Final = 12.0
DISTRESS: Final = ("firms_gone", "firms_overdue")
COLUMNS: Final = (
    "policy", "measure", "who", "month", "mean", "low", "high", "n", "diff", "diff_low", "diff_high", "verdict",
    "verdict_holm", "unit",
)  # fmt: skip
FIRMS: Final = tuple(f"firms_{state}" for state in STATES)
_UNITS: Final = {"losses_year": "m CNY", "losses_before": "m CNY"}
Float = npt.NDArray[np.float64]


class Clock(NamedTuple):
    """Steps of a comparison with a core failure: when it is, how many make a year, days of one."""

    failure: int
    year: int
    days: float

    def month(self, step: int) -> float:
        """Months from the failure to a step."""
        return (step - self.failure) * self.days / DAYS_A_MONTH

    def step(self, month: float) -> int:
        """The step nearest to so many months from the failure."""
        return self.failure + round(month * DAYS_A_MONTH / self.days)


def clock_of(comparison: Comparison) -> Clock | None:
    """None if the experiment orders no core enterprise to fail within its horizon."""
    told, days = comparison.told, DAYS_PER_YEAR / comparison.steps_a_year
    months = [month for month, _ in told.failures if month < told.months]
    if not months:
        return None
    step = int(np.floor((told.burn_in_months + months[0]) * DAYS_A_MONTH / days))
    return Clock(step, round(comparison.steps_a_year), days)


def contagion_data(comparison: Comparison) -> pd.DataFrame:
    """The table described above, months from a year before the failure to the end; empty if there is no failure."""
    clock = clock_of(comparison)
    if clock is None:
        return pd.DataFrame(columns=pd.Index(COLUMNS))
    tracks = comparison.steps.reduced(["failures", *FIRMS, LOST, "loss_borne"], _tracks)
    return table_of_values({policy: _measured(track, clock) for policy, track in tracks.items()}, _UNITS)


def _tracks(values: pd.DataFrame) -> Float:
    """float64[15, steps]: % of firms that fail, and in distress, by `WHO`; losses by tier and `LOSERS`, m CNY."""
    place = {key: at for at, key in enumerate(values.index)}
    table = values.to_numpy(np.float64)

    def by_tier(*indicators: str) -> Float:
        rows = [[place[name, f"exposure:{tier}:{exposure}"] for name in indicators for exposure in EXPOSURES]
                for tier in TIERS]  # fmt: skip
        tiers = np.array([table[those].sum(axis=0) for those in rows])
        return np.vstack([tiers, tiers.sum(axis=0)])

    firms = by_tier(*FIRMS)
    shares = PER_CENT * np.array([by_tier("failures"), by_tier(*DISTRESS)]) / np.where(firms > 0.0, firms, np.nan)
    by_bearer = {who.removeprefix("bearer:"): table[at] for (name, who), at in place.items() if name == "loss_borne"}
    public = np.nansum([by_bearer.get(bearer, np.zeros(table.shape[1])) for bearer in PUBLIC], axis=0)
    others = np.nansum([lost for who, lost in by_bearer.items() if who not in (*LOSERS, *PUBLIC)], axis=0)
    known = any(name == LOST for name, _ in place)
    tiers = np.where(firms > 0.0, by_tier(LOST) if known else np.nan, np.nan)[:-1]
    losses = np.vstack([tiers, by_bearer["suppliers"], by_bearer["lenders"], public, others])
    return np.vstack([*shares, losses / MILLION])


def _measured(tracks: Float, clock: Clock) -> dict[tuple[str, str, float], Float]:
    """By measure, who and month a value a replication, from float64[replications, tracks, steps]."""
    count, steps = len(WHO), tracks.shape[2]
    fails, distress, losses = tracks[:, :count], tracks[:, count : 2 * count], tracks[:, 2 * count :]
    first, end = max(clock.failure - clock.year, 0), min(clock.failure + clock.year, steps)
    since = np.cumsum(fails[:, :, clock.failure :], axis=2)
    found: dict[tuple[str, str, float], Float] = {}
    for place, who in enumerate(WHO):
        for step in range(first, steps):
            found["distress", who, clock.month(step)] = distress[:, place, step]
        for step in range(clock.failure, steps):
            found["failed", who, clock.month(step)] = since[:, place, step - clock.failure]
    spans = {"year": (clock.month(end), slice(clock.failure, end))}
    if first < clock.failure:
        spans["before"] = (clock.month(first), slice(first, clock.failure))
    for name, (month, span) in spans.items():
        for place, who in enumerate(WHO):
            found[f"distress_{name}", who, month] = distress[:, place, span].mean(axis=1)
            found[f"failed_{name}", who, month] = fails[:, place, span].sum(axis=1)
        for place, who in enumerate((*TIERS, *LOSERS)):
            found[f"losses_{name}", who, month] = losses[:, place, span].sum(axis=1)
    return found


def table_of_values(values: dict[str, dict[tuple[str, str, float], Float]], units: dict[str, str]) -> pd.DataFrame:
    """A table of `COLUMNS` from values by policy, then by (measure, who, month), one a replication.

    Replications are paired; the unit is per cent of firms unless `units` says otherwise for a measure. All policies'
    changes of a row are a family of tests, of which `verdict_holm` says what stands.
    """
    arrays = {policy: np.array(list(found.values())) for policy, found in values.items()}
    changes = {policy: student(array - arrays[BASELINE]) for policy, array in arrays.items() if policy != BASELINE}
    adjusted = holm(np.column_stack([p_values(change) for change in changes.values()])) if changes else np.empty((0, 0))
    stands = dict(zip(changes, adjusted.T, strict=True))
    parts = []
    for policy, found in values.items():
        table = pd.DataFrame(list(found), columns=pd.Index(["measure", "who", "month"]))
        level = student(arrays[policy])
        table = table.assign(policy=policy, mean=level.mean, low=level.low, high=level.high, n=level.n)
        if policy == BASELINE:
            table = table.assign(diff=np.nan, diff_low=np.nan, diff_high=np.nan, verdict="", verdict_holm="")
        else:
            change = changes[policy]
            ends = {"diff": change.mean, "diff_low": change.low, "diff_high": change.high}
            verdict = verdicts(change)
            table = table.assign(**ends, verdict=verdict, verdict_holm=surviving(verdict, stands[policy]))
        parts.append(table)
    every = pd.concat(parts, ignore_index=True)
    every = every.assign(unit=every["measure"].map(units).fillna("% of firms"))
    return every.loc[every["n"] > 0, list(COLUMNS)].reset_index(drop=True)


def losers(data: pd.DataFrame) -> list[str]:
    """Who bears losses, as columns: suppliers by tier if the runs recorded it, else together."""
    known = set(data.loc[data["measure"] == "losses_year", "who"])
    return [who for who in (*TIERS, *LOSERS) if who in known and not (who == LOSERS[0] and known & set(TIERS))]


def contagion_finding(data: pd.DataFrame, told: Told, lang: str) -> str:
    """How many of each tier fail in the year after and did before; what policies do to it, or else who loses."""
    law = data[data["policy"] == BASELINE].set_index(["measure", "who"])["mean"]
    if "failed_year" not in law.index:
        return label("contagion_none", lang)
    failed = data[data["measure"] == "failed_year"]
    there = [tier for tier in TIERS if ("failed_year", tier) in law.index]
    form = "contagion_tier" if "failed_before" in law.index else "contagion_tier_only"
    parts = [label(form, lang, tier=label(tier, lang), share=_level(law, "failed_year", tier, 1),
                   before=_level(law, "failed_before", tier, 1)) for tier in there]  # fmt: skip
    values = {"months": f"{failed['month'].iloc[0]:g}", "tiers": label("comma", lang).join(parts)}
    months = -data.loc[data["measure"] == "failed_before", "month"]
    title = label("contagion_level", lang, **values)
    if len(months):
        title = label("contagion_both", lang, **values, before=f"{months.iloc[0]:g}")
    if told.compared:
        rest = moves(failed[failed["who"] == "all"], "noun_failures", "size_points", told, lang)
    else:
        every = float(law["losses_year"].reindex(index=list(LOSERS)).sum())
        parts = {who: said(float(law.get(("losses_year", who), np.nan)), lang, 0) for who in LOSERS}
        rest = label("contagion_losses", lang, **parts, all=said(every, lang, 0))
    return label("semicolon", lang).join((title, rest))


def _level(law: pd.Series, measure: str, who: str, digits: int) -> str:
    return number(float(law.get((measure, who), np.nan)), digits)
