"""Phase 12: public accounts, the proof of the books, and the run's record."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from agents.carrier import GUARANTEE_CHAIN
from agents.threads import in_blocks
from sim.contracts import APR, APR_GROSS
from sim.indicators import Lines, cost_of_need, measure
from sim.lenders import draw_standing_facility, settle_public_accounts

if TYPE_CHECKING:
    from sim.model import FinancingModel


def close_period(model: FinancingModel) -> None:
    """Settle public accounts, cover reserve shortfalls, measure, close profit into equity, and prove the books."""
    settle_public_accounts(model)
    draw_standing_facility(model)
    if model.recorder is not None:
        model.recorder.record(model)
    model.ledger.close()
    if model.audit == "every_step":
        prove(model)


def prove(model: FinancingModel) -> None:
    """Books against postings and instruments, then against their detail: invoices, lots, contracts, goods."""
    ledger, slots = model.ledger, model.firms.slots
    ledger.prove()
    receivables, contracts, lots = model.receivables, model.contracts, model.receivables.lots
    accounts, bills = receivables.owed_to()
    held = model.confirmed
    bills = bills + _by(held.holder, held.face, slots)
    ledger.prove_detail("firm", "receivable", accounts)
    ledger.prove_detail("firm", "bill", bills)
    accounts, bills = receivables.owed_by()
    confirmed = _by(model.network.buyer[held.edge], held.face, slots)
    ledger.prove_detail("firm", "trade_payable", accounts[:-1])
    ledger.prove_detail("firm", "bill_payable", bills[:-1] + confirmed)
    ledger.prove_detail("outside", "trade_payable", accounts[-1:])
    loans, banks = contracts.loan, model.banks.slots
    owed = contracts.principal + contracts.claim.sum(axis=1)
    ledger.prove_detail("firm", "loan", _by(contracts.borrower[loans], owed[loans], slots))
    claims = np.zeros(model.carriers.slots, np.int64)
    claims[list(GUARANTEE_CHAIN)] = contracts.claim.sum(axis=0)
    ledger.prove_detail("carrier", "claim", claims)
    ledger.prove_detail("bank", "loan", _by(contracts.lender[loans], contracts.principal[loans], banks))
    ledger.prove_detail("firm", "interest_payable", _by(contracts.borrower, contracts.interest, slots))
    ledger.prove_detail("bank", "unearned", _by(contracts.lender, contracts.unearned, banks))
    for account, kind in (("purchased_accounts", ~lots.bill), ("purchased_bills", lots.bill)):
        rows = lots.sold & kind
        ledger.prove_detail("bank", account, _by(contracts.lender[lots.contract[rows]], lots.face[rows], banks))
    held_back = np.where(lots.sold, lots.face - lots.advanced, 0)
    ledger.prove_detail("firm", "hold_back", _by(model.network.supplier[lots.edge], held_back, slots))
    ledger.prove_detail("bank", "bad_loan", model.bad_loans.sum(axis=0))
    _prove_goods(model)


def _by(index: Any, amount: Any, size: int) -> npt.NDArray[np.int64]:
    total = np.zeros(size, np.int64)
    np.add.at(total, index, amount)
    return total


def _prove_goods(model: FinancingModel) -> None:
    """Parts delivered are parts received: what is left of them equals the book value at birth prices."""
    model.ledger.prove_detail("firm", "input_stock", model.parts)


@dataclass
class Record:
    """What a run leaves: tidy series, one row a slot, events, and what was proved."""

    series: pd.DataFrame
    firms: pd.DataFrame
    events: pd.DataFrame
    proof: dict[str, Any]


@dataclass
class Recorder:
    """Collects each step's lines, and sums by slot over every window of the evaluation (`sim.windows`)."""

    spans: dict[str, range]
    lines: Lines = field(default_factory=Lines)
    slots: dict[str, dict[str, npt.NDArray[np.float64]]] = field(default_factory=dict)

    def record(self, model: FinancingModel) -> None:
        """Measure the step."""
        cost = cost_of_need(model)
        inside = [window for window, span in self.spans.items() if model.step_number in span]
        step = measure(model, self.lines, cost, partial(_slots_of_step, model, cost) if inside else dict)
        if inside:
            slots = model.firms.slots
            for window in inside:
                if window not in self.slots:
                    self.slots[window] = {name: np.zeros(slots) for name in step}
            sums = [self.slots[window] for window in inside]

            def add(first: int, end: int) -> None:
                rows = slice(first, end)
                for name, value in step.items():
                    for window in sums:
                        window[name][rows] += value[rows]

            in_blocks(add, slots, 20.0 * len(inside))

    def finish(self, model: FinancingModel, proof: dict[str, Any]) -> Record:
        """The run's record."""
        firms = pd.concat([_by_slot(model, window, sums) for window, sums in self.slots.items()], ignore_index=True)
        events = pd.DataFrame(model.events, columns=["step", "kind", "subject", "detail", "amount"])
        return Record(self.lines.frame(), firms, events, proof)


def _slots_of_step(model: FinancingModel, cost: npt.NDArray[np.float64]) -> dict[str, Any]:
    """What the step adds to each slot's sums; APRs times their weight of amount × days."""
    plan, market, slots = model.plan, model.market, model.firms.slots
    weight = market.amount * market.days
    net, gross = (np.bincount(market.firm, weight * market.terms[:, k], minlength=slots) for k in (APR, APR_GROSS))
    return {
        "need": plan.need.total,
        "asked": plan.need.total * plan.asked,
        "granted": np.bincount(market.firm, market.amount, minlength=slots),
        "weight": np.bincount(market.firm, weight, minlength=slots),
        "apr": net,
        "apr_gross": gross,
        "informal": plan.informal,
        "late": plan.late,
        "output_lost": np.maximum(plan.output - np.maximum(model.goods.affordable, model.goods.made), 0),
        "cost": np.rint(cost * (model.step_days / 360)),
        "defaulted": model.defaulted_loans,
        "credit_loss": model.credit_loss,
        "defaults": model.firms.defaulted,
    }


def _by_slot(model: FinancingModel, window: str, sums: dict[str, npt.NDArray[np.float64]]) -> pd.DataFrame:
    """A row a supplier's slot."""
    firms, weight = model.firms, sums["weight"]
    known = ("tier", "size", "subsector", "annual_sales")
    frame = pd.DataFrame({"slot": np.arange(firms.slots), **{name: getattr(firms, name) for name in known}})
    frame["window"] = window
    for name, value in sums.items():
        frame[name] = value
    for name in ("apr", "apr_gross"):
        frame[name] = np.divide(sums[name], weight, out=np.full(weight.size, np.nan), where=weight > 0)
    return frame.iloc[model.oems :]
