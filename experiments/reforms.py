"""The section `policies`: what each policy changes of current law.

`{}` is current law, `none` current law switched off when the evaluation starts, a mapping sets instruments, a list
puts policies together. An instrument's changes lie over current law's values if it is in force, else over the
catalogue's presets.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from experiments import units
from experiments.errors import ConfigError
from experiments.instruments import LEVERS, check_values, made, presets, values_of
from experiments.nodes import Node
from experiments.scenario import NAME, NAME_ALLOWED
from experiments.values import Value, read_value, write_value
from policies.levers import FOREVER, Instrument, Policy

BASELINE: Final = "baseline"
NONE: Final = "none"
OFF: Final = "off"
SCALES: Final = ("population", "absolute")
DATES: Final = ("start", "end")
LATEST_DAY: Final = 36_000  # a century, as the longest horizon
_WHEN: Final = "a date such as 2025-01 or 2025-01-15, or a time from the evaluation's start such as 12 months"
_DATE: Final = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?")
_ALLOWED: Final = "{} for current law, none, a mapping of instruments, a list of policies"


@dataclass(frozen=True)
class Change:
    """What a policy sets of one instrument: values by parameter, and from which day of the evaluation to before which.

    `scaled` None leaves the scaling of amounts as it is under current law, or as the catalogue has it.
    """

    values: dict[str, Value]
    start: int = 0
    end: int = FOREVER
    scaled: bool | None = None


Reform = dict[str, Change | None]  # by instrument; None switches it off


@dataclass(frozen=True)
class Calendar:
    """Which date the evaluation starts on, how many days it has, what is in force."""

    date: datetime.date
    days: int
    law: tuple[Instrument, ...]


def read(node: Node | None, calendar: Calendar) -> dict[str, Reform]:
    """Every policy's changes by name, the baseline first; ConfigError for any mistake."""
    entries = _named(node) if node else {}
    written = {name: entry for name, entry in entries.items() if not isinstance(entry.value, tuple)}
    single = {name: _read_policy(name, entry, calendar) for name, entry in written.items()}
    reforms: dict[str, Reform] = {BASELINE: {}}
    for name in entries:
        reforms[name] = _combined(name, entries, single, ())
    return reforms


def policy(name: str, reform: Reform, law: Iterable[Instrument]) -> Policy:
    """The instruments in force under a policy: current law, and from their days on what the policy sets instead."""
    before = {instrument.ID: instrument for instrument in law}
    spans = [instrument for instrument in law if instrument.ID not in reform]
    for identity, change in reform.items():
        spans += _spans(identity, change, before.get(identity))
    return Policy(name, tuple(spans))


def write(reforms: Mapping[str, Reform]) -> dict[str, Any]:
    """Plain data that `read` takes back to the same."""
    return {
        name: {
            identity: OFF if change is None else _write_change(identity, change) for identity, change in reform.items()
        }
        for name, reform in reforms.items()
    }


def full_values(identity: str, changed: Mapping[str, Value], law: Iterable[Instrument]) -> dict[str, Value]:
    """Values of an instrument: what is changed, over current law if it is in force, else over presets."""
    return next((values_of(old) for old in law if identity == old.ID), presets(identity)) | dict(changed)


def _spans(identity: str, change: Change | None, old: Instrument | None) -> list[Instrument]:
    if change is None:
        return [replace(old, end_day=0)] if old else []
    values = full_values(identity, change.values, (old,) if old else ())
    scaled = change.scaled if change.scaled is not None else old is None or old.scaled
    new = made(identity, values, change.start, change.end, scaled)
    if old is None:
        return [new]
    if (values, scaled) == (values_of(old), old.scaled):
        return [old]  # nothing changes
    after = [replace(old, start_day=change.end)] if change.end < FOREVER else []
    return [replace(old, end_day=change.start), new, *after]


def _named(node: Node) -> dict[str, Node]:
    if not isinstance(node.value, dict):
        raise node.error(node.found(), "a mapping of names to policies")
    for name, entry in node.value.items():
        if not NAME.fullmatch(name):
            raise ConfigError(f"found the name '{name[:70]}'", entry.key, path=entry.path, allowed=NAME_ALLOWED)
    return node.value


