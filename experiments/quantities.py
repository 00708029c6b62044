"""What is asked how sensitive it is: indicators of a store, one value a window and run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import pandas as pd

from agents.numeric import DAYS_PER_YEAR
from experiments.errors import closest_match
from experiments.headline import MEASURES, STYLES, Measure, number
from experiments.labels import label
from experiments.pairs import BASELINE
from experiments.store import Run, Store, StoreError
from experiments.windows import BEARERS, INPUTS, LEVERS, WINDOWS, values_of, windows

# SMEs' all-in cost net of subsidy, of their need and of what they borrow, and their access.
DEFAULTS: Final = ("sme_cost_of_need", "sme_apr_net", "formal_share_of_need")
_STYLES: Final = {"rate": "price", "share": "share", "fen": "money", "days": "days"}  # by unit of the series
_HEADLINE: Final = {measure.indicator: measure for measure in MEASURES}

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


def read(store: Store, measures: Sequence[Measure], window: str, runs: Iterable[Run]) -> list[Values]:
    """Values of each measure in the window, in `unit_of` it; a run is read at a time.

    A run in which an indicator is not defined has no value of it. Raises `StoreError` for a window that there is not.
    """
    if window not in WINDOWS:
        match = closest_match(window, WINDOWS)
        raise StoreError(f"no window {window}" + (f"; did you mean {match}?" if match else f": {', '.join(WINDOWS)}"))
    steps = store.manifest()["steps"]
    span = {window: windows(steps)[window]}
    needed = sorted({*INPUTS, *(measure.indicator for measure in measures)})
    groups = {measure.group for measure in measures}
    groups = set() if groups & {LEVERS, BEARERS} else groups  # these are sums over other groups
    year = DAYS_PER_YEAR / steps["days"]
    factors = [STYLES[measure.style].factor * (year if measure.yearly else 1.0) for measure in measures]
    found: list[Values] = [{} for _ in measures]
    for run in runs:
        rows = values_of(store.series([run], indicators=needed, groups=groups), span, steps["days"])
        known = {(group, indicator): value for (_, group, indicator, _), value in rows.items()}  # pyright: ignore
        for values, measure, factor in zip(found, measures, factors, strict=True):
            value = factor * float(known.get((measure.group, measure.indicator), np.nan))
            if np.isfinite(value):
                values[run.policy, run.draw, run.replication] = value
    return found


def unit_of(measure: Measure, lang: str = "en") -> str:
    """In which differences of it are shown."""
    unit = STYLES[measure.style].unit
    text = label(unit, lang) if unit else ""
    return label("a_year", lang, unit=text).strip() if measure.yearly else text


def level_of(measure: Measure, value: float, lang: str) -> str:
    """A level in the unit that levels are shown in, as 6.91 %; `value` in `unit_of`."""
    style = STYLES[measure.style]
    unit = label(style.level_unit, lang) if style.level_unit else ""
    unit = label("a_year", lang, unit=unit).strip() if measure.yearly else unit
    return f"{number(value / style.factor * style.level_factor, 2)} {unit}".strip()


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


def _recorded(store: Store, run: Run) -> list[tuple[str, str, str]]:
    steps = store.manifest()["steps"]
    rows: pd.Index = values_of(store.series([run]), {"whole": windows(steps)["whole"]}, steps["days"]).index
    return [(group, indicator, unit) for _, group, indicator, unit in rows]


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
