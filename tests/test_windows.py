"""Which steps a window holds, and that what is kept by slot adds up to what the series say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain_windows import window
from worlds import parameters

from experiments.parts import to_table
from sim.run import simulate
from sim.windows import windows


def test_windows_of_five_years_in_months():
    assert windows(24, 60, 30) == {"whole": range(24, 84), "first_12": range(24, 36), "last_24": range(60, 84)}


@given(first=st.integers(0, 99), steps=st.integers(1, 99), step_days=st.sampled_from([1, 2, 3, 5, 6, 10, 15, 30]))
def test_every_window_is_inside_the_evaluation(first, steps, step_days):
    spans = windows(first, steps, step_days)
    whole = spans["whole"]
    assert (spans["first_12"].start, spans["last_24"].stop) == (whole.start, whole.stop)
    assert len(spans["first_12"]) == min(steps, 360 // step_days) and len(spans["last_24"]) == min(
        steps, 720 // step_days
    )
    assert all(step in whole for span in spans.values() for step in span)


@pytest.fixture(scope="module")
def record():
    return simulate(parameters(60), seed=3, burn_in_steps=2, evaluate_steps=26)


def test_a_row_a_slot_and_window_that_the_store_takes(record):
    assert record.firms.groupby("slot")["window"].nunique().eq(3).all() and len(record.firms) == 3 * 60
    table = to_table("firms", record.firms, "baseline", 0, 0)
    assert table.column("window").to_pylist()[::60] == ["first_12", "last_24", "whole"]


@pytest.mark.parametrize("name", ["whole", "first_12", "last_24"])
def test_slots_add_up_to_the_series(record, name):
    span = windows(2, 26, 30)[name]
    firms = record.firms[record.firms["window"] == name]
    series = record.series.assign(policy="baseline", draw=0, replication=0)
    mean = window(series, span.start, span.stop - 1).set_index(["indicator", "group"])["value"]
    assert firms["asked"].sum() == pytest.approx(mean["asked_amount", "all"] * len(span))
    assert firms["granted"].sum() == pytest.approx(mean["drawn_amount", "all"] * len(span))
    paid = (firms["apr"] * firms["weight"]).sum() / firms["weight"].sum()
    assert paid == pytest.approx(mean["apr_net", "all"], rel=1e-9)
    need = record.series.query("indicator == 'need_amount' and group == 'all' and step in @span")["value"].sum()
    assert firms["cost"].sum() == pytest.approx(mean["cost_of_need", "all"] * need / 12, rel=1e-6)
    assert firms["defaults"].sum() > 0 or firms["defaulted"].sum() == 0


def test_an_apr_is_missing_where_nothing_was_drawn(record):
    nothing = record.firms["weight"] == 0
    assert (np.isnan(record.firms["apr"]) == nothing).all() and nothing.any()
