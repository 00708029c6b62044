"""Evidence on insurance: the same paper insured and not, term by term and by the buyer's rating; access."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from experiments.evidence_runs import (
    Followed,
    Seen,
    born,
    by_hand,
    follow,
    in_bp,
    mean,
    offers_of,
    pairs_of,
    up_to_quotes,
    value_of,
)
from experiments.reforms import BASELINE
from policies.apr import discount_apr
from sim.contracts import BILL_DISCOUNT, FACTORING, INSURED_BILL_PLEDGE, INSURED_FACTORING
from sim.credit_market import lenders_now, pricing_rules, versions_now
from sim.lever_terms import WITH
from sim.quoting import quote

if TYPE_CHECKING:
    from experiments.config import Experiment
    from sim.model import FinancingModel

POLICY: Final = "insurance"
THIRDS: Final = ("safest third", "middle third", "riskiest third")
PRODUCTS: Final = {INSURED_FACTORING: "receivables", INSURED_BILL_PLEDGE: "bills"}
UNINSURED: Final = {INSURED_FACTORING: FACTORING, INSURED_BILL_PLEDGE: BILL_DISCOUNT}
_TERMS: Final = (("premium", "premium"), ("LGD", "expected_loss"), ("capital", "capital"),
                 ("operating (less screening)", "operating"), ("margin", "margin"))  # fmt: skip
ACCESS: Final = ("approval_rate", "granted_share", "formal_share_of_need", "discouraged_share")


def insurance(experiment: Experiment, replication: int) -> list[Seen]:
    """One replication: prices of the same paper, market offers, advance, access."""
    model = born(experiment, POLICY, replication)
    up_to_quotes(model)
    insured, bare = offers_of(model), _uninsured_offers(model)
    hurdle = experiment.parameters.bank.hurdle
    seen = [*same_paper(insured, bare, hurdle), *market_offers(insured)]
    base = follow(born(experiment, BASELINE, replication), experiment.evaluate_steps)
    run = follow(born(experiment, POLICY, replication), experiment.evaluate_steps)
    return [*seen, *access(base, run)]


def _uninsured_offers(model: FinancingModel) -> pd.DataFrame:
    """The offers of this step had the insurer's products no cover: no premium, full loss, full screening."""
    market = model.market
    products, levers, askers = market.products, market.levers, market.askers
    assert products is not None and levers is not None and askers is not None
    covered = np.isin(products.product, list(PRODUCTS))
    loss, effort, premium = levers.loss_given_default.copy(), levers.effort.copy(), levers.premium_base.copy()
    loss[WITH][:, covered] = products.loss_given_default[covered]
    effort[WITH][:, covered] = 1.0
    premium[WITH][:, covered] = 0.0
    bare: Any = levers._replace(loss_given_default=loss, effort=effort, premium_base=premium)
    rules, lenders = pricing_rules(model), lenders_now(model)
    quotes = quote(askers, lenders, rules, bare, model.reference, versions_now(model))
    return offers_of(model, quotes, bare)


def same_paper(insured: pd.DataFrame, bare: pd.DataFrame, hurdle: float) -> Iterator[Seen]:
    """Insured less uninsured price of the same paper, same firm and lender, by tercile of who owes it."""
    for product, name in PRODUCTS.items():
        pairs = pairs_of(bare, insured[insured["product"] == product])
        if pairs.empty:
            continue
        third = thirds(pairs["obligor_pd_now"].to_numpy())
        for place, label in enumerate(THIRDS):
            rows = pairs[third == place]
            yield from _split(f"{name}, {label}", rows, product, hurdle)


def thirds(pd_of_buyer: np.ndarray) -> np.ndarray:
    """Tercile 0 to 2 by rank, equals in the order given."""
    rank = np.empty(pd_of_buyer.size, np.int64)
    rank[np.argsort(pd_of_buyer, kind="stable")] = np.arange(pd_of_buyer.size)
    return rank * len(THIRDS) // max(pd_of_buyer.size, 1)


def _split(case: str, rows: pd.DataFrame, product: int, hurdle: float) -> Iterator[Seen]:
    weight, group = rows["amount_now"], "insured less uninsured"
    yield Seen(case, "paper", "buyer's PD", "%", 100 * mean(rows["obligor_pd_now"], weight))
    yield Seen(case, "paper", "days", "days", mean(rows["days_now"], weight))
    net = rows["apr_now"] - rows["apr_then"]
    yield Seen(case, group, "APR", "bp", in_bp(mean(net, weight)))
    explained = 0.0
    for label, column in _TERMS:
        change = mean(rows[f"{column}_now"] - rows[f"{column}_then"], weight)
        explained += change
        yield Seen(case, group, f"of which {label}", "bp", in_bp(change))
    yield Seen(case, group, "of which timing", "bp", in_bp(mean(net, weight) - explained))
    yield Seen(case, group, "offers that are cheaper insured", "share", mean(net < 0, np.ones(len(net))))
    if product == INSURED_FACTORING:
        then = rows.rename(columns=lambda name: name.removesuffix("_then"))
        loss = mean(rows["loss_now"], weight)
        days, premium = mean(rows["days_now"], weight), mean(rows["premium_now"], weight)
        with_it = by_hand(then, weight, hurdle, loss=loss, operating=mean(rows["operating_now"], weight))
        margin = mean(rows["margin_then"], weight)
        apr = [discount_apr(rate + margin, days, fee * days / 360)
               for rate, fee in ((with_it, premium), (by_hand(then, weight, hurdle), 0.0))]  # fmt: skip
        yield Seen(case, group, "APR by hand (oracle 3)", "bp", in_bp(apr[0] - apr[1]))


def market_offers(offers: pd.DataFrame) -> Iterator[Seen]:
    """What the firm can choose between: its insured offer against the usual product of the same lender."""
    for product, name in PRODUCTS.items():
        mine, usual = offers[offers["product"] == product], offers[offers["product"] == UNINSURED[product]]
        both = mine.merge(usual, on=["firm", "lender"], suffixes=("_now", "_then"))
        group = "insured offer less the usual product of the same lender"
        case, weight = f"{name}, market", both["amount_now"]
        yield Seen(case, group, "APR", "bp", in_bp(mean(both["apr_now"] - both["apr_then"], weight)))
        firms, those = mine.drop_duplicates("firm"), usual.drop_duplicates("firm")
        new = firms[~firms["firm"].isin(those["firm"])]
        yield Seen(case, group, "firms with an insured offer", "count", len(firms))
        yield Seen(case, group, "of which without the usual one", "share", len(new) / max(len(firms), 1))
        pairs = firms.merge(those, on="firm")
        ratio = pairs["limit_x"].sum() / max(pairs["limit_y"].sum(), 1)
        yield Seen(case, group, "most lent, insured over usual", "ratio", ratio)


def access(base: Followed, run: Followed) -> Iterator[Seen]:
    """SMEs' access over the evaluation with insurance, less current law; APR of those that borrowed in both."""
    case, group = "paired runs", "SMEs"
    for indicator in ACCESS:
        change = value_of(run, indicator, "sme") - value_of(base, indicator, "sme")
        yield Seen(case, group, indicator.replace("_", " "), "pp", 100 * change)
    change = value_of(run, "sme_apr_net", "sme") - value_of(base, "sme_apr_net", "sme")
    yield Seen(case, group, "APR", "bp", in_bp(change))
    for product, name in PRODUCTS.items():
        rows = run.signed[run.signed["size"] > 0]
        yield Seen(case, group, f"insured {name}, part of credit", "share",
                   mean(rows["product"] == product, rows["amount"]))  # fmt: skip
