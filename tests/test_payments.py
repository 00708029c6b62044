"""Settlement in a world: who is paid first, who shares, and what bought, pledged and returned paper does."""

import numpy as np
import pytest
from worlds import finish, run_until, world

from agents.firm import ACTIVE, ESTATE
from agents.numeric import sum_by
from sim import accrual, informal_credit, insolvency, payments, settlement
from sim.contracts import BILL_DISCOUNT, FACTORING, RECEIVABLE_PLEDGE
from sim.payments import Due, Items, formal_due, pay_items

CLASSES = ("wages", "tax", "formal", "trade", "informal")


def drain(model, share, seed=0):
    """Take all cash of a share of all firms away, so that settlement is a squeeze."""
    hit = np.random.default_rng(seed).random(model.firms.slots) < share
    model.ledger.post("owners_draw", firm=np.where(hit, model.ledger.balance("firm", "deposit"), 0))


def overcharge(model):
    """Every fourth supplier owes more wages, the next one more tax, than it can pay."""
    for first, event in ((model.oems, "wages_accrued"), (model.oems + 1, "tax_accrued")):
        rows = np.arange(first, model.firms.slots, 4)
        amount = model.firms.annual_sales[rows]
        model.ledger.post(event, firm=(rows, amount))
        if event == "tax_accrued":
            model.tax_due[rows] += amount


def trade_due(model):
    """By firm: trade debts in cash, bought and pledged paper, and outside supplies, due now."""
    network, lots, receivables = model.network, model.receivables.lots, model.receivables
    edges = receivables.due_now(model.step_number, accepted=False)
    now = lots.due <= model.step_number
    edges += sum_by(lots.edge[now], lots.face[now], edges.size)
    firms = sum_by(network.buyer, edges, model.firms.slots + 1)[:-1]
    return edges, firms + model.ledger.balance("firm", "outside_payable")


class Posts:
    """What was posted, summed by event over firms."""

    def __init__(self, model, monkeypatch):
        self.by_event, post = {}, model.ledger.post

        def listen(event, **who):
            first = next(iter(who.values()))
            rows, amount = first if isinstance(first, tuple) else (np.arange(first.size), first)
            if rows.size and rows.max() < model.firms.slots:
                sums = self.by_event.setdefault(event, np.zeros(model.firms.slots, np.int64))
                np.add.at(sums, rows, amount)
            post(event, **who)

        monkeypatch.setattr(model.ledger, "post", listen)
        self.none = np.zeros(model.firms.slots, np.int64)

    def of(self, *events):
        return sum((self.by_event.get(event, self.none) for event in events), self.none)


def squeezed(monkeypatch, seed):
    """(model, what was due by class, what was paid by class) of one settlement short of money."""
    model = world(60, "market.open=0", "liquidity.draw_speed=0", "informal.limit=2%", seed=seed)
    for _ in range(4):
        run_until(model, settlement.settle)
        drain(model, 0.8, seed)
        finish(model, settlement.settle)
    run_until(model, settlement.settle)
    drain(model, 0.8, seed)
    overcharge(model)
    due = {
        "wages": model.ledger.balance("firm", "wages_payable").copy(),
        "tax": model.tax_due.copy(),
        "formal": formal_due(model),
        "trade": trade_due(model)[1],
        "informal": informal_credit.due(model),
    }
    monkeypatch.setattr(settlement, "_pay_owners_and_plant", lambda model: None)
    posts = Posts(model, monkeypatch)
    settlement.settle(model)
    paid = {
        "wages": posts.of("wages_paid"),
        "tax": posts.of("tax_paid"),
        "formal": posts.of("interest_paid", "principal_paid"),
        "trade": posts.of(
            "account_paid", "bill_paid", "purchased_account_paid", "purchased_bill_paid", "supplies_paid"
        ),
        "informal": posts.of("informal_paid"),
    }
    return model, due, paid


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_going_concern_pays_wages_then_tax_then_banks_then_trade_then_informal_lenders(monkeypatch, seed):
    model, due, paid = squeezed(monkeypatch, seed)
    going = model.firms.status == ACTIVE
    network, slots = model.network, model.firms.slots
    rounding = 2 + np.bincount(network.buyer, minlength=slots + 1)[:-1]  # a fen a creditor may be left over
    rounding += np.bincount(model.contracts.borrower, minlength=slots)
    short = np.zeros(slots, bool)
    for name in CLASSES:
        assert (paid[name] <= due[name]).all(), name
        assert (paid[name] <= rounding)[going & short].all(), name
        short |= due[name] - paid[name] > rounding
    for name in ("wages", "tax", "formal", "trade"):  # the squeeze bites in every class
        assert (going & (paid[name] < due[name])).any(), name
    rich = going & ~short
    left = model.ledger.balance("firm", "deposit")
    assert (left <= rounding)[going & short].all()  # who is short keeps nothing back
    assert (due["trade"] - paid["trade"] <= rounding)[rich].all()


