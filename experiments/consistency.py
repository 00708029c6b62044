"""What no single parameter can say: shares that sum to one, a step that divides the month, thresholds."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from itertools import pairwise
from typing import Any, Final

from experiments import units
from experiments.nodes import Node
from experiments.values import DECLARED

# A rule gets all values and answers with what is wrong and what is allowed, None if nothing is.
Rule = Callable[[Mapping[str, Any]], tuple[str, str] | None]


def _step_divides_the_month(values: Mapping[str, Any]) -> tuple[str, str] | None:
    if 30 % values["step_days"]:
        return f"a step of {values['step_days']} days does not divide the month", "a divisor of 30 days"
    return None


def _one_share_an_oem(values: Mapping[str, Any]) -> tuple[str, str] | None:
    shares, oems = len(values["population.oem_share"]), values["population.oems"]
    if shares != oems:
        return f"{shares} shares for {oems} OEMs", "as many population.oem_share as population.oems"
    return None


def _sums_to_one(path: str) -> Rule:
    def rule(values: Mapping[str, Any]) -> tuple[str, str] | None:
        total = math.fsum(values[path])
        return (f"shares sum to {total:.9g}", "shares that sum to 1") if abs(total - 1) > 1e-9 else None

    return rule


def _sizes_fall(values: Mapping[str, Any]) -> tuple[str, str] | None:
    large, *rest = values["population.size_workers"]
    if len(rest) != 2 or not large > rest[0] > rest[1]:
        return "thresholds of size are not three falling numbers", "workers of large > medium > small"
    return None


def _some_bank(values: Mapping[str, Any]) -> tuple[str, str] | None:
    return None if any(values["population.banks"]) else ("no bank at all", "at least one bank of some kind")


def _not_above(lower: str, upper: str) -> Rule:
    def rule(values: Mapping[str, Any]) -> tuple[str, str] | None:
        low, high = values[lower], values[upper]
        if low <= high:
            return None
        unit = DECLARED[lower].unit
        found = f"{lower} of {units.show(low, unit)} is above {upper} of {units.show(high, unit)}"
        return found, f"{lower} up to {upper}"

    return rule


_SHARES: Final = tuple(f"population.{name}_share" for name in ("oem", "tier", "subsector", "house_bank"))
_CAPITAL: Final = ("bank.minimum_capital", "bank.lending_capital", "bank.payout_capital")
ORDERED: Final = tuple(pairwise(_CAPITAL))  # of each pair the first is at most the second
_RULES: Final[tuple[tuple[tuple[str, ...], Rule], ...]] = (
    (("step_days",), _step_divides_the_month),
    (("population.oem_share", "population.oems"), _one_share_an_oem),
    *(((path,), _sums_to_one(path)) for path in _SHARES),
    (("population.size_workers",), _sizes_fall),
    (("population.banks",), _some_bank),
    *((pair, _not_above(*pair)) for pair in ORDERED),
)


def broken(values: Mapping[str, Any]) -> tuple[tuple[str, ...], str, str] | None:
    """The first rule broken: the parameters it is about, what is wrong, what is allowed; None if all hold."""
    for paths, rule in _RULES:
        if wrong := rule(values):
            return paths, *wrong
    return None


def check(values: Mapping[str, Any], nodes: Mapping[str, Node], overridden: Collection[str]) -> None:
    """ConfigError for the first rule broken, placed at what the experiment wrote, else in the scenario.

    `nodes` says where each value was written, `overridden` which the experiment wrote.
    """
    if found := broken(values):
        paths, *wrong = found
        raise nodes[next((path for path in paths if path in overridden), paths[0])].error(*wrong)
