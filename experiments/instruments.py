"""The levers as files speak of them: instruments and their parameters by name, values in base units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from experiments.leaf import Provenance, calibration
from experiments.nodes import Node
from experiments.values import Value
from policies.catalogue import INSTRUMENTS
from policies.levers import FOREVER, Instrument, LeverParameter, parameters_of

LEVERS: Final[dict[str, dict[str, LeverParameter]]] = {
    name: {lever.declaration.path.split(".")[1]: lever for lever in parameters_of(kind)}
    for name, kind in INSTRUMENTS.items()
}


def presets(instrument: str) -> dict[str, Value]:
    """Preset of every parameter, of the type that a file's value would have."""
    return {name: _plain(lever) for name, lever in LEVERS[instrument].items()}


def preset_provenance(lever: LeverParameter) -> Provenance:
    """Where a preset comes from."""
    if lever.source:
        return Provenance(lever.source, None, calibration()[lever.source])
    return Provenance(None, lever.assumed, "assumed")


def made(
    instrument: str, values: Mapping[str, Value], start: int = 0, end: int = FOREVER, scaled: bool = True
) -> Instrument:
    """The instrument with these values, in force from day `start` to before day `end`."""
    given: Any = values
    return INSTRUMENTS[instrument](start_day=start, end_day=end, scaled=scaled, **given)


def values_of(instrument: Instrument) -> dict[str, Value]:
    """Value of every parameter."""
    return {name: getattr(instrument, name) for name in LEVERS[instrument.ID]}


def check_values(instrument: str, values: Mapping[str, Any], node: Node) -> None:
    """ConfigError where values of an instrument can't hold together."""
    if instrument == "government_guarantee" and (both := values["city_fund"] + values["national_fund"]) > 1:
        problem = f"the city's and the national fund bear {both:.9g} of the guarantee"
        raise node.error(problem, "city_fund and national_fund that together are at most 1")


def _plain(lever: LeverParameter) -> Value:
    number = int if lever.declaration.whole else float
    return tuple(map(number, lever.preset)) if isinstance(lever.preset, tuple) else number(lever.preset)
