"""Whose the effects of a bundle are: each player's share of the change, whatever the order of adding them.

Shares are linear in the coalitions' effects, so that every replication has shares of its own; the mean over
replications is shared out exactly, and intervals are of these means.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from experiments.attribution import FAMILY
from experiments.bootstrap import bootstrap
from experiments.headline import MEASURES, SHORT, STYLES, effect_text, number, tight
from experiments.labels import label
from experiments.paired import HIGHER, LOWER, UNCLEAR, student, verdicts
from experiments.pairs import BASELINE, Pairs
from experiments.policies_told import instrument_title
from experiments.shapley import shapley
from experiments.windows import WINDOWS

TOTAL: Final = "total"  # of all players: the bundle's effect
COLUMNS: Final = [
    "bundle", "by", "player", "window", "group", "indicator", "effect", "low", "high", "boot_low", "boot_high", "n",
    "verdict", "share",
]  # fmt: skip
SHARED: Final = tuple(m for m in MEASURES if m.section in ("cost", "access") or m.indicator == "public_cost")

Float = npt.NDArray[np.float64]


def shared(pairs: Pairs) -> pd.DataFrame:
    """What an attribution needs of one policy: paired differences, a row a replication, a column a window and line."""
    found = {
        (window, measure.group, measure.indicator): pairs.difference(window, measure.group, measure.indicator)
        for window in WINDOWS
        for measure in SHARED
    }
    return pd.DataFrame(found, index=pd.Index(pairs.replications))


def attributed(
    differences: Mapping[str, pd.DataFrame], said: Mapping[str, Any] | None, steps_a_year: float
) -> pd.DataFrame:
    """A row a player and the total, by window and line of `SHARED`; columns `COLUMNS`, no row without an attribution.

    `differences` are what `shared` gives by policy, `said` the manifest's word on coalitions. Effects are in the unit
    of the series, a year's where the line is; `share` is of the total's effect, NaN where that cannot be told apart
    from 0. Of `low` and `high` (Student) and `boot_low` and `boot_high` both have to leave 0 out for a verdict.
    Replications that miss a coalition are left out.
    """
    if not said:
        return pd.DataFrame(columns=pd.Index(COLUMNS))
    tables = []
    for window in WINDOWS:
        for measure in SHARED:
            worth = _worth(differences, said["policies"], (window, measure.group, measure.indicator))
            if worth.shape[1]:
                worth = worth * (steps_a_year if measure.yearly else 1.0)
                table = pd.DataFrame(_rows(worth)).assign(player=[*said["players"], TOTAL], window=window)
                tables.append(table.assign(group=measure.group, indicator=measure.indicator))
    if not tables:
        return pd.DataFrame(columns=pd.Index(COLUMNS))
    whole = pd.concat(tables, ignore_index=True).assign(bundle=said["bundle"], by=said["by"])
    return whole.reindex(columns=pd.Index(COLUMNS))


def player_name(player: str, by: str, lang: str) -> str:
    """What tables and charts call a player."""
    if player == TOTAL:
        return label("all_players", lang)
    return label(f"family_{player}", lang) if by == FAMILY else instrument_title(player, lang)


def attribution_text(table: pd.DataFrame, window: str) -> pd.DataFrame:
    """A line a row, players side by side as texts with their shares; empty where there is nothing."""
    rows, names = [], {}
    for measure in SHARED:
        found = table[(table["window"] == window) & (table["indicator"] == measure.indicator)]
        style = STYLES[measure.style]
        texts = {"": SHORT[measure.indicator].strip(), "unit": f"{style.unit}/y" if measure.yearly else style.unit}
        for row in found.to_dict("records"):
            name = names.setdefault(row["player"], player_name(row["player"], row["by"], "en"))
            effect, low, high = (row[column] * style.factor for column in ("effect", "boot_low", "boot_high"))
            texts[name] = tight(effect_text(effect, low, high, row["verdict"], style.digits)) + _share_text(row)
        if len(found):
            rows.append(texts)
    shown = pd.DataFrame(rows, columns=pd.Index(["", "unit", *names.values()])).fillna("–")
    shown.attrs["right"] = list(names.values())
    return shown


def _share_text(row: Mapping[Any, Any]) -> str:
    return f" {number(100.0 * row['share'], 0)}%" if np.isfinite(row["share"]) and row["player"] != TOTAL else ""


def _worth(differences: Mapping[str, pd.DataFrame], policies: list[str], line: tuple[str, str, str]) -> Float:
    """Effects of every coalition, float64[coalitions, replications], of the replications that know them all."""
    by_policy = pd.DataFrame({policy: own[line] for policy, own in differences.items() if len(own)})
    by_policy[BASELINE] = 0.0  # current law against itself: the empty coalition, and any that changes nothing
    worth = by_policy.reindex(columns=policies).to_numpy(np.float64).T
    return worth[:, ~np.isnan(worth).any(axis=0)]


def _rows(worth: Float) -> dict[str, npt.NDArray[np.generic]]:
    """Columns of one line: a row a player, the total last."""
    shares = shapley(worth)
    values = np.vstack([shares, worth[-1]])
    found = student(values)
    boot_low, boot_high = bootstrap(values)
    verdict = verdicts(found)
    moved = np.isin(verdict, (HIGHER, LOWER))
    verdict[moved & ~((boot_low > 0.0) | (boot_high < 0.0))] = UNCLEAR
    total = found.mean[-1] if verdict[-1] in (HIGHER, LOWER) else np.nan
    return {
        "effect": found.mean, "low": found.low, "high": found.high, "boot_low": boot_low, "boot_high": boot_high,
        "n": found.n, "verdict": verdict, "share": found.mean / total,
    }  # fmt: skip
