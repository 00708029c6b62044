"""Draw-down: contracts are born, paper is pledged or sold, money is paid out (part of phase 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from agents.numeric import add_at
from sim.contracts import BILL_DISCOUNT, FACTORING, TERM_LOAN
from sim.matching import Proposals
from sim.paper import most_lots, take_paper

if TYPE_CHECKING:
    from sim.model import FinancingModel

Fen = npt.NDArray[np.int64]
Rows = npt.NDArray[Any]  # row numbers, of any integer type


def draw_down(model: FinancingModel, chosen: Proposals, firm: Fen, terms: Any) -> Fen:
    """Draw every held proposal; `terms` float64[m, 8] as in `accepted_terms`. Returns the amounts drawn, fen."""
    product, lender = chosen.product, chosen.lender
    sold = (product == FACTORING) | (product == BILL_DISCOUNT)
    step = model.step_number
    tenor = max(1, round(model.parameters.products.term_loan.tenor_days / model.step_days))
    rows = model.contracts.append(
        firm.size, borrower=firm, lender=lender, product=product, start=step,
        due=np.where(product == TERM_LOAN, step + tenor, step), principal=chosen.amount, rate=terms[:, 5],
        pd=terms[:, 7], loan=~sold, risk_weight=chosen.weight / 1000,
    )  # fmt: skip
    loans = ~sold
    model.ledger.post("loan_drawn", borrower=(firm[loans], chosen.amount[loans]),
                      lender=(lender[loans], chosen.amount[loans]))  # fmt: skip
    _hand_over_paper(model, chosen, firm, rows)
    model.new_borrowers[:] = False
    model.new_borrowers[firm] = model.firms.first_time[firm]
    model.firms.first_time[firm] = False
    return chosen.amount


def _hand_over_paper(model: FinancingModel, chosen: Proposals, firm: Fen, rows: Fen) -> None:
    with_paper = np.flatnonzero(chosen.product != TERM_LOAN)
    if with_paper.size == 0:
        return
    receivables, network, contracts = model.receivables, model.network, model.contracts
    written = np.empty((6, most_lots(firm[with_paper], network.supplier_start, receivables.depth)), np.int64)
    count = take_paper(
        model.step_number, model.shortest_paper, firm[with_paper], chosen.amount[with_paper], chosen.face[with_paper],
        network.supplier_start, network.by_supplier, receivables.bill_edges, receivables.bill_share > 0,
        model.chain_edges, receivables.account, receivables.bill, written,
    )  # fmt: skip
    edge, due, face, advanced, position, bill = written[:, :count]
    contract = rows[with_paper[position]]
    product = contracts.product[contract]
    sold = (product == FACTORING) | (product == BILL_DISCOUNT)
    receivables.lots.append(
        count, edge=edge, due=due, face=face, advanced=np.where(sold, advanced, 0), contract=contract,
        bill=bill.astype(np.bool_), sold=sold,
    )  # fmt: skip
    # A loan on paper is due from the borrower itself a step after the last of its paper.
    last = np.append(contract[1:] != contract[:-1], True)  # lots come nearest due first, contract by contract
    contracts.due[contract[last]] = np.where(sold, due, due + 1)[last]
    _pay_for_sold(model, contract[sold], face[sold], advanced[sold], due[sold], bill[sold] == 1)


def _pay_for_sold(model: FinancingModel, contract: Fen, face: Fen, advanced: Fen, due: Fen, bill: Any) -> None:
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
