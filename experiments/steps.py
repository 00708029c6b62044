"""Single steps by policy, for charts over time: read run by run when a chart asks, reduced at once to what it shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.compute as pc

from experiments.store import Run, Store

MOST: Final = 200  # replications that are read: a chart of a large sweep takes no more time and memory
Float = npt.NDArray[np.float64]
Reduce = Callable[[pd.DataFrame], Float]


@dataclass(frozen=True)
class Steps:
    """Finished runs at the scenario's own parameter values; `policies` are the compared ones, the baseline first."""

    store: Store
    policies: tuple[str, ...]

    def reduced(self, indicators: Sequence[str], reduce: Reduce) -> dict[str, Float]:
        """By policy float64[replications, ...]: what `reduce` makes of each run.

        It is given values of `indicators`, a row an (indicator, group), a column a step. Replications are the
        baseline's in their order, the same in every policy; NaN where a policy's run is missing.
        """
        runs = {(run.policy, run.replication): run for run in self.store.done() if run.draw == 0}
        replications = sorted(replication for policy, replication in runs if policy == self.policies[0])[:MOST]
        found = {
            place: reduce(self._values(run, indicators))
            for place, run in runs.items()
            if place[0] in self.policies and place[1] in replications
        }
        missing = np.full_like(next(iter(found.values())), np.nan)
        return {
            policy: np.stack([found.get((policy, replication), missing) for replication in replications])
            for policy in self.policies
        }

    def _values(self, run: Run, indicators: Sequence[str]) -> pd.DataFrame:
        table = self.store.columns("series", run, ("step", "group", "indicator", "value"))
        rows = table.filter(pc.field("indicator").isin(list(indicators))).to_pandas()
        rows = rows.astype({"indicator": object, "group": object})
        return rows.pivot(index=["indicator", "group"], columns="step", values="value")
