"""The catalogue of levers as tables and as data."""

from __future__ import annotations

from typing import Any

import pandas as pd

from experiments import units
from experiments.instruments import LEVERS, presets
from policies.catalogue import INSTRUMENTS


def overview() -> pd.DataFrame:
    """A row an instrument: id, title, clause, mechanisms, what it does, what must move."""
    rows = [
        {
            "id": name,
            "title": f"{kind.TITLE[0]} {kind.TITLE[1]}",
            "clause": kind.CLAUSE,
            "mechanism": ", ".join(kind.MECHANISMS),
            "what it does": kind.SENTENCE,
            "expected": kind.EXPECTED,
        }
        for name, kind in INSTRUMENTS.items()
    ]
    return pd.DataFrame(rows)


def parameters(name: str) -> pd.DataFrame:
    """A row a parameter of an instrument: preset, unit, bounds, where it does nothing, source or why, meaning."""
    rows = []
    for parameter, lever in LEVERS[name].items():
        declared = lever.declaration
        rows.append(
            {
                "parameter": parameter,
                "preset": units.brief(presets(name)[parameter], declared.unit),
                "unit": declared.unit,
                "low": units.brief(declared.ge, declared.unit),
                "high": units.brief(declared.le, declared.unit),
                "neutral": "" if lever.neutral is None else units.brief(lever.neutral, declared.unit),
                "source": lever.source or f"assumed: {lever.assumed}",
                "meaning": declared.meaning,
            }
        )
    return pd.DataFrame(rows)


def as_data(names: list[str]) -> list[dict[str, Any]]:
    """Instruments with their parameters as plain data."""
    rows: list[dict[str, Any]] = [dict(zip(row.index, row, strict=True)) for _, row in overview().iterrows()]
    return [row | {"parameters": parameters(row["id"]).to_dict("records")} for row in rows if row["id"] in names]