@pytest.mark.parametrize("seed", [1, 2])
def test_trade_creditors_share_pro_rata_each_rounded_down(monkeypatch, seed):
    model = world(60, "market.open=0", "trade.oem_bill_share=0", "opening.bill_sold=0", seed=seed)
    run_until(model, settlement.settle)
    drain(model, 0.9, seed)
    due, _ = trade_due(model)
    supplies = model.ledger.balance("firm", "outside_payable").copy()
    monkeypatch.setattr(settlement, "_pay_owners_and_plant", lambda model: None)
    settlement.settle(model)
    paid = due - model.receivables.overdue
    paid_supplies = supplies - model.ledger.balance("firm", "outside_payable")
    network, partly = model.network, 0
    for firm in range(model.firms.slots):
        mine = slice(*network.buyer_start[firm : firm + 2])
        owed, got = np.append(due[mine], supplies[firm]), np.append(paid[mine], paid_supplies[firm])
        owed, got = owed[owed > 0].tolist(), got[owed > 0].tolist()
        if not owed or got == owed:
            continue
        partly += sum(got) > 0
        # One share x fits all: floor(x · owed) = got, so that max(got/owed) ≤ x < min((got + 1)/owed).
        assert max(g / o for g, o in zip(got, owed, strict=True)) <= min(
            (g + 1) / o for g, o in zip(got, owed, strict=True)
        )
    assert partly >= 3


# ---- one invoice, one lot, by hand


def pick_edge(model, kind):
    """An edge inside the chain with something due this step whose buyer goes on."""
    book = model.receivables.bill if kind == "bill" else model.receivables.account
    slot = model.step_number % model.receivables.depth
    rows = book[slot, : model.chain_edges].copy()
    if kind == "account":
        rows[: model.receivables.bill_edges] = 0  # those of OEMs become bills
    return int(rows.argmax()), int(rows.max()), slot


def finance(model, edge, slot, face, amount, product):
    """Sell for (or pledge for a loan of) `amount` what an edge has due now to bank 0, keeping the books."""
    seller, sold = int(model.network.supplier[edge]), product in (FACTORING, BILL_DISCOUNT)
    bill = product == BILL_DISCOUNT
    (model.receivables.bill if bill else model.receivables.account)[slot, edge] -= face
    row = model.contracts.append(
        1, borrower=seller, lender=0, product=product, start=model.step_number, principal=amount,
        due=model.step_number + (not sold), rate=0.05, risk_weight=0.75, loan=not sold,
    )  # fmt: skip
    model.receivables.lots.append(
        1, edge=edge, due=model.step_number, face=face, advanced=amount if sold else 0, contract=row,
        bill=bill, sold=sold,
    )  # fmt: skip
    at, bank, kind = np.array([seller]), np.array([0]), "bill" if bill else "account"
    if sold:
        for event, fen in ((f"{kind}_sold", amount), (f"{kind}_held_back", face - amount)):
            model.ledger.post(event, seller=(at, np.array([fen])), lender=(bank, np.array([fen])))
    else:
        model.ledger.post("loan_drawn", borrower=(at, np.array([amount])), lender=(bank, np.array([amount])))
    return seller, int(row[0])


def lot_of(model, edge, contract):
    lots = model.receivables.lots
    rows = np.flatnonzero((lots.edge == edge) & (lots.contract == contract))
    return (int(lots.face[rows[0]]), int(lots.advanced[rows[0]])) if rows.size else (0, 0)


