"""Additionality in words: who borrows only with a policy, how they fare, and how much of a cost reaches the price."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from experiments.compare import Comparison
from experiments.headline import effect_text, mark, number, tight

_LESS_BOTH: Final = "borrowers:marginal - both"


class _Line(NamedTuple):
    """What is said of an indicator: its level or its difference, times `factor`, in `unit`."""

    text: str
    unit: str
    indicator: str
    group: str
    factor: float = 1.0
    level: bool = False


_LINES: Final = (
    _Line("SMEs that draw only with the policy", "firms", "borrowers", "borrowers:marginal", level=True),
    _Line("SMEs that draw only under current law", "firms", "borrowers", "borrowers:lost", level=True),
    _Line("All-in rate of the former, less those that draw in both", "bp", "apr", _LESS_BOTH, 1e4),
    _Line("Defaults a year, likewise", "pp", "default_rate", _LESS_BOTH, 100.0),
    _Line("Loss on credit granted, likewise", "pp", "loss_rate", _LESS_BOTH, 100.0),
    _Line("Credit to SMEs that draw under current law too", "%", "credit_to_baseline_borrowers", "sme", 100.0, True),
    _Line("SMEs gaining less losing, of those in need", "pp", "firms_gaining_net", "sme", 100.0),
)
_RATIOS: Final = (
    ("Extra credit, of the levers' volume", "additionality"),
    ("Change of the lenders' rate, of the change of their cost", "pass_through_of_lenders_cost"),
    ("Change of the net rate, of the subsidy", "pass_through_of_subsidy"),
)


def borrowers_told(compared: Comparison, window: str, names: dict[str, str]) -> pd.DataFrame:
    """A line a row, policies side by side as texts; empty where the window has no firms."""
    rows = []
    for line in _LINES:
        found = compared.of(window, line.indicator, line.group)
        cells = {names[row["policy"]]: _text(row, line) for row in found.to_dict("records") if row["policy"] in names}
        if cells:
            rows.append({"": line.text, "unit": line.unit} | cells)
    ratios = compared.ratios[compared.ratios["window"] == window]
    for text, name in _RATIOS:
        cells = {
            names[row["policy"]]: tight(effect_text(row["value"], row["low"], row["high"], row["verdict"], digits=2))
            for row in ratios[ratios["ratio"] == name].to_dict("records")
            if row["policy"] in names
        }
        if cells:
            rows.append({"": text, "unit": "ratio"} | cells)
    table = pd.DataFrame(rows, columns=pd.Index(["", "unit", *names.values()])).fillna("–")
    table.attrs["right"] = list(names.values())
    return table


def _text(row: dict[Any, Any], line: _Line) -> str:
    if not line.level:
        effect, low, high = (row[name] * line.factor for name in ("diff", "diff_low", "diff_high"))
        return tight(effect_text(effect, low, high, row["verdict"])) + mark(row)
    mean, high = row["mean"] * line.factor, row["high"] * line.factor
    return number(mean) + (f"±{number(high - mean)}" if np.isfinite(high) else "")
