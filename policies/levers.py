"""What an instrument is: named lever parameters with presets and sources, dates, and who it is for.

A lever's parameter differs from a scenario's (`agents/parameters.py`): it has a preset with a source, and a *neutral*
value at which the mechanism does nothing. An experiment's policy sets instruments; a sweep may vary their parameters.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from functools import cache
from typing import Any, ClassVar, Final, get_type_hints

from agents.parameters import Declaration

FOREVER: Final = 10**9  # days


def lever(
    unit: str, meaning: str, preset: Any, *, ge: float, le: float, neutral: float | None = None, source: str = "",
    assumed: str = "", axis: str | None = None,
) -> Any:  # fmt: skip
    """Declare a lever parameter: preset with its `source` (a row of calibration.csv) or why it is `assumed`.

    Unit, inclusive bounds and axis are as in `agents.parameters.param`. `neutral` marks the parameter that carries the
    instrument's strength and gives the value at which nothing changes.
    """
    if bool(source) == bool(assumed):
        raise TypeError("a lever parameter names its source or says why it is assumed")
    metadata = {"unit": unit, "meaning": meaning, "ge": ge, "le": le, "axis": axis}
    return field(default=preset, metadata=metadata | {"neutral": neutral, "source": source, "assumed": assumed})


@dataclass(frozen=True, kw_only=True)
class Instrument:
    """A named bundle of mechanisms with parameters. Days count from the start of the evaluation.

    An instrument of current law starts at birth, so that the burn-in runs under it.
    """

    ID: ClassVar[str]
    TITLE: ClassVar[tuple[str, str]]  # English, Chinese
    CLAUSE: ClassVar[str]
    MECHANISMS: ClassVar[tuple[str, ...]]
    SENTENCE: ClassVar[str]  # what it does
    EXPECTED: ClassVar[str]  # what must move
    # Row of calibration.csv with the SME loans that amounts in CNY refer to: the nation's or the city's.
    REFERENCE: ClassVar[str] = ""

    start_day: int = 0
    end_day: int = FOREVER
    scaled: bool = True  # amounts in CNY are multiplied by modelled SME loans over those of REFERENCE


@dataclass(frozen=True)
class LeverParameter:
    """One parameter of an instrument as declared."""

    declaration: Declaration  # path is `instrument.parameter`
    preset: Any
    neutral: float | None
    source: str
    assumed: str


def parameters_of(kind: type[Instrument]) -> Iterable[LeverParameter]:
    """Every lever parameter of an instrument, in declared order (dates apart)."""
    hints = get_type_hints(kind)
    for entry in fields(kind):
        if not entry.metadata:
            continue
        hint = hints[entry.name]
        said = entry.metadata
        declaration = Declaration(
            path=f"{kind.ID}.{entry.name}", unit=said["unit"], meaning=said["meaning"], ge=said["ge"], le=said["le"],
            axis=said["axis"], whole=hint is int or hint == tuple[int, ...],
        )  # fmt: skip
        yield LeverParameter(declaration, entry.default, said["neutral"], said["source"], said["assumed"])


@cache
def strength_of(kind: type[Instrument]) -> LeverParameter:
    """The parameter that carries the instrument's strength: the first that has a neutral value."""
    return next(entry for entry in parameters_of(kind) if entry.neutral is not None)


def strength(instrument: Instrument) -> float:
    """Value of the parameter that carries an instrument's strength."""
    return getattr(instrument, strength_of(type(instrument)).declaration.path.split(".")[1])


def acts(instrument: Instrument) -> bool:
    """Whether it is at more than its neutral strength: otherwise it does nothing and endows nobody."""
    return strength(instrument) != strength_of(type(instrument)).neutral


@dataclass(frozen=True)
class Policy:
    """A named set of instruments, at most one of a kind at a time; their order means nothing.

    Those of current law start at birth (`start_day` −FOREVER) and end where the policy puts another in their place.
    Raises ValueError when two of a kind overlap.
    """

    name: str
    instruments: tuple[Instrument, ...] = ()

    def __post_init__(self) -> None:
        spans: dict[str, list[tuple[int, int]]] = {}
        for instrument in self.instruments:
            for first, last in spans.get(instrument.ID, []):
                if instrument.start_day < last and first < instrument.end_day:
                    raise ValueError(f"{self.name}: {instrument.ID} is there twice at the same time")
            spans.setdefault(instrument.ID, []).append((instrument.start_day, instrument.end_day))


def burn_in_of(policy: Policy) -> frozenset[Instrument]:
    """What a policy does before the evaluation; policies with the same burn-in share their books up to there."""
    begun = (entry for entry in policy.instruments if entry.start_day < 0 and acts(entry))
    return frozenset(replace(entry, end_day=entry.end_day if entry.end_day < 0 else FOREVER) for entry in begun)
