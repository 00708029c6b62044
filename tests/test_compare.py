"""Paired differences, ratios and firm-by-firm comparisons against closed forms, and what is said of them."""

import json
import os
import zipfile
from dataclasses import replace
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain_windows import window
from policy_worlds import BURN_IN, DAYS, EVALUATE, Shelf, manifest, shelf
from rich.console import Console
from scipy import stats
from typer.testing import CliRunner, Result

from experiments import cli, crew, firm_pairs, paired, tables
from experiments import compare as comparing
from experiments.compare import COLUMNS, Comparison, compare, write
from experiments.compare_report import as_data, tables_of
from experiments.headline import COLUMNS as LINE
from experiments.headline import effect_text, headline, number, sentences
from experiments.labels import LANGUAGES, label
from experiments.paired import HIGHER, LOWER, SAME, UNCLEAR, UNKNOWN
from experiments.ratios import NO_RATIO
from experiments.store import Run, StoreError
from experiments.windows import KEY, WHOLE, WINDOWS, values_of, windows, years
from experiments.workbook import write_workbook
from experiments.workbook_words import COLUMN_NOTES, VERDICTS

STEPS = {"burn_in": BURN_IN, "evaluate": EVALUATE, "days": DAYS}


# --- Statistics ---------------------------------------------------------------------------------------------


def test_paired_t_by_hand() -> None:
    # Student's sleep data (1908): extra hours under two drugs; mean difference 1.58, 95 % interval 0.70 to 2.46.
    first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
    second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
    found = paired.student(np.subtract(second, first))
    assert found.mean == pytest.approx(1.58)
    assert (found.low, found.high) == (pytest.approx(0.70011, abs=1e-5), pytest.approx(2.45989, abs=1e-5))
    assert found.n == 10


def test_student_passes_over_what_is_not_known_and_has_no_interval_of_one() -> None:
    found = paired.student([[1.0, np.nan, 3.0], [np.nan, np.nan, 2.0], [np.nan] * 3])
    assert found.n.tolist() == [2, 1, 0]
    assert found.mean[:2].tolist() == [2.0, 2.0] and np.isnan(found.mean[2])
    assert found.high[0] == pytest.approx(2.0 + stats.t.ppf(0.975, 1)) and np.isnan(found.high[1:]).all()
    assert list(paired.verdicts(found)) == [UNCLEAR, UNKNOWN, UNKNOWN]


def test_verdicts() -> None:
    differences = paired.student([[1.0, 1.1], [-1.0, -1.1], [-1.0, 1.0], [0.0, 0.0]])
    assert list(paired.verdicts(differences)) == [HIGHER, LOWER, UNCLEAR, SAME]


def test_variance_reduction_by_hand() -> None:
    base, effect = np.array([1.0, 3.0, 5.0]), np.array([0.0, 1.0, 2.0])
    # s² of 1, 3, 5 is 4, of 1, 4, 7 is 9, of 0, 1, 2 is 1.
    assert paired.variance_reduction((base + effect)[None], base[None]) == pytest.approx((9.0 + 4.0) / 1.0)


def test_fieller_by_hand() -> None:
    # Means 20 and 10, variances of the means 1/3, covariance −1/3, t² = 4.302653² = 18.512821; the limits solve
    # (100 − t²/3) ρ² − 2 (200 + t²/3) ρ + (400 − t²/3) = 0.
    third = 18.512821 / 3
    roots = np.roots([100 - third, -2 * (200 + third), 400 - third])
    found = paired.fieller([21.0, 20.0, 19.0], [9.0, 10.0, 11.0])
    assert (found.value, found.n) == (2.0, 3)
    assert (found.low, found.high) == (pytest.approx(roots.min(), rel=1e-6), pytest.approx(roots.max(), rel=1e-6))
    assert (found.low, found.high) == (pytest.approx(1.40305, abs=1e-4), pytest.approx(2.99157, abs=1e-4))


def test_fieller_is_not_defined_where_the_denominator_covers_0() -> None:
    found = paired.fieller([1.0, 2.0, 3.0], [-1.0, 0.5, 2.0])
    assert not found.defined and np.isnan([found.value, found.low, found.high]).all()
    assert not paired.fieller([1.0], [2.0]).defined


