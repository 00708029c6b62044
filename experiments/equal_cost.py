"""Policies at equal public cost: for each the strength at which it costs the public so much a year over the baseline.

Strength 0 to 1 moves the strength parameter of every instrument that the policy sets, from its value under current law
(from where it does nothing, if it is not in force or already at its bound) up to its declared bound; all else stays as
the policy says. Each strength tried is run with the luck of the baseline, on few replications and a shortened
evaluation, so that the found cost holds for these months; the policy is then run like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from experiments import units
from experiments.instruments import LEVERS, values_of
from experiments.nodes import Node
from experiments.reforms import BASELINE, Change, Reform, policy
from experiments.values import read_number
from policies.catalogue import INSTRUMENTS
from policies.levers import Instrument, Policy, strength_of

REPLICATIONS: Final = 4
DAYS: Final = 1_080  # evaluated; three years, so that guarantees and pools have paid for what they covered first
TOLERANCE: Final = 0.05  # of the target
MOST_TRIES: Final = 14
NARROWEST: Final = 1 / 32  # bracket over the strength: in a narrower one the cost is taken to jump
SUFFIX: Final = "@equal_cost"
_CONFIDENCE: Final = 0.95

Status = Literal["solved", "nearest", "not attainable"]
Costs = npt.NDArray[np.float64]  # CNY a year over the baseline, by replication
# What runs policies: public cost in CNY a year of each, by replication.
Measure = Callable[[Sequence[Policy]], Sequence[Costs]]


@dataclass(frozen=True)
class EqualCost:
    """Which policies are to cost how much, CNY a year over the baseline, in the modelled economy."""

    policies: tuple[str, ...]
    public_cost: float


@dataclass(frozen=True)
class Solution:
    """What came of it for one policy: strength, the mean cost there in CNY a year with its 95 % interval, in words.

    `strength` of a policy that can't cost so much is where it comes closest.
    """

    policy: str
    status: Status
    strength: float
    cost: float
    low: float
    high: float
    said: str


def read(node: Node | None, reforms: Mapping[str, Reform]) -> EqualCost | None:
    """The section `equal_cost`; ConfigError for a mistake."""
    if node is None:
        return None
    entries = node.mapping(("policies", "public_cost"), required=("policies", "public_cost"))
    names = [name for name, reform in reforms.items() if any(reform.values())]
    listed = entries["policies"].list("a list of policies")
    if not listed:
        raise entries["policies"].error("found no policy", "a list of policies")
    chosen = tuple(entry.choice(names) for entry in listed)
    for place, entry in enumerate(listed):
        if chosen[place] in chosen[:place]:
            raise entry.error("found this policy before", "each policy once")
    cost = read_number(entries["public_cost"], "CNY/yr", 1, 1e14)
    return EqualCost(chosen, cost)


def write(wanted: EqualCost) -> dict[str, Any]:
    """Plain data that `read` takes back to the same."""
    return {"policies": list(wanted.policies), "public_cost": units.write(wanted.public_cost, "CNY/yr")}


def at_strength(reform: Reform, law: Iterable[Instrument], strength: float) -> Reform:
    """The policy's changes with every instrument it sets at this strength."""
    before = {instrument.ID: instrument for instrument in law}
    return {
        identity: change and _strengthened(identity, change, before.get(identity), strength)
        for identity, change in reform.items()
    }


def values_at(reform: Reform) -> str:
    """The strength parameters of a policy, in words."""
    found = {identity: _strength_name(identity) for identity, change in reform.items() if change}
    return "; ".join(
        f"{identity}.{name}={units.brief(change.values[name], LEVERS[identity][name].declaration.unit)}"
        for identity, name in found.items()
        if (change := reform[identity])
    )


def solve(
    wanted: EqualCost, reforms: Mapping[str, Reform], law: tuple[Instrument, ...], measure: Measure
) -> Generator[Solution, None, None]:
    """Yield the solution of each policy as it is found; all are searched for side by side, so that `measure` has
    several policies to run at a time.
    """
    (base,) = measure([policy(BASELINE, {}, law)])
    searches = {name: _search(wanted.public_cost) for name in wanted.policies}
    asked = {name: next(search) for name, search in searches.items()}
    while asked:
        trials = [policy(name, at_strength(reforms[name], law, strength), law) for name, strength in asked.items()]
        costs = dict(zip(asked, measure(trials), strict=True))
        for name in list(asked):
            try:
                asked[name] = searches[name].send(costs[name] - base)
            except StopIteration as found:
                del asked[name]
                yield replace(found.value, policy=name)


def _search(target: float) -> Generator[float, Costs, Solution]:
    """Ask for costs at strengths and return the solution, unnamed: regula falsi between both ends, and a bisection
    after every step that did not halve the bracket.
    """
    tried: dict[float, Costs] = {}
    for strength in (1.0, 0.0):
        tried[strength] = yield strength
    weak, strong, halved = 0.0, 1.0, True
    below, above = (float(tried[end].mean()) - target for end in (weak, strong))
    if above < -TOLERANCE * target:
        return _solution("not attainable", 1.0, tried[1.0], f"at its bound it costs only {_money(tried[1.0].mean())}")
    if below > TOLERANCE * target:
        return _solution("not attainable", 0.0, tried[0.0], f"at its weakest it costs {_money(tried[0.0].mean())}")
    while len(tried) < MOST_TRIES and strong - weak > NARROWEST * strong and _miss(tried, target) > TOLERANCE:
        width, share = strong - weak, -below / (above - below) if halved else 0.5
        middle = weak + share * width
        tried[middle] = yield middle
        excess = float(tried[middle].mean()) - target
        if excess < 0:
            weak, below = middle, excess
        else:
            strong, above = middle, excess
        halved = strong - weak <= width / 2
    best = _best(tried, target)
    if _miss(tried, target) <= TOLERANCE:
        return _solution("solved", best, tried[best], f"costs {_money(tried[best].mean())}")
    ends = " to ".join(_money(tried[end].mean()) for end in (weak, strong))
    return _solution("nearest", best, tried[best], f"its cost goes from {ends} at once: the nearest is taken")


def _best(tried: Mapping[float, Costs], target: float) -> float:
    return min(tried, key=lambda strength: abs(float(tried[strength].mean()) - target))


def _miss(tried: Mapping[float, Costs], target: float) -> float:
    """How far the best is off, share of the target."""
    return abs(float(tried[_best(tried, target)].mean()) / target - 1)


def _solution(status: Status, strength: float, costs: Costs, said: str) -> Solution:
    mean, half = float(costs.mean()), np.nan
    if costs.size > 1:
        from scipy import stats  # takes half a second to import, and every worker reads configurations

        half = float(stats.sem(costs) * stats.t.ppf(0.5 + _CONFIDENCE / 2, costs.size - 1))
    return Solution("", status, strength, mean, mean - half, mean + half, said)


def _strengthened(identity: str, change: Change, old: Instrument | None, strength: float) -> Change:
    name = _strength_name(identity)
    lever = LEVERS[identity][name]
    most, weakest = lever.declaration.le, lever.neutral
    assert weakest is not None  # that is what makes it the strength
    if old is not None and (now := values_of(old)[name]) != most:
        assert isinstance(now, float)
        weakest = now
    value = float(f"{weakest + strength * (most - weakest):.10g}")
    return replace(change, values=change.values | {name: value})


def _strength_name(identity: str) -> str:
    return strength_of(INSTRUMENTS[identity]).declaration.path.split(".")[1]


def _money(amount: float) -> str:
    return units.brief(amount, "CNY/yr", digits=3)
