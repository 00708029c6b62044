"""Parameter doubt: a Latin hypercube over what the scenario assumes or estimates.

A parameter's range is the one it may be moved in (`experiments.calibrated`), else low and high of its row of
calibration.csv if its value lies between, else a quarter of its value to either side; always inside declared bounds,
and a share at most 1. A vector moves by one common factor. Structure stays: the population, steps, counts and flags,
the opening, the fitted scorecard, the level of demand, which is a norm, and the two ratios that say how much of its
deposits a bank can lend: the opening's books fill them, and tighter ones would end all lending at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from agents.numeric import FloatArray
from experiments import consistency
from experiments.calibrated import RANGES, limits
from experiments.leaf import Provenance, calibration_rows
from experiments.nodes import Node
from experiments.sampling import Sampling
from experiments.values import DECLARED, Value, read_number

Span = tuple[float, float]

MOST_DRAWS: Final = 1_000
WIDTH: Final = 0.25
STRUCTURE: Final = (
    "population.", "opening.", "score.", "step_days", "demand.level", "bank.stable_funding", "bank.reserve_ratio",
)  # fmt: skip
DOUBTFUL: Final = ("assumed", "estimated")
_KNOWN: Final = {moved.path: limits(moved) for moved in RANGES} | {
    "shocks.cost_persistence": (0.88, 0.95),  # half-life of 5 to 14 months: near 1 costs would wander off
}


@dataclass(frozen=True)
class Doubt:
    """How many points, and how many replications of every policy at each."""

    draws: int
    replications: int

    @property
    def sampling(self) -> Sampling:
        """The hypercube that draws the points."""
        return Sampling("lhs", (self.draws,))


def read(node: Node | None) -> Doubt | None:
    """The section `doubt`; ConfigError for a mistake."""
    if node is None:
        return None
    entries = node.mapping(("draws", "replications"), required=("draws",))
    draws = int(read_number(entries["draws"], "count", 2, MOST_DRAWS, whole=True))
    replications = entries.get("replications")
    return Doubt(draws, int(read_number(replications, "count", 1, MOST_DRAWS, whole=True)) if replications else 1)


def ranges(values: Mapping[str, Value], provenance: Mapping[str, Provenance]) -> dict[str, Span]:
    """Lowest and highest value by path, for a vector the lowest and highest factor; zeros can't be doubted."""
    found = {}
    for path, value in values.items():
        if provenance[path].status not in DOUBTFUL or DECLARED[path].whole or path.startswith(STRUCTURE):
            continue
        if span := range_of(path, value, provenance[path].source):
            found[path] = span
    return found


def range_of(path: str, value: Value, source: str | None) -> Span | None:
    """Lowest and highest value, for a vector the lowest and highest factor; None for zeros and where there is no room.

    `source` is the row of calibration.csv that the value comes from, if it does.
    """
    entries = value if isinstance(value, tuple) else (value,)
    if not any(entries):
        return None
    low, high = _range(path, entries, source, isinstance(value, tuple))
    return (low, high) if low < high else None


def points(
    doubt: Doubt, seed: int, values: Mapping[str, Value], provenance: Mapping[str, Provenance]
) -> list[dict[str, Value]]:
    """The values of each draw by path: a function of the seed and the scenario. ValueError if a point can't hold."""
    spans = ranges(values, provenance)
    return placed(doubt.sampling.points(len(spans), seed), spans, values)


def placed(unit: FloatArray, spans: Mapping[str, Span], values: Mapping[str, Value]) -> list[dict[str, Value]]:
    """Points of the unit cube, float64[points, paths], as values by path. ValueError if a point can't hold."""
    drawn = []
    for number, row in enumerate(unit, start=1):
        point = {path: _at(path, values[path], span, u) for (path, span), u in zip(spans.items(), row, strict=True)}
        drawn.append(_in_order(point, values))
        if broken := consistency.broken({**values, **drawn[-1]}):
            raise ValueError(f"draw {number}: {broken[1]}")
    return drawn


def _range(path: str, entries: tuple[float, ...], source: str | None, vector: bool) -> tuple[float, float]:
    declared, smallest, largest = DECLARED[path], min(entries), max(entries)
    low, high = _KNOWN.get(path) or _row_range(source) or (np.nan, np.nan)
    if not low <= smallest <= largest <= high:  # of a row whose figure the scenario's value is only derived from
        around = WIDTH * max(abs(smallest), abs(largest))
        low, high = smallest - around, largest + around
    most = min(declared.le, 1.0) if declared.unit == "share" and largest <= 1 else declared.le
    low, high = max(low, declared.ge), min(high, most)
    if not vector:
        return low, high
    if smallest <= 0 or low <= 0:
        return 1 - WIDTH, min(1 + WIDTH, high / largest)
    return max(low / smallest, 1 - WIDTH), min(high / largest, 1 + WIDTH)


def _row_range(source: str | None) -> tuple[float, float] | None:
    """Low and high of a row in percent, as a share."""
    row = calibration_rows().get(source or "")
    if row is None or not row["unit"].startswith("%") or not row["low"] or not row["high"]:
        return None
    return float(row["low"]) / 100, float(row["high"]) / 100


def _at(path: str, own: Value, span: tuple[float, float], unit: float) -> Value:
    """The value at a place of the range, to six figures."""
    low, high = span
    place = low + (high - low) * float(unit)
    return tuple(_rounded(path, place * entry) for entry in own) if isinstance(own, tuple) else _rounded(path, place)


def _rounded(path: str, value: float) -> float:
    declared = DECLARED[path]
    return min(max(float(f"{value:.6g}"), declared.ge), declared.le) + 0.0


def _in_order(point: dict[str, Value], values: Mapping[str, Value]) -> dict[str, Value]:
    """Where one of two ordered parameters passed the other, they meet: at the lower one if the upper may move."""
    now: dict[str, Any] = {**values, **point}
    for lower, upper in consistency.ORDERED:
        if now[lower] > now[upper]:
            moved, at = (upper, lower) if upper in point else (lower, upper)
            now[moved] = now[at]
    return {path: now[path] for path in point}
