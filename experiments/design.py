"""What an experiment runs: policies × draws of the scenario's parameters × replications.

Draw 0 has the scenario's own values. Levers make policies, uncertain parameters make draws; a run's key knows what a
policy does and what a draw's values are, not what they are called.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import pandas as pd

from agents.parameters import build
from experiments.coalitions import Coalitions, coalitions
from experiments.config import Experiment, digest_of, policy_content
from experiments.store import Run, run_key
from experiments.values import DECLARED, Value, nest
from policies.levers import Policy, burn_in_of

COLUMNS: Final = ("draw", "path", "value", "unit")


@dataclass(frozen=True)
class Draw:
    """Values that differ from the scenario's, by path, and how many replications each policy has under them."""

    values: dict[str, Value]
    replications: int


@dataclass(frozen=True)
class Design:
    """All that is run; draws by number, policies by name. What only an attribution needs is run at draw 0 alone."""

    experiment: Experiment
    policies: dict[str, Policy]
    draws: tuple[Draw, ...]
    coalitions: Coalitions | None = None

    def world(self, draw: int) -> Experiment:
        """The experiment with the values of a draw."""
        values = self.draws[draw].values
        if not values:
            return self.experiment
        return replace(self.experiment, parameters=build(nest(self.experiment.values() | values)))

    def runs(self) -> list[Run]:
        """Every run, by draw, policy and replication: the scenario's own values come first."""
        experiment, runs = self.experiment, []
        horizon = (experiment.burn_in_steps, experiment.evaluate_steps)
        contents = {name: digest_of(policy_content(policy)) for name, policy in self.policies.items()}
        at_own_values = self.coalitions.added if self.coalitions else {}
        for number, draw in enumerate(self.draws):
            # The audit leaves the numbers alone, but a run asked for its proof is not the same as one without.
            world = f"{self.world(number).world_digest()}:{experiment.audit}"
            for policy, content in contents.items():
                if number and policy in at_own_values:
                    continue
                for replication in range(draw.replications):
                    key = run_key(world, horizon, content, experiment.seed, replication)
                    runs.append(Run(key, policy, number, replication, experiment.seed))
        return runs

    def table(self) -> pd.DataFrame:
        """Every draw's values for the paths that some draw changes, columns `COLUMNS`; a row an entry of a vector."""
        own = self.experiment.values()
        paths = [path for path in DECLARED if any(path in draw.values for draw in self.draws)]
        rows = []
        for number, draw in enumerate(self.draws):
            for path in paths:
                value = draw.values.get(path, own[path])
                entries = {path: value} if not isinstance(value, tuple) else _entries(path, value)
                rows += [(number, name, entry, DECLARED[path].unit) for name, entry in entries.items()]
        return pd.DataFrame(rows, columns=pd.Index(COLUMNS))

    def said(self) -> dict[str, Any]:
        """What the manifest says of it: instruments of each policy by day, how draws were made."""
        return {
            "policies": {name: [content for _, _, content in policy_content(p)] for name, p in self.policies.items()},
            "names": self.experiment.names,
            "draws": {"kind": kind_of_draws(self.experiment), "replications": [d.replications for d in self.draws]},
            "stresses": [asdict(stress) for stress in self.experiment.stresses],
            "attribution": self.coalitions.said() if self.coalitions else None,
        }


def batches_of(design: Design, runs: Iterable[Run], workers: int) -> list[list[Run]]:
    """Runs that share draw, replication and burn-in, to be done by one worker; longest first.

    What is left when every worker has had as many of these as any other is split, so that all have work to the end.
    """
    burn_ins = {name: burn_in_of(policy) for name, policy in design.policies.items()}
    groups: dict[Any, list[Run]] = {}
    for run in runs:
        groups.setdefault((run.draw, run.replication, burn_ins[run.policy]), []).append(run)
    longest = sorted(groups.values(), key=len, reverse=True)
    whole = len(longest) // workers * workers
    most = -(-sum(map(len, longest[whole:])) // workers)
    parts = [group[at : at + most] for group in longest[whole:] for at in range(0, len(group), most)]
    return sorted(longest[:whole] + parts, key=len, reverse=True)


def design_of(experiment: Experiment, more: Mapping[str, Policy] | None = None) -> Design:
    """The experiment's design, with `more` policies after its own, and last those that its attribution adds."""
    full = experiment.replications
    sampled = experiment.parameter_design or experiment.doubt
    fewer = sampled.replications if sampled else full
    draws = [Draw({}, full), *(Draw(point, fewer) for point in experiment.draws())]
    policies = experiment.policies | dict(more or {})
    needed = coalitions(experiment, policies)
    return Design(experiment, policies | (needed.added if needed else {}), tuple(draws), needed)


def kind_of_draws(experiment: Experiment) -> str:
    """Where draws after the first come from."""
    if experiment.doubt:
        return "doubt"
    if experiment.parameter_design:
        return experiment.parameter_design.kind
    return "grid" if experiment.parameters_sweep else "none"


def _entries(path: str, value: tuple[float, ...]) -> dict[str, float]:
    return {f"{path}[{place}]": entry for place, entry in enumerate(value)}
