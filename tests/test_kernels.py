"""Kernels that take one pass over the state, against plain versions in loops and dicts."""

from collections import defaultdict
from math import floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import run, world

from agents.firm import ESTATE
from sim import accrual, indicators, lenders, payments, trade
from sim.contracts import BILL_DISCOUNT, FACTORING, RECEIVABLE_PLEDGE, RECOURSE_FACTORING, Lots
from sim.credit_market import ask, lending_room, what_stands
from sim.products import ACCOUNTS, BILLS, CONFIRMED, OUTSIDE_ACCOUNTS
from sim.quotes import CAPITAL, NO_LENDER, NOT_ELIGIBLE, OFFERED, RISK, SINGLE_NAME, TOO_DEAR
from sim.schedule import STEP


@pytest.fixture(scope="module")
def asked():
    """A world of several steps, just after firms have asked."""
    model = run(world(60, seed=4), 6)
    for process in STEP[: STEP.index(ask) + 1]:
        process(model)
    return model


def plain_paper(model, pd):
    """{(supplier, kind): [face, Σ face × steps, Σ face × PD]} by invoice."""
    receivables, paper = model.receivables, defaultdict(lambda: [0, 0, 0.0])
    for edge, (buyer, supplier) in enumerate(zip(model.network.buyer, model.network.supplier, strict=True)):
        for ahead in range(model.shortest_paper, receivables.depth):
            slot = (model.step_number + ahead) % receivables.depth
            rings = [(OUTSIDE_ACCOUNTS if buyer == model.firms.slots else ACCOUNTS, receivables.account)]
            if edge < receivables.bill_edges:
                rings = [(BILLS, receivables.bill)]  # OEM accounts will be settled by a bill
            for kind, ring in rings:
                sums, face = paper[supplier, kind], int(ring[slot, edge])
                sums[0] += face
                sums[1] += face * ahead
                sums[2] += face * pd[buyer]
    return paper


def test_paper_that_can_be_pledged_or_sold(asked):
    pd = np.append(asked.market.scores.pd, 0.0)
    paper = asked.receivables.financeable(asked.step_number, asked.shortest_paper, pd)
    plain = plain_paper(asked, pd)
    for supplier, kind in np.ndindex(paper.shape[:2]):
        assert paper[supplier, kind] == pytest.approx(plain[supplier, kind], rel=1e-12)
    assert (paper[:, :CONFIRMED, 0].sum(axis=0) > 0).all()


def test_what_is_lent_on_paper_how_long_and_who_owes(asked):
    pd = np.append(asked.market.scores.pd, 0.0)
    plain, askers = plain_paper(asked, pd), asked.market.askers
    kinds = {
        BILL_DISCOUNT: [BILLS], FACTORING: [ACCOUNTS], RECOURSE_FACTORING: [ACCOUNTS],
        RECEIVABLE_PLEDGE: [ACCOUNTS, OUTSIDE_ACCOUNTS],
    }  # fmt: skip
    advance, ticket = asked.market.products.limit, 100 * asked.parameters.liquidity.smallest_ticket
    for a, firm in enumerate(askers.firm):
        for product, taken in kinds.items():
            face, steps, risk = (sum(plain[firm, kind][k] for kind in taken) for k in range(3))
            most = floor(face * advance[product])
            assert askers.limit[a, product] == (most if most >= ticket else 0)
            life = max(steps / max(face, 1) * asked.step_days, asked.step_days)
            assert askers.days[a, product] == pytest.approx(life, abs=1e-6)
            assert askers.obligor_pd[a, product] == pytest.approx(risk / max(face, 1), abs=1e-9)


