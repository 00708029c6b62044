"""Charts of several policies: data against the comparison, titles that claim no more than they know, pictures."""

import dataclasses
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text
from policy_worlds import EFFECTS, shelf

from experiments import (
    effect_charts,
    effect_findings,
    labels,
    policies_told,
    policy_charts,
    policy_findings,
    policy_gallery,
    policy_panels,
    style,
)
from experiments.charts import TERMS
from experiments.compare import Comparison, compare
from experiments.paired import HIGHER, LOWER, SAME, UNCLEAR, UNKNOWN
from experiments.policies_told import Told
from experiments.policy_gallery import POLICY_CHARTS
from experiments.policy_panels import cell_look, change_text
from experiments.ratios import NO_RATIO

# Words that say that something moves.
VERBS = ("lower", "lowers", "raise", "raises", "extra", "more smes", "降", "升", "新增中小微信贷1", "多于")
WORLDS = {
    "seven": {"replications": 4, "worlds": 3, "firms": 120},
    "one policy": {"policies": ("baseline", "relending"), "replications": 3, "firms": 60},
    "one run": {"policies": ("baseline", "subsidy", "no_policy"), "replications": 1, "firms": 60, "failure": 12},
    "unclear": {"policies": ("baseline", "all_four"), "replications": 3, "strength": 0.0, "firms": 60, "failure": 12},
    "empty": {"replications": 3, "empty": ("micro", "tier_3", "public", "bearer:lenders"), "firms": 15},
    "no credit": {"policies": ("baseline", "insurance"), "replications": 2, "empty": ("sme", "all"), "firms": 4},
}


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Comparison]:
    folder = tmp_path_factory.mktemp("worlds")
    return {name: compare(shelf(folder, **options)) for name, options in WORLDS.items()}


# --- Data ---------------------------------------------------------------------------------------------------


def test_price_total_is_the_sum_of_its_terms(worlds: dict[str, Comparison]) -> None:
    table = policy_charts.price_data(worlds["seven"]).pivot(index="policy", columns="term", values="mean")
    assert np.allclose(table[list(TERMS)].sum(axis=1), table["total"])
    assert set(table.index) == set(EFFECTS)


def test_total_loss_is_the_sum_over_bearers(worlds: dict[str, Comparison]) -> None:
    table = policy_charts.losses_data(worlds["seven"]).pivot(index="policy", columns="bearer", values="mean")
    assert np.allclose(table.drop(columns="total").sum(axis=1), table["total"])


def test_changes_are_in_the_unit_of_their_row(worlds: dict[str, Comparison]) -> None:
    data = policy_charts.cost_data(worlds["seven"])
    row = data[(data["policy"] == "relending") & (data["measure"] == "sme_cost_of_need")].iloc[0]
    effect = worlds["seven"].of("whole", "sme_cost_of_need", "sme").set_index("policy").loc["relending"]
    assert row["diff"] == pytest.approx(effect["diff"] * 1e4) and row["unit"] == "bp"
    assert row["doubt_high"] == pytest.approx(effect["doubt_high"] * 1e4) and row["worlds"] == 3
    money = policy_charts.gains_data(worlds["seven"])
    row = money[(money["policy"] == "subsidy") & (money["who"] == "payer_treasury")].iloc[0]
    assert row["diff"] == pytest.approx(EFFECTS["subsidy"]["fiscal_outlay"])


def test_ratios_stand_beside_their_effects(worlds: dict[str, Comparison]) -> None:
    data = policy_charts.value_data(worlds["seven"]).set_index(["measure", "policy"])
    cost, credit = (data.loc[name, "diff"]["relending"] for name in ("public_cost", "credit_in_use"))
    assert data.loc[("credit_per_public_cost", "relending"), "diff"] == pytest.approx(100.0 * credit / cost)


# --- Titles -------------------------------------------------------------------------------------------------


