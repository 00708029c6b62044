"""Oracle 12: lending that capital allows, L = E / (risk weight · capital ratio), through room and match."""

import numpy as np
import pytest
from plain_offers import ranked_of

from policies.waterfall import capital_room
from sim.contracts import PRODUCTS, TERM_LOAN
from sim.holding import Demands
from sim.matching import Room, match
from sim.products import KINDS
from sim.quotes import NOT_ELIGIBLE, OFFERED

EQUITY = 100_00000000  # 100, in units of 1e-8
PLENTY = 10**14


def lending(equity=EQUITY, risk_weight=1.0, ratio=0.105, booked=0):
    """What one lender lends unsecured to one firm that would take any amount."""
    shape = (1, len(PRODUCTS), 1)
    reason = np.full(shape, NOT_ELIGIBLE, np.int8)
    reason[0, TERM_LOAN, 0] = OFFERED
    demands = Demands(
        np.array([[PLENTY, 0, 0]]), np.full((1, 3), 9), np.full(shape[:2], PLENTY), np.zeros((1, KINDS), np.int64),
        np.array([[PLENTY]]),
    )  # fmt: skip
    no_levers = np.zeros((1, 0))
    room = Room(
        np.array([capital_room(equity, booked, ratio)]), np.array([PLENTY]), no_levers.astype(np.int64),
        no_levers.astype(np.bool_),
    )  # fmt: skip
    reach, use = np.array([[0]], np.int16), np.zeros((*shape[:2], 1, 0))
    offers = ranked_of(np.full(shape, 5), reason, reach, np.zeros(shape), np.ones(shape[:2]), use, room.uses)
    held = match(
        3, 1, reach, offers, reason, np.ones(len(PRODUCTS)), np.full(shape[:2], round(1000 * risk_weight)),
        np.zeros((len(PRODUCTS), KINDS), np.bool_), use, demands, room,
    )  # fmt: skip
    return held.amount.sum() / 1e8


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
