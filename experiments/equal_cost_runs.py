"""Runs the search for equal public cost in worker processes, and keeps its solutions in `equal_cost.csv`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from experiments import equal_cost
from experiments.config import Experiment, digest_of, policy_content
from experiments.crew import answers
from experiments.equal_cost import Costs, Solution, at_strength, values_at
from experiments.reforms import Reform, policy
from experiments.store import NUMBERS_VERSION, Store
from policies.levers import Policy, burn_in_of

if TYPE_CHECKING:
    from experiments.engine import Engine
    from experiments.worker import Task

COLUMNS: Final = ("policy", "status", "strength", "values", "target", "cost", "low", "high", "replications", "months",
                  "said", "key")  # fmt: skip
INDICATOR: Final = ("public", "public_cost")  # group and name of the series, fen a step
SETTINGS: Final = (equal_cost.REPLICATIONS, equal_cost.DAYS, equal_cost.TOLERANCE, equal_cost.MOST_TRIES)


def settle(experiment: Experiment, store: Store, task: Task, engine: Engine, quiet: bool) -> list[dict[str, Any]]:
    """The solution of every policy of `equal_cost` as rows `COLUMNS`; those in the store are not searched for again."""
    wanted = experiment.equal_cost
    if wanted is None:
        return []
    keys = {name: _key(experiment, name) for name in wanted.policies}
    known = {row["policy"]: row for row in store.solutions() if keys.get(row["policy"]) == row["key"]}
    left = tuple(name for name in wanted.policies if name not in known)
    short = shortened(experiment)
    reforms = experiment.all_reforms
    measure = partial(_measure, short, task, engine, quiet)
    found = equal_cost.solve(replace(wanted, policies=left), reforms, experiment.current_law, measure) if left else ()
    for solution in found:
        row = _row(solution, reforms[solution.policy], short, wanted.public_cost, keys[solution.policy])
        known[solution.policy] = row
        store.write_solutions(_table(known.values()))
    rows = [known[name] for name in wanted.policies]
    store.write_solutions(_table(rows))
    return rows


def solved_policies(experiment: Experiment, rows: Sequence[Mapping[str, Any]]) -> dict[str, Policy]:
    """The policies at their strengths, under names of their own; none for what was not attainable."""
    reforms, law, made = experiment.all_reforms, experiment.current_law, {}
    for row in rows:
        if row["status"] != "not attainable":
            name = f"{row['policy']}{equal_cost.SUFFIX}"
            made[name] = policy(name, at_strength(reforms[row["policy"]], law, row["strength"]), law)
    return made


def shortened(experiment: Experiment) -> Experiment:
    """What the search runs: fewer months of evaluation and replications, books proved once."""
    step = experiment.parameters.step_days
    days = min(experiment.evaluate_days, equal_cost.DAYS // step * step)
    return replace(
        experiment,
        evaluate_days=days,
        replications=min(experiment.replications, equal_cost.REPLICATIONS),
        audit="final",
    )


def yearly_cost(experiment: Experiment, series: pd.DataFrame) -> float:
    """Public cost in CNY a year over the evaluation, from a run's series. LookupError if it was not recorded."""
    group, name = INDICATOR
    rows = series.loc[(series["indicator"] == name) & (series["group"] == group)]
    if rows.empty:
        raise LookupError(f"the model records no {name} of group {group}")
    total = rows.loc[rows["step"] >= experiment.burn_in_steps, "value"].sum()
    return float(total) / 100 / (experiment.evaluate_days / 360)


def _measure(
    experiment: Experiment, task: Task, engine: Engine, quiet: bool, policies: Sequence[Policy]
) -> list[Costs]:
    jobs = range(experiment.replications)
    found = dict(answers(partial(_costs, experiment, task, tuple(policies)), jobs, engine, quiet))
    return [np.array(costs) for costs in zip(*(found[replication] for replication in jobs), strict=True)]


def _costs(experiment: Experiment, task: Task, policies: tuple[Policy, ...], replication: int) -> list[float]:
    """In a worker: what each policy costs the public in one replication, burnt in once."""
    burnt_in: dict[Any, Any] = {}
    costs = []
    for tried in policies:
        key = burn_in_of(tried)
        if key not in burnt_in:
            burnt_in[key] = task(experiment, tried, replication)
        costs.append(yearly_cost(experiment, burnt_in[key](tried).series))
    return costs


def _key(experiment: Experiment, name: str) -> str:
    """Hash of all that a solution depends on."""
    assert experiment.equal_cost is not None
    short, law = shortened(experiment), experiment.current_law
    strongest = policy_content(policy(name, at_strength(experiment.all_reforms[name], law, 1.0), law))
    parts = [short.world_digest(), short.replications, strongest, experiment.equal_cost.public_cost]
    return digest_of([*parts, list(SETTINGS), NUMBERS_VERSION])


def _row(solution: Solution, reform: Reform, short: Experiment, target: float, key: str) -> dict[str, Any]:
    values = values_at(at_strength(reform, short.current_law, solution.strength))
    said = {name: None if value != value else value for name, value in asdict(solution).items()}  # NaN: no interval
    more = {"values": values, "target": target, "replications": short.replications, "key": key}
    return said | more | {"months": short.evaluate_days / 30}


def _table(rows: Any) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=pd.Index(COLUMNS))