def told_of(policies: tuple[str, ...], n: int = 20) -> Told:
    titles = {policy: (policy.capitalize(), policy) for policy in policies}
    return Told("x", "d" * 20, "0", 60.0, 24.0, n, policies, titles, {}, dict.fromkeys(policies, ()), {})


def rows_of(*verdicts: tuple[float, str]) -> tuple[pd.DataFrame, Told]:
    names = ("baseline", *"abcdefg"[: len(verdicts)])
    rows = [(np.nan, ""), *verdicts]
    return pd.DataFrame(rows, columns=["diff", "verdict"]).assign(policy=names), told_of(names)


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        ([(-28.0, LOWER)], "'A' lowers SMEs' cost of need by 28.0 bp"),
        ([(3.0, HIGHER)], "'A' raises SMEs' cost of need by 3.0 bp"),
        ([(-28.0, UNCLEAR)], "A: SMEs' cost of need cannot be told apart from current law with 20 replications"),
        ([(np.nan, UNKNOWN)], "SMEs' cost of need: no value"),
        (
            [(-9.0, UNCLEAR), (0.0, SAME)],
            "no policy's effect on SMEs' cost of need can be told apart from 0 with 20 replications",
        ),
        (
            [(-28.0, LOWER), (-40.0, LOWER), (99.0, UNCLEAR), (5.0, HIGHER)],
            "2 of 4 policies lower SMEs' cost of need, by up to 40.0 bp (B); 'D' raises it, by 5.0 bp; one cannot be"
            " told apart from current law",
        ),
        (
            [(28.0, HIGHER), (40.0, HIGHER), (-5.0, LOWER)],
            "2 of 3 policies raise SMEs' cost of need, by up to 40.0 bp (B); 'C' lowers it, by 5.0 bp",
        ),
        ([(-0.04, LOWER)], "'A': a clear difference in SMEs' cost of need that rounds to 0"),
        (
            [(-0.04, LOWER), (0.03, HIGHER), (9.0, UNCLEAR)],
            "SMEs' cost of need: under 2 of 3 policies a clear difference that rounds to 0; one cannot be told apart"
            " from current law",
        ),
        (
            [(0.04, HIGHER), (-3.0, LOWER)],
            "'B' lowers SMEs' cost of need by 3.0 bp; 'A': a clear difference that rounds to 0",
        ),
    ],
)  # fmt: skip
def test_a_verb_of_change_needs_a_clear_change(verdicts: list[tuple[float, str]], said: str) -> None:
    rows, told = rows_of(*verdicts)
    assert policy_findings.moves(rows, "noun_cost", "size_bp", told, "en") == said


def test_a_title_speaks_of_the_farthest_tier_that_there_is(worlds: dict[str, Comparison]) -> None:
    for name, tier in (("seven", "tier 3"), ("empty", "tier 2")):
        data = effect_charts.days_data(worlds[name])
        assert tier in effect_findings.days_finding(data, worlds[name].told, "en")


def test_one_replication_tells_no_policy_from_current_law() -> None:
    rows, told = rows_of((-28.0, UNKNOWN))
    said = policy_findings.moves(rows, "noun_cost", "size_bp", dataclasses.replace(told, n=1), "en")
    assert said == "SMEs' cost of need: one replication cannot tell policies from current law"


def test_a_policy_before_a_verb_reads_as_a_name() -> None:
    rows, _ = rows_of((-3.0, LOWER), (4.0, HIGHER))
    names = ("baseline", "all_four", "no_policy")
    titles = {"all_four": ("all four", "“all four”组合"), "no_policy": ("all levers off", "取消全部政策")}
    told = dataclasses.replace(told_of(names), titles=titles)
    found = policy_findings.moves(rows.assign(policy=names), "noun_gap", "size_points", told, "en")
    assert found == (
        "'all four' lowers SMEs' financing gap by 3.0 points; switching all levers off raises it, by 4.0 points"
    )


