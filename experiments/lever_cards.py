"""The catalogue as documents print it: a card an instrument, and the law of the scenario's date."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from experiments import documents, scenario, units
from experiments.instruments import LEVERS, preset_provenance, values_of
from experiments.leaf import calibration_rows
from policies.catalogue import INSTRUMENTS
from policies.levers import LeverParameter
from policies.points import Point
from sim.levers import BUDGETED, RATIONED

_COVER: Final = (Point.LOSS_LAYERS, Point.SCREENING, Point.OPERATING_COST)
_PRODUCT: Final = (Point.ELIGIBILITY, Point.ADVANCE_RATE, Point.CUT_OFF)
_CONFIRMED: Final = (Point.ELIGIBILITY, Point.PAYMENT_TERMS, Point.FEES)
# Where each instrument acts; the last two of _COVER follow from the part of the loss that others bear.
POINTS: Final[dict[str, tuple[Point, ...]]] = {
    "relending_sme": (Point.FUNDING,),
    "interest_subsidy": (Point.SUBSIDY,),
    "discount_subsidy": (Point.SUBSIDY,),
    "government_guarantee": (*_PRODUCT, *_COVER, Point.CAPITAL_WEIGHT, Point.FEES),
    "guarantee_fee_subsidy": (Point.SUBSIDY,),
    "risk_compensation_pool": _COVER,
    "trade_credit_insurance": (*_PRODUCT, *_COVER, Point.PREMIUM),
    "insured_bill_pledge": (*_PRODUCT, *_COVER, Point.PREMIUM),
    "premium_subsidy": (Point.SUBSIDY,),
    "reverse_factoring": _CONFIRMED,
    "multi_tier_certificates": _CONFIRMED,
}
PARAMETER_HEADS: Final = (
    "parameter", "preset", "unit, bounds", "does nothing at", "meaning", "status", "source, or why assumed",
)  # fmt: skip
LAW_HEADS: Final = ("instrument", "parameter", "value", "status", "row of calibration.csv, or why", "of when")


def head(name: str) -> str:
    """What an instrument is, as lines of text."""
    kind = INSTRUMENTS[name]
    limit = "a budget of the year" if name in BUDGETED else "a quota, or what carriers can cover"
    limited = limit if name in RATIONED else "its share alone"
    return "\n".join(
        (
            f"**{kind.TITLE[0]} {kind.TITLE[1]}.** {kind.SENTENCE}",
            "",
            f"- Clause {kind.CLAUSE}; mechanisms {', '.join(kind.MECHANISMS)}",
            f"- Points: {', '.join(point.value for point in POINTS[name])}",
            f"- Limited by {limited}",
            f"- Expected: {kind.EXPECTED}",
        )
    )


def parameter_rows(name: str) -> Iterator[tuple[str, ...]]:
    """Cells of `PARAMETER_HEADS` for every parameter of an instrument."""
    for parameter, lever in LEVERS[name].items():
        declared = lever.declaration
        low, high = (units.brief(bound, declared.unit) for bound in (declared.ge, declared.le))
        yield (
            f"`{parameter}`",
            units.brief(lever.preset, declared.unit),
            f"{declared.unit}{_axis(lever)}, {low} to {high}",
            "" if lever.neutral is None else units.brief(lever.neutral, declared.unit),
            declared.meaning,
            preset_provenance(lever).status,
            f"`{lever.source}`" if lever.source else lever.assumed,
        )


def _axis(lever: LeverParameter) -> str:
    return f" by {lever.declaration.axis}" if lever.declaration.axis else ""


def law_rows(name: str) -> Iterator[tuple[str, ...]]:
    """Cells of `LAW_HEADS` for every parameter of what is in force on a packaged scenario's date."""
    world = scenario.read(documents.read_file(scenario.packaged()[name]))
    for instrument in world.law:
        for parameter, value in values_of(instrument).items():
            origin = world.law_provenance[f"{instrument.ID}.{parameter}"]
            row = calibration_rows().get(origin.source or "")
            yield (
                f"`{instrument.ID}`",
                f"`{parameter}`",
                units.brief(value, LEVERS[instrument.ID][parameter].declaration.unit),
                origin.status,
                f"`{origin.source}`" if origin.source else origin.assumed or "",
                row["period"] if row else "",
            )


def law_date(name: str) -> str:
    """The date of a packaged scenario."""
    return scenario.read(documents.read_file(scenario.packaged()[name])).date.isoformat()
