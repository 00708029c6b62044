"""Scenario shocks that all runs of an experiment share: when they hold, and on what."""

from __future__ import annotations

import math
from collections.abc import Sequence

from agents.parameters import Stress


class StressCalendar:
    """Answers, step by step, which of the experiment's stresses hold; months count from the evaluation's start."""

    def __init__(self, stresses: Sequence[Stress], first_step: int, step_days: int) -> None:
        self._spans = [
            (
                stress,
                first_step + math.floor(stress.month * 30 / step_days),
                first_step + math.ceil((stress.month + stress.months) * 30 / step_days),
            )
            for stress in stresses
        ]

    def _holds(self, kind: str, step: int) -> bool:
        return any(stress.kind == kind and first <= step < last for stress, first, last in self._spans)

    def demand(self, step: int) -> float:
        """Factor on all final demand, customers outside the chain included."""
        return 0.0 if self._holds("demand_stop", step) else 1.0

    def banks_lend(self, step: int) -> bool:
        """Whether banks take on new business."""
        return not self._holds("lending_stop", step)

    def buyers_pay(self, step: int) -> bool:
        """Whether buyers in the chain pay trade debts in this step."""
        return not self._holds("late_payment", step)

    def oems_to_fail(self) -> list[int]:
        """Ranks of OEMs that are ordered to fail at any time."""
        return sorted({stress.oem for stress, _, _ in self._spans if stress.kind == "oem_failure"})

    def failing_oems(self, step: int) -> list[int]:
        """Ranks of OEMs that are ordered to fail in this very step."""
        return [stress.oem for stress, first, _ in self._spans if stress.kind == "oem_failure" and first == step]
