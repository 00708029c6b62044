"""The books at birth: the steady state of the scenario, so that a run starts where an economy lives, not empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from agents.numeric import FEN, share_of, sum_by
from sim.contracts import BILL_DISCOUNT, TERM_LOAN
from sim.shocks import stationary_sd

if TYPE_CHECKING:
    from sim.model import FinancingModel

Fen = npt.NDArray[np.int64]
LOANS_AT_BIRTH = 4  # contracts a borrower has running, staggered over the tenor


def open_books(model: FinancingModel) -> None:
    """Invoices and bills of the last terms, loans over their remaining lives, cash and stocks at target, banks."""
    _draw_states(model)
    _invoices(model)
    _firms(model)
    _loans(model)
    _discounted_bills(model)
    _trade_balances(model)
    _banks(model)


def _draw_states(model: FinancingModel) -> None:
    """Shocks, quality and misjudgement from their stationary distributions; memories at their normal values."""
    firms, parameters, draw = model.firms, model.parameters, model.streams.normal
    normal = draw("birth.state", -1, firms.slots, 4)
    firms.cost_shock = model.own_cost_sd * normal[:, 0]
    firms.quality = parameters.technology.quality_sd * normal[:, 1] * (firms.tier > 0)
    firms.noise_common = normal[:, 2]
    firms.noise_lender = draw("birth.noise", -1, firms.slots, firms.noise_lender.shape[1])
    spread = np.exp(parameters.liquidity.asking_cost_sd * normal[:, 3])
    firms.asking_cost = parameters.liquidity.asking_cost * FEN * spread
    sector = draw("birth.sector", -1, model.sector_shock.size)
    model.sector_shock = stationary_sd(parameters.shocks) * np.sqrt(parameters.shocks.sector_share) * sector
    model.demand_shock = parameters.demand.shock_sd * float(draw("birth.demand", -1, 1)[0])
    firms.sales = firms.annual_sales
    wear = parameters.technology.depreciation * parameters.technology.plant_to_sales * (firms.tier > 0)
    firms.margin = 1 - firms.unit_cost - wear - firms.unit_cost * model.unit_shock()


def normal_flow(model: FinancingModel) -> Fen:
    """Normal deliveries of a step by edge, fen at birth prices."""
    firms, network = model.firms, model.network
    inputs = np.append(firms.annual_inputs, 0)[network.buyer] * network.share
    yearly = np.where(network.buyer == firms.slots, firms.outside_sales[network.supplier], inputs)
    return np.floor(yearly * model.step_days / 360).astype(np.int64)


def _invoices(model: FinancingModel) -> None:
    """Invoices of the steps before birth that are not due yet, and OEM bills accepted before."""
    receivables, flow = model.receivables, normal_flow(model)
    later = share_of(flow, receivables.later_share)
    for back in range(1, receivables.depth):
        for shift, amount in ((0, flow - later), (1, later)):
            ahead = receivables.early + shift - back
            rows = np.flatnonzero((ahead >= 0) & (ahead < receivables.depth))
            receivables.account[ahead[rows], rows] += amount[rows]
    paper = share_of(flow[: receivables.bill_edges], receivables.bill_share)
    later = share_of(paper, receivables.bill_later)
    for back in range(1, receivables.depth):
        for ahead, amount in (
            (receivables.bill_early - back, paper - later),
            (receivables.bill_early + 1 - back, later),
        ):
            if 0 <= ahead < receivables.depth:
                receivables.bill[ahead] += amount
    _sales_pattern(model, flow)


def _sales_pattern(model: FinancingModel, flow: Fen) -> None:
    """From cost to cash, and how much the largest buyer takes."""
    firms, network, trade = model.firms, model.network, model.parameters.trade
    days = network.term_days + trade.oem_bill_days * trade.oem_bill_share * (network.buyer < model.oems)
    sales = np.maximum(sum_by(network.supplier, flow, firms.slots), 1)
    firms.cash_days_out = np.bincount(network.supplier, flow * days, minlength=firms.slots) / sales
    chain = slice(0, model.chain_edges)
    largest = np.zeros(firms.slots, np.int64)
    np.maximum.at(largest, network.supplier[chain], flow[chain])
    firms.largest_buyer = largest / sales


def _firms(model: FinancingModel) -> None:
    firms, ledger = model.firms, model.ledger
    supplier = firms.tier > 0
    firms.finished_units = np.where(supplier, model.finished_target, 0)
    ledger.open("firm", "finished_goods", share_of(firms.finished_units, firms.unit_cost))
    ledger.open("firm", "input_stock", model.input_target)
    ledger.open("firm", "plant", model.normal_plant)
    oem_cash = np.floor(firms.annual_inputs / 12 * model.parameters.oem.cash_months).astype(np.int64)
    ledger.open("firm", "deposit", np.where(supplier, model.normal_buffer, oem_cash))


def _loans(model: FinancingModel) -> None:
    """Unsecured loans in use, staggered over the tenor, at the house bank; leverage differs between firms."""
    firms, rules, products = model.firms, model.parameters.opening, model.parameters.products
    use = rules.loan_use * (1 + rules.equity_sd * model.streams.normal("birth.use", -1, firms.slots))
    amount = np.clip(use, 0, 1) * products.term_loan.limit * firms.annual_sales / LOANS_AT_BIRTH
    ticket = model.parameters.liquidity.smallest_ticket * FEN
    has = np.flatnonzero((firms.tier > 0) & (amount >= ticket))
    tenor = max(1, round(products.term_loan.tenor_days / model.step_days))
    place = model.streams.uniform("birth.due", -1, firms.slots)[has]
    firm = np.repeat(has, LOANS_AT_BIRTH)
    part = (np.arange(LOANS_AT_BIRTH)[None, :] + place[:, None]).ravel() / LOANS_AT_BIRTH
    due = np.minimum(np.floor(part * tenor).astype(np.int64), tenor - 1)
    principal = np.floor(amount[firm]).astype(np.int64)
    weight = np.array(model.parameters.bank.risk_weight)[firms.size[firm]]
    model.contracts.append(
        firm.size, borrower=firm, lender=firms.house_bank[firm], product=TERM_LOAN, start=due - tenor, due=due,
        principal=principal, rate=model.parameters.bank.funding + 0.02, pd=0.02, loan=True, risk_weight=weight,
        loss_given_default=products.term_loan.loss_given_default,
    )  # fmt: skip
    firms.first_time[has] = False
    model.ledger.open("firm", "loan", sum_by(firm, principal, firms.slots))
    model.ledger.open("bank", "loan", sum_by(firms.house_bank[firm], principal, model.banks.slots))


def _discounted_bills(model: FinancingModel) -> None:
    """A part of OEM bills is with the suppliers' house banks already, at the going rate."""
    receivables, firms, network = model.receivables, model.firms, model.network
    share = share_of(receivables.bill, model.parameters.opening.bill_sold)
    ahead, edge = np.nonzero(share)
    if edge.size == 0:
        return
    face = share[ahead, edge]
    receivables.bill -= share
    seller, each = np.unique(network.supplier[edge], return_inverse=True)
    rate = model.parameters.bank.funding + 0.01
    discount = np.floor(face * rate * (ahead + 1) * model.step_days / 360).astype(np.int64)
    due = np.zeros(seller.size, np.int64)
    np.maximum.at(due, each, ahead)
    lender = firms.house_bank[seller]
    rows = model.contracts.append(
        seller.size, borrower=seller, lender=lender, product=BILL_DISCOUNT, start=-1, due=due,
        principal=sum_by(each, face, seller.size), unearned=sum_by(each, discount, seller.size), rate=rate, pd=0.005,
        loan=False, risk_weight=model.parameters.bank.risk_weight[0],
        loss_given_default=model.parameters.products.bill_discount.loss_given_default,
    )  # fmt: skip
    receivables.lots.append(
        edge.size, edge=edge, due=ahead, face=face, advanced=face, contract=rows[each], bill=True, sold=True
    )
    contracts = model.contracts
    model.ledger.open("bank", "purchased_bills", sum_by(lender, contracts.principal[rows], model.banks.slots))
    model.ledger.open("bank", "unearned", sum_by(lender, contracts.unearned[rows], model.banks.slots))


