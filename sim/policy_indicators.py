"""Indicators of levers: what they cost the public, how much of them is used, and who bears losses. Amounts a step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from agents.carrier import CARRIERS, GUARANTEE_CHAIN, POOL
from agents.kernels import kernel
from policies.catalogue import INSTRUMENTS
from sim.contracts import (
    CERTIFICATE_SALE,
    GUARANTEED_LOAN,
    INSURED_BILL_PLEDGE,
    INSURED_FACTORING,
    PRODUCTS,
    REVERSE_FACTORING,
)
from sim.levers import RATIONED

if TYPE_CHECKING:
    from sim.indicators import Lines
    from sim.model import FinancingModel

PUBLIC: Final = ("public",)
SUBSIDIES: Final = ("interest_subsidy", "discount_subsidy", "guarantee_fee_subsidy", "premium_subsidy")
# Instruments of which contracts tell whether they are under them: by their terms, or by their product.
UNDER: Final = (
    "relending_sme", "interest_subsidy", "discount_subsidy", "risk_compensation_pool", "government_guarantee",
    "trade_credit_insurance", "insured_bill_pledge", "reverse_factoring", "multi_tier_certificates",
)  # fmt: skip
RELENDING, INTEREST, DISCOUNT, POOLED = range(4)
LEVER_OF_PRODUCT: Final = np.full(len(PRODUCTS), -1)
LEVER_OF_PRODUCT[[GUARANTEED_LOAN, INSURED_FACTORING, INSURED_BILL_PLEDGE, REVERSE_FACTORING, CERTIFICATE_SALE]] = (
    range(4, len(UNDER))
)
# Who loses by which events; carriers' losses are counted one by one.
BEARERS: Final = {
    "lenders": ("loan_to_shell", "purchased_account_lost", "purchased_bill_lost", "interest_lost"),
    "suppliers": ("account_lost", "bill_lost", "account_hold_back_lost", "bill_hold_back_lost"),
    "informal": ("informal_lost",),
    "outside": ("wages_lost", "supplies_lost"),
    "treasury": ("tax_lost",),
}


def measure_levers(model: FinancingModel, lines: Lines) -> None:
    """Public cost, losses by bearer, and cost, volume, balance and use by instrument."""
    costs = _costs(model)
    chain = int(model.carriers.lost[list(GUARANTEE_CHAIN)].sum() - model.carriers.earned[list(GUARANTEE_CHAIN)].sum())
    public = {
        "fiscal_outlay": sum(model.ledger.totals.get(f"{name}_paid", 0) for name in SUBSIDIES),
        "central_bank_cost": float(model.implicit_cost.sum()),
        "pool_payout": int(model.carriers.lost[POOL]),
        "guarantee_net_loss": chain,
    }
    for name, amount in public.items():
        lines.amount(PUBLIC, name, "fen", amount)
    lines.amount(PUBLIC, "public_cost", "fen", sum(public.values()))
    _losses(model, lines)
    volume, balance = _volume_and_balance(model)
    for name in INSTRUMENTS:
        group = (f"lever:{name}",)
        lines.amount(group, "lever_cost", "fen", costs.get(name, 0))
        lines.amount(group, "lever_volume", "fen", volume.get(name, 0))
        lines.amount(group, "lever_balance", "fen", balance.get(name, 0))
        if name in RATIONED:
            capacity = model.levers.capacity[name]
            lines.ratio(group, "lever_use", "share", min(model.levers.taken[name], capacity), capacity)


def _losses(model: FinancingModel, lines: Lines) -> None:
    """What each bearer lost for good."""
    for bearer, events in BEARERS.items():
        lost = sum(model.ledger.totals.get(event, 0) for event in events)
        lines.amount((f"bearer:{bearer}",), "loss_borne", "fen", lost)
    for carrier, lost in zip(CARRIERS, model.carriers.lost, strict=True):
        lines.amount((f"bearer:{carrier}",), "loss_borne", "fen", lost)


def _costs(model: FinancingModel) -> dict[str, float]:
    """Public cost by instrument; insurers' claims are their own."""
    carriers, chain = model.carriers, list(GUARANTEE_CHAIN)
    costs: dict[str, float] = {name: model.ledger.totals.get(f"{name}_paid", 0) for name in SUBSIDIES}
    costs["relending_sme"] = float(model.implicit_cost.sum())
    costs["risk_compensation_pool"] = int(carriers.lost[POOL])
    costs["government_guarantee"] = int(carriers.lost[chain].sum() - carriers.earned[chain].sum())
    return costs


def _volume_and_balance(model: FinancingModel) -> tuple[dict[str, int], dict[str, int]]:
    """Principal signed in this step, and all that is outstanding, under each instrument."""
    contracts = model.contracts
    new, old = _principal_under(
        model.step_number, contracts.principal, contracts.start, contracts.product, contracts.loan, contracts.scheme,
        contracts.refinanced, contracts.subsidy, model.levers.covers(POOL), LEVER_OF_PRODUCT,
    )  # fmt: skip
    return dict(zip(UNDER, new.tolist(), strict=True)), dict(zip(UNDER, (new + old).tolist(), strict=True))


@kernel
def _principal_under(step, principal, start, product, loan, scheme, refinanced, subsidy, pooled, of_product):
    """Principal under each of `UNDER`, fen: int64[2, levers], of contracts signed in this step and of older ones."""
    under = np.zeros((2, len(UNDER)), np.int64)
    for c in range(principal.size):
        amount = principal[c]
        if amount == 0:
            continue
        age = 0 if start[c] == step else 1
        if refinanced[c] > 0:
            under[age, RELENDING] += amount
        if subsidy[c] > 0:
            under[age, INTEREST if loan[c] else DISCOUNT] += amount
        if pooled[scheme[c]]:
            under[age, POOLED] += amount
        if of_product[product[c]] >= 0:
            under[age, of_product[product[c]]] += amount
    return under
