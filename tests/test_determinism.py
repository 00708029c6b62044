"""The engine itself, through the runner: the same content for any number of workers, and after a real `kill -9`."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from experiments.config import load
from experiments.runner import execute
from experiments.store import Store

SMALL = Path(__file__).parents[1] / "experiments" / "configs" / "small.yaml"
REPLICATIONS = 6
SETS = (
    f"replications={REPLICATIONS}", "horizon.burn_in=0", "horizon.evaluate=12 months", "audit=final",
    "parameters.population.suppliers=40", "parameters.population.annual_purchases=0.96 bn CNY/yr",
)  # fmt: skip


def wait_for(condition, seconds=120.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def group_is_gone(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.slow
def test_one_worker_and_two_that_were_killed_and_went_on_leave_the_same_content(tmp_path):
    experiment = load(SMALL, sets=SETS)
    undisturbed = execute(experiment, tmp_path / "one", workers=1, quiet=True).store.content_digest()
    killed = tmp_path / "killed"
    options = [part for option in SETS for part in ("--set", option)]
    finflow = [sys.executable, "-c", "from experiments.cli import main; main()", "run", str(SMALL)]
    parent = subprocess.Popen(
        [*finflow, *options, "--out", str(killed), "--workers", "2", "--quiet"], start_new_session=True
    )
    wait_for(lambda: any(killed.glob("runs/*.json")))
    parent.kill()
    parent.wait()
    wait_for(lambda: group_is_gone(parent.pid))
    kept = len(Store(killed).done())
    assert 1 <= kept < REPLICATIONS
    report = execute(experiment, killed, workers=2, quiet=True)
    assert report.ran == REPLICATIONS - kept
    assert report.store.content_digest() == undisturbed
