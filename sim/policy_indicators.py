"""Indicators of levers: what they cost the public, how much of them is used, and who bears losses. Amounts a step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from agents.carrier import CARRIERS, GUARANTEE_CHAIN, POOL
from policies.catalogue import INSTRUMENTS
from sim.contracts import CERTIFICATE_SALE, GUARANTEED_LOAN, INSURED_BILL_PLEDGE, INSURED_FACTORING, REVERSE_FACTORING
from sim.levers import RATIONED

if TYPE_CHECKING:
    from sim.indicators import Lines
    from sim.model import FinancingModel

PUBLIC: Final = ("public",)
SUBSIDIES: Final = ("interest_subsidy", "discount_subsidy", "guarantee_fee_subsidy", "premium_subsidy")
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
    volume, balance = _volume(model), _balance(model)
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


def _volume(model: FinancingModel) -> dict[str, int]:
    """Principal signed in this step under each instrument."""
    new = model.contracts.start == model.step_number
    return _under(model, model.contracts.principal * new)


def _balance(model: FinancingModel) -> dict[str, int]:
    """Principal outstanding under each instrument."""
    return _under(model, model.contracts.principal)


def _under(model: FinancingModel, principal: Any) -> dict[str, int]:
    contracts = model.contracts
    product, loan = contracts.product, contracts.loan
    pooled = model.levers.covers(POOL)[contracts.scheme]
    flags = {
        "relending_sme": contracts.refinanced > 0,
        "interest_subsidy": loan & (contracts.subsidy > 0),
        "discount_subsidy": ~loan & (contracts.subsidy > 0),
        "government_guarantee": product == GUARANTEED_LOAN,
        "risk_compensation_pool": pooled,
        "trade_credit_insurance": product == INSURED_FACTORING,
        "insured_bill_pledge": product == INSURED_BILL_PLEDGE,
        "reverse_factoring": product == REVERSE_FACTORING,
        "multi_tier_certificates": product == CERTIFICATE_SALE,
    }
    return {name: int(principal[flag].sum()) for name, flag in flags.items()}
