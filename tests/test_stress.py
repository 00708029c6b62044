"""Worlds under stress, each with the relation it must show."""

import numpy as np
import pytest
from worlds import parameters, run, world

from agents.firm import ACTIVE
from agents.parameters import Stress
from sim.model import FinancingModel


def left_to_firms(model):
    """What tranches a and b leave to informal lenders, late payment and cut output."""
    plan = model.plan
    return plan.need.dues + plan.need.production - plan.drawn[:, :2].sum(axis=1)


def no_bank_lends(model):
    plan = model.plan
    assert model.market.firm.size == 0
    assert plan.drawn.sum() == 0
    assert (plan.informal + plan.late + plan.cut == plan.need.dues + plan.need.production).all()


def test_when_no_bank_lends_firms_borrow_informally_pay_late_or_produce_less():
    closed, normal = world(60, "market.open=0"), world(60)
    elsewhere = {"closed": 0, "normal": 0}
    for _ in range(12):
        closed.step()
        normal.step()
        no_bank_lends(closed)
        assert (normal.plan.informal + normal.plan.late + normal.plan.cut == left_to_firms(normal)).all()
        for name, plan in (("closed", closed.plan), ("normal", normal.plan)):
            elsewhere[name] += int((plan.informal + plan.late + plan.cut).sum())
    assert normal.market.firm.size > 0
    assert closed.plan.asked.sum() > 0  # they asked, and nobody answered
    assert elsewhere["closed"] > 1.5 * elsewhere["normal"]


def test_a_lending_stop_holds_in_its_months_and_in_no_other():
    stop = Stress(kind="lending_stop", month=3, months=2)
    model, lent = world(60, stresses=(stop,)), []
    for step in range(8):
        model.step()
        lent.append(model.market.firm.size > 0)
        if step in (3, 4):
            no_bank_lends(model)
    assert lent == [True, True, True, False, False, True, True, True]


def test_a_stress_counts_its_months_from_the_start_of_the_evaluation_whatever_the_step():
    stop = Stress(kind="demand_stop", month=1, months=1)
    model = world(30, "step_days=15 d", stresses=(stop,), first_step=2)
    sold = [int(run(model, 1).goods.made[: model.oems].sum()) for _ in range(8)]
    assert [amount > 0 for amount in sold] == [True, True, True, True, False, False, True, True]


DEMAND_STOP = Stress(kind="demand_stop", month=4, months=24)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_without_any_demand_no_receivables_are_born(seed):
    no_stocks = ("technology.finished_stock_days=0 d", "technology.input_stock_days=0 d")
    model = run(world(60, *no_stocks, seed=seed, stresses=(DEMAND_STOP,)), 4)
    for _ in range(12):
        due_later = model.receivables.account.sum()
        model.step()
        assert model.goods.delivered.sum() == 0
        assert model.receivables.account.sum() <= due_later
    assert model.ledger.balance("outside", "trade_payable").sum() == 0  # customers outside have paid all
    assert model.receivables.account.sum() == 0


def test_without_any_demand_only_stocks_below_target_are_filled():
    model = run(world(60, seed=2, stresses=(DEMAND_STOP,)), 4)
    normal = model.goods.delivered.sum()
    for _ in range(6):
        model.step()
        assert model.goods.delivered[: model.receivables.bill_edges].sum() == 0  # to OEMs
        assert model.goods.delivered[model.chain_edges :].sum() == 0  # customers outside
        assert model.goods.delivered.sum() < 0.01 * normal


def test_demand_comes_back_when_the_stop_ends():
    model = world(60, stresses=(Stress(kind="demand_stop", month=2, months=1),))
    output = [int(run(model, 1).goods.made.sum()) for _ in range(5)]
    assert output[2] < 0.05 * output[1]
    assert output[4] > 0.5 * output[1]


def test_a_world_may_start_without_any_bank_credit():
    model = run(world(30, "opening.loan_use=0", "opening.bill_sold=0"), 3)
    assert np.isfinite(model.banks.intercept).all()


ONE_OEM = ("population.oems=1", "population.oem_share=[1]", "population.tier_share=[1, 0, 0]")
ONE_BANK = ("population.banks=[1, 0, 0]", "population.local_share=0")