def test_switching_all_off_is_no_policy_that_a_title_counts() -> None:
    rows, _ = rows_of((-3.0, LOWER), (-4.0, LOWER), (9.0, HIGHER))
    names = ("baseline", "a", "b", "no_policy")
    told = dataclasses.replace(told_of(names), titles={name: (name, name) for name in names})
    rows = rows.assign(policy=names)
    found = policy_findings.moves(rows, "noun_cost", "size_bp", told, "en")
    assert found == (
        "2 of 2 policies lower SMEs' cost of need, by up to 4.0 bp (b); switching all levers off raises it, by 9.0 bp"
    )
    unclear = rows.assign(verdict=["", UNCLEAR, UNCLEAR, HIGHER])
    found = policy_findings.moves(unclear, "noun_cost", "size_bp", told, "en")
    assert found.endswith("with 20 replications; switching all levers off raises it, by 9.0 bp")
    alone = rows[rows["policy"].isin(("baseline", "no_policy"))]
    told = dataclasses.replace(told, policies=("baseline", "no_policy"))
    found = policy_findings.moves(alone, "noun_cost", "size_bp", told, "en")
    assert found == "switching all levers off raises SMEs' cost of need by 9.0 bp"


def test_weaker_copies_at_equal_cost_are_counted_apart() -> None:
    rows, _ = rows_of((-30.0, LOWER), (-20.0, LOWER), (-5.0, LOWER), (1.0, UNCLEAR))
    names = ("baseline", "a", "b", "a@equal_cost", "b@equal_cost")
    told, rows = told_of(names), rows.assign(policy=names)
    assert told.counted == ("a", "b") and told.copies == names[3:]
    said = policy_findings.moves(rows, "noun_cost", "size_bp", told, "en")
    assert said == ("2 of 2 policies lower SMEs' cost of need, by up to 30.0 bp (A); at equal cost 1 of 2 lower it")
    alone = told_of(("baseline", "a@equal_cost"))
    assert alone.counted == ("a@equal_cost",) and alone.copies == ()


@pytest.mark.parametrize("lang", labels.LANGUAGES)
def test_the_largest_estimate_is_said_to_be_no_ranking(worlds: dict[str, Comparison], lang: str) -> None:
    compared, said = worlds["seven"], labels.label("foot_up_to", lang)
    chart = POLICY_CHARTS["policies_cost"]
    picture = policy_gallery.picture_of("policies_cost", chart, chart.data(compared), compared.told)
    assert labels.label("up_to", lang) in picture.titles[lang] and said in picture.footers[lang]
    chart = POLICY_CHARTS["policies_forest"]
    assert said not in policy_gallery.picture_of("x", chart, chart.data(compared), compared.told).footers[lang]


@pytest.mark.parametrize("lang", labels.LANGUAGES)
@pytest.mark.parametrize("chart", POLICY_CHARTS)
@pytest.mark.parametrize("world", ["unclear", "one run"])
def test_no_title_speaks_of_change_that_is_not_clear(
    worlds: dict[str, Comparison], world: str, chart: str, lang: str
) -> None:
    """All intervals cover 0, whatever the estimates are."""
    compared = worlds[world]
    effects = compared.effects.assign(verdict=np.where(compared.effects["policy"] == "baseline", "", UNCLEAR))
    ratios = compared.ratios.assign(verdict=NO_RATIO, value=np.nan, low=np.nan, high=np.nan)
    blank = dataclasses.replace(compared, effects=effects, ratios=ratios)
    title = POLICY_CHARTS[chart].finding(POLICY_CHARTS[chart].data(blank), compared.told, lang).lower()
    assert title and not any(verb in title.replace("no policy has extra sme credit", "") for verb in VERBS), title


