"""Phase 10 and lending limits: what banks earn, set aside, write off, pay out and learn, recomputed from the books."""

from dataclasses import replace

import numpy as np
import pytest
from worlds import finish, listen, run, run_until, world

from agents.bank import learned_intercept, payout, tightening
from agents.firm import ACTIVE, ESTATE
from agents.numeric import sum_by
from sim import insolvency, lenders
from sim.contracts import PRODUCTS
from sim.credit_market import match_and_draw
from sim.lenders import balance_reserves, keep_books
from sim.trade import produce_and_invoice

TROUBLED = ("shocks.rare_loss=50%", "shocks.cost_innovation=0.05")  # bad loans and claims on shells within a year
MONTH = 30 / 360


def books_kept(monkeypatch, *options, steps=12, seed=1):
    """(model after phase 10, what that phase posted, accounts before it)."""
    model = run(world(60, *options, seed=seed), steps)
    run_until(model, keep_books)
    names = [("firm", "deposit"), *(("bank", name) for name in ("outside_deposits", "reserves", "central_bank_credit",
             "loan", "purchased_accounts", "purchased_bills", "rest_loan"))]  # fmt: skip
    before = {name: model.ledger.balance(*name).copy() for name in names}
    posted = listen(model, monkeypatch)
    keep_books(model)
    return model, posted, before


def near(amounts, expected):
    """Equal but for the fen that rounding down leaves."""
    return amounts.tolist() == pytest.approx(expected.tolist(), abs=1)


def test_deposits_reserves_and_the_standing_facility_bear_interest(monkeypatch):
    model, posted, before = books_kept(monkeypatch)
    rules = model.parameters.bank
    firms = before["firm", "deposit"] * rules.deposit_rate * MONTH
    assert near(posted["deposit_interest", "firm"], firms)
    paid = np.bincount(model.firms.house_bank, posted["deposit_interest", "firm"], model.banks.slots)
    assert (posted["deposit_interest", "bank"] == paid).all()  # by the house bank
    outside = before["bank", "outside_deposits"] * model.banks.funding * MONTH
    assert near(posted["outside_deposit_interest", "bank"], outside)
    reserves = np.maximum(before["bank", "reserves"], 0)  # the standing facility fills what lacks at the end only
    assert near(posted["reserve_interest", "bank"], reserves * rules.reserve_rate * MONTH)
    standing = before["bank", "central_bank_credit"] * rules.standing_rate * MONTH
    assert near(posted["standing_interest", "bank"], standing)
    assert min(firms.sum(), outside.sum()) > 0


def test_lending_costs_a_share_of_the_book_and_a_sum_for_each_new_contract(monkeypatch):
    model, posted, before = books_kept(monkeypatch)
    chain = sum(before["bank", name] for name in ("loan", "purchased_accounts", "purchased_bills"))
    fixed = np.zeros(model.banks.slots)
    for product, lender in zip(model.market.product, model.market.lender, strict=True):
        fixed[lender] += getattr(model.parameters.products, PRODUCTS[product]).fixed_cost * 100
    running = chain * model.banks.running_cost + before["bank", "rest_loan"] * model.parameters.bank.rest_cost
    assert near(posted["bank_costs", "bank"], running * MONTH + fixed)
    assert fixed.sum() > 0


def test_the_rest_of_the_book_keeps_its_performing_part(monkeypatch):
    model, posted, before = books_kept(monkeypatch)
    banks, rules = model.banks, model.parameters.bank
    interest = banks.rest_normal * np.array(rules.rest_yield)[banks.kind] * MONTH
    assert near(posted["rest_interest", "bank"], interest)
    defaults = banks.rest_normal * (1 - (1 - np.array(rules.rest_default)[banks.kind]) ** MONTH)
    assert near(posted["rest_lent", "bank"], defaults)
    ended = posted["rest_written_off", "bank"] + posted["rest_repaid", "bank"]
    assert near(posted["rest_written_off", "bank"], ended * rules.rest_loss)
    bad_before = before["bank", "rest_loan"] - banks.rest_normal
    assert near(ended, bad_before / rules.write_off_months)
    assert (model.ledger.balance("bank", "rest_loan") == banks.rest_normal + banks.rest_bad).all()


@pytest.mark.parametrize("seed", [1, 2])
def test_the_allowance_covers_what_performs_in_part_what_does_not_at_its_loss_and_shells_in_full(monkeypatch, seed):
    model, posted, _ = books_kept(monkeypatch, *TROUBLED, seed=seed)
    contracts, banks, rules = model.contracts, model.banks, model.parameters.bank
    needed = banks.rest_normal * rules.general_provision + banks.rest_bad * rules.rest_loss
    shells = model.ledger.balance("bank", "bad_loan")
    needed = needed + shells
    for row in range(contracts.count):
        product = getattr(model.parameters.products, PRODUCTS[contracts.product[row]])
        loss = product.loss_given_default if contracts.bad[row] else rules.general_provision
        needed[contracts.lender[row]] += contracts.principal[row] * loss
    assert near(model.ledger.balance("bank", "allowance"), needed)
    assert min(contracts.principal[contracts.bad].sum(), shells.sum()) > 0
    set_aside = posted["provision", "bank"] - posted["provision_released", "bank"]
    assert set_aside.any()