def test_fieller_of_a_certain_denominator_is_students_interval() -> None:
    found, plain = paired.fieller([2.0, 4.0, 9.0], [2.0, 2.0, 2.0]), paired.student([1.0, 2.0, 4.5])
    assert tuple(found)[:3] == pytest.approx(tuple(float(x) for x in plain[:3]))


@given(st.lists(st.tuples(st.floats(-5.0, 5.0), st.floats(1.0, 9.0)), min_size=3, max_size=12))
def test_fieller_limits_are_where_the_difference_is_just_told_apart(pairs: list[tuple[float, float]]) -> None:
    above, below = np.array(pairs).T
    found = paired.fieller(above, below)
    if not found.defined or found.high - found.low < 1e-6:
        return
    for limit in (found.low, found.high):
        interval = paired.student(above - limit * below)
        assert min(abs(interval.low), abs(interval.high)) == pytest.approx(0.0, abs=1e-6)


def test_doubt_counts_worlds_that_keep_the_sign() -> None:
    effects = np.array([[-1.0, -2.0, 3.0, np.nan, -5.0], [np.nan] * 5])
    found = paired.doubt(effects, np.array([-1.5, 1.0]))
    assert (found.worlds.tolist(), found.same_sign.tolist()) == ([4, 0], [3, 0])
    low, high = np.quantile([-1.0, -2.0, 3.0, -5.0], (0.1, 0.9))
    assert (found.low[0], found.high[0]) == (pytest.approx(low), pytest.approx(high)) and np.isnan(found.low[1])


def test_doubt_is_unknown_where_no_world_has_any_of_the_rows() -> None:
    found = paired.doubt(np.full((2, 3), np.nan), np.array([1.0, 2.0]))
    assert np.isnan([found.low, found.high]).all() and not found.worlds.any()


# --- Windows ------------------------------------------------------------------------------------------------


def test_windows_and_years() -> None:
    assert windows(STEPS) == {"whole": (24, 83), "first_12": (24, 35), "last_24": (60, 83)}
    assert list(years(STEPS).values()) == [(24, 35), (36, 47), (48, 59), (60, 71), (72, 83)]
    short = {"burn_in": 2, "evaluate": 4, "days": 30}
    assert set(windows(short).values()) == {(2, 5)} and years(short) == {}


def test_values_are_those_of_the_summary(tmp_path: Path) -> None:
    store = shelf(tmp_path, ("baseline",), replications=1)
    series, spans = store.series(), windows(STEPS)
    values = values_of(series, spans, DAYS)
    for name, (first, last) in spans.items():
        expected = window(series, first, last).set_index(KEY[1:])["value"]
        pd.testing.assert_series_equal(values[name].reindex(expected.index), expected, check_names=False)


def test_derived_values_by_hand() -> None:
    rows = [("apr_net", 0.04, 300.0), ("apr_net", 0.05, 600.0), ("need_amount", 10.0, 1.0), ("need_amount", 30.0, 1.0)]
    rows += [("financing_gap", 2.0, 1.0), ("financing_gap", 8.0, 1.0)]
    series = pd.DataFrame(rows, columns=["indicator", "value", "weight"]).assign(step=[0, 1] * 3, group="sme", unit="")
    values = values_of(series, {"whole": (0, 1)}, 30).sort_index()["whole", "sme"]
    assert values["credit_in_use"].item() == 900.0 / 60.0
    assert values["gap_share"].item() == 10.0 / 40.0


def test_books_are_what_banks_ratios_are_parts_of() -> None:
    """Two months; in the second the chain book is empty, and counts as nothing."""
    rows = [
        (0, "npl_ratio", 0.1, 40.0),
        (1, "npl_ratio", np.nan, 0.0),
        (0, "npl_ratio_whole", 0.05, 100.0),
        (1, "npl_ratio_whole", 0.02, 200.0),
        (0, "capital_ratio", 0.2, 80.0),
        (1, "capital_ratio", 0.1, 120.0),
    ]
    series = pd.DataFrame(rows, columns=["step", "indicator", "value", "weight"]).assign(
        group="city_rural", unit="share"
    )
    values = values_of(series, {"whole": (0, 1)}, 30).sort_index()["whole", "city_rural"].droplevel("unit")
    assert (values["chain_book"], values["chain_bad"]) == pytest.approx((20.0, 2.0))
    assert (values["rest_book"], values["rest_bad"]) == pytest.approx((130.0, 2.5))
    assert values["bank_equity"] == pytest.approx((16.0 + 12.0) / 2)
    few = values_of(series[series["indicator"] == "npl_ratio"], {"whole": (0, 1)}, 30).droplevel("unit")
    assert "rest_book" not in few.index.get_level_values("indicator")


