"""The section `current_law` of a scenario: which instruments were in force on its date, with which values.

Each is given like a parameter of the scenario: value with its source or why it is assumed. A parameter left out has
the preset of the catalogue, with its source.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from experiments.instruments import LEVERS, check_values, made, preset_provenance, presets, values_of
from experiments.leaf import Provenance, read_leaf, write_leaf
from experiments.nodes import Node
from policies.levers import FOREVER, Instrument


def read(node: Node | None) -> tuple[tuple[Instrument, ...], dict[str, Provenance]]:
    """Instruments in force since ever, and the provenance of their parameters by `instrument.parameter`."""
    instruments, provenance = [], {}
    for name, entry in node.mapping(tuple(LEVERS)).items() if node else ():
        values = presets(name)
        origins = {parameter: preset_provenance(lever) for parameter, lever in LEVERS[name].items()}
        for parameter, leaf in entry.mapping(tuple(LEVERS[name])).items():
            values[parameter], origins[parameter] = read_leaf(leaf, LEVERS[name][parameter].declaration)
        check_values(name, values, entry)
        instruments.append(made(name, values, start=-FOREVER))
        provenance |= {f"{name}.{parameter}": origin for parameter, origin in origins.items()}
    return tuple(instruments), provenance


def write(law: Iterable[Instrument], provenance: Mapping[str, Provenance]) -> dict[str, Any]:
    """Plain data that `read` takes back to the same."""
    return {
        instrument.ID: {
            parameter: write_leaf(
                value, LEVERS[instrument.ID][parameter].declaration, provenance[f"{instrument.ID}.{parameter}"]
            )
            for parameter, value in values_of(instrument).items()
        }
        for instrument in law
    }
