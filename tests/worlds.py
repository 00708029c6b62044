"""Small worlds for tests: the scenario of the `small` experiment, cut down and changed by `--set` options."""

from pathlib import Path

from experiments.config import load
from policies.catalogue import INSTRUMENTS
from policies.levers import Policy
from sim.model import FinancingModel

SMALL = Path(__file__).parents[1] / "experiments" / "configs" / "small.yaml"
PURCHASES_PER_SUPPLIER = 0.024  # bn CNY a year, so that firms keep their size


def parameters(suppliers=40, *options):
    """Parameters of a world of so many suppliers; options as `path=value` below `parameters`."""
    purchases = f"population.annual_purchases={PURCHASES_PER_SUPPLIER * suppliers:.6f} bn CNY/yr"
    sets = (f"population.suppliers={suppliers}", purchases, *options)
    return load(SMALL, sets=[f"parameters.{option}" for option in sets]).parameters


def world(suppliers=40, *options, seed=1, **more):
    """A model whose books are proved every step."""
    return FinancingModel(parameters(suppliers, *options), seed=seed, audit="every_step", **more)


def policy(*instruments):
    """A policy of these instruments, presets for names alone; amounts that are scaled refer to the modelled loans."""
    made = [INSTRUMENTS[entry]() if isinstance(entry, str) else entry for entry in instruments]
    return Policy("tested", tuple(made))


def lever(name, **terms):
    """An instrument with other terms than its presets."""
    return INSTRUMENTS[name](**terms)


def run(model, steps):
    """The model after so many more steps."""
    for _ in range(steps):
        model.step()
    return model
