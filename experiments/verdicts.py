"""What must hold of the model, and when it does: bands for means over replications, and the verdict on each.

PASS: the mean and its 95 % interval (Student's t over replications) lie inside the band.
WARN: the mean lies inside, its interval reaches out; a check's mean lies outside by less than its standard
error; or there are fewer than `FEW` replications, too few to say.
FAIL: the mean lies outside, or there is none. Of what should be zero: its interval leaves 0 out.
A row without a band is only reported.

Parameters were moved until the targets held (docs/calibration.md); checks are what came of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from experiments.tables import CONFIDENCE, readable
from sim.windows import WHOLE

Verdict = Literal["PASS", "WARN", "FAIL", ""]
PASS, WARN, FAIL, REPORTED = "PASS", "WARN", "FAIL", ""
FEW: Final = 10
NO_BAND: Final = (-np.inf, np.inf)
ROWS: Final = ["kind", "label", "group", "mean", "standard_error", "low", "high", "n", "verdict", "style"]


@dataclass(frozen=True)
class Band:
    """Where the mean of an indicator over the evaluation window should lie; fractions or days."""

    kind: Literal["target", "check"]
    label: str
    indicator: str
    group: str
    low: float
    high: float
    style: str  # as `tables.readable` takes it


BANDS: Final = (
    Band("target", "All-in rate, net, SMEs", "sme_apr_net", "sme", 0.034, 0.048, "%"),
    Band("target", "NPL ratio, chain book", "npl_ratio", "banks", 0.010, 0.022, "%"),
    Band("target", "OEMs pay after, with paper", "oem_payable_days", "all", 150, 190, "d"),
    Band("target", "of which open account", "oem_open_account_days", "all", 50, 80, "d"),
    Band("target", "Suppliers are paid after, open account", "supplier_receivable_days", "all", 55, 85, "d"),
    Band("target", "Defaults a year, by count", "default_rate", "sme", 0.02, 0.04, "%"),
    Band("target", "Informal rate", "informal_rate", "sme", 0.10, 0.16, "%"),
    Band("check", "Defaults a year, by amount of loans", "default_rate_amount", "sme", *NO_BAND, "%"),
    Band("check", "All exits a year", "exit_rate", "all", 0.04, 0.10, "%"),
    Band("check", "Granted of asked", "granted_share", "sme", 0.50, 0.80, "%"),
    Band("check", "Discouraged, of those in need", "discouraged_share", "sme", 0.30, 0.50, "%"),
    Band("check", "Price, small less large", "price_gap_small_large", "all", 0, np.inf, "bp"),
    Band("check", "Price, tier 3 less tier 1", "price_gap_tier3_tier1", "all", 0, np.inf, "bp"),
    Band("check", "Banks' capital ratio", "capital_ratio", "banks", 0.13, 0.17, "%"),
    Band("check", "Overdue trade debt", "overdue_share", "sme", *NO_BAND, "%"),
)


def half_interval(error: float, n: int) -> float:
    """Half the 95 % interval of a mean with this standard error over `n` replications; NaN below two."""
    return float(stats.t.ppf(0.5 + CONFIDENCE / 2, n - 1) * error) if n > 1 else np.nan


def judge(mean: float, error: float, n: int, low: float, high: float, *, lenient: bool = False) -> Verdict:
    """Verdict on a mean with its standard error over `n` replications; `lenient` for checks."""
    if np.isnan(mean):
        return FAIL
    if (low, high) == NO_BAND:
        return REPORTED
    if n < FEW:
        return WARN
    half = half_interval(error, n)
    if low <= mean <= high:
        return PASS if low <= mean - half and mean + half <= high else WARN
    outside = max(low - mean, mean - high)
    return WARN if lenient and outside < error else FAIL


def reason(mean: float, error: float, n: int, low: float, high: float) -> str:
    """Why a verdict is `WARN`: few, reaches out (the interval out of the band), or nearly (outside by little)."""
    if n < FEW:
        return "few"
    return "reaches_out" if low <= mean <= high else "nearly"


def judge_zero(mean: float, error: float, n: int) -> Verdict:
    """Verdict on a mean that should be zero: does its 95 % interval cover 0?"""
    if np.isnan(mean):
        return FAIL
    if n < FEW:
        return WARN
    return PASS if abs(mean) <= half_interval(error, n) else FAIL


def mean_and_error(values: npt.ArrayLike) -> tuple[float, float, int]:
    """Mean, standard error and number of the values that are known."""
    known = np.asarray(values, np.float64)
    known = known[~np.isnan(known)]
    if known.size == 0:
        return np.nan, np.nan, 0
    error = known.std(ddof=1) / np.sqrt(known.size) if known.size > 1 else np.nan
    return float(known.mean()), float(error), int(known.size)


def row(
    kind: str, label: str, group: str, values: npt.ArrayLike, low: float, high: float, style: str
) -> dict[str, object]:
    """One line of the report, columns `ROWS`: the mean of `values` over replications against its band."""
    mean, error, n = mean_and_error(values)
    verdict = judge(mean, error, n, low, high, lenient=kind == "check")
    return dict(zip(ROWS, (kind, label, group, mean, error, low, high, n, verdict, style), strict=True))


def zero_row(kind: str, label: str, group: str, values: npt.ArrayLike, style: str) -> dict[str, object]:
    """The same for what should be zero."""
    mean, error, n = mean_and_error(values)
    verdict = judge_zero(mean, error, n)
    return dict(zip(ROWS, (kind, label, group, mean, error, 0.0, 0.0, n, verdict, style), strict=True))


def scorecard(summary: pd.DataFrame) -> pd.DataFrame:
    """The bands against an experiment's own baseline: columns of `shown`, only what the summary has."""
    return shown(scores(summary))


def scores(summary: pd.DataFrame) -> pd.DataFrame:
    """The same as numbers: columns `ROWS`."""
    baseline = (summary["policy"] == "baseline") & (summary["draw"] == 0) & (summary["window"] == WHOLE)
    own = summary.loc[baseline].to_dict("records")
    found = {(line["indicator"], line["group"]): line for line in own}
    rows = []
    for band in BANDS:
        line = found.get((band.indicator, band.group))
        if line is None:
            continue
        n, mean = line["n"], line["mean"]
        error = (line["high"] - mean) / half_interval(1.0, n) if n > 1 else np.nan
        verdict = judge(mean, error, n, band.low, band.high, lenient=band.kind == "check")
        cells = (band.kind, band.label, band.group, mean, error, band.low, band.high, n, verdict, band.style)
        rows.append(dict(zip(ROWS, cells, strict=True)))
    return pd.DataFrame(rows, columns=pd.Index(ROWS))


def shown(rows: pd.DataFrame) -> pd.DataFrame:
    """Lines with columns `ROWS` as texts: kind, label, group, mean, s.e., band, n, verdict."""
    texts = [
        {
            "kind": line["kind"],
            "label": line["label"],
            "group": line["group"],
            "mean": readable(line["mean"], line["style"]),
            "s.e.": readable(line["standard_error"], line["style"]),
            "band": _band(line["low"], line["high"], line["style"]),
            "n": line["n"],
            "verdict": line["verdict"],
        }
        for line in rows.to_dict("records")
    ]
    names = ["kind", "label", "group", "mean", "s.e.", "band", "n", "verdict"]
    return pd.DataFrame(texts, columns=pd.Index(names))


def _band(low: float, high: float, style: str) -> str:
    if (low, high) == NO_BAND:
        return ""
    if high == np.inf:
        return f"over {readable(low, style)}"
    return "interval covers 0" if low == high else f"{readable(low, style)} to {readable(high, style)}"
