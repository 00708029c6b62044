"""Every chart of a sensitivity: which there are, and what stands at the foot of each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

import pandas as pd
from matplotlib.figure import Figure

from experiments.headline import Measure
from experiments.interaction_chart import draw_map, map_data, map_finding
from experiments.labels import LANGUAGES, label
from experiments.pairs import BASELINE
from experiments.pictures import Picture, publish
from experiments.policies_told import DAYS_A_MONTH
from experiments.sensitivity import Sensitivity
from experiments.sensitivity_chart import MOST_AXES, MOST_PANELS, bars_data, bars_finding, draw_bars
from experiments.windows import WHOLE


def draw(found: Sensitivity, out: Path, lang: str) -> list[Path]:
    """Every chart of it in `out`/charts, as `pictures` saves them; returns the paths."""
    folder = out / "charts"
    folder.mkdir(parents=True, exist_ok=True)
    return [path for picture in pictures(found) for path in publish(picture, folder, lang)]


def pictures(found: Sensitivity) -> list[Picture]:
    """Bars for each measure and kind of design, a map for each measure and grid of switches."""
    made = []
    for measure in found.measures:
        for kind, more in (("parameters", ""), ("levers", ".levers")):
            data = bars_data(found, measure, kind)
            if len(data):
                rows = min(data["axis"].nunique(), MOST_AXES)
                name = f"sensitivity.{_stem(measure)}{more}"
                made.append(_picture(name, data, found, measure, _BARS, rows + rows // 2))
        for grid in found.switches:
            data = map_data(found, measure, grid.policy)
            if len(data):
                name = f"interactions.{grid.policy}.{_stem(measure)}"
                made.append(_picture(name, data, found, measure, _MAP, data["first"].nunique()))
    return made


class _Kind(NamedTuple):
    """A kind of chart: its title and foot from data, and what draws it."""

    finding: Callable[[pd.DataFrame, Sensitivity, Measure, str], str]
    footer: Callable[[pd.DataFrame, str], list[str]]
    draw: Callable[[pd.DataFrame, Sensitivity, Measure, Figure, str], None]


def _picture(
    name: str, data: pd.DataFrame, found: Sensitivity, measure: Measure, kind: _Kind, rows: int
) -> Picture:  # fmt: skip
    return Picture(
        name,
        data,
        {lang: kind.finding(data, found, measure, lang) for lang in LANGUAGES},
        {lang: _with_origin(kind.footer(data, lang), found, lang) for lang in LANGUAGES},
        lambda figure, lang: kind.draw(data, found, measure, figure, lang),
        rows,
    )


def _bars_footer(data: pd.DataFrame, lang: str) -> list[str]:
    first = data.iloc[0]
    counts = {name: first[name] for name in ("units", "planned", "replications")}
    parts = [label(f"foot_{first['method']}", lang, **counts)]
    if data["floor"].notna().any():
        parts.append(label("foot_luck", lang))
    policies, axes = data["policy"].nunique(), data["axis"].nunique()
    if policies > MOST_PANELS:
        shown = MOST_PANELS - (BASELINE in set(data["policy"]))
        parts.append(label("foot_shown", lang, shown=shown, all=policies - MOST_PANELS + shown))
    if axes > MOST_AXES:
        parts.append(label("foot_axes", lang, shown=MOST_AXES, all=axes))
    return parts


def _map_footer(data: pd.DataFrame, lang: str) -> list[str]:
    runs = 2 ** data["first"].nunique()
    counts = {"n": int(data["n"].max()), "planned": int(data["planned"].iloc[0]), "runs": runs}
    return [label("foot_interactions_n", lang, **counts), label("foot_interactions", lang)]


_BARS: Final = _Kind(bars_finding, _bars_footer, draw_bars)
_MAP: Final = _Kind(map_finding, _map_footer, draw_map)


def _stem(measure: Measure) -> str:
    """Part of a file's name; groups such as `borrowers:both` lose what a file cannot be called."""
    own = measure.indicator if measure.section else f"{measure.indicator}_{measure.group}"
    return "".join(letter if letter.isalnum() else "_" for letter in own)


def _with_origin(parts: list[str], found: Sensitivity, lang: str) -> str:
    steps = found.said["steps"]
    months, burn_in = (steps[name] * steps["days"] / DAYS_A_MONTH for name in ("evaluate", "burn_in"))
    whole = found.window == WHOLE
    parts = [*parts, label("window", lang, months=months, burn_in=burn_in) if whole else label(found.window, lang)]
    origin = {"experiment": found.said["experiment"], "digest": found.said["digest"][:12]}
    return label("separator", lang).join([*parts, label("origin", lang, **origin, version=found.said["finflow"])])
