"""From series to a summary, and from the summary to the few lines one reads first."""

from __future__ import annotations

import re
from typing import Final

import numpy as np
import pandas as pd
from rich import box
from rich.table import Table

from sim.windows import WHOLE

CONFIDENCE: Final = 0.95

# Label, indicator, groups, how it is read.
HEADLINE: Final[tuple[tuple[str, str, tuple[str, ...], str], ...]] = (
    ("All-in rate, net, SMEs", "sme_apr_net", ("sme",), "%"),
    (
        "All-in rate, net",
        "apr_net",
        ("medium", "small", "micro", "tier_1", "tier_2", "tier_3", "large"),
        "%",
    ),
    ("Small less large", "price_gap_small_large", ("all",), "bp"),
    ("Tier 3 less tier 1", "price_gap_tier3_tier1", ("all",), "bp"),
    ("Applications approved", "approval_rate", ("sme",), "%"),
    ("Granted of asked", "granted_share", ("sme",), "%"),
    ("Discouraged, of those in need", "discouraged_share", ("sme",), "%"),
    ("Formal finance of need", "formal_share_of_need", ("sme",), "%"),
    ("Financing gap a step", "financing_gap", ("sme",), "money"),
    ("NPL ratio, chain book", "npl_ratio", ("banks",), "%"),
    ("Defaults a year", "default_rate", ("sme", "large"), "%"),
    ("Exits a year", "exit_rate", ("sme",), "%"),
    ("OEMs pay after", "oem_payable_days", ("all",), "d"),
    ("Suppliers are paid after", "supplier_receivable_days", ("all", "sme"), "d"),
    ("Informal rate", "informal_rate", ("sme",), "%"),
    ("Overdue trade debt", "overdue_share", ("sme", "tier_1", "tier_2", "tier_3"), "%"),
    ("Banks' capital ratio", "capital_ratio", ("banks",), "%"),
)
_WORD: Final = re.compile(r"^\s*\S+|\S+")  # an indent belongs to its word
_NUMBERS: Final = ("mean", "s.e.", "low", "high", "n", "value")
_FEN_IN_BILLION: Final = 1e11


def readable(value: float, style: str) -> str:
    """`value` (a fraction, days, fen or ratio) as text; styles %, bp, d, money, x. A dash for NaN."""
    if np.isnan(value):
        return "–"
    match style:
        case "%":
            return f"{value:.2%}"
        case "bp":
            return f"{value * 1e4:.0f} bp"
        case "d":
            return f"{value:.1f} d"
        case "money":
            return f"{value / _FEN_IN_BILLION:.3g} bn CNY"
        case "x":
            return f"{value:.2f}"
    raise ValueError(f"unknown style {style!r}")


def headline(summary: pd.DataFrame) -> pd.DataFrame:
    """The lines one reads first: policy, draw, label, group, mean, low, high (texts with units), n.

    They are of the whole evaluation. What the summary lacks is left out; so are policy and draw where there is but one.
    """
    found = summary.loc[summary["window"] == WHOLE].set_index(["indicator", "group"])
    rows = []
    for label, indicator, groups, style in HEADLINE:
        for group in groups:
            if (indicator, group) not in found.index:
                continue
            for _, row in found.loc[[(indicator, group)]].iterrows():
                texts = {name: readable(row[name], style) for name in ("mean", "low", "high")}
                names = {"policy": row["policy"], "draw": row["draw"], "label": label, "group": group}
                rows.append(names | texts | {"n": int(row["n"])})
    names = ["policy", "draw", "label", "group", "mean", "low", "high", "n"]
    table = pd.DataFrame(rows, columns=pd.Index(names))
    return table.drop(columns=[name for name in names[:2] if len(set(table[name])) <= 1])


def as_rich(rows: pd.DataFrame, title: str = "", width: int | None = None) -> Table:
    """Any small table for the terminal; numbers to the right.

    One of numbers by policy (`attrs["right"]`) that is wider than `width` is set closer, and broken at spaces only if
    that suffices.
    """
    right = rows.attrs.get("right", ())
    columns = [[str(name), *map(str, rows[name])] for name in rows.columns]
    widths = _narrow(columns, len(columns) - len(right), width) if width and right else None
    table = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    if widths:
        table.padding = (0, 0)
    for place, name in enumerate(rows.columns):
        numbers = name in _NUMBERS or name in right
        fixed = widths[place] if widths else None
        table.add_column(str(name), justify="right" if numbers else "left", overflow="fold", width=fixed)
    for row in rows.itertuples(index=False):
        table.add_row(*(str(cell) for cell in row))
    return table


def _narrow(columns: list[list[str]], texts: int, width: int) -> list[int] | None:
    """Widths of columns a space apart, none narrower than its longest word; the first `texts` get what room is left.

    None if the table fits as it is, or cannot be made to.
    """
    full = [max(map(len, cells)) for cells in columns]
    if sum(full) + 3 * len(full) - 1 <= width:
        return None
    widths = [max(len(word) for cell in cells for word in _WORD.findall(cell) or [""]) for cells in columns]
    left = width - sum(widths) - len(widths) - 1
    if left < 0:
        return None
    for place in sorted(range(len(full)), key=lambda place: (place >= texts, full[place] - widths[place])):
        more = min(full[place] - widths[place], left)
        widths[place], left = widths[place] + more, left - more
    return widths
