"""Firm by firm against the paired run: like-for-like prices, who borrows only now, who gains and who loses.

A slot is held against the same slot of the paired baseline run. Where its firm failed in one run and not in the
other, its successor stands in: rare, and part of the effect.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from agents.numeric import BASIS_POINT, DAYS_PER_YEAR
from agents.parameters import SIZES, TIERS
from experiments.windows import Key, Measured, coded

LARGE: Final = "large"
THRESHOLD: Final = 25 * BASIS_POINT  # a year: a smaller change of a firm's cost of need counts for neither side
CELLS: Final = tuple(f"cell:{size}:{tier}" for size in SIZES for tier in TIERS)
QUANTILES: Final = (10, 25, 50, 75, 90)  # per cent of firms
_KEPT: Final = ["need", "granted", "weight", "apr", "apr_gross", "cost", "defaults", "credit_loss"]

COLUMNS: Final = ("window", "slot", "size", "tier", *_KEPT)

Mask = npt.NDArray[np.bool_]
Float = npt.NDArray[np.float64]


class Line(NamedTuple):
    """One paired value: of the policy's run, and what it is held against."""

    group: str
    indicator: str
    unit: str
    value: float
    base: float


class Slots:
    """The slots of one run by window, in their order: columns of the stored `firms`."""

    def __init__(self, firms: pa.Table):
        labels, code = coded(firms.column("window"))
        slot, self._size, self._tier = (
            firms.column("slot").to_numpy(),
            coded(firms.column("size")),
            firms.column("tier"),
        )
        order = np.lexsort((slot, code))
        starts = np.searchsorted(code[order], np.arange(len(labels) + 1))
        self._rows = {name: order[starts[place] : starts[place + 1]] for place, name in enumerate(labels)}
        self._columns = {name: firms.column(name).to_numpy().astype(np.float64) for name in _KEPT}
        self._slot = slot

    def slot(self, window: str) -> npt.NDArray[np.int64]:
        """Their numbers."""
        return self._slot[self._rows[window]]

    def columns(self, window: str) -> dict[str, Float]:
        """What is kept of each, by name."""
        rows = self._rows[window]
        return {name: values[rows] for name, values in self._columns.items()}

    def groups(self, window: str) -> dict[str, Mask]:
        """Who belongs to SMEs, to each size and to each tier."""
        rows = self._rows[window]
        (labels, code), tier = self._size, self._tier.to_numpy()[rows]
        size = labels[code[rows]]
        found: dict[str, Mask] = {"sme": size != LARGE}
        found |= {name: size == name for name in SIZES}
        return found | {name: tier == number for number, name in enumerate(TIERS, start=1)}


class Both:
    """The slots of one window in a policy's run and in the paired baseline run, in the same order."""

    def __init__(self, policy: Slots, base: Slots, window: str):
        self.now, self.then, self.groups = policy.columns(window), base.columns(window), policy.groups(window)
        self.drew, self.drew_then = self.now["granted"] > 0.0, self.then["granted"] > 0.0


def paired(
    policy: pa.Table, base: pa.Table, window_years: dict[str, float], step_days: int
) -> tuple[Measured, Measured]:
    """All lines of one pair of runs: of the policy's run, and what they are held against.

    Takes the columns `COLUMNS` of the stored `firms` of the two runs, of steps of `step_days`; `window_years` gives
    each window's length. Raises ValueError if they do not hold the same slots.
    """
    now, then = Slots(policy), Slots(base)
    keys: list[Key] = []
    values: list[list[tuple[float, float]]] = []
    for window, length in window_years.items():
        if not np.array_equal(now.slot(window), then.slot(window)):
            raise ValueError(f"paired runs hold different slots in the window {window}")
        both = Both(now, then, window)
        lines = [*_like_for_like(both), *_borrowers(both, length), *_winners(both, step_days), *_rates(both)]
        keys = [(line.group, line.indicator, line.unit) for line in lines]  # the same in every window
        values.append([(line.value, line.base) for line in lines])
    found = np.array(values)
    value, base = (Measured(tuple(window_years), keys, found[:, :, side]) for side in (0, 1))
    return value, base


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0.0 else np.nan


def _like_for_like(both: Both) -> Iterator[Line]:
    """APR of firms that borrowed in both runs, weighted by the baseline's amount × days in both."""
    borrowed = (both.now["weight"] > 0.0) & (both.then["weight"] > 0.0)
    for rate in ("apr", "apr_gross"):
        for group, member in both.groups.items():
            rows = borrowed & member
            weight = both.then["weight"][rows]
            means = [_ratio(float(weight @ run[rate][rows]), float(weight.sum())) for run in (both.now, both.then)]
            name = f"{'sme_' if group == 'sme' else ''}{rate}_like_for_like"
            yield Line(group, name, "rate", *means)
    sme = both.groups["sme"]
    yield Line(
        "sme", "like_for_like_firms", "count", float((borrowed & sme).sum()), float((both.drew_then & sme).sum())
    )


