"""The baseline experiment as packaged: what calibration, validation and the benchmark run."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from experiments.config import Experiment, load


def baseline(*sets: str) -> Experiment:
    """The packaged baseline with `path=value` options on top; ConfigError for a mistake in them."""
    return load(Path(str(resources.files("experiments").joinpath("configs/baseline.yaml"))), sets=sets)


def baseline_of(suppliers: int, *sets: str) -> Experiment:
    """The same with another number of suppliers; purchases in proportion, so that firms keep their size."""
    usual = baseline().parameters.population
    purchases = usual.annual_purchases / usual.suppliers * suppliers
    population = f"parameters.population={{suppliers: {suppliers}, annual_purchases: {purchases:.0f} CNY/yr}}"
    return baseline(population, *sets)