def test_what_stands_when_new_credit_is_drawn(asked):
    contracts, askers = asked.contracts, asked.market.askers
    left, standing = what_stands(asked, askers.firm)
    debt, named, back, weighted = defaultdict(int), defaultdict(int), defaultdict(int), defaultdict(float)
    for c in range(contracts.count):
        firm, lender, principal = int(contracts.borrower[c]), int(contracts.lender[c]), int(contracts.principal[c])
        late = contracts.overdue_steps[c] > 0 or contracts.bad[c]
        if contracts.due[c] == asked.step_number and not late:
            back[lender] += principal
            weighted[lender] += principal * contracts.risk_weight[c]
            continue
        named[firm, lender] += principal
        debt[firm, int(contracts.product[c])] += principal
    assert sum(back.values()) > 0
    most = np.floor(asked.parameters.bank.single_name * asked.bank_equity())
    for lender in range(asked.banks.slots):
        assert standing.back[lender] == back[lender]
        assert standing.back_weighted[lender] == pytest.approx(weighted[lender])
    for a, firm in enumerate(askers.firm):
        assert left[a].tolist() == [debt[firm, int(product)] for product in asked.market.products.product]
        for r, lender in enumerate(askers.reach[a]):
            assert standing.room[a, r] == (max(most[lender] - named[firm, lender], 0) if lender >= 0 else 0)
    assert (lending_room(asked, standing).capital >= 0).all()


def test_rating_groups_and_deciles_of_the_score(asked):
    scores, firms = asked.market.scores, asked.firms
    active = firms.status == 0
    for group in range(32):
        mine = scores.score[active & (scores.group == group)]
        assert scores.mean[group] == pytest.approx(mine.mean() if mine.size else 0, abs=1e-9)
        assert scores.variance[group] == pytest.approx(mine.var() if mine.size else 0, abs=1e-9)
    suppliers = active & (firms.tier > 0)
    cuts = np.quantile(scores.score[suppliers], np.arange(1, 10) / 10)
    assert (scores.grade == np.searchsorted(cuts, scores.score)).all()


def test_invoices_fall_due_on_two_steps_that_keep_the_term():
    receivables = world(40).receivables
    receivables.account[:] = 0
    delivered = np.arange(receivables.overdue.size) * 7
    receivables.invoice(5, delivered)
    expected = np.zeros_like(receivables.account)
    for edge, amount in enumerate(delivered):
        later = floor(amount * receivables.later_share[edge])
        early = int(receivables.early[edge])
        expected[(5 + early) % receivables.depth, edge] += amount - later
        expected[(6 + early) % receivables.depth, edge] += later
    assert (receivables.account == expected).all()


@given(st.lists(st.booleans(), max_size=60))
def test_rows_that_are_kept_stay_in_order(kept):
    lots, mask = Lots(), np.array(kept, np.bool_)
    rows = np.arange(mask.size)
    lots.append(mask.size, edge=rows, due=rows + 1, face=rows * 10**12, contract=-rows, bill=rows % 2 == 0)
    before = {name: getattr(lots, name).copy() for name in Lots.columns}
    lots.keep(mask)
    for name, column in before.items():
        assert (getattr(lots, name) == column[mask]).all()


def random(seed):
    """A generator, and a function that draws that many whole numbers below a bound."""
    rng = np.random.default_rng(seed)
    return rng, lambda count, below, kind=np.int64: rng.integers(0, below, count).astype(kind)


SEEDS = st.integers(0, 2**32 - 1)


