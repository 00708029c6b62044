"""The products on offer in a step: what each lends on, who owes, on which terms. The rest of the market reads this."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from agents.numeric import FEN
from agents.parameters import Product
from policies.catalogue import (
    GovernmentGuarantee,
    InsuredBillPledge,
    MultiTierCertificates,
    ReverseFactoring,
    TradeCreditInsurance,
)
from sim.contracts import (
    BILL_DISCOUNT,
    CERTIFICATE_SALE,
    FACTORING,
    GUARANTEED_LOAN,
    INSURED_BILL_PLEDGE,
    INSURED_FACTORING,
    PRODUCTS,
    RECEIVABLE_PLEDGE,
    RECOURSE_FACTORING,
    REVERSE_FACTORING,
    TERM_LOAN,
)

if TYPE_CHECKING:
    from sim.model import FinancingModel

BILLS, ACCOUNTS, OUTSIDE_ACCOUNTS, CONFIRMED = range(4)  # kinds of paper
KINDS: Final = 4


class Nature(NamedTuple):
    """What a product is, whatever its terms."""

    paper: tuple[int, ...]  # kinds of paper it lends on; none: on sales
    sold: bool  # the bank buys the paper
    buyer_owes: bool  # the cut-off and the loss are about who owes the paper, not about the firm
    buyer_too: bool  # the lender loses only if the paper fails as well


_LOAN: Final = Nature((), False, False, False)
NATURE: Final[dict[int, Nature]] = {
    TERM_LOAN: _LOAN,
    GUARANTEED_LOAN: _LOAN,
    RECEIVABLE_PLEDGE: Nature((ACCOUNTS, OUTSIDE_ACCOUNTS), False, False, False),
    RECOURSE_FACTORING: Nature((ACCOUNTS,), False, False, True),
    FACTORING: Nature((ACCOUNTS,), True, True, False),
    INSURED_FACTORING: Nature(
        (ACCOUNTS, OUTSIDE_ACCOUNTS), True, True, False
    ),  # cover makes customers outside bankable
    BILL_DISCOUNT: Nature((BILLS,), True, True, True),
    INSURED_BILL_PLEDGE: Nature((BILLS,), False, False, True),
    REVERSE_FACTORING: Nature((CONFIRMED,), True, True, False),
    CERTIFICATE_SALE: Nature((CONFIRMED,), True, True, False),
}
IS_SOLD: Final = np.array([NATURE[product].sold for product in range(len(PRODUCTS))])
SELLS_CONFIRMED: Final = np.array([CONFIRMED in NATURE[product].paper for product in range(len(PRODUCTS))])
OEM_PAPER: Final = SELLS_CONFIRMED | np.array([BILLS in NATURE[product].paper for product in range(len(PRODUCTS))])
ON_SALES: Final = np.array([not NATURE[product].paper for product in range(len(PRODUCTS))])


class Offered(NamedTuple):
    """Products on offer now, one row each, in the order of PRODUCTS."""

    product: Any  # int64[P] index in PRODUCTS
    limit: Any  # float64[P] most lent, of annual sales or of face
    loss_given_default: Any  # float64[P] before cover
    fixed_cost: Any  # float64[P] fen
    cut_off: Any  # float64[P] largest yearly PD of who owes first
    fee: Any  # float64[P] platform's fee p.a.
    on_sales: Any  # bool[P]
    sold: Any  # bool[P]
    buyer_owes: Any  # bool[P]
    buyer_too: Any  # bool[P]
    paper: Any  # bool[P, KINDS] kinds of paper


def offered_now(model: FinancingModel) -> Offered:
    """Products of the scenario and those that levers in force add."""
    rules = model.parameters.products
    rows = [
        (TERM_LOAN, rules.term_loan, {}), (RECEIVABLE_PLEDGE, rules.receivable_pledge, {}),
        (RECOURSE_FACTORING, rules.recourse_factoring, {}), (FACTORING, rules.factoring, {}),
        (BILL_DISCOUNT, rules.bill_discount, {}),
    ]  # fmt: skip
    rows += _added(model)
    products = [product for product, _, _ in rows]
    terms = [
        (
            said.get("limit", like.limit), said.get("loss_given_default", like.loss_given_default),
            like.fixed_cost * FEN, said.get("cut_off", like.cut_off), said.get("fee", 0.0),
        )
        for _, like, said in rows
    ]  # fmt: skip
    limit, loss, fixed, cut_off, fee = (np.array(column, np.float64) for column in zip(*terms, strict=True))
    natures = [NATURE[product] for product in products]
    return Offered(
        np.array(products), limit, loss, fixed, cut_off, fee,
        np.array([not nature.paper for nature in natures]), np.array([nature.sold for nature in natures]),
        np.array([nature.buyer_owes for nature in natures]), np.array([nature.buyer_too for nature in natures]),
        np.array([[kind in nature.paper for kind in range(KINDS)] for nature in natures]),
    )  # fmt: skip


def _added(model: FinancingModel) -> list[tuple[int, Product, dict[str, float]]]:
    """Products that levers add: each is like one of the scenario's but for the terms named."""
    rules, find = model.parameters.products, model.levers.find
    rows: list[tuple[int, Product, dict[str, float]]] = []
    if (guarantee := find(GovernmentGuarantee)) and guarantee.share > 0:
        rows.append((GUARANTEED_LOAN, rules.term_loan, {"limit": guarantee.limit, "cut_off": guarantee.cut_off}))
    if (insurance := find(TradeCreditInsurance)) and insurance.cover > 0:
        terms = {"limit": insurance.advance, "cut_off": insurance.cut_off}
        rows.append((INSURED_FACTORING, rules.factoring, terms))
    if (pledge := find(InsuredBillPledge)) and pledge.cover > 0:
        terms = {"limit": pledge.advance, "cut_off": pledge.cut_off}
        rows.append((INSURED_BILL_PLEDGE, rules.receivable_pledge, terms))
    if (confirmed := find(ReverseFactoring)) and confirmed.share > 0:
        terms = {"limit": 1.0, "fee": confirmed.platform_fee, "loss_given_default": confirmed.loss_given_default}
        rows.append((REVERSE_FACTORING, rules.bill_discount, terms))
    if (issued := find(MultiTierCertificates)) and issued.share > 0:
        terms = {"limit": 1.0, "fee": issued.platform_fee, "loss_given_default": issued.loss_given_default}
        rows.append((CERTIFICATE_SALE, rules.bill_discount, terms))
    return rows
