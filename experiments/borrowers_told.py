"""Additionality in words: who borrows only with a policy, how they fare, and how much of a cost reaches the price."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from experiments.compare import Comparison
from experiments.headline import effect_text, mark, number, tight
from experiments.labels import LANGUAGES

_LESS_BOTH: Final = "borrowers:marginal - both"


class Line(NamedTuple):
    """What is said of an indicator: its level or its difference, times `factor`, in `unit`."""

    text: tuple[str, str]  # in each language
    unit: str
    indicator: str
    group: str
    factor: float = 1.0
    level: bool = False


LINES: Final = (
    Line(
        ("SMEs that draw only with the policy", "仅在该政策下提款的中小微企业"),
        "firms",
        "borrowers",
        "borrowers:marginal",
        level=True,
    ),
    Line(
        ("SMEs that draw only under current law", "仅在现行政策下提款的中小微企业"),
        "firms",
        "borrowers",
        "borrowers:lost",
        level=True,
    ),
    Line(
        (
            "All-in rate of the former, less those that draw in both",
            "仅在该政策下提款企业与两种情形均提款企业的年化综合成本差",
        ),
        "bp",
        "apr",
        _LESS_BOTH,
        1e4,
    ),
    Line(("Defaults a year, likewise", "同上两类企业的年违约率差"), "pp", "default_rate", _LESS_BOTH, 100.0),
    Line(("Loss on credit granted, likewise", "同上两类企业的授信损失率差"), "pp", "loss_rate", _LESS_BOTH, 100.0),
    Line(
        ("Credit to SMEs that draw under current law too", "流向现行政策下也提款者的信贷占比"),
        "%",
        "credit_to_baseline_borrowers",
        "sme",
        100.0,
        True,
    ),
    Line(
        ("SMEs gaining less losing, of those in need", "受益减受损企业占有需求企业"),
        "pp",
        "firms_gaining_net",
        "sme",
        100.0,
    ),
)
UNITS: Final = {
    "firms": ("firms", "家"),
    "bp": ("bp", "基点"),
    "%": ("%", "%"),
    "pp": ("pp", "百分点"),
    "ratio": ("ratio", "比值"),
}
RATIOS: Final = (
    (
        ("Extra credit on banks' chain book, of credit under levers", "银行产业链信贷增量与政策工具覆盖余额增量之比"),
        "additionality",
    ),
    (
        ("Change of the lenders' rate, of the change of their cost", "贷款利率变化与放贷机构成本变化之比"),
        "pass_through_of_lenders_cost",
    ),
    (("Change of the net rate, of the subsidy", "净利率变化与补贴之比"), "pass_through_of_subsidy"),
)


def borrowers_told(compared: Comparison, window: str, names: dict[str, str], lang: str = "en") -> pd.DataFrame:
    """A line a row, policies side by side as texts; empty where the window has no firms."""
    rows, place = [], LANGUAGES.index(lang)
    for line in LINES:
        found = compared.of(window, line.indicator, line.group)
        cells = {names[row["policy"]]: _text(row, line) for row in found.to_dict("records") if row["policy"] in names}
        if cells:
            rows.append({"": line.text[place], "unit": UNITS[line.unit][place]} | cells)
    ratios = compared.ratios[compared.ratios["window"] == window]
    for text, name in RATIOS:
        cells = {
            names[row["policy"]]: tight(effect_text(row["value"], row["low"], row["high"], row["verdict"], digits=2))
            for row in ratios[ratios["ratio"] == name].to_dict("records")
            if row["policy"] in names
        }
        if cells:
            rows.append({"": text[place], "unit": UNITS["ratio"][place]} | cells)
    table = pd.DataFrame(rows, columns=pd.Index(["", "unit", *names.values()])).fillna("–")
    table.attrs["right"] = list(names.values())
    return table


def _text(row: dict[Any, Any], line: Line) -> str:
    if not line.level:
        effect, low, high = (row[name] * line.factor for name in ("diff", "diff_low", "diff_high"))
        return tight(effect_text(effect, low, high, row["verdict"])) + mark(row)
    mean, high = row["mean"] * line.factor, row["high"] * line.factor
    return number(mean) + (f"±{number(high - mean)}" if np.isfinite(high) else "")