@given(SEEDS)
def test_interest_on_loans_that_perform_and_discount_by_the_steps_left(seed):
    rng, draw = random(seed)
    step, status, borrower = 7, draw(5, 4, np.int8), draw(20, 5, np.int32)
    loan, bad, late = rng.random(20) < 0.6, rng.random(20) < 0.2, draw(20, 3, np.int16)
    rate, principal, unearned, due = rng.random(20), draw(20, 10**12), draw(20, 10**9), draw(20, 20, np.int32)
    lender, before, discount = draw(20, 3, np.int16), draw(20, 10**6), unearned.copy()
    interest = before.copy()
    by_borrower, by_lender, by_discounter = accrual._interest_and_discount(
        step, 1 / 12, status, 3, borrower, lender, loan, bad, late, rate, principal, due, interest, discount
    )
    interest, earned = interest - before, unearned - discount
    assert by_borrower.tolist() == np.bincount(borrower, interest, 5).tolist()
    assert by_lender.tolist() == np.bincount(lender, interest, 3).tolist()
    assert by_discounter.tolist() == np.bincount(lender, earned, 3).tolist()
    for c in range(20):
        performs = loan[c] and not bad[c] and status[borrower[c]] != ESTATE
        charged = rate[c] * (1.5 if late[c] else 1.0)
        assert interest[c] == (floor(principal[c] * charged * (1 / 12)) if performs else 0)
        assert earned[c] == (0 if loan[c] else -(-int(unearned[c]) // max(int(due[c]) - step + 1, 1)))


@given(SEEDS)
def test_pledged_paper_returns_to_its_edge_when_its_loan_is_repaid_or_due(seed):
    rng, draw = random(seed)
    step, estate, borrower, principal = 7, rng.random(5) < 0.4, draw(6, 5, np.int32), draw(6, 2)
    loan_due, contract, edge = draw(6, 14, np.int32), draw(15, 6, np.int32), draw(15, 4, np.int32)
    due, face, bill, sold = draw(15, 14, np.int32), draw(15, 4), rng.random(15) < 0.5, rng.random(15) < 0.3
    rings, overdue = np.zeros((2, 8, 4), np.int64), np.zeros((2, 4), np.int64)
    keep = accrual._return_paper(
        step, estate, borrower, principal, loan_due, contract, edge, due, face, bill, sold,
        rings[0], overdue[0], rings[1], overdue[1],
    )  # fmt: skip
    plain_rings, plain_overdue = np.zeros_like(rings), np.zeros_like(overdue)
    freed = (principal == 0) | ((loan_due <= step) & ~estate[borrower])
    free = ~sold & freed[contract]
    for lot in np.flatnonzero(free):
        kind = int(bill[lot])
        if due[lot] < step:
            plain_overdue[kind, edge[lot]] += face[lot]
        else:
            plain_rings[kind, due[lot] % 8, edge[lot]] += face[lot]
    assert (keep == (~free & (face > 0))).all()
    assert (rings == plain_rings).all()
    assert (overdue == plain_overdue).all()


@given(SEEDS)
def test_what_is_bad(seed):
    rng, draw = random(seed)
    step, estate, buyer = 7, rng.random(6) < 0.3, draw(8, 6, np.int32)
    edge, contract, sold = draw(15, 8, np.int32), draw(15, 10, np.int32), rng.random(15) < 0.7
    due, face = draw(15, 12, np.int32), draw(15, 3)
    borrower, loan, overdue, bad = draw(10, 6, np.int32), rng.random(10) < 0.5, draw(10, 6, np.int16), np.ones(10, bool)
    before = overdue.copy()
    lenders._find_bad(step, 3.0, estate, buyer, edge, contract, sold, due, face, borrower, loan, overdue, bad)
    for c in range(10):
        mine = [x for x in range(15) if contract[x] == c and sold[x]]
        if not loan[c]:
            assert overdue[c] == (before[c] + 1 if any(due[x] <= step and face[x] > 0 for x in mine) else 0)
        failed = any(estate[buyer[edge[x]]] for x in mine) or (loan[c] and estate[borrower[c]])
        assert bad[c] == (failed or overdue[c] > 3)


@given(SEEDS)
def test_contracts_are_due_once_their_paper_has_paid_and_share_what_the_firm_pays(seed):
    rng, draw = random(seed)
    loan, due, principal, interest = rng.random(12) < 0.7, draw(12, 10), draw(12, 10**9), draw(12, 10**6)
    backing, borrower, claim = draw(5, 12, np.int32), draw(12, 4, np.int32), draw(36, 10**8).reshape(12, 3)
    each = payments._contract_due(5, loan, due, principal, claim, interest, backing)
    for c in range(12):
        owed = principal[c] + claim[c].sum() if loan[c] and due[c] <= 5 and c not in backing else 0
        assert each[c] == owed + interest[c]
    owed = np.array([each[borrower == firm].sum() for firm in range(4)])
    paid = np.where(rng.random(4) < 0.5, owed, owed // 3)
    lender, subsidy, rate = draw(12, 3, np.int16), (rng.random(12) < 0.5) * 0.01, rng.random(12) * 0.1
    late, left = draw(12, 2, np.int16), interest.copy()
    principal, by_borrower, to_lender, subsidised = (np.zeros(size, int) for size in (12, 4, 3, 4))
    before = late.copy()
    payments._pay_interest(
        each, paid, owed, borrower, lender, subsidy, rate, left, late, principal, by_borrower, to_lender, subsidised
    )
    for c in range(12):
        firm = borrower[c]
        share = int(each[c]) * int(paid[firm]) // max(int(owed[firm]), 1)
        part = min(share, interest[c])
        assert (principal[c], interest[c] - left[c]) == (share - part, part)
        assert late[c] == (before[c] + 1 if share < each[c] else 0)
        by_borrower[firm] -= part
        to_lender[lender[c]] -= part
        if before[c] == 0 and subsidy[c] > 0:
            subsidised[firm] -= min(floor(part * (subsidy[c] / max(rate[c], 1e-9))), part)
    assert not (by_borrower.any() or to_lender.any() or subsidised.any())


@given(SEEDS)
def test_an_edge_pays_its_oldest_debt_first(seed):
    rng, draw = random(seed)
    books = [draw(6, 9), draw(3, 9), draw(6, 9), draw(3, 9)]  # overdue, overdue bills, account, bills due
    edges, inside = np.sort(rng.permutation(6)[:4]).astype(np.int32), 5  # edge 5 goes to customers outside
    buyer, supplier = np.append(np.sort(draw(5, 4, np.int32)), np.int32(4)), draw(6, 4, np.int32)
    owed = sum(np.append(book, np.zeros(6 - book.size, int)) for book in books)[edges]
    paid = rng.integers(0, owed + 1)
    left_of, by_buyer, to_seller = [book.copy() for book in books], np.zeros((5, 5), int), np.zeros((7, 4), int)
    now_by, now_to = by_buyer.copy(), to_seller.copy()
    for edge, left in zip(edges, paid, strict=True):
        for k, book in enumerate(left_of):
            part = min(left, book[edge]) if edge < book.size else 0
            if part:
                book[edge] -= part
            left -= part
            kind = k % 2 if edge < inside else payments.FROM_OUTSIDE
            by_buyer[kind, buyer[edge]] += part if edge < inside else 0
            to_seller[kind, supplier[edge]] += part
    # Behind them each buyer has a lot, which counts for the buyer alone, and a slice, which does not.
    kind, owes = rng.integers(0, 5, 5), np.concatenate((buyer[edges], np.repeat(np.arange(5), 2)))
    order = np.argsort(owes, kind="stable")
    other = np.stack((-1 - kind, np.full(5, -1 - payments.HELD)), axis=1).ravel()
    items, paid = np.concatenate((edges, other))[order].astype(np.int32), np.append(paid, np.full(10, 7))[order]
    by_buyer[kind, np.arange(5)] += 7
    start = np.searchsorted(owes[order], np.arange(6))
    payments._pay_edges(start, items, paid, supplier, inside, *books, now_by, now_to)
    assert all((now == plain).all() for now, plain in zip(books, left_of, strict=True))
    assert (now_by == by_buyer).all() and (now_to == to_seller).all()


@given(SEEDS)
def test_bought_paper_pays_the_bank_and_pledged_paper_its_owner_who_repays(seed):
    rng, draw = random(seed)
    rows, paper, paid, first = rng.permutation(8)[:5], rng.permutation(9)[:5], draw(9, 50), draw(5, 30)
    edge, contract = draw(8, 6, np.int32), draw(8, 7, np.int32)
    sold, bill = rng.random(8) < 0.5, (rng.random(8) < 0.5) & (edge < 5)  # edge 5 goes to customers outside
    face, advanced, principal = draw(8, 99), draw(8, 99), draw(7, 99)
    seller, lender = draw(7, 4, np.int32), draw(7, 3, np.int16)
    to_seller, to_lender = np.zeros((7, 4), int), np.zeros((7, 3), int)
    plain = [face.copy(), advanced.copy(), principal.copy()]
    for number, row in enumerate(rows):
        amount, c = paid[paper[number]], contract[row]
        part = min(amount, first[number])
        plain[0][row] -= amount
        plain[2][c] -= part
        name = ("BOUGHT_" if sold[row] else "") + ("BILL" if bill[row] else "ACCOUNT")
        kind = getattr(payments, name) if edge[row] < 5 else payments.FROM_OUTSIDE
        if sold[row]:
            to_lender[kind, lender[c]] += amount
            plain[1][row] -= part
            to_seller[payments.RETURNED, seller[c]] += amount - part
            to_lender[payments.RETURNED, lender[c]] += amount - part
        else:
            to_seller[kind, seller[c]] += amount
            to_seller[payments.REPAID, seller[c]] += part
            to_lender[payments.REPAID, lender[c]] += part
    flows = np.zeros_like(to_seller), np.zeros_like(to_lender)
    payments._pay_lots(
        paper, paid, first, rows, edge, sold, bill, contract, face, advanced, seller, lender, principal, 5, *flows
    )
    plain += [to_seller, to_lender]
    assert all((now == then).all() for now, then in zip([face, advanced, principal, *flows], plain, strict=True))


@given(SEEDS)
def test_short_supply_is_shared_pro_rata(seed):
    rng, draw = random(seed)
    supplier, buyer, orders, available = draw(10, 4, np.int32), draw(10, 5, np.int32), draw(10, 50), draw(4, 120)
    edges, delivered = np.sort(rng.permutation(10)[:7]), np.full(10, -1)
    missing, sold = trade._ship(edges, supplier, buyer, orders, available, delivered)
    for edge in range(10):
        who, mine = supplier[edge], edges[supplier[edges] == supplier[edge]]
        total = orders[mine].sum()
        part = orders[edge] * available[who] // max(total, 1) if total > available[who] else orders[edge]
        assert delivered[edge] == (part if edge in edges else -1)
    for firm in range(4):
        assert sold[firm] == delivered[edges[supplier[edges] == firm]].sum()
    for firm in range(5):
        mine = edges[buyer[edges] == firm]
        assert missing[firm] == (orders - delivered)[mine].sum()


def test_the_reason_that_was_nearest_to_a_loan():
    rows = [
        [NO_LENDER, NOT_ELIGIBLE, RISK], [OFFERED, RISK, NOT_ELIGIBLE], [TOO_DEAR, SINGLE_NAME, OFFERED],
        [CAPITAL, SINGLE_NAME, OFFERED], [NO_LENDER, NO_LENDER, NO_LENDER], [OFFERED, RISK, RISK],
    ]  # fmt: skip
    held = np.array([False] * 5 + [True])
    furthest = indicators._furthest(np.array(rows, np.int8), held, indicators.FURTHER)
    assert furthest.tolist() == [RISK, TOO_DEAR, SINGLE_NAME, CAPITAL, NO_LENDER, NO_LENDER]


def test_the_edges_of_some_buyers():
    network = world(40).network
    rows = np.array([0, 3, 4, 20])
    assert network.purchases(rows).tolist() == np.flatnonzero(np.isin(network.buyer, rows)).tolist()
    assert network.purchases(rows[:0]).size == 0
