"""Every chart of a sensitivity: which there are, and what stands at the foot of each."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

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
                made.append(_picture(f"sensitivity.{_stem(measure)}{more}", data, found, measure))
        for grid in found.switches:
            data = map_data(found, measure, grid.policy)
            if len(data):
                made.append(_map_picture(f"interactions.{grid.policy}.{_stem(measure)}", data, found, measure))
    return made


def _picture(name: str, data: pd.DataFrame, found: Sensitivity, measure: Measure) -> Picture:
    titles = {lang: bars_finding(data, found, measure, lang) for lang in LANGUAGES}
    footers = {lang: _bars_footer(data, found, lang) for lang in LANGUAGES}
    rows = min(data["axis"].nunique(), MOST_AXES)
    return Picture(
        name,
        data,
        titles,
        footers,
        lambda figure, lang: draw_bars(data, found, measure, figure, lang),
        rows + rows // 2,
    )


def _bars_footer(data: pd.DataFrame, found: Sensitivity, lang: str) -> str:
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
    return _with_origin(parts, found, lang)


def _map_picture(name: str, data: pd.DataFrame, found: Sensitivity, measure: Measure) -> Picture:
    titles = {lang: map_finding(data, found, measure, lang) for lang in LANGUAGES}
    footers = {lang: _map_footer(data, found, lang) for lang in LANGUAGES}
    return Picture(
        name,
        data,
        titles,
        footers,
        lambda figure, lang: draw_map(data, found, measure, figure, lang),
        data["first"].nunique(),
    )


def _map_footer(data: pd.DataFrame, found: Sensitivity, lang: str) -> str:
    runs = 2 ** data["first"].nunique()
    counts = {"n": int(data["n"].max()), "planned": int(data["planned"].iloc[0]), "runs": runs}
    parts = [label("foot_interactions_n", lang, **counts), label("foot_interactions", lang)]
    return _with_origin(parts, found, lang)


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
