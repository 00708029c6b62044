"""Sentences of the report about money and how it was come by: who does as much for less, what was searched for."""

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from experiments import (
    findings,
    report_apart,
    report_breakeven,
    report_effects,
    report_equal_cost,
    report_firms,
    report_less,
    report_money,
    report_trust,
    verdicts,
)
from experiments.paired import HIGHER, LOWER, UNCLEAR
from experiments.report_effects import said_cell
from experiments.report_page import Prose, Table, Unit, same

NAN = float("nan")


def row(diff: float, half: float, scale: float = 1.0, **more: Any) -> dict[str, Any]:
    """An effect with its interval, in the unit of its line, as a comparison stores it."""
    low, high = (diff - half) / scale, (diff + half) / scale
    verdict = HIGHER if low > 0.0 else LOWER if high < 0.0 else UNCLEAR
    told = {"diff": diff / scale, "diff_low": low, "diff_high": high, "verdict": verdict, "verdict_holm": verdict}
    return told | {"worlds": 0, "same_sign": NAN, "doubt_low": NAN, "doubt_high": NAN, "needed": NAN, "n": 20} | more


class Told:
    """As much of a report's source as these sentences read; effects by policy: bp, m CNY, m CNY a year twice."""

    steps_a_year, n, months = 12.0, 20, 60.0

    def __init__(self, losses: dict[str, dict[str, float]] | None = None, **policies: tuple[float, ...]):
        self.policies = tuple(policies)
        self.compared = SimpleNamespace(told=SimpleNamespace(counted=self.policies))
        self.effects = policies
        self.losses = losses or {}
        self.said: dict[str, Any] = {}

    def name(self, policy: str) -> Any:
        return same(policy)

    def rows(self, indicator: str, group: str) -> list[tuple[str, dict[str, Any]]]:
        names = ("sme_cost_of_need", "credit_in_use", "financing_gap", "public_cost")
        scales, halves = (1e4, 1e-8, 12e-8, 12e-8), (2.0, 20.0, 50.0, 1.0)
        if indicator == "loss_borne":
            return [(policy, row(change, 0.5, 12e-8)) for policy, found in self.losses.items()
                    for bearer, change in found.items() if group == f"bearer:{bearer}"]  # fmt: skip
        if indicator not in names:
            return []
        at = names.index(indicator)
        return [(policy, row(effects[at], halves[at], scales[at])) for policy, effects in self.effects.items()]


# --- What holds beyond the scenario's own values -----------------------------------------------------------------


@pytest.mark.parametrize(("same_sign", "is_open"), [(28, True), (29, False), (32, False)])
def test_a_sign_is_open_where_it_holds_in_under_nine_in_ten_worlds(same_sign: int, is_open: bool) -> None:
    assert report_effects.is_open(row(-5.0, 1.0, worlds=32, same_sign=same_sign)) == is_open
    assert not report_effects.is_open(row(-5.0, 1.0))  # no other worlds: nothing is known of it


def test_in_short_says_which_signs_are_open() -> None:
    told = Told(p=(-17.0, 331.0, -1200.0, 1.5))
    assert report_effects.signs_said(told) == []  # type: ignore[arg-type]
    whole = told.rows
    told.rows = lambda indicator, group: [  # type: ignore[method-assign]
        (policy, found | {"worlds": 32, "same_sign": 21 if indicator == "public_cost" else 30})
        for policy, found in whole(indicator, group)
    ]
    (said,) = report_effects.signs_said(told)  # type: ignore[arg-type]
    assert "(under 29 of 32)" in said.en and said.en.endswith("for: p (Public cost).")


# --- Who does as much for less --------------------------------------------------------------------------------

CHEAP, DEAR = (-17.0, 331.0, -1200.0, 1.5), (-16.0, 83.0, -280.0, 22.0)


