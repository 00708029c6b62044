"""Charts: tables against closed forms, titles that claim no more than they know, pictures in two tongues."""

import json
import string
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image
from pylopdf_fonts_zh_cn import sans_path
from scipy import stats

from experiments import charts, drawing, findings, labels, style
from experiments.charts import OEM, REASONS, SIZES, STAGES, TERMS, TIERS, ChartMeta
from sim import journal, ledger

BURN_IN, STEPS = 24, 60
META = ChartMeta("four-levers", "3f9c2a71d04e88b1c0ffee", "0.1.0", burn_in_steps=BURN_IN, step_days=30)
FIRMS = ("sme", *SIZES, *TIERS)
APR = {"sme": 0.049, "large": 0.031, "medium": 0.043, "small": 0.051, "micro": 0.071}
APR |= {"tier_1": 0.038, "tier_2": 0.047, "tier_3": 0.058}
LATE = {"sme": 0.04, "large": 0.012, "medium": 0.025, "small": 0.041, "micro": 0.062}
LATE |= {"tier_1": 0.019, "tier_2": 0.033, "tier_3": 0.055, OEM: 0.008}
SHARE_OF_APR = dict(zip(TERMS, (0.42, 0.14, 0.2, 0.13, 0.08, 0.03, 0.02, -0.05, 0.03), strict=True))
SHARE_OF_NEED = dict(zip(STAGES, (1.0, 0.71, 0.6, 0.47, 0.46), strict=True))
REFUSED = dict(zip(REASONS, (900.0, 520.0, 160.0, 340.0, 45.0, 12.0, 3.0), strict=True))
BOOKS = {  # bn CNY
    "oem": {"deposit": 14, "finished_goods": 9, "plant": 22, "trade_payable": -26, "bill_payable": -6},
    "supplier": {
        "deposit": 9,
        "input_stock": 17,
        "plant": 30,
        "receivable": 31,
        "trade_payable": -14,
        "loan": -21,
    },
    "informal": {"loan": 1.5, "funding": -1.4},
    "bank": {"reserves": 9, "loan": 21, "rest_loan": 61, "firm_deposits": -23, "outside_deposits": -57},
    "central_bank": {"outside_claim": 9, "reserves": -9},
    "treasury": {"tax_receivable": 0.6},
    "outside": {"deposit": 57, "rest_loan": -61, "wages_receivable": 4},
}


def fake_series(replications: int = 6, noise: float = 1.0) -> pd.DataFrame:
    """What a small experiment stores: all indicators and groups the charts read, slow cycles, noisy runs."""
    rng = np.random.default_rng(3)
    steps = np.arange(STEPS)
    cycle = 1.0 + 0.12 * np.sin(steps / 9.0)
    parts = []

    def add(run: int, group: str, indicator: str, value: np.ndarray, weight: np.ndarray | float = 1.0) -> None:
        parts.append(
            pd.DataFrame(
                {"replication": run, "step": steps, "group": group, "indicator": indicator, "unit": "",
                 "value": value, "weight": weight}
            )
        )  # fmt: skip

    for run in range(replications):
        for group in FIRMS:
            level = APR[group] * (1.0 + noise * 0.03 * rng.standard_normal())
            amount = rng.uniform(1e12, 3e12, STEPS)
            apr = level * cycle * (1.0 + noise * 0.05 * rng.standard_normal(STEPS))
            add(run, group, "apr_net", apr, amount)
            for term, share in SHARE_OF_APR.items():
                sign = -1.0 if term == "term_margin" and group == "large" else 1.0
                add(run, group, term, sign * share * apr, amount)
        for group, late in LATE.items():
            add(
                run,
                group,
                "overdue_share",
                late * cycle * rng.uniform(1.0 - noise * 0.2, 1.0 + noise * 0.2, STEPS),
            )
        for stage, share in SHARE_OF_NEED.items():
            add(run, "sme", f"{stage}_count", np.round(share * 1500 * rng.uniform(0.9, 1.1, STEPS)))
            add(run, "sme", f"{stage}_amount", np.round(share * 4.2e11 * rng.uniform(0.9, 1.1, STEPS)))
        for reason, count in REFUSED.items():
            add(run, "sme", f"refused_{reason}_count", np.round(count * rng.uniform(0.8, 1.2, STEPS)))
        for sector, accounts in BOOKS.items():
            for account, amount in accounts.items():
                add(
                    run,
                    f"sector:{sector}",
                    f"balance:{account}",
                    amount * 1e11 * rng.uniform(0.95, 1.05, STEPS),
                )
    return pd.concat(parts, ignore_index=True)


