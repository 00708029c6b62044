"""A comparison as files and as tables to print: one call each for the command line."""

from __future__ import annotations

import json
from typing import Any, Final

import pandas as pd

from experiments.attributed import attribution_text
from experiments.borrowers_told import borrowers_told
from experiments.compare import Comparison, compare, write
from experiments.headline import doubt_text, headline, needed_text, sentences, wide
from experiments.policy_gallery import draw_policies
from experiments.store import Store
from experiments.workbook import write_workbook

_DRAWN: Final = "points drawn from ranges of some parameters"
_CHOSEN: Final = "points that were chosen, not drawn"
WORLDS: Final = {  # what the sets of parameters are that a range is over, by `Told.draws`
    "none": "sets of other parameter values",
    "doubt": "draws of all that is assumed or estimated",
    **dict.fromkeys(("lhs", "sobol"), _DRAWN),
    "morris": "points of a Morris design over some parameters, at the ends of their ranges more often than a draw",
    **dict.fromkeys(("grid", "list", "csv"), _CHOSEN),
}


def draw_and_write(store: Store, lang: str = "en", workers: int | None = None) -> Comparison:
    """Compare the policies of a store and leave tables, workbook and charts, these with words in `lang`, in it.

    `workers` as in `compare`.
    """
    compared = compare(store, workers)
    write(compared, store)
    write_workbook(compared, store.path / "headline.xlsx")
    draw_policies(compared, store.path, lang)
    return compared


def tables_of(compared: Comparison, window: str) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """The headline, doubt about it if there are draws, what more replications would tell; and the sentences below."""
    names = {policy: compared.told.name(policy, "en") for policy in compared.told.compared}
    lines = headline(compared, window)
    tables = {f"Against current law, {window.replace('_', ' ')}": wide(lines, names)}
    if len(borrowers := borrowers_told(compared, window, names)):
        tables["Who borrows, and what reaches the price"] = borrowers
    doubts = doubt_text(lines, names)
    if len(doubts):
        worlds = f"{lines['worlds'].max():.0f} {WORLDS.get(compared.told.draws, WORLDS['none'])}"
        tables[f"10–90 % of effects over {worlds}; in how many the sign holds"] = doubts
    if len(shares := attribution_text(compared.attribution, window)):
        bundle = str(compared.attribution["bundle"].iloc[0])
        tables[f"Shares of {names[bundle]} by {compared.attribution['by'].iloc[0]}, whatever the order"] = shares
    if len(needed := needed_text(lines, names)):
        tables["Replications that would tell apart what ~ marks"] = needed
    return tables, sentences(lines, names)


def as_data(compared: Comparison, window: str) -> dict[str, Any]:
    """Headline, ratios and all effects of one window as plain data; what is not known is None."""
    names = {policy: compared.told.name(policy, "en") for policy in compared.told.compared}
    lines = headline(compared, window)
    frames = {
        "headline": lines,
        "ratios": compared.ratios[compared.ratios["window"] == window],
        "effects": compared.effects[compared.effects["window"] == window],
        "attribution": compared.attribution[compared.attribution["window"] == window],
    }
    plain = {name: json.loads(frame.to_json(orient="records", force_ascii=False)) for name, frame in frames.items()}
    return {"window": window, "policies": names, "said": sentences(lines, names), **plain}
