"""The chart of lenders' balance sheets by kind of bank: what they hold, what of it is bad, what funds it, changes."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments import style as look
from experiments.compare import Comparison
from experiments.effect_charts import LENDERS
from experiments.financing import turned
from experiments.headline import MILLION, number
from experiments.labels import label
from experiments.money import STOCK, in_unit
from experiments.pairs import BASELINE
from experiments.policies_told import Told
from experiments.policy_charts import PER_CENT, rows_of, table_of
from experiments.policy_findings import moves
from experiments.policy_panels import grid, heads, policy_rows, rows_needed

ASSETS_OF: Final = {
    "chain": ("loan", "purchased_accounts", "purchased_bills", "interest_receivable", "bad_loan"),
    "rest": ("rest_loan",),
    "reserves": ("reserves",),
}
LIABILITIES_OF: Final = {
    "book_equity": ("equity",),
    "book_firm_deposits": ("firm_deposits",),
    "book_outside_deposits": ("outside_deposits",),
    "book_central_bank": ("central_bank_credit", "refinancing"),
    "book_other": ("allowance", "unearned", "hold_back"),
}
_HELD_ACCOUNTS: Final = tuple(account for accounts in ASSETS_OF.values() for account in accounts)
_OWED_ACCOUNTS: Final = tuple(account for accounts in LIABILITIES_OF.values() for account in accounts)
ITEMS: Final = ("chain_book", "chain_bad", "rest_bad", *_HELD_ACCOUNTS, *_OWED_ACCOUNTS)
SHOWN: Final = ("chain_book", "chain_bad", "firm_deposits", "equity")  # whose changes are shown
HELD: Final = {
    "book_chain_sound": look.BLUE, "book_rest_sound": look.PALE, "book_bad": look.VERMILLION,
    "book_reserves": look.YELLOW,
}  # fmt: skip
FUNDED: Final[dict[str, str]] = dict(
    zip(LIABILITIES_OF, (look.GREEN, look.SKY, look.PALE, look.PURPLE, look.GREY), strict=True)
)
STACK_ROWS: Final = 9  # rows of a grid that are as tall as the stacks above it
_ROOM: Final = 1.9  # per cent of a bar that a character of an amount needs


def books_data(comparison: Comparison) -> pd.DataFrame:
    """Amounts of `ITEMS`, m CNY on average over the window, by kind of bank; columns lender, item; all above 0.

    A kind of which there is no bank holds nothing, and is absent.
    """
    every = table_of(_rows(comparison, item, lender) for lender in LENDERS for item in ITEMS)
    return every[every.groupby("lender")["mean"].transform("max") > 0.0].reset_index(drop=True)


def _rows(comparison: Comparison, item: str, lender: str) -> pd.DataFrame:
    """Rows of one item: a part of the chain book or of the rest, or an account of the balance sheet."""
    account = item in _HELD_ACCOUNTS or item in _OWED_ACCOUNTS
    whose = "sector:bank" if account and lender == LENDERS[0] else lender
    indicator = f"balance:{item}" if account else item
    found = rows_of(comparison, indicator, whose, 1.0 / MILLION, "m CNY", lender=lender, item=item)
    return turned(found) if item in _OWED_ACCOUNTS else found


def stacks_of(data: pd.DataFrame) -> pd.DataFrame:
    """Under current law, m CNY, a row a kind of bank: the parts of what it holds and of what funds that."""
    law = data[data["policy"] == BASELINE].pivot(index="lender", columns="item", values="mean")
    law = law.reindex(index=list(LENDERS), columns=list(ITEMS))
    held = {part: law[list(accounts)].sum(axis=1, skipna=False) for part, accounts in ASSETS_OF.items()}
    funded = {part: law[list(accounts)].sum(axis=1, skipna=False) for part, accounts in LIABILITIES_OF.items()}
    parts = {
        "book_chain_sound": held["chain"] - law["chain_bad"],
        "book_rest_sound": held["rest"] - law["rest_bad"],
        "book_bad": law["chain_bad"] + law["rest_bad"],
        "book_reserves": held["reserves"],
    }
    return pd.DataFrame(parts | funded)


def books_finding(data: pd.DataFrame, told: Told, lang: str) -> str:
    """What happens to the chain book of all banks."""
    rows = data[(data["lender"] == LENDERS[0]) & (data["item"] == "chain_book")]
    return moves(rows, "noun_chain_book", "size_stock", told, lang)


def rows_of_books(data: pd.DataFrame, told: Told) -> int:
    """Rows that make a page as tall as the stacks and the changes below them."""
    return STACK_ROWS + rows_needed(data, told)


def draw_books(data: pd.DataFrame, told: Told, figure: Figure, lang: str) -> None:
    """Stacks under current law, and below them changes, a column a kind of bank and item."""
    factor, digits = STOCK[lang]
    data = in_unit(data, factor)
    places = figure.add_gridspec(2, 2, height_ratios=(STACK_ROWS - 3, rows_needed(data, told) + 2))
    held, funded = (figure.add_subplot(places[0, side]) for side in (0, 1))
    stacks = stacks_of(data)
    _stack(held, stacks, HELD, lang, named=True)
    _stack(funded, stacks, FUNDED, lang, named=False)
    held.set_title(label("panel_books", lang), pad=42.0)
    funded.set_title(label("panel_funding", lang), pad=42.0)
    below = figure.add_subplot(places[1, :])
    policy_rows(below, told, lang)
    cells = data.assign(column=data["lender"] + ":" + data["item"], level=data["mean"])
    columns = [(lender, item) for lender in LENDERS for item in SHOWN]
    grid(below, cells, [":".join(column) for column in columns], told, good=0, size=7.5, digits=digits,
         level_digits=digits)  # fmt: skip
    heads(below, [label(f"head_{item}", lang) for _, item in columns], size=7.5)
    for place, lender in enumerate(LENDERS):
        if place:
            below.axvline(place * len(SHOWN) - 0.5, color=look.GREY, linewidth=0.8)
        below.annotate(
            label(f"lender_{lender}", lang), ((place + 0.5) * len(SHOWN) - 0.5, 1.0), (0.0, 18.0),
            xycoords=("data", "axes fraction"), textcoords="offset points", ha="center", va="bottom", size=8.5,
            color=look.GREY,
        )  # fmt: skip
    below.set_title(label("panel_books_change", lang), pad=36.0)


def _stack(axes: Axes, stacks: pd.DataFrame, tones: dict[str, str], lang: str, named: bool) -> None:
    """Horizontal bars of 100 %, parts end to end with their amounts where there is room."""
    rows = np.arange(len(stacks), dtype=float)
    total = stacks[list(tones)].sum(axis=1, min_count=1)
    left = np.zeros(len(stacks))
    for part, tone in tones.items():
        shares = (PER_CENT * stacks[part] / total.where(total > 0.0)).fillna(0.0).to_numpy(np.float64)
        bar: dict[str, Any] = {"color": tone, "edgecolor": look.WHITE, "linewidth": 0.6}
        bars = axes.barh(rows, shares, 0.62, left, label=label(part, lang), **bar)
        amounts = [number(amount, 0 if lang == "en" else STOCK[lang][1]) for amount in stacks[part]]
        texts = [text if share > _ROOM * len(text) else "" for text, share in zip(amounts, shares, strict=True)]
        axes.bar_label(bars, texts, label_type="center", size=8.5, color=look.readable_on(tone))
        left = left + shares
    for row, known in zip(rows, total.notna(), strict=True):
        if not known:
            axes.text(1.0, row, label("no_value", lang), va="center", size=look.SMALL, color=look.GREY)
    names = [label(f"lender_{lender}", lang) for lender in stacks.index]
    look.bare_rows(axes, rows, names if named else [""] * len(names))
    axes.set_xlim(0.0, PER_CENT)
    look.key(axes, 3)  # in two lines