def _borrowers(both: Both, years: float) -> Iterator[Line]:
    """SMEs that drew only with the policy, in both runs, only without; each against itself in the baseline.

    The group `marginal - both` holds those that drew only with the policy against those that drew in both.
    """
    sme = both.groups["sme"]
    kinds = {
        "marginal": sme & both.drew & ~both.drew_then,
        "both": sme & both.drew & both.drew_then,
        "lost": sme & ~both.drew & both.drew_then,
    }
    told = {kind: (_book(both.now, rows, years), _book(both.then, rows, years)) for kind, rows in kinds.items()}
    for kind, (now, then) in told.items():
        for (indicator, unit), value in now.items():
            yield Line(f"borrowers:{kind}", indicator, unit, value, then[indicator, unit])
    for (indicator, unit), value in told["marginal"][0].items():
        yield Line("borrowers:marginal - both", indicator, unit, value, told["both"][0][indicator, unit])
    granted = both.now["granted"] * sme
    share = _ratio(float(granted[both.drew_then].sum()), float(granted.sum()))
    yield Line("sme", "credit_to_baseline_borrowers", "share", share, 1.0)


def _book(run: dict[str, Float], rows: Mask, years: float) -> dict[tuple[str, str], float]:
    """What these firms were and did in one run: number, APR by amount × days, defaults a year, loss of credit."""
    count, weight = float(rows.sum()), run["weight"][rows]
    apr = np.where(weight > 0.0, run["apr"][rows], 0.0)
    return {
        ("borrowers", "count"): count,
        ("apr", "rate"): _ratio(float(weight @ apr), float(weight.sum())),
        ("default_rate", "rate"): _ratio(float(run["defaults"][rows].sum()), count * years),
        ("loss_rate", "share"): _ratio(float(run["credit_loss"][rows].sum()), float(run["granted"][rows].sum())),
    }


def _winners(both: Both, step_days: int) -> Iterator[Line]:
    """Share of the firms in need whose cost of need fell or rose by over `THRESHOLD`, by size × tier; mean cost.

    The cost of need is a yearly rate: what is stored is the cost of the steps, Σ yearly cost × days / 360, and the
    need of each of them, so that their quotient is the rate of one step.
    """
    steps_a_year = DAYS_PER_YEAR / step_days
    in_need = (both.now["need"] > 0.0) & (both.then["need"] > 0.0)
    now, then = (np.divide(run["cost"] * steps_a_year, run["need"], where=in_need, out=np.zeros(in_need.size))
                 for run in (both.now, both.then))  # fmt: skip
    change = now - then
    cells = {f"cell:{size}:{tier}": both.groups[size] & both.groups[tier] for size in SIZES for tier in TIERS}
    for group, member in ({"sme": both.groups["sme"]} | cells).items():
        rows = in_need & member
        count = float(rows.sum())
        gaining, losing = (float((rows & side).sum()) for side in (change < -THRESHOLD, change > THRESHOLD))
        yield Line(group, "firms_in_need", "count", count, count)
        yield Line(group, "firms_gaining", "share", _ratio(gaining, count), 0.0)
        yield Line(group, "firms_losing", "share", _ratio(losing, count), 0.0)
        yield Line(group, "firms_gaining_net", "share", _ratio(gaining - losing, count), 0.0)
        costs = [_ratio(float(run[rows].sum()), count) for run in (now, then)]
        yield Line(group, "cost_of_need_by_firm", "rate", *costs)
        for share, value in zip(QUANTILES, _quantiles(change[rows]), strict=True):
            yield Line(group, f"cost_change_p{share}", "rate", value, 0.0)


def _rates(both: Both) -> Iterator[Line]:
    """Quantiles over SMEs of the APR that each paid, by tier: of those that drew in the run, each counting once."""
    for tier in TIERS:
        member = both.groups["sme"] & both.groups[tier]
        paid = [run["apr"][member & (run["weight"] > 0.0)] for run in (both.now, both.then)]
        yield Line(f"sme:{tier}", "apr_firms", "count", float(paid[0].size), float(paid[1].size))
        for share, *values in zip(QUANTILES, *map(_quantiles, paid), strict=True):
            yield Line(f"sme:{tier}", f"apr_p{share}", "rate", *values)


def _quantiles(values: Float) -> Float:
    """`QUANTILES` of what there is; NaN of nothing."""
    return np.percentile(values, QUANTILES) if values.size else np.full(len(QUANTILES), np.nan)
