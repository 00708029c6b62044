"""Interactions of lever switches: what two of them do together beyond what each does, in a full grid of on and off.

A two-factor interaction is a difference of differences, (both − one) − (other − neither), averaged over all settings of
the other switches (Yates 1937, not halved). It is linear in the runs, so that every replication has one of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from agents.numeric import FloatArray
from experiments import units
from experiments.attributed import player_name
from experiments.bootstrap import bootstrap
from experiments.design import Design
from experiments.instruments import LEVERS
from experiments.labels import LANGUAGES
from experiments.paired import HIGHER, LOWER, UNCLEAR, holm, p_values, student, surviving, verdicts
from experiments.pairs import BASELINE
from experiments.parameter_names import axis_name
from experiments.quantities import Values
from experiments.sweep import LeverAxis, varied

ON_OFF: Final = 2
_FLAT: Final = 1e-12  # of the largest value
COLUMNS: Final = (
    "effect", "low", "high", "boot_low", "boot_high", "n", "p", "p_holm", "verdict", "verdict_holm",
)  # fmt: skip


@dataclass(frozen=True)
class Switches:
    """A full grid: `policies` by the number whose bits say which switches are on; `titles` a name a language each."""

    policy: str
    titles: tuple[tuple[str, ...], ...]
    policies: tuple[str, ...]
    replications: int

    @property
    def count(self) -> int:
        """How many switches."""
        return len(self.titles)

    def worth(self, values: Values) -> FloatArray:
        """Values at draw 0, float64[policies, replications], of the replications that have them all."""
        numbers = range(self.replications)
        found = np.array([[values.get((name, 0, number), np.nan) for number in numbers] for name in self.policies])
        return found[:, ~np.isnan(found).any(axis=0)]

    def law(self, values: Values) -> float:
        """Mean under current law; NaN if no run has a value."""
        found = [value for (policy, draw, _), value in values.items() if policy == BASELINE and draw == 0]
        return float(np.mean(found)) if found else np.nan


def switches(design: Design) -> list[Switches]:
    """An experiment's full grids: its attribution's coalitions, and every policy whose swept levers have two values.

    What a grid switches is a lever's parameter from its first value to its second.
    """
    experiment, found = design.experiment, []
    if (made := design.coalitions) is not None:
        titles = tuple(tuple(player_name(player, made.by, lang) for lang in LANGUAGES) for player in made.players)
        found.append(Switches(made.bundle, titles, made.policies, experiment.replications))
    for policy, reform in experiment.reforms.items():
        axes = [axis for axis in experiment.sweep if policy in axis.policies]
        if len(axes) > 1 and all(len(axis.values) == ON_OFF for axis in axes):
            numbers = product(
                (0, 1), repeat=len(axes)
            )  # the last axis moves fastest, as the lowest bit: hence reversed
            names = tuple(
                next(
                    iter(varied(policy, reform, axes, [axis.values[bit] for axis, bit in zip(axes, bits, strict=True)]))
                )
                for bits in (number[::-1] for number in numbers)
            )
            found.append(Switches(policy, tuple(map(_titles, axes)), names, experiment.replications))
    return found


def pairs_of(count: int) -> list[tuple[int, int]]:
    """Every switch by itself, then every two: the rows of `interactions`."""
    return [*((place, place) for place in range(count)), *combinations(range(count), 2)]


def contrasts(count: int) -> FloatArray:
    """Weights by which a grid's values give each of `pairs_of`, float64[pairs, 2^count]."""
    numbers = np.arange(2**count)
    signs = [np.where(numbers >> place & 1, 1.0, -1.0) for place in range(count)]
    return np.array([signs[one] / 2 ** (count - 1) if one == other else signs[one] * signs[other] / 2 ** (count - 2)
                     for one, other in pairs_of(count)])  # fmt: skip


def interactions(worth: FloatArray) -> pd.DataFrame:
    """A row each of `pairs_of`, columns `COLUMNS`; `worth` is float64[2^switches, replications].

    Both intervals have to leave 0 out for a verdict, as far as there are two. Main effects are one family for Holm's
    correction, interactions another.
    """
    count = int(worth.shape[0]).bit_length() - 1
    values = contrasts(count) @ worth
    values[np.abs(values) <= _FLAT * np.abs(worth).max()] = 0.0  # what rounding leaves of effects that cancel
    found = student(values)
    boot_low, boot_high = bootstrap(values)
    verdict = verdicts(found)
    moved = np.isin(verdict, (HIGHER, LOWER))
    verdict[moved & (boot_low <= 0.0) & (boot_high >= 0.0)] = UNCLEAR  # neither end is known of very few replications
    p = p_values(found)
    adjusted = np.concatenate([holm(p[:count]), holm(p[count:])])
    columns: Mapping[str, npt.NDArray[Any]] = {
        "effect": found.mean, "low": found.low, "high": found.high, "boot_low": boot_low, "boot_high": boot_high,
        "n": found.n, "p": p, "p_holm": adjusted, "verdict": verdict, "verdict_holm": surviving(verdict, adjusted),
    }  # fmt: skip
    return pd.DataFrame(columns)[list(COLUMNS)]


def _titles(axis: LeverAxis) -> tuple[str, ...]:
    unit = LEVERS[axis.instrument][axis.parameter].declaration.unit
    span = " → ".join(units.brief(value, unit) for value in axis.values)
    return tuple(f"{axis_name(axis.path, lang)} {span}" for lang in LANGUAGES)
