"""Risk carriers at work: fees in, guarantees called, losses shared by the same layers that priced them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from agents.carrier import GUARANTEE_CHAIN, ability
from agents.numeric import mul_div_each, share_of, sum_by
from policies.catalogue import GovernmentGuarantee
from policies.layers import Layers, payments, within

if TYPE_CHECKING:
    from sim.model import FinancingModel

Fen = npt.NDArray[np.int64]
Rows = npt.NDArray[Any]
INSURED_RANK, CALLED_RANK = 1, 2  # the insurer's, the guarantor chain's


def in_force(model: FinancingModel) -> Fen:
    """What each carrier would pay if all it covers were lost today, claims already paid left out; int64[carriers].

    Notes it beside the claims expected within a year.
    """
    contracts, carriers = model.contracts, model.carriers
    exposure, expected = np.zeros(carriers.slots, np.int64), np.zeros(carriers.slots)
    for rows, layers in model.levers.layers_of(contracts.scheme * ~contracts.called):
        principal, pd = contracts.principal[rows], contracts.pd[rows]
        paid = payments(principal, principal, layers)
        for place, layer in enumerate(layers):
            exposure[layer.carrier] += paid[:, place].sum()
            expected[layer.carrier] += (paid[:, place] * pd).sum()
    carriers.exposure[:], carriers.expected[:] = exposure, expected
    return exposure


def ability_now(model: FinancingModel) -> npt.NDArray[np.float64]:
    """Part of its promises that each carrier's money covers: its account over the claims expected within a year."""
    return ability(model.ledger.balance("carrier", "account"), model.carriers.expected)


def call_guarantees(model: FinancingModel) -> None:
    """Guarantor and funds repay their share of loans overdue for long enough; the borrower owes it to them."""
    contracts = model.contracts
    guarantee = model.levers.find(GovernmentGuarantee)
    days = guarantee.days_to_pay if guarantee else model.days_to_pay
    model.days_to_pay = days
    late = contracts.loan & (contracts.overdue_steps * model.step_days >= days) & ~contracts.called
    for covered, layers in model.levers.layers_of(contracts.scheme * late):
        chain = tuple(layer for layer in layers if layer.rank == CALLED_RANK)
        if not chain:
            continue
        principal = contracts.principal[covered]
        wanted = payments(principal, principal, chain)
        for place, layer in enumerate(chain):
            paid = _afford(model, layer.carrier, wanted[:, place])
            model.ledger.post(
                "guarantee_called", carrier=(np.full(covered.size, layer.carrier), paid),
                lender=(contracts.lender[covered], paid),
            )  # fmt: skip
            contracts.principal[covered] -= paid
            contracts.claim[covered, layer.carrier] += paid
        contracts.called[covered] = True
        own = 1 - sum(layer.share for layer in chain)  # what is left is the lender's own part: no cover on it any more
        contracts.loss_given_default[covered] = np.minimum(contracts.loss_given_default[covered] / max(own, 1e-9), 1)


def _afford(model: FinancingModel, carrier: int, wanted: Fen) -> Fen:
    """What a carrier can pay of `wanted`, by its money and its yearly cap; notes what it pays."""
    carriers = model.carriers
    room = int(model.ledger.balance("carrier", "account")[carrier])
    if carriers.yearly_room[carrier] >= 0:
        room = min(room, int(carriers.yearly_room[carrier]))
    paid = within(wanted, room)
    total = int(paid.sum())
    if carriers.yearly_room[carrier] >= 0:
        carriers.yearly_room[carrier] -= total
    carriers.paid[carrier] += total
    carriers.yearly_paid[carrier] += total
    return paid


def compensate_loans(model: FinancingModel, rows: Rows) -> None:
    """Guarantors and pool pay their part of what is lost on these loans, before the rest becomes the lender's loss.

    A guarantee that was called has paid its part; layers behind it see what is left. Insurers pay for paper, not here.
    """
    contracts = model.contracts
    for place, layers in model.levers.layers_of(contracts.scheme[rows]):
        here = rows[place]
        for called in (False, True):
            lost = here[contracts.called[here] == called]
            left = tuple(layer for layer in layers if layer.rank > (CALLED_RANK if called else INSURED_RANK))
            if lost.size and left:
                _repay_loans(model, lost, contracts.principal[lost].copy(), left)
    _lose_claims(model, rows)


