"""The benchmark prints every figure with its target; no times are asserted. The warm-up leaves nothing to compile."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from experiments import bench, measures

ROOT = Path(__file__).parents[1]
TINY = bench.Sizes((60, 2), (80, 2), (100, 2), (60, measures.MARK + 1), 2)
KERNELS = """
import sys
from numba.core.dispatcher import Dispatcher
from experiments.packaged import baseline_of
from sim.run import simulate, warm_up

def compiled():
    return {
        (module, name): len(thing.signatures)
        for module in list(sys.modules)
        if module.split(".")[0] in ("sim", "agents", "policies")
        for name, thing in vars(sys.modules[module]).items()
        if isinstance(thing, Dispatcher)
    }

parameters = baseline_of(200).parameters
warm_up(parameters)
before = compiled()
simulate(parameters, seed=1, burn_in_steps=6, evaluate_steps=12, audit="every_step")
assert sum(before.values()) > 5, before
assert compiled() == before, set(compiled().items()) - set(before.items())
"""


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure here instead of in fresh processes, which would import everything ten times."""
    monkeypatch.setattr(bench, "measure", lambda name, *sizes, **_: measures.MEASURES[name](*sizes))


def test_prints_figures_targets_and_phases(in_process: None, capsys: pytest.CaptureFixture[str]) -> None:
    bench.main([], TINY)
    said = capsys.readouterr().out
    for what in ("first call", "default run", "a step, 100", "time per supplier", "peak memory", "yardstick"):
        assert what in said
    assert said.count("target") == 8
    assert "credit_market.quote_prices" in said and "100 × 2 mo" in said


def test_prints_data(in_process: None, capsys: pytest.CaptureFixture[str]) -> None:
    bench.main(["--json"], TINY)
    said = json.loads(capsys.readouterr().out)
    assert {"label", "value", "unit", "target"} == set(said["figures"][0])
    assert len(said["ns_per_supplier_month"]) == 3
    phases = said["ns_per_supplier_month"]["60 × 2 mo"]
    step = next(figure["value"] for figure in said["figures"] if figure["label"] == "a step, 60 × 2 mo")
    assert 0.5 * step < sum(phases.values()) <= step  # the phases are the step


@pytest.mark.parametrize(("value", "said"), [(2.0, "met"), (2.1, "MISSED")])
def test_says_whether_a_target_is_met(value: float, said: str) -> None:
    assert bench.Figure("x", value, "s", 2).line().endswith(f"target 2, {said}")
    assert "target" not in bench.Figure("x", value, "s").line()


def test_measures_in_a_fresh_process() -> None:
    taken = bench.measure("plain_agents", 100, 2)
    assert taken["steps"] > 0 and set(taken) == {"steps", "bytes"}


def test_warm_up_compiles_every_kernel() -> None:
    done = subprocess.run([sys.executable, "-c", KERNELS], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
