"""What quotas and budgets of the nation or the city come to in the modelled population."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from experiments import units
from experiments.instruments import LEVERS
from policies.catalogue import INSTRUMENTS, REFERENCE_LOANS
from policies.levers import Instrument

if TYPE_CHECKING:
    from experiments.config import Experiment

AMOUNTS: Final = ("CNY", "CNY/yr")
PER_FIRM: Final = ("loan_cap",)  # amounts that hold for each firm and are not scaled


def modelled_loans(experiment: Experiment) -> float:
    """What SMEs owe banks and have sold to them at the opening of replication 0, CNY: the model scales amounts by it.

    `ConfigError` for a mistake in the firms' files.
    """
    from experiments.firm_files import own_firms
    from sim.model import FinancingModel

    own = own_firms(experiment, 0)
    model = FinancingModel(experiment.parameters, own[0] if own else None, seed=experiment.seed)
    return next(model.levers.scales[name] * loans for name, loans in REFERENCE_LOANS.items())


def scaled_amounts(instrument: Instrument, loans: float) -> dict[str, tuple[float, float]]:
    """Amounts that stand for the whole economy, as given and as scaled to SME loans of `loans` CNY, by parameter."""
    reference = REFERENCE_LOANS.get(INSTRUMENTS[instrument.ID].REFERENCE)  # what has no amount refers to no loans
    factor = loans / reference if instrument.scaled and reference else 1.0
    given = {
        name: getattr(instrument, name)
        for name, lever in LEVERS[instrument.ID].items()
        if lever.declaration.unit in AMOUNTS and name not in PER_FIRM
    }
    return {name: (value, value * factor) for name, value in given.items()}


def said(instrument: Instrument, loans: float) -> str:
    """The scaled amounts in words; empty if there are none."""
    return ", ".join(
        f"{name} {_amount(given, instrument, name)} is {_amount(here, instrument, name, digits=3)} here"
        for name, (given, here) in scaled_amounts(instrument, loans).items()
    )


def _amount(value: float, instrument: Instrument, name: str, digits: int | None = None) -> str:
    return units.brief(value, LEVERS[instrument.ID][name].declaration.unit, digits)