def test_what_does_as_much_for_clearly_less_is_named_with_who_else_bears_it() -> None:
    losses = {"cheap": {"insurer": 1.2, "lenders": 6.3, "pool": 9.0, "outside": -0.2, "informal": -4.0}}
    said = report_less.cheaper_ways(Told(losses, dear=DEAR, cheap=CHEAP))  # type: ignore[arg-type]
    assert len(said) == 2
    assert said[0].en.startswith("For clearly less public cost 'cheap' does as much as 'dear', or more")
    assert "+1.5 m CNY a year (0.5 to 2.5) beside +22.0 m CNY a year (21.0 to 23.0)" in said[0].en
    assert said[0].en.endswith("intervals apart, in: Bank credit in use, Financing gap.")
    assert "lenders +6.3, insurer +1.2 (m CNY a year)" in said[1].en
    assert "Clearly lower for informal −4.0" in said[1].en and "pool" not in said[1].en  # public cost has that


@pytest.mark.parametrize(
    ("place", "value"),
    [(0, -15.9), (1, 82.0), (2, -279.0), (3, 21.5)],  # less in one effect, or no clear gap between the costs
)
def test_less_in_one_effect_or_no_gap_between_the_costs_is_no_as_much_for_less(place: int, value: float) -> None:
    other = tuple(value if at == place else own for at, own in enumerate(CHEAP))
    assert report_less.cheaper_ways(Told(dear=DEAR, cheap=other)) == []  # type: ignore[arg-type]


def test_an_effect_that_is_not_clear_is_not_as_much() -> None:
    assert report_less.cheaper_ways(Told(dear=(0.0, 0.0, 0.0, 22.0), cheap=(-1.0, 1.0, -1.0, 1.5))) == []  # type: ignore[arg-type]


# --- Equal public cost ----------------------------------------------------------------------------------------

SOLVED = {
    "policy": "dear", "status": "solved", "strength": 0.4592, "target": 1e7, "cost": 9.93e6, "low": 7.7e6,
    "high": 12.2e6, "replications": 4, "months": 36.0,
    "values": "interest_subsidy.rate=0.1108105251%; risk_compensation_pool.balance=12.3456 bn CNY",
}  # fmt: skip


def test_values_at_equal_cost_are_said_by_title_and_to_four_digits() -> None:
    said = report_equal_cost.values_said(SOLVED["values"])
    assert said.en == "Interest subsidy: rate 0.1108%; Risk-compensation pool: balance 12.35 bn CNY"
    assert said.zh.startswith("贷款贴息：利率0.1108%；")


def test_the_search_is_told_beside_what_the_full_runs_cost() -> None:
    source = Told(**{"dear": DEAR, "dear@equal_cost": (-8.0, 40.0, -150.0, 11.1)})
    source.said["equal_cost"] = [SOLVED, SOLVED | {"policy": "pool", "status": "not attainable", "strength": 0.0}]
    _, prose, table, *rest = report_equal_cost.equal_cost_blocks(source)  # type: ignore[arg-type]
    assert isinstance(prose, Prose) and isinstance(table, Table)
    assert rest == []  # one alone can't be held against another
    said = " ".join(text.en for text in prose.texts)
    assert "4 replications of 36 months" in said and "within 5% of 10.0 m CNY" in said
    assert "20 replications of 60 months" in said
    first, second = table.rows
    assert (first[3].text.en, first[4].text.en, first[5].text.en) == ("0.459", "9.9", "+11.1")
    assert (first[4].text.zh, first[5].text.zh) == ("993", "+1,110")  # 万元
    assert second[1].note and "weakest" in second[1].note.en and second[5].text.en == "–"


def test_at_equal_cost_one_is_first_only_where_its_interval_stands_clear() -> None:
    solved = [SOLVED, SOLVED | {"policy": "other"}]
    near, far = (-8.0, 40.0, -150.0, 11.1), (-13.0, 50.0, -160.0, 11.2)  # half of an interval: 2, 20, 50
    source = Told(**{"dear@equal_cost": near, "other@equal_cost": far})
    source.said["equal_cost"] = solved
    *_, prose = report_equal_cost.equal_cost_blocks(source)  # type: ignore[arg-type]
    assert isinstance(prose, Prose)
    assert prose.texts[0].en.endswith("the others' in: Cost of need, SMEs (other); in the rest they cannot be ranked.")
    alike = Told(**{"dear@equal_cost": near, "other@equal_cost": near})
    alike.said["equal_cost"] = solved
    *_, prose = report_equal_cost.equal_cost_blocks(alike)  # type: ignore[arg-type]
    assert isinstance(prose, Prose) and "In none of" in prose.texts[0].en