# --- Firm by firm -------------------------------------------------------------------------------------------


def firms(**columns: list[float]) -> pd.DataFrame:
    """Small suppliers of tier 1; granted follows weight unless given."""
    n = len(columns["weight"])
    table = {"slot": np.arange(n), "size": ["small"] * n, "tier": [1] * n, "window": ["whole"] * n, "need": [100.0] * n}
    table |= {"cost": [0.5] * n, "defaults": [0] * n, "credit_loss": [0.0] * n, "granted": columns["weight"]}
    table |= {"apr_gross": columns["apr"]}
    return pd.DataFrame(table | columns)


def lines(policy: pd.DataFrame, base: pd.DataFrame) -> pd.DataFrame:
    stored = (pa.Table.from_pandas(side, preserve_index=False) for side in (policy, base))
    found = firm_pairs.paired(*stored, {"whole": 5.0}, DAYS)
    table = pd.DataFrame(found[0].rows(), columns=pd.Index(KEY))
    values = {name: side.values.ravel() for name, side in zip(("value", "base"), found, strict=True)}
    return table.assign(**values).set_index(["group", "indicator"])


def test_like_for_like_falls_though_the_mean_rises() -> None:
    """The composition trap: each firm pays less, but a dear newcomer lifts the mean."""
    base = firms(weight=[30.0, 10.0, 0.0], apr=[0.040, 0.060, np.nan])
    policy = firms(weight=[10.0, 30.0, 60.0], apr=[0.038, 0.057, 0.120])

    def mean(table: pd.DataFrame) -> float:
        return float((table["weight"] * table["apr"].fillna(0.0)).sum() / table["weight"].sum())

    assert mean(policy) > mean(base)
    row = lines(policy, base).loc["sme", "sme_apr_like_for_like"]
    assert row["base"] == pytest.approx((30 * 0.040 + 10 * 0.060) / 40)
    assert row["value"] == pytest.approx((30 * 0.038 + 10 * 0.057) / 40)


def test_marginal_borrowers_are_held_against_those_who_drew_in_both() -> None:
    base = firms(weight=[10.0, 10.0, 0.0, 0.0, 10.0], apr=[0.04, 0.05, np.nan, np.nan, 0.05])
    policy = firms(
        weight=[10.0, 10.0, 20.0, 20.0, 0.0], apr=[0.04, 0.05, 0.08, 0.10, np.nan],
        defaults=[0, 1, 1, 1, 0], credit_loss=[0.0, 1.0, 4.0, 6.0, 0.0],
    )  # fmt: skip
    found = lines(policy, base)
    counts = [found.loc[f"borrowers:{kind}", "borrowers"]["value"] for kind in ("marginal", "both", "lost")]
    assert counts == [2.0, 2.0, 1.0]
    against = found.loc["borrowers:marginal - both"]
    assert tuple(against.loc["apr", ["value", "base"]]) == pytest.approx((0.09, 0.045))
    assert tuple(against.loc["default_rate", ["value", "base"]]) == pytest.approx((2 / (2 * 5), 1 / (2 * 5)))
    assert tuple(against.loc["loss_rate", ["value", "base"]]) == pytest.approx((10 / 40, 1 / 20))
    assert found.loc["sme", "credit_to_baseline_borrowers"]["value"] == pytest.approx(20 / 60)


def test_winners_and_losers_pass_the_threshold() -> None:
    change = np.array([-1.0, -0.2, 0.1, 0.6])  # % of need a year, against a threshold of 0.25
    base = firms(weight=[1.0] * 4, apr=[0.05] * 4)
    found = lines(
        firms(weight=[1.0] * 4, apr=[0.05] * 4, cost=list(0.5 + change / 12)), base
    )  # of steps of a month, 6 % a year
    cell = found.loc["cell:small:tier_1"]["value"]
    assert cell[["firms_gaining", "firms_losing", "firms_gaining_net"]].tolist() == [0.25, 0.25, 0.0]
    assert np.isnan(found.loc["cell:micro:tier_1", "firms_gaining"]["value"])
    by_firm = found.loc["cell:small:tier_1", "cost_of_need_by_firm"]
    assert by_firm["base"] == pytest.approx(0.06) and by_firm["value"] == pytest.approx(0.06 + change.mean() / 100)