def ready(kind="account"):
    """A world before its first settlement and an edge with something due: (model, edge, fen, ring slot)."""
    model = world(60, "market.open=0", "opening.bill_sold=0", seed=2)
    run_until(model, settlement.settle)
    edge, face, slot = pick_edge(model, kind)
    assert face > 1000
    return model, edge, face, slot


def pay(model, edge, contract, amount):
    """Post what the debtor of one lot pays on it: as settlement does, the bank's part first."""
    lots = model.receivables.lots
    row = np.flatnonzero((lots.edge == edge) & (lots.contract == contract))
    owed = lots.advanced[row] if lots.sold[row[0]] else model.contracts.principal[[contract]]
    cap = np.minimum(lots.face[row], owed)
    seller = model.network.supplier[lots.edge[row]]
    buyer = model.network.buyer[[edge]]
    start = np.zeros(model.firms.slots + 2, np.int64)
    start[buyer[0] + 1 :] = 1
    kind = (payments.BOUGHT_ACCOUNT if lots.sold[row[0]] else payments.ACCOUNT) + int(lots.bill[row[0]])
    kind = kind if edge < model.chain_edges else payments.FROM_OUTSIDE
    items = Items(start, np.array([-1 - kind], np.int32), np.array([0]), lots.face[row].copy(), cap, seller)
    if buyer[0] < model.firms.slots:
        model.ledger.post("equity_paid_in", firm=(buyer, np.array([amount])))  # the buyer can pay
    pay_items(model, items, np.array([amount]), Due(row, np.zeros(0, np.int64), cap))

    model.ledger.prove()


@pytest.mark.parametrize("part", [0.5, 0.8, 0.9, 1.0])
def test_bought_paper_pays_the_bank_first_and_the_rest_is_the_sellers_hold_back(part):
    model, edge, face, slot = ready()
    advanced = face * 8 // 10
    seller, contract = finance(model, edge, slot, face, advanced, FACTORING)
    assert model.ledger.balance("firm", "hold_back")[seller] == face - advanced
    cash, amount = model.ledger.balance("firm", "deposit")[seller], int(face * part)
    pay(model, edge, contract, amount)
    assert model.contracts.principal[contract] == advanced - min(amount, advanced)
    assert model.ledger.balance("firm", "deposit")[seller] - cash == max(amount - advanced, 0)
    assert lot_of(model, edge, contract) == (face - amount, advanced - min(amount, advanced))


@pytest.mark.parametrize("part", [0.3, 0.6, 1.0])
def test_pledged_paper_pays_the_loan_first_and_only_the_excess_arrives(part):
    model, edge, face, slot = ready()
    loan, before = face // 2, model.ledger.balance("firm", "loan").copy()
    seller, contract = finance(model, edge, slot, face, loan, RECEIVABLE_PLEDGE)
    cash, amount = model.ledger.balance("firm", "deposit")[seller], int(face * part)
    pay(model, edge, contract, amount)
    assert model.contracts.principal[contract] == loan - min(amount, loan)
    assert model.ledger.balance("firm", "deposit")[seller] - cash == max(amount - loan, 0)
    assert model.ledger.balance("firm", "loan")[seller] - before[seller] == loan - min(amount, loan)


def test_in_a_settlement_pledged_paper_serves_the_bank_before_the_pledgor_and_its_other_creditors():
    model, edge, face, slot = ready()
    seller, contract = finance(model, edge, slot, face, face, RECEIVABLE_PLEDGE)
    buyer, pledgor = np.array([model.network.buyer[edge]]), np.array([seller])
    model.ledger.post("equity_paid_in", firm=(buyer, model.debts()[buyer]))  # the buyer can pay
    cash = model.ledger.balance("firm", "deposit")[pledgor]
    model.ledger.post("owners_draw", firm=(pledgor, cash))  # the pledgor cannot
    settlement.settle(model)
    assert model.contracts.principal[contract] == 0
    assert lot_of(model, edge, contract) == (0, 0)


