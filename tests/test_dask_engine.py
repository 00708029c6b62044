"""A real scheduler and real workers on loopback fill the store with what one machine would, killed workers or not."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
import test_verify
from fake_simulation import Fake, cold, perform_elsewhere
from test_equal_cost import costly
from typer.testing import CliRunner, Result

from experiments import cli, dask_engine, runner
from experiments.config import Experiment, load
from experiments.crew import answers
from experiments.engine import EngineError
from experiments.firm_files import own_firms
from experiments.runner import Report, execute
from experiments.store import Store
from policies.levers import Policy

ROOT = Path(__file__).parents[1]
SMALL = ROOT / "experiments" / "configs" / "small.yaml"
REPLICATIONS = 4
SETS = [f"replications={REPLICATIONS}", "policies={pool: {risk_compensation_pool: {share: 50%}}, off: none}"]
RUNS = 3 * REPLICATIONS
WAIT = 120.0  # for processes to start and for sweeps to end, on machines that do other things too
LOOPBACK = ("--host", "127.0.0.1", "--no-dashboard")
NOBODY = "tcp://127.0.0.1:1"
# A task whose worker dies is tried on one more; Dask's own choice of three more would only take longer.
ENVIRONMENT = os.environ | {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1", "NUMBA_NUM_THREADS": "1"}
HARMLESS = Fake()
COSTLY = ["policies={subsidy: {interest_subsidy: {}}}", "equal_cost={policies: [subsidy], public_cost: 100m CNY/yr}"]


@contextmanager
def process(folder: Path, module: str, *arguments: str, source: Path = ROOT) -> Iterator[subprocess.Popen]:
    """A module of `distributed` in a process group of its own, all of which ends with the block."""
    path = os.pathsep.join(map(str, (source, ROOT / "tests")))
    with open(folder / "log", "ab") as log:
        started = subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{module}", *arguments, *LOOPBACK],
            cwd=folder, env=ENVIRONMENT | {"PYTHONPATH": path}, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        yield started
    finally:
        os.killpg(started.pid, signal.SIGKILL)
        started.wait()


@contextmanager
def scheduler(folder: Path) -> Iterator[tuple[str, subprocess.Popen]]:
    """A scheduler: its address and process."""
    file = folder / "scheduler.json"
    with process(folder, "dask_scheduler", "--port", "0", "--scheduler-file", str(file)) as started:
        wait_for(lambda: file.exists() and file.read_text().rstrip().endswith("}"))
        yield json.loads(file.read_text())["address"], started


@contextmanager
def workers(
    folder: Path, address: str, count: int = 2, source: Path = ROOT, preload: str = ""
) -> Iterator[None]:  # fmt: skip
    """Worker processes, each with the guard that starts it again when it dies; `preload` is a module to begin with."""
    options = ("--nworkers", str(count), "--nthreads", "1", "--local-directory", str(folder))
    options += ("--preload", preload) if preload else ()
    with process(folder, "dask_worker", address, *options, source=source):
        yield


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("cluster")
    with scheduler(folder) as (address, _), workers(folder, address):
        yield address


@pytest.fixture(scope="module")
def experiment() -> Experiment:
    return load(SMALL, SETS)


@pytest.fixture(scope="module")
def undisturbed(experiment: Experiment, tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = tmp_path_factory.mktemp("undisturbed")
    return execute(experiment, folder, task=HARMLESS, warm_up=cold, workers=1, quiet=True)


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_engine, "ANSWERS_WITHIN", WAIT)


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def done(experiment: Experiment, address: str, folder: Path, task: Callable = HARMLESS) -> Report:
    with dask_engine.connected(address) as engine:
        return execute(experiment, folder, task=task, warm_up=cold, engine=engine, quiet=True)


def content(report: Report) -> tuple[str, list]:
    """The digest, and the rows of runs but for their seconds."""
    return report.store.content_digest(), report.store.runs().drop(columns="seconds").to_dict("records")


def test_a_cluster_gives_what_one_machine_gives(
    cluster: str, experiment: Experiment, undisturbed: Report, tmp_path: Path
) -> None:
    report = done(experiment, cluster, tmp_path)
    assert (report.ran, report.failed, report.done) == (RUNS, 0, RUNS)
    assert content(report) == content(undisturbed)
    assert report.store.summary().equals(undisturbed.store.summary())
    assert not list(tmp_path.rglob(".tmp-*"))
    assert done(experiment, cluster, tmp_path, Fake(fails=(0, 1, 2, 3))).ran == 0  # all is there


def test_workers_that_do_not_see_the_folder_send_their_parts(
    cluster: str, experiment: Experiment, undisturbed: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "perform", perform_elsewhere)
    report = done(experiment, cluster, tmp_path, Fake(fails=(1,)))
    assert (report.ran, report.failed) == (RUNS, 3)
    assert done(experiment, cluster, tmp_path).ran == 3
    assert content(report) == content(undisturbed)


def reads_own_firms(experiment: Experiment, policy: Policy, replication: int) -> Callable:
    """A task whose one event says what firms were found, and in which working directory."""
    own = own_firms(experiment, replication)
    assert own is not None
    found = (own[1].ids, own[0].annual_sales.tolist(), own[0].network.share.tolist())
    subject = hashlib.sha256(repr(found).encode()).hexdigest()

    def go_on(policy: Policy) -> SimpleNamespace:
        made = costly(experiment, replication, policy)
        event = {"step": 0, "kind": "x", "subject": subject, "detail": os.getcwd(), "amount": 0}
        made.events = pd.DataFrame([event])
        return made

    return go_on


def test_own_firms_travel_to_workers_that_do_not_see_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a search for equal cost as in runs; the worker has another working directory and nothing of ours."""
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    theirs.mkdir()
    experiment = load(test_verify.own_firms(ours), ["replications=2", *COSTLY])
    here = execute(experiment, ours / "here", task=reads_own_firms, warm_up=cold, workers=1, quiet=True)
    monkeypatch.setitem(ENVIRONMENT, "UNSEEN", str(ours))
    with scheduler(tmp_path) as (address, _), workers(theirs, address, 1, preload="unseen"):
        there = done(experiment, address, ours / "there", reads_own_firms)
    assert there.store.events()["detail"].unique().tolist() == [str(theirs)]
    assert here.store.events()["subject"].tolist() == there.store.events()["subject"].tolist()
    assert (there.done, there.failed) == (6, 0)


