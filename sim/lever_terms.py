"""What levers in force change in an offer, by class of borrower and product, with and without the rationed ones.

A lender quotes two versions: one with every lever, for as long as its allotment lasts, and a *plain* one without those
whose quota or budget may run out (`model.md` section 3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from agents.carrier import CITY_FUND, GUARANTOR, INSURER, NATIONAL_FUND, POOL
from agents.kernels import kernel
from agents.numeric import round_rate
from agents.parameters import SIZES
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
from policies.layers import Layer, Layers, expected_payments
from sim.carriers import CALLED_RANK, INSURED_RANK, ability_now
from sim.contracts import GUARANTEED_LOAN, INSURED_BILL_PLEDGE, INSURED_FACTORING, RATE, TERM_LOAN, TERMS
from sim.levers import RATIONED
from sim.products import Offered

if TYPE_CHECKING:
    from agents.parameters import Bank
    from sim.matching import Held
    from sim.model import FinancingModel

CLASSES: Final = 2 * len(SIZES)  # size × whether the firm has borrowed before
WITH, PLAIN = 0, 1
PREMIUM: Final = TERMS.index("premium")
POOL_RANK: Final = 3


class LeverTerms(NamedTuple):
    """Terms by version (with, plain), class of borrower and product on offer; V × classes × P unless said otherwise."""

    offered: Any  # bool
    scheme: Any  # int16 who bears a loss: number of the scheme of cover
    loss_given_default: Any  # float64 the lender's, after cover
    effort: Any  # float64 screening effort, 1 without cover
    premium_base: Any  # float64 premium for a sure failure of the buyer, share of principal; 0: not insured
    least_premium: Any  # float64 share of principal
    fee: Any  # float64 guarantee's and platform's fees p.a.
    fee_subsidy: Any  # float64 part of the guarantee fee that the treasury pays, p.a.
    premium_subsidy: Any  # float64 share of the premium that the treasury pays
    subsidy: Any  # float64 points of interest or discount that the treasury pays
    refinanced: Any  # float64 share of principal that the central bank refinances, if the lender may
    refinancing_rate: float
    rate_cap: float  # highest rate on a refinanced loan
    appetite: Any  # float64 factor on the cut-off of unsecured loans: cover leaves the lender less to lose


def borrower_class(size: npt.NDArray[Any], first_time: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Class of each borrower: its size, and whether it has never borrowed."""
    return size.astype(np.int64) * 2 + first_time


def lever_terms(model: FinancingModel, products: Offered) -> LeverTerms:
    """Terms of all classes and products under the levers in force now.

    They are those of the step before unless a lever starts or ends, or a carrier becomes more or less able to pay.
    """
    ability, before = ability_now(model), model.levers.terms
    now = tuple(model.levers.in_force()), ability.tobytes()
    if before is None or before[0] != now:
        before = model.levers.terms = now, _terms(model, products, ability)
    return before[1]


def _terms(model: FinancingModel, products: Offered, ability: npt.NDArray[np.float64]) -> LeverTerms:
    shape = (2, CLASSES, products.product.size)
    zero = np.zeros(shape)
    relending = model.levers.find(RelendingSme)
    terms = LeverTerms(
        np.ones(shape, np.bool_), np.zeros(shape, np.int16), np.broadcast_to(products.loss_given_default, shape).copy(),
        np.ones(shape), zero.copy(), zero.copy(), np.broadcast_to(products.fee, shape).copy(), zero.copy(), zero.copy(),
        zero.copy(), zero.copy(), relending.rate if relending else 0.0, relending.rate_cap if relending else 1.0,
        np.ones(shape),
    )  # fmt: skip
    _refinance(model, products, terms)
    _subsidise(model, products, terms)
    _cover(model, products, terms, ability)
    return terms


