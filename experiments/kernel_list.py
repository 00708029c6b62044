"""Record with which types kernels are called, for `sim/signatures.py`: `python -m experiments.kernel_list`.

Takes a minute: worlds run in this process from an empty cache, so that every kernel is compiled, and each is noted
when it is done, which puts callees first.
"""

from __future__ import annotations

import json
import os
import tempfile
from typing import Any
from unittest.mock import patch


def record() -> list[list[Any]]:
    """The list of a trial world and of one under current law."""
    from numba.core import event

    from experiments.packaged import baseline_of
    from sim.run import simulate, warm_up
    from sim.signatures import PACKAGES, path, spell

    calls: list[list[Any]] = []

    class Listener(event.Listener):
        def on_start(self, event: event.Event) -> None:
            pass

        def on_end(self, event: event.Event) -> None:
            assert event.data is not None
            name = path(event.data["dispatcher"].py_func)
            if name.split(".")[0] in PACKAGES:
                calls.append([name, [spell(kind) for kind in event.data["args"]]])

    experiment = baseline_of(200)
    with event.install_listener("numba:compile", Listener()), patch("sim.model.compile_ahead"):
        warm_up(experiment.parameters)
        law = experiment.policies["baseline"]
        simulate(experiment.parameters, seed=1, burn_in_steps=6, evaluate_steps=12, audit="every_step", policy=law)
    return calls


def main() -> None:
    """Write the list."""
    with tempfile.TemporaryDirectory() as empty:
        os.environ["NUMBA_CACHE_DIR"] = empty  # read when Numba is imported
        calls = record()
    from sim.signatures import RECORDED

    RECORDED.write_text("[\n" + ",\n".join(json.dumps(call) for call in calls) + "\n]\n")


if __name__ == "__main__":
    main()
