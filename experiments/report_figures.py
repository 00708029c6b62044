"""The report's pictures: a run's charts in both languages, put into the page as data, with words for the blind.

Each picture is an image of its own, so that the identifiers inside never meet. Charts of this configuration that others
left in the folder are taken too, with the words beside them.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from experiments.charts import ChartMeta
from experiments.compare import law_alone
from experiments.drawing import CHARTS, draw_all
from experiments.labels import LANGUAGES
from experiments.pairs import BASELINE
from experiments.pictures import kind_of
from experiments.policy_gallery import draw_policies
from experiments.report_page import Figure, Link, Section, Text, same
from experiments.report_source import DIGEST, Source
from experiments.report_words import W

CHARTED: Final = 200  # replications on a chart at most, so that memory stays bounded; its footer says how many
# In which section a chart stands; charts that are not named here come last.
PLACES: Final = {
    "policies_cost": "effects",
    "policies_price": "effects",
    "policies_access": "effects",
    "policies_gap": "effects",
    "policies_calendar": "levers",
    "policies_forest": "effects",
    "policies_response": "effects",
    "policies_heat": "effects",
    "policies_time_to_cash": "effects",
    "policies_financing": "effects",
    "policies_attribution": "effects",
    "policies_public_cost": "value",
    "policies_frontier": "value",
    "policies_gains": "people",
    "policies_winners": "people",
    "policies_rates": "people",
    "policies_losses": "losses",
    "policies_contagion": "losses",
    "policies_network": "losses",
    "policies_lenders": "losses",
    "policies_lender_books": "losses",
    "sensitivity": "trust",
    "interactions": "trust",
    **dict.fromkeys(CHARTS, "law"),
}
_PATH: Final = re.compile(r' d="[^"]*"')
_LONG: Final = re.compile(r"(\.\d\d)\d+")
# What a data URI may hold as it is, within double quotes.
_SAFE: Final = " /:=,;()!*~'?&@+$"


class Words(NamedTuple):
    """What a chart says in its title, and what it shows for those who do not see it."""

    title: Text
    alt: Text


def draw(source: Source) -> None:
    """Draw every chart in both languages into the run's folder."""
    store = source.store
    shown = [run for run in store.done() if run.policy == BASELINE and run.draw == 0][:CHARTED]
    series = store.series(shown) if shown else None
    for lang in LANGUAGES:
        if series is not None:
            draw_all(series, ChartMeta.of(source.said, lang), store.path)
            draw_policies(source.compared or law_alone(store), store.path, lang)


def charts_of(source: Source) -> dict[str, Words]:
    """Words of the charts of this configuration in the run's folder, by name in the order of the page."""
    found: dict[str, Words] = {}
    folder = source.store.path / "charts"
    for file in sorted(folder.glob("[!.]*.json")):
        said: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        if source.said["digest"][:DIGEST] in said["footer"]["en"] and file.with_suffix(".svg").exists():
            found[file.stem] = Words(*(Text(*(said[word][lang] for lang in LANGUAGES)) for word in Words._fields))
    if "policies_financing" in found:
        found.pop("financing_flows", None)  # the same flows stand above their changes
    order = list(PLACES)
    places = {name: order.index(kind_of(name)) if kind_of(name) in order else len(order) for name in found}
    return dict(sorted(found.items(), key=lambda row: places[row[0]]))


def add_figures(source: Source, charts: dict[str, Words], sections: list[Section], linked: bool) -> None:
    """Put every chart into its section, at its end; those without a place into a new one before the limits."""
    by_key = {section.key: section for section in sections}
    folder = source.store.path / "charts"
    rest = Section("more", W["more"])
    for name, words in charts.items():
        where = by_key.get(PLACES.get(kind_of(name), ""), rest)
        where.blocks.append(_figure(folder, name, words, linked))
    if rest.blocks:
        sections.insert(next(place for place, section in enumerate(sections) if section.key == "limits"), rest)


def _figure(folder: Path, name: str, words: Words, linked: bool) -> Figure:
    files = [folder / f"{name}.svg", folder / f"{name}_zh.svg"]
    pictures = [(file if file.exists() else files[0]).read_text(encoding="utf-8") for file in files]
    table = f"charts/{name}.csv"
    return Figure(Text(*map(data_uri, pictures)), words.alt, Link(table, table if linked else "", same("")))


def data_uri(svg: str) -> str:
    """An SVG picture as an address that needs no network; coordinates to a hundredth of a point, which is not seen."""
    short = _PATH.sub(lambda path: _LONG.sub(r"\1", path[0]), svg)
    return "data:image/svg+xml," + quote(" ".join(short.split()).replace('"', "'"), safe=_SAFE.replace("'", "") + "'")
