"""Tables in docs that come from data: `python -m experiments.pages [VALIDATION]` writes them anew.

Writes the parameters of docs/calibration.md from the packaged scenario and, given the folder of a `finflow
validate`, the figures of docs/validation.md. A table stands between `<!-- name -->` and `<!-- end name -->`.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from experiments import documents, scenario
from experiments.parameter_table import parameter_table
from experiments.units import read, show
from experiments.validate import Validation

SCENARIO: Final = "shenzhen_nev_2024"
DOCS: Final = Path(__file__).resolve().parents[1] / "docs"


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
    Range("shocks.cost_innovation", "defaults, NPL", "1%", "4%", "cost moves of one to four percent a month"),
    Range("shocks.rare_loss", "defaults", "0.5%/yr", "3%/yr", "once in thirty to two hundred years"),
    Range("shocks.rare_loss_size", "defaults", "20%", "60%", "of annual sales"),
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


def parameters() -> pd.DataFrame:
    """The parameters that were moved: what for, source, range, value, all as texts."""
    known = parameter_table(SCENARIO).set_index("path")
    rows = []
    for moved in RANGES:
        told = known.loc[moved.path]
        source = told["source"] if told["source"] in scenario.calibration() else f"assumed: {told['source']}"
        limits = [show(read(bound, told["unit"]), told["unit"]) for bound in (moved.low, moved.high)]
        rows.append(
            {
                "parameter": f"`{moved.path}`",
                "moves": moved.moves,
                "source": source,
                "range": f"{limits[0]} to {limits[1]}: {moved.why}",
                "value": told["value"],
            }
        )
    return pd.DataFrame(rows)


def outside_range() -> list[str]:
    """Paths of parameters whose packaged value lies outside its range."""
    values = scenario.read(documents.read_file(scenario.packaged()[SCENARIO])).values
    units = parameter_table(SCENARIO).set_index("path")["unit"]
    wrong = []
    for moved in RANGES:
        value: Any = values[moved.path]
        entries = value if isinstance(value, tuple | list) else [value]
        low, high = (read(bound, units[moved.path]) for bound in (moved.low, moved.high))
        if not all(low <= entry <= high for entry in entries):
            wrong.append(moved.path)
    return wrong


def markdown(rows: pd.DataFrame) -> str:
    """A table as Markdown, cells as they are."""
    lines = [list(rows.columns), ["---"] * len(rows.columns), *rows.to_numpy().tolist()]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)


def with_block(text: str, name: str, block: str) -> str:
    """`text` with what stands between the marks of `name` replaced; ValueError if there are none."""
    before, mark, rest = text.partition(f"<!-- {name} -->")
    _, end, after = rest.partition(f"<!-- end {name} -->")
    if not mark or not end:
        raise ValueError(f"no marks of {name}")
    return f"{before}{mark}\n{block}\n{end}{after}"


def figures(folder: Path) -> dict[str, str]:
    """The blocks of docs/validation.md from what `finflow validate` left in `folder`."""
    rows = pd.read_csv(folder / "validation.csv", keep_default_na=False, na_values=[""])
    rows["verdict"] = rows["verdict"].fillna("")
    result = Validation(rows, pd.read_csv(folder / "deciles.csv"), folder)
    return dict(zip(("figures", "deciles"), map(markdown, result.tables().values()), strict=True))


def main() -> None:
    """Write the pages."""
    blocks = {"calibration.md": {"parameters": markdown(parameters())}}
    if len(sys.argv) > 1:
        blocks["validation.md"] = figures(Path(sys.argv[1]))
    for page, tables in blocks.items():
        text = (DOCS / page).read_text(encoding="utf-8")
        for name, block in tables.items():
            text = with_block(text, name, block)
        (DOCS / page).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
