"""Evidence on re-lending: how much of a cheaper refinancing reaches the borrower, by how many lenders compete."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from experiments.evidence_runs import (
    YEARS,
    Followed,
    Seen,
    born,
    by_hand,
    changes,
    follow,
    in_bp,
    like_for_like,
    mean,
    pairs_of,
    year_of,
)
from policies.catalogue import RelendingSme
from policies.waterfall import facility_relief

if TYPE_CHECKING:
    from experiments.config import Experiment

REACHES: Final = (0, 2, 7)  # lenders beyond the house bank
BASE: Final = "no_relending"
CASES: Final = {"relending_all": "all banks", "relending_local": "local banks"}
_TERMS: Final = ("apr", "funding", "operating", "expected_loss", "capital", "margin", "fees")


def lenders_within(reach: int) -> str:
    """How a column calls the number of lenders a firm can ask."""
    return "1 lender" if reach == 0 else f"{reach + 1} lenders"


def relending(experiment: Experiment, replication: int) -> list[Seen]:
    """One replication of one number of reachable lenders: same offer, and aggregate by year."""
    base = follow(born(experiment, BASE, replication), experiment.evaluate_steps)
    near = lenders_within(experiment.parameters.market.reach_sme)
    seen: list[Seen] = []
    for policy, name in CASES.items():
        run = follow(born(experiment, policy, replication), experiment.evaluate_steps)
        lever = next(entry for entry in experiment.policies[policy].instruments
                     if isinstance(entry, RelendingSme) and entry.start_day == 0)  # fmt: skip
        case = f"{near}, {name}"
        hurdle = experiment.parameters.bank.hurdle
        seen += same_offer(case, base.offers, run.offers, lever, hurdle)
        seen += aggregate(case, base, run, experiment.parameters.step_days)
    return seen


def same_offer(case: str, base: pd.DataFrame, run: pd.DataFrame, lever: RelendingSme, hurdle: float) -> Iterator[Seen]:
    """Price change over own cost change of each offer, weighted by amount; and what rivals without the facility do."""
    pairs = pairs_of(base, run)
    pairs = pairs[np.array(lever.sizes, np.bool_)[pairs["size_now"]] & ~pairs["sold_now"]]
    used = pairs["funding_now"] < pairs["funding_then"]
    users, rivals = pairs[used], pairs[~used].merge(pairs.loc[used, ["firm", "product"]].drop_duplicates())
    best = users.loc[users.groupby(["firm", "product"])["key_now"].idxmin()]
    for group, rows in (("offers with the facility", users), ("cheapest of these a firm and product", best)):
        weight, own = rows["amount_now"], rows["cost_now"] - rows["cost_then"]
        price = rows["rate_now"] - rows["rate_then"]
        yield Seen(case, group, "price change / own cost change", "ratio", mean(price / own, weight))
        yield Seen(case, group, "own cost change", "bp", in_bp(mean(own, weight)))
        yield Seen(case, group, "price change", "bp", in_bp(mean(price, weight)))
        half = 1 - (rows["share_then"] + rows["share_now"]) / 2
        yield Seen(case, group, "1 − s, mean of before and after", "ratio", mean(half, weight))
    weight = users["amount_now"]
    gap = mean(users["own_funding_then"], weight) - lever.rate
    then = users.rename(columns=lambda name: name.removesuffix("_then"))
    relief = facility_relief(gap + lever.rate, lever.rate, lever.share, mean(users["k_then"], weight))
    expected = by_hand(then, weight, hurdle, relief=relief) - by_hand(then, weight, hurdle)
    group = "offers with the facility"
    yield Seen(case, group, "own cost change by hand (oracle 3)", "bp", in_bp(expected))
    own = mean(users["cost_now"] - users["cost_then"], weight)
    yield Seen(case, group, "own cost change / rate advantage", "ratio", -own / gap)
    weight = rivals["amount_now"]
    group = "rivals without the facility"
    yield Seen(case, group, "price change", "bp", in_bp(mean(rivals["rate_now"] - rivals["rate_then"], weight)))
    yield Seen(case, group, "own cost change", "bp", in_bp(mean(rivals["cost_now"] - rivals["cost_then"], weight)))


def aggregate(case: str, base: Followed, run: Followed, step_days: int) -> Iterator[Seen]:
    """Change of what small and micro firms pay on loans, over the change of the funding term, by year."""
    for year in YEARS:
        now, then = (_eligible(year_of(rows.signed, year, step_days)) for rows in (run, base))
        refinanced = mean(now["funding"] < now["own_funding"], now["weight"])
        yield Seen(case, f"{year}, all loans", "refinanced part of loans", "share", refinanced)
        for way, change in (
            ("all loans", changes(now, then, _TERMS)),
            ("like for like", like_for_like(now, then, _TERMS)),
        ):
            group = f"{year}, {way}"
            yield Seen(case, group, "APR change / funding-term change", "ratio", change["apr"], change["funding"])
            yield Seen(case, group, "APR change", "bp", in_bp(change["apr"]))
            for term in ("funding", "margin", "expected_loss", "capital", "operating", "fees"):
                yield Seen(case, group, f"of which {term.replace('_', ' ')}", "bp", in_bp(change[term]))


def _eligible(signed: pd.DataFrame) -> pd.DataFrame:
    return signed[(signed["size"] >= 2) & ~signed["sold"]]
