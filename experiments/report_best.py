"""The report's facts that stand in other tables beside the largest ratio of extra credit to public cost."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from agents.numeric import FEN
from experiments.headline import number
from experiments.pairs import BASELINE
from experiments.report_effects import with_unit
from experiments.report_guard import filled
from experiments.report_page import Text, Unit, effect, joined, money, money_unit
from experiments.report_source import Source
from experiments.report_words import W

# Who bears what of a loss under cover: the instrument, the parameter that holds the share, the bearer.
COVERS: Final = (
    ("government_guarantee", "share", "guarantor"),
    ("risk_compensation_pool", "share", "pool"),
    ("trade_credit_insurance", "cover", "insurer"),
    ("insured_bill_pledge", "cover", "insurer"),
)


def beside_best(source: Source, ratios: pd.DataFrame, policy: str) -> Text:
    """Additionality, lenders' losses beside public cost, and the most that cover could be called for, of a policy."""
    parts = [*_additionality(ratios, policy), *_relief(source, policy), *_called(source, policy)]
    return filled(W["beside_best"], policy=source.name(policy), facts=joined(parts))


def _additionality(ratios: pd.DataFrame, policy: str) -> list[Text]:
    own = ratios[(ratios["policy"] == policy) & (ratios["ratio"] == "additionality") & np.isfinite(ratios["value"])]
    names = (("value", "value"), ("low", "low"), ("high", "high"))
    return [filled(W["best_additional"], **{name: number(row[key], 2) for name, key in names})
            for row in own.to_dict("records")]  # fmt: skip


def _relief(source: Source, policy: str) -> list[Text]:
    """What lenders lose less or more beside what the public pays, a year."""
    places = {"losses": ("loss_borne", "bearer:lenders"), "cost": ("public_cost", "public")}
    rows = {name: dict(source.rows(*place)).get(policy) for name, place in places.items()}
    if any(row is None for row in rows.values()):
        return []
    found: dict[str, dict[Any, Any]] = {name: row for name, row in rows.items() if row is not None}
    flow = source.steps_a_year
    plain = money_unit([row[end] * flow for row in found.values() for end in ("diff", "diff_low", "diff_high")])
    unit = Unit((plain.factor[0] * flow, plain.factor[1] * flow), plain.name, plain.digits)
    told = {}
    for name, row in found.items():
        shown, interval = effect(row["diff"], row["diff_low"], row["diff_high"], unit)
        text = with_unit(shown, unit)
        told[name] = Text(f"{text.en} ({interval.en})", f"{text.zh}（{interval.zh}）") if interval else text
    return [filled(W["best_relief"], **told)]


def _called(source: Source, policy: str) -> list[Text]:
    """The most that all cover could be called for, under the policy and under current law."""
    most = dict.fromkeys((policy, BASELINE), 0.0)
    for instrument, parameter, _ in COVERS:
        for name, row in source.rows("lever_balance", f"lever:{instrument}"):
            share = share_at_end(source.said.get("policies", {}).get(name, []), instrument, parameter)
            if name in most and share is not None and row["mean"] > 0.0:
                most[name] += row["mean"] * share
    if not max(most.values()) > FEN:
        return []
    return [filled(W["best_called"], most=money(most[policy]), law=money(most[BASELINE]))]


def share_at_end(spans: list[dict[str, Any]], instrument: str, parameter: str) -> float | None:
    """What a policy's last span of an instrument has for a parameter; None if the policy has no such span.

    A lever that ended leaves its covered loans behind, at the share they were signed under.
    """
    own = [span for span in spans if span.get("instrument") == instrument and parameter in span]
    return float(max(own, key=lambda span: span["end_day"])[parameter]) if own else None
