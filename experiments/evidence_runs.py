"""Runs that evidence is drawn from: all that was offered in a lever's first step, and what was signed from then on.

Two policies that first differ at the evaluation's start share their books up to there, bit for bit. In that step the
same firms ask the same lenders, so offers of the two runs differ by the lever alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from agents.numeric import BASIS_POINT
from agents.parameters import Stress
from policies.waterfall import break_even_rate, capital_share, loss_and_rate, loss_odds
from sim.contracts import APR, APR_GROSS, LOSS, PD, RATE, TERMS
from sim.credit_market import lenders_now, pricing_rules, quote_prices
from sim.lever_terms import WITH
from sim.model import FinancingModel
from sim.products import IS_SOLD
from sim.quotes import Quotes, accepted_terms
from sim.ranking import by_place
from sim.recorder import Record, Recorder
from sim.schedule import STEP
from sim.windows import windows

if TYPE_CHECKING:
    from experiments.config import Experiment

Float = npt.NDArray[np.float64]
OFFER: Final = ["firm", "product", "lender"]
YEARS: Final = ("year 1", "year 2")


class Seen(NamedTuple):
    """One observation in one replication; with `over` the measure is the ratio of means value/over."""

    case: str
    group: str
    measure: str
    unit: str
    value: float
    over: float = np.nan


@dataclass(frozen=True)
class Followed:
    """One run: all `offers` of the evaluation's first step, what was signed, who applied, its record.

    Steps count from that first one. `pd` is every slot's yearly default probability on the books of that step.
    """

    offers: pd.DataFrame
    signed: pd.DataFrame
    applied: pd.DataFrame
    record: Record
    pd: Float
    model: FinancingModel


def born(
    experiment: Experiment, policy: str, replication: int, *, fixed_effort: bool = False,
    stresses: Sequence[Stress] = (),
) -> FinancingModel:  # fmt: skip
    """A model at the evaluation's start; with `fixed_effort` lenders screen from there on as if nothing was covered."""
    model = FinancingModel(
        experiment.parameters, seed=experiment.seed, replication=replication, stresses=stresses,
        first_step=experiment.burn_in_steps, policy=experiment.policies[policy],
    )  # fmt: skip
    for _ in range(experiment.burn_in_steps):
        model.step()
    if fixed_effort:
        bank = replace(model.parameters.bank, screening_response=0.0)
        model.parameters = replace(model.parameters, bank=bank)
    return model


def up_to_quotes(model: FinancingModel) -> None:
    """The phases of a step up to and including lenders' quotes."""
    for process in STEP[: STEP.index(quote_prices) + 1]:
        process(model)


def follow(model: FinancingModel, steps: int, each: Callable[[FinancingModel], None] | None = None) -> Followed:
    """Run the evaluation of `steps`; `each` sees the model after every step."""
    model.recorder = Recorder(windows(model.step_number, steps, model.step_days))
    up_to_quotes(model)
    offers, scores = offers_of(model), model.market.scores
    assert scores is not None
    pd_now = scores.pd.copy()
    for process in STEP[STEP.index(quote_prices) + 1 :]:
        process(model)
    model.step_number += 1
    signed, applied = [_signed(model, 0)], [_applied(model, 0)]
    if each:
        each(model)
    for number in range(1, steps):
        model.step()
        signed.append(_signed(model, number))
        applied.append(_applied(model, number))
        if each:
            each(model)
    record = model.recorder.finish(model, {})
    return Followed(
        offers, pd.concat(signed, ignore_index=True), pd.concat(applied, ignore_index=True), record, pd_now, model
    )


