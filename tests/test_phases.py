"""Phases 1 to 3, 6 to 9 and 11 in a world: what each moves is what its equation on the model page says."""

import numpy as np
import pytest
from worlds import finish, listen, run, run_until, world

from agents.firm import ACTIVE, CLOSING, ESTATE
from agents.numeric import sum_by
from agents.parameters import Stress
from policies.apr import all_in_apr
from sim import accrual, behaviour, demand, informal_credit, insolvency, liquidity, shocks, trade
from sim.contracts import APR, BILL_DISCOUNT, FACTORING, RATE, TERM_LOAN, TERMS
from sim.credit_market import match_and_draw
from sim.schedule import STEP
from sim.settlement import settle
from sim.trade import produce_and_invoice

MONTH = 30 / 360


def near(amounts, expected, fen=1):
    """Equal but for the fen that rounding leaves."""
    return np.asarray(amounts).tolist() == pytest.approx(np.asarray(expected).tolist(), abs=fen)


# ---- phase 1


def test_a_step_of_interest_accrues_on_loans_that_perform_half_as_much_again_when_overdue():
    model = run(world(60, "shocks.rare_loss=30%"), 8)
    contracts = model.contracts
    loans = np.flatnonzero(contracts.loan & (contracts.principal > 0))
    assert (contracts.overdue_steps[loans] > 0).any()
    going = loans[model.firms.status[contracts.borrower[loans]] != ESTATE]
    contracts.bad[going[:3]] = True  # bad by its age, not by an insolvency
    bad = contracts.bad[loans]
    before = contracts.interest.copy()
    charged, earned, _ = accrual._accrue_interest(model)
    estate = model.firms.status[contracts.borrower[loans]] == ESTATE
    rate = contracts.rate[loans] * np.where(contracts.overdue_steps[loans] > 0, 1.5, 1)
    expected = contracts.principal[loans] * rate * MONTH * ~bad * ~estate
    assert near((contracts.interest - before)[loans], expected)
    assert charged.sum() == earned.sum() > 0
    assert near(earned.sum(), expected.sum(), fen=loans.size)


def test_late_trade_debts_bear_penalty_interest_for_who_holds_them(monkeypatch):
    model = run(world(60, "market.open=0", "shocks.rare_loss=50%", seed=2), 6)
    receivables, network = model.receivables, model.network
    goes_on = model.firms.status[network.buyer[: model.chain_edges]] != ESTATE
    overdue = receivables.overdue[: model.chain_edges].copy()
    assert (overdue > 0).any()
    posted = listen(model, monkeypatch)
    accrual._accrue_penalties(model)
    late = overdue * 0.18 * MONTH * goes_on
    slots = model.firms.slots
    for role, holder in (("buyer", network.buyer), ("seller", network.supplier)):
        expected = np.bincount(holder[: model.chain_edges], late, slots)[:slots]
        assert near(posted["account_penalty", role], expected, fen=60)
    assert near(receivables.overdue[: model.chain_edges], overdue + late)


# ---- phase 2


def test_a_rare_loss_falls_due_at_once_and_hits_as_often_as_its_hazard_says(monkeypatch):
    model = world(300, "shocks.rare_loss=50%", "shocks.rare_loss_size=[40%, 40%, 40%, 40%]")
    posted, hits = listen(model, monkeypatch), 0
    for step in range(12):
        model.step_number = step
        posted.clear()
        shocks.strike(model)
        lost = posted["rare_loss", "firm"]
        hit = np.flatnonzero(lost)
        assert near(lost[hit], 0.4 * model.firms.annual_sales[hit])
        assert (hit >= model.oems).all()
        hits += hit.size
    hazard = 1 - 0.5 ** (1 / 12)
    assert hits == pytest.approx(12 * 300 * hazard, abs=4 * np.sqrt(12 * 300 * hazard))


