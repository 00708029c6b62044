"""Mesa agents: light handles on slots of a population. The step never runs through them; people do."""

from __future__ import annotations

from typing import Any

import mesa


class Handle(mesa.Agent):
    """One slot of a population; its columns and accounts read as attributes. Identity is (slot, generation)."""

    model: Any  # any model with a ledger, populations and `close_firm`

    def __init__(self, model: Any, slot: int, generation: int = 0) -> None:
        super().__init__(model)
        self.slot = slot
        self.generation = generation

    def state(self, name: str) -> Any:
        """Value of a column or account of this slot; KeyError when there is none of that name."""
        raise KeyError(name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self.state(name)
        except KeyError:
            raise AttributeError(f"{type(self).__name__} has no column or account {name!r}") from None


class LedgerHandle(Handle):
    """A handle whose money is in a sector of the ledger and whose columns, if any, are in a population."""

    sector = ""

    def state(self, name: str) -> Any:
        """Value of the population's column, else of the sector's account."""
        population = self.model.population(self.sector)
        if population is not None and name in population.columns:
            return population.__dict__[name][self.slot]
        return self.model.ledger.balance(self.sector, name)[self.slot]


class FirmHandle(LedgerHandle):
    """A firm: OEM or supplier."""

    sector = "firm"

    def remove(self) -> None:
        """Close the slot's firm (voluntary closure from the next step on); the slot and its columns stay."""
        self.model.close_firm(self.slot)


class Oem(FirmHandle):
    """A core enterprise: final demand, terms of payment, bills."""


class Supplier(FirmHandle):
    """A firm that sells parts on credit."""


class CommercialBank(LedgerHandle):
    """A commercial bank."""

    sector = "bank"


class InformalLender(LedgerHandle):
    """The informal lenders, one slot."""

    sector = "informal"


class Outside(LedgerHandle):
    """Households and the rest of the world."""

    sector = "outside"


class Treasury(LedgerHandle):
    """Taxes in, spending out."""

    sector = "treasury"


class CentralBank(LedgerHandle):
    """Reserves, open-market operations, standing and refinancing facilities."""

    sector = "central_bank"


class RiskCarrier(LedgerHandle):
    """Who bears part of lenders' losses for a fee or by public order."""

    sector = "carrier"


class Guarantor(RiskCarrier):
    """The government-backed guarantors of the city."""


class ReguaranteeFund(RiskCarrier):
    """The city's or the national fund behind the guarantor."""


class Insurer(RiskCarrier):
    """Trade-credit insurers."""


class CompensationPool(RiskCarrier):
    """The public pool that repays lenders part of what they lost."""


CARRIER_HANDLES = (Guarantor, ReguaranteeFund, ReguaranteeFund, Insurer, CompensationPool)  # in the order of CARRIERS
