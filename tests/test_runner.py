"""Runs survive killed workers, a killed parent and interruption, and give what an undisturbed run gives."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fake_simulation import Fake, cold, record, threads_seen

from experiments import crew, pool, summary
from experiments.config import Experiment, load
from experiments.design import design_of
from experiments.runner import Report, execute
from experiments.store import Store

ROOT = Path(__file__).parents[1]
SMALL = ROOT / "experiments" / "configs" / "small.yaml"
REPLICATIONS = 5
HARMLESS = Fake()


@pytest.fixture(scope="module")
def experiment() -> Experiment:
    return load(SMALL, sets=[f"replications={REPLICATIONS}"])


def done(
    experiment: Experiment, folder: Path, task: Callable = HARMLESS, workers: int = 1, **options: Callable
) -> Report:
    return execute(experiment, folder, task=task, warm_up=cold, workers=workers, quiet=True, **options)


@pytest.fixture(scope="module")
def undisturbed(experiment: Experiment, tmp_path_factory: pytest.TempPathFactory) -> str:
    report = done(experiment, tmp_path_factory.mktemp("undisturbed"), workers=1)
    assert (report.ran, report.failed, report.done) == (REPLICATIONS, 0, REPLICATIONS)
    return report.store.content_digest()


def test_two_workers_give_what_one_gives(experiment: Experiment, undisturbed: str, tmp_path: Path) -> None:
    report = done(experiment, tmp_path, workers=2)
    assert report.store.content_digest() == undisturbed == report.store.manifest()["content_digest"]


def test_summary_is_of_the_evaluation_window(experiment: Experiment, tmp_path: Path) -> None:
    summary = done(experiment, tmp_path).store.summary().set_index(["window", "indicator"])
    values = []
    for replication in range(REPLICATIONS):
        series = record(experiment, replication).series
        rows = series[(series["indicator"] == "npl_ratio") & (series["step"] >= experiment.burn_in_steps)]
        values.append(np.average(rows["value"], weights=rows["weight"]))
    for window in ("whole", "first_12", "last_24"):  # a year of evaluation: they coincide
        assert summary.loc[(window, "npl_ratio"), "mean"] == pytest.approx(np.mean(values), rel=1e-12)
        assert summary.loc[(window, "npl_ratio"), "n"] == REPLICATIONS


def test_finished_runs_are_not_repeated_and_failed_ones_are(
    experiment: Experiment, undisturbed: str, tmp_path: Path
) -> None:
    first = done(experiment, tmp_path, Fake(fails=(1, 3)))
    assert (first.ran, first.failed, first.done) == (REPLICATIONS, 2, REPLICATIONS - 2)
    runs = first.store.runs()
    assert runs["status"].tolist() == ["done", "failed", "done", "failed", "done"]
    assert runs["message"][1] == "ArithmeticError: books do not balance"
    assert runs["stage"][1] == "experiments.worker.attempts"  # the innermost function of ours: the fake is none
    second = done(experiment, tmp_path)
    assert (second.ran, second.failed) == (2, 0)
    assert second.store.content_digest() == undisturbed
    assert done(experiment, tmp_path, Fake(fails=(0,))).ran == 0


def test_more_replications_keep_the_earlier_ones(experiment: Experiment, undisturbed: str, tmp_path: Path) -> None:
    done(replace(experiment, replications=2), tmp_path)
    report = done(experiment, tmp_path)
    assert report.ran == REPLICATIONS - 2
    assert report.store.content_digest() == undisturbed


def test_other_numbers_mean_other_runs(experiment: Experiment) -> None:
    keys = {run.key for run in design_of(experiment).runs()}
    for change in ({"seed": 1}, {"evaluate_days": 390}, {"burn_in_days": 210}, {"audit": "off"}):
        assert not keys & {run.key for run in design_of(replace(experiment, **change)).runs()}
    assert keys == {run.key for run in design_of(replace(experiment, name="renamed", question="why?")).runs()}


def test_killed_worker_costs_nothing(experiment: Experiment, undisturbed: str, tmp_path: Path) -> None:
    deadly = Fake(kills_itself=(1,), once=str(tmp_path / "killed"))
    report = done(experiment, tmp_path / "store", deadly, workers=2)
    assert (tmp_path / "killed").exists()
    assert report.failed == 0
    assert report.store.content_digest() == undisturbed


def test_run_that_kills_every_worker_is_recorded_and_the_rest_goes_on(experiment: Experiment, tmp_path: Path) -> None:
    report = done(experiment, tmp_path, Fake(kills_itself=(1,)))
    assert (report.ran, report.failed) == (REPLICATIONS, 1)
    row = report.store.runs().loc[1]
    assert (row["status"], row["stage"]) == ("failed", "worker")
    assert str(-signal.SIGKILL) in row["message"]


def command(behaviour: dict, *arguments: object, **options: object) -> subprocess.Popen:
    """`finflow run` with the stand-in, in a process group of its own."""
    script = [
        sys.executable,
        str(ROOT / "tests" / "fake_simulation.py"),
        json.dumps(behaviour),
        "run",
        str(SMALL),
    ]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    return subprocess.Popen(
        [*script, "--set", f"replications={REPLICATIONS}", *map(str, arguments)],
        env=environment,
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,  # type: ignore[arg-type]  # options of Popen
    )


def wait_for(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, 130)])
def test_stopped_parent_leaves_whole_runs_and_no_process(
    experiment: Experiment, undisturbed: str, tmp_path: Path, sent: signal.Signals, code: int
) -> None:
    parent = command({"seconds": 0.2, "hangs": [1]}, "--out", tmp_path, "--workers", 2)
    wait_for(lambda: any(tmp_path.glob("runs/[!.]*.json")))  # a marker with its own name: the run is whole
    if sent == signal.SIGINT:
        os.killpg(parent.pid, sent)  # as a terminal does: to parent and workers alike
    else:
        parent.kill()
    _, errors = parent.communicate(timeout=30)
    assert parent.returncode == code
    assert "Traceback" not in errors
    wait_for(lambda: not alive(parent.pid))
    kept = len(Store(tmp_path).done())
    assert 1 <= kept < REPLICATIONS
    report = done(experiment, tmp_path)
    assert report.ran == REPLICATIONS - kept
    assert report.store.content_digest() == undisturbed
    assert not list(tmp_path.rglob(".tmp-*"))


@pytest.mark.parametrize("other_thread", [False, True])
def test_ctrl_c_while_a_worker_starts_comes_when_it_has_started(other_thread: bool) -> None:
    reached, before = [], dict(os.environ)
    over = threading.Event()
    if other_thread:  # the system may hand the signal to any thread that does not block it
        threading.Thread(target=over.wait).start()
    try:
        with pytest.raises(KeyboardInterrupt), pool._as_workers_need():
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.1)
            reached.append(True)
    finally:
        over.set()
    assert reached
    assert os.environ == before
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize(("bytes_per_file", "code", "kept"), [(600, 2, 0), (120_000, 3, 4)])
def test_full_disk_is_one_message_and_with_more_room_it_goes_on(
    experiment: Experiment, tmp_path: Path, bytes_per_file: int, code: int, kept: int
) -> None:
    """A limit on file size stands in for a full disk; only replication 4 writes much."""
    import resource

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_per_file, bytes_per_file))

    big = {"big": [4]}
    process = command(big, "--out", tmp_path, "--workers", 1, "--quiet", preexec_fn=limit)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == code, errors
    (line,) = errors.splitlines()
    assert "cannot write" in line and "File too large" in line
    if kept:
        assert len(Store(tmp_path).done()) == kept
    assert not list(tmp_path.rglob(".tmp-*"))
    report = done(experiment, tmp_path, Fake(big=(4,)))
    assert report.ran == REPLICATIONS - kept
    undisturbed = done(experiment, tmp_path / "undisturbed", Fake(big=(4,)))
    assert report.store.content_digest() == undisturbed.store.content_digest()


def test_workers_have_one_thread_a_library(experiment: Experiment, tmp_path: Path) -> None:
    before = dict(os.environ)
    done(replace(experiment, replications=1), tmp_path, threads_seen)
    assert os.environ == before
    assert Store(tmp_path).events()["subject"].tolist() == ["1 1 1 1"]


@pytest.mark.parametrize("waiting", [False, True])
def test_many_runs_are_summed_up_in_processes_to_the_same_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waiting: bool
) -> None:
    policies = "policies={b: none, a: {risk_compensation_pool: {share: 50%}}}"
    experiment = load(SMALL, ["replications=2", policies])
    report = done(experiment, tmp_path)
    monkeypatch.setattr(crew, "A_WORK" if waiting else "A_PROCESS", 1e-3)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(summary, "summarise", None)  # here; processes have their own
    with pool.Local(2) as local:
        if waiting:
            list(crew.answers(abs, (1, 2), local, quiet=True))
        together = summary.summary_of(report.store, 2, local)
    assert together.equals(report.store.summary())
    assert together["policy"].unique().tolist() == ["a", "b", "baseline"]