def test_unit_costs_persist_and_keep_the_spread_of_their_stationary_law():
    model = world(400, "population.annual_purchases=9.6 bn CNY/yr", "shocks.cost_by_size=[1, 1, 1, 1]")
    rules, history = model.parameters.shocks, []
    for step in range(120):
        model.step_number = step
        shocks.strike(model)
        history.append(model.firms.cost_shock[model.oems :].copy())
    now, before = np.array(history[20:]), np.array(history[19:-1])
    own = rules.cost_innovation * np.sqrt((1 - rules.sector_share) / (1 - rules.cost_persistence**2))
    assert now.std() == pytest.approx(own, rel=0.05)
    assert (now * before).mean() / (before**2).mean() == pytest.approx(rules.cost_persistence, abs=0.01)


def test_orders_are_parts_for_the_planned_output_and_a_part_of_the_gap_to_target():
    model = run(world(60, "trade.buyer_leaves=0", "shocks.rare_loss=0"), 3)
    model.ledger.step = model.step_number
    demand.place_orders(model)
    plan, network, slots = model.plan, model.network, model.firms.slots
    adjustment = model.parameters.technology.stock_adjustment
    received = sum_by(network.supplier[: model.chain_edges], plan.orders[: model.chain_edges], slots)
    received += plan.outside_orders
    rows = (model.firms.tier > 0) & (model.firms.status == ACTIVE)
    wanted = received + adjustment * (model.finished_target - model.firms.finished_units)
    assert near(plan.output[rows], np.clip(wanted, 0, model.firms.capacity)[rows])
    ordered = sum_by(network.buyer[: model.chain_edges], plan.orders[: model.chain_edges], slots)
    stock = model.ledger.balance("firm", "input_stock")
    parts = plan.output * model.input_ratio + adjustment * (model.input_target - stock)
    buys = (plan.output > 0) & (model.input_ratio > 0) & (model.firms.status == ACTIVE)
    assert near(ordered[buys], np.maximum(parts, 0)[buys], fen=2)


# ---- phase 3


def test_need_and_asking_follow_from_the_books_and_what_the_group_remembers():
    model = run(world(80, "shocks.rare_loss=20%", seed=6), 8)
    run_until(model, liquidity.plan_liquidity)
    liquidity.plan_liquidity(model)
    plan, firms, books = model.plan, model.firms, model.ledger.balance
    rows = (firms.tier > 0) & (firms.status == ACTIVE)
    cash, production = books("firm", "deposit"), plan.output * plan.costs.own
    left = cash + plan.collections - plan.dues
    dearer = books("firm", "informal_loan") - informal_credit.due(model)
    spare = 15 * production / 30 + dearer + plan.plant + plan.draw
    assert near(plan.need.dues[rows], np.maximum(-left, 0)[rows])
    after = np.maximum(left, 0) - production
    assert near(plan.need.production[rows], np.maximum(-after, 0)[rows], fen=2)
    assert near(plan.need.buffer[rows], np.maximum(spare - np.maximum(after, 0), 0)[rows], fen=3)
    assert (dearer[rows] > 0).any()

    lots = model.receivables.lots
    now, incoming = lots.due <= model.step_number, model.receivables.due_now(model.step_number, accepted=False)
    np.add.at(incoming, lots.edge[now & lots.sold], (lots.face - lots.advanced)[now & lots.sold])
    outgoing = model.receivables.due_now(model.step_number, accepted=False)
    np.add.at(outgoing, lots.edge[now], lots.face[now])
    trade = np.bincount(model.network.buyer, outgoing, firms.slots + 1)[:-1]
    owed = books("firm", "outside_payable") + informal_credit.due(model)
    assert near(plan.dues - plan.dues_first, trade + owed)
    punctual = np.append(firms.punctuality, 1.0)[model.network.buyer]
    assert punctual.min() < 1
    expected = np.bincount(model.network.supplier, np.floor(incoming * punctual), firms.slots)
    assert near(plan.collections, expected)

    worth = np.minimum(plan.reservation, plan.reservation[:, :1]) * 1e-6
    price, days = model.group_price[model.group], model.group_days[model.group]
    gain = np.stack(plan.need, axis=1) * np.maximum(worth - price[:, None], 0)
    benefit = gain.sum(axis=1) * days / 360 * model.group_approval[model.group]
    needs = plan.need.total >= 100 * model.parameters.liquidity.smallest_ticket
    assert (plan.asked == (needs & (benefit > firms.asking_cost))).all()
    assert (plan.discouraged == (needs & ~plan.asked)).all()
    assert min(plan.asked.sum(), plan.discouraged.sum()) > 0


