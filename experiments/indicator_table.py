"""All indicators that a step writes, as documents list them: read off one step of a tiny economy."""

from __future__ import annotations

import inspect
import sys
from typing import Any, Final, NamedTuple

from agents.parameters import Stress
from experiments.packaged import baseline_of
from sim import indicators as measured
from sim.model import FinancingModel

SUPPLIERS: Final = 60
_SETS: Final = {
    measured.FIRM_GROUPS: "suppliers, by size, tier, sub-sector",
    measured.PRODUCT_GROUPS: "by product",
    measured.BANK_GROUPS: "banks, by kind",
}


class Line(NamedTuple):
    """An indicator: name, unit, `ratio` (weighted by its denominator) or `amount`, and of which groups."""

    name: str
    unit: str
    kind: str
    groups: str


class _Listener(measured.Lines):
    """Notes what is written and which function's docstring says what it is for."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: dict[str, dict[tuple[str, str, str], set[str]]] = {}

    def ratio(self, groups: tuple[str, ...], indicator: str, unit: str, part: Any, whole: Any) -> None:
        self._note(groups, indicator, unit, "ratio")

    def amount(self, groups: tuple[str, ...], indicator: str, unit: str, value: Any) -> None:
        self._note(groups, indicator, unit, "amount")

    def amounts(self, group: str, indicators: tuple[str, ...], unit: str, values: Any) -> None:
        for indicator in indicators:
            self._note((group,), indicator, unit, "amount")

    def part(self) -> measured.Lines:
        return self

    def take(self, parts: list[measured.Lines]) -> None:
        pass

    def end_step(self) -> None:
        pass

    def _note(self, groups: tuple[str, ...], indicator: str, unit: str, kind: str) -> None:
        caller = sys._getframe(2)
        function = caller.f_globals[caller.f_code.co_name]
        purpose = (inspect.getdoc(function) or caller.f_code.co_name).splitlines()[0].rstrip(".")
        line = self.heard.setdefault(purpose, {}).setdefault((indicator, unit, kind), set())
        line.update([_SETS[groups]] if groups in _SETS else (_family(group) for group in groups))


def indicators() -> dict[str, list[Line]]:
    """Lines by what they are for, in the order in which a step writes them."""
    experiment = baseline_of(SUPPLIERS)
    failure = Stress(kind="oem_failure", month=12)  # to come: what is recorded of one is listed too
    model = FinancingModel(
        experiment.parameters, seed=experiment.seed, policy=experiment.policies["baseline"], stresses=(failure,)
    )
    model.step()
    listener = _Listener()
    measured.measure(model, listener, measured.cost_of_need(model))
    return {
        purpose: [Line(*key, "; ".join(sorted(groups))) for key, groups in lines.items()]
        for purpose, lines in listener.heard.items()
    }


def _family(group: str) -> str:
    """`lever:pool` stands for all levers: its family, with how many there are of levers."""
    family, _, name = group.partition(":")
    return f"by {family}" if name and family != "sector" else group