# --- Who loses ------------------------------------------------------------------------------------------------


class Groups:
    """As much of a report's source as `worse_off` and `paying_more` read: verdicts by policy, indicator and group."""

    policies = ("a", "b", "c")

    def __init__(self, *verdicts: tuple[str, str, str, str], need: float = 20.0):
        self.verdicts, self.need = verdicts, need

    def name(self, policy: str) -> Any:
        return same(policy)

    def rows(self, indicator: str, group: str) -> list[tuple[str, dict[str, Any]]]:
        if indicator == "firms_in_need":
            return [(policy, {"mean": self.need}) for policy in self.policies]
        return [(policy, {"verdict_holm": verdict}) for policy, name, of, verdict in self.verdicts
                if (name, of) == (indicator, group)]  # fmt: skip


NET = "firms_gaining_net"


def test_who_loses_is_named_once_with_smes_as_a_whole() -> None:
    verdicts = (
        ("a", NET, "sme", LOWER), ("a", NET, "cell:small:tier_1", LOWER), ("a", NET, "cell:large:tier_1", LOWER),
        ("b", NET, "cell:small:tier_1", LOWER), ("c", NET, "sme", HIGHER), ("c", NET, "cell:micro:tier_2", UNCLEAR),
    )  # fmt: skip
    said = report_firms.worse_off(Groups(*verdicts))  # type: ignore[arg-type]
    assert said.en.endswith("group: a (SMEs as a whole; large, tier 1), b (small, tier 1).")
    few = report_firms.worse_off(Groups(*verdicts[3:], need=4.0))  # type: ignore[arg-type]
    assert few.en.startswith("In no group")


def test_who_pays_more_is_named_by_policy() -> None:
    verdicts = (
        ("a", "fiscal_outlay", "public", HIGHER), ("a", "loss_borne", "bearer:informal", HIGHER),
        ("b", "pool_payout", "public", UNCLEAR), ("c", "loss_borne", "bearer:lenders", LOWER),
    )  # fmt: skip
    (said,) = report_firms.paying_more(Groups(*verdicts))  # type: ignore[arg-type]
    assert "payer: a (treasury; informal)." in said.en
    assert report_firms.paying_more(Groups(*verdicts[2:])) == []  # type: ignore[arg-type]


# --- What rounds to nought, what lies beyond a scale, what was proved -------------------------------------------


def test_what_rounds_to_0_has_no_verb_in_the_table() -> None:
    unit = Unit((1.0, 1.0), same("bp"), (1, 1))
    cell = said_cell(row(0.04, 0.01), unit, 1)
    assert cell.text.en == "0" and cell.note and "rounds to 0" in cell.note.en and "higher" not in cell.note.en
    above = said_cell(row(0.06, 0.01), unit, 1)
    assert above.note and "higher" in above.note.en


def test_a_gap_that_rounds_to_0_is_no_gap_in_a_title() -> None:
    def table(gap: float) -> pd.DataFrame:
        rows = [("window", "sme", 4.5, 4.4, 4.6), ("window", "tier_3 - tier_1", gap, gap - 0.001, gap + 0.001)]
        return pd.DataFrame(rows, columns=pd.Index(["panel", "group", "mean", "low", "high"]))

    assert findings.apr_finding(table(0.286), "en").endswith("tier 3 pays 29 bp more than tier 1")
    assert findings.apr_finding(table(-0.286), "en").endswith("tier 3 pays 29 bp less than tier 1")
    assert "no clear difference" in findings.apr_finding(table(0.004), "en")


