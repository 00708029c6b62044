"""Headline indicators, lenders' scores and the books at birth, recomputed from the state of a world."""

import math

import numpy as np
import pytest
from worlds import run, run_until, world

from agents.firm import ACTIVE, ESTATE
from agents.numeric import sum_by
from sim import scorecard
from sim.contracts import APR
from sim.indicators import Lines, cost_of_need, measure
from sim.recorder import close_period

ROUGH = ("shocks.rare_loss=30%", "shocks.cost_innovation=0.04")


@pytest.fixture(scope="module")
def measured():
    """(model at the end of a step before its books close, {(group, indicator): (value, weight)})."""
    model = run(world(120, *ROUGH, seed=3), 14)
    run_until(model, close_period)
    lines = Lines()
    losses = model.bank_losses.copy()
    measure(model, lines, cost_of_need(model))
    model.bank_losses[:] = losses
    frame = lines.frame()
    return model, {
        (row.group, row.indicator): (row.value, row.weight) for row in frame.itertuples() if not math.isnan(row.value)
    }


def groups(model):
    """Slots of suppliers by group: all, SMEs, a tier, a size."""
    firms, supplier = model.firms, model.firms.tier > 0
    return {"all": supplier, "sme": supplier & (firms.size > 0), "tier_3": firms.tier == 3, "micro": firms.size == 3}


def test_rates_of_new_contracts_are_weighted_by_amount_and_days(measured):
    model, said = measured
    market = model.market
    for name, member in groups(model).items():
        mine = member[market.firm]
        if not mine.any():
            assert (name, "apr_net") not in said
            continue
        weight = (market.amount * market.days)[mine]
        for indicator, column in (("apr_net", APR), ("term_margin", 4), ("term_expected_loss", 2)):
            expected = np.average(market.terms[mine, column], weights=weight)
            assert said[name, indicator] == (pytest.approx(expected), pytest.approx(weight.sum()))
    assert said["sme", "sme_apr_net"] == said["sme", "apr_net"]


def test_payment_days_are_what_is_owed_over_a_day_of_deliveries(measured):
    model, said = measured
    books, oems = model.ledger.balance, slice(0, model.oems)
    bought = model.goods.delivered[model.network.buyer < model.oems].sum() / 30
    accounts, bills = (books("firm", name)[oems].sum() for name in ("trade_payable", "bill_payable"))
    assert said["all", "oem_payable_days"][0] == pytest.approx((accounts + bills) / bought)
    assert said["all", "oem_open_account_days"][0] == pytest.approx(accounts / bought)
    for name, member in groups(model).items():
        sold = model.goods.delivered[member[model.network.supplier]].sum() / 30
        owed = books("firm", "receivable")[member].sum()
        assert said[name, "supplier_receivable_days"][0] == pytest.approx(owed / sold)


def test_default_and_exit_rates_are_yearly_shares_of_firms_in_business(measured):
    model, said = measured
    firms = model.firms
    for name, member in groups(model).items():
        alive = member & ((firms.status == ACTIVE) | firms.defaulted | model.closed)
        assert said[name, "default_rate"][0] == pytest.approx(12 * (firms.defaulted & alive).sum() / alive.sum())
        left = (firms.defaulted | model.closed) & alive
        assert said[name, "exit_rate"][0] == pytest.approx(12 * left.sum() / alive.sum())
    assert firms.defaulted.any()


def test_the_npl_ratio_counts_bad_contracts_and_claims_on_shells(measured):
    model, said = measured
    contracts, shells = model.contracts, model.ledger.balance("bank", "bad_loan").sum()
    bad = contracts.principal[contracts.bad].sum() + shells
    assert said["banks", "npl_ratio"][0] == pytest.approx(bad / (contracts.principal.sum() + shells))
    assert min(shells, contracts.principal[contracts.bad].sum()) > 0
    equity, weighted = model.bank_equity().sum(), model.risk_weighted_assets().sum()
    assert said["banks", "capital_ratio"][0] == pytest.approx(equity / weighted)


def test_shares_of_the_funnel_and_of_what_is_overdue(measured):
    model, said = measured
    plan, market = model.plan, model.market
    drawn = sum_by(market.firm, market.amount, model.firms.slots)
    for name, member in groups(model).items():
        needs, asked = member & (plan.asked | plan.discouraged), member & plan.asked
        assert said[name, "discouraged_share"][0] == pytest.approx((member & plan.discouraged).sum() / needs.sum())
        assert said[name, "granted_share"][0] == pytest.approx(drawn[member].sum() / plan.need.total[asked].sum())
        assert said[name, "approval_rate"][0] == pytest.approx((drawn[asked] > 0).mean())
        late, due = model.left_overdue.sum(axis=0)[member], model.due_total[member]
        assert said[name, "overdue_share"][0] == pytest.approx(late.sum() / due.sum())
    got = plan.informal > 0
    rate = 0.13 + 0.02 * model.firms.overdue_share
    assert said["all", "informal_rate"][0] == pytest.approx(np.average(rate[got], weights=plan.informal[got]))


def test_every_applicant_without_a_loan_has_one_reason(measured):
    model, said = measured
    for name, member in groups(model).items():
        refused = sum(value for (group, what), (value, _) in said.items() if group == name and "refused_" in what)
        without = member & model.plan.asked
        without[model.market.firm] = False
        assert refused <= without.sum()  # who found no lender in reach at all has none
        assert said[name, "asked_count"][0] - said[name, "accepted_count"][0] == without.sum()