def test_a_loan_is_bad_when_its_borrower_is_an_estate_or_after_more_than_90_days():
    model = run(world(40, "shocks.rare_loss=0"), 2)
    contracts = model.contracts
    loans = np.flatnonzero(contracts.loan & (model.firms.status[contracts.borrower] == ACTIVE))
    first = loans[np.unique(contracts.borrower[loans], return_index=True)[1]][:4]  # of four firms
    contracts.overdue_steps[first] = (0, 3, 4, 0)
    model.firms.status[contracts.borrower[first[3]]] = ESTATE
    lenders._classify(model)
    assert contracts.bad[first].tolist() == [False, False, True, True]
    bad, total = model.npl_by_bank()
    assert bad.sum() >= contracts.principal[first[2:]].sum()
    assert (bad <= total).all()


def test_a_claim_on_a_shell_is_written_off_after_fifteen_months_and_no_sooner():
    model = run(world(40, "shocks.rare_loss=0", "opening.npl_ratio=0", "bank.write_off_months=15 months"), 2)
    loans = np.flatnonzero(model.contracts.loan & (model.contracts.principal > 0))
    firm = model.contracts.borrower[loans[:1]].astype(np.int64)
    books, owed = model.ledger.balance, int(model.ledger.balance("firm", "loan")[firm[0]])
    allowance = books("bank", "allowance").sum()
    insolvency._lose_loans(model, firm)
    assert books("firm", "loan")[firm[0]] == 0
    for _ in range(14):
        lenders._write_off(model)
        assert books("bank", "bad_loan").sum() == owed
    lenders._write_off(model)
    assert books("bank", "bad_loan").sum() == model.bad_loans.sum() == 0
    assert allowance - books("bank", "allowance").sum() == owed


# ---- capital


def capital_ratio(model):
    return model.bank_equity() / model.risk_weighted_assets()


def test_what_exceeds_the_payout_ratio_is_paid_out_in_part_and_nothing_below(monkeypatch):
    model, posted, _ = books_kept(monkeypatch, "opening.capital_ratio=20%", steps=1)
    paid = posted["bank_payout", "bank"]
    equity = model.bank_equity() + paid
    excess = equity - model.parameters.bank.payout_capital * model.risk_weighted_assets()
    assert near(paid, 0.25 * excess)
    assert (paid > 0).all()
    model, posted, _ = books_kept(monkeypatch, "opening.capital_ratio=12%", steps=0)
    assert posted["bank_payout", "bank"].sum() == 0
    rules = model.parameters.bank
    half = payout(np.array([200_000]), np.array([1_000_000]), replace(rules, payout_speed=0.36), 0.5)
    assert half[0] == pytest.approx(10_000, abs=1)  # 36 % a month is 20 % in half a month, twice


def test_a_bank_under_its_minimum_stops_lending_until_it_is_recapitalised():
    model = world(60, "opening.capital_ratio=9%", "bank.recapitalisation_months=3 months")
    run(model, 1)
    weak = capital_ratio(model) < model.parameters.bank.minimum_capital
    assert weak.all()
    assert not model.banks.lends.any()
    for _ in range(2):
        run(model, 1)
        assert model.market.firm.size == 0
    assert model.banks.lends.all()
    events = [event for event in model.events if event[1] == "recapitalisation"]
    helped = np.array([model.bank_name(bank) in {event[2] for event in events} for bank in range(model.banks.slots)])
    assert helped.any()
    assert all(event[0] == 2 and event[4] > 0 for event in events)
    assert capital_ratio(model)[helped] == pytest.approx(model.parameters.bank.target_capital, abs=1e-6)
    assert (capital_ratio(model)[~helped] >= model.parameters.bank.minimum_capital).all()  # these earned it
    run(model, 1)
    assert model.market.firm.size > 0


def test_cut_offs_tighten_between_the_tolerated_npl_ratio_and_one_and_a_half_times_it():
    factor = tightening(np.array([0.0, 0.03, 0.0375, 0.045, 0.2]), 0.03)
    assert factor == pytest.approx([1, 1, 0.75, 0.5, 0.5])


