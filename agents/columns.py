"""Populations in columns: the state of one kind of agent as plain arrays, one row a slot, with unit and meaning."""

from __future__ import annotations

from typing import Any, ClassVar, Generic, TypeVar, overload

import numpy as np

Item = TypeVar("Item", bound=np.generic)


class Column(Generic[Item]):
    """One array of a population: element type, unit, meaning, and the value it is born with.

    `width` makes it a table (slots × width).
    """

    def __init__(self, kind: type[Item], unit: str, meaning: str, *, start: float = 0, width: int = 0) -> None:
        self.kind = kind
        self.unit = unit
        self.meaning = meaning
        self.start = start
        self.width = width
        self.name = ""
        self.grows = False  # whether it ends at its table's count of rows

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def make(self, slots: int) -> np.ndarray[Any, np.dtype[Item]]:
        """The array as it is at birth."""
        shape = (slots, self.width) if self.width else (slots,)
        return np.full(shape, self.start, dtype=self.kind)

    @overload
    def __get__(self, instance: None, owner: type) -> Column[Item]: ...
    @overload
    def __get__(self, instance: Population, owner: type) -> np.ndarray[Any, np.dtype[Item]]: ...
    def __get__(self, instance: Population | None, owner: type) -> Any:
        if instance is None:
            return self
        held = instance.__dict__
        return held[self.name][: held["count"]] if self.grows else held[self.name]

    def __set__(self, instance: Population, value: Any) -> None:
        array = instance.__dict__[self.name]
        if value is not array:  # `population.column += x` assigns the array to itself
            array[...] = value


class Population:
    """A fixed number of slots; subclasses declare their columns. Columns never grow or shrink."""

    columns: ClassVar[dict[str, Column[Any]]] = {}

    def __init_subclass__(cls) -> None:
        own = {name: entry for name, entry in vars(cls).items() if isinstance(entry, Column)}
        cls.columns = {**cls.columns, **own}

    def __init__(self, slots: int) -> None:
        self.slots = slots
        for name, column in self.columns.items():
            self.__dict__[name] = column.make(slots)

    def nbytes(self) -> int:
        """Memory held by the columns, bytes."""
        return sum(self.__dict__[name].nbytes for name in self.columns)
