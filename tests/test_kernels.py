"""Kernels that take one pass over the state, against plain versions in loops and dicts."""

from collections import defaultdict
from math import floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import run, world

from agents.numeric import weigh_by
from sim.contracts import BILL_DISCOUNT, FACTORING, RECEIVABLE_PLEDGE, RECOURSE_FACTORING, Lots
from sim.credit_market import ask, lending_room, what_stands
from sim.products import ACCOUNTS, BILLS, CONFIRMED, OUTSIDE_ACCOUNTS
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
    standing = what_stands(asked, askers.firm)
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
    for lender in range(asked.banks.slots):
        assert standing.back[lender] == back[lender]
        assert standing.back_weighted[lender] == pytest.approx(weighted[lender])
    for a, firm in enumerate(askers.firm):
        assert standing.debt[a].tolist() == [debt[firm, int(product)] for product in asked.market.products.product]
        for r, lender in enumerate(askers.reach[a]):
            assert standing.named[a, r] == (named[firm, lender] if lender >= 0 else 0)
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


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 10**9), st.floats(0, 2)), max_size=30))
def test_weighted_sums(rows):
    index, amount, weight = (np.array([row[k] for row in rows], kind) for k, kind in enumerate((int, int, float)))
    plain = [sum(a * w for i, a, w in rows if i == group) for group in range(5)]
    assert weigh_by(index, amount, weight, 5).tolist() == plain
