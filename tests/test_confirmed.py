"""Confirmed payables and certificates: who gets which slice, who may pass it, who sells it, who loses it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import lever, listen, policy, run, run_until, world

from agents.numeric import share_of
from agents.parameters import Stress
from sim.confirmed import _take_slices
from sim.contracts import APR, CERTIFICATE_SALE, REVERSE_FACTORING, TERM_LOAN
from sim.trade import produce_and_invoice

CERTIFICATES = policy(lever("multi_tier_certificates", share=0.6))
REVERSE = policy(lever("reverse_factoring", share=0.6))


@st.composite
def holdings(draw):
    """Slices by holder, nearest due first, and invoices by buyer: what `_take_slices` takes."""
    firms = draw(st.integers(1, 5))
    count = st.lists(st.integers(0, 4), min_size=firms, max_size=firms)
    start, buyer_start = (np.concatenate(([0], np.cumsum(draw(count)))) for _ in range(2))
    slices, edges = int(start[-1]), int(buyer_start[-1])

    def whole(size, most):
        return np.array(draw(st.lists(st.integers(0, most), min_size=size, max_size=size)), np.int64)

    ahead = whole(slices, 6)
    for holder in range(firms):
        ahead[start[holder] : start[holder + 1]].sort()
    return start, ahead, whole(slices, 50), buyer_start, whole(edges, 60), whole(edges, 6)


def plainly(start, ahead, face, buyer_start, wanted, most_steps):
    """Each invoice, in order, takes from its buyer's slices, nearest due first, what runs no longer than it accepts."""
    left, taken = list(face), {}
    for holder in range(len(start) - 1):
        for edge in range(buyer_start[holder], buyer_start[holder + 1]):
            still = wanted[edge]
            for row in range(start[holder], start[holder + 1]):
                part = min(still, left[row]) if ahead[row] <= most_steps[edge] else 0
                if part > 0:
                    taken[edge, row] = part
                    left[row] -= part
                    still -= part
    return taken


@settings(max_examples=300)
@given(holdings())
def test_slices_go_to_invoices_as_in_the_plain_version(given_holdings):
    edge, amount, row = _take_slices(*given_holdings)
    found = dict(zip(zip(edge.tolist(), row.tolist(), strict=True), amount.tolist(), strict=True))
    assert len(found) == edge.size  # no pair twice
    assert found == plainly(*given_holdings)


def confirmed_in_a_step(terms):
    """A model right after OEMs confirmed a step's invoices, the slices held before, and their share of the invoices."""
    model = run(world(60, seed=3, policy=terms), 3)
    run_until(model, produce_and_invoice)
    before = int(model.confirmed.face.sum())
    produce_and_invoice(model)
    return model, before, share_of(model.goods.delivered[: model.receivables.bill_edges], 0.6).sum()


def test_an_oem_confirms_its_share_and_the_supplier_holds_it_at_once():
    model, before, share = confirmed_in_a_step(REVERSE)
    held = model.confirmed
    assert int(held.face.sum()) - before == share > 0
    assert not held.passable.any()
    assert (held.holder == model.network.supplier[held.edge]).all()  # nobody else's, whatever happens
    assert (model.network.buyer[held.edge] < model.oems).all()


def test_certificates_reach_the_lower_tiers_and_add_to_their_face():
    model, before, share = confirmed_in_a_step(CERTIFICATES)
    held = model.confirmed
    assert int(held.face.sum()) - before == share > 0  # passing on makes nothing and loses nothing
    by_tier = np.bincount(model.firms.tier[held.holder], held.face, minlength=4)
    assert (by_tier[1:] > 0).all()
    assert (held.face > 0).all()


def test_lower_tiers_sell_a_slice_more_cheaply_than_they_borrow_on_their_own_name():
    model = run(world(150, seed=3, policy=CERTIFICATES), 6)
    price = {CERTIFICATE_SALE: [], TERM_LOAN: []}
    for _ in range(6):
        model.step()
        market = model.market
        lower = model.firms.tier[market.firm] > 1
        for product, found in price.items():
            found.extend(market.terms[lower & (market.product == product), APR])
    assert len(price[CERTIFICATE_SALE]) > 10
    assert np.mean(price[CERTIFICATE_SALE]) < np.mean(price[TERM_LOAN])


@pytest.mark.parametrize(("terms", "product"), [(REVERSE, REVERSE_FACTORING), (CERTIFICATES, CERTIFICATE_SALE)])
def test_what_banks_bought_and_what_firms_hold_is_all_that_was_confirmed_and_not_paid(terms, product, monkeypatch):
    model = world(60, seed=3, policy=terms)
    posted = listen(model, monkeypatch)
    opened = int(model.confirmed.face.sum())
    run(model, 8)
    lots = model.receivables.lots
    bought = lots.sold & (model.contracts.product[np.maximum(lots.contract, 0)] == product)
    assert bought.any()
    assert opened == 0
    assert posted["bill_accepted", "buyer"].sum() > model.confirmed.face.sum() + lots.face[bought].sum()


@pytest.mark.parametrize(("terms", "reached"), [(policy(), False), (REVERSE, False), (CERTIFICATES, True)])
def test_an_oem_that_fails_reaches_tiers_that_never_sold_to_it_by_certificates_alone(terms, reached, monkeypatch):
    failure = Stress(kind="oem_failure", month=8, oem=1)
    model = run(world(60, seed=3, policy=terms, stresses=(failure,)), 7)
    posted = listen(model, monkeypatch)
    run(model, 15)  # until the estate is wound up
    lost = posted["bill_lost", "seller"]
    assert lost[model.firms.tier == 1].sum() > 0
    assert (lost[model.firms.tier > 1].sum() > 0) == reached
