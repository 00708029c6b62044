"""Money for people: tables hold m CNY, as English texts show; Chinese ones say 万元 or 亿元, and all learn here which.

A single amount has the unit of its size. A panel has one unit for all its amounts: 万元 for yearly flows, 亿元 for
stocks, as is usual.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import pandas as pd

from experiments.headline import number


class ChineseUnit(NamedTuple):
    """A unit of amounts, how many yuan it is, and how many digits are shown in it."""

    name: str
    yuan: float
    digits: int


WAN, YI = ChineseUnit("万元", 1e4, 0), ChineseUnit("亿元", 1e8, 2)
MILLION: Final = 1e6  # yuan
# By language what takes m CNY to a panel's unit, and how many digits are shown there.
FLOW: Final = {"en": (1.0, 1), "zh": (MILLION / WAN.yuan, WAN.digits)}
STOCK: Final = {"en": (1.0, 1), "zh": (MILLION / YI.yuan, YI.digits)}
MONEY: Final = "m CNY"
_AMOUNTS: Final = ("mean", "low", "high", "baseline", "diff", "diff_low", "diff_high", "doubt_low", "doubt_high")


def chinese_unit(yuan: float, large: float = YI.yuan) -> ChineseUnit:
    """亿元 for an amount from `large` yuan on, else 万元."""
    return YI if abs(yuan) >= large else WAN


def said(millions: float, lang: str, digits: int = 1) -> str:
    """An amount in m CNY without its unit in English and to so many digits, with 亿元 or 万元 in Chinese."""
    if lang == "en":
        return number(millions, digits)
    unit = chinese_unit(millions * MILLION)
    return f"{number(millions * MILLION / unit.yuan, unit.digits)}{unit.name}"


def in_unit(data: pd.DataFrame, factor: float) -> pd.DataFrame:
    """A table with its amounts of money, rows whose unit begins with m CNY, in another unit."""
    money = data["unit"].str.startswith(MONEY)
    shown = [name for name in _AMOUNTS if name in data]
    return data.assign(**{name: data[name].mask(money, data[name] * factor) for name in shown})