SERIES = fake_series()


def rows_of(indicator: str, group: str, table: dict[int, list[tuple[float, float]]]) -> pd.DataFrame:
    """Series rows from (value, weight) by step, for each replication."""
    return pd.DataFrame(
        [
            {
                "replication": run,
                "step": step,
                "group": group,
                "indicator": indicator,
                "value": v,
                "weight": w,
            }
            for run, pairs in table.items()
            for step, (v, w) in enumerate(pairs)
        ]
    )


# --- From rows to means with intervals ----------------------------------------------------------------------


def test_window_leaves_out_burn_in_and_steps_without_weight() -> None:
    rows = rows_of("apr_net", "sme", {0: [(9.0, 5.0), (2.0, 1.0), (np.nan, 0.0), (np.nan, np.nan), (4.0, 3.0)]})
    values = charts.window_values(rows, replace(META, burn_in_steps=1))
    assert values["value"].tolist() == [(2.0 * 1.0 + 4.0 * 3.0) / 4.0]


def test_value_missing_under_a_weight_is_not_passed_over() -> None:
    rows = rows_of("apr_net", "sme", {0: [(1.0, 1.0), (np.nan, 1.0)]})
    assert charts.window_values(rows, replace(META, burn_in_steps=0))["value"].isna().all()


@given(st.lists(st.tuples(st.floats(0.0, 1.0), st.sampled_from([0.0, 1.0, 7.5])), min_size=1, max_size=30))
def test_rolling_year_is_the_weighted_mean_of_its_steps(pairs: list[tuple[float, float]]) -> None:
    values = charts.rolling_values(rows_of("apr_net", "sme", {0: pairs}), META).set_index("step")["value"]
    width = min(12, len(pairs))
    for end in range(width, len(pairs) + 1):
        window = pairs[end - width : end]
        weight = sum(w for _, w in window)
        if weight > 0.0:
            assert values[end - 1] == pytest.approx(sum(v * w for v, w in window) / weight)
        else:
            assert end - 1 not in values.index or np.isnan(values[end - 1])


def test_interval_is_students() -> None:
    sample = [3.0, 4.0, 8.0, 5.0]
    table = charts.over_replications(pd.DataFrame({"group": "sme", "value": [*sample, np.nan]}), ["group"]).iloc[0]
    low, high = stats.t.interval(0.95, 3, loc=np.mean(sample), scale=stats.sem(sample))
    assert (table["mean"], table["n"]) == (5.0, 4)
    assert (table["low"], table["high"]) == (pytest.approx(low), pytest.approx(high))


def test_one_replication_has_no_interval() -> None:
    row = charts.over_replications(pd.DataFrame({"group": ["sme"], "value": [3.0]}), ["group"]).iloc[0]
    assert (row["mean"], row["n"]) == (3.0, 1) and np.isnan(row["low"]) and np.isnan(row["high"])


def test_gap_is_paired() -> None:
    values = pd.DataFrame({"replication": [0, 0, 1, 1], "group": ["a", "b", "a", "b"], "value": [10.0, 9.0, 2.0, 1.0]})
    row = charts.over_replications(charts.paired_gap(values, "a", "b"), ["group"]).iloc[0]
    assert (row["group"], row["low"], row["mean"], row["high"]) == ("a - b", 1.0, 1.0, 1.0)


# --- One table a chart --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", drawing.CHARTS)
def test_missing_indicator_is_named(name: str) -> None:
    with pytest.raises(KeyError, match="do not hold"):
        drawing.CHARTS[name].data(SERIES[SERIES["indicator"] == "output"], META)


