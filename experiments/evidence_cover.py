"""Evidence on pool and guarantee: who is let in, how the marginal borrower does, with effort as it is and held.

Both levers are held against current law without either. A marginal borrower drew bank credit with the lever and not in
the paired run without it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from experiments.evidence_runs import (
    Followed,
    Seen,
    born,
    by_hand,
    follow,
    in_bp,
    mean,
    pairs_of,
    value_of,
)
from sim.contracts import GUARANTEED_LOAN, TERM_LOAN
from sim.windows import WHOLE

if TYPE_CHECKING:
    from experiments.config import Experiment

BASE: Final = "uncovered"
POLICIES: Final = ("pool", "guarantee")
_DECILES: Final = 10
_TERMS: Final = ("operating", "expected_loss", "capital", "margin", "fees")
Slots = npt.NDArray[np.int64]


def cover(experiment: Experiment, replication: int) -> list[Seen]:
    """One replication of both levers."""
    base = follow(born(experiment, BASE, replication), experiment.evaluate_steps)
    years = experiment.evaluate_days / 360
    seen: list[Seen] = []
    for policy in POLICIES:
        run = follow(born(experiment, policy, replication), experiment.evaluate_steps)
        held = follow(born(experiment, policy, replication, fixed_effort=True), experiment.evaluate_steps)
        seen += same_offer(policy, base.offers, run.offers, experiment.parameters.bank.hurdle)
        seen += approvals(policy, base, run)
        seen += marginal(policy, base, run, held, years)
        seen += lenders_books(policy, base, run, held)
    return seen


def same_offer(policy: str, base: pd.DataFrame, run: pd.DataFrame, hurdle: float) -> Iterator[Seen]:
    """Covered less uncovered price of a loan on sales of the same firm and lender, term by term."""
    before = base[base["product"] == TERM_LOAN]
    product = GUARANTEED_LOAN if policy == "guarantee" else TERM_LOAN
    after = run[run["product"] == product].assign(product=TERM_LOAN)
    pairs = pairs_of(before, after)
    weight, group = pairs["amount_now"], "covered less uncovered loan"
    net = pairs["apr_now"] - pairs["apr_then"]
    yield Seen(policy, group, "APR", "bp", in_bp(mean(net, weight)))
    for term in _TERMS:
        change = mean(pairs[f"{term}_now"] - pairs[f"{term}_then"], weight)
        yield Seen(policy, group, f"of which {term.replace('_', ' ')}", "bp", in_bp(change))
    fee = mean(pairs["fees_now"], weight)
    frames = [pairs.rename(columns=lambda name, end=end: name.removesuffix(end)) for end in ("_now", "_then")]
    cost = [by_hand(frame, weight, hurdle) for frame in frames]
    yield Seen(policy, group, "break-even and fee by hand (oracle 3)", "bp", in_bp(cost[0] + fee - cost[1]))
    own = mean(pairs["cost_now"] - pairs["cost_then"], weight)
    yield Seen(policy, group, "break-even and fee, mean of offers", "bp", in_bp(own + fee))


def approvals(policy: str, base: Followed, run: Followed) -> Iterator[Seen]:
    """Firms let in by decile of their score: offered in the same state; drew, of those that asked, afterwards."""
    with_offer = [set(frame.loc[frame["size"] > 0, "firm"]) for frame in (base.offers, run.offers)]
    first = run.applied[(run.applied["step"] == 0) & (run.applied["size"] > 0)]
    for decile in range(_DECILES):
        label = f"PD decile {decile + 1}"
        asked = first.loc[first["grade"] == decile, "firm"]
        shares = [float(asked.isin(firms).mean()) if len(asked) else np.nan for firms in with_offer]
        change = 100 * (shares[1] - shares[0])
        yield Seen(policy, "change of firms with an offer, of those that ask, same state", label, "pp", change)
        rows = [
            frame.applied[(frame.applied["size"] > 0) & (frame.applied["grade"] == decile)] for frame in (base, run)
        ]
        drew = [100 * float(each["drew"].mean()) for each in rows]
        yield Seen(policy, "change of firms that draw, of those that ask, 24 months", label, "pp", drew[1] - drew[0])
        yield Seen(policy, "firms that draw, of those that ask, without the lever", label, "%", drew[0])


def marginal(policy: str, base: Followed, run: Followed, held: Followed, years: float) -> Iterator[Seen]:
    """Borrowers that only the lever lets in, those that drew anyway, and the former with effort held fixed."""
    then, now, fixed = (_slots_of(one) for one in (base, run, held))
    sme = (now["size"] != 0).to_numpy()
    drew, drew_then = (now["granted"] > 0).to_numpy(), (then["granted"] > 0).to_numpy()
    risk = run.pd[now["slot"].to_numpy()]
    kinds = {"marginal": sme & drew & ~drew_then, "drew in both": sme & drew & drew_then,
             "lost": sme & ~drew & drew_then}  # fmt: skip
    for kind, rows in kinds.items():
        yield from _book(policy, f"{kind}", now[rows], risk[rows], years)
    rows = kinds["marginal"]
    yield from _book(policy, "marginal, without the lever", then[rows], risk[rows], years)
    yield from _book(policy, "marginal, effort held fixed", fixed[rows], risk[rows], years)
    drew_fixed = (fixed["granted"] > 0).to_numpy()
    again = float(drew_fixed[rows].mean()) if rows.any() else np.nan
    yield Seen(policy, "marginal, effort held fixed", "still draw", "share", again)
    only_fixed = sme & drew_fixed & ~drew_then
    yield from _book(policy, "let in with effort held fixed", fixed[only_fixed], risk[only_fixed], years)


def _slots_of(run: Followed) -> pd.DataFrame:
    firms = run.record.firms
    return firms[firms["window"] == WHOLE].sort_values("slot").reset_index(drop=True)


def _book(policy: str, group: str, rows: pd.DataFrame, risk: npt.NDArray[np.float64], years: float) -> Iterator[Seen]:
    """Number, PD at the start, defaults a year, loss on what was granted, price."""
    count, granted = len(rows), float(rows["granted"].sum())
    yield Seen(policy, group, "firms", "count", count)
    if count == 0:
        return
    yield Seen(policy, group, "PD at the start", "%", 100 * float(risk.mean()))
    yield Seen(policy, group, "defaults a year", "%", 100 * float(rows["defaults"].sum()) / (count * years))
    if granted > 0:
        yield Seen(policy, group, "APR", "%", 100 * mean(rows["apr"].fillna(0.0), rows["weight"]))
        yield Seen(policy, group, "credit lost", "%", 100 * float(rows["credit_loss"].sum()) / granted)


def lenders_books(policy: str, base: Followed, run: Followed, held: Followed) -> Iterator[Seen]:
    """Bad loans, defaults and access with the lever, as effort answers and with effort held fixed."""
    lines = (("approval rate", "approval_rate", "sme"), ("formal share of need", "formal_share_of_need", "sme"),
             ("defaults a year", "default_rate", "sme"), ("NPL ratio", "npl_ratio", "banks"))  # fmt: skip
    for group, one in (("less without the lever", run), ("less without the lever, effort held fixed", held)):
        for measure, indicator, who in lines:
            change = value_of(one, indicator, who) - value_of(base, indicator, who)
            yield Seen(policy, group, measure, "pp", 100 * change)
