"""The lever calendar: what is in force when, what it changes, when its capacity or budget is used up."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from experiments import calendar_chart
from experiments.calendar_chart import CHANGED, LAW, OFF
from experiments.policies_told import Exhausted, Told

FOREVER = 10**9
POOL: dict[str, Any] = {"instrument": "risk_compensation_pool", "share": 0.3, "balance": 5e9, "sizes": [0, 1, 1, 1]}
SUBSIDY: dict[str, Any] = {"instrument": "interest_subsidy", "rate": 0.015, "budget": 1e9}


def span(values: dict[str, Any], start: float = -FOREVER, end: float = FOREVER, **more: Any) -> dict[str, Any]:
    return values | {"start_day": start, "end_day": end} | more


def calendar(policies: dict[str, list[dict[str, Any]]], **exhausted: Exhausted) -> tuple[pd.DataFrame, Told]:
    names = ("baseline", *policies)
    spans = {"baseline": (span(POOL),)} | {name: tuple(own) for name, own in policies.items()}
    out = {name: (exhausted[name],) if name in exhausted else () for name in names}
    titles = {name: (name, name) for name in names}
    told = Told("x", "d" * 20, "0", 36.0, 12.0, 5, names, titles, {}, out, {}, spans)
    return calendar_chart.calendar_data(SimpleNamespace(told=told)), told  # type: ignore[arg-type]


def bars(data: pd.DataFrame, policy: str) -> list[tuple[str, float, float, str]]:
    own = data.loc[data["policy"] == policy, ["instrument", "start", "end", "standing"]]
    return list(own.itertuples(index=False, name=None))


def test_a_lever_that_starts_late_and_ends_leaves_current_law_around_it() -> None:
    data, _ = calendar({"later": [span(POOL, end=360), span(POOL, 360, 720, share=0.5), span(POOL, 720)]})
    name = "risk_compensation_pool"
    assert bars(data, "later") == [(name, 0.0, 12.0, LAW), (name, 12.0, 24.0, CHANGED), (name, 24.0, 36.0, LAW)]
    assert bars(data, "baseline") == [(name, 0.0, 36.0, LAW)]
    changed = data[data["standing"] == CHANGED].iloc[0]
    assert (changed["values_en"], changed["values_zh"]) == ("share 50%", "比例 50%")


def test_a_lever_that_is_switched_off_and_one_that_is_new() -> None:
    data, told = calendar({"other": [span(POOL, end=180), span(SUBSIDY, 0)], "same": [span(POOL)]})
    assert bars(data, "other") == [
        ("risk_compensation_pool", 0.0, 6.0, LAW), ("risk_compensation_pool", 6.0, 36.0, OFF),
        ("interest_subsidy", 0.0, 36.0, CHANGED),
    ]  # fmt: skip
    assert data["values_en"].iloc[-1] == "rate 1.5%"  # of a new one its strength
    assert bars(data, "same") == [] and calendar_chart.rows_of_calendar(data, told) == 4  # one says: no change


def test_what_was_solved_for_is_said_to_four_digits() -> None:
    data, _ = calendar({"p": [span(POOL, share=0.45922315278564446)]})
    assert data["values_en"].iloc[-1] == "share 45.92%"


def test_amounts_and_flags_are_said_in_both_languages() -> None:
    data, _ = calendar({"p": [span(POOL, end=0), span(POOL, 0, balance=2e10, sizes=[0, 0, 0, 1])]})
    assert data["values_en"].iloc[-1] == "balance 20 bn CNY, sizes micro"
    assert data["values_zh"].iloc[-1] == "资金池规模 200亿元，适用规模 微型"


def test_money_that_runs_out_is_marked_and_told_with_the_first_month() -> None:
    out = {"p": Exhausted("interest_subsidy", 3, 5, 9.0), "q": Exhausted("risk_compensation_pool", 2, 5, 14.0)}
    data, told = calendar({"p": [span(POOL), span(SUBSIDY, 0)], "q": [span(POOL)]}, **out)
    marked = data.dropna(subset="out_month")[["policy", "instrument", "out_month", "out_runs", "out_of"]]
    assert marked.values.tolist() == [
        ["p", "interest_subsidy", 9.0, 3, 5], ["q", "risk_compensation_pool", 14.0, 2, 5]
    ]  # fmt: skip
    law = {"baseline": Exhausted("risk_compensation_pool", 5, 5, 2.0)}
    both = calendar_chart.calendar_finding(*calendar({"p": [span(POOL), span(SUBSIDY, 0)], "q": [span(POOL)]},
                                                     **(out | law)), "en")  # fmt: skip
    assert both.endswith("capacity first used up in month 2 under current law, month 14 under q (2 of 5 runs)")
    said = calendar_chart.calendar_finding(data, told, "en")
    assert said.startswith(
        "Capacity or budget of what a policy changes is used up under 2 of 2 policies; first: Interest subs"
    )
    assert said.endswith("month 9 (p)")
    halves = calendar_chart.calendar_finding(data.assign(out_month=data["out_month"] + 0.5), told, "en")
    assert halves.endswith("month 9.5 (p)")  # a median of an even number of runs, as the report's table has it
    law, told = calendar({"p": [span(POOL)]}, baseline=Exhausted("risk_compensation_pool", 5, 5, 6.0))
    said = calendar_chart.calendar_finding(law, told, "en")
    assert said == "first to be used up under current law: Risk-compensation pool, month 6"
    never = data.assign(out_month=np.nan)
    assert calendar_chart.calendar_finding(never, told, "en").startswith("No quota")


def test_a_store_that_says_nothing_of_instruments_has_no_calendar() -> None:
    _, told = calendar({"p": [span(POOL)]})
    blank = SimpleNamespace(told=replace(told, spans={}))
    assert calendar_chart.calendar_data(blank).empty  # type: ignore[arg-type]