def test_price_total_is_the_sum_of_its_terms() -> None:
    table = charts.price_data(SERIES, META).pivot(index="group", columns="term", values="mean")
    assert np.allclose(table[list(TERMS)].sum(axis=1), table["total"])
    apr = charts.window_values(SERIES[SERIES["indicator"] == "apr_net"], META)
    means = apr.groupby("group")["value"].mean()
    assert table["total"]["small"] == pytest.approx(1e4 * means["small"])
    assert table["total"]["small - large"] == pytest.approx(table["total"]["small"] - table["total"]["large"])


def test_price_of_a_store_that_knows_no_levers() -> None:
    table = charts.price_data(SERIES[~SERIES["indicator"].isin(charts.LEVER_TERMS)], META)
    assert set(table["term"]) == {*TERMS, "total"} - {*charts.LEVER_TERMS} and table["mean"].notna().all()


def test_time_runs_in_years_from_the_evaluation() -> None:
    table = charts.apr_data(SERIES, META)
    line = table[(table["panel"] == "by_tier") & (table["group"] == "tier_1")]
    assert line["step"].tolist() == list(range(11, STEPS))
    assert line.loc[line["step"] == BURN_IN - 1, "years"].tolist() == [0.0]
    assert line["years"].iloc[-1] == 3.0


def test_funnel_is_a_year_and_shares_are_of_need() -> None:
    flows = {f"{stage}_{unit}": 5.0 - i for unit in ("count", "amount") for i, stage in enumerate(STAGES)}
    flows |= {f"refused_{reason}_count": 2.0 for reason in REASONS}
    series = pd.concat([rows_of(name, "sme", {0: [(1e9, 1.0)] * 3 + [(v, 1.0)] * 6}) for name, v in flows.items()])
    table = charts.funnel_data(series, replace(META, burn_in_steps=3)).set_index(["measure", "stage"])["mean"]
    assert table["count", "asked"] == pytest.approx(4.0 * 12)
    assert table["amount", "drawn"] == pytest.approx(1.0 * 12 / 1e11)
    assert table["count_share", "need"] == 100.0 and table["amount_share", "drawn"] == pytest.approx(20.0)
    assert table["refusals", "risk"] == pytest.approx(24.0)


def test_net_worth_closes_every_balance_sheet() -> None:
    table = charts.balance_data(SERIES, META)
    assert np.allclose(table.groupby("sector")["mean"].sum(), 0.0)
    last = SERIES[(SERIES["step"] == STEPS - 1) & (SERIES["indicator"] == "balance:receivable")]
    row = table[table["account"] == "receivable"].iloc[0]
    assert row["mean"] == pytest.approx(last["value"].mean() / 1e11)
    assert (row["family"], row["unit"]) == ("trade_credit", "bn CNY")


def test_every_account_of_the_ledger_has_a_family() -> None:
    accounts = {name for side in (journal.ASSETS, journal.LIABILITIES) for names in side.values() for name in names}
    assert accounts | set(ledger.OWN) <= set(charts.FAMILY_OF)
    assert set(charts.FAMILIES) == set(drawing.FAMILY_COLOURS)


# --- Titles -------------------------------------------------------------------------------------------------


def window_table(low: float, mean: float, high: float) -> pd.DataFrame:
    groups = ["sme", "tier_3", "tier_3 - tier_1", f"tier_3 - {OEM}"]
    gap = [False, False, True, True]
    return pd.DataFrame(
        {
            "panel": "window",
            "group": groups,
            "mean": np.where(gap, mean, 4.0),
            "low": np.where(gap, low, 3.0),
            "high": np.where(gap, high, 5.0),
        }
    )


@pytest.mark.parametrize(
    ("title", "gap"), [(findings.apr_finding, " 50 bp"), (findings.overdue_finding, " 0.5 points")]
)
@pytest.mark.parametrize(
    ("low", "mean", "high", "verdict"),
    [(0.1, 0.5, 0.9, "more"), (-0.9, -0.5, -0.1, "less"), (-0.1, 0.5, 1.1, "no clear"), (np.nan, 0.5, np.nan, "")],
)
def test_title_claims_a_difference_only_if_the_interval_does(title, gap, low, mean, high, verdict) -> None:
    text = title(window_table(low, mean, high), "en")
    assert [word for word in ("more", "less", "no clear") if word in text] == [verdict] * bool(verdict)
    assert (gap in text) == (verdict in ("more", "less"))