def test_a_policy_that_costs_next_to_nothing_is_not_scaled_to_a_hundred_million(worlds):
    data, told = policy_charts.value_data(worlds["seven"]), worlds["seven"].told
    before = policy_findings.value_finding(data, told, "en")
    named = next(policy for policy in told.compared if told.name(policy, "en") in before)
    cheap = data.copy()
    cost = (cheap["measure"] == "public_cost") & (cheap["policy"] == named)
    cheap.loc[cost, "diff"] = 1.9
    assert policy_charts.too_cheap_to_scale(cheap) >= {named}
    after = policy_findings.value_finding(cheap, told, "en")
    assert f"under {told.name(named, 'en')}" not in after
    assert after.endswith(f"too cheap to scale: {told.name(named, 'en')}")
    chinese, english = (policy_findings.value_finding(data, told, lang) for lang in ("zh", "en"))
    size = re.search(r"([\d,.]+)m CNY \(", english)
    assert size and f"{float(size[1].replace(',', '')) / 100.0:,.2f}".rstrip("0").rstrip(".")[:3] in chinese


def test_policies_are_named_by_their_instruments(worlds: dict[str, Comparison]) -> None:
    told = worlds["seven"].told
    assert told.name("baseline", "en") == "current law" and told.name("no_policy", "zh") == "取消全部政策"
    assert (told.name("subsidy", "en"), told.name("subsidy", "zh")) == ("subsidy", "贷款贴息 + 贴现贴息")
    assert (told.name("all_four", "en"), told.name("all_four", "zh")) == ("all four", "“all four”组合")


def test_a_policy_is_named_by_what_it_changes_of_current_law(tmp_path: Path) -> None:
    store = shelf(tmp_path, ("baseline", "relending", "subsidy"), replications=2, firms=10)
    law = [{"instrument": name, "start_day": -(10**9), "end_day": 10**9} for name in ("a", "risk_compensation_pool")]
    said = store.said["policies"]
    said |= {"baseline": law, "relending": law + said["relending"], "subsidy": [law[0], law[1] | {"end_day": 0}]}
    told = compare(store).told
    assert told.name("relending", "zh") == "支小再贷款"
    assert told.name("subsidy", "zh") == "“subsidy”组合"  # it ends a lever: no title says so


def test_policies_with_the_same_instruments_keep_apart(tmp_path: Path) -> None:
    store = shelf(tmp_path, ("baseline", "relending", "subsidy"), replications=2, firms=10)
    store.said["policies"]["subsidy"] = store.said["policies"]["relending"]
    told = compare(store).told
    assert (
        told.name("relending", "zh") == "支小再贷款（relending）"
        and told.name("subsidy", "zh") == "支小再贷款（subsidy）"
    )
    del store.said["policies"]  # written before the manifest said it
    assert compare(store).told.name("relending", "en") == "relending"


# --- Footers and pictures -----------------------------------------------------------------------------------


def test_footer_says_dates_exhaustion_and_where_parameters_come_from(worlds: dict[str, Comparison]) -> None:
    chart = POLICY_CHARTS["policies_cost"]
    footer = policy_gallery.footer_of(chart.data(worlds["seven"]), worlds["seven"].told, chart, "en")
    for part in (
        "n = 4 pairs", "95 %", "60 months after 24", "over 3 other sets of parameters",
        "used up otherwise than under current law (see the calendar)", "49\u00a0% of parameters assumed", "made-up",
        "3f9c2a71d04e",
    ):  # fmt: skip
        assert part in footer, part
    assert "levers change" not in footer  # they do when the window starts
    calendar = POLICY_CHARTS["policies_calendar"]
    footer = policy_gallery.footer_of(calendar.data(worlds["seven"]), worlds["seven"].told, calendar, "en")
    for part in (
        "used up otherwise than under current law: subsidy (Interest subsidy, month\u00a09, 4 of 4 runs)",
        "bigger pool (Risk-comp", "2 of 4 runs)",
    ):  # fmt: skip
        assert part in footer, part
    one = policy_gallery.footer_of(chart.data(worlds["one run"]), worlds["one run"].told, chart, "en")
    assert "no interval" in one and "other sets" not in one


