"""Money on charts: tables hold m CNY; Chinese panels show yearly flows in 万元 and stocks in 亿元, as is usual."""

from __future__ import annotations

from typing import Final

import pandas as pd

from experiments.headline import number

# By language what takes m CNY to a panel's unit, and how many digits are shown there.
FLOW: Final = {"en": (1.0, 1), "zh": (100.0, 0)}
STOCK: Final = {"en": (1.0, 1), "zh": (0.01, 2)}
MONEY: Final = "m CNY"
_AMOUNTS: Final = ("mean", "low", "high", "baseline", "diff", "diff_low", "diff_high", "doubt_low", "doubt_high")
_YI: Final = 100.0  # m CNY


def in_unit(data: pd.DataFrame, factor: float) -> pd.DataFrame:
    """A table with its amounts of money, rows whose unit begins with m CNY, in another unit."""
    money = data["unit"].str.startswith(MONEY)
    shown = [name for name in _AMOUNTS if name in data]
    return data.assign(**{name: data[name].mask(money, data[name] * factor) for name in shown})


def said(millions: float, lang: str, digits: int = 1) -> str:
    """An amount in m CNY without its unit in English and to so many digits, with 亿元 or 万元 in Chinese."""
    if lang == "en":
        return number(millions, digits)
    if abs(millions) >= _YI:
        return f"{number(millions / _YI, 2)}亿元"
    return f"{number(millions * 100.0, 0)}万元"
