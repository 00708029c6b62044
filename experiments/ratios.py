"""Ratios of effects: what a yuan of public money buys, and how much of a change of cost reaches the price.

A ratio of paired means has a Fieller interval, and is not defined where its denominator's interval covers 0.
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
    """`numerator` over `denominator`, in `unit`; the value is multiplied by `scale`."""

    name: str
    unit: str
    numerator: Term
    denominator: Term
    scale: float = 1.0


_PUBLIC: Final = Term("public", ("public_cost",), yearly=True)
_CREDIT: Final = Term("sme", ("credit_in_use",))
_GAP: Final = Term("sme", ("financing_gap",), yearly=True)
_COST: Final = Term("sme", ("sme_cost_of_need",))
_PRICE: Final = Term("sme", ("sme_apr_like_for_like",))
_LENDERS_COST: Final = Term("sme", _COST_TERMS)
_LENDERS_RATE: Final = Term("sme", (*_COST_TERMS, "term_margin"))
_PER_100M: Final = "a 100m CNY a year"

RATIOS: Final = (
    RatioOfEffects("credit_per_public_cost", f"CNY {_PER_100M}", _CREDIT, _PUBLIC, HUNDRED_MILLION / FEN),
    RatioOfEffects("gap_per_public_cost", f"CNY a year {_PER_100M}", _GAP, _PUBLIC, HUNDRED_MILLION / FEN),
    RatioOfEffects("cost_of_need_per_public_cost", f"rate {_PER_100M}", _COST, _PUBLIC, HUNDRED_MILLION),
    RatioOfEffects("apr_like_for_like_per_public_cost", f"rate {_PER_100M}", _PRICE, _PUBLIC, HUNDRED_MILLION),
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
