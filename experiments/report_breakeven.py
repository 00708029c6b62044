"""Break-even by hand: what a lever does to the cost of one loan that it covers, by the pricing equation alone.

The equation is oracle 3, solved by the function that prices in the engine (`policies.waterfall`), at the run's own
parameters: (1 + r)(1 − PD·LGD) = 1 + f(1 − k) + h·k − relief + operating, for a loan of a year.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from agents.numeric import BASIS_POINT
from agents.parameters import BANK_KINDS, SIZES
from experiments.headline import number
from experiments.instruments import values_of
from experiments.pairs import BASELINE
from experiments.reforms import Change, full_values
from experiments.report_effects import effect_cell
from experiments.report_guard import filled
from experiments.report_levers import title_of
from experiments.report_page import DASH, Block, Cell, Heading, Table, Text, Unit, joined, same
from experiments.report_source import Source
from experiments.report_words import W
from policies.waterfall import break_even_rate, capital_share, facility_relief

if TYPE_CHECKING:
    from collections.abc import Mapping

    from experiments.values import Value

YEAR: Final = 360.0  # days of the loan
_BORROWER: Final = SIZES.index("small")


@dataclass(frozen=True)
class Loan:
    """A one-year loan to a small firm as a bank prices it, fractions a year; `fee` is current law's for a guarantee."""

    funding: float
    pd: float
    lgd: float
    k: float
    hurdle: float
    operating: float
    fee: float = 0.0

    @property
    def loss(self) -> float:
        """Expected loss without cover."""
        return self.pd * self.lgd

    def price(self, cover: float = 0.0, relief: float = 0.0) -> float:
        """Break-even rate if others bear the share `cover` of a loss and a facility takes `relief` off funding."""
        return float(
            break_even_rate(self.funding, self.k, self.hurdle, self.operating, self.loss * (1.0 - cover), YEAR, relief)
        )


def by_hand(
    loan: Loan, identity: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> list[tuple[str, float]]:
    """Changes of a covered loan's cost to the borrower when an instrument goes from `before` to `after`.

    Values by parameter, None where the instrument is not in force. Cases by name ("" if there is but one), changes as
    fractions a year; empty where there is no closed form.
    """
    if identity == "relending_sme":
        return _relending(loan, before, after)
    levels = [_cost(loan, identity, values) for values in (before, after)]
    if levels[0] is None or levels[1] is None:
        return []
    return [("", levels[1] - levels[0])]


def _cost(loan: Loan, identity: str, values: Mapping[str, Any] | None) -> float | None:
    """What the covered loan costs the borrower, less what it costs without any lever; None without a closed form."""
    if values is None:
        return 0.0
    plain = loan.price()
    match identity:
        case "interest_subsidy" | "discount_subsidy":
            return -float(values["rate"])
        case "government_guarantee":
            return loan.price(values["share"]) + values["fee"] - plain
        case "guarantee_fee_subsidy":
            return -float(values["share"]) * loan.fee
        case "risk_compensation_pool":
            return loan.price(values["share"]) - plain
    return None


def _relending(
    loan: Loan, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> list[tuple[str, float]]:
    """By kind of bank: one that the policy lets in, and one that had the facility already."""

    def price(values: Mapping[str, Any] | None, kind: int) -> float:
        if values is None or not values["lenders"][kind]:
            return loan.price()
        return loan.price(relief=float(facility_relief(loan.funding, values["rate"], values["share"], loan.k)))

    cases: dict[str, float] = {}
    for kind in range(len(BANK_KINDS)):
        had = before is not None and bool(before["lenders"][kind])
        has = after is not None and bool(after["lenders"][kind])
        if had or has:
            cases["same_bank" if had else "first_time_bank"] = price(after, kind) - price(before, kind)
    return list(cases.items())


# --- Of a run -------------------------------------------------------------------------------------------------


def loan_of(source: Source) -> Loan | None:
    """The loan at the run's own parameters; None if its configuration or its baseline's defaults are not known."""
    pd, operating = (source.level(name, "sme")["mean"] for name in ("default_rate", "term_operating"))
    if source.experiment is None or not (np.isfinite(pd) and np.isfinite(operating)):
        return None
    parameters = source.experiment.parameters
    bank = parameters.bank
    law = {lever.ID: values_of(lever) for lever in source.experiment.current_law}
    k = float(capital_share(bank.risk_weight[_BORROWER], bank.target_capital))
    lgd = parameters.products.term_loan.loss_given_default
    fee: Any = law.get("government_guarantee", {}).get("fee", 0.0)
    return Loan(bank.funding, pd, lgd, k, bank.hurdle, operating, float(fee))


def hand_blocks(source: Source) -> list[Block]:
    """The table of break-evens beside measured effects; nothing if it cannot be worked out."""
    loan = loan_of(source)
    if loan is None or source.experiment is None:
        return []
    law = {lever.ID: values_of(lever) for lever in source.experiment.current_law}
    measured = dict(source.rows("sme_apr_like_for_like", "sme"))
    rows: list[list[Cell]] = []
    for policy, reform in source.experiment.all_reforms.items():
        if policy == BASELINE or policy not in source.policies:
            continue
        name, effect = (
            Cell(source.name(policy)),
            effect_cell(measured.get(policy), Unit((1e4, 1e4), same("bp"), (1, 1))),
        )
        for identity, change in reform.items():
            values = _after(identity, change, law.get(identity))
            cases = by_hand(loan, identity, law.get(identity), values)
            hand = _hand_cells(source, policy, identity, cases, values is not None)
            rows.append([name, Cell(title_of(identity)), *hand, effect])
            name = effect = Cell(same(""))  # once a policy
    if not rows:
        return []
    heads = [W["policy"], W["lever"], W["hand_each"], W["hand_share"], W["hand_product"], W["measured"]]
    used = {name: f"{getattr(loan, name):.2%}" for name in ("funding", "pd", "lgd", "k", "hurdle", "operating")}
    note = filled(W["hand_note"], **used)
    return [Heading(W["hand"]), Table(W["hand_caption"], heads, rows, [note], words=2)]


def _after(identity: str, change: Change | None, before: dict[str, Value] | None) -> dict[str, Value] | None:
    if change is None:
        return None
    return (before | dict(change.values)) if before else full_values(identity, change.values, ())


def _hand_cells(
    source: Source, policy: str, identity: str, cases: list[tuple[str, float]], in_force: bool
) -> list[Cell]:
    share = _share_of_credit(source, policy, identity, in_force)
    shown = Cell(same(DASH if share is None else f"{share:.0%}"))
    if not cases:
        return [Cell(W["no_hand"], "faint"), shown, Cell(same(DASH))]
    texts = []
    for case, change in cases:
        value = number(change / BASIS_POINT, signed=True)
        texts.append(Text(f"{value} ({W[case].en})", f"{value}（{W[case].zh}）") if case else same(value))
    product = DASH
    if share is not None and len(cases) == 1:
        product = number(cases[0][1] / BASIS_POINT * share, signed=True)
    return [Cell(joined(texts, "\n", "\n")), shown, Cell(same(product))]


def _share_of_credit(source: Source, policy: str, identity: str, in_force: bool) -> float | None:
    """New credit under an instrument, of all new credit: in the policy's runs, under current law if it is off there."""
    where = policy if in_force else BASELINE
    volume = dict(source.rows("lever_volume", f"lever:{identity}")).get(where)
    drawn = dict(source.rows("drawn_amount", "all")).get(where)
    if volume is None or drawn is None or not drawn["mean"] > 0.0:
        return None
    return float(volume["mean"] / drawn["mean"])