def test_quantiles_of_rates_and_of_changes_count_each_firm_once() -> None:
    """Rates 2 to 6 % in the policy's run, 3 to 5 in the other; changes of -1 to 1 point a year."""
    base = firms(weight=[1.0, 90.0, 5.0, 0.0, 0.0], apr=[0.03, 0.04, 0.05, np.nan, np.nan])
    change = np.array([-1.0, -0.5, 0.0, 0.5, 1.0])
    policy = firms(weight=[9.0, 1.0, 1.0, 1.0, 1.0], apr=[0.02, 0.03, 0.04, 0.05, 0.06], cost=list(0.5 + change / 12))
    found = lines(policy, base)
    rates = [tuple(found.loc["sme:tier_1", name])[-2:] for name in ("apr_firms", "apr_p10", "apr_p50", "apr_p75")]
    assert np.allclose(rates, [(5.0, 3.0), (0.024, 0.032), (0.04, 0.04), (0.05, 0.045)])
    changes = [found.loc["cell:small:tier_1", f"cost_change_p{share}"]["value"] for share in (10, 25, 50, 90)]
    assert np.allclose(changes, [-0.008, -0.005, 0.0, 0.008])
    empty = found.loc["cell:micro:tier_3", "cost_change_p50"]["value"], found.loc["sme:tier_2", "apr_p50"]["base"]
    assert np.isnan(empty).all()


def test_cost_of_need_by_firm_agrees_with_that_of_the_series(compared: Comparison) -> None:
    """Both are yearly rates of made-up firms that pay between 2 and 9 %."""
    for indicator in ("sme_cost_of_need", "cost_of_need_by_firm"):
        assert compared.of("whole", indicator, "sme")["baseline"].between(0.03, 0.09).all()


def test_runs_with_different_slots_are_no_pair() -> None:
    one = firms(weight=[1.0, 1.0], apr=[0.05, 0.05])
    with pytest.raises(ValueError, match="different slots"):
        lines(one, one.assign(slot=[0, 2]))


# --- A whole store ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    folder = tmp_path_factory.mktemp("made-up")
    return compare(shelf(folder, ("baseline", "relending", "no_policy"), replications=5, worlds=4, firms=80))


def test_effects_are_paired_means(compared: Comparison, tmp_path: Path) -> None:
    store = shelf(tmp_path, ("baseline", "relending"), replications=5, firms=80)
    first, last = windows(STEPS)["last_24"]
    found = window(store.series(), first, last)
    found = found[(found["indicator"] == "term_funding") & (found["group"] == "small")]
    wide = found.pivot(index="replication", columns="policy", values="value")
    expected = stats.ttest_rel(wide["relending"], wide["baseline"]).confidence_interval(0.95)
    row = compared.of("last_24", "term_funding", "small").set_index("policy").loc["relending"]
    assert row["diff"] == pytest.approx((wide["relending"] - wide["baseline"]).mean())
    assert (row["diff_low"], row["diff_high"]) == (pytest.approx(expected.low), pytest.approx(expected.high))
    assert row["mean"] - row["baseline"] == pytest.approx(row["diff"])
    assert row["verdict"] == LOWER and row["n"] == 5 and row["variance_reduction"] > 1.0
    assert row["worlds"] == 0 or np.isnan(row["worlds"])  # the draws hold the headline's inputs only


def test_every_headline_effect_has_its_doubt_and_its_years(compared: Comparison) -> None:
    row = compared.of("whole", "sme_cost_of_need", "sme").set_index("policy").loc["relending"]
    assert row["worlds"] == 4 and 0 <= row["same_sign"] <= 4 and row["doubt_low"] < row["doubt_high"]
    assert {f"year_{k}" for k in range(1, 6)} < set(compared.effects["window"])
    assert list(compared.effects.columns) == COLUMNS
    assert not compared.effects.duplicated(["policy", *KEY]).any()


def test_baseline_has_levels_and_no_differences(compared: Comparison) -> None:
    own = compared.effects[compared.effects["policy"] == "baseline"]
    assert own["diff"].isna().all() and (own["verdict"] == "").all() and own["mean"].notna().all()


