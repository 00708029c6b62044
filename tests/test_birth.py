"""The generated population: flows balance, sizes have their tail, draws are independent, tiny worlds work."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.birth import Founding, found
from agents.network import balance_shares, deal, spread_degrees
from agents.parameters import BANK_KINDS, Parameters, build
from experiments import documents, scenario
from experiments.values import nest
from sim.random import Streams

SHENZHEN: Parameters = build(nest(scenario.read(documents.read_file(scenario.packaged()["shenzhen_nev_2024"])).values))


def with_population(**changes: object) -> Parameters:
    return replace(SHENZHEN, population=replace(SHENZHEN.population, **changes))  # type: ignore[arg-type]


def draws(seed: int = 1) -> Callable[[str, int], np.ndarray]:
    streams = Streams(seed, 0)
    return lambda purpose, count: streams.uniform(purpose, 0, count)


def assert_consistent(founding: Founding, parameters: Parameters) -> None:
    network, firms = founding.network, founding.tier.size
    n_oem = int(np.sum(founding.tier == 0))
    assert (np.diff(founding.tier) >= 0).all()
    pairs = network.buyer.astype(np.int64) * (firms + 1) + network.supplier
    assert (np.diff(pairs) > 0).all()  # sorted by buyer and supplier, none twice
    outside = network.buyer == firms
    assert np.array_equal(network.supplier[outside], np.arange(n_oem, firms))
    assert (network.share[outside] == 1).all()
    inside = ~outside
    tiers = np.append(founding.tier, -1)
    assert (tiers[network.supplier[inside]] == tiers[network.buyer[inside]] + 1).all()
    total = np.bincount(network.buyer[inside], network.share[inside], firms)
    assert np.allclose(total[founding.annual_inputs > 0], 1, atol=1e-9)
    assert (total[founding.annual_inputs == 0] == 0).all()
    assert (network.share > 0).all() and (network.term_days >= 0).all()
    assert np.bincount(network.supplier[inside], minlength=firms)[n_oem:].min() >= 1

    flow = founding.annual_inputs[network.buyer[inside]] * network.share[inside]
    chain = np.bincount(network.supplier[inside], flow, firms)
    sold = (founding.annual_sales - founding.outside_sales)[n_oem:]
    links = np.bincount(network.supplier[inside], minlength=firms)[n_oem:]
    assert (np.abs(chain[n_oem:] - sold) <= links + 1 + 1e-12 * sold).all()
    assert np.array_equal(founding.outside_sales[:n_oem], founding.annual_sales[:n_oem])

    for buyer in range(firms + 1):
        rows = np.flatnonzero(network.buyer == buyer)
        assert np.array_equal(rows, np.arange(*network.buyer_start[buyer : buyer + 2]))
    for supplier in range(firms):
        rows = np.flatnonzero(network.supplier == supplier)
        assert np.array_equal(rows, network.by_supplier[slice(*network.supplier_start[supplier : supplier + 2])])
    assert_lenders_in_reach(founding, parameters)


def assert_lenders_in_reach(founding: Founding, parameters: Parameters) -> None:
    market = parameters.market
    for firm, lenders in enumerate(founding.reach):
        known = lenders[lenders >= 0]
        assert (lenders[known.size :] == -1).all() and np.unique(known).size == known.size
        assert known[0] == founding.house_bank[firm]
        assert np.isin(founding.bank_town[known], (-1, founding.town[firm])).all()
        wanted = 1 + (market.reach_large if founding.size[firm] == 0 else market.reach_sme)
        near = np.isin(founding.bank_town, (-1, founding.town[firm]))
        assert known.size == min(wanted, int(near.sum()))


def test_the_scenario_of_the_package() -> None:
    founding = found(SHENZHEN, draws())
    assert_consistent(founding, SHENZHEN)
    tiers = [np.sum(founding.tier == tier) for tier in range(4)]
    assert tiers == [3, 300, 525, 675]
    sales = [founding.annual_sales[founding.tier == tier].sum() / 1e11 for tier in (1, 2, 3)]
    # 36 bn / .65; half of that / .65; 42 % of that / .65
    assert sales == pytest.approx([55.3846, 42.6036, 27.5284], abs=1e-3)
    oem = 36e11 * np.array([0.45, 0.33, 0.22])
    assert founding.annual_inputs[:3] == pytest.approx(oem)
    assert founding.annual_sales[:3] == pytest.approx(oem * 1.3 * 1.1)


def test_links_follow_sizes_and_keep_their_minimum() -> None:
    founding = found(with_population(suppliers=6000), draws())
    network, firms = founding.network, founding.tier.size
    inside = network.buyer < firms
    customers = np.bincount(network.supplier[inside], minlength=firms)
    suppliers = np.bincount(network.buyer[inside], minlength=firms)
    assert customers[founding.tier == 1].mean() == pytest.approx(2.2, abs=0.001)
    assert suppliers[(founding.tier == 1) | (founding.tier == 2)].min() == 3
    for tier in (2, 3):
        here = founding.tier == tier
        by_size = np.argsort(founding.annual_sales[here])
        tenth = by_size.size // 10
        ranked = customers[here][by_size]
        assert ranked[-tenth:].mean() > 3 * ranked[:tenth].mean()


def test_sizes_have_the_tail_of_the_scenario() -> None:
    founding = found(with_population(suppliers=20000), draws())
    for tier in (1, 2, 3):
        sales = np.sort(founding.annual_sales[founding.tier == tier].astype(float))[::-1]
        top = sales[: sales.size // 10]
        hill = 1 / np.log(top[:-1] / top[-1]).mean()
        assert 0.9 < hill < 1.4  # the scenario says 1.15; the cap and chance move it


def test_actual_sales_come_out_near_the_drawn_sizes() -> None:
    founding = found(SHENZHEN, draws())
    tail, cap = SHENZHEN.population.size_tail, SHENZHEN.population.size_cap
    drawn = (1 - draws()("size", 1500) * (1 - cap**-tail)) ** (-1 / tail)
    for tier in (1, 2, 3):
        here = founding.tier[3:] == tier
        target = drawn[here] / drawn[here].sum()
        actual = founding.annual_sales[3:][here] / founding.annual_sales[3:][here].sum()
        assert np.corrcoef(np.log(target), np.log(actual))[0, 1] > 0.85
        assert np.mean(np.abs(np.log(actual / target)) < np.log(2)) > 0.9


def test_a_birth_is_a_function_of_its_draws() -> None:
    one, same, other = found(SHENZHEN, draws()), found(SHENZHEN, draws()), found(SHENZHEN, draws(2))
    for name in ("annual_sales", "town", "house_bank", "reach", "age", "subsector"):
        assert np.array_equal(getattr(one, name), getattr(same, name))
        assert not np.array_equal(getattr(one, name), getattr(other, name))
    assert np.array_equal(one.network.share, same.network.share)


@pytest.mark.parametrize(
    ("purpose", "moved"),
    [
        ("age", {"age"}),
        ("subsector", {"subsector"}),
        ("reach", {"reach"}),
        ("house_bank", {"house_bank", "reach"}),
        ("town", {"town", "house_bank", "reach"}),
        ("term", set()),
    ],
)
def test_a_draw_moves_nothing_but_its_own(purpose: str, moved: set[str]) -> None:
    parameters = with_population(suppliers=200)
    first, second = draws(1), draws(2)
    plain = found(parameters, first)
    changed = found(parameters, lambda asked, n: (second if asked == purpose else first)(asked, n))
    names = ("annual_sales", "size", "subsector", "town", "house_bank", "reach", "age")
    differing = {n for n in names if not np.array_equal(getattr(plain, n), getattr(changed, n))}
    assert differing == moved
    assert np.array_equal(plain.network.share, changed.network.share)
    assert np.array_equal(plain.network.term_days, changed.network.term_days) == (purpose != "term")


def test_one_more_lender_leaves_the_others() -> None:
    parameters = with_population(suppliers=200)
    wider = replace(parameters, market=replace(parameters.market, reach_sme=5))
    few, many = found(parameters, draws()), found(wider, draws())
    small = few.size > 0
    assert np.array_equal(few.reach[small, :5], many.reach[small, :5])
    assert (many.reach[small, 5] >= 0).all()


def test_terms_by_buyer() -> None:
    founding = found(SHENZHEN, draws())
    network, trade = founding.network, SHENZHEN.trade
    tier = np.append(founding.tier, 9)[network.buyer]
    assert (network.term_days[tier == 0] == trade.oem_account_days).all()
    assert (network.term_days[tier == 9] == trade.outside_days).all()
    for level in (1, 2):
        first = network.term_days[network.buyer_start[:-2][founding.tier == level]]  # one a buyer
        assert first.mean() == pytest.approx(trade.term_days[level - 1], abs=3)
        assert first.std() == pytest.approx(trade.term_sd, rel=0.1)
    for buyer in range(3, 400):
        assert np.ptp(network.term_days[slice(*network.buyer_start[buyer : buyer + 2])]) == 0


def test_terms_are_never_negative_and_the_last_tier_buys_nothing() -> None:
    trade = replace(SHENZHEN.trade, term_days=(10.0, 10.0, 10.0), term_sd=60.0)
    technology = replace(SHENZHEN.technology, input_share=(0.5, 0.4, 0.3))
    founding = found(replace(SHENZHEN, trade=trade, technology=technology), draws())
    assert founding.network.term_days.min() == 0
    assert (founding.annual_inputs[founding.tier == 3] == 0).all()
    assert (founding.annual_inputs[founding.tier == 2] > 0).all()


def test_a_bank_without_a_share_serves_where_there_is_no_other() -> None:
    parameters = with_population(suppliers=50, banks=(0, 0, 4), local_share=0.0)
    founding = found(parameters, draws())
    assert (founding.bank_town[founding.house_bank] == founding.town).all()


def test_house_banks_by_kind_and_age() -> None:
    founding = found(with_population(suppliers=20000), draws())
    kinds = np.bincount(founding.bank_kind[founding.house_bank]) / founding.tier.size
    assert kinds == pytest.approx([0.45, 0.25, 0.30], abs=0.015)
    assert founding.age.mean() == pytest.approx(7, rel=0.03)
    assert BANK_KINDS[2] == "city_rural" and (founding.bank_town[founding.bank_kind == 2] >= 0).all()


@given(
    suppliers=st.integers(1, 40),
    oems=st.integers(1, 3),
    banks=st.tuples(*[st.integers(0, 3)] * 3).filter(any),
    fewest=st.integers(1, 5),
    mean=st.floats(1, 6),
    seed=st.integers(0, 1000),
)
def test_tiny_populations(
    suppliers: int, oems: int, banks: tuple[int, ...], fewest: int, mean: float, seed: int
) -> None:
    parameters = with_population(
        suppliers=suppliers,
        oems=oems,
        oem_share=(0.2, 0.3, 0.5)[:oems],
        banks=banks,
        suppliers_per_buyer=fewest,
        buyers_per_supplier=mean,
    )
    founding = found(parameters, draws(seed))
    assert founding.tier.size == oems + suppliers
    assert (np.diff(founding.annual_sales[:oems]) <= 0).all()
    assert_consistent(founding, parameters)


def test_the_smallest_world() -> None:
    parameters = with_population(suppliers=1, oems=1, oem_share=(1.0,), banks=(0, 0, 1))
    founding = found(parameters, draws())
    assert founding.tier.tolist() == [0, 1]
    assert founding.network.buyer.tolist() == [0, 2] and founding.network.share.tolist() == [1, 1]
    assert founding.annual_inputs[1] == 0  # nobody upstream
    assert founding.reach[:, 0].tolist() == [0, 0] and (founding.reach[:, 1:] == -1).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tier_share": (0.5, 0.0, 0.5)}, "tier 3 would have no customers"),
        ({"tier_share": (0.0, 0.5, 0.5)}, "tier 2 would have no customers"),
        ({"tier_share": (0.0, 0.0, 0.0)}, "suppliers of tier 1"),
        ({"oem_share": (0.5, 0.5)}, "2 values for 3 OEMs"),
        ({"oem_share": (0.5, 0.5, 0.0)}, "buys nothing"),
        ({"banks": (0, 0, 0)}, "at least one bank"),
        ({"annual_purchases": 1e3}, "less than one yuan"),
    ],
)
def test_a_scenario_that_cannot_be(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        found(with_population(**change), draws())


@given(st.data())
def test_degrees_add_up_within_their_bounds(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 30))
    least = data.draw(st.integers(0, 4))
    most = least + data.draw(st.integers(0, 6))
    total = data.draw(st.integers(least * size, most * size))
    weight = np.array(data.draw(st.lists(st.floats(1e-3, 1e6), min_size=size, max_size=size)))
    degrees = spread_degrees(weight, least, most, total)
    assert degrees.sum() == total and degrees.min() >= least and degrees.max() <= most
    by_weight = degrees[np.argsort(weight, kind="stable")]
    assert (np.diff(by_weight) >= -1).all()  # larger have no fewer, but for a remainder


@pytest.mark.parametrize(("most", "smallest"), [(3, 10.9), (5, 4.9), (7, 5.3), (1, 1.0)])
def test_degrees_fill_all_there_is_room_for(most: int, smallest: float) -> None:
    # In floats 3 / 10.9 * 10.9 is above 3: the last one must still not count as too large for its room.
    degrees = spread_degrees(np.array([smallest, 4000.0, 20.0]), 0, most, 3 * most)
    assert degrees.tolist() == [most] * 3


@given(st.data())
def test_dealing_keeps_degrees_and_repeats_no_pair(data: st.DataObject) -> None:
    buyers, suppliers = data.draw(st.integers(1, 12)), data.draw(st.integers(1, 12))
    total = data.draw(st.integers(max(buyers, suppliers), buyers * suppliers))
    bought = spread_degrees(np.arange(1.0, buyers + 1), 1, suppliers, total)
    sold = spread_degrees(np.arange(1.0, suppliers + 1) ** 2, 1, buyers, total)
    uniform = np.random.default_rng(data.draw(st.integers(0, 999))).random(total)
    buyer, supplier = deal(bought, sold, uniform)
    assert np.array_equal(np.bincount(buyer), bought)
    assert np.unique(buyer * suppliers + supplier).size == total
    assert np.bincount(supplier, minlength=suppliers).min() >= 1 and supplier.max() < suppliers


def test_balanced_shares_meet_a_balance_that_exists() -> None:
    buyer, supplier = np.divmod(np.arange(12), 4)
    purchases, sales = np.array([5.0, 3.0, 2.0]), np.array([4.0, 3.0, 2.0, 1.0])
    share = balance_shares(buyer, supplier, np.ones(12), purchases, sales)
    assert np.bincount(buyer, share) == pytest.approx(np.ones(3))
    assert np.bincount(supplier, share * purchases[buyer]) == pytest.approx(sales)
