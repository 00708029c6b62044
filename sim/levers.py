"""Which levers are in force, how much of them is left, and who covers what: the policy's state in a run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, TypeVar, cast

import numpy as np
import numpy.typing as npt

from agents.numeric import FEN
from policies.catalogue import INSTRUMENTS, REFERENCE_LOANS
from policies.layers import Layers
from policies.levers import Instrument, Policy, acts

Fen = npt.NDArray[np.int64]
Kind = TypeVar("Kind", bound=Instrument)

# Levers whose capacity is limited and therefore split among lenders, in the order of the rows of `allotment`.
RATIONED: Final[tuple[str, ...]] = (
    "relending_sme", "interest_subsidy", "discount_subsidy", "government_guarantee", "guarantee_fee_subsidy",
    "risk_compensation_pool", "trade_credit_insurance", "insured_bill_pledge", "premium_subsidy",
)  # fmt: skip
BUDGETED: Final[tuple[str, ...]] = ("interest_subsidy", "discount_subsidy", "guarantee_fee_subsidy", "premium_subsidy")


class Levers:
    """The policy of a run. Steps in which an instrument holds are fixed at birth; everything else is this step's.

    An instrument at its neutral strength is never in force.
    """

    def __init__(self, policy: Policy, first_step: int, step_days: int, lenders: int) -> None:
        self.first_step, self._step_days = first_step, step_days
        self._spans = self._spans_of(policy)
        self._now: dict[str, Instrument] = {}
        self.steps_a_year = 360 // step_days
        self.scales: dict[str, float] = dict.fromkeys(REFERENCE_LOANS, 1.0)
        self.schemes: list[Layers] = [()]  # who bears a loss, by the number that contracts keep; 0 is the lender alone
        self.spent: dict[str, int] = dict.fromkeys(BUDGETED, 0)  # committed in this budget year, fen
        self.capacity: dict[str, int] = dict.fromkeys(
            RATIONED, 0
        )  # quota, budget of the year, or what carriers may cover, fen
        self.taken: dict[str, int] = dict.fromkeys(RATIONED, 0)  # of it, before this step's contracts, fen
        self.allotment = np.zeros((len(RATIONED), lenders), np.int64)
        self.exhausted: set[str] = set()
        self.terms: tuple[Any, Any] | None = None  # what last set the terms of offers, and these: `sim.lever_terms`

    def _spans_of(self, policy: Policy) -> list[tuple[int, int, Instrument]]:
        """First step, step after the last, instrument; in the catalogue's order, so that the policy's means nothing."""
        first, days = self.first_step, self._step_days
        order = list(INSTRUMENTS)
        return [
            (first + _step(entry.start_day, days), first + _step(entry.end_day, days), entry)
            for entry in sorted(policy.instruments, key=lambda entry: (order.index(entry.ID), entry.start_day))
            if acts(entry)
        ]

    def take_on(self, policy: Policy, step: int) -> None:
        """From `step` on be those of `policy`, which up to there was no other than the one before."""
        self._spans = self._spans_of(policy)
        if step > 0:  # at birth nothing has started yet
            self.at(step - 1)

    def at(self, step: int) -> tuple[list[Instrument], list[Instrument]]:
        """Put in force what holds in `step`; returns what starts and what ends with it."""
        before, self._now = self._now, {entry.ID: entry for first, last, entry in self._spans if first <= step < last}
        started = [entry for name, entry in self._now.items() if before.get(name) is not entry]
        ended = [entry for name, entry in before.items() if name not in self._now]
        return started, ended

    def find(self, kind: type[Kind]) -> Kind | None:
        """The instrument of this kind that is in force, if any."""
        return cast("Kind | None", self._now.get(kind.ID))

    def in_force(self) -> Iterator[Instrument]:
        """All instruments in force."""
        yield from self._now.values()

    def rationed(self) -> list[str]:
        """Those in force whose capacity is limited."""
        return [name for name in RATIONED if name in self._now]

    def names(self) -> list[str]:
        """Every instrument that the policy has at some time."""
        return list(dict.fromkeys(entry.ID for _, _, entry in self._spans))

    def fen(self, instrument: Instrument, amount: float) -> int:
        """An amount in CNY of an instrument in fen, scaled to what is modelled."""
        scale = self.scales[instrument.REFERENCE] if instrument.scaled else 1.0
        return int(np.floor(min(amount * scale * FEN, 4e18)))

    def scheme(self, layers: Layers) -> int:
        """The number of a list of layers; a new one gets the next."""
        if layers not in self.schemes:
            self.schemes.append(layers)
        return self.schemes.index(layers)

    def covers(self, carrier: int) -> npt.NDArray[np.bool_]:
        """Which schemes have a layer of this carrier; bool[schemes]."""
        return np.array([any(layer.carrier == carrier for layer in layers) for layers in self.schemes])

    def available(self, name: str) -> int:
        """What is left of a rationed lever before this step's contracts, fen; nothing of one not in force."""
        return max(self.capacity[name] - self.taken[name], 0)

    def starts_budget_year(self, step: int) -> bool:
        """Whether budgets roll over in `step`: years count from the evaluation's start."""
        return (step - self.first_step) % self.steps_a_year == 0

    def layers_of(self, schemes: npt.NDArray[Any]) -> Iterator[tuple[npt.NDArray[np.int64], Layers]]:
        """Rows of contracts by scheme of cover, those without one left out."""
        covered = np.flatnonzero(schemes > 0)  # of flags: of whole numbers it takes several times as long
        theirs = schemes[covered]
        for number in np.flatnonzero(np.bincount(theirs)):
            yield covered[theirs == number], self.schemes[number]


def _step(day: int, step_days: int) -> int:
    """Step that contains a day; a span ends with the step before the one that contains its end."""
    return day // step_days
