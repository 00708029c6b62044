"""The chart of contagion after a core failure: cells by hand from made-up runs, pairing, and what is not there."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from policy_worlds import BURN_IN, CELLS, shelf

from experiments import steps
from experiments.compare import Comparison, compare, law_alone
from experiments.contagion import LOSERS, contagion_data, contagion_finding, losers
from experiments.contagion_drawing import draw_contagion
from experiments.paired import holm, p_values, student, surviving, verdicts
from experiments.policy_gallery import POLICY_CHARTS, draw_policies, footer_of
from experiments.steps import Steps

MONTH = 12
NAMES = ("baseline", "insurance", "all_four")
TIER_2 = [f"exposure:{cell}" for cell in CELLS if cell.startswith("tier_2")]


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    return compare(shelf(tmp_path_factory.mktemp("failed"), NAMES, replications=3, failure=MONTH, firms=10))


def failed_within(compared: Comparison, policy: str, first: int, last: int) -> list[float]:
    """Failures of tier 2 in steps first to last by replication, % of its firms."""
    found = []
    for run in [run for run in compared.steps.store.done() if run.policy == policy]:
        series = compared.steps.store.series([run])
        mine = series[series["group"].isin(TIER_2)]
        firms = mine[mine["indicator"].str.startswith("firms_") & (mine["step"] == 0)]["value"].sum()
        fails = mine[(mine["indicator"] == "failures") & mine["step"].between(first, last)]["value"].sum()
        found.append(100.0 * fails / firms)
    return found


def test_failures_add_up_from_the_month_of_the_failure_on(compared: Comparison) -> None:
    data = contagion_data(compared)
    step = BURN_IN + MONTH
    law = data[(data["policy"] == "baseline") & (data["who"] == "tier_2")].set_index(["measure", "month"])
    for months in (0, 5, 11, 30):
        own = student(failed_within(compared, "baseline", step, step + months))
        row = law.loc[("failed", float(months))]
        assert (row["mean"], row["low"], row["high"]) == pytest.approx((own.mean, own.low, own.high))
    assert law.loc[("failed_year", 12.0), "mean"] == pytest.approx(law.loc[("failed", 11.0), "mean"])
    before = student(failed_within(compared, "baseline", step - 12, step - 1))
    assert law.loc[("failed_before", -12.0), "mean"] == pytest.approx(before.mean)


def test_changes_are_paired_replication_by_replication(compared: Comparison) -> None:
    data = contagion_data(compared).set_index(["policy", "measure", "who"])
    step = BURN_IN + MONTH
    own, law = (failed_within(compared, policy, step, step + 11) for policy in ("all_four", "baseline"))
    change, row = student(np.subtract(own, law)), data.loc[("all_four", "failed_year", "tier_2")]
    assert (row["diff"], row["diff_high"]) == pytest.approx((change.mean, change.high))
    assert row["mean"] == pytest.approx(np.mean(own))
    assert data.loc[("baseline", "failed_year", "tier_2"), "verdict"] == ""
    policies = compared.told.compared
    changes = [np.subtract(failed_within(compared, policy, step, step + 11), law) for policy in policies]
    adjusted = holm(p_values(student(changes)))
    expected = surviving(verdicts(student(changes)), adjusted)
    assert [data.loc[(policy, "failed_year", "tier_2"), "verdict_holm"] for policy in policies] == list(expected)


def test_distress_and_losses_of_the_year_after(compared: Comparison) -> None:
    data = contagion_data(compared)
    line = data[(data["policy"] == "insurance") & (data["who"] == "all") & (data["measure"] == "distress")]
    year = line[line["month"].between(0, 11)]["mean"].mean()
    rows = data[data["policy"] == "insurance"].set_index(["measure", "who"])
    assert rows.loc[("distress_year", "all"), "mean"] == pytest.approx(year)
    series = compared.steps.store.series([run for run in compared.steps.store.done() if run.policy == "insurance"])
    step = BURN_IN + MONTH
    borne = series[(series["indicator"] == "loss_borne") & series["step"].between(step, step + 11)]
    total = borne["value"].sum() / 3 / 1e8
    assert sum(rows.loc[("losses_year", who), "mean"] for who in LOSERS) == pytest.approx(total)
    pool = borne[borne["group"].isin(("bearer:pool", "bearer:treasury"))]["value"].sum() / 3 / 1e8
    assert rows.loc[("losses_year", "public"), "mean"] == pytest.approx(pool) and pool > 0.0
    before = series[(series["indicator"] == "loss_borne") & series["step"].between(step - 12, step - 1)]
    assert rows.loc[("losses_before", "lenders"), "mean"] == pytest.approx(
        before[before["group"] == "bearer:lenders"]["value"].sum() / 3 / 1e8
    )
    assert line["month"].min() == -12.0


def test_a_run_that_is_missing_leaves_its_pair_out(compared: Comparison) -> None:
    class Fewer(type(compared.steps.store)):
        def done(self):
            return [run for run in self.runs_held if (run.policy, run.replication) != ("insurance", 1)]

    store = compared.steps.store
    found = Steps(Fewer(store.path, store.said, store.runs_held), NAMES).reduced(
        ["failures"], lambda values: values.to_numpy().sum(axis=0)
    )
    assert {policy: values.shape for policy, values in found.items()} == dict.fromkeys(NAMES, (3, 84))
    assert np.isnan(found["insurance"]).all(axis=1).tolist() == [False, True, False]
    assert not np.isnan(found["baseline"]).any()


def test_an_experiment_without_a_failure_has_no_such_chart(tmp_path: Path) -> None:
    plain = compare(shelf(tmp_path, NAMES[:2], replications=2, firms=10))
    data = contagion_data(plain)
    assert data.empty and contagion_finding(data, plain.told, "en") == "no core enterprise fails in this experiment"


def test_tiers_without_firms_and_a_failure_near_the_end(tmp_path: Path) -> None:
    empty = [cell for cell in CELLS if cell.startswith("tier_3")]
    late = compare(shelf(tmp_path, NAMES[:2], replications=2, firms=10, failure=57, empty=empty))
    data = contagion_data(late)
    assert "tier_3" not in set(data["who"]) and {"tier_1", "all"} <= set(data["who"])
    assert set(data.loc[data["measure"] == "failed_year", "month"]) == {3.0}
    title = contagion_finding(data, late.told, "en")
    assert title.startswith("within 3 months of the core failure") and "tier 2" in title and "tier 3" not in title


def test_of_very_many_runs_some_are_read_and_the_footer_says_how_many(
    compared: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "MOST", 2)
    data = contagion_data(compared)
    assert set(data["n"]) == {2} and compared.told.n == 3
    assert footer_of(data, compared.told, POLICY_CHARTS["policies_contagion"], "en").startswith("n = 2 pairs of runs")


def test_current_law_alone_says_who_loses_and_has_the_charts_of_a_failure_and_no_other(tmp_path: Path) -> None:
    alone = law_alone(shelf(tmp_path, NAMES[:1], replications=2, firms=10, failure=MONTH))
    data = contagion_data(alone)
    law = data.set_index(["measure", "who"])["mean"]
    title = contagion_finding(data, alone.told, "en")
    every = sum(law["losses_year", who] for who in LOSERS)
    assert f"of {every:.0f}m CNY lost, suppliers bear {law['losses_year', 'suppliers']:.0f}m" in title
    assert "told apart" not in title and "replication" not in title
    footer = footer_of(data, alone.told, POLICY_CHARTS["policies_contagion"], "en")
    assert footer.startswith("current law; n = 2 replications") and "policies" not in footer and "palest" not in footer
    drawn = {path.name.split(".")[0] for path in draw_policies(alone, tmp_path)}
    assert drawn == {"policies_contagion", "policies_network"}


def test_what_suppliers_lose_is_shown_by_tier_where_it_is_recorded(compared: Comparison, tmp_path: Path) -> None:
    data = contagion_data(compared)
    assert losers(data) == ["tier_1", "tier_2", "tier_3", *LOSERS[1:]]
    series = compared.steps.store.series([run for run in compared.steps.store.done() if run.policy == "insurance"])
    year = series["step"].between(BURN_IN + MONTH, BURN_IN + MONTH + 11)
    lost = series[(series["indicator"] == "lost_on_failed") & year & series["group"].isin(TIER_2)]["value"].sum()
    row = data.set_index(["policy", "measure", "who"]).loc[("insurance", "losses_year", "tier_2")]
    assert row["mean"] == pytest.approx(lost / 3 / 1e8) and lost > 0.0
    store = shelf(tmp_path, NAMES[:2], replications=2, firms=10, failure=MONTH)
    for found in store.runs_held.values():
        found["series"] = found["series"][found["series"]["indicator"] != "lost_on_failed"]
    older = compare(store)
    assert losers(contagion_data(older)) == list(LOSERS)
    for lang in ("en", "zh"):
        draw_contagion(contagion_data(older), older.told, Figure(), lang)