def test_failed_runs_are_rows_and_are_tried_again(
    cluster: str, experiment: Experiment, undisturbed: Report, tmp_path: Path
) -> None:
    first = done(experiment, cluster, tmp_path, Fake(fails=(1, 3)))
    assert (first.ran, first.failed, first.done) == (RUNS, 6, RUNS - 6)
    failed = first.store.runs().set_index("replication").loc[1]
    assert set(failed["message"]) == {"ArithmeticError: books do not balance"}
    assert set(failed["stage"]) == {"experiments.worker.attempts"}
    assert done(experiment, cluster, tmp_path).ran == 6
    assert content(first) == content(undisturbed)


def test_a_worker_killed_in_the_middle_costs_nothing(
    cluster: str, experiment: Experiment, undisturbed: Report, tmp_path: Path
) -> None:
    """Replication 1 kills the first worker that takes it, and what that was to do besides comes to another."""
    deadly = Fake(seconds=0.05, kills_itself=(1,), once=str(tmp_path / "killed"))
    report = done(experiment, cluster, tmp_path / "store", deadly)
    assert (tmp_path / "killed").exists()
    assert (report.ran, report.failed) == (RUNS, 0)
    assert content(report) == content(undisturbed)


@pytest.mark.slow
def test_a_run_that_kills_every_worker_is_recorded_and_takes_no_sibling(
    cluster: str, experiment: Experiment, tmp_path: Path
) -> None:
    report = done(replace(experiment, replications=1), cluster, tmp_path, Fake(kills_policies=("pool",)))
    rows = report.store.runs().set_index("policy")
    assert rows["status"].to_dict() == {"baseline": "done", "pool": "failed", "off": "done"}
    assert (rows["stage"]["pool"], report.ran) == ("worker", 3)
    assert rows["message"]["pool"].startswith("2 workers ended under it")


def test_jobs_of_a_search_are_answered_by_the_cluster(cluster: str) -> None:
    with dask_engine.connected(cluster) as engine:
        assert dict(answers(abs, (-1, 2, -3), engine, quiet=True)) == {-1: 1, 2: 2, -3: 3}
        with pytest.raises(RuntimeError, match="ZeroDivisionError"):
            list(answers((1).__floordiv__, (1, 0), engine, quiet=True))


