"""What a store says of its policies beside their numbers: names, dates, what ran out, whence parameters come."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pandas as pd

from experiments.charts import core_failures
from experiments.config import load
from experiments.equal_cost import SUFFIX as EQUAL_COST
from experiments.errors import ConfigError
from experiments.labels import LANGUAGES, label
from experiments.lever_words import amount_in_chinese, parameter_words
from experiments.pairs import BASELINE
from experiments.store import Store
from policies.catalogue import INSTRUMENTS

NO_POLICY: Final = "no_policy"
EXHAUSTED: Final = ("quota_exhausted", "budget_exhausted", "pool_empty")
STATUSES: Final = ("measured", "estimated", "assumed")
NAMED: Final = 2  # instruments that a policy's name lists; beyond, it is called by its own name
DAYS_A_MONTH: Final = 30.0
_POINT: Final = re.compile(r"(?P<base>[^\[]+)\[(?P<point>[^=,]+=.+)\]")  # as `sweep.varied` names it
APART: Final = 12.0  # months between which two policies' levers are said to run out at different times


@dataclass(frozen=True)
class Exhausted:
    """An instrument whose quota, budget or pool ran out in the evaluation: in how many runs, median first month."""

    instrument: str
    runs: int
    of: int
    month: float


@dataclass(frozen=True)
class Told:
    """About one experiment's policies, the baseline first; months count from the start of the evaluation."""

    experiment: str
    digest: str
    version: str
    months: float
    burn_in_months: float
    n: int
    policies: tuple[str, ...]
    titles: dict[str, tuple[str, ...]]  # by policy, a text a language
    dates: dict[str, tuple[tuple[str, str, float], ...]]  # by policy: instrument, lever_start or lever_end, month
    exhausted: dict[str, tuple[Exhausted, ...]]  # of a policy what it sets, or what differs from the baseline
    parameters: dict[str, float]  # share by status; empty if nobody knows
    spans: dict[str, tuple[dict[str, Any], ...]] = field(default_factory=dict)  # by policy: instruments, days, values
    draws: str = "none"  # where other parameter values come from, as `design.kind_of_draws`
    failures: tuple[tuple[float, int], ...] = ()  # month and rank by size of OEMs that are ordered to fail, in order

    @property
    def compared(self) -> tuple[str, ...]:
        """The policies that are held against the baseline."""
        return self.policies[1:]

    @property
    def counted(self) -> tuple[str, ...]:
        """The policies that a sentence counts: switching everything off is none of them, unless it is all there is, nor
        are the weaker copies at equal cost.
        """
        own = (policy for policy in self.compared if policy != NO_POLICY and not policy.endswith(EQUAL_COST))
        return tuple(own) or self.compared

    @property
    def copies(self) -> tuple[str, ...]:
        """Policies over again, at the strength at which they cost alike; those that are counted left out."""
        counted = self.counted
        return tuple(policy for policy in self.compared if policy.endswith(EQUAL_COST) and policy not in counted)

    def name(self, policy: str, lang: str) -> str:
        """What a chart calls a policy."""
        return self.titles[policy][LANGUAGES.index(lang)]


def told(store: Store, compared: list[str], n: int) -> Told:
    """Gather it from the manifest and from the events of the runs at the scenario's own parameter values.

    `compared` are policies other than the baseline, `n` the most pairs that one of them has.
    """
    said = store.manifest()
    steps = said["steps"]
    policies = (BASELINE, *compared)
    runs = [run for run in store.done() if run.draw == 0 and run.policy in policies]
    events = store.events(runs)
    events = events.assign(month=(events["step"] - steps["burn_in"]) * steps["days"] / DAYS_A_MONTH)
    counts = Counter(run.policy for run in runs)
    dates = _dates(events, compared)
    return Told(
        experiment=said["experiment"],
        digest=said["digest"],
        version=said["finflow"],
        months=steps["evaluate"] * steps["days"] / DAYS_A_MONTH,
        burn_in_months=steps["burn_in"] * steps["days"] / DAYS_A_MONTH,
        n=n,
        policies=policies,
        titles=titles_of(policies, said.get("policies", {}), said.get("names", {})),
        dates=dates,
        exhausted=_differing(
            {policy: _exhausted(events[events["policy"] == policy], counts[policy]) for policy in policies}, dates
        ),
        parameters=parameter_shares(store, said),
        spans={policy: tuple(said.get("policies", {}).get(policy, ())) for policy in policies},
        draws=said.get("draws", {}).get("kind", "none"),
        failures=core_failures(said.get("stresses", [])),
    )


def instrument_title(instrument: str, lang: str) -> str:
    """An instrument's title; its id if the catalogue does not have it."""
    kind = INSTRUMENTS.get(instrument)
    return kind.TITLE[LANGUAGES.index(lang)] if kind else instrument


def parameter_title(path: str, lang: str, form: str = "swept_axis") -> str:
    """An instrument's parameter as an axis calls it, or as a sentence does."""
    instrument, _, name = path.partition(".")
    parameter = parameter_words(name)[LANGUAGES.index(lang)]
    return label(form, lang, instrument=instrument_title(instrument, lang), parameter=parameter)


