"""Oracle 11: Little's law, outstanding = flow × mean delay, through the engine's own receivables."""

from dataclasses import replace

import numpy as np
import pytest
from worlds import parameters, world

from agents.network import Links, index_network
from sim.receivables import Receivables
from sim.schedule import STEP
from sim.settlement import settle

FLOW = 12_00  # fen a day


def outstanding(terms, shares, step_days, steps, bill_days=0.0, bill_share=0.0):
    """Fen owed in steady state, after payments, when `shares` of the flow run for `terms` days.

    One OEM buys from as many suppliers as there are terms.
    """
    count = len(terms)
    trade = replace(parameters(5).trade, oem_bill_days=bill_days, oem_bill_share=bill_share)
    suppliers = np.arange(1, count + 1)
    links = Links(np.zeros(count, np.int64), suppliers, np.array(shares), np.array(terms, np.float64))
    network = index_network([links], 1, count + 1, 30.0)
    receivables = Receivables(network, trade, 0.0, step_days, 1, count + 1)
    delivered = np.zeros(network.buyer.size, np.int64)
    delivered[:count] = np.rint(np.array(shares) * FLOW * step_days).astype(np.int64)
    held = []
    for step in range(steps):
        receivables.invoice(step, delivered)
        receivables.accept_bills(step, receivables.bills_due_for_acceptance(step))
        slot = step % receivables.depth
        receivables.account[slot], receivables.bill[slot] = 0, 0  # everybody pays when it is due
        accounts, bills = receivables.owed_to()
        assert sum(receivables.owed_by()[0]) == accounts.sum()
        held.append(int(accounts.sum() + bills.sum()))
    assert held[-1] == held[-2]  # steady
    return held[-1]


@pytest.mark.parametrize("step_days", [1, 5, 13])
def test_twelve_a_day_at_65_days_leaves_780_outstanding(step_days):
    assert outstanding([65.0], [1.0], step_days, 100) == 780_00


@pytest.mark.parametrize("step_days", [10, 15, 30])
def test_a_term_between_two_due_dates_keeps_its_mean(step_days):
    assert outstanding([65.0], [1.0], step_days, 100) == pytest.approx(780_00, abs=12)


@pytest.mark.parametrize("step_days", [5, 10, 15, 30])
def test_seventy_at_60_days_and_thirty_at_150_are_87_days(step_days):
    held = outstanding([60.0, 150.0], [0.7, 0.3], step_days, 200)
    assert held / FLOW == pytest.approx(87.0, abs=1e-9)


@pytest.mark.parametrize("step_days", [5, 15, 30])
def test_a_bill_adds_its_tenor_to_the_account(step_days):
    held = outstanding([60.0], [1.0], step_days, 200, bill_days=180.0, bill_share=0.5)
    assert held / FLOW == pytest.approx(60 + 0.5 * 180, abs=1e-9)


def test_the_indicator_of_a_run_shows_the_terms_its_buyers_have():
    """No shocks, no season, no finance: suppliers' open accounts are the delivery-weighted mean term."""
    still = (
        "market.open=0", "shocks.cost_innovation=0", "shocks.rare_loss=0", "demand.shock_sd=0",
        "demand.season=0", "trade.buyer_leaves=0", "trade.oem_bill_share=0", "trade.oem_account_days=65 d",
        "opening.bill_sold=0", "insolvency.closure=0", "liquidity.draw_speed=0",
    )  # fmt: skip
    model = world(40, *still)
    for _ in range(3):
        model.step()
    for process in STEP[: STEP.index(settle) + 1]:
        process(model)
    network, flow = model.network, model.goods.delivered
    late = model.receivables.overdue.sum()
    owed = model.ledger.balance("firm", "receivable").sum() - late
    days = owed * model.step_days / flow.sum()
    assert days == pytest.approx((flow * network.term_days).sum() / flow.sum(), rel=0.02)