# ---- phase 6: what is paid is what was priced


def discount_apr(rate, days):
    """APR of a discount at this rate, withheld at once."""
    withheld = rate * days / 360
    return withheld / (1 - withheld) * 360 / days


def test_a_bank_pays_out_what_its_price_says_and_a_seller_bears_the_apr_it_was_quoted(monkeypatch):
    model = run(world(60, seed=4), 3)
    run_until(model, match_and_draw)
    old, posted = model.contracts.count, listen(model, monkeypatch)
    match_and_draw(model)
    contracts, lots, market = model.contracts, model.receivables.lots, model.market
    assert contracts.count - old == market.firm.size > 0
    seen, cash = set(), np.zeros(model.firms.slots, np.int64)
    for row, life, terms in zip(range(old, contracts.count), market.days, market.terms, strict=True):
        parts, rate, apr = terms[: len(TERMS)], terms[RATE], terms[APR]
        assert contracts.rate[row] == rate == pytest.approx(sum(parts), abs=1e-9)
        if contracts.loan[row]:
            cash[contracts.borrower[row]] += contracts.principal[row]
            continue
        mine = lots.contract == row
        days = (lots.due[mine] - model.step_number) * 30
        advanced, withheld = lots.advanced[mine], int(contracts.unearned[row])
        assert withheld == pytest.approx((advanced * rate * days / 360).sum(), abs=int(mine.sum()))
        cash[contracts.borrower[row]] += advanced.sum() - withheld
        assert apr == pytest.approx(discount_apr(rate, life), abs=1e-6)
        if np.unique(days).size == 1:
            flows = (np.array([0, days[0]]), np.array([advanced.sum() - withheld, -advanced.sum()]))
            assert all_in_apr(*flows) == pytest.approx(discount_apr(rate, days[0]), abs=2e-6)
            seen.add(int(contracts.product[row]))
    assert {FACTORING, BILL_DISCOUNT} & seen
    paid = posted["loan_drawn", "borrower"] + posted["account_sold", "seller"] + posted["bill_sold", "seller"]
    assert (paid == cash).all()


def test_a_loan_held_to_its_end_costs_its_quoted_apr():
    still = ("shocks.cost_innovation=0", "shocks.rare_loss=0", "insolvency.closure=0")
    model = run(world(40, *still, "products.term_loan.tenor_days=90 d", seed=3), 2)
    start = model.step_number
    model.step()
    row = int(np.flatnonzero((model.contracts.start == start) & (model.contracts.product == TERM_LOAN))[0])
    firm, lender = int(model.contracts.borrower[row]), int(model.contracts.lender[row])
    principal, rate = int(model.contracts.principal[row]), float(model.contracts.rate[row])
    apr = next(
        terms[APR]
        for f, p, b, terms in zip(
            model.market.firm, model.market.product, model.market.lender, model.market.terms, strict=True
        )
        if (f, p, b) == (firm, TERM_LOAN, lender)
    )

    def owed():
        """Principal and accrued interest of this one loan."""
        held = model.contracts
        mine = (held.borrower == firm) & (held.lender == lender) & (held.start == start) & (held.product == TERM_LOAN)
        return int(held.principal[mine].sum() + held.interest[mine].sum())

    paid = []
    for _ in range(3):
        run_until(model, settle)
        before = owed()
        settle(model)
        paid.append(before - owed())
        finish(model, insolvency.resolve)
    assert paid == pytest.approx([principal * rate / 12] * 2 + [principal * (1 + rate / 12)], abs=2)
    assert all_in_apr(np.array([0, 30, 60, 90]), np.array([principal, *(-x for x in paid)])) == pytest.approx(
        apr, abs=2e-6
    )


