"""Killed at every rename of the store, and at random: what was kept stays whole, and going on gives the same content.

`make soak` kills more often: `FINFLOW_KILLS` says how many times.
"""

import multiprocessing
import os
import random
import signal
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
import test_verify
from fake_simulation import Fake, cold
from test_determinism import SETS, SMALL, group_is_gone, wait_for

from experiments.config import load
from experiments.kill_points import VARIABLE
from experiments.replication import simulate_replication
from experiments.runner import execute
from experiments.store import Store
from experiments.verify import verify

# Where the store names a file, in order: the parent, a worker, the parent again.
BEGIN = ("config", "design.csv", "manifest.json")
RUN = ("series", "firms", "events", "runs")
END = ("runs.parquet", "events.parquet", "summary.parquet", "summary.csv", "audit.json")
RUNS = 3
HARMLESS = Fake()
KILLS = int(os.environ.get("FINFLOW_KILLS", "10"))
FROM = multiprocessing.get_context("forkserver")  # a process that has imported all: children start at once
FROM.set_forkserver_preload(["experiments.runner", "experiments.drawing"])

# Point, how often it is passed before the kill, and how many runs are in the store by then.
POINTS = [
    *((f"{when} {place}", 1, 0) for place in BEGIN for when in ("before", "after")),
    *((f"{when} {place}", 2, 1) for place in RUN for when in ("before", "after") if f"{when} {place}" != "after runs"),
    ("after runs", 2, 2),
    *((f"{when} {place}", 1, RUNS) for place in END for when in ("before", "after")),
    ("before manifest.json", 2, RUNS),
    ("after manifest.json", 2, RUNS),
]


def done(folder, task=HARMLESS, sets=(f"replications={RUNS}",), workers=1):
    warm_up = {} if task is simulate_replication else {"warm_up": cold}
    return execute(load(SMALL, sets=sets), folder, task=task, workers=workers, quiet=True, **warm_up)


def exit_code(run, where=""):
    """What becomes of a process that runs an experiment, `run`, if it is killed at a point."""
    child = FROM.Process(target=_alone, args=(where, run))
    child.start()
    child.join(300)
    try:
        assert child.exitcode is not None, "it hangs"
        return child.exitcode
    finally:
        end(child)


def end(child):
    """Its workers end by themselves; whatever the test found, none stays behind."""
    child.kill()
    child.join()
    try:
        wait_for(lambda: group_is_gone(child.pid))
    finally:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)


def _alone(where, run):
    os.setsid()  # a group of its own, which dies as one
    os.environ[VARIABLE] = where
    run()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    return done(tmp_path_factory.mktemp("undisturbed")).store


def nothing_is_half_written(folder):
    """Whatever is in the store is what its marker says."""
    if (folder / "manifest.json").exists():
        assert verify(Store(folder), 0).differences.empty


def test_every_file_of_a_store_has_its_points(undisturbed):
    folder = undisturbed.path
    files = [file.relative_to(folder) for file in folder.rglob("*") if file.is_file() and file.name != ".lock"]
    places = {file.parts[0] if len(file.parts) > 1 else file.name for file in files}
    assert {f"{when} {place}" for place in places for when in ("before", "after")} == {point for point, _, _ in POINTS}


@pytest.mark.parametrize(("point", "passing", "kept"), POINTS, ids=lambda value: str(value).replace(" ", "_"))
def test_power_cut_at_a_rename_loses_no_finished_run(undisturbed, tmp_path, point, passing, kept):
    assert exit_code(partial(done, tmp_path), f"group {point} {passing}") == -signal.SIGKILL
    nothing_is_half_written(tmp_path)
    report = done(tmp_path)
    assert report.ran == RUNS - kept
    assert report.store.content_digest() == undisturbed.content_digest() == report.store.manifest()["content_digest"]
    assert not list(tmp_path.rglob(".tmp-*"))


def test_power_cut_between_copies_of_own_files(tmp_path):
    config = test_verify.own_firms(tmp_path / "own")
    run = partial(test_verify.done, config, tmp_path / "killed")
    assert exit_code(run, "group before inputs 2") == -signal.SIGKILL
    assert run().content_digest() == test_verify.done(config, tmp_path / "undisturbed").content_digest()


@pytest.mark.parametrize(("point", "status"), [("after events", "failed"), ("after runs", "done")])
def test_a_run_whose_workers_always_die_is_done_if_it_was_kept_before(undisturbed, tmp_path, point, status):
    """The parent lives on and tries the run twice."""
    assert exit_code(partial(done, tmp_path, sets=("replications=1",)), f"process {point} 1") == 0
    assert Store(tmp_path).runs()["status"].tolist() == [status]
    nothing_is_half_written(tmp_path)
    report = done(tmp_path)
    assert (report.ran, report.failed) == (RUNS - (status == "done"), 0)
    assert report.store.content_digest() == undisturbed.content_digest()


@pytest.mark.slow
def test_parents_and_workers_killed_at_random_lose_nothing(tmp_path):
    sets, dice, left = ("replications=16",), random.Random(), KILLS
    busy = partial(done, task=Fake(seconds=0.2), sets=sets, workers=2)
    begun = time.monotonic()
    assert exit_code(partial(busy, tmp_path / "undisturbed")) == 0
    pause = (time.monotonic() - begun) / 2  # at most, between kills: so that some of the work is done in between
    undisturbed = Store(tmp_path / "undisturbed").content_digest()
    while left > 0:
        folder = tmp_path / str(left)
        while left > 0 and (struck := strike(partial(busy, folder), left, dice, pause)):
            left -= struck
            nothing_is_half_written(folder)
        report = done(folder, sets=sets)
        assert report.failed == 0 and report.store.content_digest() == undisturbed


def strike(run, most, dice, pause):
    """How many of an experiment's processes were killed, at random moments, until it was over or its parent dead."""
    child, struck = FROM.Process(target=_alone, args=("", run)), 0
    child.start()
    try:
        while struck < most:
            child.join(dice.uniform(0.0, pause))
            if child.exitcode is not None:
                return struck
            if members := processes_of(child.pid):
                os.kill(dice.choice(members), signal.SIGKILL)
                struck += 1
        return struck
    finally:
        end(child)


def processes_of(group):
    """Parent and workers, without the helper by which Python tracks shared memory."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(ProcessLookupError, FileNotFoundError):  # it just ended
            state, _, its_group = (folder / "stat").read_text().rpartition(")")[2].split()[:3]
            helper = b"resource_tracker" in (folder / "cmdline").read_bytes()
            if int(its_group) == group and state != "Z" and not helper:
                found.append(int(folder.name))
    return found


@pytest.mark.slow
def test_the_model_killed_between_part_and_index_goes_on_to_the_same_content(tmp_path):
    """Two replications of two policies that branch from one burn-in; verified, each is run from the start."""
    sets = (*SETS, "replications=2", "horizon.burn_in=6 months", "policies.pool.risk_compensation_pool.share=50%")
    run = partial(done, task=simulate_replication, sets=sets)
    undisturbed = run(tmp_path / "undisturbed").store
    assert exit_code(partial(run, tmp_path / "killed"), "group after events 2") == -signal.SIGKILL
    report = run(tmp_path / "killed")
    assert report.ran == 3
    assert report.store.content_digest() == undisturbed.content_digest()
    assert verify(report.store, 4, workers=1, quiet=True).line() == "4 stored runs read, 4 run again: nothing differs"
