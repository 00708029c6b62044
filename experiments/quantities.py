"""What is asked how sensitive it is: indicators of a store, one value a window and run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from agents.numeric import DAYS_PER_YEAR
from experiments import firm_pairs
from experiments.errors import closest_match
from experiments.headline import MEASURES, STYLES, Measure, number, style_of
from experiments.labels import label
from experiments.pairs import BASELINE
from experiments.store import Run, Store, StoreError
from experiments.windows import COLUMNS, INPUTS, WHOLE, WINDOWS, Key, Measured, measured, windows

# SMEs' all-in cost net of subsidy, of their need and of what they borrow, and their access.
DEFAULTS: Final = ("sme_cost_of_need", "sme_apr_net", "formal_share_of_need")
_STYLES: Final = {"rate": "price", "share": "share", "fen": "money", "days": "days"}  # by unit of the series
_HEADLINE: Final = {measure.indicator: measure for measure in MEASURES}

Name = tuple[str, str]  # group and indicator
Values = dict[tuple[str, int, int], float]  # by policy, draw and replication


def quantities(store: Store, named: Sequence[str], runs: Sequence[Run]) -> list[Measure]:
    """Each `indicator` or `indicator:group` of `named`; those of `DEFAULTS` that there are, if none is named.

    `runs` are finished runs that record all there is. Raises `StoreError`, with the closest match, for what is in none.
    """
    units = {(group, indicator): unit for run in runs for group, indicator, unit in _recorded(store, run)}
    if named:
        return list(dict.fromkeys(_found(store, units, text) for text in named))
    found = [_HEADLINE[name] for name in DEFAULTS if (_HEADLINE[name].group, name) in units]
    if not found:
        known = ", ".join(sorted({indicator for _, indicator in units}))
        raise StoreError(f"{store.path} has none of {', '.join(DEFAULTS)}; name others with --indicator: {known}")
    return found


def read(store: Store, measures: Sequence[Measure], window: str, runs: Sequence[Run]) -> list[Values]:
    """Values of each measure in the window, in `unit_of` it; a run is read at a time.

    A run in which an indicator is not defined has no value of it. What is told firm by firm against the paired run
    (`firm_pairs`) is the baseline's own level and, of a policy, that level and the paired difference. Raises
    `StoreError` for a window that there is not.
    """
    if window not in WINDOWS:
        match = closest_match(window, WINDOWS)
        raise StoreError(f"no window {window}" + (f"; did you mean {match}?" if match else f": {', '.join(WINDOWS)}"))
    reader = _Reader(store, measures, window)
    own = {(run.draw, run.replication): run for run in runs if run.policy == BASELINE}
    firm_by_firm = bool(runs) and not reader.wanted.isdisjoint(key[:2] for key in _told_of_firms(store, runs[0]))
    factors = [STYLES[measure.style].factor * (reader.year if measure.yearly else 1.0) for measure in measures]
    found: list[Values] = [{} for _ in measures]
    for run in runs:
        known, base = reader.recorded(run), own.get((run.draw, run.replication))
        if firm_by_firm and base:
            known |= reader.paired(run, base)
        for values, measure, factor in zip(found, measures, factors, strict=True):
            value = factor * float(known.get((measure.group, measure.indicator), np.nan))
            if np.isfinite(value):
                values[run.policy, run.draw, run.replication] = value
    return found


class _Reader:
    """Reads what measures need of runs, in one window."""

    def __init__(self, store: Store, measures: Sequence[Measure], window: str):
        steps = store.manifest()["steps"]
        self.store, self.step_days, self.year = store, steps["days"], DAYS_PER_YEAR / steps["days"]
        self.span = {window: windows(steps)[window]}
        self.needed = sorted({*INPUTS, *(measure.indicator for measure in measures)})
        self.wanted = {(measure.group, measure.indicator) for measure in measures}
        self._levels: dict[Run, dict[Name, float]] = {}

    def recorded(self, run: Run) -> dict[Name, float]:
        """Values of the series, by group and indicator."""
        found = measured(self.store.columns("series", run, COLUMNS), self.span, self.step_days, self.needed)
        return _by_name(found)

    def paired(self, run: Run, own: Run) -> dict[Name, float]:
        """Of `own`, the baseline's run, lines against itself; of another run these and its differences from them."""
        if own not in self._levels:
            self._levels[own] = self._lines(own, own)[1]
        levels = self._levels[own]
        if run == own:
            return levels
        value, base = self._lines(run, own)
        return {name: levels[name] + value[name] - base[name] for name in levels}

    def _lines(self, run: Run, own: Run) -> list[dict[Name, float]]:
        now, then = (self.store.columns("firms", side, firm_pairs.COLUMNS) for side in (run, own))
        ((window, (first, last)),) = self.span.items()
        sides = map(_by_name, firm_pairs.paired(now, then, {window: (last - first + 1) / self.year}, self.step_days))
        return [{name: side[name] for name in self.wanted if name in side} for side in sides]


