"""Burnt in once and branched, a policy leaves what it leaves when run from the start, bit for bit."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fake_simulation import Fake, cold
from worlds import lever, parameters, policy

from experiments.config import load
from experiments.design import batches_of, design_of
from experiments.parts import SCHEMAS, digest, to_table
from experiments.replication import simulate_replication
from experiments.runner import execute
from policies.catalogue import INSTRUMENTS
from policies.levers import FOREVER, Policy, burn_in_of
from sim.branch import Branching
from sim.model import FinancingModel
from sim.run import burn_in, evaluate, simulate

SMALL = Path(__file__).parents[1] / "experiments" / "configs" / "small.yaml"
BURN_IN, EVALUATE, DAYS = 5, 7, 30
SINCE_EVER = {"start_day": -FOREVER}
LAW = (
    lever("relending_sme", **SINCE_EVER),
    lever("risk_compensation_pool", **SINCE_EVER),
    lever("government_guarantee", **SINCE_EVER),
)
UNTIL = [replace(entry, end_day=0) for entry in LAW]
POLICIES = {
    "law": LAW,
    "none": UNTIL,
    "another_rate_now": (lever("relending_sme", rate=0.01), LAW[2], LAW[1], UNTIL[0]),
    "a_larger_pool_for_a_while": (
        replace(LAW[1], end_day=3 * DAYS), LAW[0], LAW[2],
        lever("risk_compensation_pool", share=0.7, balance=4e10, start_day=3 * DAYS, end_day=5 * DAYS),
        replace(LAW[1], start_day=5 * DAYS),
    ),
    "insurance_later": (*LAW, *(lever(name, start_day=45) for name in ("trade_credit_insurance", "premium_subsidy"))),
    "certificates": (lever("multi_tier_certificates"), *LAW, lever("reverse_factoring", start_day=2 * DAYS)),
    "all": (*UNTIL, *(lever(name) for name in INSTRUMENTS)),
}  # fmt: skip
MADE = {name: Policy(name, tuple(instruments)) for name, instruments in POLICIES.items()}
WORLD = {"seed": 3, "burn_in_steps": BURN_IN, "evaluate_steps": EVALUATE, "audit": "every_step"}


def content(record):
    return digest({kind: to_table(kind, getattr(record, kind), "", 0, 0) for kind in SCHEMAS})


@pytest.fixture(scope="module")
def branching():
    return Branching(burn_in(parameters(60), policy=MADE["law"], **WORLD))


@pytest.fixture(scope="module")
def from_the_start():
    return {name: simulate(parameters(60), policy=made, **WORLD) for name, made in MADE.items()}


@pytest.mark.parametrize("name", MADE)
def test_a_branch_leaves_what_a_run_from_the_start_leaves(branching, from_the_start, name):
    record = evaluate(branching.under(MADE[name]))
    assert content(record) == content(from_the_start[name])
    assert record.proof == from_the_start[name].proof == {"steps_checked": BURN_IN + EVALUATE}


def test_policies_differ_after_the_burn_in_and_not_before(from_the_start):
    law = from_the_start["law"].series
    for name, record in from_the_start.items():
        differs = law["value"].to_numpy() != record.series["value"].to_numpy()
        differs &= ~(law["value"].isna() & record.series["value"].isna()).to_numpy()
        steps = law["step"].to_numpy()[differs]
        assert (steps.size > 0) == (name != "law") and np.all(steps >= BURN_IN)


def test_branches_leave_each_other_alone(branching):
    first = content(evaluate(branching.under(MADE["law"])))
    evaluate(branching.under(MADE["all"]))
    assert content(evaluate(branching.under(MADE["law"]))) == first


def test_what_shares_memory_shares_it_in_a_copy(branching):
    ledger = branching.under(MADE["law"]).ledger
    for (sector, account), array in ledger._balance.items():
        view = ledger.balance(sector, account)
        assert (view.size == 0 or np.shares_memory(view, array)) and not view.flags.writeable and array.flags.writeable


def test_a_policy_that_acts_in_the_burn_in_is_not_branched(branching):
    early = policy(*LAW, lever("interest_subsidy", start_day=-DAYS))
    other = policy(replace(LAW[0], rate=0.01), *LAW[1:])
    gone = policy(replace(LAW[0], end_day=-DAYS), *LAW[1:])
    for made in (early, other, gone):
        with pytest.raises(ValueError, match="burn-in of its own"):
            branching.under(made)
    assert burn_in_of(policy(*LAW[::-1])) == burn_in_of(MADE["law"]) == burn_in_of(MADE["none"])
    with pytest.raises(ValueError, match="part at the evaluation's start"):
        Branching(FinancingModel(parameters(20), first_step=2))


def test_without_burn_in_levers_start_at_birth():
    world = WORLD | {"burn_in_steps": 0, "evaluate_steps": 2}
    branched = evaluate(Branching(burn_in(parameters(20), policy=MADE["law"], **world)).under(MADE["all"]))
    assert content(branched) == content(simulate(parameters(20), policy=MADE["all"], **world))
    assert len(branched.events) >= len(INSTRUMENTS)


def test_an_experiment_branched_has_the_content_of_single_runs(tmp_path):
    sets = ["parameters.population={suppliers: 40, annual_purchases: 0.96 bn CNY/yr}", "audit=final",
            "horizon={burn_in: 3 months, evaluate: 3 months}", "replications=1",
            "policies={pool: {risk_compensation_pool: {share: 50%}}, law_ends: none}"]  # fmt: skip
    report = execute(load(SMALL, sets), tmp_path, workers=1, quiet=True)
    design = design_of(load(SMALL, sets))
    for run in report.store.done():
        made = design.policies[run.policy]
        alone = simulate_replication(design.world(0), made, run.replication)(made)
        assert report.store.row(run)["digest"] == content(alone)


# ---- who does what


def groups(policies, replications, workers):
    names = [f"p{k}: {{risk_compensation_pool: {{share: {31 + k}%}}}}" for k in range(policies - 1)]
    design = design_of(load(SMALL, [f"replications={replications}", f"policies={{{', '.join(names)}}}"]))
    batches = batches_of(design, design.runs(), workers)
    assert sorted(run.key for batch in batches for run in batch) == sorted(run.key for run in design.runs())
    assert all(len({(run.draw, run.replication) for run in batch}) == 1 for batch in batches)
    return [len(batch) for batch in batches]


@pytest.mark.parametrize(
    ("policies", "replications", "workers", "sizes"),
    [
        (7, 4, 2, [7, 7, 7, 7]),
        (7, 3, 2, [7, 7, 4, 3]),
        (7, 1, 2, [4, 3]),
        (4, 1, 8, [1, 1, 1, 1]),
        (7, 3, 8, [3, 3, 3, 3, 3, 3, 1, 1, 1]),
        (1, 5, 2, [1, 1, 1, 1, 1]),
    ],
)
def test_burn_ins_are_split_only_so_that_all_have_work(policies, replications, workers, sizes):
    assert groups(policies, replications, workers) == sizes


def test_a_policy_with_its_own_burn_in_is_apart():
    design = design_of(load(SMALL, ["replications=1", "policies={pool: {risk_compensation_pool: {share: 50%}}}"]))
    early = replace(design.policies["pool"], instruments=(lever("interest_subsidy", start_day=-DAYS),))
    design.policies["early"] = early
    assert [len(batch) for batch in batches_of(design, design.runs(), 1)] == [2, 1]


def test_a_run_that_kills_its_worker_takes_no_sibling(tmp_path):
    experiment = load(SMALL, ["replications=2", "policies={pool: {risk_compensation_pool: {share: 50%}}, off: none}"])
    deadly = Fake(kills_policies=("pool",))
    report = execute(experiment, tmp_path, task=deadly, warm_up=cold, workers=1, quiet=True)
    assert (report.ran, report.failed) == (6, 2)
    runs = report.store.runs().set_index(["policy", "replication"])["status"]
    assert runs["pool"].tolist() == ["failed"] * 2 and runs[["baseline", "off"]].tolist() == ["done"] * 4
