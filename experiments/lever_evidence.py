"""What is recorded of each lever: its break-even by hand beside what was measured, for the cards of docs/levers.md.

Every figure is a row of a table kept under docs/evidence or docs/four_levers, or follows from a preset by the formula
beside it. A lever without a recorded measurement says so.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import pandas as pd

from agents.numeric import BASIS_POINT
from experiments import evidence, record
from experiments.config import load
from experiments.headline import number, tight
from experiments.instruments import presets

CONFIGS: Final = Path(__file__).resolve().parent / "configs"
DOCS: Final = Path(__file__).resolve().parents[1] / "docs"
HEADS: Final = ("", "by hand", "measured", "unit", "recorded in")
NOT_MEASURED: Final = "No measurement of this lever is recorded: run it before you say what it does."
HEADLINES: Final = ("Cost of need", "Rate, like for like", "Formal, of need", "Approved, of asked", "Public cost")

Row = tuple[str, str, str, str]  # topic, case, group, measure of a table of `finflow evidence`


class Line(NamedTuple):
    """A line of a card: what, its break-even by hand (a recorded row, or basis points from presets), what was seen."""

    what: str
    hand: Row | Callable[[], float] | None = None
    seen: Row | None = None


_OFFERS = ("relending", "3 lenders, all banks", "offers with the facility")
_SUBSIDISED = ("subsidy", "same offer", "loans subsidised")
_COVERED = "covered less uncovered loan"
_INSURED = "insured less uninsured"
_SLICES = "slices sold to banks"
_PAIRED = ("insurance", "paired runs", "SMEs")


def _preset(instrument: str, parameter: str) -> float:
    value = presets(instrument)[parameter]
    assert not isinstance(value, tuple)
    return float(value)


def _premium_subsidy(third: str) -> Callable[[], float]:
    row = ("insurance", f"receivables, {third} third", _INSURED, "of which premium")
    return lambda: -_preset("premium_subsidy", "share") * _mean(row)


def _least_premium() -> float:
    days = _mean(("insurance", "bills, safest third", "paper", "days"))
    return _preset("insured_bill_pledge", "minimum_premium") * 360 / days / BASIS_POINT


LINES: Final[dict[str, tuple[Line, ...]]] = {
    "relending_sme": (
        Line(
            "lender's own cost of the same offer, three lenders, all may use it",
            (*_OFFERS, "own cost change by hand (oracle 3)"), (*_OFFERS, "own cost change"),
        ),
        Line("price of the same offer", None, (*_OFFERS, "price change")),
        Line("APR of eligible loans, like for like, year 1", None,
             ("relending", "3 lenders, all banks", "year 1, like for like", "APR change")),
    ),
    "interest_subsidy": (
        Line(
            "net rate of the same offer",
            (*_SUBSIDISED, "change of the net rate by hand"), (*_SUBSIDISED, "change of the net rate"),
        ),
        Line("what lenders keep: their gross rate", None,
             (*_SUBSIDISED, "lenders' part: change of the gross rate")),
        Line("net APR of SMEs' loans, like for like, year 1", None,
             ("subsidy", "year 1", "SMEs' loans, like for like", "change of the net APR")),
    ),
    "discount_subsidy": (
        Line("net discount rate of the same bill: − rate, for it comes off after the margin",
             lambda: -_preset("discount_subsidy", "rate") / BASIS_POINT),
    ),
    "government_guarantee": (
        Line(
            "APR of a covered less an uncovered loan, the fee in it",
            ("cover", "guarantee", _COVERED, "break-even and fee by hand (oracle 3)"),
            ("cover", "guarantee", _COVERED, "APR"),
        ),
        Line("of which expected loss", None, ("cover", "guarantee", _COVERED, "of which expected loss")),
        Line("approvals against no cover at all", None,
             ("cover", "guarantee", "less without the lever", "approval rate")),
    ),
    "guarantee_fee_subsidy": (
        Line("fee of a guaranteed loan: − share × fee",
             lambda: -_preset("guarantee_fee_subsidy", "share") * _preset("government_guarantee", "fee") / BASIS_POINT),
    ),
    "risk_compensation_pool": (
        Line(
            "APR of a covered less an uncovered loan, share 50 %",
            ("cover", "pool", _COVERED, "break-even and fee by hand (oracle 3)"), ("cover", "pool", _COVERED, "APR"),
        ),
        Line("of which expected loss", None, ("cover", "pool", _COVERED, "of which expected loss")),
        Line("approvals against no cover at all", None, ("cover", "pool", "less without the lever", "approval rate")),
    ),
    "trade_credit_insurance": (
        *(
            Line(
                f"APR insured less uninsured, {third} third of buyers",
                ("insurance", f"receivables, {third} third", _INSURED, "APR by hand (oracle 3)"),
                ("insurance", f"receivables, {third} third", _INSURED, "APR"),
            )
            for third in ("safest", "middle", "riskiest")
        ),
        Line("approvals, together with insured bill pledge", None, (*_PAIRED, "approval rate")),
    ),
    "insured_bill_pledge": (
        Line("premium a year, safest third of acceptors: least premium × 360 / days", _least_premium,
             ("insurance", "bills, safest third", _INSURED, "of which premium")),
        Line("APR insured less uninsured, safest third of acceptors", None,
             ("insurance", "bills, safest third", _INSURED, "APR")),
        Line("approvals, together with trade credit insurance", None, (*_PAIRED, "approval rate")),
    ),
    "premium_subsidy": tuple(
        Line(f"net premium, {third} third of buyers: − share × premium recorded for it", _premium_subsidy(third))
        for third in ("safest", "middle", "riskiest")
    ),
    "reverse_factoring": (
        Line("fee of a confirmed payable that is sold: + platform's fee",
             lambda: _preset("reverse_factoring", "platform_fee") / BASIS_POINT),
    ),
    "multi_tier_certificates": (
        *(
            Line(f"saved on 100 CNY by a slice, tier {tier}",
                 ("certificates", f"tier {tier}", _SLICES, "saved on 100 by hand (oracle 13)"))
            for tier in (1, 2, 3)
        ),
        *(
            Line(f"APR of SME credit, like for like, tier {tier}", None,
                 ("certificates", f"tier {tier}", "change, like for like", "APR"))
            for tier in (1, 2, 3)
        ),
        Line("formal share of need, tier 2", None,
             ("certificates", "tier 2", "change, access", "formal share of need")),
    ),
}  # fmt: skip
# The policy of evidence.yaml whose effect the rows give.
IN_EVIDENCE: Final[dict[str, str]] = {
    "relending_sme": "relending_all",
    "interest_subsidy": "subsidy",
    "government_guarantee": "guarantee",
    "risk_compensation_pool": "pool",
    "trade_credit_insurance": "insurance",
    "insured_bill_pledge": "insurance",
    "multi_tier_certificates": "certificates",
}
# The policy of the four levers that a lever is part of, and what it stands there together with.
IN_FOUR_LEVERS: Final[dict[str, tuple[str, str]]] = {
    "relending_sme": ("relending", ""),
    "interest_subsidy": ("subsidy", "discount_subsidy"),
    "discount_subsidy": ("subsidy", "interest_subsidy"),
    "risk_compensation_pool": ("pool", ""),
    "trade_credit_insurance": ("insurance", "insured_bill_pledge"),
    "insured_bill_pledge": ("insurance", "trade_credit_insurance"),
}


def rows(instrument: str) -> Iterator[tuple[str, ...]]:
    """Cells of `HEADS` for all that is recorded of an instrument. KeyError if a recorded row is gone."""
    for line in LINES[instrument]:
        seen = _recorded(line.seen) if line.seen else None
        hand = _recorded(line.hand) if isinstance(line.hand, tuple) else None
        unit = next((entry["unit"] for entry in (seen, hand) if entry), "bp")
        told = number(line.hand(), 1) if callable(line.hand) else _told(hand)
        source = next((f"evidence/{row[0]}.csv" for row in (line.seen, line.hand) if isinstance(row, tuple)), "presets")
        yield line.what, told, _told(seen), unit, source
    if policy := IN_FOUR_LEVERS.get(instrument, ("", ""))[0]:
        table = record.read_back("presets")
        table = table[table["unit"] != ""].assign(line=table[""].str.strip()).drop_duplicates("line").set_index("line")
        for name in HEADLINES:
            yield name, "", str(table.loc[name, policy]), str(table.loc[name, "unit"]), "four_levers/presets.csv"


def sources(instrument: str) -> list[str]:
    """Which policy, configuration, seeds and replications made what `rows` has measured, a sentence each."""
    said = []
    if policy := IN_EVIDENCE.get(instrument):
        made = load(CONFIGS / "evidence.yaml")
        said.append(
            f"`evidence/`: policy `{policy}` of `experiments/configs/evidence.yaml`,"
            f" {made.parameters.population.suppliers} suppliers, seed {made.seed}, replications 0 to"
            f" {made.replications - 1}; intervals are 95 %; [how it is taken apart](evidence.md)."
        )
    if instrument in IN_FOUR_LEVERS:
        policy, other = IN_FOUR_LEVERS[instrument]
        made, run = load(CONFIGS / "four_levers_full.yaml"), record.read_back("run").set_index("what")["value"]
        with_ = f", which sets `{other}` as well" if other else ""
        said.append(
            f"`four_levers/`: policy `{policy}` of `experiments/configs/four_levers_full.yaml`{with_}, digest"
            f" {str(run['config'])[:12]}, seed {made.seed}, replications 0 to {made.replications - 1}, SMEs against"
            " current law; [all of it](four-levers.md)."
        )
    if not said:
        return [NOT_MEASURED]
    return said if instrument in IN_EVIDENCE else [*said, "Alone it was not measured."]


@cache
def _tables() -> dict[str, pd.DataFrame]:
    keys = ["case", "group", "measure"]
    tables = evidence.read_back(DOCS / "evidence").tables
    return {topic: table.set_index(keys, drop=False).sort_index() for topic, table in tables.items()}


def _recorded(row: Row) -> dict[Hashable, Any]:
    topic, *key = row
    return _tables()[topic].loc[[tuple(key)]].to_dict("records")[0]


def _told(row: dict[Hashable, Any] | None) -> str:
    return tight(evidence.interval_text(row)) if row else ""


def _mean(row: Row) -> float:
    return float(_recorded(row)["mean"])
