"""Clearing against a plain Jacobi iteration in Python integers, and the rules every settlement keeps."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.clearing import MAX_SWEEPS, Dues, clear, clearing_order

RECOVERIES = st.sampled_from([(1.0, 1.0), (0.5, 0.75), (0.0, 1.0), (1.0, 0.25)])


def build(nodes, items) -> tuple[Dues, np.ndarray]:
    """Dues of nodes (cash, senior, extra pool) and items (debtor, creditor, due, cap), with the debtors."""
    items = sorted(items, key=lambda item: item[0])  # stable: keeps the order within a debtor
    debtor, creditor, due, cap = np.array(items, np.int64).reshape(-1, 4).T
    cash, senior, extra = np.array(nodes, np.int64).T
    pool = extra.copy()
    np.add.at(pool, debtor, due)
    start = np.concatenate(([0], np.cumsum(np.bincount(debtor, minlength=len(nodes)))))
    return Dues(cash, senior, pool, start, due, cap, creditor), debtor


def settle(nodes, items, cash_recovery=1.0, claim_recovery=1.0):
    dues, debtor = build(nodes, items)
    order = clearing_order(len(nodes), debtor, dues.creditor)
    return dues, debtor, clear(order, dues, cash_recovery, claim_recovery)


@st.composite
def networks(draw, largest=1_000):
    n = draw(st.integers(1, 7))
    amount = st.one_of(st.just(0), st.integers(0, 20), st.integers(0, largest))
    nodes = draw(st.lists(st.tuples(amount, amount, amount), min_size=n, max_size=n))
    cap = st.one_of(st.just(0), amount)
    item = st.tuples(st.integers(0, n - 1), st.integers(-1, n - 1), amount, cap)
    return nodes, draw(st.lists(item, max_size=18))


def jacobi(nodes, items, cash_recovery, claim_recovery):
    """(paid, item payments): the greatest clearing vector by simultaneous steps down from full payment."""
    alpha, beta = Fraction(cash_recovery), Fraction(claim_recovery)
    pool = [extra + sum(i[2] for i in items if i[0] == k) for k, (_, _, extra) in enumerate(nodes)]
    payment = [due for _, _, due, _ in items]
    while True:
        paid, budget = [], []
        for k, (cash, senior, _) in enumerate(nodes):
            income = sum(max(0, p - i[3]) for p, i in zip(payment, items, strict=True) if i[1] == k)
            have = cash + income
            if have < senior + pool[k]:
                have = int(alpha * cash) + int(beta * income)
            budget.append(min(max(have - senior, 0), pool[k]))
            paid.append(min(have, senior) + budget[k])
        following = [budget[i[0]] * i[2] // pool[i[0]] if i[2] else 0 for i in items]
        if following == payment:
            return paid, payment
        payment = following


@settings(max_examples=200)
@given(networks(), RECOVERIES)
def test_identical_to_plain_jacobi(network, recoveries):
    nodes, items = network
    items = sorted(items, key=lambda item: item[0])
    _, _, settlement = settle(nodes, items, *recoveries)
    if settlement.unsettled == 0:  # the ring below is about the others
        paid, payment = jacobi(nodes, items, *recoveries)
        assert settlement.paid.tolist() == paid
        assert settlement.item_paid.tolist() == payment


@settings(max_examples=100)
@given(networks(largest=10**13), RECOVERIES)
def test_limited_liability_and_absolute_priority(network, recoveries):
    nodes, items = network
    dues, debtor, settlement = settle(nodes, items, *recoveries)
    spent, income = np.zeros(len(nodes), np.int64), np.zeros(len(nodes), np.int64)
    np.add.at(spent, debtor, settlement.item_paid)
    inside = dues.creditor >= 0
    arrives = np.maximum(settlement.item_paid - dues.cap, 0)
    np.add.at(income, dues.creditor[inside], arrives[inside])

    assert ((settlement.item_paid >= 0) & (settlement.item_paid <= dues.due)).all()
    assert (settlement.paid <= dues.cash + income).all()
    senior_paid = np.minimum(settlement.paid, dues.senior)
    assert (spent <= settlement.paid - senior_paid).all()
    assert (spent[senior_paid < dues.senior] == 0).all()
    in_full = settlement.paid == dues.senior + dues.pool
    assert (settlement.item_paid == dues.due)[in_full[debtor]].all()
    if recoveries == (1.0, 1.0) and settlement.unsettled == 0:
        owed = dues.senior + dues.pool
        assert (settlement.paid == np.minimum(dues.cash + income, owed)).all()


@given(networks(), st.randoms(use_true_random=False))
def test_order_of_items_and_names_of_nodes_are_irrelevant(network, random):
    nodes, items = network
    name = list(range(len(nodes)))
    random.shuffle(name)
    renamed_nodes = [nodes[name.index(k)] for k in range(len(nodes))]
    tagged = list(enumerate((name[d], c if c < 0 else name[c], due, cap) for d, c, due, cap in items))
    random.shuffle(tagged)
    tagged.sort(key=lambda pair: pair[1][0])
    _, _, original = settle(nodes, items)
    _, _, renamed = settle(renamed_nodes, [item for _, item in tagged])
    if original.unsettled or renamed.unsettled:
        return  # what is payable after so many sweeps does depend on the order
    assert renamed.paid[name].tolist() == original.paid.tolist()
    in_debtor_order = sorted(range(len(items)), key=lambda k: items[k][0])
    payment = dict(zip(in_debtor_order, original.item_paid.tolist(), strict=True))
    assert [payment[tag] for tag, _ in tagged] == renamed.item_paid.tolist()


def test_pledged_paper_brings_the_creditor_only_the_excess():
    _, _, settlement = settle([(100, 0, 0), (0, 0, 90)], [(0, 1, 100, 30)])
    assert settlement.item_paid.tolist() == [100]
    assert settlement.paid.tolist() == [100, 70]


def test_a_node_that_owes_itself_pays_the_rest_in_full():
    _, _, settlement = settle([(10, 0, 10)], [(0, 0, 50, 0)])
    assert settlement.paid.tolist() == [60]


def leaking_ring():
    """Three firms owe each other 1e11 in a ring; the first also owes a fourth 1,000 and has five fen."""
    ring = 10**11
    nodes = [(5, 0, 0), (0, 0, 0), (0, 0, 0), (0, 0, 400)]
    return nodes, [(0, 1, ring, 0), (0, 3, 1000, 0), (1, 2, ring, 0), (2, 0, ring, 0)]


def test_a_ring_with_a_tiny_leak_meets_the_cap_and_pays_only_what_is_there():
    nodes, items = leaking_ring()
    dues, debtor, settlement = settle(nodes, items)
    assert (settlement.unsettled, settlement.sweeps) == (1, 2 * MAX_SWEEPS)
    received, spent = dues.cash.copy(), np.zeros(4, np.int64)
    np.add.at(received, dues.creditor, settlement.item_paid)
    np.add.at(spent, debtor, settlement.item_paid)
    assert (spent <= settlement.paid).all() and (settlement.paid <= received).all()
    assert 0 < settlement.item_paid[0] < 10**11


def test_a_ring_next_to_settled_firms_counts_alone():
    nodes, items = leaking_ring()
    pair = [(0, 0, 0), (0, 0, 0)]
    _, _, settlement = settle(nodes + pair, [*items, (4, 5, 7, 0), (5, 4, 7, 0)])
    assert settlement.unsettled == 1
    assert settlement.item_paid[-2:].tolist() == [7, 7]


@given(networks())
def test_components_partition_the_nodes_debtors_first(network):
    nodes, items = network
    dues, debtor = build(nodes, items)
    n = len(nodes)
    order = clearing_order(n, debtor, dues.creditor)
    reach = np.eye(n, dtype=bool)
    inside = dues.creditor >= 0
    reach[debtor[inside], dues.creditor[inside]] = True
    for via in range(n):
        reach |= np.outer(reach[:, via], reach[via])
    together = order.component[:, None] == order.component
    assert (together == (reach & reach.T)).all()
    assert (order.component[debtor[inside]] <= order.component[dues.creditor[inside]]).all()
    assert sorted(order.order.tolist()) == list(range(n))
    for c in range(order.component_start.size - 1):
        members = order.order[order.component_start[c] : order.component_start[c + 1]]
        assert (order.component[members] == c).all() and (np.diff(members) > 0).all()
        owes_itself = any(d == to and order.component[d] == c for d, to, _, _ in items)
        assert order.cyclic[c] == (members.size > 1 or owes_itself)


@pytest.mark.parametrize(
    ("field", "value"),
    [("cash", [-1, 0]), ("senior", [0, -1]), ("due", [-5]), ("cap", [-1]), ("pool", [4, 0])],
)
def test_impossible_amounts_raise(field, value):
    dues, debtor = build([(5, 0, 0), (0, 0, 0)], [(0, 1, 5, 0)])
    order = clearing_order(2, debtor, dues.creditor)
    with pytest.raises(ValueError, match=r"node [01]: negative amount"):
        clear(order, dues._replace(**{field: np.array(value)}))


def test_an_item_against_the_order_raises():
    dues, debtor = build([(5, 0, 0), (0, 0, 0)], [(0, 1, 5, 0)])
    backwards = clearing_order(2, dues.creditor, debtor)
    with pytest.raises(ValueError, match="against the clearing order"):
        clear(backwards, dues)
    with pytest.raises(ValueError, match=r"recoveries must lie in \[0, 1\]"):
        clear(clearing_order(2, debtor, dues.creditor), dues, cash_recovery=1.5)
