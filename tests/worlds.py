"""Small worlds for tests: the scenario of the `small` experiment, cut down and changed by `--set` options."""

from pathlib import Path

import numpy as np

from experiments.config import load
from policies.catalogue import INSTRUMENTS
from policies.levers import Policy
from sim.journal import ROLES
from sim.model import FinancingModel
from sim.schedule import STEP

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


def run_until(model, phase):
    """Run the phases of a step that come before `phase`."""
    for process in STEP[: STEP.index(phase)]:
        process(model)


def finish(model, phase):
    """Run `phase` and the rest of the step; the last one proves the books."""
    for process in STEP[STEP.index(phase) :]:
        process(model)
    model.step_number += 1


def listen(model, monkeypatch):
    """{(event, role): fen by holder} of what is posted from now on, zeros where nothing is."""
    sizes, post = model.ledger.sizes, model.ledger.post
    posted = Posted(sizes)

    def heard(event, **who):
        for role, value in who.items():
            index, amount = value if isinstance(value, tuple) else (np.arange(len(value)), value)
            if role in ROLES:
                np.add.at(posted[event, role], index, amount)
        post(event, **who)

    monkeypatch.setattr(model.ledger, "post", heard)
    return posted


class Posted(dict):
    """What was posted, by event and role."""

    def __init__(self, sizes):
        super().__init__()
        self.sizes = sizes

    def __missing__(self, key):
        return self.setdefault(key, np.zeros(self.sizes[ROLES[key[1]]], np.int64))
