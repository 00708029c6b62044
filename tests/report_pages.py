"""Pages for tests of the report: made-up stores, findings without drawing, and what a page says."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pytest
from policy_worlds import shelf

from experiments import report, report_source
from experiments.pictures import words_of
from experiments.policy_gallery import POLICY_CHARTS, picture_of
from experiments.report_figures import Words
from experiments.report_page import Text
from experiments.report_source import Source
from experiments.store import Store

HOSTILE: Final = (
    "<script>document.title='owned'</script>",
    "\"quoted\" 'apostrophes' & ampersands </style></table>",
    "{{ 7 * 7 }} {% raw %} {n} {0}",
    "x" * 400,
)
_TAG: Final = re.compile(r"<[^>]*>")
_STYLE: Final = re.compile(r"<style>.*?</style>", re.DOTALL)


def completed(store: Store) -> Store:
    """A made-up store with all that a real manifest says."""
    said: Any = store.manifest()
    said |= {"seed_plan": {"seed": 7, "replications": 3}, "numbers_version": 4, "content_digest": "ab" * 32}
    said |= {"python": "3.11", "platform": "any", "packages": {"numpy": "2"}, "inputs": {}, "equal_cost": []}
    said |= {"git": {"commit": "c" * 40, "dirty": True}, "draws": {"kind": "none", "replications": [3]}}
    return store


class Held:
    """The store's finished runs as `Store.runs` tells them, with some that failed."""

    def __init__(self, store: Store, failed: int = 0):
        self.rows = [(run.policy, run.draw, run.replication, "done", "", "") for run in store.planned()]
        self.rows += [("baseline", 0, 90 + place, "failed", "step 3", HOSTILE[0]) for place in range(failed)]

    def __call__(self) -> pd.DataFrame:
        names = ("policy", "draw", "replication", "status", "stage", "message")
        return pd.DataFrame(self.rows, columns=pd.Index(names))


def made(path: Path, failed: int = 0, **options: Any) -> Source:
    """The source of a report on a made-up store; options as `policy_worlds.shelf` takes them."""
    store = completed(shelf(path, **options))
    store.runs = Held(store, failed)  # type: ignore[method-assign]
    return report_source.read(store)


def charts_of(source: Source) -> dict[str, Words]:
    """Words of the charts by policy, as drawing them would leave, without pictures."""
    compared = source.compared
    if compared is None:
        return {}
    found = {}
    for name, chart in POLICY_CHARTS.items():
        said = words_of(picture_of(name, chart, chart.data(compared), compared.told))
        found[name] = Words(*(Text(said[word]["en"], said[word]["zh"]) for word in Words._fields))
    return found


def page(source: Source, lang: str = "en") -> str:
    """The report's HTML without pictures, but with its title."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report, "add_figures", lambda *given, **named: None)
        return report.rendered(source, charts_of(source), lang, source.store.path)


def text_of(markup: str) -> str:
    """What a page says, in both languages, as plain text."""
    return html.unescape(_TAG.sub("\n", _STYLE.sub("", markup)))
