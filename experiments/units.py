"""Values with their units: `1.5%`, `150 bp`, `20 bn CNY`, `50万元`, `60 d`, `24 months`.

A bare number is read only where nothing else could be meant (a share, a count, a ratio); zero needs no unit.
Percent and basis points are exact: `185 bp`, `1.85%` and `0.0185 /yr` are the same float.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from experiments.errors import closest_match

# The exponent has few digits because the number is held exactly while its unit is applied.
NUMBER: Final = r"[+-]?(?:[0-9]+(?:_[0-9]+)*(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?"
_QUANTITY: Final = re.compile(rf"({NUMBER})\s*(.*)", re.DOTALL)
_LONGEST: Final = 60


class UnitError(ValueError):
    """A value that its unit does not allow: what was found, what is allowed, the closest unit."""

    def __init__(self, problem: str, allowed: str, closest: str | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.allowed = allowed
        self.closest = closest


@dataclass(frozen=True)
class Unit:
    """How values of a unit are written: factors to the base by suffix, and the suffix of the base itself."""

    name: str
    suffixes: dict[str, Fraction]
    base: str = ""

    @property
    def allowed(self) -> str:
        """What may be written, in words."""
        written = [suffix for suffix in self.suffixes if suffix]
        if not written:
            return f"{self.name}, a bare number"
        bare = "a bare number or " if "" in self.suffixes else ""
        return f"{self.name}, {bare}a number with {', '.join(written)}"


def _money() -> dict[str, Fraction]:
    scales = {"": 0, "m ": 6, "bn ": 9, "tn ": 12}
    named = {f"{scale}{name}": Fraction(10**e) for name in ("CNY", "yuan") for scale, e in scales.items()}
    return named | {"元": Fraction(1), "万元": Fraction(10**4), "亿元": Fraction(10**8)}


_ONE: Final = Fraction(1)
_PERCENT: Final = Fraction(1, 100)
_POINT: Final = Fraction(1, 10_000)
_YEARLY: Final = {f"{suffix}/yr": factor for suffix, factor in _money().items()}
_PURE: Final = {"": _ONE, "%": _PERCENT, "percent": _PERCENT}
_RATE: Final = {"%": _PERCENT, "percent": _PERCENT, "bp": _POINT}
_DAYS: Final = {"d": 1, "day": 1, "days": 1, "month": 30, "months": 30, "year": 360, "years": 360}

UNITS: Final[dict[str, Unit]] = {
    "share": Unit("a share", _PURE),
    "ratio": Unit("a ratio", _PURE),
    "sd": Unit("a standard deviation", _PURE),
    "logit": Unit("a logit", {"": _ONE}),
    "count": Unit("a count", {"": _ONE}),
    "flag": Unit("0 or 1", {"": _ONE}),
    "rate": Unit("a yearly rate", _RATE | {f"{s}/yr": f for s, f in _RATE.items()} | {"/yr": _ONE}, "/yr"),
    "days": Unit("a time", {s: Fraction(n) for s, n in _DAYS.items()}, "d"),
    "months": Unit("a time", {s: Fraction(n, 30) for s, n in _DAYS.items()}, "months"),
    "CNY": Unit("an amount", _money(), "CNY"),
    "CNY/yr": Unit("an amount a year", _YEARLY, "CNY/yr"),
}


def read(text: str, unit: str) -> float:
    """The number in base units that `text` says; UnitError if it is none of `unit`."""
    kind = UNITS[unit]
    match = _QUANTITY.fullmatch(text.strip()) if len(text) <= _LONGEST else None
    if match is None:
        shown = text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
        raise UnitError(f"found '{shown}'", kind.allowed)
    number, suffix = Fraction(match[1]), _tidy(match[2])
    if suffix not in kind.suffixes and not (suffix == "" and number == 0):
        problem = f"found '{text}' without a unit" if suffix == "" else f"found '{text}'"
        raise UnitError(problem, kind.allowed, closest_match(suffix, [s for s in kind.suffixes if s]))
    try:
        value = float(number * kind.suffixes.get(suffix, _ONE))
    except OverflowError:
        value = math.inf
    if math.isinf(value):
        raise UnitError(f"found '{text}', which is too large", kind.allowed)
    return value


def _tidy(suffix: str) -> str:
    """One way to space a unit: `%  / yr` is `%/yr`, `m  CNY` is `m CNY`."""
    return re.sub(r"\s*/\s*", "/", " ".join(suffix.split()))


def write(value: float, unit: str) -> str | float:
    """What `read` takes back to exactly `value`: in base units, a plain number where one is allowed."""
    base = UNITS[unit].base
    number = int(value) if float(value).is_integer() and abs(value) <= 1e16 else value
    return f"{number!r} {base}" if base else number


def show(value: float, unit: str) -> str:
    """A value as a reader expects it, rounded; rates in percent."""
    if unit == "rate":
        return f"{value * 100:.12g}%/yr"
    return str(write(round(value, 9), unit))


def brief(value: float | tuple[float, ...], unit: str, digits: int | None = None) -> str:
    """A value in names and sentences: rates and shares in percent, amounts in m, bn or tn, `/` between entries.

    Rounded to so many significant digits, or in full.
    """
    if isinstance(value, tuple):
        return "/".join(brief(entry, unit, digits) for entry in value)
    if digits is not None:
        value = float(f"{value:.{digits}g}")
    if unit in ("rate", "share"):
        return f"{value * 100:.12g}%"
    if unit in ("CNY", "CNY/yr"):
        scale, name = next(
            ((10.0**e, name) for e, name in ((12, "tn "), (9, "bn "), (6, "m ")) if value >= 10**e), (1.0, "")
        )
        return f"{value / scale:.12g} {name}{unit}"
    return show(value, unit)


def pattern(unit: str) -> str:
    """Regular expression of the texts that `read` takes, for editors (spaces before the unit are free)."""
    kind = UNITS[unit]
    suffixes = "|".join(s.replace(" ", r"\s+") for s in sorted(kind.suffixes, key=lambda s: (-len(s), s)))
    return rf"^{NUMBER}\s*(?:{suffixes})$" if kind.base == "" else rf"^(?:{NUMBER}\s*(?:{suffixes})|0)$"
