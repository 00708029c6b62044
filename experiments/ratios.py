"""Ratios of effects: what a yuan of public money buys, and how much of a change of cost reaches the price.

A ratio of paired means has a Fieller interval, and is not defined where its denominator's interval covers 0. What goes
with each 100m yuan of public cost keeps the sign of its effect: of a policy that costs less it is per 100m saved.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from agents.numeric import FEN
from experiments.paired import HIGHER, LOWER, UNCLEAR, Ratio, fieller
from experiments.pairs import Pairs
from experiments.windows import LEVERS, WINDOWS

Float = npt.NDArray[np.float64]

HUNDRED_MILLION: Final = 1e8 * FEN  # fen
COLUMNS: Final = ["policy", "window", "ratio", "unit", "value", "low", "high", "n", "verdict"]
NO_RATIO: Final = "not defined"
_COST_TERMS: Final = ("term_funding", "term_operating", "term_expected_loss", "term_capital")


class Term(NamedTuple):
    """One effect in a ratio: indicators of a group that are added; `yearly` if it is an amount a step."""

    group: str
    indicators: tuple[str, ...]
    yearly: bool = False


class RatioOfEffects(NamedTuple):
    """`numerator` over `denominator`, in `unit`; the value is multiplied by `scale`.

    Over the size of `denominator`, whatever its sign, where `of_size`.
    """

    name: str
    unit: str
    numerator: Term
    denominator: Term
    scale: float = 1.0
    of_size: bool = False


_PUBLIC: Final = Term("public", ("public_cost",), yearly=True)
_CREDIT: Final = Term("sme", ("credit_in_use",))
_GAP: Final = Term("sme", ("financing_gap",), yearly=True)
_COST: Final = Term("sme", ("sme_cost_of_need",))
_PRICE: Final = Term("sme", ("sme_apr_like_for_like",))
_LENDERS_COST: Final = Term("sme", _COST_TERMS)
_LENDERS_RATE: Final = Term("sme", (*_COST_TERMS, "term_margin"))


def _per_100m(name: str, unit: str, effect: Term, scale: float) -> RatioOfEffects:
    return RatioOfEffects(name, f"{unit} a 100m CNY a year", effect, _PUBLIC, scale, of_size=True)


RATIOS: Final = (
    _per_100m("credit_per_public_cost", "CNY", _CREDIT, HUNDRED_MILLION / FEN),
    _per_100m("gap_per_public_cost", "CNY a year", _GAP, HUNDRED_MILLION / FEN),
    _per_100m("cost_of_need_per_public_cost", "rate", _COST, HUNDRED_MILLION),
    _per_100m("apr_like_for_like_per_public_cost", "rate", _PRICE, HUNDRED_MILLION),
    RatioOfEffects("public_cost_per_extra_credit", "CNY a year a CNY", _PUBLIC, _CREDIT),
    RatioOfEffects("pass_through_of_lenders_cost", "share", _LENDERS_RATE, _LENDERS_COST),
    RatioOfEffects("pass_through_of_subsidy", "share", Term("sme", ("sme_apr_net",)), Term("sme", ("term_subsidy",))),
    RatioOfEffects(
        # Stocks: what is newly drawn falls where a lever puts one long loan in the place of several short ones.
        "additionality", "share", Term("banks", ("chain_book",)), Term(LEVERS, ("lever_balance",)),
    ),
)  # fmt: skip


def ratios(pairs: Pairs, steps_a_year: float) -> pd.DataFrame:
    """Every ratio of a policy and window: columns `COLUMNS`, those whose effects nobody recorded left out."""
    rows = []
    for window in WINDOWS:
        for ratio in RATIOS:
            above = _effect(pairs, window, ratio.numerator, steps_a_year)
            below = _effect(pairs, window, ratio.denominator, steps_a_year)
            if np.isnan(above).all() or np.isnan(below).all():
                continue
            if ratio.of_size and np.nanmean(below) < 0.0:
                below = -below
            found = fieller(above * ratio.scale, below)
            rows.append((pairs.policy, window, ratio.name, ratio.unit, *found, _verdict(found)))
    return pd.DataFrame(rows, columns=pd.Index(COLUMNS))


def _verdict(ratio: Ratio) -> str:
    if not ratio.defined:
        return NO_RATIO
    return HIGHER if ratio.low > 0.0 else LOWER if ratio.high < 0.0 else UNCLEAR


def _effect(pairs: Pairs, window: str, term: Term, steps_a_year: float) -> Float:
    parts = [pairs.difference(window, term.group, indicator) for indicator in term.indicators]
    return np.sum(parts, axis=0) * (steps_a_year if term.yearly else 1.0)
