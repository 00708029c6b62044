"""What common random numbers are worth, on a stand-in whose luck and noise are known."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest
from fake_simulation import cold, record

from experiments import bench_pairing, config

SMALL = Path(__file__).parents[1] / "experiments" / "configs" / "small.yaml"
LUCK, OWN = 3.0, 1.0  # standard deviations of what runs on one seed share, and of what each has of its own


def task(experiment, policy, replication):
    return partial(run, experiment, replication)


def run(experiment, replication, policy):
    made = record(experiment, replication)
    luck = LUCK * np.random.default_rng([replication, 1]).standard_normal()
    own = OWN * np.random.default_rng([replication, 2, policy.name == "baseline"]).standard_normal()
    return type(made)(**{**vars(made), "series": made.series.assign(value=luck + own, weight=1.0)})


def test_independent_seeds_are_run_and_cost_the_variance_of_luck() -> None:
    experiment = config.load(SMALL, ["policies={pool: {risk_compensation_pool: {share: 50%}}}", "replications=400"])
    table = bench_pairing.pairing(experiment, task=task, warm_up=cold, workers=1)
    (row,) = table[table["indicator"] == "sme_apr_net"].to_dict("records")
    assert (row["policy"], row["months"], row["n"], row["unit"]) == ("pool", 12, 400, "bp")
    assert row["paired"] == pytest.approx(1e4 * OWN * np.sqrt(2.0), rel=0.1)
    assert row["independent"] == pytest.approx(1e4 * np.sqrt(2.0 * (LUCK**2 + OWN**2)), rel=0.1)
    assert row["low"] < (LUCK**2 + OWN**2) / OWN**2 < row["high"]
    assert row["times"] == pytest.approx((row["independent"] / row["paired"]) ** 2)
    lines = bench_pairing.shown(table)
    shown = dict(zip(lines["indicator"], lines["12 months"], strict=True))
    assert shown["All-in rate net of subsidy, all borrowers"].startswith(("8", "9", "10", "11", "12"))
    assert shown["Public cost"] == "–"  # the stand-in does not record it


def test_a_difference_that_does_not_vary_has_no_factor() -> None:
    assert np.isnan(bench_pairing.factor(np.ones(5), np.arange(5.0))).all()


def test_horizons_are_those_that_the_evaluation_has() -> None:
    experiment = config.load(SMALL, ["horizon={burn_in: 6 months, evaluate: 40 months}"])
    assert bench_pairing.horizons(experiment) == {"12": (6, 17), "36": (6, 41)}
