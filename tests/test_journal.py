"""The journal keeps every book balanced by construction, and the ledger finds what was not posted by it."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.journal import ASSETS, BANK_OF, INSTRUMENTS, JOURNAL, LIABILITIES, REAL, ROLES
from sim.ledger import OWN, AuditError, Ledger

SIZES = {"firm": 4, "bank": 3, "informal": 1, "outside": 1, "treasury": 1, "central_bank": 1, "carrier": 3}
HOUSE = np.array([0, 1, 2, 0])
PLENTY = 10**12
MANY_HOLDERS = ("firm", "bank", "carrier")
EVENTS = sorted(JOURNAL)
ACCOUNTS = [(s, a) for s in SIZES for a in (*ASSETS[s], *LIABILITIES[s], *OWN)]


def is_own(sector, account):
    return account in OWN or (sector, account) in REAL


def sides(event):
    """(role, sector, account, +1 debit or -1 credit) of every side of an event."""
    for entry in JOURNAL[event].entries:
        yield entry.role, ROLES[entry.role], entry.debit, 1
        yield entry.role, ROLES[entry.role], entry.credit, -1


@pytest.mark.parametrize("event", EVENTS)
def test_every_side_is_an_account_of_its_roles_sector(event):
    for _, sector, account, _ in sides(event):
        assert account in (*ASSETS[sector], *LIABILITIES[sector], *OWN)


def test_every_account_belongs_to_exactly_one_instrument_or_is_a_real_thing():
    financial = [key for accounts in INSTRUMENTS.values() for key in accounts]
    assert sorted(financial + list(REAL)) == sorted(key for key in ACCOUNTS if key[1] not in OWN)


@pytest.mark.parametrize("event", EVENTS)
def test_every_instrument_moves_on_both_sides(event):
    for accounts in INSTRUMENTS.values():
        held = sum(side for _, s, a, side in sides(event) if (s, a) in accounts and a in ASSETS[s])
        owed = sum(-side for _, s, a, side in sides(event) if (s, a) in accounts and a in LIABILITIES[s])
        assert held == owed


@pytest.mark.parametrize("event", EVENTS)
def test_a_flow_is_income_to_one_and_cost_to_another(event):
    own = [(role, side) for role, sector, account, side in sides(event) if is_own(sector, account)]
    assert sum(side for _, side in own) == 0  # as many income as cost sides
    roles = {role for role, _ in own}
    if JOURNAL[event].flow is None:
        assert len(roles) <= 1  # only the holder's own portfolio changes
    else:
        assert len(roles) >= 2


def test_a_bank_role_is_found_through_exactly_one_firm_of_its_event():
    for event, entry in JOURNAL.items():
        firms = {line.role for line in entry.entries if ROLES[line.role] == "firm"}
        for line in entry.entries:
            if line.role in BANK_OF:
                assert len(firms & set(BANK_OF[line.role])) == 1, event


def rich_ledger():
    """Every account well filled, so that any event has something to move; proves from the start."""
    ledger = Ledger(SIZES, HOUSE, core=1, audit=True)
    for accounts in INSTRUMENTS.values():
        for side in (ASSETS, LIABILITIES):
            mine = [key for key in accounts if key[1] in side[key[0]]]
            for sector, account in mine:
                holders = SIZES[sector]
                parts = np.full(holders, 12 * PLENTY // holders // len(mine), np.int64)
                ledger.open(sector, account, parts)
    for sector, account in REAL:
        ledger.open(sector, account, np.full(SIZES[sector], PLENTY, np.int64))
    ledger.prove()
    return ledger


def roles_to_name(event):
    """The roles that a caller has to name: firms, and banks that are nobody's house bank."""
    roles = dict.fromkeys(entry.role for entry in JOURNAL[event].entries)
    return [role for role in roles if ROLES[role] in MANY_HOLDERS and role not in BANK_OF]


@st.composite
def postings(draw, event):
    """Random holders and amounts of an event; every role moves the same total, otherwise spread at will."""
    rows = draw(st.integers(1, 5))
    amounts = draw(st.lists(st.integers(0, 10**6), min_size=rows, max_size=rows))
    who = {}
    for role in roles_to_name(event):
        holder = st.integers(0, SIZES[ROLES[role]] - 1)
        index = np.array(draw(st.lists(holder, min_size=rows, max_size=rows)), np.int64)
        order = draw(st.permutations(range(rows)))
        who[role] = (index, np.array(amounts, np.int64)[list(order)])
    return who or {"total": np.array([sum(amounts)], np.int64)}


