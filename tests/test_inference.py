"""Bootstrap, Holm's correction and replications needed: against values by hand, exact power, and coverage."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_worlds import shelf
from scipy import stats

from experiments.bootstrap import FEWEST, RESAMPLES, SEED, bootstrap
from experiments.compare import Comparison, compare
from experiments.compare_report import as_data, tables_of
from experiments.headline import NOT_AFTER_HOLM, headline, mark, needed_text, sentences
from experiments.paired import HIGHER, LOWER, POWER, SAME, UNCLEAR, holm, needed, p_values, student, surviving, verdicts

P_VALUES = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=9)


# --- p-values and Holm ----------------------------------------------------------------------------------------


def test_p_is_that_of_the_paired_t_test() -> None:
    values = np.random.default_rng(1).normal(0.4, 1.0, (6, 9))
    expected = [stats.ttest_1samp(row, 0.0)[1] for row in values]
    assert p_values(student(values)) == pytest.approx(expected)


def test_p_of_what_is_equal_certain_or_not_known() -> None:
    rows = [[0.0, 0.0, 0.0], [2.0, 2.0, 2.0], [1.0, np.nan, np.nan]]
    found = p_values(student(rows))
    assert found[:2].tolist() == [1.0, 0.0] and np.isnan(found[2])


def test_holm_by_hand() -> None:
    # Sorted 0.005, 0.01, 0.03, 0.04 times 4, 3, 2, 1: 0.02, 0.03, 0.06, 0.04; never below the one before.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_holm_takes_each_row_for_a_family_of_what_it_knows() -> None:
    found = holm([[0.01, np.nan, 0.04], [0.6, 0.9, 0.7]])
    assert found[0, [0, 2]] == pytest.approx([0.02, 0.04]) and np.isnan(found[0, 1])
    assert found[1].tolist() == [1.0, 1.0, 1.0]


@given(P_VALUES)
def test_holm_is_between_no_correction_and_bonferronis_and_keeps_the_order(p: list[float]) -> None:
    found, one = np.asarray(p), holm(p)
    assert (one >= found).all() and (one <= np.minimum(found * len(p), 1.0)).all()
    assert (np.diff(one[np.argsort(found)]) >= 0.0).all()
    assert one[::-1].tolist() == holm(p[::-1]).tolist()


def test_holm_rejects_what_its_stepwise_rule_does() -> None:
    """The rule as Holm wrote it: from the smallest p on, compare with α over the tests left; stop at the first."""
    for p in np.random.default_rng(3).beta(0.3, 1.0, (200, 6)):
        rejected = np.zeros(6, bool)
        for rank, place in enumerate(np.argsort(p)):
            if p[place] > 0.05 / (6 - rank):
                break
            rejected[place] = True
        assert ((holm(p) <= 0.05) == rejected).all()


def test_nil_effects_of_a_family_rarely_survive() -> None:
    """Six nil policies: some interval leaves 0 out in a quarter of the experiments, after Holm in a twentieth."""
    nil = np.random.default_rng(5).normal(size=(2000, 6, 8))
    alone, together = p_values(student(nil)), holm(p_values(student(nil)))
    assert (alone < 0.05).any(axis=1).mean() == pytest.approx(1 - 0.95**6, abs=0.03)
    assert (together < 0.05).any(axis=1).mean() == pytest.approx(0.05, abs=0.015)


def test_only_what_moves_can_fail_to_survive() -> None:
    verdict = np.array([HIGHER, LOWER, UNCLEAR, SAME, ""], dtype=object)
    found = surviving(verdict, np.array([0.01, 0.06, 0.5, 1.0, np.nan]))
    assert found.tolist() == [HIGHER, UNCLEAR, UNCLEAR, SAME, ""]


# --- Replications needed --------------------------------------------------------------------------------------


def power(effect: float, n: int) -> float:
    """Probability that Student's interval of n differences leaves 0 out, for an effect in units of their spread."""
    limit, shift = stats.t.ppf(0.975, n - 1), effect * np.sqrt(n)
    return float(stats.nct.sf(limit, n - 1, shift) + stats.nct.cdf(-limit, n - 1, shift))