def test_only_what_runs_out_otherwise_than_under_current_law_is_noted(tmp_path: Path) -> None:
    """Current law's pool runs dry before and in the evaluation, under every policy."""
    store = shelf(tmp_path, ("baseline", "relending", "subsidy"), replications=2, firms=10)
    for parts in store.runs_held.values():
        dry = [(step, "pool_empty", "risk_compensation_pool", "", 0) for step in (5, 40)]
        early = [(8, "quota_exhausted", "government_guarantee", "", 0)]
        more = pd.DataFrame(dry + early, columns=parts["events"].columns)
        parts["events"] = pd.concat([parts["events"], more], ignore_index=True)
    found = compare(store).told
    noted = {policy: [one.instrument for one in those] for policy, those in found.exhausted.items()}
    assert noted == {"baseline": ["risk_compensation_pool"], "relending": [], "subsidy": ["interest_subsidy"]}
    chart = POLICY_CHARTS["policies_calendar"]
    footer = policy_gallery.footer_of(pd.DataFrame(), found, chart, "en")
    assert "under current law capacity of Risk-compensation pool is used up" in footer
    assert footer.count("2 of 2 runs") == 2


def test_dates_that_differ_are_told_by_policy() -> None:
    told = told_of(("baseline", "a", "b"))
    dates = {"a": (("x", "lever_start", 0.0),), "b": (("x", "lever_start", 12.0), ("x", "lever_end", 36.0))}
    footer = policy_gallery.footer_of(
        pd.DataFrame(), dataclasses.replace(told, dates=dates), POLICY_CHARTS["policies_gap"], "en"
    )
    assert all(text in footer for text in ("B: from month\u00a012", "B: until month\u00a036")) and "A:" not in footer


def test_a_policy_at_equal_cost_is_called_so() -> None:
    spans = [{"instrument": "interest_subsidy", "start_day": 0}]
    names = ("baseline", "subsidy", "subsidy@equal_cost")
    titles = policies_told.titles_of(names, dict.fromkeys(names[1:], spans), {})
    assert titles["subsidy@equal_cost"] == ("subsidy at equal cost", "贷款贴息（等成本）")
    assert titles["subsidy"] == ("subsidy", "贷款贴息")


def test_policies_are_called_what_the_experiment_calls_them() -> None:
    policies = ("baseline", "one", "two", "two@equal_cost", "three")
    given = {"one": {"zh": "贴息"}, "two": {"en": "half the rate", "zh": "利率减半"}, "three": {"zh": "贴息"}}
    titles = policies_told.titles_of(policies, {}, given)
    assert titles["two@equal_cost"] == ("half the rate at equal cost", "利率减半（等成本）")
    assert [titles[policy] for policy in ("one", "three")] == [("one", "贴息（one）"), ("three", "贴息（three）")]


def test_points_of_many_policies_have_the_numbers_of_their_rows() -> None:
    few, many = told_of(("baseline", *"abcdefgh")), told_of(("baseline", *"abcdefghi"))
    assert policy_panels.point_names(few, "en")["b"] == "B"
    named = policy_panels.point_names(many, "en")
    assert (named["baseline"], named["b"], named["i"]) == ("Baseline", "2", "9")
    axes = Figure().subplots()
    policy_panels.policy_rows(axes, many, "en", numbered=True)
    assert [text.get_text() for text in axes.get_yticklabels()][:3] == ["Baseline", "1  A", "2  B"]
    key = Figure().subplots()
    policy_panels.point_key(key, many, "en")
    assert [text.get_text() for text in key.texts][1] == "2  B"


def ground_of(diff: float, unit: str = "bp", verdict: str = LOWER, level: float = 0.0) -> str:
    return policy_panels.cell_look({"diff": diff, "unit": unit, "verdict": verdict}, -1, level, digits=2)[1]


