"""Break-even by hand: what a lever does to the cost of one loan that it covers, by the pricing equation alone.

The equation is oracle 3, solved by the function that prices in the engine (`policies.waterfall`), at the run's own
parameters: (1 + r)(1 − PD·LGD) = 1 + f(1 − k) + h·k − relief + operating, for a loan of a year.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
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

_ON_PRICE: Final = {"interest_subsidy", "discount_subsidy"}
YEAR: Final = 360.0  # days of the loan
_BORROWER: Final = SIZES.index("small")
# A lever without a balance of its own is under way with the loans of another.
_COUNTED_WITH: Final = {"guarantee_fee_subsidy": "government_guarantee"}


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
    levels = [relief(loan, identity, values) for values in (before, after)]
    if levels[0] is None or levels[1] is None:
        return []
    if identity != "relending_sme":
        return [("", levels[1] - levels[0])]
    cases: dict[str, float] = {}
    for kind in range(len(BANK_KINDS)):
        had, has = (bool(values and values["lenders"][kind]) for values in (before, after))
        if had or has:
            cases["same_bank" if had else "first_time_bank"] = levels[1] * has - levels[0] * had
    return list(cases.items())


def relief(loan: Loan, identity: str, values: Mapping[str, Any] | None) -> float | None:
    """What the covered loan costs the borrower, less what it costs without any lever; None without a closed form.

    Of re-lending that of a bank which the facility is open to.
    """
    if values is None:
        return 0.0
    plain = loan.price()
    match identity:
        case "relending_sme":
            saved = float(facility_relief(loan.funding, values["rate"], values["share"], loan.k))
            return loan.price(relief=saved) - plain
        case "interest_subsidy" | "discount_subsidy":
            return -float(values["rate"])
        case "government_guarantee":
            return loan.price(values["share"]) + values["fee"] - plain
        case "guarantee_fee_subsidy":
            return -float(values["share"]) * loan.fee
        case "risk_compensation_pool":
            return loan.price(values["share"]) - plain
    return None


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
    """The table of break-evens beside measured effects, and what stands out; nothing if it cannot be worked out."""
    loan = loan_of(source)
    if loan is None or source.experiment is None:
        return []
    law = {lever.ID: values_of(lever) for lever in source.experiment.current_law}
    measured = dict(source.rows("sme_apr_like_for_like", "sme"))
    rows: list[list[Cell]] = []
    totals: dict[str, float] = {}
    for policy, reform in source.experiment.all_reforms.items():
        if policy == BASELINE or policy not in source.policies:
            continue
        shown, products = [], []
        for identity, change in reform.items():
            values = _after(identity, change, law.get(identity))
            cells, product = _hand_cells(source, loan, policy, identity, law.get(identity), values)
            shown.append([Cell(title_of(identity)), *cells])
            products.append(product)
        known = [product for product in products if product is not None]
        total = sum(known) if known and len(known) == len(products) else None
        if total is not None:
            totals[policy] = total
        effect = effect_cell(measured.get(policy), Unit((1e4, 1e4), same("bp"), (1, 1)))
        ends = [_total(total, products, list(reform)), effect]  # once a policy, above its other levers
        rows += [[Cell(source.name(policy) if place == 0 else same("")), *cells,
                  *(ends if place == 0 else [Cell(same(""))] * len(ends))]
                 for place, cells in enumerate(shown)]  # fmt: skip
    if not rows:
        return []
    heads = [
        W["policy"],
        W["lever"],
        W["hand_each"],
        W["hand_share"],
        W["hand_product"],
        W["hand_total"],
        W["measured"],
    ]
    used = {name: f"{getattr(loan, name):.2%}" for name in ("funding", "pd", "lgd", "k", "hurdle", "operating")}
    notes = [*_beside(source, totals, measured), filled(W["hand_note"], **used), *_more(source, loan, totals)]
    return [Heading(W["hand"]), Table(W["hand_caption"], heads, rows, notes, words=2)]


def _total(total: float | None, products: list[float | None], levers: list[str]) -> Cell:
    """The sum of a policy's levers; of those that are known, where some are not, with what it leaves out."""
    known = [product for product in products if product is not None]
    if total is not None or not known:
        return Cell(_bp(total))
    missing = [title_of(lever) for lever, product in zip(levers, products, strict=True) if product is None]
    return Cell(_bp(sum(known)), "faint", filled(W["hand_without"], levers=joined(missing, ", ", "、")))


def _beside(source: Source, totals: dict[str, float], measured: dict[str, dict[Any, Any]]) -> list[Text]:
    """Which policies' sum by hand lies outside the measured interval; nothing if there is none to hold it against."""
    known = {policy: row for policy, row in measured.items() if policy in totals and np.isfinite(row["diff_low"])}
    if not known:
        return []
    apart = [
        filled(W["hand_of"], policy=source.name(policy), hand=_bp(totals[policy]), measured=_bp(row["diff"]))
        for policy, row in known.items()
        if not row["diff_low"] <= totals[policy] <= row["diff_high"]
    ]
    return [filled(W["hand_apart"], policies=joined(apart, ", ", "、"))] if apart else [W["hand_within"]]


