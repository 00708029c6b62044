"""The parameters that were moved to meet the targets, and how far each may be: docs/calibration.md prints them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from experiments import documents, scenario
from experiments.leaf import calibration
from experiments.parameter_table import parameter_table
from experiments.units import read, show
from experiments.values import DECLARED

SCENARIO: Final = "shenzhen_nev_2024"


@dataclass(frozen=True)
class Range:
    """What a parameter was moved for and how far it may be; bounds as texts with their unit."""

    path: str
    moves: str
    low: str
    high: str
    why: str  # the range, where the row of calibration.csv or the assumption itself doesn't say


# Coefficients of the score are not here: they are fitted, not moved (`finflow calibrate`).
RANGES: Final = (
    Range("bank.funding", "SMEs' rate", "1.8%/yr", "2.2%/yr", "low and high of its source"),
    Range("market.price_sensitivity", "SMEs' rate", "150", "300", "margins of 90 to 48 bp with five lenders"),
    Range("products.term_loan.loss_given_default", "SMEs' rate", "50%", "85%", "low and high of its source"),
    Range("products.term_loan.limit", "granted share, loans", "10%", "30%", "one to four months of sales"),
    Range(
        "liquidity.asking_cost", "discouraged share", "1000 CNY", "50000 CNY", "papers to a manager's month and more"
    ),
    Range("shocks.cost_innovation", "defaults, NPL", "1%", "4%", "cost moves of one to four percent a month"),
    Range("shocks.rare_loss", "defaults", "0.5%/yr", "3%/yr", "once in thirty to two hundred years"),
    Range("shocks.rare_loss_size", "defaults", "10%", "60%", "of annual sales, by size"),
    Range("insolvency.stock_haircut", "recoveries, NPL", "30%", "80%", "specific parts, sold in a hurry"),
    Range("insolvency.plant_haircut", "recoveries, NPL", "40%", "90%", "specific tools, sold in a hurry"),
    Range("insolvency.closure", "all exits", "2.5%/yr", "6.2%/yr", "the source has defaults in it"),
    Range("liquidity.equity_target", "loans, NPL", "40%", "55%", "one less the source's 45 to 60 % of debt"),
    Range("trade.oem_account_days", "OEMs' days", "50 d", "80 d", "the target itself"),
    Range("trade.oem_bill_days", "OEMs' days", "90 d", "180 d", "paper of three to six months"),
    Range("trade.term_days", "suppliers' days", "55 d", "90 d", "around the collection period of the source"),
    Range("trade.outside_days", "suppliers' days", "38 d", "67 d", "2018, and all industry in 2024"),
    Range("informal.rate", "informal rate", "8.69%/yr", "15.33%/yr", "the index by term and lender"),
)


def limits(moved: Range) -> tuple[float, float]:
    """Its range in base units."""
    unit = DECLARED[moved.path].unit
    return read(moved.low, unit), read(moved.high, unit)


def parameters() -> pd.DataFrame:
    """The parameters that were moved: what for, source, range, value, all as texts."""
    known = {row["path"]: row for row in parameter_table(SCENARIO).to_dict("records")}
    rows = []
    for moved in RANGES:
        told = known[moved.path]
        source = told["source"] if told["source"] in calibration() else f"assumed: {told['source']}"
        low, high = (show(limit, told["unit"]) for limit in limits(moved))
        rows.append(
            {
                "parameter": f"`{moved.path}`",
                "moves": moved.moves,
                "source": source,
                "range": f"{low} to {high}: {moved.why}",
                "value": told["value"],
            }
        )
    return pd.DataFrame(rows)


def outside_range() -> list[str]:
    """Paths of parameters whose packaged value lies outside its range."""
    values = scenario.read(documents.read_file(scenario.packaged()[SCENARIO])).values
    wrong = []
    for moved in RANGES:
        value: Any = values[moved.path]
        entries = value if isinstance(value, tuple | list) else [value]
        low, high = limits(moved)
        if not all(low <= entry <= high for entry in entries):
            wrong.append(moved.path)
    return wrong
