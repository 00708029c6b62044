"""The journal: what every event debits and credits, role by role. `docs/journal.md` is printed from this table.

An entry reads `role: debit / credit`; all entries of an event move the same total, so books stay balanced holder by
holder and instrument by instrument. `of=` names the role whose house bank an entry is about. `flow` labels the row of
the transaction-flow matrix (Godley and Lavoie 2007); an event without one only changes portfolios.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

ASSETS: Final = {
    "firm": ("deposit", "receivable", "bill", "hold_back", "finished_goods", "input_stock", "plant"),
    "bank": (
        "reserves", "loan", "purchased_accounts", "purchased_bills", "interest_receivable", "bad_loan", "rest_loan",
    ),
    "informal": ("loan",),
    "outside": ("deposit", "wages_receivable", "supplies_receivable", "informal_claim"),
    "treasury": ("account", "tax_receivable"),
    "central_bank": ("outside_claim", "standing_credit", "refinancing"),
    "carrier": ("account", "claim"),
}  # fmt: skip
LIABILITIES: Final = {
    "firm": (
        "trade_payable", "bill_payable", "outside_payable", "wages_payable", "tax_payable", "loan", "interest_payable",
        "informal_loan",
    ),
    "bank": (
        "firm_deposits", "outside_deposits", "hold_back", "central_bank_credit", "refinancing", "unearned", "allowance",
    ),
    "informal": ("funding",),
    "outside": ("trade_payable", "shell_debt", "rest_loan", "central_bank_loan"),
    "treasury": (),
    "central_bank": ("reserves", "treasury_account", "carrier_accounts"),
    "carrier": (),
}  # fmt: skip
# Own real things, or corrections of own value: nobody's debt, matched by net worth alone.
REAL: Final = frozenset(
    {
        ("firm", "finished_goods"), ("firm", "input_stock"), ("firm", "plant"),
        ("bank", "allowance"), ("bank", "unearned"),
    }
)  # fmt: skip
# Financial instruments: every holder's asset is an issuer's liability.
INSTRUMENTS: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "deposits": (("firm", "deposit"), ("outside", "deposit"), ("bank", "firm_deposits"), ("bank", "outside_deposits")),
    "reserves": (("bank", "reserves"), ("central_bank", "reserves")),
    "trade credit": (
        ("firm", "receivable"), ("bank", "purchased_accounts"), ("firm", "trade_payable"), ("outside", "trade_payable"),
    ),
    "bills": (("firm", "bill"), ("bank", "purchased_bills"), ("firm", "bill_payable")),
    "hold-backs": (("firm", "hold_back"), ("bank", "hold_back")),
    "wages": (("outside", "wages_receivable"), ("firm", "wages_payable")),
    "outside supplies": (("outside", "supplies_receivable"), ("firm", "outside_payable")),
    "taxes": (("treasury", "tax_receivable"), ("firm", "tax_payable")),
    "loans": (("bank", "loan"), ("carrier", "claim"), ("firm", "loan")),
    "interest": (("bank", "interest_receivable"), ("firm", "interest_payable")),
    "bad loans": (("bank", "bad_loan"), ("outside", "shell_debt")),
    "rest of the book": (("bank", "rest_loan"), ("outside", "rest_loan")),
    "informal loans": (("informal", "loan"), ("firm", "informal_loan")),
    "informal funding": (("outside", "informal_claim"), ("informal", "funding")),
    "treasury account": (("treasury", "account"), ("central_bank", "treasury_account")),
    "central-bank claims": (("central_bank", "outside_claim"), ("outside", "central_bank_loan")),
    "standing facility": (("central_bank", "standing_credit"), ("bank", "central_bank_credit")),
    "refinancing": (("central_bank", "refinancing"), ("bank", "refinancing")),
    "carriers' accounts": (("carrier", "account"), ("central_bank", "carrier_accounts")),
}  # fmt: skip
ROLES: Final = {
    "firm": "firm", "buyer": "firm", "seller": "firm", "borrower": "firm",
    "house": "bank", "payer_bank": "bank", "payee_bank": "bank", "lender": "bank", "bank": "bank",
    "informal": "informal", "outside": "outside", "treasury": "treasury", "central_bank": "central_bank",
    "carrier": "carrier",
}  # fmt: skip
# The house bank of whom, where a role is a firm's bank.
BANK_OF: Final = {
    "house": ("firm", "borrower", "seller", "buyer"),
    "payer_bank": ("buyer", "borrower"),
    "payee_bank": ("seller", "borrower"),
}


@dataclass(frozen=True)
class Entry:
    """One role's debit and credit."""

    role: str
    debit: str
    credit: str

    @cached_property
    def sector(self) -> str:
        """Whose books it is in."""
        return ROLES[self.role]

    @cached_property
    def signs(self) -> tuple[int, int]:
        """What a fen adds to the balances of the two accounts: assets and liabilities are both positive."""
        assets = ASSETS[self.sector]
        return 1 if self.debit in assets else -1, -1 if self.credit in assets else 1


