"""What the runs of an experiment are: the model burnt in once, evaluated under policies.

Every worker imports this, and the model with it, while its parent still compiles.
"""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing import parent_process
from typing import TYPE_CHECKING

from experiments.firm_files import own_firms
from sim.branch import Branching
from sim.compiling import compile_ahead
from sim.run import burn_in, evaluate, warm_up

if TYPE_CHECKING:
    from agents.parameters import Parameters
    from experiments.config import Experiment
    from policies.levers import Policy
    from sim.recorder import Record


def simulate_replication(experiment: Experiment, policy: Policy, replication: int) -> Callable[[Policy], Record]:
    """The task of real experiments: one replication of the model burnt in, to be evaluated under any such policy."""
    own = own_firms(experiment, replication)
    model = burn_in(
        experiment.parameters,
        seed=experiment.seed,
        replication=replication,
        burn_in_steps=experiment.burn_in_steps,
        evaluate_steps=experiment.evaluate_steps,
        audit=experiment.audit,
        stresses=experiment.stresses,
        founding=own[0] if own else None,
        policy=policy,
    )
    branching = Branching(model)
    return lambda policy: evaluate(branching.under(policy))


def compile_kernels(parameters: Parameters) -> None:
    """See to it that the cache has all kernels; in a worker, whose parent has done that, read them on a tiny world."""
    if parent_process():
        warm_up(parameters)
    else:
        compile_ahead()
