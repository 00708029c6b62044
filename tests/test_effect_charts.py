"""Further charts of several policies: units, who dominates whom, titles that claim no more than they know."""

from pathlib import Path

import pandas as pd
import pytest
from policy_worlds import shelf

from experiments import effect_charts, effect_findings
from experiments.compare import Comparison, compare
from experiments.effect_charts import CLEARLY, DOMINATED, EFFICIENT


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    folder: Path = tmp_path_factory.mktemp("effects")
    return compare(shelf(folder, ("baseline", "relending", "subsidy", "no_policy"), replications=3, firms=20))


def test_a_forest_has_each_effect_in_its_unit(compared: Comparison) -> None:
    data = effect_charts.forest_data(compared).set_index(["measure", "policy"])
    for measure, group, unit, factor, yearly in effect_charts.FOREST:
        effect = compared.of("whole", measure, group).set_index("policy")["diff"]["subsidy"]
        row = data.loc[(measure, "subsidy")]
        assert row["diff"] == pytest.approx(effect * factor * (12.0 if yearly else 1.0)) and row["unit"] == unit


def test_days_to_cash_are_holdings_over_a_years_sales(compared: Comparison) -> None:
    data = effect_charts.days_data(compared).set_index(["measure", "policy"])
    base = compared.of("whole", "receivables_to_output", "tier_3").set_index("policy")["mean"]["baseline"]
    assert data.loc[("tier_3", "baseline"), "mean"] == pytest.approx(360.0 * base)


def test_the_frontier_turns_a_fall_of_cost_into_a_gain(compared: Comparison) -> None:
    data = effect_charts.frontier_data(compared).set_index(["measure", "policy"])
    row = data.loc[("sme_cost_of_need", "subsidy")]
    fall = compared.of("whole", "sme_cost_of_need", "sme").set_index("policy").loc["subsidy"]
    assert row["gain"] == pytest.approx(-1e4 * fall["diff"]) and row["gain"] > 0.0
    assert row["gain_low"] == pytest.approx(-1e4 * fall["diff_high"]) and row["gain_low"] < row["gain"]
    assert (data.loc[("sme_cost_of_need", "baseline"), ["cost", "gain"]] == 0.0).all()


def standings(*policies: tuple[float, float, float]) -> list[str]:
    """What stands of policies given as cost, gain and half the width of both intervals."""
    rows = [(cost, cost - half, cost + half, gain, gain - half, gain + half) for cost, gain, half in policies]
    names = ["cost", "cost_low", "cost_high", "gain", "gain_low", "gain_high"]
    return effect_charts._standing(pd.DataFrame(rows, columns=names))


@pytest.mark.parametrize(
    ("policies", "found"),
    [
        (((1.0, 5.0, 0.1), (2.0, 4.0, 0.1)), [EFFICIENT, CLEARLY]),
        (((1.0, 5.0, 0.6), (2.0, 4.0, 0.6)), [EFFICIENT, DOMINATED]),  # both intervals touch
        (((1.0, 5.0, 0.1), (2.0, 6.0, 0.1)), [EFFICIENT, EFFICIENT]),
        (((1.0, 5.0, 0.1), (1.0, 5.0, 0.1)), [EFFICIENT, EFFICIENT]),  # twins
        (((1.0, 5.0, float("nan")), (2.0, 4.0, float("nan"))), [EFFICIENT, DOMINATED]),  # one replication
    ],
)
def test_a_policy_is_dominated_by_what_costs_no_more_and_gains_no_less(policies, found) -> None:
    assert standings(*policies) == found


def test_titles_claim_no_more_than_is_clear(tmp_path: Path) -> None:
    still = compare(shelf(tmp_path, ("baseline", "all_four"), replications=3, strength=0.0, firms=20))
    forest = effect_charts.forest_data(still)
    clear = forest["verdict"].isin(("higher", "lower")).sum()
    assert effect_findings.forest_finding(forest, still.told, "en").startswith(f"{clear} of 5 effects")
    for title in (
        effect_findings.frontier_finding(effect_charts.frontier_data(still), still.told, "en"),
        effect_findings.lenders_finding(effect_charts.lenders_data(still), still.told, "en"),
    ):
        assert not any(verb in title for verb in ("lowers", "raises"))
    frontier = effect_charts.frontier_data(still)
    title = effect_findings.frontier_finding(frontier, still.told, "en")
    assert title.endswith("for cost of need none of 1; for formal finance none of 1")
    beaten = (frontier["measure"] == "formal_share_of_need") & (frontier["policy"] == "all_four")
    frontier.loc[beaten, "standing"] = effect_charts.CLEARLY
    title = effect_findings.frontier_finding(frontier, still.told, "en")
    assert title.endswith("for cost of need none of 1; for formal finance 1 of 1 policies (all four)")


def test_a_store_without_an_indicator_has_no_chart_of_it(tmp_path: Path) -> None:
    few = compare(shelf(tmp_path, ("baseline", "relending"), replications=2, empty=("tier_1", "tier_2", "tier_3"),
                        firms=20))  # fmt: skip
    assert effect_charts.days_data(few).empty