@pytest.mark.slow
def test_a_scheduler_that_goes_ends_the_sweep_and_the_command_goes_on(
    experiment: Experiment, undisturbed: Report, tmp_path: Path
) -> None:
    store, options = tmp_path / "store", [f"--set={entry}" for entry in SETS]
    script = "import fake_simulation; fake_simulation.main()"  # as a module, which workers import
    with scheduler(tmp_path) as (address, started), workers(tmp_path, address):
        ours = subprocess.Popen(
            [sys.executable, "-c", script, '{"hangs": [1]}', "run", SMALL, *options, "--quiet", "--out", store,
             "--engine", "dask", "--scheduler", address],
            env=ENVIRONMENT | {"PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "tests")))},
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            wait_for(lambda: any(store.glob("runs/[!.]*.json")) or ours.poll() is not None)
            started.kill()
            errors = ours.communicate(timeout=WAIT)[1]
        finally:
            ours.kill()
            ours.wait()
    (line,) = errors.splitlines()
    assert f"lost the scheduler at {address}" in line and ours.returncode == 3
    kept = len(Store(store).done())
    assert 1 <= kept < RUNS
    report = execute(experiment, store, task=HARMLESS, warm_up=cold, workers=1, quiet=True)
    assert report.ran == RUNS - kept
    assert content(report) == content(undisturbed)


# ---- mistakes


def finflow(*options: str, out: Path) -> Result:
    return CliRunner().invoke(cli.app, ["run", str(SMALL), "--out", str(out), *options])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--engine", "dask"), "needs the address of a scheduler"),
        (("--scheduler", NOBODY), "--scheduler goes with --engine dask"),
        (("--engine", "dask", "--scheduler", NOBODY, "--workers", "2"), "--workers goes with --engine local"),
        (("--engine", "dask", "--scheduler", NOBODY), f"no Dask scheduler answers at {NOBODY} within 1 s"),
        (("--engine", "dask", "--scheduler", "nonsense://here"), "no Dask scheduler answers at nonsense://here"),
    ],
)
def test_options_that_cannot_work_are_one_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], said: str
) -> None:
    monkeypatch.setattr(dask_engine, "ANSWERS_WITHIN", 1.0)
    is_refused(finflow(*options, out=tmp_path / "store"), said, tmp_path / "store")


def is_refused(result: Result, said: str, store: Path) -> None:
    assert result.exit_code == 2, result.output
    (line,) = result.stderr.splitlines()
    assert said in line
    assert not store.exists()


def test_a_missing_library_is_one_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    result = finflow("--engine", "dask", "--scheduler", NOBODY, out=tmp_path / "store")
    is_refused(result, "needs the package distributed", tmp_path / "store")


def test_workers_that_are_missing_or_of_another_version_are_one_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, store = tmp_path / "source", tmp_path / "store"
    for package in ("agents", "policies", "sim", "experiments"):
        shutil.copytree(ROOT / package, other / package, ignore=shutil.ignore_patterns("__pycache__"))
    with open(other / "sim" / "windows.py", "a") as file:
        file.write("# otherwise\n")
    with scheduler(tmp_path) as (address, _):
        options = ("--engine", "dask", "--scheduler", address)
        monkeypatch.setattr(dask_engine, "ANSWERS_WITHIN", 2.0)
        is_refused(finflow(*options, out=store), "has no workers after 2 s", store)
        monkeypatch.setattr(dask_engine, "ANSWERS_WITHIN", WAIT)
        with workers(tmp_path, address, 1, other):
            is_refused(finflow(*options, out=store), "results would not be the same; install the same on both", store)


def test_a_worker_that_joins_later_is_asked_too(
    cluster: str, experiment: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with dask_engine.connected(cluster) as engine:
        monkeypatch.setattr(dask_engine, "identity", lambda: {"finflow": "of tomorrow"})
        with pytest.raises(EngineError, match="this process of tomorrow: results would not be the same"):
            execute(experiment, tmp_path, task=HARMLESS, warm_up=cold, engine=engine, quiet=True)
    assert Store(tmp_path).done() == []


def test_a_worker_that_cannot_answer_is_refused() -> None:
    with pytest.raises(EngineError, match="worker tcp://a cannot do runs: ModuleNotFoundError: No module"):
        dask_engine._refuse_other("tcp://a", ModuleNotFoundError("No module named 'experiments'"), {})
