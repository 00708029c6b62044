"""Evidence on the interest subsidy: what of it lowers the borrower's price, and what lenders keep."""

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
    changes,
    follow,
    in_bp,
    like_for_like,
    mean,
    pairs_of,
    year_of,
)
from experiments.reforms import BASELINE
from policies.catalogue import InterestSubsidy

if TYPE_CHECKING:
    from experiments.config import Experiment

# Each subsidy with what it is held against: under current law, and where no pool can run out.
PAIRS: Final = {"subsidy": (BASELINE, ""), "subsidy_no_pool": ("no_pool", ", no pool")}
SAME: Final = "same offer"


def subsidy(experiment: Experiment, replication: int) -> list[Seen]:
    """One replication: the same offers with and without the subsidy, and the aggregate by year."""
    seen: list[Seen] = []
    for policy, (against, suffix) in PAIRS.items():
        base = follow(born(experiment, against, replication), experiment.evaluate_steps)
        run = follow(born(experiment, policy, replication), experiment.evaluate_steps)
        lever = next(entry for entry in experiment.policies[policy].instruments if isinstance(entry, InterestSubsidy))
        if not suffix:
            seen += same_offer(base.offers, run.offers, lever.rate)
        seen += aggregate(base, run, experiment.parameters.step_days, suffix)
    return seen


def same_offer(base: pd.DataFrame, run: pd.DataFrame, points: float) -> Iterator[Seen]:
    """Gross and net change of the loans that the subsidy is for, weighted by amount; `points` is the subsidy's rate."""
    pairs = pairs_of(base, run)
    pairs = pairs[pairs["subsidy_now"] < pairs["subsidy_then"]]
    weight = pairs["amount_now"]
    paid = pairs["subsidy_then"] - pairs["subsidy_now"]
    gross = pairs["rate_now"] - pairs["rate_then"]
    net = gross - paid
    for measure, value in (
        ("subsidy", paid),
        ("lenders' part: change of the gross rate", gross),
        ("change of the net rate", net),
        ("change of the net APR", pairs["apr_now"] - pairs["apr_then"]),
    ):
        yield Seen(SAME, "loans subsidised", measure, "bp", in_bp(mean(value, weight)))
    deepest = float(np.min(net)) if len(net) else np.nan
    yield Seen(SAME, "loans subsidised", "largest fall of a net rate", "bp", in_bp(deepest))
    yield Seen(SAME, "loans subsidised", "change of the net rate by hand", "bp", in_bp(-points))
    margin = mean(pairs["margin_now"] - pairs["margin_then"], weight)
    yield Seen(SAME, "loans subsidised", "change of the margin", "bp", in_bp(margin))


def aggregate(base: Followed, run: Followed, step_days: int, suffix: str = "") -> Iterator[Seen]:
    """Net and gross APR of SMEs' loans and of all their new credit, by year, against the subsidy paid.

    `suffix` tells cases apart.
    """
    columns = ("apr", "apr_gross", "subsidy", "margin", "expected_loss", "operating", "capital", "funding", "fees")
    for year in YEARS:
        case = f"{year}{suffix}"
        now, then = (year_of(rows.signed, year, step_days) for rows in (run, base))
        now, then = now[now["size"] > 0], then[then["size"] > 0]
        for group, loans, way in (
            ("SMEs' loans", True, changes), ("SMEs' loans, like for like", True, like_for_like),
            ("all SME credit", False, changes),
        ):  # fmt: skip
            new, old = (rows[~rows["sold"]] if loans else rows for rows in (now, then))
            change = way(new, old, columns)
            paid = -change["subsidy"]
            yield Seen(case, group, "subsidy paid, mean", "bp", in_bp(paid))
            yield Seen(case, group, "change of the net APR", "bp", in_bp(change["apr"]))
            yield Seen(case, group, "lenders' part and mix: change of the gross APR", "bp", in_bp(change["apr_gross"]))
            yield Seen(case, group, "of which margin", "bp", in_bp(change["margin"]))
            yield Seen(case, group, "of which expected loss", "bp", in_bp(change["expected_loss"]))
            yield Seen(case, group, "− net APR change / subsidy paid", "ratio", -change["apr"], paid)
        for group, loans in (("SMEs' loans", now[~now["sold"]]), ("all SME credit", now)):
            yield Seen(case, group, "subsidised part", "share", mean(loans["subsidy"] < 0, loans["weight"]))
        part = [mean(~rows["sold"], rows["weight"]) for rows in (now, then)]
        yield Seen(case, "all SME credit", "change of the part that is loans", "pp", 100 * (part[0] - part[1]))
