"""The windows that effects are reported over, and the value of every indicator in each of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from agents.numeric import DAYS_PER_YEAR
from experiments.charts import STAGES

WHOLE, FIRST, LAST = "whole", "first_12", "last_24"
WINDOWS: Final = (WHOLE, FIRST, LAST)
KEY: Final = ["window", "group", "indicator", "unit"]
LEVERS, BEARERS = "levers", "bearers"  # groups of the sums over all levers and over all who bear losses
# What `_derived` reads.
INPUTS: Final = (
    "apr_net",
    "financing_gap",
    "lever_volume",
    "lever_balance",
    "loss_borne",
    *(f"{stage}_{measure}" for stage in STAGES for measure in ("count", "amount")),
)

# What is divided by need: indicator → name of the share and indicator of the need.
_SHARES: Final = {"financing_gap": ("gap_share", "need_amount")} | {
    f"{stage}_{measure}": (f"{stage}_share_{measure}", f"need_{measure}")
    for stage in STAGES[1:]
    for measure in ("count", "amount")
}

Spans = dict[str, tuple[int, int]]
Key = tuple[str, str, str]  # group, indicator, unit
Float = npt.NDArray[np.float64]


def windows(steps: Mapping[str, int]) -> Spans:
    """First and last step, both included: the whole evaluation, its first 12 and last 24 months.

    `steps` is what the manifest says: burn_in, evaluate, days of a step. A shorter evaluation shortens them.
    """
    first, last, year = _bounds(steps)
    return {
        WHOLE: (first, last),
        FIRST: (first, min(first + year - 1, last)),
        LAST: (max(last - 2 * year + 1, first), last),
    }


def years(steps: Mapping[str, int]) -> Spans:
    """The whole years of the evaluation, year_1 and on."""
    first, last, year = _bounds(steps)
    starts = range(first, last - year + 2, year)
    return {f"year_{number}": (start, start + year - 1) for number, start in enumerate(starts, start=1)}


def _bounds(steps: Mapping[str, int]) -> tuple[int, int, int]:
    return steps["burn_in"], steps["burn_in"] + steps["evaluate"] - 1, max(DAYS_PER_YEAR // steps["days"], 1)


def values_of(series: pd.DataFrame, spans: Spans, step_days: int) -> pd.Series:
    """Value of every indicator of one run in every window, index `KEY`, with what `_derived` adds.

    As `tables.window`, for all windows in one pass: Σ(value·weight) / Σ weight over steps of positive weight.
    """
    columns = [pd.factorize(series[name]) for name in KEY[1:]]
    sizes = [len(labels) for _, labels in columns]
    present, code = np.unique(np.ravel_multi_index([codes for codes, _ in columns], sizes), return_inverse=True)
    places = np.unravel_index(present, sizes)
    named = [np.asarray(labels, dtype=object)[place] for (_, labels), place in zip(columns, places, strict=True)]
    keys = list(zip(*named, strict=True))
    value, weight = series["value"].to_numpy(np.float64), series["weight"].to_numpy(np.float64)
    weighs, step = weight > 0.0, series["step"].to_numpy()
    sums, weights = np.zeros((2, len(spans), len(keys)))
    for row, (first, last) in enumerate(spans.values()):
        inside = weighs & (step >= first) & (step <= last)
        weights[row] = np.bincount(code[inside], weight[inside], len(keys))
        sums[row] = np.bincount(code[inside], value[inside] * weight[inside], len(keys))
    values = np.divide(sums, weights, out=np.full(sums.shape, np.nan), where=weights > 0.0)
    days = np.array([last - first + 1 for first, last in spans.values()]) * step_days
    added = [
        *_derived(keys, values, weights / days[:, None]),
        *_books(keys, values, weights / (days[:, None] / step_days)),
    ]
    everything = [*keys, *(key for key, _ in added)]
    table = np.column_stack([values, *(column for _, column in added)])
    index = pd.MultiIndex.from_tuples([(window, *key) for window in spans for key in everything], names=KEY)
    return pd.Series(table.ravel(), index=index, name="value")


def _derived(keys: list[Key], values: Float, weight_a_day: Float) -> list[tuple[Key, Float]]:
    """Indicators that a window has and a step has not, float64[windows] each, from values[windows, keys].

    `credit_in_use`, fen: average principal out of the window's new contracts, amount × days over days. Unlike
    what is drawn, it does not rise where contracts get shorter. `gap_share`, and `<stage>_share_count` and
    `_amount`: of need. `lever_volume` and `lever_balance` of the group `levers`, and `loss_borne` of `bearers`: Σ over
    all of them.
    """
    place = {(group, indicator): position for position, (group, indicator, _) in enumerate(keys)}
    added: list[tuple[Key, Float]] = []
    for (group, indicator), position in place.items():
        if indicator == "apr_net":
            added.append(((group, "credit_in_use", "fen"), weight_a_day[:, position]))
        name, whole = _SHARES.get(indicator, ("", ""))
        if (group, whole) in place:
            need = values[:, place[group, whole]]
            share = np.divide(values[:, position], need, out=np.full(need.shape, np.nan), where=need > 0.0)
            added.append(((group, name, "share"), share))
    for indicator, group in (("lever_volume", LEVERS), ("lever_balance", LEVERS), ("loss_borne", BEARERS)):
        parts = [position for (_, name), position in place.items() if name == indicator]
        if parts or group == LEVERS:  # a run without levers has none of their volume
            added.append(((group, indicator, "fen"), np.nansum(values[:, parts], axis=1)))
    return added


def _books(keys: list[Key], values: Float, weight_a_step: Float) -> list[tuple[Key, Float]]:
    """Banks' books by kind, fen, average over the window: what their ratios are parts of, and those parts.

    `chain_book` and `rest_book` with what is bad of each, `chain_bad` and `rest_bad`, and `bank_equity`.
    """
    place = {(group, indicator): position for position, (group, indicator, _) in enumerate(keys)}
    added: list[tuple[Key, Float]] = []
    for group in [group for group, indicator in place if indicator == "npl_ratio"]:
        found = {name: (weight_a_step[:, at], np.nan_to_num(values[:, at]) * weight_a_step[:, at])
                 for name in ("npl_ratio", "npl_ratio_whole", "capital_ratio")
                 if (at := place.get((group, name))) is not None}  # fmt: skip
        book, bad = found["npl_ratio"]
        amounts = {"chain_book": book, "chain_bad": bad}
        if "npl_ratio_whole" in found:
            whole, whole_bad = found["npl_ratio_whole"]
            amounts |= {"rest_book": whole - book, "rest_bad": whole_bad - bad}
        if "capital_ratio" in found:
            amounts["bank_equity"] = found["capital_ratio"][1]
        added += [((group, name, "fen"), amount) for name, amount in amounts.items()]
    return added