@pytest.mark.parametrize("paid", [0.0, 0.5])
def test_the_hold_back_bears_the_first_loss_of_a_failed_buyer_and_the_bank_the_rest(paid):
    model, edge, face, slot = ready()
    advanced = face * 8 // 10
    seller, contract = finance(model, edge, slot, face, advanced, FACTORING)
    amount = int(face * paid)
    if amount:
        pay(model, edge, contract, amount)
    books, buyer = model.ledger.balance, int(model.network.buyer[edge])
    model.firms.status[buyer] = ESTATE
    worth, allowance = books("firm", "profit")[seller], books("bank", "allowance")[0]
    held = books("bank", "hold_back")[0]
    insolvency._accelerate(model, np.array([buyer]))
    own = model.receivables.overdue[(model.network.buyer == buyer) & (model.network.supplier == seller)].sum()
    insolvency._lose_trade_credit(model, np.array([buyer]))
    model.ledger.prove()
    assert held - books("bank", "hold_back")[0] == face - advanced  # all of it, first
    assert worth - books("firm", "profit")[seller] == face - advanced + own
    assert allowance - books("bank", "allowance")[0] == advanced - amount
    assert model.bank_losses[0] == advanced - amount
    assert books("firm", "hold_back")[seller] == 0
    assert model.contracts.principal[contract] == 0


def test_an_unpaid_bill_returns_to_its_seller_a_step_after_it_was_due():
    model, edge, face, slot = ready(kind="bill")
    seller, contract = finance(model, edge, slot, face, face, BILL_DISCOUNT)
    accrual._call_recourse(model)
    assert lot_of(model, edge, contract) == (face, face)  # not on the day it is due
    model.step_number += 1
    already_due = formal_due(model)[seller]
    accrual._call_recourse(model)
    model.ledger.prove()
    assert lot_of(model, edge, contract) == (0, 0)
    assert model.contracts.principal[contract] == 0
    assert model.receivables.overdue_bill[edge] == face  # the seller's own claim again
    returned = np.flatnonzero(model.contracts.loan & (model.contracts.product == BILL_DISCOUNT))
    assert model.contracts.principal[returned].tolist() == [face]
    assert model.contracts.borrower[returned].tolist() == [seller]
    assert model.contracts.due[returned].tolist() == [model.step_number]  # at once
    assert formal_due(model)[seller] - already_due == face
    assert (model.contracts.risk_weight[returned] > 0).all()  # it ties up capital like any loan


def test_estates_pay_wages_and_tax_then_all_others_alike(monkeypatch):
    model = world(60, "market.open=0", seed=3)
    for _ in range(3):
        model.step()
    run_until(model, settlement.settle)
    firms = np.flatnonzero((model.firms.tier == 1) & (model.firms.status == ACTIVE))[:5]
    insolvency._become_estates(model, firms)
    insolvency._stop(model, firms)
    cash = model.ledger.balance("firm", "deposit")
    model.ledger.post("owners_draw", firm=(firms, np.maximum(cash[firms] - model.debts()[firms] // 3, 0)))
    due = {"formal": formal_due(model), "informal": informal_credit.due(model), "trade": trade_due(model)[1]}
    senior = model.ledger.balance("firm", "wages_payable") + model.tax_due
    posts = Posts(model, monkeypatch)
    settlement.settle(model)
    left = senior - posts.of("wages_paid", "tax_paid")
    formal, informal = posts.of("interest_paid", "principal_paid"), posts.of("informal_paid")
    shared = 0
    for firm in firms:
        if due["formal"][firm] == 0 or formal[firm] in (0, due["formal"][firm]):
            continue
        shared += 1
        assert left[firm] == 0
        assert model.ledger.balance("firm", "deposit")[firm] < 100  # all it has goes to its creditors
        quota = formal[firm] / due["formal"][firm]
        supplies = posts.of("account_paid", "bill_paid", "purchased_account_paid", "purchased_bill_paid",
                            "supplies_paid")[firm]  # fmt: skip
        assert supplies / due["trade"][firm] == pytest.approx(quota, rel=1e-4)
        if due["informal"][firm]:
            assert informal[firm] / due["informal"][firm] == pytest.approx(quota, rel=1e-4)
    assert shared >= 1
