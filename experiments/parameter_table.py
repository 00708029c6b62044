"""Every parameter with its value in a scenario, unit, bounds, source and meaning."""

from __future__ import annotations

import pandas as pd

from agents.parameters import declarations
from experiments import documents, scenario
from experiments.errors import ConfigError, Origin, closest_match
from experiments.units import show


def parameter_table(name: str) -> pd.DataFrame:
    """Columns path, value, unit, low, high, status, source, meaning, in declared order; a packaged scenario.

    `source` is a row of calibration.csv, or says why a value was assumed. Raises `ConfigError` if there is no
    such scenario.
    """
    files = scenario.packaged()
    if name not in files:
        raise ConfigError(
            f"unknown scenario '{name}'",
            Origin("--scenario"),
            allowed=", ".join(files),
            closest=closest_match(name, files),
        )
    world = scenario.read(documents.read_file(files[name]))
    rows = []
    for declared in declarations():
        value, origin = world.values[declared.path], world.provenance[declared.path]
        entries = value if isinstance(value, tuple | list) else (value,)
        rows.append(
            {
                "path": declared.path,
                "value": ", ".join(show(entry, declared.unit) for entry in entries),
                "unit": declared.unit,
                "low": f"{declared.ge:g}",
                "high": f"{declared.le:g}",
                "status": origin.status,
                "source": origin.source or origin.assumed or "",
                "meaning": declared.meaning,
            }
        )
    return pd.DataFrame(rows)
