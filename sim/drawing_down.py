"""Draw-down: contracts are born, paper is pledged or sold, money is paid out (part of phase 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from agents.numeric import add_at
from sim.carriers import collect_fees
from sim.confirmed import take
from sim.contracts import PD, RATE
from sim.lever_terms import Signed
from sim.matching import Held
from sim.paper import take_paper
from sim.products import CONFIRMED, IS_SOLD, ON_SALES, SELLS_CONFIRMED

if TYPE_CHECKING:
    from sim.model import FinancingModel

Fen = npt.NDArray[np.int64]
Rows = npt.NDArray[Any]  # row numbers, of any integer type


def draw_down(model: FinancingModel, chosen: Held, signed: Signed) -> Fen:
    """Draw every held proposal on the market's terms and with what levers add. Returns the amounts drawn, fen."""
    market = model.market
    firm, product, lender, terms = market.firm, market.product, chosen.lender, market.terms
    sold, on_sales = IS_SOLD[product], ON_SALES[product]
    step = model.step_number
    tenor = max(1, round(model.parameters.products.term_loan.tenor_days / model.step_days))
    rows = model.contracts.append(
        firm.size, borrower=firm, lender=lender, product=product, start=step,
        due=np.where(on_sales, step + tenor, step), principal=chosen.amount, rate=terms[:, RATE], pd=terms[:, PD],
        loan=~sold, risk_weight=chosen.weight / 1000, loss_given_default=signed.loss_given_default,
        scheme=signed.scheme, subsidy=signed.subsidy, refinanced=signed.refinanced,
    )  # fmt: skip
    loans = ~sold
    model.ledger.post("loan_drawn", borrower=(firm[loans], chosen.amount[loans]),
                      lender=(lender[loans], chosen.amount[loans]))  # fmt: skip
    _hand_over_paper(model, chosen, firm, rows)
    _pay_fees(model, rows, signed)
    model.new_borrowers[:] = False
    model.new_borrowers[firm] = model.firms.first_time[firm]
    model.firms.first_time[firm] = False
    return chosen.amount


def _hand_over_paper(model: FinancingModel, chosen: Held, firm: Fen, rows: Fen) -> None:
    product = model.market.product
    _sell_confirmed(model, chosen, firm, rows)
    with_paper = np.flatnonzero(~ON_SALES[product] & ~SELLS_CONFIRMED[product])
    if with_paper.size == 0:
        return
    receivables, network, contracts = model.receivables, model.network, model.contracts
    taken = take_paper(
        model.step_number, model.shortest_paper, firm[with_paper], chosen.amount[with_paper], chosen.face[with_paper],
        network.supplier_start, network.by_supplier, receivables.bill_edges, receivables.bill_share > 0,
        model.chain_edges, receivables.account, receivables.bill,
    )  # fmt: skip
    edge, due, face, advanced, position, bill = (
        taken[name] for name in ("edge", "due", "face", "advanced", "contract", "bill")
    )
    contract = rows[with_paper[position]]
    product = contracts.product[contract]
    sold = IS_SOLD[product]
    receivables.lots.append(
        taken.size, edge=edge, due=due, face=face, advanced=np.where(sold, advanced, 0), contract=contract,
        bill=bill.astype(np.bool_), sold=sold,
    )  # fmt: skip
    # A loan on paper is due from the borrower itself a step after the last of its paper.
    last = np.append(contract[1:] != contract[:-1], True)  # lots come nearest due first, contract by contract
    contracts.due[contract[last]] = np.where(sold, due, due + 1)[last]
    _pay_for_sold(model, contract[sold], face[sold], advanced[sold], due[sold], bill[sold] == 1)


def _sell_confirmed(model: FinancingModel, chosen: Held, firm: Fen, rows: Fen) -> None:
    """Slices of confirmed payables go to the bank without recourse, advanced in full."""
    sells = np.flatnonzero(SELLS_CONFIRMED[model.market.product])
    if sells.size == 0:
        return
    contracts, held = model.contracts, model.confirmed
    who, slices, face = take(model, firm[sells], chosen.face[sells, CONFIRMED])
    contract, edge, due = rows[sells[who]], held.edge[slices].copy(), held.due[slices].copy()
    model.receivables.lots.append(
        face.size, edge=edge, due=due, face=face, advanced=face, contract=contract, bill=True, sold=True
    )
    np.maximum.at(contracts.due, contract, due)
    _pay_for_sold(model, contract, face, face, due, np.ones(face.size, np.bool_))
    held.keep(held.face > 0)


def _pay_for_sold(model: FinancingModel, contract: Rows, face: Fen, advanced: Fen, due: Rows, bill: Any) -> None:
    """Paper sold: the discount is withheld from the advance, the hold-back stays with the bank."""
    contracts, post = model.contracts, model.ledger.post
    days = (due - model.step_number) * model.step_days
    discount = np.floor(advanced * contracts.rate[contract] * days / 360).astype(np.int64)
    add_at(contracts.unearned, contract, discount)
    seller, lender = contracts.borrower[contract], contracts.lender[contract]
    for kind, where in (("account", ~bill), ("bill", bill)):
        for event, amount in (
            ("sold", advanced - discount), ("held_back", face - advanced), ("discount", discount),
        ):  # fmt: skip
            post(f"{kind}_{event}", seller=(seller[where], amount[where]), lender=(lender[where], amount[where]))
    subsidy = np.minimum(np.floor(advanced * contracts.subsidy[contract] * days / 360).astype(np.int64), discount)
    post("discount_subsidy_paid", firm=(seller, subsidy))


def _pay_fees(model: FinancingModel, rows: Fen, signed: Signed) -> None:
    """Fees and premiums at signing, and what the treasury pays of them."""
    contracts, post = model.contracts, model.ledger.post
    who = contracts.borrower[rows]
    post("guarantee_fee_subsidy_paid", firm=(who, np.minimum(signed.fee_subsidy, signed.guarantee_fee)))
    post("premium_subsidy_paid", firm=(who, np.minimum(signed.premium_subsidy, signed.premium)))
    collect_fees(model, rows, signed.guarantee_fee, signed.premium)
    post("platform_fee", seller=(who, signed.platform_fee))
