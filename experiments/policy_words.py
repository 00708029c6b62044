"""Policies in words: which change to current law each is, and from when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from experiments import scale, units
from experiments.instruments import LEVERS, presets, values_of
from experiments.reforms import BASELINE, Change, full_values
from experiments.values import Value
from policies.catalogue import INSTRUMENTS
from policies.levers import FOREVER, Instrument

if TYPE_CHECKING:
    from experiments.config import Experiment


def policy_words(experiment: Experiment) -> dict[str, str]:
    """Every policy's increment over current law, by its name."""
    law = {instrument.ID: instrument for instrument in experiment.current_law}
    words = {}
    for name, reform in experiment.all_reforms.items():
        said = [_change_words(experiment, identity, change, law.get(identity)) for identity, change in reform.items()]
        words[name] = "; ".join(said) or "current law"
    words[BASELINE] = f"current law: {', '.join(map(_title, law)) or 'no instrument'}"
    return words


def amount_words(experiment: Experiment, loans: float) -> list[str]:
    """What quotas, budgets and balances come to in the model, for every instrument of every policy, each said once."""
    spans = {span: None for policy in experiment.policies.values() for span in policy.instruments}
    said = {f"{span.ID} {text}": None for span in spans if (text := scale.said(span, loans))}
    return list(said)


def _change_words(experiment: Experiment, identity: str, change: Change | None, old: Instrument | None) -> str:
    if change is None:
        return f"{_title(identity)}: off"
    before = values_of(old) if old else presets(identity)
    after = full_values(identity, change.values, (old,) if old else ())
    if old:
        altered = [f"{name} {_show(identity, name, before[name])} → {_show(identity, name, after[name])}"
                   for name in after if after[name] != before[name]]  # fmt: skip
        values = ", ".join(altered) or "as it is"
    else:
        values = "new, " + ", ".join(f"{name} {_show(identity, name, value)}" for name, value in after.items())
    return f"{_title(identity)}: {values}{_dates(experiment, change)}"


def _title(identity: str) -> str:
    kind = INSTRUMENTS[identity]
    return f"{identity} ({kind.TITLE[1]}, {kind.CLAUSE})"


def _show(identity: str, name: str, value: Value) -> str:
    return units.brief(value, LEVERS[identity][name].declaration.unit)


def _dates(experiment: Experiment, change: Change) -> str:
    start = f", from {_date(experiment, change.start)}" if change.start else ""
    end = f", until {_date(experiment, change.end)}" if change.end < FOREVER else ""
    own = {None: "", True: ", amounts scaled", False: ", amounts as they stand"}[change.scaled]
    return start + end + own


def _date(experiment: Experiment, day: int) -> str:
    """A day of the evaluation as a date, by months of 30 days."""
    first = experiment.date
    days = first.year * 360 + (first.month - 1) * 30 + min(first.day, 30) - 1 + day
    return f"{days // 360}-{days % 360 // 30 + 1:02}-{days % 30 + 1:02}"
