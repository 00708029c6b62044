"""The population at birth: sizes, places, links, normal flows, lenders, from uniforms no lever can touch.

`found` makes it from a scenario alone. A register of real firms goes through the same steps, so whatever it
leaves open is drawn from the same streams.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from agents.kernels import kernel
from agents.network import Links, Network, draw_links, index_network, link_count
from agents.numeric import FEN, FloatArray, IntArray, apportion
from agents.parameters import BANK_KINDS, SUBSECTORS, TIERS, Parameters

MOST_LENDERS: Final = 9  # the house bank and eight more, the bound of `market.reach_*`
LOCAL_BANK: Final = BANK_KINDS.index("city_rural")
UNSAID: Final = -1

Draw = Callable[[str, int], FloatArray]  # purpose, count -> uniforms in (0, 1)


@dataclass(frozen=True)
class Register:
    """One row a firm, OEMs first (largest first), then suppliers by tier; UNSAID and NaN shall be drawn.

    `tier`: int8[n], 0 OEM; `size`: float64[n] > 0, wanted yearly sales in any unit, one for each tier;
    `subsector`, `town`, `house_kind` (kind of the house bank): int8[n]; `age`: float64[n], years.
    """

    tier: np.ndarray
    size: FloatArray
    subsector: np.ndarray
    town: np.ndarray
    house_kind: np.ndarray
    age: FloatArray


@dataclass(frozen=True)
class Founding:
    """What is there at birth, firm by firm (int8[n] etc.; n OEMs and suppliers) and bank by bank.

    `tier`: 0 OEM; `subsector`: -1 OEM; `size`: index in SIZES, OEM 0; `town`; `age` in years, float64.
    int64 fen a year at birth prices: `annual_sales`, `annual_inputs` (bought inside the chain) and
    `outside_sales` (to customers outside it; an OEM sells all to them).
    `house_bank`: int16, bank number; `reach`: int16[n, 9], lenders, the house bank first, -1 after the last.
    `bank_kind`: int8[B], index in BANK_KINDS; `bank_town`: int8[B], -1 lends anywhere.
    """

    tier: np.ndarray
    subsector: np.ndarray
    size: np.ndarray
    annual_sales: IntArray
    annual_inputs: IntArray
    outside_sales: IntArray
    town: np.ndarray
    house_bank: np.ndarray
    reach: np.ndarray
    age: FloatArray
    bank_kind: np.ndarray
    bank_town: np.ndarray
    network: Network


def found(parameters: Parameters, draw: Draw) -> Founding:
    """The synthetic population of a scenario; ValueError if it leaves a firm without customers or bank."""
    population, technology = parameters.population, parameters.technology
    oem_share = np.sort(np.asarray(population.oem_share, np.float64))[::-1]
    if oem_share.size != population.oems:
        raise ValueError(f"population.oem_share has {oem_share.size} values for {population.oems} OEMs")
    if oem_share[-1] <= 0:
        raise ValueError("population.oem_share: an OEM that buys nothing; every share must be above 0")
    purchases = population.annual_purchases * FEN * oem_share / oem_share.sum()
    count = _tier_counts(population.suppliers, population.tier_share, technology.input_share)
    tier = np.repeat(np.arange(len(TIERS) + 1), [population.oems, *count]).astype(np.int8)
    open_ = np.full(tier.size, UNSAID, np.int8)
    size = np.concatenate((purchases, _capped_pareto(draw("size", population.suppliers), parameters)))
    register = Register(tier, size, open_, open_, open_, np.full(tier.size, np.nan))
    kept = 1 - parameters.demand.outside_share
    return settle(
        register,
        purchases,
        lambda tier, inputs: draw_tier_links(register, tier, inputs, parameters, draw),
        lambda firms, chain_sales: chain_sales / kept,
        parameters,
        draw,
    )


def draw_tier_links(register: Register, tier: int, inputs: FloatArray, parameters: Parameters, draw: Draw) -> Links:
    """Links from the buyers of tier - 1 (`inputs`: float64[n], what each buys) to the suppliers of `tier`."""
    population = parameters.population
    buyers = np.flatnonzero((register.tier == tier - 1) & (inputs > 0))
    suppliers = np.flatnonzero(register.tier == tier)
    if buyers.size == 0 or suppliers.size == 0:
        return Links(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0))
    fewest, mean = population.suppliers_per_buyer, population.buyers_per_supplier
    total = link_count(buyers.size, suppliers.size, fewest, mean)
    uniforms = draw(f"link_{tier}", total), draw(f"share_{tier}", total)
    return draw_links(buyers, suppliers, inputs[buyers], register.size[suppliers], fewest, mean, uniforms)


def settle(
    register: Register,
    purchases: FloatArray,
    link: Callable[[int, FloatArray], Links],
    sales: Callable[[np.ndarray, FloatArray], FloatArray],
    parameters: Parameters,
    draw: Draw,
) -> Founding:
    """Follow normal flows up from the OEMs' `purchases` (float64[n_oem], fen); draw what is left open.

    `link(tier, inputs)` gives the links to the suppliers of a tier; `sales(firms, chain_sales)` the yearly
    sales of the firms selected (bool[n]) who sell so much inside the chain.
    ValueError: a supplier that sells for less than a yuan, a firm without a bank.
    """
    tier, n_oem = register.tier, purchases.size
    inputs, annual, chain = np.zeros(tier.size), np.zeros(tier.size), np.zeros(tier.size)
    inputs[:n_oem] = purchases
    annual[:n_oem] = purchases * (1 + parameters.oem.own_cost_share) * (1 + parameters.oem.mark_up)
    links = []
    for level, input_share in enumerate(parameters.technology.input_share, start=1):
        found_links = link(level, inputs)
        links.append(found_links)
        inputs[(tier == level - 1) & (np.bincount(found_links.buyer, minlength=tier.size) == 0)] = 0
        flow = inputs[found_links.buyer] * found_links.share
        chain += np.bincount(found_links.supplier, flow, tier.size)
        here = tier == level
        annual[here] = sales(here, chain[here])
        inputs[here] = input_share * annual[here]
    inputs[tier == len(TIERS)] = 0  # the last tier has nobody upstream
    if annual[n_oem:].min(initial=FEN) < FEN:
        raise ValueError(
            "population: some supplier would sell for less than one yuan a year; "
            "fewer suppliers, a higher annual_purchases or a lower size_cap"
        )
    network = index_network(
        [_with_terms(part, register, parameters, draw) for part in links],
        n_oem,
        tier.size,
        parameters.trade.outside_days,
    )
    flows = [np.rint(each).astype(np.int64) for each in (annual, inputs, annual - chain)]
    return _place(register, flows, network, parameters, draw)


def _place(register: Register, flows: list[IntArray], network: Network, parameters: Parameters, draw: Draw) -> Founding:
    """Size classes, sub-sectors, towns, ages and lenders."""
    population, firms = parameters.population, register.tier.size
    annual_sales, annual_inputs, outside_sales = flows
    workers = annual_sales / (FEN * population.revenue_per_worker)
    size = sum((workers < least).astype(np.int8) for least in population.size_workers)
    size = np.where(register.tier == 0, np.int8(0), size).astype(np.int8)
    share = np.cumsum(population.subsector_share)
    subsector = np.minimum(np.searchsorted(share / share[-1], draw("subsector", firms)), len(SUBSECTORS) - 1)
    subsector = np.where(register.subsector == UNSAID, subsector, register.subsector)
    bank_kind, bank_town = _banks(parameters)
    towns = np.arange(population.towns) if (bank_town < 0).any() else np.unique(bank_town)
    if towns.size == 0:
        raise ValueError("population.banks: at least one bank is needed")
    town = towns[(draw("town", firms) * towns.size).astype(np.int64)]
    town = np.where(register.town == UNSAID, town, register.town).astype(np.int8)
    wanted = np.where(size == 0, parameters.market.reach_large, parameters.market.reach_sme)
    uniforms = draw("house_bank", firms), draw("reach", firms * (MOST_LENDERS - 1))
    weights = _bank_weights(bank_kind, bank_town, parameters)
    reach = _draw_reach(town, register.house_kind, wanted, bank_kind, bank_town, *weights, *uniforms)
    alone = np.flatnonzero(reach[:, 0] < 0)
    if alone.size:
        kind = int(register.house_kind[alone[0]])
        said = "bank" if kind == UNSAID else f"{BANK_KINDS[kind]} bank"
        raise ValueError(f"population.banks: no {said} lends in town {town[alone[0]] + 1}")
    age = -parameters.opening.mean_age * np.log(draw("age", firms))
    return Founding(
        tier=register.tier,
        subsector=np.where(register.tier == 0, -1, subsector).astype(np.int8),
        size=size,
        annual_sales=annual_sales,
        annual_inputs=annual_inputs,
        outside_sales=outside_sales,
        town=town,
        house_bank=reach[:, 0].copy(),
        reach=reach,
        age=np.where(np.isnan(register.age), age, register.age),
        bank_kind=bank_kind,
        bank_town=bank_town,
        network=network,
    )


def _tier_counts(suppliers: int, shares: tuple[float, ...], input_share: tuple[float, ...]) -> IntArray:
    """Suppliers by tier; of very few, the first tiers get one first, since each sells to the one before."""
    for tier in range(1, len(shares)):
        if shares[tier] > 0 and (shares[tier - 1] <= 0 or input_share[tier - 1] <= 0):
            raise ValueError(
                f"population.tier_share: tier {tier + 1} would have no customers, since tier {tier} "
                "has no firms or a technology.input_share of 0"
            )
    if shares[0] <= 0:
        raise ValueError("population.tier_share: the OEMs need suppliers of tier 1")
    count = apportion(suppliers, np.asarray(shares, np.float64))
    for tier in range(len(count)):
        if count[tier] == 0 and count[tier:].any():
            count[tier + np.argmax(count[tier:])] -= 1
            count[tier] = 1
    return count


def _capped_pareto(uniform: FloatArray, parameters: Parameters) -> FloatArray:
    """Sizes from 1 to the cap with Pareto tail, by inverse cdf."""
    tail, cap = parameters.population.size_tail, parameters.population.size_cap
    return (1 - uniform * (1 - cap**-tail)) ** (-1 / tail)


def _with_terms(links: Links, register: Register, parameters: Parameters, draw: Draw) -> Links:
    """Links with terms where open: the OEMs' account; else the tier's mean, spread by buyer, at least 0."""
    trade = parameters.trade
    spread = trade.term_sd * np.sqrt(12) * (draw("term", register.tier.size) - 0.5)
    mean = np.array([trade.oem_account_days, *trade.term_days])[register.tier]
    term = np.where(register.tier == 0, mean, np.maximum(mean + spread, 0))[links.buyer]
    return replace(links, term_days=np.where(np.isnan(links.term_days), term, links.term_days))


def _banks(parameters: Parameters) -> tuple[np.ndarray, np.ndarray]:
    """Kind and town of each bank, int8[B]; city and rural banks go round the towns."""
    kind = np.repeat(np.arange(len(BANK_KINDS)), parameters.population.banks).astype(np.int8)
    local = kind == LOCAL_BANK
    town = np.where(local, (np.cumsum(local) - 1) % parameters.population.towns, -1).astype(np.int8)
    return kind, town


def _bank_weights(kind: np.ndarray, town: np.ndarray, parameters: Parameters) -> tuple[FloatArray, FloatArray]:
    """Weight of each bank as house bank and as further lender (its part of the chain's loans), float64[B]."""
    population = parameters.population
    chain = np.asarray(population.house_bank_share)[kind] / np.bincount(kind, minlength=len(BANK_KINDS))[kind]
    local = kind == LOCAL_BANK
    neighbours = np.bincount(town[local], minlength=population.towns)[np.maximum(town, 0)]
    elsewhere = max(chain[~local].sum(), np.finfo(np.float64).tiny)
    house = np.where(
        local,
        population.local_share / np.maximum(neighbours, 1),
        (1 - population.local_share) * chain / elsewhere,
    )
    return house, chain


@kernel
def _pick(weight, uniform):
    """Index of a bank drawn by weight, -1 if all are 0."""
    total, last = 0.0, -1
    for bank in range(weight.size):
        total += weight[bank]
    left = uniform * total
    for bank in range(weight.size):
        if weight[bank] > 0:
            last = bank
            left -= weight[bank]
            if left < 0:
                return bank
    return last


@kernel
def _draw_reach(town, house_kind, wanted, bank_kind, bank_town, house_weight, chain_weight, house_draw, reach_draw):
    """int16[n, 9]: the house bank (of `house_kind` if said), then `wanted` others by weight, none twice."""
    reach, weight = np.empty((town.size, MOST_LENDERS), np.int16), np.empty(bank_kind.size)
    for firm in range(town.size):
        for place in range(MOST_LENDERS):
            reach[firm, place] = -1
        # A bank of no weight is house bank only where there is no other.
        for weigh in (True, False):
            for bank in range(bank_kind.size):
                near = bank_town[bank] < 0 or bank_town[bank] == town[firm]
                near = near and (house_kind[firm] < 0 or house_kind[firm] == bank_kind[bank])
                weight[bank] = (house_weight[bank] if weigh else 1.0) if near else 0.0
            reach[firm, 0] = _pick(weight, house_draw[firm])
            if reach[firm, 0] >= 0:
                break
        for bank in range(bank_kind.size):
            near = bank_town[bank] < 0 or bank_town[bank] == town[firm]
            weight[bank] = chain_weight[bank] if near and bank != reach[firm, 0] else 0.0
        for place in range(wanted[firm]):
            bank = _pick(weight, reach_draw[firm * (MOST_LENDERS - 1) + place])
            if bank < 0:
                break
            reach[firm, place + 1] = bank
            weight[bank] = 0.0
    return reach