def test_a_run_without_its_baseline_is_left_out(tmp_path: Path) -> None:
    store = shelf(tmp_path, ("baseline", "relending"), replications=4, firms=40)
    kept = {run: parts for run, parts in store.runs_held.items() if (run.policy, run.replication) != ("baseline", 2)}
    found = compare(Shelf(tmp_path, store.said, kept))
    assert found.of("whole", "sme_cost_of_need", "sme").set_index("policy")["n"].to_dict() == {
        "baseline": 3,
        "relending": 3,
    }


def test_a_lever_that_the_baseline_lacks_starts_from_0(tmp_path: Path) -> None:
    store = shelf(tmp_path, ("baseline", "relending"), replications=3, firms=20)
    for run, parts in store.runs_held.items():
        if run.policy == "baseline":
            parts["series"] = parts["series"][~parts["series"]["group"].str.startswith("lever:")]
    found = compare(store)
    row = found.of("whole", "lever_volume", "lever:relending_sme").set_index("policy").loc["relending"]
    assert (row["baseline"], row["verdict"]) == (0.0, HIGHER) and row["diff"] == pytest.approx(row["mean"])
    ratios = found.ratios.set_index(["policy", "window", "ratio"])
    assert np.isfinite(ratios.loc["relending", "whole", "additionality"]["value"])


def test_amounts_of_a_lever_that_only_another_policy_has_are_nil(tmp_path: Path) -> None:
    store = shelf(tmp_path, ("baseline", "relending", "no_policy"), replications=3, firms=20)
    for run, parts in store.runs_held.items():
        if run.policy != "relending":
            parts["series"] = parts["series"][~parts["series"]["group"].str.startswith("lever:")]
    rows = compare(store).of("whole", "lever_volume", "lever:relending_sme").set_index("policy")
    assert rows.index.tolist() == ["relending", "no_policy"] and rows["n"].tolist() == [3, 3]
    assert tuple(rows.loc["no_policy", ["mean", "baseline", "verdict_holm"]]) == (0.0, 0.0, SAME)
    assert rows.loc["relending", "verdict"] == HIGHER