def _combined(name: str, entries: Mapping[str, Node], single: Mapping[str, Reform], above: tuple[str, ...]) -> Reform:
    """A policy's changes, those of all its parts if it is a list."""
    node = entries.get(name)
    if name in single or node is None:  # the baseline need not be written
        return single.get(name, {})
    together: Reform = {}
    source: dict[str, str] = {}
    for part in node.list(_ALLOWED):
        other = part.choice([*{BASELINE: None} | dict(entries)])
        if other in (name, *above):
            raise part.error(f"{other} would hold itself", "policies that do not refer back")
        for identity, change in _combined(other, entries, single, (name, *above)).items():
            if identity in together and together[identity] != change:
                problem = f"{source[identity]} and {other} set {identity} differently"
                raise node.error(problem, "policies that agree on the instruments that both set")
            together[identity] = change
            source.setdefault(identity, other)
    return together


def _read_policy(name: str, node: Node, calendar: Calendar) -> Reform:
    law = [instrument.ID for instrument in calendar.law]
    if name == BASELINE and node.value != {}:
        raise node.error("the baseline is current law", "{}, and other policies under names of their own")
    if node.value == NONE:
        return dict.fromkeys(law)
    if not isinstance(node.value, dict):
        raise node.error(node.found(), _ALLOWED)
    reform: Reform = {}
    for identity, entry in node.mapping(tuple(LEVERS)).items():
        if entry.value == OFF:
            if identity not in law:
                raise entry.error(f"{identity} is not in force", f"off for {', '.join(law) or 'none: there is no law'}")
            reform[identity] = None
        else:
            reform[identity] = _read_change(identity, entry, calendar)
    return reform


def _read_change(identity: str, node: Node, calendar: Calendar) -> Change:
    levers = LEVERS[identity]
    if not isinstance(node.value, dict):
        raise node.error(node.found(), f"off, or a mapping with the keys {', '.join((*levers, *DATES, 'scale'))}")
    entries = node.mapping((*levers, *DATES, "scale"))
    values = {name: read_value(entries[name], lever.declaration) for name, lever in levers.items() if name in entries}
    check_values(identity, full_values(identity, values, calendar.law), node)
    start, end = 0, FOREVER
    if "start" in entries:
        start = _read_day(entries["start"], calendar.date)
        if not 0 <= start < calendar.days:
            raise entries["start"].error(entries["start"].found(), _within(calendar))
    if "end" in entries:
        end = _read_day(entries["end"], calendar.date)
        if not start < end <= LATEST_DAY:
            raise entries["end"].error(entries["end"].found(), "a day after the start")
    scaled = entries["scale"].choice(SCALES) == SCALES[0] if "scale" in entries else None
    return Change(values, start, end, scaled)


def _within(calendar: Calendar) -> str:
    months = calendar.date.year * 12 + calendar.date.month - 1 + calendar.days // 30
    last = f"{months // 12}-{months % 12 + 1:02}"
    return f"a day of the evaluation, {calendar.date} to before {last} ({calendar.days / 30:g} months)"


def _read_day(node: Node, first: datetime.date) -> int:
    """Days of 30-day months from the evaluation's first day."""
    text = node.text(_WHEN).strip()
    try:
        if written := _DATE.fullmatch(text):
            date = datetime.date(int(written[1]), int(written[2]), int(written[3] or 1))
            return days_between(first, date)
        days = units.read(text, "days")
    except ValueError:  # a unit that isn't one, a date that isn't one
        raise node.error(node.found(), _WHEN) from None
    if not days.is_integer():
        raise node.error(node.found(), "whole days")
    return int(days)


def days_between(first: datetime.date, second: datetime.date) -> int:
    """Days by the calendar of the model: months of 30 days, years of 360."""
    months = (second.year - first.year) * 12 + second.month - first.month
    return months * 30 + min(second.day, 30) - min(first.day, 30)


def _write_change(identity: str, change: Change) -> dict[str, Any]:
    levers = LEVERS[identity]
    data: dict[str, Any] = {name: write_value(value, levers[name].declaration) for name, value in change.values.items()}
    if change.start:
        data["start"] = f"{change.start} d"
    if change.end < FOREVER:
        data["end"] = f"{change.end} d"
    if change.scaled is not None:
        data["scale"] = SCALES[0] if change.scaled else SCALES[1]
    return data


def instruments_set(reforms: Collection[Reform]) -> list[str]:
    """Instruments for which some policy sets values, in the catalogue's order."""
    return [identity for identity in LEVERS if any(reform.get(identity) for reform in reforms)]