@pytest.mark.parametrize("event", EVENTS)
@settings(max_examples=8)
@given(data=st.data())
def test_each_event_alone_keeps_all_books_balanced(event, data):
    ledger = rich_ledger()
    who = data.draw(postings(event))
    worth = sum(int((ledger.balance(s, "equity") + ledger.balance(s, "profit")).sum()) for s in SIZES)
    real = sum(int(ledger.balance(s, a).sum()) * (1 if a in ASSETS[s] else -1) for s, a in REAL)
    ledger.post(event, **who)
    ledger.prove()
    after = sum(int((ledger.balance(s, "equity") + ledger.balance(s, "profit")).sum()) for s in SIZES)
    real_after = sum(int(ledger.balance(s, a).sum()) * (1 if a in ASSETS[s] else -1) for s, a in REAL)
    assert after - worth == real_after - real  # net worth is matched by real things alone
    ledger.close()
    ledger.prove()
    assert all(not ledger.balance(sector, "profit").any() for sector in SIZES)


def test_postings_move_what_they_say_and_nothing_else():
    ledger = rich_ledger()
    before = {key: ledger.balance(*key).copy() for key in ACCOUNTS}
    amount = np.array([30, 12, 0])
    ledger.post("account_paid", buyer=(np.array([0, 1, 3]), amount), seller=(np.array([2, 2, 1]), amount))
    moved = {key: (ledger.balance(*key) - before[key]).tolist() for key in ACCOUNTS}
    assert {key: change for key, change in moved.items() if any(change)} == {
        ("firm", "trade_payable"): [-30, -12, 0, 0],
        ("firm", "deposit"): [-30, -12, 42, 0],
        ("firm", "receivable"): [0, 0, -42, 0],
        ("bank", "firm_deposits"): [-30, -12, 42],
        ("bank", "reserves"): [-30, -12, 42],
    }


TWO_SIDED = [event for event in EVENTS if len(roles_to_name(event)) > 1]


@pytest.mark.parametrize("event", TWO_SIDED)
def test_a_wrong_pair_of_amounts_names_event_account_and_both_sides(event):
    ledger = rich_ledger()
    ledger.step = 17
    right, wrong = roles_to_name(event)[0], roles_to_name(event)[-1]
    who = {role: (np.array([0, 1]), np.array([40, 60])) for role in roles_to_name(event)}
    who[wrong] = (np.array([0, 1]), np.array([40, 61]))
    with pytest.raises(AuditError) as caught:
        ledger.post(event, **who)
    error = caught.value
    assert right != wrong
    assert (error.step, error.event) == (17, event)
    assert error.account.startswith((wrong, *BANK_OF))  # its own entry, or that of its house bank
    assert (error.left, error.right) == (101, 100)
    for part in ("step 17", event, error.account, "101", "100"):
        assert part in str(error)


def test_a_negative_amount_is_refused():
    who = (np.array([0, 1]), np.array([5, -5]))
    with pytest.raises(AuditError, match="negative amount"):
        rich_ledger().post("loan_drawn", borrower=who, lender=who)


def test_a_role_left_out_is_named():
    with pytest.raises(KeyError, match="who is the lender"):
        rich_ledger().post("loan_drawn", borrower=(np.array([0]), np.array([5])))


@pytest.mark.parametrize(("sector", "account"), ACCOUNTS)
def test_tampering_with_any_balance_is_found_and_its_account_named(sector, account):
    ledger = rich_ledger()
    ledger._balance[sector, account][-1] += 1
    with pytest.raises(AuditError) as caught:
        ledger.prove()
    assert caught.value.account == f"{sector}.{account}"
    assert caught.value.left - caught.value.right == 1


def test_money_moved_between_two_holders_outside_the_journal_is_found():
    ledger = rich_ledger()
    ledger._balance["firm", "deposit"][:2] += [1, -1]  # totals still hold
    with pytest.raises(AuditError, match="firm 0: assets against claims"):
        ledger.prove()


def test_a_holder_tampered_on_both_sides_breaks_the_instrument():
    ledger = rich_ledger()
    for account in ("deposit", "equity"):
        ledger._balance["firm", account][0] += 7
        ledger._control["firm", account] += 7
    with pytest.raises(AuditError, match="deposits") as caught:
        ledger.prove()
    assert caught.value.left - caught.value.right == 7


def test_a_firm_cannot_pay_what_it_does_not_have():
    ledger = Ledger(SIZES, HOUSE, core=1, audit=True)
    ledger.post("owners_draw", firm=(np.array([2]), np.array([1])))
    with pytest.raises(AuditError, match="firm 2: deposit below zero"):
        ledger.prove()


def test_balances_cannot_be_written_from_outside():
    with pytest.raises(ValueError, match="read-only"):
        rich_ledger().balance("firm", "deposit")[0] = 1


def test_the_detail_must_match_holder_by_holder():
    ledger = rich_ledger()
    detail = ledger.balance("firm", "loan").copy()
    ledger.prove_detail("firm", "loan", detail)
    detail[1] += 1
    detail[2] -= 1
    with pytest.raises(AuditError, match="firm 1: loan against its detail"):
        ledger.prove_detail("firm", "loan", detail)


def test_an_audit_error_survives_the_way_home_from_a_worker_process():
    error = AuditError(3, "loan_drawn", "lender: loan / reserves", 1, 2)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