# ---- phase 7


@pytest.mark.parametrize("seed", [1, 2])
def test_no_supplier_makes_more_than_its_money_pays_for(seed):
    model, bound = world(60, "market.open=0", "informal.limit=0", "shocks.rare_loss=50%", seed=seed), 0
    for _ in range(6):
        run_until(model, produce_and_invoice)
        plan, suppliers = model.plan, model.firms.tier > 0
        money = model.ledger.balance("firm", "deposit") + plan.collections - plan.dues_first
        produce_and_invoice(model)
        goods, own = model.goods, plan.costs.own
        assert (goods.made * own <= np.maximum(money, 0) + 1)[suppliers].all()
        bound += (goods.made < plan.output)[suppliers & (money < plan.output * own)].sum()
        finish(model, settle)
    assert bound > 0


def test_costs_of_what_is_made_accrue_and_are_the_value_of_stocks(monkeypatch):
    model = run(world(60), 3)
    run_until(model, produce_and_invoice)
    posted = listen(model, monkeypatch)
    value, units = model.ledger.balance("firm", "finished_goods").copy(), model.firms.finished_units.copy()
    produce_and_invoice(model)
    goods, plan = model.goods, model.plan
    suppliers = model.firms.tier > 0
    assert near(posted["wages_accrued", "firm"][suppliers], (goods.made * plan.costs.wages)[suppliers])
    assert near(posted["supplies_accrued", "firm"][suppliers], (goods.made * plan.costs.supplies)[suppliers])
    assert near(posted["inputs_used", "firm"], np.ceil(goods.made * model.input_ratio))
    added = sum(posted[event, "firm"] for event in ("wages_accrued", "supplies_accrued", "inputs_used"))
    sold = sum_by(model.network.supplier, goods.delivered, model.firms.slots)
    average = (value + added) / np.maximum(units + goods.made, 1)
    assert near(posted["cost_of_goods", "firm"][suppliers], (average * sold)[suppliers], fen=2)
    cars = goods.made[: model.oems] * 1.3 * 1.1
    assert near(posted["cars_sold", "firm"][: model.oems], cars)


# ---- phase 8


def test_owners_draw_only_from_cash_above_half_the_buffer_and_not_while_anything_is_overdue(monkeypatch):
    hoard = Stress(kind="late_payment", month=4, months=4)  # who may not pay has cash and is overdue
    model = run(world(60, stresses=(hoard,)), 3)
    drew = owed = 0
    posted = listen(model, monkeypatch)
    for _ in range(5):
        run_until(model, settle)
        posted.clear()
        settle(model)
        suppliers = model.firms.tier > 0
        late = (model.left_overdue.sum(axis=0) > 0) & suppliers
        out = posted["owners_draw", "firm"] + posted["plant_bought", "firm"]
        assert out[late].sum() == 0
        daily = model.plan.output * model.plan.costs.own / 30
        half = 15 * daily / 2
        some = suppliers & (out > 0)
        assert (model.ledger.balance("firm", "deposit") >= half - 20)[some].all()
        assert (posted["owners_draw", "firm"] <= model.plan.draw)[suppliers].all()
        drew += some.sum()
        owed += (late & (model.ledger.balance("firm", "deposit") > half) & (model.plan.draw > 0)).sum()
        finish(model, insolvency.resolve)
    assert min(drew, owed) > 0


def test_oem_owners_take_what_exceeds_two_months_of_purchases(monkeypatch):
    model = run(world(60), 2)
    run_until(model, settle)
    posted = listen(model, monkeypatch)
    settle(model)
    rows = slice(0, model.oems)
    kept = model.firms.annual_inputs[rows] // 12 * 2
    cash = model.ledger.balance("firm", "deposit")[rows]
    assert posted["owners_draw", "firm"][rows].sum() > 0
    assert (cash[posted["owners_draw", "firm"][rows] > 0] == kept[posted["owners_draw", "firm"][rows] > 0]).all()
    assert (cash <= kept).all()