@pytest.mark.parametrize("effect", [0.05, 0.1, 0.2, 0.35, 0.5, 0.8, 1.0, 1.5])
def test_needed_has_the_power_it_says(effect: float) -> None:
    unit = np.array([-1.0, 1.0, -1.0, 1.0]) / np.sqrt(4.0 / 3.0)  # mean 0, standard deviation 1
    n = int(needed(student(unit - effect)))
    assert power(effect, n) >= POWER - 1e-3 and power(effect, n - 1) < POWER + 1e-3


def test_needed_by_simulation() -> None:
    sample = np.array([1.0, -0.4, 0.9, 0.2, -0.7, 0.8])
    n = int(needed(student(sample)))
    again = np.random.default_rng(7).normal(sample.mean(), sample.std(ddof=1), (4000, n))
    apart = verdicts(student(again))
    assert (apart == HIGHER).mean() == pytest.approx(POWER, abs=0.02)


def test_needed_is_unknown_without_an_effect_or_a_spread() -> None:
    rows = [[1.0, -1.0, 0.0], [0.0, 0.0, 0.0], [2.0, 2.0, 2.0], [1.0, np.nan, np.nan]]
    assert np.isnan(needed(student(rows))).all()


# --- Bootstrap ------------------------------------------------------------------------------------------------


def test_bootstrap_is_reproducible_row_by_row_and_moves_with_unit_and_origin() -> None:
    values = np.random.default_rng(11).gamma(1.0, size=(5, 12))
    low, high = bootstrap(values)
    alone = bootstrap(values[3])
    assert (float(alone[0]), float(alone[1])) == (low[3], high[3])
    moved = bootstrap(1e13 * values + 7e13)
    assert moved[0] == pytest.approx(1e13 * low + 7e13) and moved[1] == pytest.approx(1e13 * high + 7e13)
    turned = bootstrap(values[:, ::-1])
    assert turned[0] == pytest.approx(low, rel=0.15)
    assert (low < values.mean(axis=1)).all() and (values.mean(axis=1) < high).all()


@pytest.mark.parametrize("size", [5, 6, 20])
def test_bootstrap_is_that_of_each_row_alone_where_sums_are_exact(size: int) -> None:
    """Whole numbers: resamples of the same columns are ties there however they are added up."""
    rows = np.random.default_rng(3).integers(-9, 30, (12, size)).astype(float)
    low, high = bootstrap(rows / 3.0)
    for row, *ends in zip(rows, low, high, strict=True):
        options = {"n_resamples": RESAMPLES, "confidence_level": 0.95, "rng": np.random.default_rng(SEED)}
        expected = stats.bootstrap((row,), np.mean, method="BCa", **options).confidence_interval
        assert ends == pytest.approx([end / 3.0 for end in expected], rel=1e-9)


def test_bootstrap_passes_over_what_is_not_known_and_needs_a_few() -> None:
    values = np.random.default_rng(12).normal(size=8)
    known = bootstrap([[*values, np.nan], [np.nan, *values]])
    assert known[0].tolist() == [bootstrap(values)[0].item()] * 2
    few = bootstrap([[1.0] * (FEWEST - 1) + [np.nan], [3.0] * FEWEST])
    assert np.isnan(few[0][0]) and (few[0][1], few[1][1]) == (3.0, 3.0)


def test_bootstrap_covers_a_skewed_mean_about_as_often_as_docs_say() -> None:
    """A cost that is exponential: at n = 20 both intervals miss their 95 % by a few points, BCa's less to the right."""
    draws = np.random.default_rng(13).exponential(size=(3000, 20))
    low, high = bootstrap(draws)
    plain = student(draws)
    covers = (low <= 1.0) & (high >= 1.0)
    assert covers.mean() == pytest.approx(0.92, abs=0.02)
    too_low, plain_too_low = (high < 1.0).mean(), (plain.high < 1.0).mean()
    assert too_low < plain_too_low  # it reaches further where the tail is


