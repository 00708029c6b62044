"""The fit finds the coefficients that made the data; it prints what the scenario takes; ranges are kept to."""

from dataclasses import replace

import numpy as np
import pytest
from ruamel.yaml import YAML

from agents.parameters import SUBSECTORS
from experiments import calibrated
from experiments.calibrate import SIGNS, as_yaml, calibrate, fit, sample
from experiments.packaged import baseline, baseline_of
from sim.scorecard import FEATURES

TRUE = {
    "log_sales": -0.3, "young": 0.5, "debt_ratio": 2.0, "margin": -4.0, "liquidity": -0.6, "overdue": 3.0,
    "largest_buyer": 0.7, "first_time": 0.4,
}  # fmt: skip
SECTOR = np.array([0.9, 0.3, 0.6, 0.2, 0.5, 0.5])
INTERCEPT = -3.5


def made(count, coefficients, seed=1):
    """Features of so many firms, and defaults drawn from the logit of these coefficients."""
    draw = np.random.default_rng(seed)
    names = {
        "log_sales": draw.normal(0, 1.5, count),
        "young": draw.random(count) < 0.3,
        "debt_ratio": draw.uniform(0, 1, count),
        "margin": draw.normal(0.05, 0.1, count),
        "liquidity": draw.uniform(0, 3, count),
        "overdue": draw.beta(1, 6, count),
        "largest_buyer": draw.uniform(0, 1, count),
        "first_time": draw.random(count) < 0.2,
    }
    x = np.stack([names[name] for name in FEATURES], axis=1).astype(np.float64)
    sector = draw.choice(len(SUBSECTORS), count, p=[0.5, 0.2, 0.1, 0.1, 0.05, 0.05])
    logit = INTERCEPT + x @ [coefficients[name] for name in FEATURES] + SECTOR[sector]
    y = (draw.random(count) < 1 / (1 + np.exp(-logit))).astype(np.float64)
    return np.hstack((x, np.eye(len(SUBSECTORS))[sector])), y


def test_fit_finds_the_coefficients_that_made_the_data():
    found = fit(*made(200_000, TRUE))
    assert found["intercept"] == pytest.approx(INTERCEPT + SECTOR.mean(), abs=0.1)
    for name, value in TRUE.items():
        assert found[name] == pytest.approx(value, rel=0.1, abs=0.05), name
    assert found["subsector"] == pytest.approx(SECTOR - SECTOR.mean(), abs=0.1)


@pytest.mark.parametrize("name", FEATURES)
def test_no_coefficient_takes_the_wrong_sign(name):
    low, _ = SIGNS[name]
    found = fit(*made(20_000, TRUE | {name: 1.0 if low is None else -1.0}))
    assert found[name] == 0


def test_predicted_defaults_add_up_to_those_there_were():
    x, y = made(20_000, TRUE)
    found = fit(x, y)
    logit = found["intercept"] + x @ [*(found[name] for name in FEATURES), *found["subsector"]]
    assert (1 / (1 + np.exp(-logit))).sum() == pytest.approx(y.sum(), rel=1e-3)


def test_sample_counts_defaults_in_the_year_after_next():
    rows, outcomes = sample(baseline_of(60), seed=1, sample_steps=4)
    assert rows.shape == (outcomes.size, len(FEATURES) + len(SUBSECTORS))
    assert 60 < outcomes.size <= 2 * 60  # two quarters of nearly all firms
    assert set(outcomes) <= {0.0, 1.0}


@pytest.mark.slow
def test_what_it_prints_is_what_the_scenario_takes(tmp_path):
    world = baseline_of(60)
    text = calibrate(tmp_path, workers=1, quiet=True, world=world, seeds=(1, 2), sample_steps=12)
    assert (tmp_path / "score.yaml").read_text() == text
    leaves = YAML(typ="safe").load(text)["score"]
    sets = [f"parameters.score.{name}={leaf['value']}" for name, leaf in leaves.items()]
    assert baseline(*sets).parameters.score.intercept == leaves["intercept"]["value"]
    assert set(leaves) == {"intercept", *FEATURES, "subsector"}
    assert "seeds 1 to 2" in text.splitlines()[0]


def test_yaml_has_no_minus_zero():
    text = as_yaml({"intercept": -0.0001, "subsector": [-0.001, 0.25]}, np.array([0.0, 1.0]), (1,))
    assert text.splitlines()[1:] == [
        '    intercept: {value: 0.0, assumed: "fitted by finflow calibrate"}',
        '    subsector: {value: [0.0, 0.25], assumed: "fitted by finflow calibrate"}',
    ]


def test_moved_parameters_are_inside_their_ranges():
    assert calibrated.outside_range() == []


def test_a_value_outside_its_range_is_found(monkeypatch):
    funding = next(moved for moved in calibrated.RANGES if moved.path == "bank.funding")
    monkeypatch.setattr(calibrated, "RANGES", (replace(funding, low="2%/yr"), replace(funding, high="1.9%/yr")))
    assert calibrated.outside_range() == ["bank.funding"]
