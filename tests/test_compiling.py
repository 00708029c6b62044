"""Compiling on all cores: the list is current, callees come first, and whatever fails, the world compiles the rest."""

import gc
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sim import compiling
from sim.compiling import DONE, Plan, compile_ahead, compile_together
from sim.signatures import read, recorded, spell

ROOT = Path(__file__).parents[1]
CALLS = [
    ["agents.numeric.sum_by", ["int8 1C", "int64 1C", "int64"]],
    ["agents.numeric.add_at", ["int64 1C", "int8 1C", "int64 1C"]],
]
FIRST_CALL = """
from numba.core import event
from experiments.packaged import baseline_of
from sim import compiling
from sim.run import simulate

calls = []

class Listener(event.Listener):
    def on_start(self, event):
        pass

    def on_end(self, event):
        calls.append(event.data["dispatcher"].py_func.__module__.split(".")[0] in ("agents", "policies", "sim"))

experiment = baseline_of(60)
event.register("numba:compile", Listener())
compiling.compile_ahead()
ahead = sum(calls)
law = experiment.policies["baseline"]
simulate(experiment.parameters, seed=1, burn_in_steps=6, evaluate_steps=12, audit="every_step", policy=law)
print(ahead, sum(calls) - ahead)
"""


def first_call(cache: Path, **environment: str) -> tuple[int, int]:
    """Kernels compiled ahead in a fresh process itself, and when the world was born and ran."""
    done = subprocess.run(
        [sys.executable, "-c", FIRST_CALL], cwd=ROOT, env=os.environ | {"NUMBA_CACHE_DIR": str(cache)} | environment,
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0 and not done.stderr, done.stderr
    ahead, later = map(int, done.stdout.split())
    return ahead, later


@pytest.mark.slow
@pytest.mark.skipif(compiling._cores() < 2, reason="needs a second core")
def test_everything_is_compiled_ahead_by_several_processes_and_once(tmp_path: Path) -> None:
    ahead, later = first_call(tmp_path)
    assert 0 < ahead < len(recorded()) and later == 0
    assert len(list(tmp_path.rglob("*.nbc"))) == len(recorded())
    assert first_call(tmp_path) == (0, 0)


def test_a_type_is_read_as_it_was_spelled() -> None:
    kinds = [kind for _, arguments in recorded() for kind in arguments]
    assert [spell(read(kind)) for kind in kinds] == kinds


def test_callees_come_first() -> None:
    plan = Plan(CALLS)
    assert plan.take() == 1
    plan.settle(1)
    assert plan.take() == 0
    plan.settle(0)
    assert plan.take() is None


def test_a_call_given_back_is_handed_out_again() -> None:
    plan = Plan(CALLS)
    for done in (False, True):
        assert plan.take() == 1
        plan.settle(1, done)
    assert plan.take() == 0


def test_a_kernel_is_compiled_in_one_process_at_a_time() -> None:
    plan = Plan([["agents.numeric.mul_div", ["int64"] * 3], *CALLS, CALLS[1]])
    assert [plan.take(), plan.take()] == [0, 2]
    plan.settle(0)
    plan.settle(2)
    assert plan.take() == 3


@pytest.mark.parametrize(
    "helper",
    [
        "exit 1",  # cannot start
        "echo; read call; exit 1",  # dies at its first call
        "echo; sleep 0.2; exit 1",  # dies without having heard of one
    ],
)
def test_what_helpers_leave_is_compiled_here(
    helper: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    fake = tmp_path / "python"
    fake.write_text(f"#!/bin/sh\n{helper}\n")
    fake.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(fake))
    done = []
    monkeypatch.setattr(compiling, "compile_call", lambda name, arguments: done.append(name))
    compile_together(CALLS, 2)
    assert done == ["agents.numeric.add_at", "agents.numeric.sum_by"] and gc.isenabled()
    assert capfd.readouterr() == ("", "")


def test_interrupted_leaves_no_helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake, pid = tmp_path / "python", tmp_path / "pid"
    fake.write_text(f"#!/bin/sh\necho $$ > {pid}\necho\nexec sleep 60\n")
    fake.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(fake))

    def interrupted(*call: object) -> None:
        while not (pid.exists() and pid.read_text()):
            time.sleep(0.01)
        raise KeyboardInterrupt

    monkeypatch.setattr(compiling, "compile_call", interrupted)
    with pytest.raises(KeyboardInterrupt):
        compile_together(CALLS[1:], 1)
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


@pytest.mark.parametrize(
    ("cores", "parent", "cached", "helpers"),
    [
        (2, None, False, [1]),
        (8, None, False, [3]),
        (1, None, False, [0]),
        (2, object(), False, []),
        (2, None, True, []),
    ],
)
def test_helpers_start_where_they_help(
    cores: int, parent: object, cached: bool, helpers: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[int] = []
    monkeypatch.setattr(compiling, "_cores", lambda: cores)
    monkeypatch.setattr("multiprocessing.parent_process", lambda: parent)
    monkeypatch.setattr(compiling, "is_cached", lambda *call: cached)
    monkeypatch.setattr(compiling, "compile_call", lambda *call: None)
    monkeypatch.setattr(compiling, "compile_together", lambda calls, helpers: started.append(helpers))
    compile_ahead.__wrapped__()
    assert started == helpers


def test_a_list_out_of_date_stops_nothing(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(compiling, "_cores", lambda: 2)
    for calls in ([], [["agents.numeric.gone", ["int64"]]], [["agents.numeric.gone", []], *CALLS]):
        monkeypatch.setattr(compiling, "recorded", lambda calls=calls: calls)
        compile_ahead.__wrapped__()
    compiling.compile_call("agents.numeric.mul_div", [])
    assert capfd.readouterr() == ("", "")


def test_a_helper_compiles_what_it_is_told(tmp_path: Path) -> None:
    number = next(n for n, (name, _) in enumerate(recorded()) if name == "agents.numeric.round_rate")
    done = subprocess.run(
        [sys.executable, "-m", "sim.compiling"], cwd=ROOT, env=os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)},
        input=b"%d\n" % number, capture_output=True, check=True,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == (2 * DONE, b"")
    assert [file.name.split("-")[0] for file in tmp_path.rglob("*.nbc")] == ["numeric.round_rate"]
