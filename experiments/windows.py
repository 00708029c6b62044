"""The windows that effects are reported over, and the value of every indicator in each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from agents.numeric import DAYS_PER_YEAR
from experiments.charts import STAGES

WHOLE, FIRST, LAST = "whole", "first_12", "last_24"
WINDOWS: Final = (WHOLE, FIRST, LAST)
KEY: Final = ["window", "group", "indicator", "unit"]
COLUMNS: Final = ("step", *KEY[1:], "value", "weight")  # of series, that a value is made of
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
Row = tuple[str, str, str, str]  # a window's key, as `KEY`
Float = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]


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


class Measured(NamedTuple):
    """One run: a value a key and window, float64[windows, keys], NaN where it is not defined."""

    windows: tuple[str, ...]
    keys: list[Key]
    values: Float

    def rows(self) -> list[Row]:
        """What the values stand for when they are laid out window by window."""
        return [(window, *key) for window in self.windows for key in self.keys]


def values_of(series: pd.DataFrame, spans: Spans, step_days: int) -> pd.Series:
    """`measured` of a frame, as a series with index `KEY`."""
    found = measured(pa.Table.from_pandas(series[list(COLUMNS)], preserve_index=False), spans, step_days)
    index = pd.MultiIndex.from_tuples(found.rows(), names=KEY)
    return pd.Series(found.values.ravel(), index=index, name="value")


def measured(series: pa.Table, spans: Spans, step_days: int, only: Sequence[str] = ()) -> Measured:
    """`means` of one run with what `_derived` and `_books` add."""
    keys, values, weights = _sums(series, spans, only)
    steps = np.array([last - first + 1 for first, last in spans.values()])
    added = [
        *_derived(keys, values, weights / (steps * step_days)[:, None]),
        *_books(keys, values, weights / steps[:, None]),
    ]
    everything = [*keys, *(key for key, _ in added)]
    return Measured(tuple(spans), everything, np.column_stack([values, *(column for _, column in added)]))


def means(series: pa.Table, spans: Spans) -> Measured:
    """Value of every indicator of one run in every window: Σ(value·weight) / Σ weight over steps of positive weight.

    Takes the columns `COLUMNS` of its stored series.
    """
    keys, values, _ = _sums(series, spans, ())
    return Measured(tuple(spans), keys, values)


def _sums(series: pa.Table, spans: Spans, only: Sequence[str]) -> tuple[list[Key], Float, Float]:
    """Keys, those of `only` some indicators if named; means and Σ weight, float64[windows, keys] each."""
    step, value, weight = (series.column(name).to_numpy() for name in ("step", "value", "weight"))
    keys, code = _keys_of(series, only)
    chosen = (weight > 0.0) & (code >= 0)
    sums, weights = np.zeros((2, len(spans), len(keys)))
    for row, (first, last) in enumerate(spans.values()):
        inside = chosen & (step >= first) & (step <= last)
        own, weighing = code[inside], weight[inside]
        weights[row] = np.bincount(own, weighing, len(keys))
        sums[row] = np.bincount(own, value[inside] * weighing, len(keys))
    return keys, np.divide(sums, weights, out=np.full(sums.shape, np.nan), where=weights > 0.0), weights


def _keys_of(series: pa.Table, only: Sequence[str]) -> tuple[list[Key], Codes]:
    """The keys that a run has, and which of them each row is of; −1 for a row of none of `only` some indicators."""
    labels, codes = zip(*(coded(series.column(name)) for name in KEY[1:]), strict=True)
    sizes = [len(own) for own in labels]
    code = np.ravel_multi_index(codes, sizes)
    here = np.zeros(np.prod(sizes), dtype=bool)
    here[code] = True
    if only:
        here &= np.tile(np.repeat(np.isin(labels[1], list(only)), sizes[2]), sizes[0])
    present = np.flatnonzero(here)
    places = np.unravel_index(present, sizes)
    named = [own[place] for own, place in zip(labels, places, strict=True)]
    number = np.full(here.size, -1)
    number[present] = np.arange(present.size)
    return list(zip(*named, strict=True)), number[code]


def coded(column: pa.ChunkedArray) -> tuple[npt.NDArray[np.object_], Codes]:
    """The texts of a column in the order in which they come first, and the place of each row's among them."""
    whole = column.combine_chunks()
    coded = whole if pa.types.is_dictionary(whole.type) else whole.dictionary_encode()
    return np.array(coded.dictionary.to_pylist(), dtype=object), coded.indices.to_numpy()


def _derived(keys: list[Key], values: Float, weight_a_day: Float) -> list[tuple[Key, Float]]:
    """Indicators that a window has and a step has not, float64[windows] each, from values[windows, keys].

    `credit_in_use`, fen: average principal out of the window's new contracts, amount × days over days. Unlike
    what is drawn, it does not rise where contracts get shorter. `gap_share`, and `<stage>_share_count` and
    `_amount`: of need. `lever_volume` and `lever_balance` of the group `levers`, and `loss_borne` of `bearers`: Σ over
    all of them.
    """
    place = {(group, indicator): position for position, (group, indicator, _) in enumerate(keys)}
    found: list[tuple[Key, int, int]] = []  # a share with the places of its part and of the need; −1: a weight
    for (group, indicator), position in place.items():
        if indicator == "apr_net":
            found.append(((group, "credit_in_use", "fen"), position, -1))
        name, whole = _SHARES.get(indicator, ("", ""))
        if (group, whole) in place:
            found.append(((group, name, "share"), position, place[group, whole]))
    parts, wholes = (np.array([entry[side] for entry in found], dtype=np.int64) for side in (1, 2))
    need = values[:, wholes]
    shares = np.divide(values[:, parts], need, out=np.full(need.shape, np.nan), where=need > 0.0)
    columns = np.where(wholes >= 0, shares, weight_a_day[:, parts])
    added = [(key, column) for (key, _, _), column in zip(found, columns.T, strict=True)]
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