@dataclass(frozen=True)
class Event:
    """A named event: its entries and, if it is income to one and cost to another, its row of the flow matrix."""

    entries: tuple[Entry, ...]
    flow: str | None


def _event(*lines: str, flow: str | None = None) -> Event:
    entries = []
    for line in lines:
        role, accounts = line.split(":")
        debit, credit = accounts.split("/")
        entries.append(Entry(role.strip(), debit.strip(), credit.strip()))
    return Event(tuple(entries), flow)


_TO_OUTSIDE = "house: firm_deposits / outside_deposits"
_FROM_OUTSIDE = "house: outside_deposits / firm_deposits"
_PAYER = "payer_bank: firm_deposits / reserves"
_PAYEE = "payee_bank: reserves / firm_deposits"
_FEE_FROM = "house: firm_deposits / reserves"
_SUBSIDY = _event(
    "treasury: profit / account", "central_bank: treasury_account / reserves", "house: reserves / firm_deposits",
    "firm: deposit / profit", flow="subsidies",
)  # fmt: skip

JOURNAL: Final[dict[str, Event]] = {
    # goods
    "parts_sold": _event("buyer: input_stock / trade_payable", "seller: receivable / profit", flow="sales of parts"),
    "sold_outside": _event("seller: receivable / profit", "outside: profit / trade_payable", flow="sales outside"),
    "cars_sold": _event("firm: deposit / profit", "outside: profit / deposit", _FROM_OUTSIDE, flow="sales of cars"),
    "cost_of_goods": _event("firm: profit / finished_goods"),
    "wages_accrued": _event(
        "firm: finished_goods / wages_payable", "outside: wages_receivable / profit", flow="wages"
    ),
    "supplies_accrued": _event(
        "firm: finished_goods / outside_payable", "outside: supplies_receivable / profit", flow="outside supplies"
    ),
    "inputs_used": _event("firm: finished_goods / input_stock"),
    "rare_loss": _event(
        "firm: profit / outside_payable", "outside: supplies_receivable / profit", flow="rare losses"
    ),
    "depreciation": _event("firm: profit / plant"),
    "plant_bought": _event(
        "firm: plant / deposit", "outside: deposit / profit", _TO_OUTSIDE, flow="investment"
    ),
    # owners
    "owners_draw": _event("firm: equity / deposit", "outside: deposit / profit", _TO_OUTSIDE, flow="owners' draws"),
    "equity_paid_in": _event(
        "firm: deposit / equity", "outside: profit / deposit", _FROM_OUTSIDE, flow="equity paid in"
    ),
    # taxes
    "tax_accrued": _event("firm: profit / tax_payable", "treasury: tax_receivable / profit", flow="taxes"),
    "tax_paid": _event(
        "firm: tax_payable / deposit", "house: firm_deposits / reserves",
        "central_bank: reserves / treasury_account", "treasury: account / tax_receivable",
    ),
    "treasury_spends": _event(
        "treasury: profit / account", "central_bank: treasury_account / reserves",
        "bank: reserves / outside_deposits", "outside: deposit / profit", flow="public spending",
    ),
    "treasury_borrows": _event(
        "treasury: account / profit", "central_bank: reserves / treasury_account",
        "bank: outside_deposits / reserves", "outside: profit / deposit", flow="deficit financing",
    ),
    "certificate_passed": _event("buyer: trade_payable / bill", "seller: bill / receivable"),
    # settlement of trade
    "wages_paid": _event("firm: wages_payable / deposit", _TO_OUTSIDE, "outside: deposit / wages_receivable"),
    "supplies_paid": _event("firm: outside_payable / deposit", _TO_OUTSIDE, "outside: deposit / supplies_receivable"),
    "bill_accepted": _event("buyer: trade_payable / bill_payable", "seller: bill / receivable"),
    "account_paid": _event("buyer: trade_payable / deposit", _PAYER, _PAYEE, "seller: deposit / receivable"),
    "bill_paid": _event("buyer: bill_payable / deposit", _PAYER, _PAYEE, "seller: deposit / bill"),
    "outside_pays": _event("outside: trade_payable / deposit", _FROM_OUTSIDE, "seller: deposit / receivable"),
    "purchased_account_paid": _event(
        "buyer: trade_payable / deposit", _PAYER, "lender: reserves / purchased_accounts"
    ),
    "purchased_bill_paid": _event("buyer: bill_payable / deposit", _PAYER, "lender: reserves / purchased_bills"),
    "outside_pays_purchaser": _event(
        "outside: trade_payable / deposit", "lender: outside_deposits / purchased_accounts"
    ),
    "hold_back_returned": _event("lender: hold_back / reserves", _PAYEE, "seller: deposit / hold_back"),
    "account_penalty": _event(
        "buyer: profit / trade_payable", "seller: receivable / profit", flow="late-payment interest"
    ),
    "bill_penalty": _event("buyer: profit / bill_payable", "seller: bill / profit", flow="late-payment interest"),
    "purchased_account_penalty": _event(
        "buyer: profit / trade_payable", "lender: purchased_accounts / profit", flow="late-payment interest"
    ),
    "purchased_bill_penalty": _event(
        "buyer: profit / bill_payable", "lender: purchased_bills / profit", flow="late-payment interest"
    ),
    "default_cost": _event("firm: profit / deposit", _TO_OUTSIDE, "outside: deposit / profit", flow="default costs"),
    # bank credit
    "loan_drawn": _event("borrower: deposit / loan", _PAYEE, "lender: loan / reserves"),
    "account_sold": _event("seller: deposit / receivable", _PAYEE, "lender: purchased_accounts / reserves"),
    "account_held_back": _event("seller: hold_back / receivable", "lender: purchased_accounts / hold_back"),
    "account_discount": _event(
        "seller: profit / receivable", "lender: purchased_accounts / unearned", flow="discount"
    ),
    "bill_sold": _event("seller: deposit / bill", _PAYEE, "lender: purchased_bills / reserves"),
    "bill_held_back": _event("seller: hold_back / bill", "lender: purchased_bills / hold_back"),
    "bill_discount": _event("seller: profit / bill", "lender: purchased_bills / unearned", flow="discount"),
    "discount_earned": _event("lender: unearned / profit"),
    "interest_accrued": _event(
        "borrower: profit / interest_payable", "lender: interest_receivable / profit", flow="interest on loans"
    ),
    "interest_paid": _event("borrower: interest_payable / deposit", _PAYER, "lender: reserves / interest_receivable"),
    "principal_paid": _event("borrower: loan / deposit", _PAYER, "lender: reserves / loan"),
    "bill_returned": _event("seller: bill / loan", "lender: loan / purchased_bills"),
    # informal credit
    "informal_drawn": _event(
        "borrower: deposit / informal_loan", _FROM_OUTSIDE, "informal: loan / funding",
        "outside: informal_claim / deposit",
    ),
    "informal_interest": _event(
        "borrower: profit / informal_loan", "informal: loan / profit", flow="interest on informal loans"
    ),
    "informal_paid": _event(
        "borrower: informal_loan / deposit", _TO_OUTSIDE, "informal: funding / loan",
        "outside: deposit / informal_claim",
    ),
    "informal_profit": _event(
        "informal: profit / funding", "outside: informal_claim / profit", flow="informal lenders' result"
    ),
    "informal_loss": _event(
        "informal: funding / profit", "outside: profit / informal_claim", flow="informal lenders' result"
    ),
    # failure
    "goods_sold_off": _event(
        "firm: deposit / finished_goods", _FROM_OUTSIDE, "outside: profit / deposit", flow="liquidation"
    ),
    "inputs_sold_off": _event(
        "firm: deposit / input_stock", _FROM_OUTSIDE, "outside: profit / deposit", flow="liquidation"
    ),
    "plant_sold_off": _event("firm: deposit / plant", _FROM_OUTSIDE, "outside: profit / deposit", flow="liquidation"),
    "goods_haircut": _event("firm: profit / finished_goods"),
    "inputs_haircut": _event("firm: profit / input_stock"),
    "plant_haircut": _event("firm: profit / plant"),
    "account_sold_off": _event(
        "buyer: trade_payable / outside_payable", "outside: supplies_receivable / deposit",
        "seller: deposit / receivable", "payee_bank: outside_deposits / firm_deposits",
    ),
    "account_sold_off_haircut": _event(
        "buyer: trade_payable / outside_payable", "outside: supplies_receivable / profit",
        "seller: profit / receivable", flow="haircut on claims",
    ),
    "bill_sold_off": _event(
        "buyer: bill_payable / outside_payable", "outside: supplies_receivable / deposit",
        "seller: deposit / bill", "payee_bank: outside_deposits / firm_deposits",
    ),
    "bill_sold_off_haircut": _event(
        "buyer: bill_payable / outside_payable", "outside: supplies_receivable / profit",
        "seller: profit / bill", flow="haircut on claims",
    ),
    "wages_lost": _event("firm: wages_payable / profit", "outside: profit / wages_receivable", flow="losses"),
    "tax_lost": _event("firm: tax_payable / profit", "treasury: profit / tax_receivable", flow="losses"),
    "supplies_lost": _event("firm: outside_payable / profit", "outside: profit / supplies_receivable", flow="losses"),
    "account_lost": _event("buyer: trade_payable / profit", "seller: profit / receivable", flow="losses"),
    "bill_lost": _event("buyer: bill_payable / profit", "seller: profit / bill", flow="losses"),
    "purchased_account_lost": _event(
        "buyer: trade_payable / profit", "lender: allowance / purchased_accounts", flow="losses"
    ),
    "purchased_bill_lost": _event(
        "buyer: bill_payable / profit", "lender: allowance / purchased_bills", flow="losses"
    ),
    "account_hold_back_lost": _event(
        "buyer: trade_payable / profit", "lender: hold_back / purchased_accounts", "seller: profit / hold_back",
        flow="losses",
    ),
    "bill_hold_back_lost": _event(
        "buyer: bill_payable / profit", "lender: hold_back / purchased_bills", "seller: profit / hold_back",
        flow="losses",
    ),
    "loan_to_shell": _event(
        "borrower: loan / profit", "outside: profit / shell_debt", "lender: bad_loan / loan", flow="losses"
    ),
    "interest_lost": _event(
        "borrower: interest_payable / profit", "lender: profit / interest_receivable", flow="losses"
    ),
    "informal_lost": _event("borrower: informal_loan / profit", "informal: profit / loan", flow="losses"),
    "bad_loan_written_off": _event(
        "lender: allowance / bad_loan", "outside: shell_debt / profit", flow="losses"
    ),
    # banks' books
    "deposit_interest": _event("bank: profit / firm_deposits", "firm: deposit / profit", flow="interest on deposits"),
    "outside_deposit_interest": _event(
        "bank: profit / outside_deposits", "outside: deposit / profit", flow="interest on deposits"
    ),
    "reserve_interest": _event(
        "bank: reserves / profit", "central_bank: profit / reserves", flow="interest on reserves"
    ),
    "standing_interest": _event(
        "bank: profit / reserves", "central_bank: reserves / profit", flow="interest on standing facility"
    ),
    "central_bank_loss_covered": _event(
        "central_bank: treasury_account / profit", "treasury: profit / account", flow="central bank's result"
    ),
    "central_bank_profit_paid": _event(
        "central_bank: profit / treasury_account", "treasury: account / profit", flow="central bank's result"
    ),
    "bank_costs": _event("bank: profit / outside_deposits", "outside: deposit / profit", flow="banks' running costs"),
    "rest_interest": _event(
        "bank: outside_deposits / profit", "outside: profit / deposit", flow="interest, rest of the book"
    ),
    "rest_lent": _event("bank: rest_loan / outside_deposits", "outside: deposit / rest_loan"),
    "rest_repaid": _event("bank: outside_deposits / rest_loan", "outside: rest_loan / deposit"),
    "rest_written_off": _event("bank: allowance / rest_loan", "outside: rest_loan / profit", flow="losses"),
    "provision": _event("bank: profit / allowance"),
    "provision_released": _event("bank: allowance / profit"),
    "bank_payout": _event("bank: equity / outside_deposits", "outside: deposit / profit", flow="banks' payout"),
    "bank_recapitalised": _event(
        "bank: outside_deposits / equity", "outside: profit / deposit", flow="banks' recapitalisation"
    ),
    "open_market_purchase": _event(
        "central_bank: outside_claim / reserves", "bank: reserves / outside_deposits",
        "outside: deposit / central_bank_loan",
    ),
    "open_market_sale": _event(
        "central_bank: reserves / outside_claim", "bank: outside_deposits / reserves",
        "outside: central_bank_loan / deposit",
    ),
    "standing_drawn": _event(
        "bank: reserves / central_bank_credit", "central_bank: standing_credit / reserves"
    ),
    "standing_repaid": _event(
        "bank: central_bank_credit / reserves", "central_bank: reserves / standing_credit"
    ),
    # refinancing facilities
    "refinanced": _event("bank: reserves / refinancing", "central_bank: refinancing / reserves"),
    "refinancing_repaid": _event("bank: refinancing / reserves", "central_bank: reserves / refinancing"),
    "refinancing_interest": _event(
        "bank: profit / reserves", "central_bank: reserves / profit", flow="interest on refinancing"
    ),
    # subsidies
    "interest_subsidy_paid": _SUBSIDY,
    "discount_subsidy_paid": _SUBSIDY,
    "guarantee_fee_subsidy_paid": _SUBSIDY,
    "premium_subsidy_paid": _SUBSIDY,
    # risk carriers
    "carrier_endowed": _event(
        "treasury: profit / account", "central_bank: treasury_account / carrier_accounts", "carrier: account / equity",
        flow="capital of risk carriers",
    ),
    "carrier_capital_returned": _event(
        "carrier: equity / account", "central_bank: carrier_accounts / treasury_account", "treasury: account / profit",
        flow="capital of risk carriers",
    ),
    "insurer_endowed": _event(
        "outside: profit / deposit", "bank: outside_deposits / reserves", "central_bank: reserves / carrier_accounts",
        "carrier: account / equity", flow="capital of risk carriers",
    ),
    "guarantee_fee": _event(
        "borrower: profit / deposit", _FEE_FROM, "central_bank: reserves / carrier_accounts",
        "carrier: account / profit", flow="fees and premiums",
    ),
    "insurance_premium": _event(
        "borrower: profit / deposit", _FEE_FROM, "central_bank: reserves / carrier_accounts",
        "carrier: account / profit", flow="fees and premiums",
    ),
    "platform_fee": _event(
        "seller: profit / deposit", _TO_OUTSIDE, "outside: deposit / profit", flow="platform fees"
    ),
    "guarantee_called": _event(
        "carrier: claim / account", "central_bank: carrier_accounts / reserves", "lender: reserves / loan"
    ),
    "claim_repaid": _event(
        "borrower: loan / deposit", _PAYER, "central_bank: reserves / carrier_accounts", "carrier: account / claim"
    ),
    "claim_lost": _event("borrower: loan / profit", "carrier: profit / claim", flow="losses"),
    "loss_compensated": _event(
        "borrower: loan / profit", "lender: reserves / loan", "central_bank: carrier_accounts / reserves",
        "carrier: profit / account", flow="losses",
    ),
    "insured_account_compensated": _event(
        "buyer: trade_payable / profit", "lender: reserves / purchased_accounts",
        "central_bank: carrier_accounts / reserves", "carrier: profit / account", flow="losses",
    ),
    "insured_bill_compensated": _event(
        "buyer: bill_payable / profit", "lender: reserves / purchased_bills",
        "central_bank: carrier_accounts / reserves", "carrier: profit / account", flow="losses",
    ),
}  # fmt: skip
