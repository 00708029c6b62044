"""The balance-sheet and transaction-flow matrices of a step, in the layout of Godley and Lavoie (2007).

Sources of funds are positive, uses negative. Firms and banks have a current and a capital column, the
others one. A balance sheet shows assets positive and debts negative.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import pandas as pd

from sim.journal import ASSETS, INSTRUMENTS, JOURNAL, LIABILITIES, REAL, ROLES, Entry
from sim.ledger import OWN, Ledger

SECTORS: Final = ("oem", "supplier", "bank", "informal", "carrier", "outside", "treasury", "central_bank")
TWO_COLUMNS: Final = ("oem", "supplier", "bank")
CURRENT, CAPITAL = "current", "capital"
COLUMNS: Final = tuple(
    (sector, account) for sector in SECTORS for account in ((CURRENT, CAPITAL) if sector in TWO_COLUMNS else ("",))
)
NET_WORTH, RETAINED = "net worth", "retained profit"
_INSTRUMENT_OF: Final = {key: name for name, keys in INSTRUMENTS.items() for key in keys}
_REAL_ACCOUNTS: Final = tuple(
    account for sector in ASSETS for account in (*ASSETS[sector], *LIABILITIES[sector]) if (sector, account) in REAL
)


def label(sector: str, account: str) -> str:
    """Row of an account of the ledger's `sector`: its instrument, or the name of the real thing."""
    return account.replace("_", " ") if (sector, account) in REAL else _INSTRUMENT_OF[sector, account]


def change(row: str) -> str:
    """Row of the flow matrix that holds the change of a row of the balance sheet."""
    return f"Δ {row}"


_REAL_ROWS: Final = tuple(account.replace("_", " ") for account in _REAL_ACCOUNTS)
STOCKS: Final = (*_REAL_ROWS, *INSTRUMENTS)
FLOWS: Final = tuple(dict.fromkeys(event.flow for event in JOURNAL.values() if event.flow))


def balance_sheet(ledger: Ledger) -> pd.DataFrame:
    """Assets less debts by row of `STOCKS` and sector, fen (int64), and net worth, which closes each column.

    Columns sum to zero; so do rows of instruments. Rows of real assets (and of corrections of banks' own
    value) sum to what there is of them, the row of net worth to all of it, with the other sign.
    """
    rows = (*STOCKS, NET_WORTH)
    sheet = np.zeros((len(rows), len(SECTORS)), np.int64)

    def add(row: str, holder: str, account: str, side: int) -> None:
        for sector, amount in _by_sector(ledger, holder, account):
            sheet[rows.index(row), SECTORS.index(sector)] += side * amount

    for holder in ledger.sizes:
        for side, accounts in ((1, ASSETS[holder]), (-1, LIABILITIES[holder])):
            for account in accounts:
                add(label(holder, account), holder, account, side)
        for account in OWN:
            add(NET_WORTH, holder, account, -1)
    return pd.DataFrame(sheet, index=pd.Index(rows), columns=pd.Index(SECTORS))


def _by_sector(ledger: Ledger, holder: str, account: str) -> Iterator[tuple[str, int]]:
    balance = ledger.balance(holder, account)
    if holder != "firm":
        yield holder, int(balance.sum())
        return
    yield "oem", int(balance[: ledger.core].sum())
    yield "supplier", int(balance[ledger.core :].sum())


def transaction_flows(flows: dict[tuple[str, str], int]) -> pd.DataFrame:
    """The flow matrix of what a tracing ledger posted: `flows` by ("event|role", sector), fen. All int64.

    Rows are incomes and costs, changes of real things, retained profit, changes of instruments; columns
    are pairs (sector, account). All rows and all columns sum to zero.
    """
    rows = (*FLOWS, *map(change, _REAL_ROWS), RETAINED, *map(change, INSTRUMENTS))
    matrix = np.zeros((len(rows), len(COLUMNS)), np.int64)
    for (posted, sector), amount in flows.items():
        event, role = posted.split("|")
        entry = next(entry for entry in JOURNAL[event].entries if entry.role == role)
        for row, account, sign in _cells(entry, JOURNAL[event].flow):
            column = (sector, account if sector in TWO_COLUMNS else "")
            matrix[rows.index(row), COLUMNS.index(column)] += sign * amount
    for sector in TWO_COLUMNS:
        current, capital = (COLUMNS.index((sector, account)) for account in (CURRENT, CAPITAL))
        profit = matrix[:, current].sum()
        matrix[rows.index(RETAINED), [current, capital]] = -profit, profit
    return pd.DataFrame(matrix, index=pd.Index(rows), columns=pd.MultiIndex.from_tuples(COLUMNS))


def _cells(entry: Entry, flow: str | None) -> Iterator[tuple[str, str, int]]:
    """(row, account, sign) of all cells that an entry moves."""
    holder = ROLES[entry.role]
    sides = ((entry.debit, -1), (entry.credit, 1))  # a debit uses funds, a credit brings them
    for account, sign in sides:
        if account == "profit":
            if not _any_real(holder, entry):  # else the real thing's own row carries it into profit
                yield str(flow), CURRENT, sign
        elif account == "equity":
            yield str(flow), CAPITAL, sign
        elif (holder, account) in REAL:
            # What is bought or made passes through the current account, where its purchase is a cost.
            row = change(label(holder, account))
            yield row, CURRENT, -sign
            yield row, CAPITAL, sign
        else:
            yield change(label(holder, account)), CAPITAL, sign
            if _any_real(holder, entry):
                yield str(flow), CURRENT, -sign


def _any_real(holder: str, entry: Entry) -> bool:
    return (holder, entry.debit) in REAL or (holder, entry.credit) in REAL
