"""The headline table as an Excel workbook: numbers as numbers, with units and notes, in English and Chinese."""

from __future__ import annotations

import datetime
import io
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import xlsxwriter

from experiments.headline import headline, sentences
from experiments.labels import LANGUAGES, label
from experiments.store import replacing
from experiments.windows import WINDOWS
from experiments.workbook_words import COLUMN_NOTES, HEADS, VERDICTS

if TYPE_CHECKING:
    from experiments.compare import Comparison

_LONG_AGO: Final = datetime.datetime(2000, 1, 1)  # no time stamp: the same results give the same file
_WIDTHS: Final = {"measure": 44, "section": 22, "policy": 26, "id": 30}


def write_workbook(comparison: Comparison, path: Path) -> None:
    """For each language a sheet with effects side by side for each window and one of notes; one with all columns."""
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
        for lang in LANGUAGES:
            tables = {window: headline(comparison, window, lang) for window in WINDOWS}
            for window, lines in tables.items():
                _side_by_side(book.add_worksheet(label(window, lang)), comparison, lines, looks, lang)
            _notes(book.add_worksheet(_word("notes", lang)), comparison, tables[WINDOWS[0]], looks, lang)
        everything = pd.concat([headline(comparison, window).assign(window=window) for window in WINDOWS])
        _all_columns(book.add_worksheet(_word("everything", "en")), everything, looks)
    with replacing(path) as temporary:
        temporary.write_bytes(content.getvalue())


def _word(name: str, lang: str, **values: Any) -> str:
    return HEADS[name][LANGUAGES.index(lang)].format(**values)


def _verdict(verdict: str, lang: str) -> str:
    return verdict if lang == "en" else VERDICTS[verdict]


def _side_by_side(sheet: Any, comparison: Comparison, lines: pd.DataFrame, looks: dict[str, Any], lang: str) -> None:
    """Rows are lines; each policy has its effect and the ends of its interval, grey where unclear."""
    told = comparison.told
    heads = ["", *(_word(name, lang) for name in ("unit", "level", "level_unit"))]
    for policy in told.compared:
        heads += [_word("effect", lang, policy=told.name(policy, lang)), _word("low", lang), _word("high", lang)]
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
            otherwise = _verdict(row["verdict"], lang)
            for column, name in enumerate(("effect", "low", "high"), start=start):
                _number(sheet, line, column, row[name], looks["number" if clear else "unclear"], otherwise)


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


def _notes(sheet: Any, comparison: Comparison, lines: pd.DataFrame, looks: dict[str, Any], lang: str) -> None:
    """What has to be said beside the numbers, and what each column of the last sheet holds."""
    told = comparison.told
    names = {policy: told.name(policy, lang) for policy in told.compared}
    said = sentences(lines, names) if lang == "en" else [_word("paired", lang, n=int(lines["n"].max()))]
    said += [label(f"note_{name}", lang) for name in ("money", "price", "per_100m", "doubt", "grey")]
    said.append(_word("source", lang, experiment=told.experiment, digest=told.digest[:12], version=told.version))
    said.append(_word("window", lang, months=told.months, burn_in=told.burn_in_months))
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 100)
    for row, text in enumerate(said):
        sheet.merge_range(row, 0, row, 1, text, looks["text"])
        sheet.set_row(row, 15 * (1 + _width(text) // 115))  # merged cells do not grow by themselves
    first = len(said) + 1
    for column, name in enumerate(("column", "meaning")):
        sheet.write_string(first, column, _word(name, lang), looks["head"])
    for row, (name, meaning) in enumerate(COLUMN_NOTES.items(), start=first + 1):
        sheet.write_string(row, 0, name)
        sheet.write_string(row, 1, meaning[LANGUAGES.index(lang)], looks["text"])


def _width(text: str) -> int:
    """Columns that a text takes: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _number(sheet: Any, row: int, column: int, value: float, look: Any, otherwise: str = "") -> None:
    """A number, or the text that stands for one that is not known."""
    if value == value:
        sheet.write_number(row, column, float(value), look)
    elif otherwise:
        sheet.write_string(row, column, otherwise, look)