def test_price_title_names_the_widest_term_only_if_the_total_differs() -> None:
    def table(low: float) -> pd.DataFrame:
        rows = [("small - large", "total", 90.0, low), ("small", "total", 300.0, 290.0)]
        rows += [("small - large", term, 10.0 * i, 0.0) for i, term in enumerate(TERMS)]
        return pd.DataFrame(rows, columns=["group", "term", "mean", "low"]).assign(high=200.0)

    assert findings.price_finding(table(20.0), "en").endswith("timing, 80 bp")
    assert findings.price_finding(table(-20.0), "en").startswith("No clear difference")


def test_leading_refusal_is_named_only_if_its_lead_is_clear() -> None:
    def table(low: float) -> pd.DataFrame:
        rows = [("amount_share", "drawn", 46.0, 45.0, 47.0), ("refusals", "capital", 4.0, 3.0, 5.0)]
        rows.append(("refusals", "risk", 9.0, low, 18.0 - low))
        return pd.DataFrame(rows, columns=["measure", "stage", "mean", "low", "high"])

    assert findings.funnel_finding(table(8.0), "en").endswith("risk too high, 9.0 a year")
    assert "risk" not in findings.funnel_finding(table(4.0), "en")


# --- Labels and looks ---------------------------------------------------------------------------------------


def test_languages_fill_in_the_same_values() -> None:
    for key, texts in labels.LABELS.items():
        fields = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in texts]
        assert len(texts) == len(labels.LANGUAGES) and fields[0] == fields[1] and all(texts), key


def test_chinese_lines_break_no_number_and_start_with_no_stop() -> None:
    text = "最多对应新增信贷15,906百万元（保险增信；区间15,770至16,041）；两项有此比值"
    for width in range(8, 40):
        lines = style.lines_of(text, width)
        assert "".join(lines) == text
        assert not any(line[0] in "）；，。" for line in lines)
        assert sum(number in line for line in lines for number in ("15,906", "15,770", "16,041")) == 3


def test_chinese_lines_break_no_word_and_leave_a_number_its_unit() -> None:
    text = "11项政策中8项使中小微企业资金需求综合成本下降，最多82.0个基点；第12个月内二级供应商无法区分，为1.79亿元"
    kept = (
        "11项",
        "政策",
        "中小微企业",
        "资金需求",
        "综合成本",
        "下降",
        "82.0个基点；",
        "第12个月",
        "二级",
        "供应商",
        "1.79亿元",
    )
    for width in range(8, 40):
        lines = style.lines_of(text, width)
        assert "".join(lines) == text
        assert all(any(word in line for line in lines) for word in kept)


def test_an_axis_shows_the_lines_and_no_more_of_very_wide_bands_than_the_lines_are_apart() -> None:
    lines = pd.DataFrame({"mean": [4.0, 5.0], "low": [3.8, 4.9], "high": [4.1, 5.2]})
    assert style.within(lines) == pytest.approx((3.8 - 0.05, 5.2 + 0.05))
    wide = lines.assign(low=-90.0, high=100.0)
    assert style.within(wide) == pytest.approx((3.0 - 0.05, 6.0 + 0.05))
    assert style.within(wide, most=5.5) == pytest.approx((3.0 - 0.05, 5.5 + 0.05))
    alone = lines.assign(low=np.nan, high=np.nan)
    assert style.within(alone) == pytest.approx((4.0 - 0.05, 5.0 + 0.05))
    assert style.within(lines.iloc[:0]) == (0.0, 1.0)


def test_an_amount_that_rounds_to_nothing_is_not_called_nothing() -> None:
    assert [style.amount(value) for value in (0.0, 0.004, 0.005, 7.84)] == ["0", "≈0", "0.01", "7.8"]


