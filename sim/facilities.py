"""Levers open and close a step: dates, budgets and quotas, lenders' allotments, refinancing (phases 1 and 10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from agents.carrier import CITY_FUND, GUARANTEE_CHAIN, GUARANTOR, INSURER, NATIONAL_FUND, POOL
from agents.numeric import FEN, apportion, share_of, sum_by
from policies.catalogue import (
    REFERENCE_LOANS,
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
from policies.levers import Instrument
from sim.carriers import in_force
from sim.levers import BUDGETED, RATIONED

if TYPE_CHECKING:
    from sim.model import FinancingModel

Fen = npt.NDArray[np.int64]


def open_period(model: FinancingModel) -> None:
    """Levers start and end, carriers are endowed, budgets roll over; what is left is split among lenders."""
    levers, step = model.levers, model.step_number
    started, ended = levers.at(step)
    for instrument in started:
        model.record_event("lever_start", instrument.ID, "", 0)
        _endow(model, instrument)
    for instrument in ended:
        model.record_event("lever_end", instrument.ID, "", 0)
    if levers.starts_budget_year(step):
        levers.spent.update(dict.fromkeys(BUDGETED, 0))
        model.carriers.yearly_exposure[:], model.carriers.yearly_paid[:] = 0, 0
        _refill_pool(model)
    model.carriers.start_step()
    _allot(model)


def _refill_pool(model: FinancingModel) -> None:
    """The treasury brings the pool's money back to its balance; what that costs was counted when the pool paid."""
    pool = model.levers.find(RiskCompensationPool)
    if pool is None or not pool.refill:
        return
    account = int(model.ledger.balance("carrier", "account")[POOL])
    missing = np.array([max(model.levers.fen(pool, pool.balance) - account, 0)])
    model.ledger.post("carrier_endowed", carrier=(np.array([POOL]), missing))
    model.carriers.endowed[POOL] += missing[0]


def scale_to_population(model: FinancingModel) -> None:
    """Amounts in CNY refer to SME loans of the nation or the city: scale them by modelled SME loans over these."""
    loans = model.ledger.balance("firm", "loan")[model.oems :][model.firms.size[model.oems :] > 0].sum()
    bills = model.contracts.principal[~model.contracts.loan & (model.firms.size[model.contracts.borrower] > 0)].sum()
    modelled = float(loans + bills) / FEN
    model.levers.scales = {name: modelled / reference for name, reference in REFERENCE_LOANS.items()}


def _endow(model: FinancingModel, instrument: Instrument) -> None:
    """Owners bring carriers' capital to what the instrument says: the treasury's, or Outside's for insurers."""
    levers = model.levers
    match instrument:
        case RiskCompensationPool():
            _bring_to(model, POOL, levers.fen(instrument, instrument.balance))
        case GovernmentGuarantee():
            capital = levers.fen(instrument, instrument.capital)
            own = 1 - instrument.city_fund - instrument.national_fund
            for carrier, part in (
                (GUARANTOR, own), (CITY_FUND, instrument.city_fund), (NATIONAL_FUND, instrument.national_fund),
            ):  # fmt: skip
                _bring_to(model, carrier, int(capital * part))
        case TradeCreditInsurance() | InsuredBillPledge():
            kinds = (TradeCreditInsurance, InsuredBillPledge)
            wanted = [levers.fen(entry, entry.capital) for kind in kinds if (entry := levers.find(kind))]
            _bring_to(model, INSURER, max(wanted))


def _bring_to(model: FinancingModel, carrier: int, capital: int) -> None:
    """Pay in, or return as far as the money is there, what `endowed` differs from `capital`, fen."""
    carriers, post = model.carriers, model.ledger.post
    row = np.array([carrier])
    more = capital - int(carriers.endowed[carrier])
    if more > 0 and carrier == INSURER:
        deposits = np.maximum(model.ledger.balance("bank", "outside_deposits"), 1)
        post("insurer_endowed", bank=apportion(more, deposits), carrier=(row, np.array([more])))
    elif more > 0:
        post("carrier_endowed", carrier=(row, np.array([more])))
    elif carrier != INSURER:
        more = -min(-more, int(model.ledger.balance("carrier", "account")[carrier]))
        post("carrier_capital_returned", carrier=(row, np.array([-more])))
    else:
        more = 0
    carriers.endowed[carrier] += more


