"""A cheap stand-in for the model, picklable for worker processes, and the command line with it in place.

As a script: `python fake_simulation.py BEHAVIOUR ARGUMENTS...` is `finflow ARGUMENTS...` with
`Fake(**BEHAVIOUR)`.
"""

import json
import os
import signal
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd

from experiments.worker import perform

INDICATORS = {
    "sme_apr_net": ("sme", "rate"),
    "npl_ratio": ("banks", "share"),
    "oem_payable_days": ("all", "days"),
}


@dataclass(frozen=True)
class Fake:
    """Deterministic in (seed, replication); slow, failing or deadly where told to be."""

    seconds: float = 0.0
    fails: tuple[int, ...] = ()
    kills_itself: tuple[int, ...] = ()
    once: str = ""  # a file: the misbehaviour happens only while it does not exist
    hangs: tuple[int, ...] = ()
    big: tuple[int, ...] = ()  # replications with many firms
    kills_policies: tuple[str, ...] = ()  # under which every run kills itself
    waits_for: str = ""  # a file: every run waits until it is there

    def __call__(self, experiment, policy, replication):
        return partial(self.evaluate, experiment, replication)

    def evaluate(self, experiment, replication, policy):
        time.sleep(3600 if replication in self.hangs else self.seconds)
        while self.waits_for and not Path(self.waits_for).exists():
            time.sleep(0.02)
        if policy.name in self.kills_policies:
            os.kill(os.getpid(), signal.SIGKILL)
        if replication in (*self.fails, *self.kills_itself) and not (self.once and Path(self.once).exists()):
            if self.once:
                Path(self.once).touch()
            if replication in self.kills_itself:
                os.kill(os.getpid(), signal.SIGKILL)
            raise ArithmeticError("books do not balance")
        return record(experiment, replication, firms=20_000 if replication in self.big else 5, policy=policy)


def cold(parameters):
    """Nothing to compile."""


def perform_elsewhere(mark, design, task, batch):
    """As a worker does runs that does not see the parent's folder."""
    return perform(mark.with_name("unseen"), design, task, batch)


def record(experiment, replication, firms=5, policy=None):
    """Values move by a hundredth for every instrument that the policy brings in."""
    brought_in = sum(instrument.start_day >= 0 for instrument in policy.instruments) if policy else 0
    draws = np.random.default_rng([experiment.seed, replication])
    steps = np.arange(experiment.burn_in_steps + experiment.evaluate_steps, dtype=np.int32)
    series = pd.concat(
        pd.DataFrame(
            {
                "step": steps,
                "group": group,
                "indicator": indicator,
                "unit": unit,
                "value": draws.random(steps.size) + 0.01 * brought_in,
                "weight": draws.integers(0, 3, steps.size).astype(float),
            }
        )
        for indicator, (group, unit) in INDICATORS.items()
    )
    event = {"step": 3, "kind": "failure", "subject": "supplier 4", "detail": "", "amount": replication}
    return SimpleNamespace(
        series=series,
        firms=pd.concat([slots_of(window, draws, firms) for window in ("whole", "first_12", "last_24")]),
        events=pd.DataFrame([event]),
        proof={"steps_checked": int(steps.size)},
    )


def slots_of(window, draws, firms):
    money = ("annual_sales", "need", "asked", "granted", "informal", "late", "output_lost", "cost", "defaulted")
    amounts = {name: draws.integers(0, 10**9, firms) for name in (*money, "credit_loss", "defaults")}
    known = {"window": window, "slot": np.arange(firms), "tier": 1, "size": 2, "subsector": 0}
    return pd.DataFrame(known | {"weight": 0.0, "apr": np.nan, "apr_gross": np.nan} | amounts)


def threads_seen(experiment, policy, replication):
    """A record whose one event says how many threads libraries may use here."""
    made = record(experiment, replication)
    seen = " ".join(os.environ.get(f"{name}_NUM_THREADS", "?") for name in ("OMP", "OPENBLAS", "MKL", "NUMBA"))
    made.events = pd.DataFrame([{"step": 0, "kind": "x", "subject": seen, "detail": "", "amount": 0}])
    return lambda policy: made


def main():
    from experiments import cli, runner

    behaviour = {name: tuple(v) if isinstance(v, list) else v for name, v in json.loads(sys.argv[1]).items()}
    runner.execute = partial(runner.execute, task=Fake(**behaviour), warm_up=cold)
    # The stand-in has too few indicators for charts.
    sys.modules["experiments.drawing"] = SimpleNamespace(draw_all=lambda series, meta, out: [])
    sys.argv = ["finflow", *sys.argv[2:]]
    cli.main()


if __name__ == "__main__":
    main()
