"""Strengths at equal public cost, on cost curves that are known; then kept, run and read again."""

import math
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from fake_simulation import cold, record
from hypothesis import given
from hypothesis import strategies as st

from experiments import config, documents
from experiments.equal_cost import REPLICATIONS, TOLERANCE, EqualCost, at_strength, solve
from experiments.equal_cost_runs import shortened, yearly_cost
from experiments.reforms import Change
from experiments.replay import born
from experiments.runner import execute
from experiments.store import Store

SMALL = Path(__file__).parents[1] / "experiments" / "configs" / "small.yaml"
POLICIES = "policies={subsidy: {interest_subsidy: {}}, pool: {risk_compensation_pool: {share: 50%}}}"
LAW = config.load(SMALL).current_law
SUBSIDY = {"interest_subsidy": Change({})}
LUCK = np.array([0.9, 1.0, 1.1])


def rate(policy):
    """The strength parameter of the one instrument that the policy brings in; 0 for the baseline."""
    return next((span.rate for span in policy.instruments if span.ID == "interest_subsidy"), 0.0)


def solved(curve, target=100.0):
    """The solution for a subsidy that costs `curve(rate)`; how often the model was asked."""
    asked = []

    def measure(policies):
        asked.extend(policies)
        return [(curve(rate(policy)) if policy.name == "subsidy" else 0) * LUCK + 7 for policy in policies]

    (solution,) = solve(EqualCost(("subsidy",), target), {"subsidy": SUBSIDY}, LAW, measure)
    return solution, len(asked)


@pytest.mark.parametrize(
    "curve",
    [
        lambda rate: 4000 * rate,
        lambda rate: 300 * (1 - math.exp(-rate / 0.02)),  # concave: it saturates above the target
        lambda rate: 1e5 * rate**3 * 2,
        lambda rate: 0 if rate < 0.04 else 2500 * (rate - 0.04) + 20,
    ],
)
def test_a_strength_is_found_where_the_mean_cost_is_the_target(curve):
    solution, asked = solved(curve)
    assert solution.status == "solved" and solution.policy == "subsidy"
    assert solution.cost == pytest.approx(curve(solution.strength * 0.1), rel=1e-6)
    assert solution.cost == pytest.approx(100, rel=TOLERANCE)
    assert solution.low < solution.cost < solution.high and asked <= 15


@given(scale=st.floats(101, 1e4), bend=st.floats(0.005, 0.2))
def test_any_concave_cost_is_met(scale, bend):
    def curve(rate):
        return scale * (1 - math.exp(-rate / bend)) / (1 - math.exp(-0.1 / bend))

    solution, _ = solved(curve)
    assert solution.status == "solved" and solution.cost == pytest.approx(100, rel=TOLERANCE)


def test_a_cost_that_saturates_below_the_target_is_not_attainable():
    solution, asked = solved(lambda rate: 60 * (1 - math.exp(-rate / 0.02)))
    assert (solution.status, solution.strength, asked) == ("not attainable", 1.0, 3)
    assert solution.said == "at its bound it costs only 59.6 CNY/yr"


def test_a_policy_that_costs_too_much_at_its_weakest_is_not_attainable():
    solution, _ = solved(lambda rate: 150 + rate)
    assert (solution.status, solution.strength) == ("not attainable", 0.0)
    assert solution.said == "at its weakest it costs 150 CNY/yr"


def test_a_threshold_that_jumps_over_the_target_is_said():
    solution, _ = solved(lambda rate: 0 if rate < 0.033 else 400)
    assert solution.status == "nearest" and solution.cost == 0
    assert "goes from 0 CNY/yr to 400 CNY/yr at once" in solution.said


def test_several_policies_are_tried_side_by_side():
    sizes = []

    def measure(policies):
        sizes.append(len(policies))
        return [4000 * rate(policy) * LUCK for policy in policies]

    reforms = {"a": SUBSIDY, "b": {"interest_subsidy": Change({"budget": 1e9})}}
    found = list(solve(EqualCost(("a", "b"), 100), reforms, LAW, measure))
    assert {solution.policy for solution in found} == {"a", "b"} and sizes[:3] == [1, 2, 2]


def test_strength_goes_from_current_law_or_from_nothing_to_the_bound():
    reform = {
        "interest_subsidy": Change({"rate": 0.02, "budget": 1e9}, start=90),
        "risk_compensation_pool": Change({"balance": 1e10}),
        "relending_sme": Change({"rate": 0.01}),  # its share is at the bound under current law
        "government_guarantee": None,
    }
    values = {s: {k: c and {**c.values} for k, c in at_strength(reform, LAW, s).items()} for s in (0.0, 0.5, 1.0)}
    assert [values[s]["interest_subsidy"] for s in values] == [{"rate": r, "budget": 1e9} for r in (0, 0.05, 0.1)]
    assert [values[s]["risk_compensation_pool"]["share"] for s in values] == [0.3, 0.625, 0.95]
    assert [values[s]["relending_sme"] for s in values] == [{"rate": 0.01, "share": s} for s in (0, 0.5, 1)]
    assert values[1.0]["government_guarantee"] is None
    assert at_strength(reform, LAW, 1.0)["interest_subsidy"].start == 90