def test_many_pairs_are_compared_in_processes_to_the_same_tables(
    compared: Comparison, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = shelf(tmp_path, ("baseline", "relending", "no_policy"), replications=5, worlds=4, firms=80)
    monkeypatch.setattr(crew, "A_PROCESS", 1e-3)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(comparing, "collect", None)  # here; processes have their own
    found = compare(store)
    pd.testing.assert_frame_equal(found.effects, compared.effects, check_exact=True)
    pd.testing.assert_frame_equal(found.ratios, compared.ratios, check_exact=True)
    assert found.told == compared.told


def test_a_baseline_alone_is_nothing_to_compare(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="nothing to compare"):
        compare(shelf(tmp_path, ("baseline",), replications=1, firms=10))


def test_ratio_is_not_defined_without_public_cost(compared: Comparison, tmp_path: Path) -> None:
    ratios = compared.ratios.set_index(["policy", "window", "ratio"])
    found = ratios.loc["relending", "whole", "credit_per_public_cost"]
    cost = compared.of("whole", "public_cost", "public").set_index("policy").loc["relending", "diff"] * 12.0
    credit = compared.of("whole", "credit_in_use", "sme").set_index("policy").loc["relending", "diff"]
    assert found["value"] == pytest.approx(credit / cost * 1e8) and found["low"] < found["value"] < found["high"]
    assert ratios.loc["relending", "whole", "pass_through_of_subsidy"]["verdict"] == NO_RATIO
    lines = headline(compare(shelf(tmp_path, ("baseline", "relending"), replications=3, strength=0.0, firms=40)))
    assert (lines.loc[lines["id"] == "credit_per_public_cost", "verdict"] == NO_RATIO).all()


@pytest.mark.parametrize("policy", ["relending", "no_policy"])
def test_what_goes_with_100m_has_the_sign_of_its_effect(compared: Comparison, policy: str) -> None:
    """A row per 100m yuan is the policy's effects times one positive factor, whether it costs more or less."""
    lines = headline(compared)
    effects = lines[lines["policy"] == policy].set_index("id")["effect"]
    cost = effects["public_cost"]
    assert (cost < 0.0) == (policy == "no_policy")
    scaled = {"credit_in_use": "credit_per_public_cost", "financing_gap": "gap_per_public_cost",
              "sme_cost_of_need": "cost_of_need_per_public_cost",
              "sme_apr_like_for_like": "apr_like_for_like_per_public_cost"}  # fmt: skip
    for effect, ratio in scaled.items():
        row = lines[(lines["policy"] == policy) & (lines["id"] == ratio)].iloc[0]
        assert row["effect"] == pytest.approx(effects[effect] * 100.0 / abs(cost))
        assert row["low"] < row["effect"] < row["high"]


def test_nothing_told_apart_is_said_in_a_plain_sentence(tmp_path: Path) -> None:
    found = compare(shelf(tmp_path, ("baseline", "relending"), replications=3, strength=0.0, firms=40))
    said = sentences(headline(found), {"relending": "Re-lending"})
    assert not any("saved" in sentence for sentence in said)
    lines = headline(found)
    lines.loc[lines["id"] == "public_cost", "verdict"] = LOWER
    assert any(sentence.startswith("Re-lending: costs the public less") for sentence in
               sentences(lines, {"relending": "Re-lending"}))  # fmt: skip
    needed = found.of("whole", "sme_cost_of_need", "sme")["needed"].max()
    assert needed > 3 and said[0] == (
        "Re-lending cannot be told apart from current law with 3 replications, in any line;"
        f" about {float(f'{needed:.2g}'):,.0f} would tell its cost of need apart."
    )
    single = compare(shelf(tmp_path, ("baseline", "relending"), replications=1, firms=40))
    assert "one replication has no interval" in sentences(headline(single), {"relending": "Re-lending"})[0]


def test_numbers_as_texts() -> None:
    assert [number(x, 1) for x in (-1234.5, 99.96, -0.04, 0.06, np.nan)] == ["−1,234", "100", "0", "0.1", "–"]
    assert effect_text(-28.0, -31.0, -25.0, LOWER) == "−28.0 ± 3.0"
    assert effect_text(2.0, -1.0, 5.0, UNCLEAR) == "~ +2.0 ± 3.0"
    assert effect_text(2.0, 1.4, 3.0, HIGHER) == "+2.0 (1.4 to 3.0)"
    assert (effect_text(0.0, 0.0, 0.0, SAME), effect_text(np.nan, np.nan, np.nan, NO_RATIO)) == ("0", NO_RATIO)


def test_headline_is_in_the_units_it_says(compared: Comparison) -> None:
    lines = headline(compared).set_index(["id", "policy"])
    cost = compared.of("whole", "public_cost", "public").set_index("policy").loc["relending"]
    row = lines.loc["public_cost", "relending"]
    assert row["unit"] == "m CNY a year" and row["effect"] == pytest.approx(cost["diff"] * 12.0 / 1e8)
    need = compared.of("whole", "sme_cost_of_need", "sme").set_index("policy").loc["relending"]
    row = lines.loc["sme_cost_of_need", "relending"]
    assert (row["unit"], row["level_unit"]) == ("bp", "%")
    assert row["effect"] == pytest.approx(need["diff"] * 1e4) and row["current_law"] == pytest.approx(
        need["baseline"] * 100
    )


def test_printed_tables_and_json(compared: Comparison) -> None:
    printed, said = tables_of(compared, "whole")
    assert list(printed["Against current law, whole"].columns) == [
        "",
        "unit",
        "current law",
        "relending",
        "all levers off",
    ]
    assert any("4 sets of other parameter values" in title for title in printed) and said
    for kind, words in (("doubt", "4 draws of all that is assumed"), ("morris", "a Morris design"), ("csv", "chosen")):
        other, _ = tables_of(replace(compared, told=replace(compared.told, draws=kind)), "whole")
        assert any(words in title for title in other)
    data = as_data(compared, "first_12")
    assert json.loads(json.dumps(data, allow_nan=False))["window"] == "first_12"
    assert {row["window"] for row in data["effects"]} == {"first_12"}


@pytest.mark.parametrize("width", [80, 100, 120])
def test_a_crowded_table_breaks_at_spaces_and_loses_nothing(width: int) -> None:
    rows = pd.DataFrame(
        {"": ["  All-in rate, like for like"] * 2, "unit": ["m CNY/y"] * 2, "current law": ["7.38 %"] * 2}
    )
    for place in range(4):
        rows[f"policy {place}"] = ["~−89.5±10.4", "~+1,562 (−4,177 to 5,063)"]
    rows.attrs["right"] = list(rows.columns[2:])
    console = Console(width=width, file=StringIO())
    console.print(tables.as_rich(rows, width=width))
    shown = console.file.getvalue()
    words = {word for cell in rows.to_numpy().ravel() for word in cell.split()}
    assert all(word in shown.split() for word in words) and max(map(len, shown.splitlines())) <= width


def test_tables_and_workbook_are_written(compared: Comparison, tmp_path: Path) -> None:
    store = Shelf(tmp_path, manifest(("baseline", "relending")), {Run("a", "baseline", 0, 0, 7): {}})
    write(compared, store)
    written = pd.read_parquet(tmp_path / "comparison.parquet")
    pd.testing.assert_frame_equal(written, compared.effects, check_dtype=False)
    assert list(pd.read_csv(tmp_path / "ratios.csv")["ratio"]) == compared.ratios["ratio"].tolist()
    write_workbook(compared, tmp_path / "headline.xlsx")
    first = (tmp_path / "headline.xlsx").read_bytes()
    write_workbook(compared, tmp_path / "headline.xlsx")
    assert (tmp_path / "headline.xlsx").read_bytes() == first and first[:2] == b"PK"


def shown_in(book: Path) -> dict[str, set[str]]:
    """Texts of a workbook by sheet, out of its XML."""
    name = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    with zipfile.ZipFile(book) as parts:
        shared = ["".join(entry.itertext()) for entry in ElementTree.fromstring(parts.read("xl/sharedStrings.xml"))]
        listed = ElementTree.fromstring(parts.read("xl/workbook.xml")).iter(f"{name}sheet")
        return {
            sheet: {
                shared[int(cell.findtext(f"{name}v") or 0)]
                for cell in ElementTree.fromstring(parts.read(f"xl/worksheets/sheet{place}.xml")).iter(f"{name}c")
                if cell.get("t") == "s"
            }
            for place, sheet in enumerate((sheet.get("name", "") for sheet in listed), start=1)
        }


def test_the_workbook_has_sheets_and_notes_in_both_languages(compared: Comparison, tmp_path: Path) -> None:
    write_workbook(compared, tmp_path / "headline.xlsx")
    texts = shown_in(tmp_path / "headline.xlsx")
    windows = [[label(window, lang) for window in WINDOWS] for lang in LANGUAGES]
    assert list(texts) == [*windows[0], "Notes", *windows[1], "说明", "All columns"]
    units = set(headline(compared, WHOLE, "zh")["unit"])
    assert {"单位", "现行政策"} | units <= texts["整个评估期"] and "unit" not in texts["整个评估期"]
    assert texts["All columns"] >= {"window", *LINE} and set(COLUMN_NOTES) == {"window", *LINE}
    for place, sheet in enumerate(("Notes", "说明")):
        assert {meaning[place] for meaning in COLUMN_NOTES.values()} <= texts[sheet]


def test_every_verdict_has_its_word_in_the_workbook() -> None:
    assert set(VERDICTS) == {HIGHER, LOWER, SAME, UNCLEAR, UNKNOWN, NO_RATIO}


def test_command_prints_tables_or_json_and_refuses_an_unknown_window(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = shelf(tmp_path, ("baseline", "relending"), replications=3, firms=30)
    (tmp_path / "manifest.json").write_text("{}")
    drawn: list[str] = []
    monkeypatch.setattr("experiments.store.Store", lambda path: held)
    monkeypatch.setattr("experiments.compare_report.draw_policies", lambda compared, out, lang: drawn.append(lang))

    def finflow(*arguments: str) -> Result:
        return CliRunner().invoke(cli.app, ["compare", str(tmp_path), *arguments], env={"COLUMNS": "160"})

    shown = finflow()
    assert shown.exit_code == 0 and "relending" in shown.stdout and "SMEs that draw only" in shown.stdout
    assert (tmp_path / "comparison.csv").is_file() and (tmp_path / "headline.xlsx").is_file()
    said = json.loads(finflow("--format", "json", "--window", "last_24", "--lang", "zh").stdout)
    assert drawn == ["en", "zh"]
    assert said["window"] == "last_24" and {row["policy"] for row in said["headline"]} == {"relending"}
    refused = finflow("--window", "year_9")
    assert refused.exit_code == 2 and "did you mean year_" in refused.stderr
