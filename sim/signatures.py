"""With which types of arguments kernels are called: `kernels.json`, from which they are compiled ahead.

One kernel and its arguments a line, callees first. `python -m experiments.kernel_list` records the list anew; a line
that is missing or out of date costs time in the first call and nothing else.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numba import from_dtype, types

RECORDED: Final = Path(__file__).with_name("kernels.json")
PACKAGES: Final = ("agents", "policies", "sim")

Spelled = str | list[Any]


def recorded() -> list[list[Any]]:
    """Full name and spelled types of every kernel of the list."""
    return json.loads(RECORDED.read_text())


def named(name: str) -> Any:
    """What a module of the model calls so, the module imported; AttributeError or ImportError if there is none."""
    module, _, attribute = name.rpartition(".")
    return getattr(importlib.import_module(module), attribute)


def read(spelled: Spelled) -> types.Type:
    """The type that `spell` wrote."""
    if isinstance(spelled, list):
        kind, *parts = spelled
        of = named(kind) if kind != "tuple" else None
        return types.BaseTuple.from_types([read(part) for part in parts], of)  # pyright: ignore[reportReturnType] - never None
    name, *array = spelled.split()
    element = from_dtype(named(name) if "." in name else np.dtype(name))
    if not array:
        return element
    return types.Array(element, int(array[0][:-1]), array[0][-1], readonly="readonly" in array)


def spell(kind: types.Type) -> Spelled:
    """A type in words: "int64", "float64 2C readonly", "sim.matching.OFFER 1C", ["sim.clearing.Dues", ...]."""
    if isinstance(kind, types.NamedTuple | types.NamedUniTuple):
        return [path(kind.instance_class), *map(spell, kind.types)]
    if isinstance(kind, types.Tuple | types.UniTuple):
        return ["tuple", *map(spell, kind.types)]
    if isinstance(kind, types.Array):
        return f"{spell(kind.dtype)} {kind.ndim}{kind.layout}" + ("" if kind.mutable else " readonly")
    if isinstance(kind, types.Record):
        return next(name for name, dtype in _structures() if from_dtype(dtype) == kind)
    return str(kind)


def path(thing: Any) -> str:
    """The name by which `named` finds a class or function."""
    return f"{thing.__module__}.{thing.__qualname__}"


def _structures() -> Iterator[tuple[str, np.dtype[Any]]]:
    """Structured data types that modules declare."""
    for module in [name for name in sys.modules if name.split(".")[0] in PACKAGES]:
        for name, thing in vars(sys.modules[module]).items():
            if isinstance(thing, np.dtype) and thing.fields:
                yield f"{module}.{name}", thing
