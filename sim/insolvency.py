"""Phase 9: who fails, what becomes of the estate, who bears the loss, and who comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from agents.firm import ACTIVE, CLOSING, ESTATE, VACANT
from agents.numeric import add_at, rows_where, share_of, step_probability, sum_by
from sim import confirmed, informal_credit
from sim.carriers import compensate_loans, compensate_paper, compensate_pledges
from sim.journal import ASSETS
from sim.products import SELLS_CONFIRMED

if TYPE_CHECKING:
    from sim.model import FinancingModel

Rows = npt.NDArray[Any]  # slots, of any integer type


def resolve(model: FinancingModel) -> None:
    """Successors take over vacant slots; new insolvencies and closures; estates that are done are wound up."""
    firms = model.firms
    firms.defaulted[:] = False
    model.credit_loss[:] = 0
    model.trade_loss[:] = 0
    model.closed[:] = False
    successors = np.flatnonzero((firms.status == VACANT) & (model.oem_absent_until <= model.step_number))
    _succeed(model, successors)
    firms.estate_age = np.where((firms.status == ESTATE) | (firms.status == CLOSING), firms.estate_age + 1, 0)
    failed = _insolvent(model)
    _become_estates(model, failed)
    _stop(model, np.concatenate((failed, _close_voluntarily(model))))
    _sell_what_estates_are_owed(model)
    _wind_up(model)


def _insolvent(model: FinancingModel) -> Rows:
    """Overdue for too long in any class, or net worth below the floor for too long; OEMs also on order of a stress."""
    firms, rules = model.firms, model.parameters.insolvency
    going = (firms.status == ACTIVE) | (firms.status == CLOSING)
    too_late = np.zeros(firms.slots, np.bool_)
    late = np.flatnonzero(firms.overdue_age.ravel() > rules.overdue_days / model.step_days)
    too_late[late // firms.overdue_age.shape[1]] = True
    low = model.firm_equity() < rules.equity_floor * model.firm_assets()
    firms.low_equity = np.where(low & going, firms.low_equity + 1, 0)
    too_low = firms.low_equity * model.step_days >= rules.equity_days
    forced = np.zeros(firms.slots, np.bool_)
    forced[model.stress.failing_oems(model.step_number)] = True
    return np.flatnonzero(going & (too_late | too_low | forced))


def _become_estates(model: FinancingModel, rows: Rows) -> None:
    """These firms are in default."""
    if rows.size == 0:
        return
    firms = model.firms
    firms.status[rows] = ESTATE
    firms.defaulted[rows] = True
    firms.estate_age[rows] = 0
    for row in rows[rows < model.oems]:
        months = model.parameters.oem.absence_months
        model.oem_absent_until[row] = model.step_number + int(np.ceil(months / model.months))
        model.record_event("oem_failure", model.firm_name(int(row)), "", int(model.debts()[row]))
    model.count_defaults(rows)


def _stop(model: FinancingModel, rows: Rows) -> None:
    """Of firms that fail or close, all debts fall due; stocks and plant are sold to Outside at a haircut."""
    if rows.size == 0:
        return
    _accelerate(model, rows)
    _sell_assets(model, rows)


def _accelerate(model: FinancingModel, rows: Rows) -> None:
    """What these firms owe is due now, as buyers and as borrowers; what is due already is overdue."""
    contracts, receivables, network = model.contracts, model.receivables, model.network
    gone = np.zeros(model.firms.slots + 1, np.bool_)
    gone[rows] = True
    mine = rows_where(gone, contracts.borrower)
    mine = mine[contracts.loan[mine]]
    contracts.due[mine] = np.minimum(contracts.due[mine], model.step_number)
    edges = network.purchases(rows)
    receivables.overdue[edges] += receivables.account[:, edges].sum(axis=0)
    receivables.account[:, edges] = 0
    bills = edges[edges < receivables.bill_edges]
    receivables.overdue_bill[bills] += receivables.bill[:, bills].sum(axis=0)
    receivables.bill[:, bills] = 0
    confirmed.accelerate(model, gone)
    lots = receivables.lots
    owed = _lots_of(model, edges)
    lots.due[owed] = np.minimum(lots.due[owed], model.step_number)
    model.tax_due[rows] = model.ledger.balance("firm", "tax_payable")[rows]


def _lots_of(model: FinancingModel, edges: Rows) -> Rows:
    """Which lots are owed on these edges."""
    on = np.zeros(model.network.buyer.size, np.bool_)
    on[edges] = True
    return rows_where(on, model.receivables.lots.edge)


def _sell_assets(model: FinancingModel, rows: Rows) -> None:
    rules, books, post = model.parameters.insolvency, model.ledger.balance, model.ledger.post
    for name, account, haircut in (
        ("goods", "finished_goods", rules.stock_haircut),
        ("inputs", "input_stock", rules.stock_haircut),
        ("plant", "plant", rules.plant_haircut),
    ):
        value = books("firm", account)[rows].copy()
        lost = share_of(value, haircut)
        post(f"{name}_haircut", firm=(rows, lost))
        post(f"{name}_sold_off", firm=(rows, value - lost))
    model.firms.finished_units[rows] = 0
    model.parts[rows] = 0


def _close_voluntarily(model: FinancingModel) -> Rows:
    """Owners give up by an age-dependent hazard, or on request, if what can be turned into cash covers all debts; which
    firms."""
    firms, rules = model.firms, model.parameters.insolvency
    young, old = step_probability(rules.closure * np.array([rules.closure_young, 1.0]), model.step_days)
    draw = model.streams.uniform("closure", model.step_number, firms.slots)
    wish = (draw < np.where(firms.age < 3, young, old)) | model.asked_to_close
    rows = np.flatnonzero((firms.status == ACTIVE) & (firms.tier > 0) & wish)
    sheet = {account: model.ledger.balance("firm", account)[rows] for account in ASSETS["firm"]}
    liquid = sheet["deposit"] + sheet["receivable"] + sheet["bill"]
    liquid += share_of(sheet["finished_goods"] + sheet["input_stock"], 1 - rules.stock_haircut)
    liquid += share_of(sheet["plant"], 1 - rules.plant_haircut)
    rows = rows[liquid > model.debts()[rows]]
    model.asked_to_close[:] = False
    firms.status[rows] = CLOSING
    firms.estate_age[rows] = 0
    model.closed[rows] = True
    return rows


def _sell_what_estates_are_owed(model: FinancingModel) -> None:
    """After the longest life of an estate, what others still owe it overdue is sold to Outside at a haircut."""
    firms, rules, receivables = model.firms, model.parameters.insolvency, model.receivables
    old = firms.estate_age * model.step_days > rules.estate_months * 30
    if not old.any():
        return
    network, post = model.network, model.ledger.post
    confirmed.sell_off(model, old, rules.stock_haircut)
    for kind, book in (("account", receivables.overdue), ("bill", receivables.overdue_bill)):
        edges = np.flatnonzero(old[network.supplier[: book.size]] & (book > 0))
        value = book[edges].copy()
        lost = share_of(value, rules.stock_haircut)
        buyer, seller = network.buyer[edges], network.supplier[edges]
        for event, amount in ((f"{kind}_sold_off", value - lost), (f"{kind}_sold_off_haircut", lost)):
            post(event, buyer=(buyer, amount), seller=(seller, amount))
        book[edges] = 0


def _wind_up(model: FinancingModel) -> None:
    """Estates with nothing left to collect end: creditors lose what is unpaid, owners get what is over."""
    firms, books = model.firms, model.ledger.balance
    owed = books("firm", "receivable") + books("firm", "bill") + books("firm", "hold_back")
    done = ((firms.status == ESTATE) | (firms.status == CLOSING)) & (owed == 0) & (firms.estate_age > 0)
    # An estate answers for the bills it sold until they are paid.
    lots = model.receivables.lots
    theirs = rows_where(done[model.network.supplier], lots.edge)
    theirs = theirs[~SELLS_CONFIRMED[model.contracts.product[lots.contract[theirs]]]]
    done[model.network.supplier[lots.edge[theirs]]] = False
    cash = books("firm", "deposit")
    unpaid = model.debts() > 0
    done &= ~((firms.status == CLOSING) & unpaid & (cash > 0))
    rows = np.flatnonzero(done)
    if rows.size == 0:
        return
    failed = rows[(firms.status[rows] == CLOSING) & unpaid[rows]]
    firms.defaulted[failed] = True
    model.count_defaults(failed)
    _lose_trade_credit(model, rows)
    _lose_loans(model, rows)
    for name in ("wages", "supplies"):
        account = {"wages": "wages_payable", "supplies": "outside_payable"}[name]
        model.ledger.post(f"{name}_lost", firm=(rows, books("firm", account)[rows].copy()))
    model.ledger.post("tax_lost", firm=(rows, books("firm", "tax_payable")[rows].copy()))
    model.tax_due[rows] = 0
    informal_credit.write_off(model, rows)
    model.ledger.post("owners_draw", firm=(rows, books("firm", "deposit")[rows].copy()))
    firms.status[rows] = VACANT


def _lose_trade_credit(model: FinancingModel, rows: Rows) -> None:
    """Suppliers lose what these buyers owe; on bought paper the hold-back bears the first loss, the bank the rest."""
    receivables, network, post = model.receivables, model.network, model.ledger.post
    purchases = network.purchases(rows)
    for event, book in (("account_lost", receivables.overdue), ("bill_lost", receivables.overdue_bill)):
        edges = purchases[purchases < book.size]
        edges = edges[book[edges] > 0]
        lost = book[edges].copy()
        post(event, buyer=(network.buyer[edges], lost), seller=(network.supplier[edges], lost))
        model.lose_on_buyers(network.supplier[edges], lost)
        book[edges] = 0
    gone = np.zeros(model.firms.slots + 1, np.bool_)
    gone[rows] = True
    confirmed.lose(model, gone)
    lots, contracts = receivables.lots, model.contracts
    hit = _lots_of(model, purchases)
    edge, contract, sold, bill = lots.edge[hit], lots.contract[hit], lots.sold[hit], lots.bill[hit]
    buyer, seller, lender = network.buyer[edge], network.supplier[edge], contracts.lender[contract]
    face, advanced = lots.face[hit], lots.advanced[hit]
    for kind, of_kind in (("account", ~bill), ("bill", bill)):
        own, bought = of_kind & ~sold, of_kind & sold
        post(f"{kind}_lost", buyer=(buyer[own], face[own]), seller=(seller[own], face[own]))
        model.lose_on_buyers(seller[own], face[own])
        compensate_pledges(model, contract[own], face[own])
        held, unpaid = (face - advanced)[bought], advanced[bought]
        post(
            f"{kind}_hold_back_lost", buyer=(buyer[bought], held), lender=(lender[bought], held),
            seller=(seller[bought], held),
        )  # fmt: skip
        model.lose_on_buyers(seller[bought], held)
        add_at(contracts.principal, contract[bought], -unpaid)
        model.credit_loss += sum_by(buyer[bought], unpaid, model.firms.slots)
        lost = compensate_paper(model, contract[bought], buyer[bought], unpaid, kind == "bill")
        post(f"purchased_{kind}_lost", buyer=(buyer[bought], lost), lender=(lender[bought], lost))
        model.bank_losses += sum_by(lender[bought], lost, model.banks.slots)
    keep = np.ones(lots.count, np.bool_)
    keep[hit] = False
    lots.keep(keep)


def _lose_loans(model: FinancingModel, rows: Rows) -> None:
    """What the estate left unpaid stays a bad loan to an empty shell until the bank writes it off."""
    contracts = model.contracts
    gone = np.zeros(model.firms.slots, np.bool_)
    gone[rows] = True
    hit = rows_where(gone, contracts.borrower)
    hit = hit[contracts.loan[hit]]
    who, lender = contracts.borrower[hit], contracts.lender[hit]
    model.credit_loss += sum_by(who, contracts.principal[hit] + contracts.claim[hit].sum(axis=1), model.firms.slots)
    compensate_loans(model, hit)
    principal, interest = contracts.principal[hit].copy(), contracts.interest[hit].copy()
    model.ledger.post("loan_to_shell", borrower=(who, principal), lender=(lender, principal))
    model.ledger.post("interest_lost", borrower=(who, interest), lender=(lender, interest))
    age = np.minimum(contracts.overdue_steps[hit].astype(np.int64), model.bad_loans.shape[0] - 1)
    add_at(model.bad_loans.ravel(), age * model.banks.slots + lender, principal)
    model.bank_losses += sum_by(lender, principal, model.banks.slots)
    contracts.principal[hit] = 0
    contracts.interest[hit] = 0


def _succeed(model: FinancingModel, rows: Rows) -> None:
    """The next firm of the slot: same place and size; equity for plant, buffer and a part of the first cash cycle."""
    if rows.size == 0:
        return
    firms, step, parameters = model.firms, model.step_number, model.parameters
    firms.status[rows] = ACTIVE
    firms.generation[rows] += 1
    model.renew_handles(rows)
    firms.age[rows] = 0
    firms.first_time[rows] = True
    for column in ("low_equity", "estate_age", "overdue_share", "overdue_age"):
        getattr(firms, column)[rows] = 0
    firms.punctuality[rows] = 1
    firms.sales[rows] = firms.annual_sales[rows]
    firms.margin[rows] = (
        1 - firms.unit_cost[rows] - parameters.technology.depreciation * parameters.technology.plant_to_sales
    )
    normal = ndtri(model.streams.uniform("entrant", step, firms.slots, 3)[rows])
    firms.quality[rows] = parameters.technology.quality_sd * normal[:, 0]
    firms.cost_shock[rows] = model.own_cost_sd[rows] * normal[:, 1]
    firms.noise_common[rows] = normal[:, 2]
    supplier = rows[rows >= model.oems]
    plant = model.normal_plant[supplier]
    days = firms.cash_days_out[supplier] * parameters.insolvency.entrant_cycle
    cycle = np.floor(model.normal_daily_cost[supplier] * days).astype(np.int64)
    cash = model.normal_buffer[supplier] + cycle
    model.ledger.post("equity_paid_in", firm=(supplier, plant + cash))
    model.ledger.post("plant_bought", firm=(supplier, plant))
    core = rows[rows < model.oems]
    cash = np.floor(firms.annual_inputs[core] / 12 * parameters.oem.cash_months).astype(np.int64)
    model.ledger.post("equity_paid_in", firm=(core, cash + model.normal_plant[core]))
    model.ledger.post("plant_bought", firm=(core, model.normal_plant[core]))
