"""Phase 11: firms close their books and everyone remembers: sales, margins, approval rates, market prices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agents.firm import ACTIVE
from agents.numeric import share_of, sum_by
from agents.oem import bill_tenor
from sim.contracts import APR, PRODUCTS, RATE, RATING_GRADES
from sim.products import OEM_PAPER

if TYPE_CHECKING:
    from sim.model import FinancingModel


def adapt(model: FinancingModel) -> None:
    """Depreciation and tax; smoothed records of firms; what each group of firms and the market last experienced."""
    _close_firms(model)
    _remember_approvals(model)
    _remember_prices(model)
    _remember_lending(model)
    _set_bill_tenor(model)


def _close_firms(model: FinancingModel) -> None:
    firms, books, post = model.firms, model.ledger.balance, model.ledger.post
    active = firms.status == ACTIVE
    post("depreciation", firm=np.where(active, model.wear(), 0))
    profit = books("firm", "profit")
    post("tax_accrued", firm=np.where(active, share_of(np.maximum(profit, 0), model.parameters.liquidity.tax), 0))
    sold, year = model.goods.sold, 1 - 0.5 ** (model.months / 6)
    yearly = sold * 360 / model.step_days
    firms.sales += np.where(active, year * (yearly - firms.sales), 0)
    margin = np.clip(books("firm", "profit") / np.maximum(sold, 1), -1, 1)
    firms.margin += np.where(active & (sold > 0), year * (margin - firms.margin), 0)
    firms.age += np.where(active, model.step_days / 360, 0)


def _remember_approvals(model: FinancingModel) -> None:
    """Approval rate of each group (size × tier) among those that asked, smoothed with half the memory as half-life."""
    groups = model.group_approval.size
    asked = np.bincount(model.group[model.plan.asked], minlength=groups)
    got = np.zeros(model.firms.slots, np.bool_)
    got[model.market.firm] = True
    granted = np.bincount(model.group[got], minlength=groups)
    weight = (1 - 0.5 ** (2 * model.months / model.parameters.liquidity.approval_memory)) * (asked > 0)
    rate = granted / np.maximum(asked, 1)
    model.group_approval = np.round(model.group_approval + weight * (rate - model.group_approval), 10)


def _remember_prices(model: FinancingModel) -> None:
    """Last mean price by product and rating grade, and by group of firms; carried forward where nothing was signed."""
    market = model.market
    assert market.askers is not None
    grade = market.askers.grade[market.asker]
    key = market.product * RATING_GRADES + grade
    size = len(PRODUCTS) * RATING_GRADES
    amount = np.bincount(key, market.amount, minlength=size)
    total = np.bincount(key, market.amount * market.terms[:, RATE], minlength=size)
    known = model.reference.ravel()
    model.reference = np.round(np.where(amount > 0, total / np.maximum(amount, 1), known), 10).reshape(
        len(PRODUCTS), RATING_GRADES
    )
    group = model.group[market.firm]
    count = np.bincount(group, minlength=model.group_price.size)
    mean = np.bincount(group, market.terms[:, APR], minlength=model.group_price.size) / np.maximum(count, 1)
    model.group_price = np.round(np.where(count > 0, mean, model.group_price), 10)
    weight = np.bincount(group, market.amount, minlength=count.size)
    life = np.bincount(group, market.amount * market.days, minlength=count.size) / np.maximum(weight, 1)
    model.group_days = np.round(np.where(weight > 0, life, model.group_days), 6)


def _remember_lending(model: FinancingModel) -> None:
    """Each lender's new lending to SMEs, smoothed over a year: its part in what levers ration."""
    market, banks = model.market, model.banks
    amount = np.where(model.firms.size[market.firm] > 0, market.amount, 0)
    yearly = sum_by(market.lender, amount, banks.slots) * 360 / model.step_days
    banks.sme_lending += (1 - 0.5 ** (model.months / 6)) * (yearly - banks.sme_lending)


def _set_bill_tenor(model: FinancingModel) -> None:
    """OEMs lengthen their bills as suppliers finance them more cheaply than before the evaluation."""
    market, trade = model.market, model.parameters.trade
    paper = OEM_PAPER[market.product]
    weight = (market.amount * market.days)[paper]
    if weight.sum() > 0:
        price = float((weight * market.terms[paper, APR]).sum() / weight.sum())
        keep = 0.5 ** (model.months / 6) if model.paper_price > 0 else 0.0
        model.paper_price = round(keep * model.paper_price + (1 - keep) * price, 10)
    if model.step_number + 1 <= model.levers.first_step:
        model.paper_price_before = model.paper_price
        return
    tenor = bill_tenor(
        trade.oem_account_days, trade.oem_bill_days, model.paper_price_before, model.paper_price, model.parameters.oem
    )
    model.receivables.set_bill_tenor(tenor)