def test_a_title_in_lines_of_about_one_length_has_no_more_of_them() -> None:
    text = "'subsidy' lowers the average price of SME credit by 40.4 bp; largest change of a term: subsidy, −41.0 bp"
    lines = style.balanced(text, 98)
    assert " ".join(lines).replace("\u00a0", " ") == text and len(lines) == len(style.lines_of(text, 98)) == 2
    assert len(lines[1]) > 0.8 * len(lines[0])
    assert style.balanced("short", 98) == ["short"]
    assert style.lines_of("it falls by 40.4 bp, or 3 %", 19) == ["it falls by", "40.4\u00a0bp, or 3\u00a0%"]


def test_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="'fr' is unknown"):
        replace(META, lang="fr")


def test_typeface_has_every_character_of_the_labels() -> None:
    with TTFont(sans_path()) as font:
        known = set(font.getBestCmap())
    drawn = {c for texts in labels.LABELS.values() for text in texts for line in text.splitlines() for c in line}
    assert {c for c in drawn if ord(c) not in known} == set()


@given(st.lists(st.floats(0.0, 10.0), min_size=1, max_size=6))
def test_spread_labels_keep_order_distance_and_bounds(places: list[float]) -> None:
    moved = style.spread(places, 1.0, 0.0, 10.0)
    ranks = np.argsort(places, kind="stable")
    assert (np.diff(np.array(moved)[ranks]) >= 1.0 - 1e-9).all()
    assert min(moved) >= -1e-9 and max(moved) <= 10.0 + 1e-9


def test_spread_leaves_distant_labels_alone() -> None:
    assert style.spread([5.0, 1.0, 5.2], 1.0, 0.0, 10.0) == pytest.approx([4.6, 1.0, 5.6])


def texts_of(figure: Figure) -> set[Text]:
    """Every text but the ticks' numbers, of which Matplotlib keeps some that it does not draw."""
    numbers = {text for axes in figure.axes for text in (*axes.get_xticklabels(), *axes.get_yticklabels())}
    return {text for text in figure.findobj(Text) if isinstance(text, Text) and text.get_text().strip()} - numbers


SPARSE = SERIES[SERIES["group"] != "micro"].copy()
SPARSE.loc[(SPARSE["group"] == "tier_3") & (SPARSE["indicator"] != "overdue_share"), ["value", "weight"]] = np.nan
NO_LOANS = SERIES.copy()
NO_LOANS.loc[NO_LOANS["indicator"].isin(["apr_net", "overdue_share", *TERMS]), ["value", "weight"]] = (
    np.nan,
    0.0,
)
NO_LOANS.loc[NO_LOANS["group"] == "sme", "value"] = 0.0
WORLDS = {
    "full": SERIES,
    "sparse": SPARSE,
    "single": SERIES[SERIES["replication"] == 0],
    "no loans": NO_LOANS,
}


@pytest.mark.parametrize(("world", "lang"), list(zip(WORLDS, labels.LANGUAGES * 2, strict=True)))
@pytest.mark.parametrize("name", drawing.CHARTS)
def test_every_text_stays_on_the_page(name: str, world: str, lang: str) -> None:
    meta, chart = replace(META, lang=lang), drawing.CHARTS[name]
    data = chart.data(WORLDS[world], meta)
    with style.styled():
        figure = style.new_figure(chart.finding(data, lang), "footer", lang)
        chart.draw(data, meta, figure)
        figure.draw_without_rendering()
        width, height = figure.bbox.size
        for text in texts_of(figure):
            box = text.get_window_extent()
            assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height, text.get_text()