def offers_of(model: FinancingModel, quotes: Quotes | None = None, levers: Any = None) -> pd.DataFrame:
    """Every offer with all levers that stands in this step, term by term; rates p.a., amounts in fen.

    `quotes` with their `levers` are the market's own if not given. `cost` is the lender's break-even rate, `share` its
    share of the borrower's demand as its margin implies it.
    """
    market = model.market
    quotes, levers = quotes or market.quotes, levers or market.levers
    askers, products, rules, lenders = market.askers, market.products, pricing_rules(model), lenders_now(model)
    assert askers is not None and quotes is not None and products is not None
    width = askers.reach.shape[1]
    offered, key, margin = by_place(quotes.ranked, products.product.size, quotes.reason.shape[2] // width, width)
    a, p, r = np.nonzero(offered[:, :, WITH * width : (WITH + 1) * width])
    priced = accepted_terms(a, p, r, margin[a, p, r], askers, lenders, rules, tuple(levers), quotes.both)
    lender, firm = askers.reach[a, r].astype(np.int64), askers.firm[a]
    table = {
        "firm": firm, "product": products.product[p], "lender": lender, "kind": model.banks.kind[lender],
        "size": model.firms.size[firm], "tier": model.firms.tier[firm], "sold": products.sold[p],
        "amount": askers.amount[a, p], "limit": askers.limit[a, p], "days": askers.days[a, p],
        "obligor_pd": askers.obligor_pd[a, p], "loss": priced[:, LOSS], "key": key[a, p, r],
        "own_funding": lenders.funding[lender],
        "k": np.minimum(askers.risk_weight[a, p] * rules.target_capital, 1.0),
    }  # fmt: skip
    table |= {name: priced[:, place] for place, name in enumerate(TERMS)}
    table |= {"rate": priced[:, RATE], "apr": priced[:, APR], "apr_gross": priced[:, APR_GROSS]}
    frame = pd.DataFrame(table)
    terms = (frame["funding"] + frame["operating"] + frame["capital"]).to_numpy()
    odds = [loss_odds(loss) for loss in frame["loss"]]
    frame["cost"] = [loss_and_rate(*row)[1] for row in zip(terms, odds, frame["days"], strict=True)]
    given_up = lenders.mandate[lender] * askers.sme[a]
    frame["share"] = 1 - (1 + rules.captive) / (rules.alpha * (frame["margin"] + given_up))
    return frame


def _signed(model: FinancingModel, number: int) -> pd.DataFrame:
    """What was drawn in the step just done, a row a contract."""
    market, firms = model.market, model.firms
    table: dict[str, Any] = {
        "step": number, "firm": market.firm, "product": market.product, "lender": market.lender,
        "size": firms.size[market.firm], "tier": firms.tier[market.firm], "sold": IS_SOLD[market.product],
        "amount": market.amount, "days": market.days, "weight": market.amount * market.days,
        "own_funding": model.banks.funding[market.lender],
    }  # fmt: skip
    table |= {name: market.terms[:, place] for place, name in enumerate(TERMS)}
    table |= {"rate": market.terms[:, RATE], "apr": market.terms[:, APR]}
    table |= {"pd": market.terms[:, PD], "apr_gross": market.terms[:, APR_GROSS]}
    return pd.DataFrame(table)


def _applied(model: FinancingModel, number: int) -> pd.DataFrame:
    """Who asked in the step just done, a row a firm: decile of its score, whether anyone offered, whether it drew."""
    market = model.market
    askers = market.askers
    assert askers is not None and market.quotes is not None
    drew = np.isin(np.arange(askers.firm.size), market.asker)
    return pd.DataFrame(
        {
            "step": number, "firm": askers.firm, "size": model.firms.size[askers.firm], "grade": askers.grade,
            "offered": market.quotes.ranked.end > market.quotes.ranked.first, "drew": drew,
        }
    )  # fmt: skip


def pairs_of(base: pd.DataFrame, case: pd.DataFrame) -> pd.DataFrame:
    """Offers that stand in both: same firm, product, lender; columns of `base` end in `_then`, others in `_now`."""
    return base.merge(case, on=OFFER, suffixes=("_then", "_now"))


def mean(values: Any, weight: Any) -> float:
    """Weighted mean, NaN of nothing."""
    values, weight = np.asarray(values, np.float64), np.asarray(weight, np.float64)
    total = weight.sum()
    return float((values * weight).sum() / total) if total > 0 else np.nan


def year_of(rows: pd.DataFrame, year: str, step_days: int) -> pd.DataFrame:
    """Rows of one year of the evaluation."""
    steps = 360 // step_days
    return rows[rows["step"] // steps == YEARS.index(year)]


def changes(now: pd.DataFrame, then: pd.DataFrame, columns: Sequence[str]) -> dict[str, float]:
    """Change of means by amount × days between what was signed in two runs."""
    return {name: mean(now[name], now["weight"]) - mean(then[name], then["weight"]) for name in columns}


def like_for_like(now: pd.DataFrame, then: pd.DataFrame, columns: Sequence[str]) -> dict[str, float]:
    """The same for firms that signed in both runs, each at the weight it has in `then`."""
    by_firm = []
    for run in (now, then):
        sums = run[[*columns]].mul(run["weight"], axis=0).assign(firm=run["firm"], weight=run["weight"])
        sums = sums.groupby("firm").sum()
        by_firm.append(sums[[*columns]].div(sums["weight"], axis=0).assign(weight=sums["weight"]))
    both = by_firm[1].merge(by_firm[0], left_index=True, right_index=True, suffixes=("_then", "_now"))
    return {name: mean(both[f"{name}_now"] - both[f"{name}_then"], both["weight_then"]) for name in columns}


def by_hand(offers: pd.DataFrame, weight: Any, hurdle: float, **other: float) -> float:
    """Oracle 3's break-even rate at the mean parameters of these offers, some of them given other values."""
    names = {"funding": "own_funding", "operating": "operating", "loss": "loss", "days": "days", "capital_share": "k"}
    means = {name: mean(offers[column], weight) for name, column in names.items()} | other
    means["capital_share"] = capital_share(means["capital_share"], 1.0)
    return break_even_rate(
        means["funding"], means["capital_share"], hurdle, means["operating"], means["loss"], means["days"],
        means.get("relief", 0.0),
    )  # fmt: skip


def in_bp(rate: float) -> float:
    """A rate in basis points."""
    return rate / BASIS_POINT


def value_of(run: Followed, indicator: str, group: str) -> float:
    """An indicator's value over a run's evaluation, which is all that its recorder has seen."""
    rows = run.record.series
    rows = rows[(rows["indicator"] == indicator) & (rows["group"] == group)]
    return mean(rows["value"].fillna(0.0), rows["weight"])
