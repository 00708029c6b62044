"""Phase 10: banks' books: deposits, costs, the rest of the book, provisions, write-offs, capital, reserves."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from agents.bank import learned_intercept, payout
from agents.kernels import kernel
from agents.numeric import apportion, step_probability
from agents.threads import together
from sim.contracts import PRODUCTS, Book
from sim.payments import estates

if TYPE_CHECKING:
    from sim.model import FinancingModel

Fen = npt.NDArray[np.int64]
MEMORY: Final = 6  # months until a default counts half in what a lender learns from


def keep_books(model: FinancingModel) -> None:
    """Everything a bank books once a step, but for its reserves (phases 1 and 12)."""
    _pay_deposit_interest(model)
    _running_costs(model)
    _rest_of_book(model)
    _classify(model)
    _write_off(model)
    looked_up = [model.chain_book, partial(_risk, model), model.contracts_alive]
    book, risk, alive = together(looked_up, 10.0 * model.contracts.count)
    _provide(model, book)
    _capital(model, book)
    _learn(model, *risk)
    model.contracts.keep(alive)


def _floor(amount: npt.NDArray[Any]) -> Fen:
    return np.floor(np.maximum(amount, 0)).astype(np.int64)


def _pay_deposit_interest(model: FinancingModel) -> None:
    rules, books, post, year = model.parameters.bank, model.ledger.balance, model.ledger.post, model.step_days / 360
    interest = _floor(books("firm", "deposit") * rules.deposit_rate * year)
    post("deposit_interest", firm=interest, bank=(model.firms.house_bank, interest))
    outside = _floor(books("bank", "outside_deposits") * model.banks.funding * year)
    post("outside_deposit_interest", bank=outside)
    post("reserve_interest", bank=_floor(books("bank", "reserves") * rules.reserve_rate * year))
    post("standing_interest", bank=_floor(books("bank", "central_bank_credit") * rules.standing_rate * year))


def _running_costs(model: FinancingModel) -> None:
    """Running cost of the book and the fixed cost of this step's contracts."""
    books, rules, market = model.ledger.balance, model.parameters.bank, model.market
    assert market.products is not None
    chain = books("bank", "loan") + books("bank", "purchased_accounts") + books("bank", "purchased_bills")
    year = model.step_days / 360
    running = chain * model.banks.running_cost * year + books("bank", "rest_loan") * rules.rest_cost * year
    fixed = np.zeros(len(PRODUCTS))
    fixed[market.products.product] = market.products.fixed_cost
    contracts = np.bincount(market.lender, fixed[market.product], minlength=model.banks.slots)
    model.ledger.post("bank_costs", bank=_floor(running) + _floor(contracts))


def _rest_of_book(model: FinancingModel) -> None:
    """Loans outside the chain: a constant performing book, defaults at the kind's rate, written off after a while."""
    banks, rules, post = model.banks, model.parameters.bank, model.ledger.post
    kind, year = banks.kind, model.step_days / 360
    post("rest_interest", bank=_floor(banks.rest_normal * np.array(rules.rest_yield)[kind] * year))
    hazard = step_probability(np.array(rules.rest_default)[kind], model.step_days)
    bad = _floor(banks.rest_normal * hazard)
    done = _floor(banks.rest_bad * (model.months / rules.write_off_months))
    lost = _floor(done * rules.rest_loss)
    post("rest_written_off", bank=lost)
    post("rest_repaid", bank=done - lost)
    post("rest_lent", bank=bad)
    banks.rest_bad += bad - done


def _classify(model: FinancingModel) -> None:
    """Non-performing: overdue beyond the limit, or who owes is an estate."""
    contracts, lots = model.contracts, model.receivables.lots
    _find_bad(
        model.step_number, model.parameters.bank.npl_days / model.step_days, estates(model), model.network.buyer,
        lots.edge, lots.contract, lots.sold, lots.due, lots.face,
        contracts.borrower, contracts.loan, contracts.overdue_steps, contracts.bad,
    )  # fmt: skip


@kernel
def _find_bad(step, most_overdue, estate, buyer, edge, contract, sold, due, face, borrower, loan, overdue_steps, bad):
    """Update how long bought paper is overdue, and which contracts are bad; `most_overdue` in steps."""
    behind, failed = np.zeros(loan.size, np.bool_), np.zeros(loan.size, np.bool_)
    for lot in range(edge.size):
        if sold[lot]:
            c = contract[lot]
            behind[c] |= due[lot] <= step and face[lot] > 0
            failed[c] |= estate[buyer[edge[lot]]]
    for c in range(loan.size):
        if loan[c]:
            failed[c] |= estate[borrower[c]]
        else:
            overdue_steps[c] = overdue_steps[c] + 1 if behind[c] else 0
        bad[c] = failed[c] or overdue_steps[c] > most_overdue


def _write_off(model: FinancingModel) -> None:
    """Bad loans to wound-up firms are written off after their time; the others move on a step."""
    lost = model.bad_loans[-1].copy()
    model.ledger.post("bad_loan_written_off", lender=lost)
    model.bad_loans[1:] = model.bad_loans[:-1].copy()
    model.bad_loans[0] = 0


def _provide(model: FinancingModel, book: Book) -> None:
    """Allowances: a general part on what performs, the expected loss on what does not, all of a claim on a shell."""
    banks, rules = model.banks, model.parameters.bank
    needed = book.provision + model.bad_loans.sum(axis=0)
    needed = needed + banks.rest_normal * rules.general_provision + banks.rest_bad * rules.rest_loss
    change = _floor(needed) - model.ledger.balance("bank", "allowance")
    model.ledger.post("provision", bank=np.maximum(change, 0))
    model.ledger.post("provision_released", bank=np.maximum(-change, 0))