def test_public_cost_is_a_year_s_of_the_evaluation_in_yuan():
    experiment = config.load(SMALL, ["horizon={burn_in: 6 months, evaluate: 24 months}"])
    series = pd.DataFrame({"step": range(30), "group": "public", "indicator": "public_cost", "value": 500.0})
    assert yearly_cost(experiment, series) == pytest.approx(5 * 12)
    with pytest.raises(LookupError, match="public_cost"):
        yearly_cost(experiment, series.assign(group="all"))


# --- With the store -----------------------------------------------------------------------------------------------


def task(experiment, policy, replication):
    """A subsidy costs 2bn CNY a year and point, a pool at most 90m."""
    return partial(costly, experiment, replication)


def costly(experiment, replication, policy):
    made = record(experiment, replication, policy=policy)
    span = SimpleNamespace(rate=0.0, share=0.3)
    late = [span for span in policy.instruments if span.start_day >= 0]
    point = next((span.rate for span in late if span.ID == "interest_subsidy"), span.rate)
    share = next((span.share for span in late if span.ID == "risk_compensation_pool"), span.share)
    yuan = (2e9 * point + 9e7 * (share - 0.3) / 0.65) * (1 + 0.01 * replication)
    steps = range(experiment.burn_in_steps + experiment.evaluate_steps)
    cost = {"step": steps, "group": "public", "indicator": "public_cost", "unit": "fen", "value": yuan * 100 / 12}
    made.series = pd.concat([made.series, pd.DataFrame(cost | {"weight": 1.0})])
    return made


def refuse(experiment, policy, replication):
    raise AssertionError("is run again")


def done(folder, *sets, task=task, cost="100m CNY/yr"):
    wanted = f"equal_cost={{policies: [subsidy, pool], public_cost: {cost}}}"
    experiment = config.load(SMALL, [POLICIES, wanted, *sets])
    return execute(experiment, folder, task=task, warm_up=cold, workers=1, quiet=True)


def test_solved_policies_are_run_stored_and_not_searched_for_again(tmp_path):
    report = done(tmp_path)
    rows = {row["policy"]: row for row in Store(tmp_path).solutions()}
    assert (rows["subsidy"]["status"], rows["pool"]["status"]) == ("solved", "not attainable")
    assert rows["subsidy"]["cost"] == pytest.approx(1e8, rel=TOLERANCE) and rows["subsidy"]["target"] == 1e8
    assert rows["subsidy"]["values"].startswith("interest_subsidy.rate=") and rows["pool"]["strength"] == 1
    assert rows["pool"]["said"].startswith("at its bound it costs only 90")
    policies = {run.policy for run in report.store.done()}
    assert policies == {"baseline", "subsidy", "pool", "subsidy@equal_cost"}
    manifest = Store(tmp_path).manifest()
    assert [row["policy"] for row in manifest["equal_cost"]] == ["subsidy", "pool"]
    (span,) = (s for s in manifest["policies"]["subsidy@equal_cost"] if s["instrument"] == "interest_subsidy")
    assert span["rate"] == pytest.approx(0.1 * rows["subsidy"]["strength"])
    again = done(tmp_path, task=refuse)
    assert (again.ran, again.done, again.failed) == (0, report.done, 0)
    assert again.store.content_digest() == report.store.content_digest()


def test_another_target_or_policy_is_searched_for_anew(tmp_path):
    first = done(tmp_path, "replications=1")
    keys = {row["policy"]: row["key"] for row in first.store.solutions()}
    done(tmp_path, "replications=1", "policies.pool.risk_compensation_pool.balance=9bn CNY")
    now = {row["policy"]: row for row in Store(tmp_path).solutions()}
    assert now["subsidy"]["key"] == keys["subsidy"] and now["pool"]["key"] != keys["pool"]
    assert now["subsidy"]["low"] is None  # one replication has no interval
    other = done(tmp_path, "replications=1", cost="50m CNY/yr").store.solutions()
    assert {row["status"] for row in other} == {"solved"} and not {row["key"] for row in other} & set(keys.values())


def test_a_solved_policy_can_be_looked_into(tmp_path):
    done(tmp_path)
    replay = born(tmp_path, 3, 1, "subsidy@equal_cost")
    assert rate(replay.model.policy) == pytest.approx(0.05, rel=TOLERANCE)


def test_the_search_is_shorter_than_the_experiment(tmp_path):
    experiment = config.load(SMALL, ["horizon.evaluate=60 months", "replications=20", "parameters.step_days=15 d"])
    short = shortened(experiment)
    assert (short.evaluate_days, short.replications, short.burn_in_days) == (1080, REPLICATIONS, 180)


def test_what_is_resolved_asks_for_the_same(tmp_path):
    made = config.load(SMALL, [POLICIES, "equal_cost={policies: [pool], public_cost: 0.3 亿元/yr}"])
    copy = tmp_path / "resolved.yaml"
    copy.write_text(documents.dump(made.resolved()), encoding="utf-8")
    again = config.load(copy)
    assert again.equal_cost == made.equal_cost == EqualCost(("pool",), 3e7) and again.digest() == made.digest()
