"""Verdicts at the edges of their bands, drift and step length on made-up runs, deciles, and all of it in little."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from worlds import world

from experiments.deciles import by_decile, deciles_of_run, predictions
from experiments.packaged import baseline, baseline_of
from experiments.summary import summarise
from experiments.validate import (
    STOCKS,
    Validation,
    decile_rows,
    drift_rows,
    means,
    read_back,
    step_row,
    validate,
)
from experiments.verdicts import BANDS, FEW, NO_BAND, ROWS, judge, judge_zero, row, scorecard, zero_row

N = 20
REACH = stats.t.ppf(0.975, N - 1)  # half an interval, in standard errors


@pytest.mark.parametrize(
    ("mean", "error", "lenient", "verdict"),
    [
        (0.5, 0.1, False, "PASS"),
        (1.0, 0.0, False, "PASS"),
        (1 - 0.1 * REACH - 1e-9, 0.1, False, "PASS"),
        (1 - 0.1 * REACH + 1e-6, 0.1, False, "WARN"),
        (0.1, 0.1, False, "WARN"),
        (1.05, 0.1, False, "FAIL"),
        (-0.05, 0.1, False, "FAIL"),
        (1.05, 0.1, True, "WARN"),
        (-0.05, 0.1, True, "WARN"),
        (1.11, 0.1, True, "FAIL"),
        (np.nan, np.nan, True, "FAIL"),
    ],
)
def test_verdict_on_a_band_from_0_to_1(mean, error, lenient, verdict):
    assert judge(mean, error, N, 0, 1, lenient=lenient) == verdict


def test_few_replications_are_too_few_to_say():
    assert judge(5, 0.1, FEW - 1, 0, 1) == "WARN" and judge(5, 0.1, FEW, 0, 1) == "FAIL"
    assert judge(0.5, np.nan, 1, 0, 1) == "WARN"
    assert judge_zero(5, 0.1, FEW - 1) == "WARN" and judge_zero(5, 0.1, FEW) == "FAIL"


def test_open_bands():
    assert judge(3, 1, N, *NO_BAND) == ""
    assert judge(3, 1, N, 0, np.inf) == "PASS"
    assert judge(-3, 1, N, 0, np.inf) == "FAIL"


def test_what_should_be_zero_passes_if_its_interval_covers_0():
    assert judge_zero(REACH - 1e-6, 1, N) == "PASS"
    assert judge_zero(-REACH - 1e-6, 1, N) == "FAIL"
    assert judge_zero(np.nan, np.nan, 0) == "FAIL"


def test_rows_take_mean_and_standard_error_of_known_values():
    values = [1.0, 2.0, 3.0, np.nan]
    line = row("target", "x", "all", values, 0, 4, "%")
    assert list(line) == ROWS
    assert (line["mean"], line["n"]) == (2, 3)
    assert line["standard_error"] == pytest.approx(1 / np.sqrt(3))
    assert row("check", "x", "all", [np.nan], 0, 4, "%")["verdict"] == "FAIL"
    assert zero_row("stationarity", "x", "all", np.arange(N) - (N - 1) / 2, "%")["verdict"] == "PASS"


def half(values):
    """A half of the long window: stocks over output, and the two that have no trend."""
    keys = [*((f"{name}_to_output", "all") for name in STOCKS), ("npl_ratio", "banks"), ("overdue_share", "sme")]
    return pd.Series(values, index=pd.MultiIndex.from_tuples(keys))


def test_drift_is_relative_for_stocks_and_absolute_for_ratios():
    luck = np.random.default_rng(1).normal(0, 0.001, (N, 2, 9))
    first = np.array([0.2, 0.3, 0.3, 0.1, 0.1, 0.3, 0.4, 0.015, 0.05])
    second = first * [1.04, 1, 1, 1.1, 0.93, 1, 1, 1, 1] + [0, 0, 0, 0, 0, 0, 0, 0, 0.002]
    rows = drift_rows([(half(first + luck[k, 0]), half(second + luck[k, 1])) for k in range(N)])
    verdicts = [line["verdict"] for line in rows]
    assert verdicts == ["PASS", "PASS", "PASS", "FAIL", "FAIL", "PASS", "PASS", "PASS", "FAIL"]
    assert rows[0]["mean"] == pytest.approx(0.04, abs=0.003)
    assert rows[-1]["mean"] == pytest.approx(0.002, abs=0.001)


def test_step_length_compares_twins_seed_by_seed():
    def runs(values):
        return [pd.Series([value], index=[("bridge_to_sales", "all")]) for value in values]

    usual = np.linspace(0.1, 0.5, N)  # luck differs far more than the step matters
    line = step_row(runs(usual), runs(usual * 1.09))
    assert line["mean"] == pytest.approx(0.09) and line["verdict"] == "PASS"
    assert step_row(runs(usual), runs(usual * 0.89))["verdict"] == "FAIL"


def test_means_weigh_and_keep_to_the_window():
    rows = pd.DataFrame(
        {
            "step": [0, 1, 2, 3, 2],
            "group": ["banks"] * 4 + ["x"],
            "indicator": ["npl_ratio"] * 4 + ["other"],
            "unit": "share",
            "value": [9.0, 0.1, 0.4, 9.0, 1.0],
            "weight": [1.0, 2.0, 1.0, 1.0, 1.0],
        }
    ).astype({"group": "category", "indicator": "category", "unit": "category"})
    found = means(rows, 1, 2)
    assert found.to_dict() == {("npl_ratio", "banks"): pytest.approx(0.2)}


def test_deciles_are_by_rank_of_prediction():
    predicted = np.random.default_rng(2).permutation(np.arange(100) / 100)
    table = by_decile(predicted, predicted >= 0.95)
    assert table[:, 0] == pytest.approx(np.arange(10) / 10 + 0.045)
    assert table[:, 1].tolist() == [0] * 9 + [0.5]
    assert by_decile(np.full(25, 0.1), np.ones(25, bool))[:, 1].tolist() == [1] * 10  # ties split, none lost


def test_level_and_order_of_predictions():
    predicted = np.linspace(0.01, 0.1, 10)
    noise = np.random.default_rng(3).uniform(0.95, 1.05, (N, 10))
    right = np.stack([np.broadcast_to(predicted, (N, 10)), predicted * noise], axis=2)
    assert [line["verdict"] for line in decile_rows(right)] == ["PASS", "PASS"]
    wrong = np.stack([np.broadcast_to(predicted, (N, 10)), 2 * predicted[::-1] * noise], axis=2)
    assert [line["verdict"] for line in decile_rows(wrong)] == ["FAIL", "FAIL"]


def test_predictions_are_the_house_banks_view():
    model = world(40)
    model.step()
    model.banks.intercept[:] = np.arange(model.banks.slots) / 10
    firm, predicted = predictions(model)
    assert firm.min() >= model.oems
    for place, slot in enumerate(firm[:5]):
        logit = model.market.scores.score[slot] + model.firms.house_bank[slot] / 10
        assert predicted[place] == pytest.approx(1 / (1 + np.exp(-logit)))


def test_deciles_of_a_small_run():
    experiment = baseline_of(60, "horizon={burn_in: 1 months, evaluate: 24 months}")
    table = deciles_of_run(experiment, seed=101)
    assert table.shape == (10, 2)
    assert np.all(np.diff(table[:, 0]) > 0) and np.all((table >= 0) & (table <= 1))


def test_scorecard_reads_a_summary():
    band = BANDS[0]
    values = np.linspace(0.0419, 0.0421, N)
    row = ("whole", band.group, band.indicator, "rate")

    def summary(values, policy="baseline"):
        return summarise(policy, 0, [row], [values])

    said = scorecard(summary(values)).iloc[0]
    assert (said["mean"], said["band"], said["verdict"]) == ("4.20%", "3.40% to 4.80%", "PASS")
    assert said["s.e."] == f"{values.std(ddof=1) / np.sqrt(N):.2%}"
    assert scorecard(summary(values[:1])).iloc[0]["verdict"] == "WARN"
    assert scorecard(summary(np.full(N, 0.06))).iloc[0]["verdict"] == "FAIL"
    assert scorecard(summary(values, "other")).empty


def test_a_failed_check_is_explained_anything_else_fails(tmp_path):
    def fails(*kinds):
        rows = [row(kind, "x", "all", np.full(N, 2.0), 0, 1, "%") for kind in kinds]
        return Validation(pd.DataFrame(rows), pd.DataFrame(), tmp_path).failed

    assert not fails("check")
    assert all(fails("check", kind) for kind in ("target", "stationarity", "step length"))


@pytest.mark.slow
def test_all_of_it_in_little(tmp_path):
    sets = (
        "parameters.population={suppliers: 60, annual_purchases: 1.44 bn CNY/yr}",
        "horizon={burn_in: 2 months, evaluate: 12 months}",
    )
    result = validate(tmp_path, workers=2, quiet=True, seeds=(101, 102), sets=sets, long="24 months")
    assert set(result.rows["verdict"]) <= {"WARN", "", "FAIL"}  # two replications: nothing passes
    assert set(result.rows["kind"]) == {"target", "check", "stationarity", "step length"}
    assert result.rows.set_index("label").loc["OEMs pay after, with paper", "n"] == 2
    for before, after in zip(result.tables().values(), read_back(tmp_path).tables().values(), strict=True):
        pd.testing.assert_frame_equal(before, after)
    assert json.loads((tmp_path / "validation.json").read_text())["seeds"] == [101, 102]


def test_baseline_of_keeps_the_size_of_firms():
    usual, small = baseline().parameters.population, baseline_of(150).parameters.population
    assert small.suppliers == 150
    assert small.annual_purchases / 150 == pytest.approx(usual.annual_purchases / usual.suppliers)