def _by_name(found: Measured) -> dict[Name, float]:
    """Values of the only window, by group and indicator."""
    return {key[:2]: value for key, value in zip(found.keys, found.values[0].tolist(), strict=True)}


def unit_of(measure: Measure, lang: str = "en") -> str:
    """In which differences of it are shown."""
    unit = style_of(measure.style, lang).unit
    text = label(unit, lang) if unit else ""
    return label("a_year", lang, unit=text).strip() if measure.yearly else text


def level_of(measure: Measure, value: float, lang: str) -> str:
    """A level in the unit that levels are shown in, as 6.91 %; `value` in the English `unit_of`."""
    style = style_of(measure.style, lang)
    unit = label(style.level_unit, lang) if style.level_unit else ""
    unit = label("a_year", lang, unit=unit).strip() if measure.yearly else unit
    gap = "" if lang == "zh" else " "
    return f"{number(value / STYLES[measure.style].factor * style.level_factor, 2)}{gap}{unit}".strip()


def shown_in(measure: Measure, lang: str) -> tuple[float, int]:
    """What takes a difference in the English `unit_of` to that of a language, and how many digits are shown there."""
    style = style_of(measure.style, lang)
    return style.factor / STYLES[measure.style].factor, style.digits


def name_of(measure: Measure, lang: str = "en") -> str:
    """What it is called; with its group where that is not the headline's."""
    if _HEADLINE.get(measure.indicator) == measure:
        return label(measure.indicator, lang)
    return f"{measure.indicator} ({measure.group})"


def representative(runs: Iterable[Run], policies: Iterable[str]) -> list[Run]:
    """The first finished run of each policy: what they record, the others do too."""
    first: dict[str, Run] = {}
    for run in runs:
        first.setdefault(run.policy, run)
    return [first[policy] for policy in (BASELINE, *policies) if policy in first]


def _recorded(store: Store, run: Run) -> list[Key]:
    """Group, indicator and unit of all that a run's series have, and that firms of paired runs tell."""
    steps = store.manifest()["steps"]
    span = {WHOLE: windows(steps)[WHOLE]}
    recorded = measured(store.columns("series", run, COLUMNS), span, steps["days"])
    return [*recorded.keys, *_told_of_firms(store, run)]


def _told_of_firms(store: Store, run: Run) -> list[Key]:
    """What `firm_pairs` tells: the same of every pair."""
    firms = store.columns("firms", run, firm_pairs.COLUMNS)
    return firm_pairs.paired(firms, firms, {WHOLE: 1.0}, store.manifest()["steps"]["days"])[0].keys


def _found(store: Store, units: dict[tuple[str, str], str], text: str) -> Measure:
    indicator, _, group = text.partition(":")
    groups = [own for own, name in units if name == indicator]
    if not groups:
        match = closest_match(indicator, {name for _, name in units})
        hint = f"; did you mean {match}?" if match else ""
        raise StoreError(f"{store.path} has no finished run with indicator {indicator}{hint}")
    headline = _HEADLINE.get(indicator)
    if not group:
        group = headline.group if headline and headline.group in groups else groups[0] if len(groups) == 1 else ""
    if group not in groups:
        choice = ", ".join(f"{indicator}:{own}" for own in groups)
        raise StoreError(f"indicator {indicator} is of several groups; name one of {choice}" if not group else
                         f"indicator {indicator} has no group {group}; there are {choice}")  # fmt: skip
    if headline and group == headline.group:
        return headline
    yearly = headline.yearly if headline else False
    return Measure("", indicator, group, _STYLES.get(units[group, indicator], "count"), yearly)
