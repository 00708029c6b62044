"""Who finances whom: what creditors hold of each instrument and what debtors owe by it, on average over the window.

Every asset of a holder is a liability of an issuer, so both sides of an instrument come to the same amount; who of
several holders finances which of several issuers is not recorded. Left out: deposits, interest, hold-backs, loans to
firms that are gone, and banks' business outside the chain.

Tables have columns side (creditor, debtor), instrument, sector, and amounts in m CNY, debts positive too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import pandas as pd

from experiments.charts import ChartMeta, over_replications, window_values
from experiments.compare import Comparison
from experiments.headline import MILLION
from experiments.labels import label
from experiments.paired import HIGHER, LOWER
from experiments.policies_told import Told
from experiments.policy_charts import rows_of, table_of
from experiments.policy_findings import moves
from sim.journal import ASSETS, INSTRUMENTS

SHOWN: Final = (
    "trade credit", "bills", "loans", "informal loans", "wages", "outside supplies", "taxes", "refinancing",
)  # fmt: skip
CREDITOR, DEBTOR = "creditor", "debtor"
UNIT: Final = "m CNY"
NOT_OF_FIRMS: Final = ("refinancing",)  # what banks owe, not firms or their customers
_SECTORS: Final = {"firm": ("oem", "supplier")}
_ENDS: Final = ["mean", "low", "high"]
_OPPOSITE: Final = {HIGHER: LOWER, LOWER: HIGHER}


class Line(NamedTuple):
    """An account of a sector that belongs to an instrument, as indicators name it."""

    side: str
    instrument: str
    sector: str
    indicator: str


def lines() -> Iterator[Line]:
    """All accounts of the instruments shown, creditors first."""
    for side in (CREDITOR, DEBTOR):
        for instrument in SHOWN:
            for holder, account in INSTRUMENTS[instrument]:
                if (account in ASSETS[holder]) == (side == CREDITOR):
                    for sector in _SECTORS.get(holder, (holder,)):
                        yield Line(side, instrument, sector, f"balance:{account}")


def flows_data(series: pd.DataFrame, meta: ChartMeta) -> pd.DataFrame:
    """Stocks under one policy: side, instrument, sector, mean, low, high, n, unit; those of nothing are left out.

    Raises KeyError if nobody recorded balance sheets.
    """
    rows = series[series["indicator"].str.startswith("balance:")]
    if rows.empty:
        raise KeyError("the series do not hold any indicator balance:<account>")
    table = over_replications(window_values(rows, meta), ["group", "indicator"])
    known = pd.DataFrame(lines(), columns=pd.Index(Line._fields))
    known = known.assign(group="sector:" + known["sector"]).merge(table)
    owed = known["side"] == DEBTOR
    known.loc[owed, _ENDS] = -known.loc[owed, ["mean", "high", "low"]].to_numpy()
    known[_ENDS] /= MILLION
    return known.loc[known["mean"] != 0.0, ["side", "instrument", "sector", *_ENDS, "n"]].assign(unit=UNIT)


def flow_changes(comparison: Comparison) -> pd.DataFrame:
    """The same stocks under every policy with their paired differences, as `policy_charts` has them."""
    table = table_of(_of_line(comparison, line) for line in lines())
    known = table[table["mean"].fillna(0.0) != 0.0]
    held = known[["side", "instrument", "sector"]].drop_duplicates()
    return table.merge(held)


def _of_line(comparison: Comparison, line: Line) -> pd.DataFrame:
    names = {"side": line.side, "instrument": line.instrument, "sector": line.sector}
    table = rows_of(comparison, line.indicator, f"sector:{line.sector}", 1.0 / MILLION, UNIT, **names)
    return table if line.side == CREDITOR else turned(table)


def turned(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of what is owed, which is recorded below 0, as amounts above it."""
    other = table.copy()
    other[["mean", "diff", "baseline"]] *= -1.0
    for low, high in (("low", "high"), ("diff_low", "diff_high"), ("doubt_low", "doubt_high")):
        other[low], other[high] = -table[high], -table[low]
    return other.assign(verdict=table["verdict"].replace(_OPPOSITE))


def flows_finding(data: pd.DataFrame, lang: str) -> str:
    """How much of what firms and their customers owe comes from suppliers and from banks."""
    lent = data[(data["side"] == CREDITOR) & ~data["instrument"].isin(NOT_OF_FIRMS)].groupby("sector")["mean"].sum()
    if not lent.sum() > 0.0:
        return label("flows_none", lang)
    shares = {who: f"{100.0 * lent.get(who, 0.0) / lent.sum():.0f}" for who in ("supplier", "bank")}
    return label("flows_level", lang, **shares)


def changes_finding(data: pd.DataFrame, told: Told, lang: str) -> str:
    """What happens to banks' loans to the chain."""
    loans = data[(data["side"] == CREDITOR) & (data["instrument"] == "loans") & (data["sector"] == "bank")]
    return moves(loans, "noun_loans", "size_stock", told, lang)
