"""What charts of single firms show: the rates that SMEs pay by tier, and what a policy changes for each of them.

Tables are as in `policy_charts`, with a row of the baseline: what the policies' runs are paired with.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from agents.parameters import TIERS
from experiments.compare import Comparison
from experiments.firm_pairs import CELLS, QUANTILES
from experiments.headline import number
from experiments.labels import label
from experiments.paired import HIGHER
from experiments.pairs import BASELINE
from experiments.policies_told import Told
from experiments.policy_charts import BASIS_POINTS, PER_CENT, rows_of, table_of
from experiments.policy_findings import farthest_tier, moves

WHOSE: Final = ("sme", *CELLS)
SIDES: Final = ("less", "same", "more")
MEDIAN: Final = "p50"


def rates_data(comparison: Comparison) -> pd.DataFrame:
    """Quantiles over SMEs of the APR each paid, % a year, and number of these firms; columns tier, measure."""
    parts = []
    for tier in TIERS:
        names = {f"apr_p{share}": f"p{share}" for share in QUANTILES}
        parts += [
            rows_of(comparison, name, f"sme:{tier}", PER_CENT, "% a year", tier=tier, measure=measure)
            for name, measure in names.items()
        ]
        parts.append(rows_of(comparison, "apr_firms", f"sme:{tier}", 1.0, "firms", tier=tier, measure="firms"))
    return _with_law(table_of(parts), ["tier", "measure", "unit"])


def winners_data(comparison: Comparison) -> pd.DataFrame:
    """Firms whose cost of need falls, stays, rises, % of those in need; quantiles of its change, bp; number of firms.

    Columns who (sme, cells of size and tier), measure (less, same, more, p10 to p90, firms).
    """
    parts = []
    for who in WHOSE:
        sides = {"less": "firms_gaining", "more": "firms_losing", "net": "firms_gaining_net"}
        shares = {
            side: rows_of(comparison, name, who, PER_CENT, "% of firms in need", who=who, measure=side)
            for side, name in sides.items()
        }
        rest = shares["less"].assign(measure="same", verdict="")
        rest[["diff", "diff_low", "diff_high"]] = np.nan
        rest["mean"] = PER_CENT - shares["less"]["mean"].to_numpy() - shares["more"]["mean"].to_numpy()
        parts += [*shares.values(), rest]
        parts += [
            rows_of(comparison, f"cost_change_p{share}", who, BASIS_POINTS, "bp", who=who, measure=f"p{share}")
            for share in QUANTILES
        ]
        parts.append(rows_of(comparison, "firms_in_need", who, 1.0, "firms", who=who, measure="firms"))
    return table_of(parts)


def _with_law(table: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """The rows, and above them one of the baseline for each of `keys`: firm by firm, it is told with each policy."""
    law = table.drop_duplicates(keys)[["baseline", "n", *keys]].rename(columns={"baseline": "mean"})
    return pd.concat([law.assign(policy=BASELINE, verdict=""), table], ignore_index=True)[table.columns]


def rates_finding(data: pd.DataFrame, told: Told, lang: str) -> str:
    """What the middle SME of tier 3 pays, or of the farthest there is, and what happens to that."""
    medians = data[data["measure"] == MEDIAN]
    rows = medians[medians["tier"] == (farthest := farthest_tier(medians, "tier"))]
    tier = label(farthest, lang)
    moved = moves(rows, "noun_median", "size_bp", told, lang, factor=BASIS_POINTS / PER_CENT, tier=tier)
    level = rows.loc[rows["policy"] == BASELINE, "mean"].dropna()
    if level.empty:
        return moved
    pays = label("median_level", lang, level=number(level.iloc[0], 2), tier=tier)
    return label("semicolon", lang).join((pays, moved))


def winners_finding(data: pd.DataFrame, told: Told, lang: str) -> str:
    """Under which policy the most SMEs pay less, of those under which more pay less than more."""
    sme = data[data["who"] == "sme"].pivot(index="policy", columns="measure", values=["mean", "verdict"])
    if sme.empty or told.n < 2:
        return label("one_run_each", lang)
    sure = sme[sme["verdict", "net"] == HIGHER]
    if sure.empty:
        return label("winners_none", lang, n=told.n)
    best = str(sure["mean", "less"].astype(float).idxmax())
    less, more = (number(float(sme["mean", side][best]), 0) for side in ("less", "more"))
    form = "winners_one" if len(sme) == 1 else "winners_most"
    return label(form, lang, policy=told.name(best, lang), less=less, more=more)
