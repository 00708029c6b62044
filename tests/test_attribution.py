"""Shapley shares: axioms on made-up games, then a whole experiment whose shares are known."""

import dataclasses
import shutil
from functools import partial
from itertools import permutations
from math import factorial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fake_simulation import cold, record
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from matplotlib.text import Text
from policy_worlds import shelf

from experiments import attribution_chart, config, policy_gallery, style
from experiments.attributed import TOTAL, attribution_text
from experiments.attribution import players
from experiments.compare import Comparison, compare, write
from experiments.compare_report import as_data, tables_of
from experiments.design import design_of
from experiments.paired import HIGHER, UNCLEAR
from experiments.policy_gallery import POLICY_CHARTS
from experiments.runner import execute
from experiments.shapley import shapley
from experiments.store import Store
from policies.catalogue import FAMILIES, INSTRUMENTS

SMALL = Path(__file__).parents[1] / "experiments" / "configs" / "small.yaml"
POLICIES = (
    "policies={loan: {interest_subsidy: {}}, paper: {discount_subsidy: {}},"
    " pool: {risk_compensation_pool: {share: 50%}}, all: [loan, paper, pool], same: [pool, paper, loan]}"
)
GAMES = st.integers(1, 4).flatmap(
    lambda k: st.lists(st.floats(-100.0, 100.0), min_size=2**k, max_size=2**k).map(np.array)
)


# --- Games ----------------------------------------------------------------------------------------------------


def by_orders(worth: np.ndarray) -> np.ndarray:
    """Shapley's definition word by word: what each adds, averaged over all orders."""
    count = len(worth).bit_length() - 1
    shares = np.zeros(count)
    for order in permutations(range(count)):
        inside = 0
        for player in order:
            shares[player] += worth[inside | 1 << player] - worth[inside]
            inside |= 1 << player
    return shares / factorial(count)


@given(GAMES)
def test_shares_are_what_is_added_on_average_over_all_orders_and_sum_to_the_total(worth: np.ndarray) -> None:
    found = shapley(worth)
    assert found == pytest.approx(by_orders(worth), abs=1e-9)
    assert found.sum() == pytest.approx(worth[-1] - worth[0], abs=1e-9)


def test_glove_game_by_hand() -> None:
    # Player 0 has a left glove, 1 and 2 a right one each; a pair is worth 1. Shares 2/3, 1/6, 1/6.
    worth = np.array([0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0])
    assert shapley(worth) == pytest.approx([2 / 3, 1 / 6, 1 / 6])


@given(GAMES)
def test_a_player_that_never_adds_anything_has_nothing(worth: np.ndarray) -> None:
    found = shapley(np.concatenate([worth, worth]))  # the last player's bit changes nothing
    assert found[-1] == pytest.approx(0.0, abs=1e-9)
    assert found[:-1] == pytest.approx(shapley(worth), abs=1e-9)


def test_shares_are_linear_and_taken_replication_by_replication() -> None:
    worth = np.random.default_rng(1).normal(size=(8, 5))
    each = np.column_stack([shapley(column) for column in worth.T])
    assert shapley(worth) == pytest.approx(each)
    assert shapley(worth.mean(axis=1)) == pytest.approx(each.mean(axis=1))


def test_coalitions_of_no_number_of_players_are_refused() -> None:
    with pytest.raises(ValueError, match="6 coalitions"):
        shapley(np.zeros(6))


# --- Which policies it takes ----------------------------------------------------------------------------------


def test_every_instrument_is_in_one_family() -> None:
    assert sorted(identity for family in FAMILIES.values() for identity in family) == sorted(INSTRUMENTS)


def test_players_do_not_depend_on_the_order_of_naming() -> None:
    reforms = config.load(SMALL, [POLICIES]).reforms
    assert list(players(reforms["all"], "lever")) == list(players(reforms["same"], "lever"))
    assert players(reforms["all"], "family") == {
        "subsidies": ("interest_subsidy", "discount_subsidy"),
        "guarantees": ("risk_compensation_pool",),
    }


def test_what_the_experiment_has_anyway_is_not_added() -> None:
    sets = [POLICIES, "attribution={bundle: all}", "replications=5", "doubt={draws: 2}"]
    design = design_of(config.load(SMALL, sets))
    assert design.coalitions is not None
    chosen = design.coalitions.policies
    assert (chosen[0], chosen[1], chosen[2], chosen[4], chosen[7]) == ("baseline", "loan", "paper", "pool", "all")
    assert set(design.coalitions.added) == {
        "all@only=interest_subsidy+discount_subsidy",
        "all@only=interest_subsidy+risk_compensation_pool",
        "all@only=discount_subsidy+risk_compensation_pool",
    }
    added = [run for run in design.runs() if run.policy in design.coalitions.added]
    assert len(added) == 3 * 5 and {run.draw for run in added} == {0}
    families = design_of(config.load(SMALL, [*sets[:1], "attribution={bundle: all, by: family}", *sets[2:]]))
    assert families.coalitions is not None
    assert families.coalitions.policies[1:] == ("all@only=subsidies", "pool", "all")


def test_an_experiment_with_an_attribution_is_another_one_and_reads_back(tmp_path: Path) -> None:
    plain = config.load(SMALL, [POLICIES, "replications=5"])
    wanted = config.load(SMALL, [POLICIES, "replications=5", "attribution={bundle: all, by: family}"])
    assert plain.digest() != wanted.digest()
    assert wanted.resolved()["attribution"] == {"bundle": "all", "by": "family"}
    assert design_of(plain).coalitions is None


# --- A whole experiment ---------------------------------------------------------------------------------------

ADDS = {"interest_subsidy": 0.01, "discount_subsidy": 0.01}  # symmetric, and 0.02 more together; the pool adds nothing