def _capital(model: FinancingModel, book: Book) -> None:
    """Pay out above the payout ratio; under the minimum a bank stops lending, and is recapitalised after a time."""
    banks, rules = model.banks, model.parameters.bank
    equity, weighted = model.bank_equity(), model.risk_weighted_assets(book)
    weak = equity < rules.minimum_capital * weighted
    banks.weak_steps = np.where(weak, banks.weak_steps + 1, 0)
    due = banks.weak_steps * model.months >= rules.recapitalisation_months
    missing = _floor(rules.target_capital * weighted - equity)
    model.ledger.post("bank_recapitalised", bank=np.where(due, missing, 0))
    for bank in np.flatnonzero(due):
        model.record_event("recapitalisation", model.bank_name(int(bank)), "", int(missing[bank]))
    banks.weak_steps = np.where(due, 0, banks.weak_steps)
    banks.lends[:] = banks.weak_steps == 0
    model.ledger.post("bank_payout", bank=np.where(weak, 0, payout(equity, weighted, rules, model.months)))


def _risk(model: FinancingModel) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], Fen]:
    """`_borrowers_at_risk` of the contracts as they are."""
    contracts = model.contracts
    return _borrowers_at_risk(
        model.firms.defaulted, model.banks.slots, contracts.borrower, contracts.lender, contracts.principal,
        contracts.loan, contracts.bad, contracts.pd,
    )  # fmt: skip


def _learn(
    model: FinancingModel, expected: npt.NDArray[np.float64], had: npt.NDArray[np.float64], defaulted_loans: Fen
) -> None:
    """Each lender compares the borrowers its prices expected to fail with those that did, of the last months."""
    banks, rules = model.banks, model.parameters.score
    model.defaulted_loans = defaulted_loans
    fading = 0.5 ** (model.months / MEMORY)
    banks.predicted = banks.predicted * fading + expected * model.step_days / 360
    banks.realised = banks.realised * fading + had
    speed = 1 - (1 - rules.intercept_speed) ** model.months
    learned = learned_intercept(banks.intercept, banks.predicted, banks.realised, speed, rules.credibility)
    banks.intercept = np.round(learned, 10)


@kernel
def _borrowers_at_risk(defaulted, lenders, borrower, lender, principal, loan, bad, pd):
    """For each lender: yearly PDs summed over who owed it a loan and had not failed before, and how many of them fell.

    A borrower counts once with each lender, at the PD of its oldest loan there: levels are set by obligors, not by
    amounts (Regulation (EU) 575/2013, Article 4(1)(78)), or one large failure would teach as much as hundreds. And
    what those that failed owe as borrowers, fen by firm.
    """
    expected, fell = np.zeros(lenders), np.zeros(lenders)
    seen, lost = np.zeros((defaulted.size, lenders), np.bool_), np.zeros(defaulted.size, np.int64)
    for c in range(borrower.size):
        firm, bank = borrower[c], lender[c]
        if loan[c] and defaulted[firm]:
            lost[firm] += principal[c]
        if loan[c] and principal[c] > 0 and (defaulted[firm] or not bad[c]) and not seen[firm, bank]:
            seen[firm, bank] = True
            expected[bank] += pd[c]
            fell[bank] += defaulted[firm]
    return expected, fell, lost


def balance_reserves(model: FinancingModel) -> None:
    """Outside's deposits move so that reserves keep their ratio to deposits; the central bank takes the other side.

    What a bank still lacks at the end of a step it draws from the standing facility, and repays at the next opening.
    """
    books, post, ratio = model.ledger.balance, model.ledger.post, model.parameters.bank.reserve_ratio
    post("standing_repaid", bank=books("bank", "central_bank_credit").copy())
    deposits = books("bank", "firm_deposits") + books("bank", "outside_deposits")
    wanted = (ratio * deposits - books("bank", "reserves")) / (1 - ratio)
    inflow = _floor(wanted)
    outflow = np.minimum(_floor(-wanted), np.maximum(books("bank", "outside_deposits"), 0))
    post("open_market_purchase", bank=inflow)
    post("open_market_sale", bank=outflow)


def draw_standing_facility(model: FinancingModel) -> None:
    """Banks short of reserves at the end of a step borrow them from the central bank."""
    short = np.maximum(-model.ledger.balance("bank", "reserves"), 0)
    model.ledger.post("standing_drawn", bank=short)


def settle_public_accounts(model: FinancingModel) -> None:
    """Informal lenders pass on their result, the central bank its own; the treasury spends or borrows the balance."""
    books, post = model.ledger.balance, model.ledger.post
    informal = books("informal", "profit").copy()
    post("informal_profit", total=np.maximum(informal, 0))
    post("informal_loss", total=np.maximum(-informal, 0))
    result = books("central_bank", "profit").copy()
    post("central_bank_profit_paid", total=np.maximum(result, 0))
    post("central_bank_loss_covered", total=np.maximum(-result, 0))
    surplus = int(books("treasury", "account")[0])
    # Through the banks in proportion to Outside's deposits with them.
    part = apportion(abs(surplus), np.maximum(books("bank", "outside_deposits"), 1))
    post("treasury_spends" if surplus >= 0 else "treasury_borrows", bank=part)