@pytest.mark.parametrize(
    ("option", "seed"),
    [("opening.capital_ratio=11.5%", 1), ("bank.stable_funding=90%", 2), ("bank.single_name=0.2%", 3)],
)
def test_after_the_draw_no_lender_of_new_credit_is_beyond_a_limit(option, seed):
    """What falls due in the step counts as repaid; claims at the edge of a limit show that it binds."""
    model = world(80, option, seed=seed)
    bound = 0
    for _ in range(4):
        run_until(model, match_and_draw)
        old = model.contracts.count
        match_and_draw(model)
        contracts, books, rules = model.contracts, model.ledger.balance, model.parameters.bank
        repaid = (contracts.due == model.step_number) & (contracts.overdue_steps == 0) & ~contracts.bad
        repaid[old:] = False
        stays, equity = contracts.principal * ~repaid, model.bank_equity()
        fresh = np.zeros(model.banks.slots, bool)
        fresh[contracts.lender[old:]] = True

        weighted = np.bincount(contracts.lender, stays * contracts.risk_weight, model.banks.slots)
        weighted += books("bank", "bad_loan") + books("bank", "rest_loan") * rules.rest_risk_weight
        capital = equity / rules.lending_capital - weighted
        net = sum(books("bank", name) for name in ("bad_loan", "rest_loan")) - books("bank", "allowance")
        net = net + sum_by(contracts.lender, stays, model.banks.slots) - books("bank", "unearned")
        stable = books("bank", "firm_deposits") + books("bank", "outside_deposits") + equity
        funding = rules.stable_funding * stable - net
        ticket = 100 * model.parameters.liquidity.smallest_ticket
        if "single" not in option:
            assert (np.minimum(capital, funding)[fresh] > -ticket).all()
            bound += (np.minimum(capital, funding)[fresh] < ticket).sum()
        name = contracts.borrower.astype(np.int64) * model.banks.slots + contracts.lender
        one = sum_by(name, stays, model.firms.slots * model.banks.slots).reshape(-1, model.banks.slots)
        given = np.zeros_like(one, bool)
        given[contracts.borrower[old:], contracts.lender[old:]] = True
        room = np.floor(rules.single_name * equity) - one
        assert (room[given] >= 0).all()
        if "single" in option:
            bound += (room[given] < ticket).sum()
        finish(model, produce_and_invoice)
    assert bound > 0


def test_reserves_are_brought_to_their_ratio():
    model = run(world(40), 3)
    run_until(model, balance_reserves)
    balance_reserves(model)
    books = model.ledger.balance
    deposits = books("bank", "firm_deposits") + books("bank", "outside_deposits")
    assert books("bank", "reserves") / deposits == pytest.approx(model.parameters.bank.reserve_ratio, abs=1e-6)
    assert books("bank", "central_bank_credit").sum() == 0


# ---- learning


def test_lenders_learn_from_their_own_defaults_and_a_little_from_all():
    expected, calm, k = np.full(3, 10.0), np.full(3, 10.0), 5.0
    assert learned_intercept(np.zeros(3), expected, calm, 0.05, k) == pytest.approx(np.zeros(3))  # nothing to learn
    had = np.array([20.0, 10.0, 3.0])
    moved = learned_intercept(np.zeros(3), expected, had, 0.05, k)
    pooled = (33 + k) / (30 + k)
    assert moved == pytest.approx(0.05 * ((had + k * pooled) / (10 + k) - 1))
    assert moved[0] > moved[1] > 0 > moved[2]
    timid = learned_intercept(np.zeros(3), expected, had, 0.05, 1000.0)
    assert np.abs(timid).max() < 0.001  # a record of ten expected defaults says nearly nothing
    assert learned_intercept(np.full(3, 0.4), np.zeros(3), calm, 0.05, k).tolist() == [0.4] * 3  # no record yet
    extreme = learned_intercept(np.array([2.99, -2.99]), np.array([1.0, 1.0]), np.array([1e6, 0.0]), 1.0, k)
    assert extreme[0] == 3  # bounded


def test_a_lender_that_expects_what_happens_learns_nothing_on_average():
    draws = np.random.default_rng(3).poisson(0.5, 100_000).astype(float)  # of one lender alone
    steps = [learned_intercept(np.zeros(1), np.array([0.5]), draws[i : i + 1], 0.05, 5.0)[0] for i in range(2000)]
    error = np.std(steps) / len(steps) ** 0.5
    assert abs(np.mean(steps)) < 3 * error


def test_what_a_lender_expected_and_what_it_had_are_its_borrowers_counted_once(monkeypatch):
    model = run(world(60, *TROUBLED), 6)
    run_until(model, keep_books)
    contracts, failed = model.contracts, model.firms.defaulted
    predicted, realised = model.banks.predicted.copy(), model.banks.realised.copy()
    monkeypatch.setattr(contracts, "keep", lambda alive: None)
    keep_books(model)
    expected, had, seen = np.zeros(model.banks.slots), np.zeros(model.banks.slots), set()
    for firm, lender, pd, loan, bad, owed in zip(
        contracts.borrower, contracts.lender, contracts.pd, contracts.loan, contracts.bad, contracts.principal,
        strict=True,
    ):  # fmt: skip
        if loan and owed > 0 and (failed[firm] or not bad) and (firm, lender) not in seen:
            seen.add((firm, lender))
            expected[lender] += pd * MONTH
            had[lender] += failed[firm]
    assert len(seen) < np.count_nonzero(contracts.loan)  # some borrowers have several loans at a lender
    fading = 0.5 ** (1 / 6)
    assert model.banks.predicted == pytest.approx(predicted * fading + expected)
    assert model.banks.realised == pytest.approx(realised * fading + had)
    assert had.sum() > 0
