"""Populations in columns: the state of one kind of agent as plain arrays, one row a slot, with unit and meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, overload

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

    def make(self, slots: int) -> np.ndarray[Any, np.dtype[Item]]:
        """The array as it is at birth."""
        shape = (slots, self.width) if self.width else (slots,)
        return np.full(shape, self.start, dtype=self.kind)

    if TYPE_CHECKING:  # a population's arrays are attributes of its own, as looking these up is faster than any method

        @overload
        def __get__(self, instance: None, owner: type) -> Column[Item]: ...
        @overload
        def __get__(self, instance: Population, owner: type) -> np.ndarray[Any, np.dtype[Item]]: ...
        def __get__(self, instance: Population | None, owner: type) -> Any: ...

        def __set__(self, instance: Population, value: Any) -> None: ...


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

    def __setattr__(self, name: str, value: Any) -> None:
        """Columns keep their arrays: what is assigned is copied in."""
        if name not in self.columns:
            super().__setattr__(name, value)
        elif value is not (array := self.__dict__[name]):  # `population.column += x` assigns the array to itself
            array[...] = value

    def nbytes(self) -> int:
        """Memory held by the columns, bytes."""
        return sum(self.__dict__[name].nbytes for name in self.columns)
