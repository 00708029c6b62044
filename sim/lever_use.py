"""How much of the levers that are rationed an offer uses, by the fen of principal, and which lenders use them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from agents.kernels import kernel
from agents.threads import in_blocks
from policies.catalogue import (
    DiscountSubsidy,
    GovernmentGuarantee,
    GuaranteeFeeSubsidy,
    InsuredBillPledge,
    InterestSubsidy,
    PremiumSubsidy,
    RelendingSme,
    RiskCompensationPool,
    TradeCreditInsurance,
)
from policies.levers import strength
from sim.contracts import GUARANTEED_LOAN, INSURED_BILL_PLEDGE, INSURED_FACTORING, TERM_LOAN
from sim.lever_terms import WITH, LeverTerms, lender_refinances, sizes_of
from sim.levers import BUDGETED, RATIONED
from sim.products import Offered
from sim.quotes import insurance_premium

if TYPE_CHECKING:
    from sim.matching import Held
    from sim.model import FinancingModel

# What the share in the table of a lever is a share of: principal, principal by the year, the insurance premium, or of
# principal no more than is funded by debt.
PRINCIPAL, YEARS, PREMIUM, DEBT = range(4)
MEASURE: Final = {
    RelendingSme.ID: DEBT, InterestSubsidy.ID: YEARS, DiscountSubsidy.ID: YEARS, GuaranteeFeeSubsidy.ID: YEARS,
    PremiumSubsidy.ID: PREMIUM,
}  # fmt: skip


def use_of_levers(
    model: FinancingModel, products: Offered, terms: LeverTerms, group: npt.NDArray[np.int64],
    days: npt.NDArray[np.float64], obligor_pd: npt.NDArray[np.float64], capital: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:  # fmt: skip
    """How much of each rationed lever in force a fen of principal uses, in the order of `Levers.rationed`:
    float64[a, P, V, L] for askers of class `group`[a].

    `days` and `obligor_pd` float64[a, P] life of a contract and PD of who owes the paper, `capital` float64[a, P] the
    share that equity funds.
    """
    names = model.levers.rationed()
    shares = np.stack([_shares(model, products, terms, name) for name in names], axis=3)
    measure = np.array([MEASURE.get(name, PRINCIPAL) for name in names])
    use = np.empty((*days.shape, *shares.shape[::3]))
    given = (shares, measure, group, days, obligor_pd, capital, terms.premium_base, terms.least_premium, use)
    in_blocks(lambda first, end: _use(first, end, *given), group.size, 60.0)
    return use


def _shares(model: FinancingModel, products: Offered, terms: LeverTerms, name: str) -> npt.NDArray[np.float64]:
    """The share by version, class of borrower and product; float64[V, classes, P]."""
    find, shares = model.levers.find, np.zeros(terms.subsidy.shape)
    product, sold = products.product, products.sold
    if name == RelendingSme.ID:
        shares[WITH] = terms.refinanced[WITH]
    elif name == InterestSubsidy.ID:
        shares[WITH] = np.where(sold, 0, terms.subsidy[WITH])
    elif name == DiscountSubsidy.ID:
        shares[WITH] = np.where(sold, terms.subsidy[WITH], 0)
    elif name == GuaranteeFeeSubsidy.ID:
        shares[WITH] = terms.fee_subsidy[WITH]
    elif name == PremiumSubsidy.ID:
        shares[WITH] = terms.premium_subsidy[WITH]
    elif guarantee := name == GovernmentGuarantee.ID and find(GovernmentGuarantee):
        # What a product lives by, its plain version needs as well; so with insurance below.
        shares[:] = (product == GUARANTEED_LOAN) * guarantee.share
    elif pool := name == RiskCompensationPool.ID and find(RiskCompensationPool):
        shares[WITH] = np.outer(sizes_of(pool.sizes) & (pool.share > 0), np.isin(product, (TERM_LOAN, GUARANTEED_LOAN)))
    elif name in (TradeCreditInsurance.ID, InsuredBillPledge.ID):
        # Both rest on the same capital: what one insures, the other cannot.
        insurances = {INSURED_FACTORING: find(TradeCreditInsurance), INSURED_BILL_PLEDGE: find(InsuredBillPledge)}
        shares[:] = sum((product == kind) * strength(lever) for kind, lever in insurances.items() if lever)
    return shares


@kernel
def _use(first, end, shares, measure, group, days, obligor_pd, capital, premium_base, least_premium, use):
    for a in range(first, end):
        c = group[a]
        for p in range(use.shape[1]):
            for version in range(use.shape[2]):
                for lever in range(use.shape[3]):
                    share, by = shares[version, c, p, lever], measure[lever]
                    if share > 0:
                        if by == YEARS:
                            share *= days[a, p] / 360
                        elif by == DEBT:
                            share = min(share, 1 - capital[a, p])
                        elif by == PREMIUM:
                            share *= insurance_premium(
                                premium_base[version, c, p], least_premium[version, c, p], obligor_pd[a, p], days[a, p]
                            )
                    use[a, p, version, lever] = share


def lenders_using(model: FinancingModel) -> npt.NDArray[np.bool_]:
    """Which rationed levers in force a lender uses at all: re-lending only where its kind may; bool[B, L]."""
    names = model.levers.rationed()
    uses = np.ones((model.banks.slots, len(names)), np.bool_)
    if RelendingSme.ID in names:
        uses[:, names.index(RelendingSme.ID)] = lender_refinances(model)
    return uses


def allotments(model: FinancingModel) -> Any:
    """What each lender may still use of each rationed lever in force, fen; int64[B, L]."""
    rows = [RATIONED.index(name) for name in model.levers.rationed()]
    return np.ascontiguousarray(model.levers.allotment[rows].T)


def note_use(model: FinancingModel, chosen: Held) -> None:
    """Commitments of this step's contracts count against the year's budgets."""
    market, names = model.market, model.levers.rationed()
    assert market.askers is not None
    version = chosen.place // market.askers.reach.shape[1]
    for name in set(names).intersection(BUDGETED):
        used = market.use[chosen.asker, chosen.product, version, names.index(name)]
        model.levers.spent[name] += int(np.ceil(used * chosen.amount).sum())
