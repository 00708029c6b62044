"""The benchmark of sweeps watches `finflow run` and says what it saw; no times are asserted."""

import os
import sys
from pathlib import Path

import pytest
from fake_simulation import Fake, cold

from experiments import bench_sweep, measures
from experiments.bench_sweep import CONFIG, Look, figures, watched
from experiments.config import load
from experiments.design import design_of
from experiments.runner import execute
from experiments.store import Store


def test_the_sweep_has_400_runs() -> None:
    assert len({run.key for run in design_of(load(CONFIG)).runs()}) == 400


def test_says_share_of_time_and_growth_of_memory(tmp_path: Path) -> None:
    execute(load(CONFIG, ["replications=1"]), tmp_path, task=Fake(), warm_up=cold, workers=1, quiet=True)
    looks = [Look(0.5, 0, False, 50.0), Look(1.0, 1, False, 90.0), Look(2.0, 5, False, 95.0), Look(3.0, 8, False, 93.0),
             Look(4.0, 8, True, 98.0), Look(6.0, 8, True, 300.0), Look(6.5, 8, True, float("nan"))]  # fmt: skip
    said = {figure.label: figure for figure in figures(Store(tmp_path), looks)}
    busy = Store(tmp_path).manifest()["timing"]["busy"]
    share = said["8 runs, 1 workers: not in runs, of workers × wall time"]
    assert share.value == pytest.approx(100 * (1 - busy)) and share.line().endswith("target 10, MISSED")
    growth = said["parent's growth from run 1 to run 8, summing up included"]
    assert growth.value == 8.0 and growth.line().endswith("target 50, met")
    told = {label: figure.value for label, figure in said.items()}
    assert told["until the first run was finished, imports included"] == 1.0
    assert (told["summing up"], told["comparison and charts"], told["parent at its peak, charts included"]) == (
        1,
        2.5,
        300,
    )
    assert told["results folder"] * 8 >= sum(file.stat().st_size for file in tmp_path.glob("series/*"))


def test_watches_a_command_and_its_folder(tmp_path: Path) -> None:
    script = "import pathlib, sys, time; pathlib.Path(sys.argv[1]).touch(); time.sleep(0.5)"
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / ".tmp-1-b.json").touch()  # no run yet
    looks = watched([sys.executable, "-c", script, str(tmp_path / "runs" / "a.json")], tmp_path)
    assert looks[-1].finished == 1 and not looks[-1].ended
    assert max(look.megabytes for look in looks) > 1 or not Path("/proc").exists()
    with pytest.raises(bench_sweep.subprocess.CalledProcessError):
        watched([sys.executable, "-c", "raise SystemExit(2)"], tmp_path)


def test_memory_of_a_process_is_unknown_when_it_is_gone() -> None:
    assert measures.resident(os.getpid()) > 1e6 or not Path("/proc").exists()
    assert measures.resident(2**22 + 1) != measures.resident(2**22 + 1)  # NaN