def test_colour_is_as_strong_as_the_change_is_large_and_grey_where_it_is_unclear() -> None:
    def strength(tone: str) -> float:
        return 1.0 - min(to_rgb(tone))

    sizes = [0.1, 4.9, 5.0, 20.0, 100.0, 500.0]
    strengths = [strength(ground_of(-size)) for size in sizes]
    assert strengths[0] == strengths[1] < strengths[2] < strengths[3] < strengths[4] == strengths[5]
    assert ground_of(-500.0, verdict=UNCLEAR) == "#F6F6F6"
    assert strength(ground_of(-1e-9)) == strengths[0]  # clear, however small
    assert ground_of(-0.02, "%") == ground_of(-0.02, "% of need") == ground_of(-0.02, "m CNY", level=5.0)
    assert strength(ground_of(-0.02, "m CNY", level=0.05)) == pytest.approx(strengths[-1])
    assert ground_of(-3.0, "m CNY", level=0.0) == ground_of(-500.0)


def test_colour_does_not_hang_on_what_else_is_on_the_chart() -> None:
    told = told_of(("baseline", "a", "b"))
    law = {"policy": "baseline", "column": "x", "unit": "bp", "level": 100.0, "diff": np.nan, "verdict": ""}
    cells = [law, law | {"policy": "a", "diff": -8.0, "verdict": LOWER}, law | {"policy": "b", "diff": -9.0}]
    grounds = []
    for others in (8.0, 800.0):
        cells[2] = cells[2] | {"diff": -others, "verdict": LOWER}
        axes = Figure().subplots()
        policy_panels.grid(axes, pd.DataFrame(cells), ["x"], told, good=-1)
        grounds.append(axes.patches[1].get_facecolor())
    assert grounds[0] == grounds[1]


@pytest.mark.parametrize("name", [name for name, chart in POLICY_CHARTS.items() if chart.shaded])
def test_footer_says_from_which_size_colour_is_strong(worlds: dict[str, Comparison], name: str) -> None:
    chart, told = POLICY_CHARTS[name], worlds["seven"].told
    footer = policy_gallery.footer_of(chart.data(worlds["seven"]), told, chart, "en")
    assert "palest: under" in footer and "full colour: from" in footer
    assert ("5 bp" in footer and "100 bp" in footer) == ("bp" in chart.shaded)
    assert ("40\u00a0% of current law" in footer) == (policy_gallery.MONEY in chart.shaded)


def test_a_page_has_room_for_the_lines_of_names_and_is_low_for_few() -> None:
    few, many = told_of(("baseline", "a")), told_of(("baseline", *"abcdefghijk"))
    assert policy_panels.rows_needed(pd.DataFrame(), few) == 2
    assert policy_panels.rows_of_scatter(pd.DataFrame(), few) == style.ROWS
    assert policy_panels.rows_needed(pd.DataFrame(), many) == 12
    titles = many.titles | {"a": ("a", "很长的政策名称" * 5)}  # in three lines
    assert policy_panels.rows_needed(pd.DataFrame(), dataclasses.replace(many, titles=titles)) == 17


def texts_of(figure: Figure) -> set[Text]:
    numbers = {text for axes in figure.axes for text in (*axes.get_xticklabels(), *axes.get_yticklabels())}
    return {text for text in figure.findobj(Text) if isinstance(text, Text) and text.get_text().strip()} - numbers