def test_pictures_and_tables_are_saved_alike_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "CHARTS", {"price_terms": drawing.CHARTS["price_terms"]})
    paths = drawing.draw_all(SERIES, META, tmp_path)
    first = [path.read_bytes() for path in paths]
    assert [path.name for path in paths] == [f"price_terms.{kind}" for kind in ("png", "svg", "csv", "json")]
    assert [path.read_bytes() for path in drawing.draw_all(SERIES, META, tmp_path)] == first
    chinese = drawing.draw_all(SERIES, replace(META, lang="zh"), tmp_path)
    assert [path.name for path in chinese] == [
        "price_terms_zh.png", "price_terms_zh.svg", "price_terms.csv", "price_terms.json",
    ]  # fmt: skip
    assert chinese[0].read_bytes() != first[0] and [path.read_bytes() for path in chinese[2:]] == first[2:]
    table = pd.read_csv(paths[2])
    pd.testing.assert_frame_equal(table, charts.price_data(SERIES, META), check_dtype=False, rtol=1e-9)


def test_alternative_text_is_beside_and_inside_the_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "CHARTS", {"price_terms": drawing.CHARTS["price_terms"]})
    hostile = replace(META, experiment="a<b & c", lang="zh")
    png, svg, _, words = drawing.draw_all(SERIES, hostile, tmp_path)
    said = json.loads(words.read_text(encoding="utf-8"))
    for lang in labels.LANGUAGES:
        assert said["title"][lang] in said["alt"][lang] and "a<b & c" in said["alt"][lang]
    with Image.open(png) as picture:
        assert (picture.info["Title"], picture.info["Description"]) == (said["title"]["zh"], said["alt"]["zh"])
    root = ElementTree.parse(svg).getroot()
    found = [root.findtext(f"{{http://www.w3.org/2000/svg}}{tag}") for tag in ("title", "desc")]
    assert found == [said["title"]["zh"], said["alt"]["zh"]]


def test_a_page_grows_with_its_rows_and_keeps_its_margins() -> None:
    with style.styled():
        short, tall = (style.new_figure("title", "footer", "en", rows) for rows in (style.ROWS, 30))
        low, default = (style.new_figure("title", "footer", "en", rows) for rows in (2, 0))
    assert low.get_figheight() < short.get_figheight() == default.get_figheight()
    assert tall.get_figheight() == pytest.approx(short.get_figheight() + (30 - style.ROWS) * style.ROW)
    for figure in (short, tall):
        title, footer = figure.texts
        assert (1.0 - title.get_position()[1]) * figure.get_figheight() == pytest.approx(0.2)
        assert footer.get_position()[1] * figure.get_figheight() == pytest.approx(0.145)


def test_a_core_failure_is_marked_in_its_month_and_told_at_the_foot() -> None:
    stresses = [{"kind": "oem_failure", "month": 18, "oem": 0}, {"kind": "lending_stop", "month": 3}]
    said = {"experiment": "x", "digest": "d" * 20, "finflow": "0", "steps": {"burn_in": BURN_IN, "days": 30}}
    meta = ChartMeta.of(said | {"stresses": stresses}, "en")
    assert (meta.failures, ChartMeta.of(said, "en").failures) == ((18,), ())
    chart, figure = drawing.CHARTS["price_of_credit"], Figure()
    data = chart.data(SERIES, meta)
    chart.draw(data, meta, figure)
    for axes in figure.axes:
        assert [1.5, 1.5] in [list(line.get_xdata()) for line in axes.lines]
    assert "core failure" in {text.get_text() for text in texts_of(figure)}
    assert "fails in month\u00a018" in drawing.footer_of(data, SERIES, meta, chart)


def test_a_bar_of_fewer_runs_says_of_how_many() -> None:
    single = SERIES["group"].eq("large") & SERIES["replication"].gt(1)
    figure = Figure()
    drawing.draw_price(charts.price_data(SERIES[~single], META), META, figure)
    told = [text.get_text() for text in texts_of(figure) if "n =" in text.get_text()]
    assert len(told) == 1 and told[0].endswith("(n = 2)")


def test_footer_says_where_the_numbers_come_from() -> None:
    chart = drawing.CHARTS["price_of_credit"]
    footer = drawing.footer_of(chart.data(SERIES, META), SERIES, META, chart)
    for part in ("n = 6", "95 %", "36 months after 24", "four-levers", "3f9c2a71d04e", "0.1.0"):
        assert part in footer
    single = WORLDS["single"]
    assert "no interval" in drawing.footer_of(chart.data(single, META), single, META, chart)