def titles_of(
    policies: tuple[str, ...], said: dict[str, list[dict[str, Any]]], names: Mapping[str, Mapping[str, str]]
) -> dict[str, tuple[str, ...]]:
    """What the experiment calls them in `names`; current law and no policy by their labels; else in English the
    policy's own name, in Chinese its instruments.

    Policies with the same title are told apart by their own names.
    """
    law = said.get(BASELINE, [])
    changed = {policy: [span for span in said.get(policy, []) if span not in law] for policy in policies}
    by_base: dict[str, list[dict[str, Any]]] = {}
    for policy in policies:  # what a swept policy changes, some point of it does
        base = _base(policy)
        by_base[base] = by_base.get(base) or changed[policy]
    by_language = []
    for place, lang in enumerate(LANGUAGES):
        titles = {base: names.get(base, {}).get(lang) or _title(base, spans, lang) for base, spans in by_base.items()}
        twice = {title for title, count in Counter(titles.values()).items() if count > 1}
        titles |= {policy: f"{text}（{words(policy)}）" for policy, text in titles.items() if text in twice}
        by_language.append({policy: _at_point(titles[_base(policy)], policy, place) for policy in policies})
    return {policy: tuple(titles[policy] for titles in by_language) for policy in policies}


def _at_point(title: str, policy: str, place: int) -> str:
    """A title with the values of a point of a sweep, or with what makes it a policy at equal cost."""
    if policy.endswith(EQUAL_COST):
        title += label("at_equal_cost", LANGUAGES[place])
    _, point = swept(policy.removesuffix(EQUAL_COST))
    names = {path: path.rsplit(".", 1)[-1] for path in point}
    for path, name in names.items():
        alone = list(names.values()).count(name) == 1
        said = parameter_words(name)[place] if alone else parameter_title(path, LANGUAGES[place], "swept_in_words")
        value = (point[path], amount_in_chinese(point[path]))[place]
        title += label("at_point", LANGUAGES[place], name=said, value=value)
    return title


def _base(policy: str) -> str:
    """The policy as it is written, of which this is a point of the sweep or the strength at equal cost."""
    return swept(policy.removesuffix(EQUAL_COST))[0]


def swept(policy: str) -> tuple[str, dict[str, str]]:
    """The policy that a point of a sweep varies, and its values as texts by `instrument.parameter`; else itself."""
    found = _POINT.fullmatch(policy)
    if found is None:
        return policy, {}
    values = (part.partition("=") for part in found["point"].split(","))
    return found["base"], {path: value for path, _, value in values}


def _title(policy: str, changed: list[dict[str, Any]], lang: str) -> str:
    """What a policy is called that changes these spans of instruments; many, or one that ends, have no title."""
    if policy in (BASELINE, NO_POLICY):
        return label(policy, lang)
    names = dict.fromkeys(span["instrument"] for span in changed if span["start_day"] >= 0)
    ends = {span["instrument"] for span in changed if span["start_day"] < 0} - set(names)
    if not 0 < len(names) <= NAMED or ends:
        return label("several", lang, name=words(policy))
    return {"en": words(policy), "zh": " + ".join(instrument_title(name, "zh") for name in names)}[lang]


def words(policy: str) -> str:
    """A policy's own name as words."""
    return policy.replace("_", " ")


def _dates(events: pd.DataFrame, policies: list[str]) -> dict[str, tuple[tuple[str, str, float], ...]]:
    """When levers start or end in a policy; dates that the baseline has too are left out."""
    rows = events[events["kind"].isin(("lever_start", "lever_end"))]
    found = {
        policy: set(own[["subject", "kind", "month"]].itertuples(index=False, name=None))
        for policy, own in rows.groupby("policy")
    }
    common = found.get(BASELINE, set())
    return {policy: tuple(sorted(found.get(policy, set()) - common, key=lambda date: date[2])) for policy in policies}


def _exhausted(events: pd.DataFrame, runs: int) -> tuple[Exhausted, ...]:
    rows = events[events["kind"].isin(EXHAUSTED) & (events["month"] >= 0.0)]
    first = rows.groupby(["subject", "replication"])["month"].min()
    return tuple(
        Exhausted(str(instrument), len(months), runs, float(months.median()))
        for instrument, months in first.groupby(level="subject")
    )


def _differing(
    exhausted: dict[str, tuple[Exhausted, ...]], dates: dict[str, tuple[tuple[str, str, float], ...]]
) -> dict[str, tuple[Exhausted, ...]]:
    """The baseline's, and of each policy those that it sets or that run out more often or at another time."""
    law = {found.instrument: found for found in exhausted[BASELINE]}

    def differs(policy: str, found: Exhausted) -> bool:
        own, then = {instrument for instrument, _, _ in dates[policy]}, law.get(found.instrument)
        if then is None or found.instrument in own:
            return True
        return found.runs * then.of > then.runs * found.of or abs(found.month - then.month) >= APART

    return {
        policy: tuple(found for found in those if policy == BASELINE or differs(policy, found))
        for policy, those in exhausted.items()
    }


def parameter_shares(store: Store, said: dict[str, Any]) -> dict[str, float]:
    """Share of parameters by how well they are known, of those the experiment does not set itself; {} if unknown."""
    counts = said.get("parameters") or _counted(store, said)
    total = sum(counts.get(status, 0) for status in STATUSES)
    return {status: counts.get(status, 0) / total for status in STATUSES} if total else {}


def _counted(store: Store, said: dict[str, Any]) -> Counter[str]:
    try:
        return Counter(origin.status for origin in load(store.path / said["config"]).provenance.values())
    except (ConfigError, OSError):
        return Counter()  # written by another version: the charts then say nothing of it