def _trade_balances(model: FinancingModel) -> None:
    ledger, receivables = model.ledger, model.receivables
    accounts, bills = receivables.owed_to()
    ledger.open("firm", "receivable", accounts)
    ledger.open("firm", "bill", bills)
    accounts, bills = receivables.owed_by()
    ledger.open("firm", "trade_payable", accounts[:-1])
    ledger.open("firm", "bill_payable", bills[:-1])
    ledger.open("outside", "trade_payable", accounts[-1:])


def _banks(model: FinancingModel) -> None:
    """The rest of each book in proportion to its chain book; bad loans; equity at the opening ratio."""
    banks, rules, opening, ledger = model.banks, model.parameters.bank, model.parameters.opening, model.ledger
    books = ledger.balance
    chain = books("bank", "loan") + books("bank", "purchased_bills")
    share = np.array(rules.chain_share)[banks.kind]
    size = np.maximum(chain, 0.25 * max(chain.mean(), 1e6))
    banks.rest_normal = np.floor(size * (1 / share - 1)).astype(np.int64)
    default = np.array(rules.rest_default)[banks.kind]
    banks.rest_bad = np.floor(banks.rest_normal * default * rules.write_off_months / 12).astype(np.int64)
    ledger.open("bank", "rest_loan", banks.rest_normal + banks.rest_bad)
    ledger.open("outside", "rest_loan", np.array([int((banks.rest_normal + banks.rest_bad).sum())]))
    bad = chain * opening.npl_ratio / (1 - opening.npl_ratio) / model.bad_loans.shape[0]
    model.bad_loans[:] = np.floor(bad).astype(np.int64)
    ledger.open("bank", "bad_loan", model.bad_loans.sum(axis=0))
    ledger.open("outside", "shell_debt", np.array([int(model.bad_loans.sum())]))
    allowance = (chain + banks.rest_normal) * rules.general_provision + banks.rest_bad * rules.rest_loss
    ledger.open("bank", "allowance", np.floor(allowance).astype(np.int64) + model.bad_loans.sum(axis=0))
    contracts = model.contracts
    sme = contracts.principal * (model.firms.size[contracts.borrower] > 0)
    banks.sme_lending = sum_by(contracts.lender, sme, banks.slots)
    deposits = sum_by(model.firms.house_bank, books("firm", "deposit").copy(), banks.slots)
    ledger.open("bank", "firm_deposits", deposits)
    wanted = np.floor(opening.capital_ratio * model.risk_weighted_assets()).astype(np.int64)
    missing = books("bank", "equity") - wanted  # funded by Outside, grossed up for the reserves that it brings
    ratio = rules.reserve_ratio
    outside = np.floor((missing + ratio * deposits) / (1 - ratio)).astype(np.int64)
    reserves = np.floor(ratio * (deposits + outside)).astype(np.int64)
    ledger.open("bank", "outside_deposits", outside)
    ledger.open("bank", "reserves", reserves)
    ledger.open("outside", "deposit", np.array([int(outside.sum())]))
    ledger.open("central_bank", "reserves", np.array([int(reserves.sum())]))
    ledger.open("central_bank", "outside_claim", np.array([int(reserves.sum())]))
    ledger.open("outside", "central_bank_loan", np.array([int(reserves.sum())]))
