"""What firms decide, as pure functions on arrays, against cases worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import parameters

from agents.informal import informal_rate, informal_room
from agents.oem import demand_factor, owners_draw
from agents.supplier import (
    Costs,
    asks,
    financing_need,
    planned_draw,
    planned_output,
    planned_plant,
    price_of_waiting,
    production_reservation,
    punctuality,
    unit_costs,
)

RULES = parameters(5)
FEN = st.integers(0, 10**12)


def one(value):
    return np.array([value])


# ---- production


def test_a_shock_moves_the_whole_unit_cost_and_falls_on_own_cost():
    costs = unit_costs(np.full(4, 0.9), np.full(4, 0.5), np.full(4, 0.3), np.array([0.0, 0.1, -0.1, -0.9]))
    assert costs.own == pytest.approx([0.4, 0.4 + 0.09, 0.4 - 0.09, 0.08])  # never below a fifth
    assert costs.wages / costs.own == pytest.approx(np.full(4, 0.75))


def test_output_fills_orders_and_a_part_of_the_gap_to_the_target_stock_within_capacity():
    orders, stock, target = np.array([100, 100, 100, 0]), np.array([40, 80, 0, 90]), np.array([60, 60, 90, 10])
    assert planned_output(orders, stock, target, 0.3, np.full(4, 120)).tolist() == [106, 94, 120, 0]


def test_plant_is_replaced_and_its_gap_closed_in_part_within_the_limit():
    rules = replace(RULES.liquidity, plant_speed=0.1, plant_limit=2)
    plant, wear = np.array([1000, 950, 100, 1500]), np.full(4, 10)
    assert planned_plant(plant, np.full(4, 1000), wear, rules, 1.0).tolist() == [10, 15, 20, 0]


def test_owners_draw_a_part_of_what_equity_exceeds_its_target():
    rules = replace(RULES.liquidity, draw_speed=0.2, equity_target=0.5)
    equity, assets = np.array([60_000, 50_000, -10_000]), np.full(3, 100_000)
    assert planned_draw(equity, assets, rules, 1.0).tolist() == pytest.approx([2000, 0, 0], abs=1)


def test_owners_of_an_oem_take_what_exceeds_some_months_of_purchases():
    assert owners_draw(np.array([500, 150]), np.full(2, 100), 2).tolist() == [300, 0]


def test_final_demand_is_level_times_season_times_a_shock_of_mean_one():
    rules = replace(RULES.demand, level=1.0, season=0.06, shock_sd=0.0)
    assert [demand_factor(0.0, day, rules) for day in (0, 90, 180, 270)] == pytest.approx([1, 1.06, 1, 0.94])
    noisy = replace(rules, shock_sd=0.3)
    shocks = 0.3 * np.random.default_rng(1).standard_normal(20_000)
    assert np.mean([demand_factor(shock, 0, noisy) for shock in shocks]) == pytest.approx(1, abs=0.01)


# ---- liquidity


@pytest.mark.parametrize(
    ("cash", "collections", "dues", "need"),
    [
        (10, 20, 100, (70, 50, 30)),  # dues take it all and more
        (90, 20, 100, (0, 40, 30)),  # ten are left for production
        (100, 60, 100, (0, 0, 20)),  # ten beyond production go into the buffer
        (300, 0, 100, (0, 0, 0)),
    ],
)
def test_need_is_filled_in_order_dues_production_buffer(cash, collections, dues, need):
    tranches = financing_need(one(cash), one(collections), one(dues), one(50), one(30))
    assert tuple(int(tranche[0]) for tranche in tranches) == need


@given(FEN, FEN, FEN, FEN, FEN)
def test_need_is_what_money_at_hand_leaves_open_of_all_uses(cash, collections, dues, production, buffer):
    need = financing_need(one(cash), one(collections), one(dues), one(production), one(buffer))
    assert need.total[0] == max(dues + production + buffer - cash - collections, 0)
    assert min(tranche[0] for tranche in need) >= 0
    assert need.production[0] <= production
    assert need.buffer[0] <= buffer
    assert need.dues[0] == max(dues - cash - collections, 0)


def test_production_is_worth_its_contribution_margin_over_the_days_from_cost_to_cash():
    costs = Costs(one(0.3), one(0.1))
    assert production_reservation(costs, one(0.5), one(90.0))[0] == pytest.approx(0.1 / 0.4 * 4)
    assert production_reservation(costs, one(0.7), one(90.0))[0] == pytest.approx(-0.1 / 0.4 * 4)


def test_a_firm_asks_if_what_it_saves_times_the_chance_of_approval_exceeds_the_cost():
    need, worth = [one(100), one(200), one(50)], [one(0.13), one(0.10), one(0.04)]
    benefit = (100 * 0.08 + 200 * 0.05) * 180 / 360 * 0.8  # the third tranche is not worth the price of 5 %
    for cost, expected in ((benefit - 0.01, True), (benefit + 0.01, False)):
        assert asks(need, worth, one(0.05), one(0.8), one(180.0), one(cost)).tolist() == [expected]


def test_punctuality_moves_towards_the_share_paid_and_stays_without_dues():
    record = punctuality(np.array([1.0, 0.5, 0.8]), np.array([0, 100, 0]), np.array([100, 100, 0]), 0.1)
    assert record == pytest.approx([0.9, 0.55, 0.8])


def test_informal_credit_is_dearer_for_who_pays_late_and_ends_at_its_limit():
    rules = replace(RULES.informal, rate=0.13, overdue_slope=0.02, limit=0.08)
    assert informal_rate(np.array([0.0, 0.5]), rules) == pytest.approx([0.13, 0.14])
    assert informal_room(np.full(3, 1000), np.array([0, 30, 90]), rules).tolist() == [80, 50, 0]


def test_who_owes_informal_money_values_being_paid_later_at_its_price():
    bank, informal = np.array([0.05, 0.05, 0.15]), np.array([0.13, 0.13, 0.13])
    owes = np.array([False, True, True])
    assert price_of_waiting(bank, informal, owes).tolist() == [0.05, 0.13, 0.15]
