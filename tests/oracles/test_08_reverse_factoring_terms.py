"""Oracle 8: how much longer a supplier waits if it sells the payable at the buyer's rate instead of its own."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.oem import bill_tenor, indifference_term
from agents.parameters import Oem
from policies.apr import discounted_receivable_cash_flows


def test_published_terms():
    assert indifference_term(60, 0.08, 0.04) == pytest.approx(120.0, abs=1e-9)
    assert indifference_term(60, 0.08, 0.04, fee=0.002) == pytest.approx(102.0, abs=1e-9)


@given(st.floats(15, 180), st.floats(0.03, 0.2), st.floats(0.01, 0.2), st.floats(0, 0.005))
def test_at_this_term_the_discount_costs_what_waiting_cost(days, own, paper, fee):
    longest = indifference_term(days, own, paper, fee)
    if longest <= 0:
        return  # the fee alone costs more than waiting did
    flows = discounted_receivable_cash_flows(1.0, longest, 1.0, paper, fee)[1]
    assert 1 - flows[0] == pytest.approx(own * days / 360, abs=1e-9)


def rules(response, longest=720.0):
    return Oem(
        mark_up=0.1, own_cost_share=0.3, cash_months=2.0, absence_months=12.0, term_response=response,
        longest_bill_days=longest,
    )  # fmt: skip


def test_oems_take_their_part_of_the_bound_and_no_more():
    assert bill_tenor(0, 60, 0.08, 0.04, rules(0.0)) == 60  # its zero: terms stay
    assert bill_tenor(0, 60, 0.08, 0.04, rules(1.0)) == pytest.approx(120, abs=1e-9)
    assert bill_tenor(0, 60, 0.08, 0.04, rules(0.25)) == pytest.approx(75, abs=1e-9)
    assert bill_tenor(0, 60, 0.08, 0.04, rules(1.0, longest=90.0)) == 90  # the law
    assert bill_tenor(60, 110, 0.06, 0.06, rules(1.0)) == pytest.approx(110)  # no cheaper: no longer
    assert bill_tenor(60, 110, 0.04, 0.08, rules(1.0)) == pytest.approx(25)  # dearer: shorter
    tenors = [bill_tenor(60, 110, 0.08, price, rules(0.25)) for price in np.linspace(0.02, 0.1, 9)]
    assert (np.diff(tenors) <= 0).all()
