"""`make bench`: speed and memory of the model, with what each figure should be; nothing fails.

Every figure comes from a fresh process, one after the other, so that ratios compare like with like. This process
imports nothing heavy. `--quick` takes smaller populations, whose figures say little; `--json` prints data.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
NO_TARGET: Final = float("inf")


@dataclass(frozen=True)
class Sizes:
    """Suppliers × months of each measurement."""

    small: tuple[int, int] = (1_500, 84)
    middle: tuple[int, int] = (15_000, 24)
    large: tuple[int, int] = (150_000, 8)
    lasting: tuple[int, int] = (15_000, 60)
    mesa_steps: int = 10


QUICK: Final = Sizes((1_500, 12), (5_000, 6), (15_000, 4), (1_500, 48), 5)


@dataclass(frozen=True)
class Figure:
    """A measured figure and the most it should be; infinity where it is only told."""

    label: str
    value: float
    unit: str
    target: float = NO_TARGET

    def line(self) -> str:
        """As printed: value, target, whether it is met."""
        told = f"{self.label:<68}{self.value:>10.4g} {self.unit:<11}"
        if self.target == NO_TARGET:
            return told.rstrip()
        return f"{told}target {self.target:g}, {'met' if self.value <= self.target else 'MISSED'}"


def main(arguments: list[str] | None = None, sizes: Sizes | None = None) -> None:
    """Measure and print, figure by figure."""
    options = argparse.ArgumentParser(prog="python -m experiments.bench", description="Speed and memory.")
    options.add_argument("--quick", action="store_true", help="smaller populations")
    options.add_argument("--json", action="store_true", help="print data instead of lines")
    chosen = options.parse_args(arguments)
    sizes = sizes or (QUICK if chosen.quick else Sizes())
    phases: dict[str, dict[str, float]] = {}
    figures = []
    for figure in measured(sizes, phases):
        figures.append(figure)
        if not chosen.json:
            print(figure.line(), flush=True)
    if chosen.json:
        rows = [asdict(figure) | {"target": _or_none(figure.target)} for figure in figures]
        print(json.dumps({"figures": rows, "ns_per_supplier_month": phases}, indent=1))
    else:
        print(phase_table(phases))


def measured(sizes: Sizes, phases: dict[str, dict[str, float]]) -> Iterator[Figure]:
    """All figures; ns per supplier-month by phase go into `phases`, one column a size."""
    yield from _first_calls()
    run = measure("default_run", 0 if sizes == Sizes() else sizes.small[0], sizes.small[1])
    what = f"default run, {_size(sizes.small)}, warm"
    yield Figure(f"{what}, audit off", run["plain"], "s", 2)
    yield Figure(f"{what}, books proved every step", run["audited"], "s", 2)
    each = {}
    for size in (sizes.small, sizes.middle, sizes.large):
        timed = measure("scale", *size)
        per = 1e9 / (size[0] * size[1])
        each[size] = timed["steps"] * per
        phases[_size(size)] = {name: seconds * per for name, seconds in timed["phases"].items()}
        target = 6_000 if size == sizes.large else NO_TARGET
        yield Figure(f"a step, {_size(size)}", each[size], "ns/sup-mo", target)
        yield Figure(f"birth, {size[0]:,} suppliers", timed["birth"] * 1e9 / size[0], "ns/sup")
    law = measure("scale", *sizes.large, 1)["steps"] * 1e9 / (sizes.large[0] * sizes.large[1])
    yield Figure(f"a step under current law, {_size(sizes.large)}", law, "ns/sup-mo")
    ratio = f"time per supplier, {sizes.large[0]:,} over {sizes.middle[0]:,}"
    yield Figure(ratio, each[sizes.large] / each[sizes.middle], "times", 1.5)
    yield from _memory(sizes)
    plain = measure("plain_agents", sizes.large[0], sizes.mesa_steps)
    cost = plain["steps"] * 1e9 / (sizes.large[0] * sizes.mesa_steps)
    what = f"yardstick: {sizes.large[0]:,} plain Mesa agents of 20 attributes"
    yield Figure(f"{what}, a step", cost, "ns/agent")
    yield Figure(f"{what}, memory", plain["bytes"] / sizes.large[0], "B/agent")
    yield Figure("a supplier-month over a plain agent's step", each[sizes.large] / cost, "times")


def _first_calls() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as empty:
        for what, target in (("with compilation", 15), ("kernels cached", 1)):
            taken = measure("first_call", NUMBA_CACHE_DIR=empty)
            yield Figure(f"first call (birth and two steps), {what}", taken["call"], "s", target)
    yield Figure("import", taken["import"], "s")


def _memory(sizes: Sizes) -> Iterator[Figure]:
    large = measure("memory", *sizes.large)
    what = f"peak memory above import, {_size(sizes.large)}"
    yield Figure(what, large["peak"] / sizes.large[0], "B/sup", 6_000)
    lasting = measure("memory", *sizes.lasting)
    what = f"peak memory above import, {_size(sizes.lasting)}"
    yield Figure(what, lasting["peak"] / sizes.lasting[0], "B/sup")
    growth = 100 * (lasting["peak"] - lasting["at_mark"]) / max(lasting["at_mark"], 1)
    yield Figure(f"its growth after month 36, {_size(sizes.lasting)}", growth, "%", 5)


def measure(name: str, *arguments: int, **environment: str) -> dict[str, Any]:
    """What `experiments.measures` measures under this name, in a fresh process: libraries have one thread, the model
    as many as NUMBA_NUM_THREADS says, or all cores."""
    one = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}
    command = [sys.executable, "-m", "experiments.measures", name, *map(str, arguments)]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | one | environment, check=True, stdout=subprocess.PIPE, text=True
    )
    return json.loads(done.stdout)


def phase_table(phases: dict[str, dict[str, float]]) -> str:
    """ns per supplier-month by phase, in the order of the step."""
    columns = list(phases)
    lines = ["", f"{'ns per supplier-month':<36}" + "".join(f"{name:>18}" for name in columns)]
    for phase in next(iter(phases.values())):
        lines.append(f"{phase:<36}" + "".join(f"{phases[name][phase]:>18,.0f}" for name in columns))
    return "\n".join(lines)


def _size(size: tuple[int, int]) -> str:
    return f"{size[0]:,} × {size[1]} mo"


def _or_none(target: float) -> float | None:
    return None if target == NO_TARGET else target


if __name__ == "__main__":
    main()
