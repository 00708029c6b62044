"""Oracle 12: lending that capital allows, L = E / (risk weight · capital ratio)."""

import pytest

from policies.waterfall import capital_room

EQUITY = 100_00000000  # 100, in units of 1e-8


def lending(equity=EQUITY, risk_weight=1.0, ratio=0.105, booked=0):
    return capital_room(equity, booked, ratio) / risk_weight / 1e8


@pytest.mark.parametrize(("risk_weight", "expected"), [(1.0, 952.381), (0.85, 1120.448), (0.75, 1269.841)])
def test_capacity_by_risk_weight(risk_weight, expected):
    assert lending(risk_weight=risk_weight) == pytest.approx(expected, abs=5e-4)


def test_one_point_more_capital_when_it_binds():
    assert lending(ratio=0.115) / lending() - 1 == pytest.approx(-0.08696, abs=5e-6)


def test_a_loss_of_one():
    assert lending() - lending(equity=EQUITY - 1_00000000) == pytest.approx(9.524, abs=5e-4)


def test_booked_assets_use_the_room_up_and_it_is_never_negative():
    assert lending(booked=500_00000000) == pytest.approx(452.381, abs=5e-4)
    assert lending(booked=1000_00000000) == 0
    assert lending(equity=-EQUITY) == 0
