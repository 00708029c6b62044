"""Policies × draws × replications: which runs there are, what tells them apart, what each is given."""

from functools import partial
from pathlib import Path

import pytest
from fake_simulation import Fake, cold, record

from experiments.config import load
from experiments.design import design_of
from experiments.runner import execute
from experiments.store import Store

SMALL = Path(__file__).parents[1] / "experiments" / "configs" / "small.yaml"
POOL = "policies.pool={risk_compensation_pool: {share: 50%}}"
SUBSIDY = "policies.subsidy={interest_subsidy: {rate: 2%}}"
SWEEP = "parameters_sweep={bank.hurdle: [9%, 11%, 13%]}"


def keys(*sets):
    return {run.key for run in design_of(load(SMALL, sets)).runs()}


def done(folder, *sets, task=None, workers=1):
    experiment = load(SMALL, sets)
    return execute(experiment, folder, task=task or Fake(), warm_up=cold, workers=workers, quiet=True)


def test_runs_are_policies_times_draws_times_replications():
    runs = design_of(load(SMALL, [POOL, SUBSIDY, SWEEP])).runs()
    assert [(run.policy, run.draw, run.replication) for run in runs] == [
        (policy, draw, replication)
        for draw in range(4)
        for policy in ("baseline", "pool", "subsidy")
        for replication in range(2)
    ]


def test_keys_know_what_a_policy_does_not_its_name():
    assert keys(POOL) == keys(POOL.replace("pool=", "another=")) > keys()
    assert keys(POOL, "policies.twin={risk_compensation_pool: {share: 50%}}") == keys(POOL)
    for other in (
        "share: 51%",
        "share: 50%, start: 3 months",
        "share: 50%, end: 3 months",
        "share: 50%, scale: absolute",
    ):
        assert len(keys(POOL) & keys(POOL.replace("share: 50%", other))) == 2  # the baseline's


def test_keys_know_what_a_draw_s_values_are_not_its_number():
    assert keys(SWEEP) == keys(SWEEP.replace("[9%, 11%, 13%]", "[13%, 9%]"))  # 11 % is the scenario's own
    assert keys(SWEEP) > keys()


def test_each_draw_has_its_own_parameters():
    design = design_of(load(SMALL, ["parameters_sweep={bank.hurdle: [9%, 13%], trade.term_sd: [10 d, 20 d]}"]))
    found = [(w.parameters.bank.hurdle, w.parameters.trade.term_sd) for w in map(design.world, range(5))]
    assert found == [(0.11, 15.0), (0.09, 10.0), (0.09, 20.0), (0.13, 10.0), (0.13, 20.0)]
    table = design.table()
    assert len(table) == 10 and table[table["draw"] == 3]["value"].tolist() == [10.0, 0.13]


def seen(experiment, policy, replication):
    """A task whose records say what it was given."""
    return partial(_seen, experiment, replication)


def _seen(experiment, replication, policy):
    made = record(experiment, replication)
    share = max(getattr(span, "share", 0) for span in policy.instruments if span.ID == "risk_compensation_pool")
    made.events.loc[0, ["subject", "detail"]] = (policy.name, f"{experiment.parameters.bank.hurdle} {share}")
    return made


def test_the_task_gets_policy_parameters_and_replication(tmp_path):
    report = done(tmp_path, POOL, "parameters_sweep={bank.hurdle: [9%]}", task=seen)
    assert (report.ran, report.failed, report.total) == (8, 0, 8)
    events = report.store.events()
    assert (events["policy"] == events["subject"]).all()
    expected = [f"{0.09 if r.draw else 0.11} {0.5 if r.policy == 'pool' else 0.3}" for r in report.store.planned()]
    assert events["detail"].tolist() == expected


def test_a_renamed_or_added_policy_keeps_what_was_run(tmp_path):
    assert done(tmp_path, POOL).ran == 4
    renamed = done(tmp_path, POOL.replace("pool=", "larger_pool="), SUBSIDY)
    assert (renamed.ran, renamed.done) == (2, 6)
    assert set(renamed.store.series()["policy"]) == {"baseline", "larger_pool", "subsidy"}
    fresh = done(tmp_path / "fresh", POOL.replace("pool=", "larger_pool="), SUBSIDY)
    assert fresh.store.content_digest() == renamed.store.content_digest()


def test_runs_that_are_the_same_are_done_once(tmp_path):
    report = done(
        tmp_path, "policies.same={risk_compensation_pool: {share: 30%}}", "parameters_sweep={bank.hurdle: [11%]}"
    )
    assert (report.ran, report.total, report.done) == (2, 8, 8)
    summary = report.store.summary()
    assert (
        len(summary.groupby(["policy", "draw"])) == 4
        and summary.groupby(["indicator", "window"])["mean"].nunique().eq(1).all()
    )


def test_two_workers_give_what_one_gives(tmp_path):
    one, two = (done(tmp_path / str(n), POOL, SWEEP, workers=n) for n in (1, 2))
    assert one.store.content_digest() == two.store.content_digest()


def test_failed_runs_of_a_policy_are_recorded(tmp_path):
    report = done(tmp_path, POOL, task=Fake(fails=(1,)))
    failed = report.store.runs().query("status == 'failed'")
    assert failed[["policy", "replication"]].values.tolist() == [["baseline", 1], ["pool", 1]]
    assert done(tmp_path, POOL).ran == 2


def test_the_manifest_says_policies_and_draws(tmp_path):
    done(tmp_path, POOL, SWEEP)
    said = Store(tmp_path).manifest()
    assert said["draws"] == {"kind": "grid", "replications": [2, 2, 2, 2]}
    pools = [span for span in said["policies"]["pool"] if span["instrument"] == "risk_compensation_pool"]
    assert [(span["start_day"], span["share"]) for span in pools] == [(-(10**9), 0.3), (0, 0.5)]


@pytest.mark.slow
def test_the_model_runs_under_a_policy(tmp_path):
    sets = (POOL, "horizon={burn_in: 1 months, evaluate: 2 months}", "replications=1")
    report = execute(load(SMALL, sets), tmp_path, workers=1, quiet=True)
    assert (report.failed, report.done) == (0, 2)