def _repay_loans(model: FinancingModel, rows: Rows, loss: Fen, layers: Layers) -> None:
    """Each layer pays the lender its part of losses on loans, fen by contract row, which reduces their principal."""
    contracts, carriers = model.contracts, model.carriers
    wanted = payments(loss, loss, layers)
    for place, layer in enumerate(layers):
        paid = _afford(model, layer.carrier, wanted[:, place])
        model.ledger.post(
            "loss_compensated", borrower=(contracts.borrower[rows], paid), lender=(contracts.lender[rows], paid),
            carrier=(np.full(rows.size, layer.carrier), paid),
        )  # fmt: skip
        contracts.principal[rows] -= paid
        carriers.lost[layer.carrier] += int(paid.sum())


def _lose_claims(model: FinancingModel, rows: Rows) -> None:
    """What an estate leaves unpaid of claims that carriers have taken over."""
    contracts, carriers = model.contracts, model.carriers
    for carrier in GUARANTEE_CHAIN:
        lost = contracts.claim[rows, carrier].copy()
        model.ledger.post(
            "claim_lost", borrower=(contracts.borrower[rows], lost), carrier=(np.full(rows.size, carrier), lost)
        )
        contracts.claim[rows, carrier] = 0
        carriers.lost[carrier] += int(lost.sum())


def compensate_paper(model: FinancingModel, contract: Rows, buyer: Rows, lost: Fen, bill: bool) -> Fen:
    """What insurers pay the lender of bought paper lost (fen by lot); the rest is the lender's loss."""
    contracts, carriers = model.contracts, model.carriers
    left = lost.copy()
    event = "insured_bill_compensated" if bill else "insured_account_compensated"
    for place, layers in model.levers.layers_of(contracts.scheme[contract]):
        wanted = payments(lost[place], lost[place], layers)
        for column, layer in enumerate(layers):
            paid = _afford(model, layer.carrier, wanted[:, column])
            model.ledger.post(
                event, buyer=(buyer[place], paid), lender=(contracts.lender[contract[place]], paid),
                carrier=(np.full(place.size, layer.carrier), paid),
            )  # fmt: skip
            left[place] -= paid
            carriers.lost[layer.carrier] += int(paid.sum())
    return left


def compensate_pledges(model: FinancingModel, contract: Rows, lost: Fen) -> None:
    """Insured paper that was pledged is lost: the insurer repays the loan behind it, up to its part of the loss."""
    contracts = model.contracts
    by_contract = sum_by(contract, lost, contracts.count)
    rows = np.unique(contract[lost > 0])
    for place, layers in model.levers.layers_of(contracts.scheme[rows]):
        insured = tuple(layer for layer in layers if layer.rank == INSURED_RANK)
        here = rows[place]
        _repay_loans(model, here, np.minimum(by_contract[here], contracts.principal[here]), insured)


def collect_fees(model: FinancingModel, rows: Rows, fee: Fen, premium: Fen) -> None:
    """Guarantee fees, by each guarantor's part of the risk, and insurers' premiums on new contracts; fen each."""
    contracts, carriers = model.contracts, model.carriers
    for place, layers in model.levers.layers_of(contracts.scheme[rows]):
        who = contracts.borrower[rows[place]]
        for event, amount, rank in (("guarantee_fee", fee, CALLED_RANK), ("insurance_premium", premium, INSURED_RANK)):
            takers = tuple(layer for layer in layers if layer.rank == rank)
            whole = sum(layer.share for layer in takers)
            left = amount[place]
            for layer in takers:
                part = left if layer is takers[-1] else np.minimum(share_of(amount[place], layer.share / whole), left)
                model.ledger.post(event, borrower=(who, part), carrier=(np.full(place.size, layer.carrier), part))
                left = left - part
                carriers.earned[layer.carrier] += int(part.sum())


def repay_claims(model: FinancingModel, rows: Rows, paid: Fen) -> None:
    """Share borrowers' payments on claims, fen by contract row, among the carriers that hold them, pro rata."""
    contracts = model.contracts
    up_to = np.cumsum(contracts.claim[rows], axis=1)
    whole, given = np.maximum(up_to[:, -1], 1), np.zeros_like(paid)
    for carrier in GUARANTEE_CHAIN:
        # Cumulative rounding: parts add up, and none exceeds its claim.
        cumulative = mul_div_each(paid, np.ascontiguousarray(up_to[:, carrier]), whole)
        part, given = cumulative - given, cumulative
        model.ledger.post(
            "claim_repaid", borrower=(contracts.borrower[rows], part), carrier=(np.full(rows.size, carrier), part)
        )
        contracts.claim[rows, carrier] -= part