def _cap_compensation(model: FinancingModel) -> None:
    """The national fund's yearly cap on compensation, of the most it has had in force in the year."""
    guarantee, carriers = model.levers.find(GovernmentGuarantee), model.carriers
    np.maximum(carriers.yearly_exposure, carriers.exposure, out=carriers.yearly_exposure)
    room = -1
    if guarantee:
        most = int(guarantee.compensation_cap * carriers.yearly_exposure[NATIONAL_FUND])
        room = max(most - int(carriers.yearly_paid[NATIONAL_FUND]), 0)
    carriers.yearly_room[NATIONAL_FUND] = room


def _allot(model: FinancingModel) -> None:
    """What each lender may use of each lever, in proportion to its lending to SMEs in the last 12 months."""
    levers, banks = model.levers, model.banks
    _take_stock(model)
    _cap_compensation(model)
    relending = levers.find(RelendingSme)
    for row, name in enumerate(RATIONED):
        weight = np.maximum(banks.sme_lending, 1.0)
        if name == RelendingSme.ID and relending:
            weight = weight * np.array(relending.lenders)[banks.kind]
        levers.allotment[row] = apportion(levers.available(name), weight)
    for name in RATIONED:
        _note_exhaustion(model, name)


def _note_exhaustion(model: FinancingModel, name: str) -> None:
    """An event when a lever has less than a ticket left, once until it has more again."""
    levers, ticket = model.levers, model.parameters.liquidity.smallest_ticket * FEN
    holds = any(name == entry.ID for entry in levers.in_force())
    if not holds or levers.available(name) >= ticket:
        levers.exhausted.discard(name)
    elif name not in levers.exhausted:
        levers.exhausted.add(name)
        kind = "budget_exhausted" if name in BUDGETED else "quota_exhausted"
        if name == RiskCompensationPool.ID and model.ledger.balance("carrier", "account")[POOL] < ticket:
            kind = "pool_empty"
        model.record_event(kind, name, "", levers.available(name))


def _take_stock(model: FinancingModel) -> None:
    """Capacity of each quota, budget and carrier, and what is taken of it, fen; nothing of a lever not in force."""
    levers, equity = model.levers, model.ledger.balance("carrier", "equity")
    levers.capacity, levers.taken = dict.fromkeys(RATIONED, 0), dict.fromkeys(RATIONED, 0)
    stock: dict[str, tuple[int, int]] = {}
    if lever := levers.find(RelendingSme):
        stock[lever.ID] = levers.fen(lever, lever.quota), int(model.ledger.balance("bank", "refinancing").sum())
    for kind in (InterestSubsidy, DiscountSubsidy, GuaranteeFeeSubsidy, PremiumSubsidy):
        if lever := levers.find(kind):
            stock[lever.ID] = levers.fen(lever, lever.budget), levers.spent[lever.ID]
    exposure = in_force(model)
    if lever := levers.find(GovernmentGuarantee):
        chain = list(GUARANTEE_CHAIN)
        stock[lever.ID] = int(lever.leverage * equity[chain].sum()), int(exposure[chain].sum())
    if lever := levers.find(RiskCompensationPool):
        by_scheme = sum_by(model.contracts.scheme, model.contracts.principal, len(levers.schemes))
        covered = int(by_scheme[levers.covers(POOL)].sum())
        stock[lever.ID] = int(lever.leverage * model.ledger.balance("carrier", "account")[POOL]), covered
    for kind in (TradeCreditInsurance, InsuredBillPledge):
        if lever := levers.find(kind):
            stock[lever.ID] = int(lever.leverage * equity[INSURER]), int(exposure[INSURER])
    for name, (capacity, taken) in stock.items():
        levers.capacity[name], levers.taken[name] = max(capacity, 0), taken


def refinance(model: FinancingModel) -> None:
    """Lenders pay interest on what the central bank refinances, and draw or repay it as the loans behind it move."""
    levers, contracts, books, post = model.levers, model.contracts, model.ledger.balance, model.ledger.post
    rate = model.refinancing_rate
    year = model.step_days / 360
    interest = share_of(books("bank", "refinancing"), rate * year)
    post("refinancing_interest", bank=interest)
    model.implicit_cost = np.maximum(books("bank", "refinancing") * (model.banks.funding - rate) * year, 0)
    contracts.refinanced[contracts.bad] = 0  # for good: what it frees of the quota may be used by others
    rows = np.flatnonzero((contracts.refinanced > 0) & contracts.loan)
    backed = share_of(contracts.principal[rows], contracts.refinanced[rows])
    wanted = sum_by(contracts.lender[rows], backed, model.banks.slots)
    change = wanted - books("bank", "refinancing")
    post("refinanced", bank=np.maximum(change, 0))
    post("refinancing_repaid", bank=np.maximum(-change, 0))
    if lever := levers.find(RelendingSme):
        model.refinancing_rate = lever.rate