def _more(source: Source, loan: Loan, totals: dict[str, float]) -> list[Text]:
    """What defaults by amount and funding of dearer banks would make of it, and why a subsidy has several sizes."""
    assert source.experiment is not None
    said = []
    by_amount = source.level("default_rate_amount", "sme")["mean"]
    if np.isfinite(by_amount) and (named := _restated(source, replace(loan, pd=by_amount), totals)):
        said.append(filled(W["hand_by_amount"], pd=f"{by_amount:.2%}", policies=joined(named, ", ", "、")))
    law = {lever.ID: values_of(lever) for lever in source.experiment.current_law}
    dearer = replace(loan, funding=loan.funding + max(source.experiment.parameters.bank.funding_spread))
    values = law.get("relending_sme")
    ends = [relief(one, "relending_sme", values) for one in (loan, dearer)]
    if values and ends[0] is not None and ends[1] is not None and dearer.funding > loan.funding:
        prices = {"usual": _bp(ends[0]), "dearer": _bp(ends[1])}
        said.append(filled(W["hand_funding"], funding=f"{dearer.funding:.2%}", **prices))
    refinancing = {policy: total for policy, total in totals.items()
                   if "relending_sme" in source.experiment.all_reforms[policy]}  # fmt: skip
    if dearer.funding > loan.funding and (named := _restated(source, dearer, refinancing)):
        said.append(filled(W["hand_dearest"], funding=f"{dearer.funding:.2%}", policies=joined(named, ", ", "、")))
    return said + _sizes_of_subsidies(source, totals)


def _restated(source: Source, loan: Loan, totals: dict[str, float]) -> list[Text]:
    """Policies of `totals` whose sum by hand is another at this loan, with that sum."""
    other = _totals(source, loan)
    return [filled(W["of_policy"], policy=source.name(policy), value=_bp(other[policy])) for policy in totals
            if policy in other and _bp(other[policy]) != _bp(totals[policy])]  # fmt: skip


def _sizes_of_subsidies(source: Source, totals: dict[str, float]) -> list[Text]:
    """Of each policy that brings nothing but subsidies: paid over credit, by hand, and the net rate less the gross."""
    assert source.experiment is not None
    names = ("credit_in_use", "sme_apr_like_for_like", "sme_apr_gross_like_for_like")
    credit, net, gross = (dict(source.rows(name, "sme")) for name in names)
    brought = _ON_PRICE.difference(lever.ID for lever in source.experiment.current_law)
    said = []
    for policy, total in totals.items():
        levers = set(source.experiment.all_reforms[policy])
        if not levers <= brought or any(policy not in rows for rows in (credit, net, gross)):
            continue
        paid = (dict(source.rows("lever_cost", f"lever:{lever}")).get(policy, {}) for lever in levers)
        yearly = source.steps_a_year * sum(row.get("mean", np.nan) for row in paid)
        over_credit = -yearly / credit[policy]["mean"]
        apart = net[policy]["diff"] - gross[policy]["diff"]
        if np.isfinite([over_credit, apart]).all():
            sizes = {"paid": _bp(over_credit), "hand": _bp(total), "net": _bp(apart)}
            said.append(filled(W["subsidy_sizes"], policy=source.name(policy), **sizes))
    return said


def _totals(source: Source, loan: Loan) -> dict[str, float]:
    """The sum by hand of each policy all of whose levers have a closed form, at `loan`."""
    assert source.experiment is not None
    law = {lever.ID: values_of(lever) for lever in source.experiment.current_law}
    found = {}
    for policy, reform in source.experiment.all_reforms.items():
        products = []
        for identity, change in reform.items():
            after = _after(identity, change, law.get(identity))
            products.append(_hand_cells(source, loan, policy, identity, law.get(identity), after)[1])
        if products and None not in products:
            found[policy] = sum(product for product in products if product is not None)
    return found


def _bp(value: float | None) -> Text:
    return same(DASH if value is None else number(value / BASIS_POINT, signed=True))


def _after(identity: str, change: Change | None, before: dict[str, Value] | None) -> dict[str, Value] | None:
    if change is None:
        return None
    return (before | dict(change.values)) if before else full_values(identity, change.values, ())


def _hand_cells(
    source: Source,
    loan: Loan,
    policy: str,
    identity: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
) -> tuple[list[Cell], float | None]:
    """A covered loan's price off that of one without the lever, then the share of SMEs' credit under it, each under
    current law and the policy; the change of their product; and that as a number.
    """
    shares = [_share_of_credit(source, where, identity) for where in (BASELINE, policy)]
    shown = Cell(same(" → ".join(DASH if share is None else f"{share:.1%}" for share in shares)))
    levels = [relief(loan, identity, values) for values in (before, after)]
    if levels[0] is None or levels[1] is None:
        return [Cell(W["no_hand"], "faint"), shown, Cell(same(DASH))], None
    texts = []
    for case, change in by_hand(loan, identity, before, after):
        value = number(change / BASIS_POINT, signed=True)
        texts.append(Text(f"{value} ({W[case].en})", f"{value}（{W[case].zh}）") if case else same(value))
    product = None
    if shares[0] is not None and shares[1] is not None:
        product = levels[1] * shares[1] - levels[0] * shares[0]
    changes = filled(W["hand_change"], changes=joined(texts, ", ", "、"))
    return [Cell(same(" → ".join(_bp(level).en for level in levels)), note=changes), shown, Cell(_bp(product))], product


def _share_of_credit(source: Source, policy: str, identity: str) -> float | None:
    """Credit outstanding under an instrument, of SMEs' credit in use: as prices are weighted, by amount and time."""
    identity = _COUNTED_WITH.get(identity, identity)
    balance = dict(source.rows("lever_balance", f"lever:{identity}")).get(policy)
    credit = dict(source.rows("credit_in_use", "sme")).get(policy)
    if balance is None or credit is None or not credit["mean"] > 0.0:
        return None
    return float(balance["mean"] / credit["mean"])