def test_the_age_of_overdue_debts_counts_steps_in_a_row_and_starts_again_once_they_are_paid():
    hoard = Stress(kind="late_payment", month=2, months=2)
    model, ages = world(60, "shocks.rare_loss=0", stresses=(hoard,)), []
    for _ in range(6):
        run(model, 1)
        trade_debts = model.firms.overdue_age[:, 3].copy()
        ages.append(trade_debts)
        threshold = np.maximum(0.01 * model.firms.sales / 12, 1)
        if len(ages) > 1:
            late = model.left_overdue[3] > 1.5 * threshold  # sales move after the count
            assert (trade_debts[late] == ages[-2][late] + 1).all()
            assert (trade_debts[model.left_overdue[3] == 0] == 0).all()
    assert (ages[3] == 2).any()
    assert ((ages[3] > 0) & (ages[5] == 0)).any()


def test_informal_debt_above_the_limit_is_due_and_all_of_it_when_a_firm_stops():
    model = run(world(40), 2)
    slot, limit = 8, np.floor(0.08 * model.firms.annual_sales[8])
    already = model.ledger.balance("firm", "informal_loan")[slot]
    model.ledger.post("informal_drawn", borrower=(np.array([slot]), np.array([int(limit - already + 700)])))
    assert informal_credit.due(model)[slot] == 700
    assert informal_credit.room(model)[slot] == 0
    model.firms.status[slot] = ESTATE
    assert informal_credit.due(model)[slot] == limit + 700


