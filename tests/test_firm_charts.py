"""Charts of single firms: units, the row of current law, shares that make a whole, titles within their intervals."""

import pandas as pd
import pytest
from policy_worlds import shelf

from experiments import firm_charts
from experiments.compare import Comparison, compare


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    names = ("baseline", "subsidy", "insurance")
    return compare(shelf(tmp_path_factory.mktemp("firms"), names, replications=3, firms=120))


def row(comparison: Comparison, indicator: str, group: str, policy: str) -> pd.Series:
    return comparison.of("whole", indicator, group).set_index("policy").loc[policy]


def test_rates_are_per_cent_and_current_law_is_what_the_runs_are_paired_with(compared: Comparison) -> None:
    data = firm_charts.rates_data(compared).set_index(["policy", "tier", "measure"])
    effect = row(compared, "apr_p75", "sme:tier_2", "subsidy")
    shown, law = data.loc[("subsidy", "tier_2", "p75")], data.loc[("baseline", "tier_2", "p75")]
    assert shown["mean"] == pytest.approx(100.0 * effect["mean"]) and shown["unit"] == "% a year"
    assert law["mean"] == pytest.approx(100.0 * effect["baseline"])
    assert law["mean"] + shown["diff"] == pytest.approx(shown["mean"])
    assert data.index.is_unique


def test_the_title_of_rates_is_in_basis_points(compared: Comparison) -> None:
    data = firm_charts.rates_data(compared)
    fall = row(compared, "apr_p50", "sme:tier_3", "subsidy")
    assert fall["verdict"] == "lower"
    assert f"by {-1e4 * fall['diff']:.1f} bp" in firm_charts.rates_finding(data, compared.told, "en")


def test_firms_that_pay_less_the_same_and_more_are_all_firms(compared: Comparison) -> None:
    data = firm_charts.winners_data(compared).set_index(["who", "measure", "policy"])
    parts = [data.loc[("cell:small:tier_2", side, "subsidy"), "mean"] for side in firm_charts.SIDES]
    gaining = row(compared, "firms_gaining", "cell:small:tier_2", "subsidy")["mean"]
    assert sum(parts) == pytest.approx(100.0) and parts[0] == pytest.approx(100.0 * gaining)
    median = row(compared, "cost_change_p50", "sme", "subsidy")
    assert data.loc[("sme", "p50", "subsidy"), "diff"] == pytest.approx(1e4 * median["diff"])


def test_no_policy_is_named_where_payers_of_less_and_of_more_are_not_told_apart(compared: Comparison) -> None:
    data = firm_charts.winners_data(compared)
    assert "subsidy" in firm_charts.winners_finding(data, compared.told, "en")
    unclear = data.assign(verdict="cannot be told apart")
    said = firm_charts.winners_finding(unclear, compared.told, "en")
    assert "cannot be told apart" in said and "subsidy" not in said