def sizes_of(flags: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """Which classes an instrument is for, from its flags by size."""
    return np.repeat(np.array(flags, np.bool_), 2)


def _refinance(model: FinancingModel, products: Offered, terms: LeverTerms) -> None:
    if lever := model.levers.find(RelendingSme):
        who = np.outer(sizes_of(lever.sizes), ~products.sold)
        terms.refinanced[WITH] = np.where(who, lever.share, 0.0)


def _subsidise(model: FinancingModel, products: Offered, terms: LeverTerms) -> None:
    find = model.levers.find
    if lever := find(InterestSubsidy):
        terms.subsidy[WITH] += np.outer(sizes_of(lever.sizes), ~products.sold) * lever.rate
    if lever := find(DiscountSubsidy):
        terms.subsidy[WITH] += np.outer(sizes_of(lever.sizes), products.sold) * lever.rate
    if lever := find(PremiumSubsidy):
        terms.premium_subsidy[WITH] = lever.share
    guaranteed = products.product == GUARANTEED_LOAN
    if guarantee := find(GovernmentGuarantee):
        terms.fee[:, :, guaranteed] += guarantee.fee
        if lever := find(GuaranteeFeeSubsidy):
            terms.fee_subsidy[WITH][:, guaranteed] = lever.share * guarantee.fee


def _cover(model: FinancingModel, products: Offered, terms: LeverTerms, ability: npt.NDArray[np.float64]) -> None:
    """Schemes of cover, what they leave the lender, and how that lowers its effort."""
    bank = model.parameters.bank
    for place, product in enumerate(products.product):
        insurance = _insurance(model, int(product))
        for group in range(CLASSES):
            layers, available = _layers(model, int(product), group)
            terms.offered[:, group, place] = available
            loss = products.loss_given_default[place]
            # The pool may run out, and what is guaranteed or insured without it is so in the plain version too.
            for version, kept in ((WITH, layers), (PLAIN, tuple(layer for layer in layers if layer.carrier != POOL))):
                if not kept:
                    continue
                at = (version, group, place)
                _write_cover(model, terms, at, loss, kept, ability, bank)
                if insurance:
                    base = expected_payments(np.array([loss]), kept, np.ones(ability.size)).sum()
                    terms.premium_base[at] = base * insurance.loading
                    terms.least_premium[at] = insurance.minimum_premium
                if product == TERM_LOAN and terms.loss_given_default[at] > 0:
                    terms.appetite[at] = 1 + bank.cover_appetite * (loss / terms.loss_given_default[at] - 1)


def _write_cover(
    model: FinancingModel, terms: LeverTerms, at: tuple[int, int, int], loss: float, layers: Layers,
    ability: npt.NDArray[np.float64], bank: Bank,
) -> None:  # fmt: skip
    paid = expected_payments(np.array([loss]), layers, ability).sum()
    terms.scheme[at] = model.levers.scheme(layers)
    terms.loss_given_default[at] = loss - paid
    covered = paid / loss if loss > 0 else 0.0
    terms.effort[at] = 1 - bank.screening_response * covered


def _insurance(model: FinancingModel, product: int) -> TradeCreditInsurance | InsuredBillPledge | None:
    find = model.levers.find
    if product == INSURED_FACTORING:
        return find(TradeCreditInsurance)
    return find(InsuredBillPledge) if product == INSURED_BILL_PLEDGE else None


def _layers(model: FinancingModel, product: int, group: int) -> tuple[Layers, bool]:
    """The layers that cover a product for a class of borrower, and whether the product is for it at all."""
    find, size, first_time = model.levers.find, group // 2, bool(group % 2)
    layers: list[Layer] = []
    if product == GUARANTEED_LOAN:
        lever = find(GovernmentGuarantee)
        if lever is None or not lever.sizes[size]:
            return (), False
        own = 1 - lever.city_fund - lever.national_fund
        layers += [
            Layer(carrier, CALLED_RANK, round(lever.share * part, 12))
            for carrier, part in (
                (GUARANTOR, own), (CITY_FUND, lever.city_fund), (NATIONAL_FUND, lever.national_fund)
            )
            if part > 0
        ]  # fmt: skip
    elif product == INSURED_FACTORING:
        lever = find(TradeCreditInsurance)
        if lever is None or not lever.sizes[size]:
            return (), False
        layers.append(Layer(INSURER, INSURED_RANK, lever.cover))
    elif product == INSURED_BILL_PLEDGE:
        lever = find(InsuredBillPledge)
        if lever is None or not lever.sizes[size]:
            return (), False
        layers.append(Layer(INSURER, INSURED_RANK, lever.cover))
    pool = find(RiskCompensationPool)
    if product in (TERM_LOAN, GUARANTEED_LOAN) and pool and pool.share > 0 and pool.sizes[size]:
        tilt = pool.first_loan_tilt if first_time else 0.0
        layers.append(Layer(POOL, POOL_RANK, min(pool.share + tilt, 1.0)))
    return tuple(layers), True


class Signed(NamedTuple):
    """What levers add to accepted offers, one row each; amounts in fen."""

    scheme: Any  # int16
    loss_given_default: Any  # float64
    subsidy: Any  # float64 points paid by the treasury
    refinanced: Any  # float64 share of principal
    guarantee_fee: Any  # int64 gross
    platform_fee: Any  # int64
    premium: Any  # int64 gross
    fee_subsidy: Any  # int64
    premium_subsidy: Any  # int64


def signed_terms(model: FinancingModel, chosen: Held) -> Signed:
    """Cover, subsidies, refinancing and fees of the accepted offers, as they were priced."""
    market, count = model.market, chosen.asker.size
    askers, terms, products = market.askers, market.levers, market.products
    assert askers is not None and terms is not None and products is not None
    kinds = (np.int16, *(np.float64,) * 3, *(np.int64,) * 5)
    signed = Signed(*(np.empty(count, kind) for kind in kinds))
    given = (
        chosen.asker, chosen.product, chosen.place // askers.reach.shape[1], chosen.lender, chosen.amount,
        market.terms[:, RATE], market.terms[:, PREMIUM], askers.group, askers.days, askers.amount, askers.risk_weight,
        askers.subsidy_room, tuple(terms), products.fee, products.sold, lender_refinances(model),
        model.parameters.bank.target_capital,
    )  # fmt: skip
    in_blocks(lambda first, end: _sign(first, end, *given, *signed), count, 40.0)
    return signed


@kernel
def _fen(amount, share):
    return np.int64(np.floor(amount * max(share, 0.0)))


@kernel
def _sign(first, end, asker, product, version, lender, amount, rate, premium_paid, group, lives, quoted, risk_weight,
          room, terms, platform_fee, sold, refinances, target_capital, scheme, loss_given_default, subsidy, part,
          guarantee_fee, platform, premium, fee_subsidy, premium_subsidy):  # fmt: skip
    """Fill rows first..end−1 of what is `Signed`, the last nine; every array is used whatever the offer, else Numba
    would count references to it."""
    (_, schemes, loss, _, _, _, fees, fee_subsidies, premium_subsidies, subsidies, refinanced, _, _, _) = terms
    for m in range(first, end):
        a, p, v, fen = asker[m], product[m], version[m], amount[m]
        c, years = group[a], lives[a, p] / 360
        scheme[m], loss_given_default[m] = schemes[v, c, p], loss[v, c, p]
        debt = 1 - min(risk_weight[a, p] * target_capital, 1.0)
        part[m] = min(refinanced[v, c, p], debt) * refinances[lender[m]]
        whole = room[a] >= quoted[a, p] or sold[p]
        points = round_rate(subsidies[v, c, p] * (1.0 if whole else room[a] / quoted[a, p]))
        subsidy[m] = min(points, max(rate[m], 0.0))
        of_platform, premium_share = platform_fee[p] * years, premium_paid[m] * years
        guarantee_fee[m], platform[m] = _fen(fen, fees[v, c, p] * years - of_platform), _fen(fen, of_platform)
        fee_subsidy[m] = _fen(fen, fee_subsidies[v, c, p] * years)
        premium[m] = _fen(fen, premium_share)
        premium_subsidy[m] = _fen(fen, premium_subsidies[v, c, p] * premium_share)


def lender_refinances(model: FinancingModel) -> npt.NDArray[np.bool_]:
    """Which lenders may use the central bank's facility now and gain by it: one dearer than own funds is not drawn."""
    lever = model.levers.find(RelendingSme)
    if lever is None:
        return np.zeros(model.banks.slots, np.bool_)
    return (model.levers.allotment[RATIONED.index(lever.ID)] > 0) & (model.banks.funding > lever.rate)
