"""Policies in words: which change to current law each is, and from when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from experiments import scale, units
from experiments.instruments import LEVERS, presets, values_of
from experiments.reforms import BASELINE, Change, full_values
from experiments.values import Value
from policies.catalogue import INSTRUMENTS
from policies.levers import FOREVER, Instrument

if TYPE_CHECKING:
    from experiments.config import Experiment


class LeverChange(NamedTuple):
    """What a policy does to one instrument: off, altered, or new; values that it sets, before and after, as texts.

    `start` and `end` are dates, empty for the evaluation's start and for no end; `scaled` as in a reform.
    """

    instrument: str
    kind: Literal["off", "altered", "new"]
    values: tuple[tuple[str, str, str], ...]
    start: str = ""
    end: str = ""
    scaled: bool | None = None


def policy_words(experiment: Experiment) -> dict[str, str]:
    """Every policy's increment over current law, by its name."""
    words = {name: "; ".join(map(_change_words, made)) or "current law" for name, made in changes(experiment).items()}
    law = [instrument.ID for instrument in experiment.current_law]
    words[BASELINE] = f"current law: {', '.join(map(_title, law)) or 'no instrument'}"
    return words


def amount_words(experiment: Experiment, loans: float) -> list[str]:
    """What quotas, budgets and balances come to in the model, for every instrument of every policy, each said once."""
    spans = {span: None for policy in experiment.policies.values() for span in policy.instruments}
    said = {f"{span.ID} {text}": None for span in spans if (text := scale.said(span, loans))}
    return list(said)


def changes(experiment: Experiment) -> dict[str, list[LeverChange]]:
    """What every policy changes of current law, by its name; of the baseline nothing."""
    law = {instrument.ID: instrument for instrument in experiment.current_law}
    return {
        name: [_changed(experiment, identity, change, law.get(identity)) for identity, change in reform.items()]
        for name, reform in experiment.all_reforms.items()
    }


def _changed(experiment: Experiment, identity: str, change: Change | None, old: Instrument | None) -> LeverChange:
    if change is None:
        return LeverChange(identity, "off", ())
    before = values_of(old) if old else presets(identity)
    after = full_values(identity, change.values, (old,) if old else ())
    names = [name for name in after if not old or after[name] != before[name]]
    values = tuple((name, _show(identity, name, before[name]), _show(identity, name, after[name])) for name in names)
    start = evaluation_date(experiment, change.start) if change.start else ""
    end = evaluation_date(experiment, change.end) if change.end < FOREVER else ""
    return LeverChange(identity, "altered" if old else "new", values, start, end, change.scaled)


def _change_words(change: LeverChange) -> str:
    title = _title(change.instrument)
    if change.kind == "off":
        return f"{title}: off"
    if change.kind == "new":
        values = "new, " + ", ".join(f"{name} {after}" for name, _, after in change.values)
    else:
        values = ", ".join(f"{name} {before} → {after}" for name, before, after in change.values) or "as it is"
    start = f", from {change.start}" if change.start else ""
    end = f", until {change.end}" if change.end else ""
    own = {None: "", True: ", amounts scaled", False: ", amounts as they stand"}[change.scaled]
    return f"{title}: {values}{start}{end}{own}"


def _title(identity: str) -> str:
    kind = INSTRUMENTS[identity]
    return f"{identity} ({kind.TITLE[1]}, {kind.CLAUSE})"


def _show(identity: str, name: str, value: Value) -> str:
    return units.brief(value, LEVERS[identity][name].declaration.unit)


def evaluation_date(experiment: Experiment, day: int) -> str:
    """A day of the evaluation as a date, by months of 30 days."""
    first = experiment.date
    days = first.year * 360 + (first.month - 1) * 30 + min(first.day, 30) - 1 + day
    return f"{days // 360}-{days % 360 // 30 + 1:02}-{days % 30 + 1:02}"
