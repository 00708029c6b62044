"""A stored run, run again from the resolved configuration kept with its results."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from experiments.config import Experiment, load
from experiments.design import Design, design_of
from experiments.equal_cost_runs import solved_policies
from experiments.errors import ConfigError, Origin, closest_match
from experiments.reforms import BASELINE
from experiments.store import NUMBERS_VERSION, Store, StoreError

if TYPE_CHECKING:
    from sim.model import FinancingModel


@dataclass(frozen=True)
class Replay:
    """One replication of a stored experiment, at birth, and the step that somebody wants to see."""

    experiment: Experiment
    policy: str
    draw: int
    replication: int
    step: int
    model: FinancingModel

    def go(self) -> None:
        """Run up to the beginning of the step."""
        while self.model.step_number < self.step:
            self.model.step()

    def said(self) -> dict[str, str | int]:
        """Which run and step this is."""
        first = self.experiment.burn_in_steps
        return {
            "experiment": self.experiment.name,
            "policy": self.policy,
            "draw": self.draw,
            "replication": self.replication,
            "step": self.step,
            "step_days": self.experiment.parameters.step_days,
            "period": "burn-in" if self.step < first else "evaluation",
        }


def born(folder: Path, step: int, replication: int, policy: str = BASELINE, draw: int = 0) -> Replay:
    """The run of `folder` at birth, to be run up to `step` (0-based).

    Raises ConfigError for a step, replication, policy or draw that there isn't, StoreError when this code or the files
    beside the configuration are no longer those the results were made with.
    """
    design = kept(Store(folder))
    experiment = design.experiment
    steps = experiment.burn_in_steps + experiment.evaluate_steps
    phases = f"{experiment.burn_in_steps} steps of burn-in, {experiment.evaluate_steps} evaluated"
    within("--step", step, steps, phases)
    within("--draw", draw, len(design.draws), f"{len(design.draws)} of them")
    count = design.draws[draw].replications
    within("--replication", replication, count, f"{count} of them")
    if policy not in design.policies:
        allowed, closest = ", ".join(design.policies), closest_match(policy, design.policies)
        raise ConfigError(f"found {policy}", Origin("--policy"), allowed=allowed, closest=closest)
    from experiments.firm_files import own_firms  # takes seconds to import: mistakes are told before
    from sim.model import FinancingModel

    world = design.world(draw)
    own = own_firms(world, replication)
    model = FinancingModel(
        world.parameters, own[0] if own else None, seed=world.seed, replication=replication,
        stresses=world.stresses, first_step=world.burn_in_steps, policy=design.policies[policy],
    )  # fmt: skip
    return Replay(world, policy, draw, replication, step, model)


def kept(store: Store) -> Design:
    """The design of the runs in `store`, from the configuration kept there.

    Raises StoreError when this code or the files beside the configuration are no longer those the results were made
    with.
    """
    manifest = store.manifest()
    if manifest["numbers_version"] != NUMBERS_VERSION:
        raise StoreError(f"{store.path} was made by a finflow whose numbers differ; run the experiment again")
    experiment = load(store.path / manifest["config"])
    if manifest["digest"] != experiment.digest():
        raise StoreError(f"{store.path}: files of firms or edges have changed since; run the experiment again")
    return design_of(experiment, solved_policies(experiment, manifest["equal_cost"]))


def within(option: str, found: int, count: int, meaning: str) -> None:
    """Raise ConfigError unless `found` is one of the first `count` numbers."""
    if not 0 <= found < count:
        raise ConfigError(f"found {found}", Origin(option), allowed=f"0 to {count - 1} ({meaning})")