def test_an_additionality_beyond_its_scale_is_explained_and_named_where_it_is_clear() -> None:
    rows = [("a", "additionality", 1.26), ("b", "additionality", 0.9), ("c", "other", 2.0)]
    ratios = pd.DataFrame(rows, columns=pd.Index(["policy", "ratio", "low"]))
    source = Told(a=CHEAP, b=CHEAP, c=CHEAP)
    said = report_money._beyond_scale(source, ratios)  # type: ignore[arg-type]  # pyright: ignore[reportPrivateUsage]
    assert "(interval above 1: a)" in said.en and "Below 0" in said.en
    said = report_money._beyond_scale(source, ratios.iloc[1:])  # type: ignore[arg-type]  # pyright: ignore[reportPrivateUsage]
    assert "interval above 1" not in said.en


def test_time_is_that_of_the_finished_runs_in_both_languages() -> None:
    rows = [("done", 90.0), ("done", 150.0), ("failed", 900.0)]
    runs = pd.DataFrame(rows, columns=pd.Index(["status", "seconds"]))
    source: Any = SimpleNamespace(runs=runs, count=lambda status: int((runs["status"] == status).sum()))
    said = report_trust.time_taken(source)
    assert said.en.startswith("4 min for 2 runs") and said.zh.startswith("2次运行逐一进行共4分钟")


def test_the_scorecard_has_chinese_words() -> None:
    assert report_trust.in_both("150.0 d to 190.0 d").zh == "150.0天至190.0天"
    assert report_trust.in_both("over 0 bp") == ("over 0 bp", "高于0个基点")


# --- What seems at odds where it meets ------------------------------------------------------------------------


def test_a_bundle_is_held_against_the_sum_of_its_parts() -> None:
    told = Told(a=(-16.0, 80.0, -280.0, 22.0), b=(-81.0, 680.0, -780.0, 132.0), ab=(-90.0, 900.0, -900.0, 160.0))
    cut, kept = {"relending_sme": 1}, {"interest_subsidy": 2, "discount_subsidy": 3}
    told.experiment = SimpleNamespace(all_reforms={"a": cut, "b": kept, "ab": cut | kept})  # type: ignore[attr-defined]
    (said,) = report_apart.bundles_said(told)  # type: ignore[arg-type]
    assert said.en.startswith("'ab' holds a, b.")
    assert "Cost of need, SMEs −97.0 bp beside −90.0 bp" in said.en
    assert "Public cost +154 m CNY a year beside +160 m CNY a year" in said.en
    told.experiment.all_reforms["ab"] = cut | {"interest_subsidy": 9}  # type: ignore[attr-defined]  # other strength
    assert report_apart.bundles(told) == {}  # type: ignore[arg-type]


def test_defaults_and_losses_that_move_apart_are_named() -> None:
    moved = {"default_rate": 1.0, "npl_ratio": -0.5, "loss_borne": 0.1}
    source = SimpleNamespace(
        name=same,
        rows=lambda name, group: (
            [("p", row(moved[name], 0.2))] if group != "bearer:lenders" else [("p", row(-3.0, 1.0))]
        ),
    )
    (said,) = report_apart.opposite_said(source)  # type: ignore[arg-type]
    assert said.en.endswith("under: p (NPL ratio, chain book; lenders' losses).")  # all losses are not clear


def test_a_warning_has_its_reason() -> None:
    assert verdicts.reason(0.5, 0.4, 20, 0.0, 1.0) == "reaches_out"
    assert verdicts.reason(-0.1, 0.4, 20, 0.0, 1.0) == "nearly"
    assert verdicts.reason(0.5, 0.1, 9, 0.0, 1.0) == "few"


def test_a_sum_by_hand_that_leaves_levers_out_says_which() -> None:
    total = report_breakeven._total  # pyright: ignore[reportPrivateUsage]
    cell = total(None, [-0.001, None], ["relending_sme", "trade_credit_insurance"])
    assert cell.text.en == "−10.0" and cell.note and cell.note.en == "without Trade credit insurance"
    assert total(-0.002, [-0.002], ["relending_sme"]).note is None