@pytest.mark.parametrize(
    ("world", "lang"),
    [("seven", "en"), ("seven", "zh"), ("one policy", "en"), ("one run", "zh"), ("empty", "en"), ("no credit", "zh")],
)
@pytest.mark.parametrize("name", POLICY_CHARTS)
def test_every_text_stays_on_the_page(worlds: dict[str, Comparison], name: str, world: str, lang: str) -> None:
    chart, compared = POLICY_CHARTS[name], worlds[world]
    data = chart.data(compared)
    with style.styled():
        title, rows = chart.finding(data, compared.told, lang), chart.rows(data, compared.told)
        footer = policy_gallery.footer_of(data, compared.told, chart, lang, title)
        figure = style.new_figure(title, footer, lang, rows)
        chart.draw(data, compared.told, figure, lang)
        figure.draw_without_rendering()
        width, height = figure.bbox.size
        for text in texts_of(figure):
            box = text.get_window_extent()
            assert box.x0 >= -1 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height, text.get_text()


def test_pictures_and_tables_are_saved(
    worlds: dict[str, Comparison], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy_gallery, "POLICY_CHARTS", {"policies_gap": POLICY_CHARTS["policies_gap"]})
    paths = policy_gallery.draw_policies(worlds["one policy"], tmp_path)
    assert [path.name for path in paths] == [f"policies_gap.{kind}" for kind in ("png", "svg", "csv", "json")]
    first = [path.read_bytes() for path in paths]
    assert [path.read_bytes() for path in policy_gallery.draw_policies(worlds["one policy"], tmp_path)] == first
    assert policy_gallery.draw_policies(worlds["one policy"], tmp_path, "zh")[0].name == "policies_gap_zh.png"


def test_what_holms_correction_takes_back_has_its_mark_in_a_grid() -> None:
    cell = {"diff": 0.3, "diff_high": 0.32, "verdict": HIGHER, "verdict_holm": UNCLEAR, "unit": "m CNY a year"}
    assert cell_look(cell, -1, 10.0, 1)[0] == "+0.3†"
    assert cell_look(cell | {"verdict_holm": HIGHER}, -1, 10.0, 1)[0] == "+0.3"


def change(diff: float, high: float, verdict: str = HIGHER, after_holm: str = HIGHER) -> pd.Series:
    return pd.Series({"diff": diff, "diff_high": high, "verdict": verdict, "verdict_holm": after_holm, "unit": "bp"})


def test_half_an_interval_is_never_shown_as_0() -> None:
    assert change_text(change(0.06, 0.1)) == "+0.06 ± 0.04"
    assert change_text(change(2.0, 2.5)) == "+2.0 ± 0.5"
    assert change_text(change(2.0, 2.0)) == "+2.0 ± 0"  # the same in every pair


def test_a_clear_change_is_never_shown_as_0_nor_grey() -> None:
    small, unclear = change(0.03, 0.04), change(0.03, 0.09, UNCLEAR)
    assert cell_look(small.to_dict(), 1, 10.0, 1)[::2] == ("+0.03", "#1A1A1A")
    assert cell_look(change(1e-6, 2e-6).to_dict(), 1, 10.0, 1)[0] == policy_panels.NOUGHT
    assert cell_look(unclear.to_dict(), 1, 10.0, 1)[::2] == ("0", policy_panels.FAINT)


def test_what_holms_correction_takes_back_has_its_mark_beside_a_panel_and_at_the_foot(worlds) -> None:
    assert change_text(change(2.0, 2.5, HIGHER, UNCLEAR)) == "+2.0 ± 0.5†"
    told, cost = worlds["seven"].told, POLICY_CHARTS["policies_cost"]
    data = policy_charts.cost_data(worlds["seven"]).assign(verdict_holm=HIGHER)
    taken = data["measure"].eq("sme_cost_of_need") & data["verdict"].isin((HIGHER, LOWER))
    assert taken.any() and "†" not in policy_gallery.footer_of(data, told, cost, "en")
    data.loc[taken, "verdict_holm"] = UNCLEAR
    assert "†" in policy_gallery.footer_of(data, told, cost, "en")
    hollow = data.assign(measure=policy_charts.GROSS)  # dots without figures
    assert "†" not in policy_gallery.footer_of(hollow, told, cost, "en")