def task(experiment, policy, replication):
    return partial(run, experiment, replication)


def run(experiment, replication, policy):
    made = record(experiment, replication)
    names = {span.ID for span in policy.instruments if span.start_day >= 0}
    luck = np.random.default_rng([replication, 5]).normal(1.0, 0.1)
    effect = luck * (sum(ADDS.get(name, 0.0) for name in names) + 0.02 * (set(ADDS) <= names))
    evaluated = made.series["step"] >= experiment.burn_in_steps
    made.series["value"] += np.where(evaluated & (made.series["indicator"] == "sme_apr_net"), effect, 0.0)
    return made


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("shares")
    experiment = config.load(SMALL, [POLICIES, "replications=6", "attribution={bundle: all}"])
    execute(experiment, made, task=task, warm_up=cold, workers=1, quiet=True)
    return made


@pytest.fixture(scope="module")
def compared(folder: Path) -> Comparison:
    return compare(Store(folder))


def rows_of(compared: Comparison) -> pd.DataFrame:
    table = compared.attribution
    return table[(table["window"] == "whole") & (table["indicator"] == "sme_apr_net")].set_index("player")


def test_shares_of_an_experiment_are_those_of_its_game(compared: Comparison) -> None:
    rows = rows_of(compared)
    whole = compared.of("whole", "sme_apr_net", "sme").set_index("policy").loc["all"]
    assert rows.loc[TOTAL, "effect"] == pytest.approx(whole["diff"])
    assert (rows.loc[TOTAL, "low"], rows.loc[TOTAL, "boot_high"]) == pytest.approx(
        (whole["diff_low"], whole["boot_high"])
    )
    own = rows.drop(index=TOTAL)
    assert own["effect"].sum() == pytest.approx(whole["diff"]) and own["share"].sum() == pytest.approx(1.0)
    assert own.loc["interest_subsidy", "effect"] == pytest.approx(own.loc["discount_subsidy", "effect"])
    assert own.loc["interest_subsidy", "share"] == pytest.approx(0.5)
    assert own.loc["risk_compensation_pool", "effect"] == pytest.approx(0.0, abs=1e-12)
    assert own.loc["interest_subsidy", "verdict"] == HIGHER and own.loc["interest_subsidy", "boot_low"] > 0.0
    assert (rows["n"] == 6).all()


def test_coalitions_are_no_policies_of_the_comparison(compared: Comparison) -> None:
    assert compared.told.compared == ("loan", "paper", "pool", "all", "same")
    assert not compared.effects["policy"].str.contains("@only").any()


def test_a_replication_that_misses_a_coalition_is_left_out(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "copy")
    gone = next(run for run in Store(copy).done() if "@only" in run.policy and run.replication == 2)
    (copy / "runs" / f"{gone.key}.json").unlink()
    assert (rows_of(compare(Store(copy)))["n"] == 5).all()


def test_no_share_of_what_cannot_be_told_apart(compared: Comparison) -> None:
    table = compared.attribution
    npl = table[table["indicator"] == "financing_gap"]
    assert npl.empty  # the stand-in does not record it
    nothing = compared.attribution.assign(verdict=UNCLEAR, share=np.nan)
    data = attribution_chart.attribution_data(dataclasses.replace(compared, attribution=nothing))
    title = attribution_chart.attribution_finding(data.assign(indicator="sme_cost_of_need"), compared.told, "en")
    assert title.endswith("cannot be told apart from 0, hence no shares")


def test_it_is_printed_saved_and_in_the_json(compared: Comparison, tmp_path: Path) -> None:
    tables, _ = tables_of(compared, "whole")
    title = next(name for name in tables if name.startswith("Shares of"))
    row = tables[title].iloc[0]
    assert row["Interest subsidy"].endswith("50%") and row["Interest subsidy"].startswith("+2")
    assert attribution_text(compared.attribution, "year_1").empty
    assert {row["player"] for row in as_data(compared, "whole")["attribution"]} >= {TOTAL, "interest_subsidy"}
    write(compared, Store(tmp_path))
    assert len(pd.read_csv(tmp_path / "attribution.csv")) == len(compared.attribution)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_chart_names_every_player_and_stays_on_the_page(compared: Comparison, lang: str) -> None:
    chart = POLICY_CHARTS["policies_attribution"]
    data = chart.data(compared)
    data = pd.concat(
        [data.assign(indicator="sme_cost_of_need"), data.assign(indicator="formal_share_of_need", unit="pp")]
    )
    with style.styled():
        title = chart.finding(data, compared.told, lang)
        figure = style.new_figure(title, policy_gallery.footer_of(data, compared.told, chart, lang), lang)
        chart.draw(data, compared.told, figure, lang)
        figure.draw_without_rendering()
        check(figure)
    named = {text.get_text().replace("\n", "") for text in figure.axes[0].get_yticklabels()}
    assert len(named) == 5 and f"50{' ' if lang == 'en' else ''}%" in title


def check(figure: Figure) -> None:
    width, height = figure.bbox.size
    ticks = {text for axes in figure.axes for text in axes.get_xticklabels()}  # some stand outside, not drawn
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        if text not in ticks and text.get_text().strip():
            box = text.get_window_extent()
            assert box.x0 >= -1 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height, text.get_text()


def test_an_experiment_without_one_has_no_chart_of_it(tmp_path: Path) -> None:
    found = compare(shelf(tmp_path, ("baseline", "relending"), replications=2, firms=20))
    assert found.attribution.empty and POLICY_CHARTS["policies_attribution"].data(found).empty
    assert not any(name.startswith("Shares") for name in tables_of(found, "whole")[0])