def test_who_cannot_pay_in_full_loses_a_part_of_cash_and_collections_to_the_cost_of_default(monkeypatch):
    costs = ("insolvency.default_cost_cash=30%", "insolvency.default_cost_claims=20%")
    model = run(world(60, "market.open=0", *costs, seed=2), 2)
    run_until(model, settle)
    poor = np.arange(model.oems, model.firms.slots, 2)
    model.ledger.post("owners_draw", firm=(poor, model.ledger.balance("firm", "deposit")[poor] * 9 // 10))
    cash = model.ledger.balance("firm", "deposit").copy()
    posted = listen(model, monkeypatch)
    settle(model)
    short = (model.left_overdue.sum(axis=0) > 100_00) & model.is_active()
    assert short.any()
    lost = posted["default_cost", "firm"]
    cash += posted["outside_pays", "seller"]  # customers outside always pay: as good as cash
    claims = sum(posted[event, "seller"] for event in ("account_paid", "bill_paid", "hold_back_returned"))
    assert near(lost[short], (0.3 * cash + 0.2 * claims)[short], fen=200)
    assert (claims[short] > 0).any()
    assert lost[model.is_active() & ~short & (model.left_overdue.sum(axis=0) == 0)].sum() == 0
    spare = model.ledger.balance("firm", "deposit")[short]
    assert (spare <= 100).all()  # the rest went to creditors


# ---- phase 9


def test_a_firm_is_insolvent_after_more_than_180_days_overdue_or_two_steps_under_the_floor():
    model = run(world(40, "shocks.rare_loss=0", "shocks.cost_innovation=0"), 1)
    firms = model.firms
    firms.overdue_age[5, 3], firms.overdue_age[6, 3], firms.overdue_age[7, 0] = 6, 7, 7
    assert insolvency._insolvent(model).tolist() == [6, 7]
    firms.overdue_age[:] = 0
    model.ledger.post("rare_loss", firm=(np.array([8]), model.firm_assets()[[8]] * 2))
    assert insolvency._insolvent(model).tolist() == []
    assert insolvency._insolvent(model).tolist() == [8]


def test_owners_give_up_by_age_if_what_can_be_turned_into_cash_exceeds_all_debts():
    model = run(world(120, "insolvency.closure=49%", "insolvency.closure_young=2"), 1)
    firms, rules, books = model.firms, model.parameters.insolvency, model.ledger.balance
    firms.age[:] = np.where(np.arange(firms.slots) % 2, 1.0, 10.0)
    broke = np.arange(model.oems, firms.slots, 3)
    model.ledger.post("rare_loss", firm=(broke, model.firm_assets()[broke]))
    worth = sum(books("firm", name) for name in ("deposit", "receivable", "bill"))
    worth = worth + (books("firm", "finished_goods") + books("firm", "input_stock")) * (1 - rules.stock_haircut)
    worth = worth + books("firm", "plant") * (1 - rules.plant_haircut)
    able = (worth > model.debts()) & model.is_active() & (firms.tier > 0)
    hazard = np.where(firms.age < 3, 1 - 0.02 ** (1 / 12), 1 - 0.51 ** (1 / 12))
    gives_up = model.streams.uniform("closure", model.step_number, firms.slots) < hazard
    model.closed[:] = False
    insolvency._stop(model, insolvency._close_voluntarily(model))
    assert (model.closed == (able & gives_up)).all()
    assert (firms.status[model.closed] == CLOSING).all()
    assert (gives_up & ~able & (firms.tier > 0)).any()
    assert model.closed.any()


def test_what_an_estate_is_owed_too_long_is_sold_at_the_haircut(monkeypatch):
    model = run(world(60, "market.open=0", "shocks.rare_loss=50%", seed=2), 6)
    receivables, network = model.receivables, model.network
    edge = int(receivables.overdue[: model.chain_edges].argmax())
    seller, owed = int(network.supplier[edge]), receivables.overdue[: model.chain_edges].copy()
    mine = network.supplier[: model.chain_edges] == seller
    model.firms.status[:], model.firms.estate_age[:] = ACTIVE, 0
    model.firms.status[seller], model.firms.estate_age[seller] = ESTATE, 12
    posted = listen(model, monkeypatch)
    insolvency._sell_what_estates_are_owed(model)
    assert posted["account_sold_off", "seller"].sum() == 0  # twelve months, not more
    model.firms.estate_age[seller] = 13
    insolvency._sell_what_estates_are_owed(model)
    value = int(owed[mine].sum())
    assert value > 0
    assert posted["account_sold_off", "seller"][seller] == pytest.approx(0.3 * value, abs=mine.sum().item())
    assert posted["account_sold_off_haircut", "seller"][seller] == pytest.approx(0.7 * value, abs=mine.sum().item())
    assert receivables.overdue[: model.chain_edges][mine].sum() == 0


def test_what_an_estate_has_is_sold_to_outside_at_its_haircut():
    model = run(world(40), 2)
    books, rules = model.ledger.balance, model.parameters.insolvency
    firm = np.array([6])
    worth = {name: int(books("firm", name)[6]) for name in ("finished_goods", "input_stock", "plant")}
    cash, owes = int(books("firm", "deposit")[6]), model.network.buyer == 6
    assert model.receivables.account[:, owes].sum() > 0
    insolvency._become_estates(model, firm)
    insolvency._stop(model, firm)
    got = int(books("firm", "deposit")[6]) - cash
    stocks = worth["finished_goods"] + worth["input_stock"]
    assert min(stocks, worth["plant"]) > 0
    assert got == pytest.approx(stocks * (1 - rules.stock_haircut) + worth["plant"] * (1 - rules.plant_haircut), abs=3)
    assert all(books("firm", name)[6] == 0 for name in worth)
    assert model.receivables.account[:, owes].sum() == 0  # all is due now
    assert model.firms.defaulted[6]
    assert model.firms.status[6] == ESTATE


def test_a_successor_starts_with_plant_buffer_and_a_part_of_its_first_cycle():
    model = run(world(40, "insolvency.entrant_cycle=0.75"), 2)
    slot = 6
    model.firms.generation[slot], before = 3, model.firm_equity()[slot]
    cash, plant = (int(model.ledger.balance("firm", name)[slot]) for name in ("deposit", "plant"))
    insolvency._succeed(model, np.array([slot]))
    cycle = 0.75 * model.normal_daily_cost[slot] * model.firms.cash_days_out[slot]
    assert model.ledger.balance("firm", "deposit")[slot] - cash == pytest.approx(
        model.normal_buffer[slot] + cycle, abs=1
    )
    assert model.ledger.balance("firm", "plant")[slot] - plant == model.normal_plant[slot]
    assert model.firm_equity()[slot] - before == pytest.approx(
        model.normal_plant[slot] + model.normal_buffer[slot] + cycle, abs=2
    )
    assert (model.firms.generation[slot], model.firms.age[slot], model.firms.first_time[slot]) == (4, 0, True)


# ---- phase 11


def test_firms_book_wear_and_tax_on_profit_after_it(monkeypatch):
    model = run(world(60), 3)
    run_until(model, behaviour.adapt)
    plant = model.ledger.balance("firm", "plant").copy()
    profit = model.ledger.balance("firm", "profit").copy()
    posted = listen(model, monkeypatch)
    behaviour.adapt(model)
    active = model.firms.status == ACTIVE
    assert near(posted["depreciation", "firm"], plant * 0.1 * MONTH * active)
    taxed = 0.25 * np.maximum(profit - posted["depreciation", "firm"], 0) * active
    assert near(posted["tax_accrued", "firm"], taxed)
    assert taxed.sum() > 0
    finish(model, STEP[STEP.index(behaviour.adapt) + 1])
    accrual.open_period(model)
    assert (model.tax_due >= posted["tax_accrued", "firm"]).all()  # due in the next step


def test_groups_remember_how_many_were_approved_and_at_what_price():
    model = run(world(60, "liquidity.approval_memory=12 months"), 2)
    run_until(model, behaviour.adapt)
    approval, price = model.group_approval.copy(), model.group_price.copy()
    behaviour.adapt(model)
    weight = 1 - 0.5 ** (1 / 6)
    got, market = np.zeros(model.firms.slots, bool), model.market
    got[market.firm] = True
    for group in range(approval.size):
        asked = model.plan.asked & (model.group == group)
        rate = got[asked].mean() if asked.any() else approval[group]
        assert model.group_approval[group] == pytest.approx(
            approval[group] + weight * (rate - approval[group]), abs=1e-9
        )
        signed = model.group[market.firm] == group
        expected = market.terms[signed, APR].mean() if signed.any() else price[group]
        assert model.group_price[group] == pytest.approx(expected, abs=1e-9)
    assert (model.group_price != price).any()


def test_the_market_remembers_the_mean_rate_of_each_product_and_decile():
    model = run(world(60), 2)
    run_until(model, behaviour.adapt)
    before, market = model.reference.copy(), model.market
    behaviour.adapt(model)
    grade = market.scores.grade[market.firm]
    for product in range(before.shape[0]):
        for decile in range(before.shape[1]):
            mine = (market.product == product) & (grade == decile)
            rates = market.terms[mine, RATE]
            expected = np.average(rates, weights=market.amount[mine]) if mine.any() else before[product, decile]
            assert model.reference[product, decile] == pytest.approx(expected, abs=1e-9)
    assert (model.reference != before).any()


def test_unused_capacity_of_other_suppliers_is_asked_once():
    """A buyer whose supplier makes nothing gets more from the others than it had ordered from them."""
    model = run(world(60, "shocks.rare_loss=0", "technology.capacity_margin=2"), 2)
    run_until(model, produce_and_invoice)
    network, plan = model.network, model.plan
    chain = slice(0, model.chain_edges)
    first = np.flatnonzero((np.diff(network.buyer_start)[network.buyer[chain]] > 2) & (plan.orders[chain] > 0))[0]
    supplier, buyer = network.supplier[first], network.buyer[first]
    plan.output[supplier], model.firms.finished_units[supplier] = 0, 0
    model.firms.status[supplier] = ESTATE
    trade.produce_and_invoice(model)
    mine = np.flatnonzero(network.buyer[chain] == buyer)
    others = mine[network.supplier[mine] != supplier]
    assert model.goods.delivered[first] == 0
    assert model.goods.delivered[others].sum() > plan.orders[others].sum()
    assert model.goods.delivered[mine].sum() <= plan.orders[mine].sum()
