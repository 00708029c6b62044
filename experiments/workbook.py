"""The headline table as an Excel workbook: numbers as numbers, with units and notes."""

from __future__ import annotations

import datetime
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import xlsxwriter

from experiments.headline import headline, sentences
from experiments.labels import label
from experiments.store import replacing
from experiments.windows import WINDOWS

if TYPE_CHECKING:
    from experiments.compare import Comparison

_LONG_AGO: Final = datetime.datetime(2000, 1, 1)  # no time stamp: the same results give the same file
_WIDTHS: Final = {"measure": 44, "section": 22, "policy": 26, "id": 30}


def write_workbook(comparison: Comparison, path: Path) -> None:
    """A sheet with effects side by side for each window, one with all columns, one with notes."""
    content = io.BytesIO()  # the library has exceptions of its own for a file that can't be written
    with xlsxwriter.Workbook(content, {"nan_inf_to_errors": False, "in_memory": True}) as book:
        book.set_properties({"title": comparison.told.experiment, "created": _LONG_AGO})
        looks = {
            "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
            "section": book.add_format({"bold": True, "font_color": "#0072B2"}),
            "number": book.add_format({"num_format": "#,##0.00;−#,##0.00;0"}),
            "unclear": book.add_format({"num_format": "#,##0.00;−#,##0.00;0", "font_color": "#8C8C8C"}),
            "text": book.add_format({"text_wrap": True, "valign": "top"}),
        }
        tables = {window: headline(comparison, window) for window in WINDOWS}
        for window, lines in tables.items():
            _side_by_side(book.add_worksheet(label(window, "en")), comparison, lines, looks)
        everything = pd.concat([lines.assign(window=window) for window, lines in tables.items()])
        _all_columns(book.add_worksheet("All columns"), everything, looks)
        _notes(book.add_worksheet("Notes"), comparison, tables[WINDOWS[0]], looks)
    with replacing(path) as temporary:
        temporary.write_bytes(content.getvalue())


def _side_by_side(sheet: Any, comparison: Comparison, lines: pd.DataFrame, looks: dict[str, Any]) -> None:
    """Rows are lines; each policy has its effect and the ends of its interval, grey where unclear."""
    told = comparison.told
    heads = ["", "unit", "current law", "its unit"]
    for policy in told.compared:
        name = told.name(policy, "en")
        heads += [name, "low", "high"]
    for column, text in enumerate(heads):
        sheet.write_string(0, column, text, looks["head"])
    sheet.set_column(0, 0, _WIDTHS["measure"])
    sheet.set_column(1, len(heads) - 1, 12)
    sheet.freeze_panes(1, 1)
    line, section = 0, None
    for (part, measure, unit), group in lines.groupby(["section", "measure", "unit"], sort=False):
        line += 1
        if part != section:
            sheet.write_string(line, 0, str(part), looks["section"])
            section, line = part, line + 1
        sheet.write_string(line, 0, str(measure))
        sheet.write_string(line, 1, str(unit))
        _number(sheet, line, 2, group["current_law"].iloc[0], looks["number"])
        sheet.write_string(line, 3, str(group["level_unit"].fillna("").iloc[0]))
        for row in group.to_dict("records"):
            start = 4 + 3 * told.compared.index(row["policy"])
            clear = row["low"] > 0.0 or row["high"] < 0.0
            for column, name in enumerate(("effect", "low", "high"), start=start):
                _number(sheet, line, column, row[name], looks["number" if clear else "unclear"], row["verdict"])


def _all_columns(sheet: Any, lines: pd.DataFrame, looks: dict[str, Any]) -> None:
    columns = ["window", *lines.columns.drop("window")]
    for column, name in enumerate(columns):
        sheet.write_string(0, column, name, looks["head"])
        sheet.set_column(column, column, _WIDTHS.get(name, 12))
        for row, value in enumerate(lines[name], start=1):
            if isinstance(value, str):
                sheet.write_string(row, column, value)
            else:
                _number(sheet, row, column, value, looks["number"])
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, len(lines), len(columns) - 1)


def _notes(sheet: Any, comparison: Comparison, lines: pd.DataFrame, looks: dict[str, Any]) -> None:
    told = comparison.told
    names = {policy: told.name(policy, "en") for policy in told.compared}
    said = sentences(lines, names)
    said += [label(f"note_{name}", "en") for name in ("money", "price", "per_100m", "doubt", "grey")]
    said.append(f"{told.experiment}, configuration {told.digest[:12]}, Finflow {told.version}.")
    said.append(f"Window: {told.months:g} months after {told.burn_in_months:g} of burn-in.")
    sheet.set_column(0, 0, 110)
    for row, text in enumerate(said):
        sheet.write_string(row, 0, text, looks["text"])


def _number(sheet: Any, row: int, column: int, value: float, look: Any, otherwise: str = "") -> None:
    """A number, or the text that stands for one that is not known."""
    if value == value:
        sheet.write_number(row, column, float(value), look)
    elif otherwise:
        sheet.write_string(row, column, otherwise, look)
