"""A CSV file that a user wrote: its cells by column, and a clear refusal at the first that is wrong."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

import numpy as np

from agents.birth import UNSAID
from agents.numeric import FloatArray
from experiments.errors import ConfigError, Origin, closest_match

MOST_BYTES: Final = 300_000_000  # beyond, a file is refused unread; a million firms take about 60 MB
MOST_OPTIONS: Final = 10_000  # options among which a closest match is looked for


@dataclass(frozen=True)
class Table:
    """A CSV file as text: its name, the line of each row, and the cells of each column."""

    file: str
    lines: list[int]
    columns: dict[str, list[str]]

    def fail(
        self, row: int, column: str, problem: str = "", allowed: str = "", options: Sequence[str] = ()
    ) -> NoReturn:
        """ConfigError at one cell; by default it says what was found there."""
        cell = self.columns[column][row]
        shown = cell if len(cell) <= 60 else cell[:60] + "…"
        raise ConfigError(
            problem or (f"found '{shown}'" if cell else "found an empty cell"),
            Origin(self.file, self.lines[row]),
            path=column,
            allowed=allowed,
            closest=closest_match(cell, options[:MOST_OPTIONS]),
        )

    def numbers(self, column: str, least: float, most: float, kind: str, *, blank: np.ndarray | bool) -> FloatArray:
        """Finite numbers from `least` to `most`; NaN for an empty cell or column where `blank` allows it."""
        if column not in self.columns:
            return np.full(len(self.lines), np.nan)
        values = np.array([_number(cell) for cell in self.columns[column]])
        wrong = ~((values >= least) & (values <= most))
        if kind == "a whole number":
            wrong |= values != np.floor(values)
        self._refuse(wrong, column, f"{kind} from {least:g} to {most:g}", blank)
        return values

    def choices(self, column: str, options: Sequence[str], *, blank: np.ndarray | bool) -> np.ndarray:
        """int8 positions in `options`; UNSAID for an empty cell or column where `blank` allows it."""
        if column not in self.columns:
            return np.full(len(self.lines), UNSAID, np.int8)
        code = {option: place for place, option in enumerate(options)}
        values = np.array([code.get(cell, UNSAID) for cell in self.columns[column]], np.int8)
        self._refuse(values == UNSAID, column, ", ".join(options), blank, options)
        return values

    def _refuse(
        self,
        wrong: np.ndarray,
        column: str,
        allowed: str,
        blank: np.ndarray | bool,
        options: Sequence[str] = (),
    ) -> None:
        """Fail at the first wrong cell that is no allowed blank."""
        may_be_blank = np.broadcast_to(blank, wrong.shape)
        for row in np.flatnonzero(wrong):
            if self.columns[column][row] or not may_be_blank[row]:
                self.fail(int(row), column, allowed=allowed, options=options)


def _number(cell: str) -> float:
    """NaN for what is no number."""
    try:
        return float(cell) if cell else math.nan
    except ValueError:
        return math.nan


def read_table(path: Path, known: dict[str, bool] | None) -> Table:
    """Read a UTF-8 CSV file with a header row; `known`: its columns, and whether each must be there; None: any."""
    origin = Origin(str(path))
    try:
        if not path.is_file():
            raise ConfigError("found no such file", origin)
        if path.stat().st_size > MOST_BYTES:
            problem = f"found {path.stat().st_size:,} bytes"
            raise ConfigError(problem, origin, allowed=f"at most {MOST_BYTES:,} bytes")
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _parse(origin.file, csv.reader(file, strict=True), known)
    except UnicodeDecodeError as error:
        raise ConfigError("found bytes that are not UTF-8", origin, allowed="CSV saved as UTF-8") from error
    except csv.Error as error:
        raise ConfigError(f"found no well-formed CSV ({error})", origin) from error
    except OSError as error:
        raise ConfigError(f"can't be read ({error.strerror})", origin) from error


def _parse(name: str, reader: Any, known: dict[str, bool] | None) -> Table:
    header = [cell.strip() for cell in next(reader, [])]
    _check_header(name, header, known)
    lines: list[int] = []
    columns: list[list[str]] = [[] for _ in header]
    for row in reader:
        if not "".join(row).strip():
            continue
        if len(row) != len(header):
            allowed = f"{len(header)} cells, as in the header"
            raise ConfigError(f"found {len(row)} cells", Origin(name, reader.line_num), allowed=allowed)
        lines.append(reader.line_num)
        for column, cell in zip(columns, row, strict=True):
            column.append(cell.strip())
    if not lines:
        raise ConfigError("found no rows", Origin(name), allowed="at least one row below the header")
    return Table(name, lines, dict(zip(header, columns, strict=True)))


def _check_header(name: str, header: list[str], columns: dict[str, bool] | None) -> None:
    known = dict.fromkeys(header, False) if columns is None else columns
    origin, allowed = Origin(name, 1), ", ".join(known)
    for place, column in enumerate(header):
        if column not in known:
            closest = closest_match(column, known)
            raise ConfigError(f"found the column '{column[:60]}'", origin, allowed=allowed, closest=closest)
        if column in header[:place]:
            raise ConfigError(f"found the column '{column}' twice", origin)
    for column, required in known.items():
        if required and column not in header:
            raise ConfigError(f"the column '{column}' is missing", origin, allowed=allowed)
