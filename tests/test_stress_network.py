"""The network coloured by stress: cells by hand from made-up runs, and how dots and links are laid out."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from policy_worlds import BURN_IN, CELLS, shelf

from experiments.compare import Comparison, compare
from experiments.policy_gallery import POLICY_CHARTS, footer_of
from experiments.stress_network import MONTHS, network_data, network_finding
from experiments.stress_network_drawing import (
    MOST_DOTS,
    TONES,
    Cell,
    _deliveries,
    _Dots,
    _ends,
    _oems,
    draw_network,
)
from sim.contagion import LINKED, LINKS, STATES

MONTH = 12
NAMES = ("baseline", "insurance")


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    return compare(shelf(tmp_path_factory.mktemp("network"), NAMES, replications=2, failure=MONTH, firms=10))


def test_states_and_deliveries_are_those_of_the_month(compared: Comparison) -> None:
    data = network_data(compared)
    law = data[data["policy"] == "baseline"].set_index(["measure", "who", "month"])["mean"]
    store = compared.steps.store
    series = store.series([run for run in store.done() if run.policy == "baseline"])
    for month, state, cell in ((-1.0, "sound", CELLS[0]), (1.0, "overdue", CELLS[5]), (12.0, "gone", CELLS[-1])):
        rows = series[(series["group"] == f"exposure:{cell}") & (series["indicator"] == f"firms_{state}")]
        own = rows[rows["step"] == BURN_IN + MONTH + month]["value"].mean()
        assert law[state, cell, month] == pytest.approx(own)
    rows = series[(series["group"] == LINKED[-1]) & (series["step"] == BURN_IN + MONTH + 1)]
    assert law["link", LINKED[-1].removeprefix("link:"), 1.0] == pytest.approx(rows["value"].mean() / 1e8)
    assert set(data.loc[data["measure"] == "sound", "month"]) == set(MONTHS)


def test_distress_of_the_year_after_by_exposure(compared: Comparison) -> None:
    data = network_data(compared).set_index(["policy", "measure", "who"])
    store = compared.steps.store
    series = store.series([run for run in store.done() if run.policy == "insurance"])
    year = series[series["step"].between(BURN_IN + MONTH, BURN_IN + MONTH + 11)]
    mine = year[year["group"].str.startswith("exposure:") & year["group"].str.endswith(":from_20")]
    hit = mine[mine["indicator"].isin(("firms_gone", "firms_overdue"))]["value"].sum()
    whole = mine[mine["indicator"].str.startswith("firms_")]["value"].sum()
    row = data.loc[("insurance", "distress_year", "from_20")]
    footer = footer_of(data.reset_index(), compared.told, POLICY_CHARTS["policies_network"], "en")
    assert "under 1 points;" in footer and row["unit"] == "% of firms"  # not the size that matters of money
    assert row["mean"] == pytest.approx(100.0 * hit / whole)
    assert row["diff"] == pytest.approx(row["mean"] - data.loc[("baseline", "distress_year", "from_20"), "mean"])


def test_there_is_a_dot_a_firm_and_many_firms_share_one(compared: Comparison) -> None:
    data = network_data(compared)
    law = data[data["policy"] == "baseline"]
    dots = _Dots(law, sorted(MONTHS))
    assert dots.per_dot == 1
    crowd = law.assign(mean=law["mean"].where(law["measure"] == "link", 100.0 * law["mean"]))
    many = _Dots(crowd, sorted(MONTHS))
    assert many.firms.sum() / many.per_dot <= MOST_DOTS < many.firms.sum() / (many.per_dot - 1)
    figure = Figure()
    draw_network(data, compared.told, figure, "en")
    panel = figure.axes[0]
    first = law[(law["month"] == -1.0) & law["measure"].isin(STATES)]
    drawn = [found for found in panel.collections if isinstance(found, PathCollection)]
    assert sum(len(found.get_offsets()) for found in drawn) == round(first["mean"].sum())
    assert list(TONES) == list(STATES)


def test_links_fill_their_groups_before_the_failure_and_the_failed_buys_nothing_after(compared: Comparison) -> None:
    law = network_data(compared)
    law = law[law["policy"] == "baseline"]
    dots = _Dots(law, sorted(MONTHS))
    usual, now = _deliveries(law, -1.0), _deliveries(law, 1.0)
    places = {name: Cell(*ends, 1.0, 0.9) for name, ends in _oems(law, dots).items()} | dots.cells
    before, after = _ends(usual, usual, places, 0), _ends(usual, now, places, 0)
    failing = [place for place, (buyer, _) in enumerate(LINKS) if buyer == "failing"]
    left, right = places["failing"].left, places["failing"].right
    assert before[failing[0], 0] == left and before[failing[-1], 1] == pytest.approx(right)
    assert np.allclose(before[failing[1:], 0], before[failing[:-1], 1])
    assert np.allclose(np.diff(after[failing], axis=1), 0.0) and np.allclose(after[:, 0], before[:, 0])


def test_cells_without_firms_and_a_failure_in_the_last_month(tmp_path: Path) -> None:
    empty = [cell for cell in CELLS if cell.endswith("from_40") or cell.startswith("tier_3")]
    late = compare(shelf(tmp_path, NAMES, replications=2, firms=10, failure=59, empty=empty))
    data = network_data(late)
    assert set(data.loc[data["measure"] == "sound", "month"]) == {-1.0}
    assert "from_40" not in set(data.loc[data["measure"] == "distress_year", "who"])
    assert network_finding(data, late.told, "en") == "the experiment ends with the core failure"
    for lang in ("en", "zh"):
        draw_network(data, late.told, Figure(), lang)


def test_one_class_of_exposure_has_no_most_and_least_exposed(tmp_path: Path) -> None:
    empty = [cell for cell in CELLS if not cell.endswith("from_40") or cell.startswith("tier_3")]
    alone = compare(shelf(tmp_path, NAMES, replications=2, firms=10, failure=MONTH, empty=empty))
    data = network_data(alone)
    title = network_finding(data, alone.told, "en")
    assert "of suppliers are in distress" in title and "with" not in title.split(";")[0]
    figure = Figure()
    draw_network(data, alone.told, figure, "en")
    assert not any("tier 3" in text.get_text() for axes in figure.axes for text in axes.texts)
