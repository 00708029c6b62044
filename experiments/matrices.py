"""`finflow matrices`: the balance-sheet and transaction-flow matrices of one step of a stored run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rich import box
from rich.table import Table

from experiments.reforms import BASELINE
from experiments.replay import Replay, born
from experiments.terminal import terminal

if TYPE_CHECKING:
    import pandas as pd

SUM: Final = "Σ"
_HEADS: Final = {
    "oem": "OEMs", "supplier": "suppl.", "bank": "banks", "informal": "infor- mal", "outside": "Out- side",
    "treasury": "treas- ury", "central_bank": "centr. bank", "carrier": "risk carr.",
}  # fmt: skip
_ACCOUNTS: Final = {"current": "curr.", "capital": "cap."}
_UNITS: Final = (("CNY", 1e2), ("k CNY", 1e5), ("m CNY", 1e8), ("bn CNY", 1e11), ("tn CNY", 1e14))
_WIDTH: Final = 6  # characters of a number, so that twelve columns fit a terminal of 100


def matrices(
    folder: Path, step: int, form: str = "table", replication: int = 0, policy: str = BASELINE, draw: int = 0
) -> None:
    """Run `folder`'s replication again up to the end of `step` and print both matrices; `form` table or json.

    Raises ConfigError for a step or replication that there isn't, StoreError if it can't be run again.
    """
    replay = born(folder, step, replication, policy, draw)
    sheet, flows = trace(replay)
    if form == "json":
        both = {"balance_sheet": _plain(sheet), "transaction_flows": _plain(flows)}
        print(json.dumps({"run": replay.said(), "unit": "fen"} | both, ensure_ascii=False, indent=1))
        return
    console = terminal()
    period, name = replay.said()["period"], replay.experiment.name
    where = f"step {step} ({period}), {policy}, draw {draw}, replication {replication}, {name}"
    console.print(drawn(sheet, f"Balance sheet at the end of {where}"))
    console.print(drawn(flows, f"Transaction flows of {where}; sources +, uses -"))


def trace(replay: Replay) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Balance sheet at the end of the replay's step and flows during it, fen."""
    from sim.matrices import balance_sheet, transaction_flows

    replay.go()
    ledger = replay.model.ledger
    ledger.tracing = True
    replay.model.step()
    return balance_sheet(ledger), transaction_flows(ledger.flows)


def drawn(matrix: pd.DataFrame, title: str) -> Table:
    """A matrix with its sums as a table, in a unit that fits; rows without any entry are left out."""
    unit, per_unit, decimals = scale(int(matrix.abs().to_numpy().max()))
    table = Table(title=f"{title}; {unit}", title_justify="left", box=box.SIMPLE_HEAD, padding=0)
    table.add_column("", ratio=1)
    for name in [*map(_head, matrix.columns), SUM]:
        table.add_column(name, justify="right", width=_WIDTH)
    for name, row in matrix.iterrows():
        if row.any():
            cells = [*row, row.sum()]
            table.add_row(str(name), *(_text(cell, per_unit, decimals) for cell in cells))
    table.add_section()
    sums = [*matrix.sum(), matrix.to_numpy().sum()]
    table.add_row(SUM, *(_text(cell, per_unit, decimals) for cell in sums))
    return table


def scale(largest: int) -> tuple[str, float, int]:
    """Unit, fen per unit and decimals: the finest in which `largest` fen and a sign take `_WIDTH` characters."""
    for name, per_unit in _UNITS:
        for decimals in (2, 1, 0):
            if len(f"{-largest / per_unit:.{decimals}f}") <= _WIDTH:
                return name, per_unit, decimals
    raise ValueError(f"{largest} fen is more money than there is")


def _text(fen: Any, per_unit: float, decimals: int) -> str:
    return f"{fen / per_unit:z.{decimals}f}" if fen else "·"  # z: what rounds to nothing has no sign


def _head(column: Any) -> str:
    if isinstance(column, str):
        return _HEADS[column]
    sector, account = column
    return f"{_HEADS[sector]} {_ACCOUNTS[account]}" if account else _HEADS[sector]


def _plain(matrix: pd.DataFrame) -> dict[str, Any]:
    columns = [name if isinstance(name, str) else " ".join(filter(None, name)) for name in matrix.columns]
    rows = {str(name): [int(cell) for cell in row] for name, row in matrix.iterrows()}
    sums = {"rows": [sum(row) for row in rows.values()], "columns": [int(cell) for cell in matrix.sum()]}
    return {"columns": columns, "rows": rows, "sums": sums}