def test_one_oem_one_supplier_one_bank():
    model = world(1, *ONE_OEM, *ONE_BANK)
    assert (model.firms.slots, model.banks.slots) == (2, 1)
    for _ in range(12):
        model.step()
        assert (model.goods.delivered >= 0).all()
    assert model.goods.made.min() > 0


def test_when_all_buyers_in_the_chain_pay_late_only_customers_outside_pay():
    model = world(60, "market.open=0", stresses=(Stress(kind="late_payment", month=3, months=2),))
    run(model, 3)
    chain = model.chain_edges
    for _ in range(2):
        due = model.receivables.due_now(model.step_number, accepted=False)[:chain]
        model.step()
        overdue = model.receivables.overdue[:chain].copy()
        overdue[: model.receivables.bill_edges] += model.receivables.overdue_bill
        still_owed = model.is_active()[model.network.buyer[:chain]]
        assert (overdue[still_owed] >= due[still_owed]).all()  # nothing of it was paid; penalties come on top
    assert model.ledger.balance("outside", "trade_payable").sum() > 0
    before = model.receivables.overdue.sum()
    run(model, 1)
    assert model.receivables.overdue.sum() < 0.7 * before  # then who can, pays


LOSSES = tuple(f"{paper}_{end}|seller" for paper in ("account", "bill") for end in ("lost", "hold_back_lost"))


def test_the_failure_of_the_largest_oem_costs_its_suppliers_and_leaves_the_others():
    failure = Stress(kind="oem_failure", month=3, oem=0)
    calm, hit = world(60, seed=5), world(60, seed=5, stresses=(failure,))
    calm.ledger.tracing = hit.ledger.tracing = True
    output = np.zeros((2, hit.firms.slots))
    for step in range(24):
        for row, model in enumerate((calm, hit)):
            output[row] += run(model, 1).goods.made
        if step < 3:
            assert (calm.ledger.balance("firm", "deposit") == hit.ledger.balance("firm", "deposit")).all()
        if step > 3:
            assert hit.goods.made[0] == 0 or hit.firms.generation[0] > 0
    assert [event[2] for event in hit.events if event[1] == "oem_failure"] == ["OEM 0"]
    usual, lost = (sum(w.ledger.flows.get((row, "supplier"), 0) for row in LOSSES) for w in (calm, hit))
    assert lost > 2 * usual
    mine = np.zeros(hit.firms.slots, bool)
    mine[hit.network.supplier[hit.network.buyer == 0]] = True
    others = (hit.firms.tier == 1) & ~mine
    kept = output[1] / output[0]
    assert kept[mine].mean() < min(0.95, kept[others].mean())
    assert output[1].sum() < 0.95 * output[0].sum()
    assert (hit.firms.status == ACTIVE).sum() > 0.7 * hit.firms.slots  # the others go on
    assert hit.firms.status[1] == hit.firms.status[2] == ACTIVE


def test_a_failed_oem_comes_back_after_its_absence():
    failure = Stress(kind="oem_failure", month=1, oem=0)
    model = world(30, "oem.absence_months=12 months", stresses=(failure,))
    for _ in range(60):
        model.step()
        if model.step_number <= 13:
            assert model.goods.made[0] == 0 or model.step_number <= 2
    assert model.firms.generation[0] == 1
    assert model.goods.made[0] > 0


def test_both_other_oems_failing_as_well_leaves_books_that_prove():
    stresses = [Stress(kind="oem_failure", month=2 + rank, oem=rank) for rank in range(3)]
    model = run(world(40, stresses=stresses), 24)
    assert model.defaults[:3].tolist() == [1, 1, 1]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_thirty_years_of_a_tiny_world(seed):
    model = FinancingModel(parameters(30), seed=seed, audit="every_step")
    contracts = []
    for _ in range(360):
        model.step()
        contracts.append(model.contracts.count)
    assert max(contracts[-60:]) < 3 * max(contracts[:60])  # memory is bounded by what is alive
    assert model.firms.generation.max() >= 1
    assert (model.firms.status == ACTIVE).sum() > model.firms.slots / 2
    assert np.isfinite(model.reference).all()
