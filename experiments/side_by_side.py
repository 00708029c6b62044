"""Values of many runs side by side, a column a run, in arrays that take eight bytes a value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from experiments.windows import Measured, Row

Float = npt.NDArray[np.float64]


class Columns:
    """What is measured in one run after the other; a row that a run lacks is NaN there."""

    def __init__(self) -> None:
        self._rows: dict[Row, int] = {}
        self._columns: list[Float] = []
        self._said: object = None  # what the last run's rows were made from: most have the same
        self._places: npt.NDArray[np.int64] = np.array([], np.int64)

    def add(self, *parts: Measured) -> None:
        """One more run, in parts that share no row."""
        said = [(part.windows, part.keys) for part in parts]
        if said != self._said:
            self._said, self._places = said, self._found(row for part in parts for row in part.rows())
        self._append(np.concatenate([part.values.ravel() for part in parts]))

    def add_rows(self, rows: Sequence[Row], values: Float) -> None:
        """One more run, or what stands for some, as rows and their values."""
        if rows != self._said:
            self._said, self._places = rows, self._found(rows)
        self._append(values)

    def _found(self, rows: Iterable[Row]) -> npt.NDArray[np.int64]:
        return np.array([self._rows.setdefault(row, len(self._rows)) for row in rows], np.int64)

    def _append(self, values: Float) -> None:
        column = np.full(len(self._rows), np.nan)
        column[self._places] = values
        self._columns.append(column)

    @property
    def rows(self) -> list[Row]:
        """What the runs have, in the order in which it was first met."""
        return list(self._rows)

    def values(self, rows: Sequence[Row] | None = None) -> Float:
        """float64[rows, runs], of these rows or of all that there are."""
        table = np.full((len(self._columns), len(self._rows)), np.nan)
        for line, column in zip(table, self._columns, strict=True):
            line[: len(column)] = column
        if rows is None or rows == self.rows:
            return table.T
        places = np.array([self._rows.get(row, -1) for row in rows], np.int64)
        chosen = np.full((len(self._columns), len(rows)), np.nan)
        chosen[:, places >= 0] = table[:, places[places >= 0]]
        return chosen.T
