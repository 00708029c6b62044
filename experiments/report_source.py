"""What a report is made from: a store, its configuration if it can be read, the comparison if there is one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from agents.numeric import DAYS_PER_YEAR
from experiments.compare import Comparison, compare
from experiments.config import load
from experiments.errors import ConfigError
from experiments.labels import LANGUAGES, label
from experiments.pairs import BASELINE
from experiments.report_page import Text, same
from experiments.store import Store, StoreError
from sim.windows import WHOLE

if TYPE_CHECKING:
    from experiments.config import Experiment

DAYS_A_MONTH: Final = 30.0
DIGEST: Final = 12  # characters of a digest that a reader sees, on charts too


@dataclass(frozen=True)
class Source:
    """One results folder as the report reads it.

    `experiment` is None if its configuration can't be read, `compared` None if there is nothing to compare;
    `summary` is empty before any run has finished.
    """

    store: Store
    said: dict[str, Any]
    experiment: Experiment | None
    compared: Comparison | None
    summary: pd.DataFrame
    runs: pd.DataFrame

    @property
    def steps_a_year(self) -> float:
        """Steps in a year of 360 days."""
        return DAYS_PER_YEAR / self.said["steps"]["days"]

    @property
    def months(self) -> float:
        """Length of the evaluation."""
        return self.said["steps"]["evaluate"] * self.said["steps"]["days"] / DAYS_A_MONTH

    @property
    def burn_in_months(self) -> float:
        """Length of what comes before it."""
        return self.said["steps"]["burn_in"] * self.said["steps"]["days"] / DAYS_A_MONTH

    @property
    def n(self) -> int:
        """Pairs of runs at the scenario's own parameters; finished runs of the baseline if nothing is compared."""
        if self.compared:
            return self.compared.told.n
        own = self.runs[(self.runs["policy"] == BASELINE) & (self.runs["draw"] == 0)]
        return int((own["status"] == "done").sum())

    @property
    def policies(self) -> tuple[str, ...]:
        """The policies that are held against the baseline, in the order of the experiment."""
        return self.compared.told.compared if self.compared else ()

    @property
    def firms(self) -> int:
        """Modelled suppliers; 0 if the configuration can't be read."""
        return self.experiment.parameters.population.suppliers if self.experiment else 0

    def count(self, status: str) -> int:
        """How many planned runs are done, failed or pending."""
        return int((self.runs["status"] == status).sum())

    def name(self, policy: str) -> Text:
        """What a policy is called."""
        if policy == BASELINE:
            return Text(*(label(BASELINE, lang) for lang in LANGUAGES))
        if self.compared and policy in self.compared.told.titles:
            return Text(*self.compared.told.titles[policy])
        return same(policy.replace("_", " "))

    def rows(self, indicator: str, group: str, window: str = WHOLE) -> Iterator[tuple[str, dict[Any, Any]]]:
        """Policy and row of the comparison, the baseline first; nothing if there is no comparison."""
        places = self._places
        found = [places[key] for policy in (BASELINE, *self.policies)
                 if (key := (policy, window, group, indicator)) in places]  # fmt: skip
        if found and self.compared:
            for row in self.compared.effects.iloc[found].to_dict("records"):
                yield row["policy"], row

    @cached_property
    def _places(self) -> dict[tuple[str, str, str, str], int]:
        """Where in the comparison a policy's row of an indicator stands: a report asks for hundreds of them."""
        if not self.compared:
            return {}
        keys = [self.compared.effects[name] for name in ("policy", "window", "group", "indicator")]
        return {key: place for place, key in enumerate(zip(*keys, strict=True))}

    def level(self, indicator: str, group: str) -> dict[str, float]:
        """mean, low, high, n of the baseline over the whole window; NaN and 0 if nobody recorded it."""
        table = self.summary
        if len(table):
            found = table[(table["policy"] == BASELINE) & (table["draw"] == 0) & (table["window"] == WHOLE)
                          & (table["indicator"] == indicator) & (table["group"] == group)]  # fmt: skip
            if len(found):
                row = found.iloc[0]
                return {name: float(row[name]) for name in ("mean", "low", "high", "n")}
        return {"mean": np.nan, "low": np.nan, "high": np.nan, "n": 0}


def read(store: Store) -> Source:
    """Everything the report needs of `store`. Raises `StoreError` if it holds no results."""
    said = store.manifest()
    try:
        experiment = load(store.path / said["config"])
    except (ConfigError, OSError):
        experiment = None
    done = store.done()
    try:
        summary = store.summary() if done else pd.DataFrame()
    except StoreError:
        summary = pd.DataFrame()
    compared = None
    held = {run.policy for run in done if run.draw == 0}
    if held > {BASELINE}:
        try:
            compared = compare(store)
        except StoreError:
            compared = None  # its paired runs are still missing
    return Source(store, said, experiment, compared, summary, store.runs())