def test_bootstrap_covers_a_normal_mean() -> None:
    draws = np.random.default_rng(14).normal(size=(3000, 30))
    low, high = bootstrap(draws)
    assert ((low <= 0.0) & (high >= 0.0)).mean() == pytest.approx(0.94, abs=0.015)


# --- In a comparison ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    names = ("baseline", "relending", "subsidy", "no_policy")
    return compare(shelf(tmp_path_factory.mktemp("made-up"), names, replications=6, firms=40))


def test_a_comparison_holds_both_intervals_and_the_family(compared: Comparison) -> None:
    found = compared.of("whole", "sme_cost_of_need", "sme").set_index("policy").iloc[1:]
    assert found["p_holm"].tolist() == pytest.approx(holm(found["p"]).tolist())
    assert ((found["p"] < 0.05) == found["verdict"].isin((HIGHER, LOWER))).all()
    assert (found["boot_low"] < found["diff"]).all() and (found["diff"] < found["boot_high"]).all()
    effects = compared.effects[compared.effects["policy"] != "baseline"]
    told = effects["verdict_holm"].isin((HIGHER, LOWER))
    assert (effects.loc[told, "verdict"] == effects.loc[told, "verdict_holm"]).all()
    assert (effects.loc[told, "p_holm"] < 0.05).all()


def test_what_does_not_survive_is_marked_and_said(compared: Comparison) -> None:
    lines = headline(compared)
    assert lines["boot_low"].notna().any()
    moved = lines.index[lines["verdict"].isin((HIGHER, LOWER))][0]
    lines.loc[moved, "verdict_holm"] = UNCLEAR
    assert mark(lines.loc[moved].to_dict()) == NOT_AFTER_HOLM
    names = {policy: policy for policy in compared.told.compared}
    assert any(text.startswith(NOT_AFTER_HOLM) and "3 policies" in text for text in sentences(lines, names))


def test_needed_is_printed_for_what_cannot_be_told_apart(compared: Comparison) -> None:
    tables, said = tables_of(compared, "whole")
    names = {policy: compared.told.name(policy, "en") for policy in compared.told.compared}
    lines = headline(compared)
    unclear = lines[(lines["verdict"] == UNCLEAR) & lines["needed"].notna()]
    shown = tables["Replications that would tell apart what ~ marks"]
    assert len(unclear) and (shown[list(names.values())] != "").to_numpy().sum() == len(unclear)
    assert any("80% of experiments" in text for text in said)
    assert needed_text(lines.assign(verdict=HIGHER), names).empty
    many = needed_text(lines.assign(needed=np.where(lines["verdict"] == UNCLEAR, 1e7, np.nan)), names)
    assert set(many[list(names.values())].to_numpy().ravel()) == {"", ">100,000"}


def test_intervals_that_disagree_are_said(compared: Comparison) -> None:
    lines = headline(compared)
    names = {policy: policy for policy in compared.told.compared}
    agree = lines.assign(boot_low=lines["low"], boot_high=lines["high"])
    assert not any("bootstrap" in text for text in sentences(agree, names))
    moved = agree.index[agree["verdict"] == HIGHER][0]
    agree.loc[moved, "boot_low"] = -1.0
    policy = str(agree["policy"].loc[moved])
    assert any("does not tell apart" in text and policy in text for text in sentences(agree, names))


def test_json_holds_all_of_it(compared: Comparison) -> None:
    rows = pd.DataFrame(as_data(compared, "whole")["headline"])
    assert {"boot_low", "boot_high", "p", "p_holm", "verdict_holm", "needed"} <= set(rows.columns)


def test_one_replication_has_none_of_it(tmp_path: Path) -> None:
    lines = headline(compare(shelf(tmp_path, ("baseline", "relending"), replications=1, firms=20)))
    assert lines[["p", "p_holm", "needed", "boot_low"]].isna().all(axis=None)