# ---- scores


def test_a_score_is_the_sum_of_its_parts_on_the_books_as_they_stand(measured):
    model, _ = measured
    firms, rules, books = model.firms, model.parameters.score, model.ledger.balance
    scores = scorecard.rate_all(model)
    for slot in np.flatnonzero((firms.tier > 0) & (firms.status == ACTIVE))[::7]:
        sales = firms.sales[slot]
        debts, assets = model.debts()[slot], model.firm_assets()[slot]
        months_of_cash = books("firm", "deposit")[slot] / (sales * firms.unit_cost[slot] / 12)
        expected = (
            rules.intercept
            + rules.log_sales * math.log(sales / 2e9)
            + rules.young * (firms.age[slot] < 3)
            + rules.debt_ratio * min(debts / assets, 1.5)
            + rules.margin * min(max(firms.margin[slot], -0.5), 0.5)
            + rules.liquidity * min(months_of_cash, 3)
            + rules.overdue * firms.overdue_share[slot]
            + rules.largest_buyer * firms.largest_buyer[slot]
            + rules.first_time * firms.first_time[slot]
            + rules.subsector[firms.subsector[slot]]
        )
        assert scores.score[slot] == pytest.approx(expected, abs=1e-9)
        assert scores.pd[slot] == pytest.approx(1 / (1 + math.exp(-expected)), abs=1e-9)


def test_groups_are_described_by_their_active_firms_and_grades_are_deciles(measured):
    model, _ = measured
    scores, active = scorecard.rate_all(model), model.firms.status == ACTIVE
    for group in np.unique(scores.group[active]):
        mine = scores.score[active & (scores.group == group)]
        assert scores.mean[group] == pytest.approx(mine.mean(), abs=1e-9)
        assert scores.variance[group] == pytest.approx(mine.var(), abs=1e-9)
    suppliers = active & (model.firms.tier > 0)
    sizes = np.bincount(scores.grade[suppliers], minlength=10)
    assert sizes.max() - sizes.min() <= 2
    order = np.argsort(scores.score[suppliers])
    assert (np.diff(scores.grade[suppliers][order]) >= 0).all()  # 0 is the safest


@pytest.mark.parametrize("rows", [1, 1024, 3000])
def test_a_score_is_the_weighted_sum_of_features_whoever_else_is_scored(rows):
    rng = np.random.default_rng(rows)
    table, weights = rng.normal(size=(rows, 8)), rng.normal(size=8)
    scores = scorecard._weighted(table, weights)
    assert scores == pytest.approx([sum(row * weights) for row in table], abs=1e-12)
    assert (scorecard._weighted(table[:2048], weights) == scores[:2048]).all()


def test_misjudgement_is_smaller_with_a_file_and_at_the_house_bank():
    model = world(60)
    model.firms.first_time[10], model.firms.first_time[11] = True, False
    common, own = scorecard.noise_scale(model, np.arange(model.firms.slots))
    assert common[10] == pytest.approx(0.35 * math.sqrt(0.5))
    assert common[11] == pytest.approx(0.8 * common[10])
    assert own[10, 1:] == pytest.approx(common[10])  # half of the variance each
    assert own[:, 0] == pytest.approx(0.7 * own[:, 1])


def test_misjudgement_keeps_its_variance_and_halves_in_a_year():
    model = world(400, "population.annual_purchases=9.6 bn CNY/yr")
    start = model.firms.noise_common.copy()
    for step in range(12):
        model.step_number = step
        scorecard.move_noise(model)
    now = model.firms.noise_common
    assert now.std() == pytest.approx(1, abs=0.12)
    assert np.polyfit(start, now, 1)[0] == pytest.approx(0.5, abs=0.13)


# ---- birth


def test_books_at_birth_are_those_of_a_steady_state():
    """A step without luck leaves trade credit, stocks and plant where they were born, and loans due all along."""
    still = ("shocks.cost_innovation=0", "shocks.rare_loss=0", "demand.shock_sd=0", "demand.season=0",
             "technology.quality_sd=0", "insolvency.closure=0", "trade.buyer_leaves=0")  # fmt: skip
    model = world(100, *still, seed=2)
    books, suppliers = model.ledger.balance, model.firms.tier > 0
    names = ("receivable", "trade_payable", "bill_payable", "finished_goods", "input_stock", "plant")
    born = {name: int(books("firm", name).sum()) for name in names}
    held = int(books("firm", "bill").sum() + books("bank", "purchased_bills").sum())
    loans = model.contracts.due[model.contracts.loan]
    assert np.bincount(loans, minlength=12) == pytest.approx(np.full(12, loans.size / 12), rel=0.4)
    assert (books("firm", "deposit")[suppliers] == model.normal_buffer[suppliers]).all()
    run(model, 1)
    for name in names:
        assert int(books("firm", name).sum()) == pytest.approx(born[name], rel=0.02), name
    assert int(books("firm", "bill").sum() + books("bank", "purchased_bills").sum()) == pytest.approx(held, rel=0.02)
    assert not (model.firms.status == ESTATE).any()
