"""The Latin hypercube over what is assumed: which parameters, how far, and that every point can hold."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from experiments import calibrated, config, consistency, documents
from experiments.design import design_of
from experiments.doubt import Doubt, points, ranges
from experiments.errors import ConfigError
from experiments.leaf import Provenance
from experiments.values import DECLARED

CONFIGS = Path(__file__).parents[1] / "experiments" / "configs"
DRAWS = 32


@pytest.fixture(scope="module")
def experiment():
    return config.load(CONFIGS / "small.yaml", [f"doubt={{draws: {DRAWS}, replications: 1}}"])


def test_only_what_is_assumed_or_estimated_and_no_structure(experiment):
    found = ranges(experiment.values(), experiment.provenance)
    assert len(found) > 90
    for path in found:
        assert experiment.provenance[path].status in ("assumed", "estimated"), path
        assert not DECLARED[path].whole and DECLARED[path].unit not in ("count", "flag"), path
    assert not [path for path in found if path.split(".")[0] in ("population", "opening", "score", "step_days")]


def test_ranges_are_those_of_calibration_then_of_the_row_then_a_quarter(experiment):
    found = ranges(experiment.values(), experiment.provenance)
    for moved in calibrated.RANGES:
        if moved.path in found and not isinstance(experiment.values()[moved.path], tuple):
            assert found[moved.path] == calibrated.limits(moved)
    assert found["products.receivable_pledge.loss_given_default"] == (0.25, 0.55)  # lgd_sme_secured_cn
    assert found["liquidity.owners_return"] == pytest.approx((0.09, 0.15))
    assert found["insolvency.equity_floor"] == pytest.approx((-0.125, -0.075))
    assert found["products.bill_discount.limit"] == (0.75, 1.0)  # nobody lends more than a bill's face
    assert found["bank.funding_spread"] == (0.75, 1.25)  # a factor


def test_what_the_experiment_sets_is_not_doubted(experiment):
    provenance = experiment.provenance | {"bank.hurdle": Provenance(None, None, "set")}
    assert "bank.hurdle" in ranges(experiment.values(), experiment.provenance)
    assert "bank.hurdle" not in ranges(experiment.values(), provenance)


def test_every_point_is_within_bounds_and_can_hold(experiment):
    own = experiment.values()
    for point in experiment.draws():
        assert consistency.broken({**own, **point}) is None
        for path, value in point.items():
            declared, entries = DECLARED[path], value if isinstance(value, tuple) else (value,)
            assert all(declared.ge <= entry <= declared.le for entry in entries), path


def test_each_parameter_falls_once_into_each_stratum(experiment):
    found, drawn = ranges(experiment.values(), experiment.provenance), experiment.draws()
    for path, (low, high) in found.items():
        if path not in {name for pair in consistency.ORDERED for name in pair}:  # those may have been moved
            own = experiment.values()[path]
            at = int(np.argmax(own))  # where a vector tells its factor
            found_at = [point[path][at] / own[at] if isinstance(own, tuple) else point[path] for point in drawn]
            strata = np.floor((np.array(found_at) - low) / (high - low) * DRAWS - 1e-4).astype(int)
            assert np.unique(np.clip(strata, 0, DRAWS - 1)).size >= DRAWS - 2, path  # six figures may cross a border


def test_a_vector_moves_by_one_factor(experiment):
    own = experiment.values()
    for point in experiment.draws():
        for path, value in point.items():
            if isinstance(value, tuple):
                factors = [now / before for now, before in zip(value, own[path], strict=True) if before]
                assert max(factors) - min(factors) < 1e-3 or max(value) == DECLARED[path].le, path


def test_points_are_a_function_of_the_seed(experiment):
    values, provenance = experiment.values(), experiment.provenance
    one, again, other = (points(Doubt(4, 1), seed, values, provenance) for seed in (1, 1, 2))
    assert one == again != other


def test_a_resolved_copy_draws_the_same(experiment, tmp_path):
    copy = tmp_path / "resolved.yaml"
    copy.write_text(documents.dump(experiment.resolved()), encoding="utf-8")
    assert config.load(copy).draws() == experiment.draws()


def test_ordered_parameters_that_pass_each_other_meet(experiment):
    for point in experiment.draws():
        assert point["bank.minimum_capital"] <= point["bank.lending_capital"] <= 0.15
    assert any(point["bank.minimum_capital"] == point["bank.lending_capital"] for point in experiment.draws())


def test_the_scenario_itself_is_draw_0_with_all_replications(experiment):
    design = design_of(replace(experiment, replications=5, doubt=Doubt(3, 2)))
    assert [draw.replications for draw in design.draws] == [5, 2, 2, 2]
    assert design.world(0).parameters == experiment.parameters != design.world(1).parameters
    table = design.table()
    assert set(table["draw"]) == {0, 1, 2, 3} and table.groupby("draw").size().nunique() == 1
    own = table.query("draw == 0 and path == 'trade.term_sd'")["value"].item()
    assert own == experiment.parameters.trade.term_sd
    assert {"bank.funding_spread[0]", "bank.funding_spread[2]"} <= set(table["path"])


def test_no_room_is_the_user_s_mistake():
    sets = ["doubt={draws: 64}", "parameters.bank.payout_capital=11.6%"]
    with pytest.raises(ConfigError, match=r"draw .*bank\.minimum_capital"):
        config.load(CONFIGS / "small.yaml", sets)
