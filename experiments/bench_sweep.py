"""`make bench-sweep`: how busy a sweep of 400 small runs keeps the cores, and what the parent process holds meanwhile.

The sweep is `finflow run` itself, watched from outside. Figures are told with their targets; nothing fails.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from experiments.bench import ROOT, Figure
from experiments.measures import resident
from experiments.store import Store

CONFIG: Final = Path(__file__).parent / "configs" / "sweep.yaml"
MOST_ELSEWHERE: Final = 10.0  # % of workers × wall seconds that are no seconds of runs
MOST_GROWTH: Final = 50.0  # MB
MARK: Final = 50  # finished runs from which the parent should not grow
_EVERY: Final = 0.1  # seconds between two looks


class Look(NamedTuple):
    """What was seen: seconds since the command began, runs finished, whether they are summed up, the parent's memory.

    That is resident memory in MB, NaN off Linux.
    """

    seconds: float
    finished: int
    ended: bool
    megabytes: float


def main(arguments: list[str] | None = None) -> None:
    """Run the sweep in a new folder and print the figures."""
    options = argparse.ArgumentParser(prog="python -m experiments.bench_sweep", description="Useful time of a sweep.")
    options.add_argument("--config", type=Path, default=CONFIG, help="an experiment of many runs")
    options.add_argument("--workers", type=int, default=os.cpu_count(), help="worker processes; all cores if not given")
    options.add_argument("--set", dest="sets", action="append", default=[], help="change a value; repeatable")
    chosen = options.parse_args(arguments)
    sets = [part for entry in chosen.sets for part in ("--set", entry)]
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "experiments.cli", "run", str(chosen.config), "--quiet", *sets]
        looks = watched([*command, "--out", folder, "--workers", str(chosen.workers)], Path(folder))
        print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.2f}")
        for figure in figures(Store(folder), looks):
            print(figure.line())


def watched(command: Sequence[str], folder: Path) -> list[Look]:
    """Run a command to its end, looking at its results folder and memory; CalledProcessError if it fails."""
    looks, began = [], time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            finished = sum(1 for _ in (folder / "runs").glob("[!.]*.json"))
            ended = (folder / "audit.json").exists()  # the last table that the runner writes
            looks.append(Look(time.perf_counter() - began, finished, ended, resident(process.pid) / 1e6))
            time.sleep(_EVERY)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return looks


def figures(store: Store, looks: Sequence[Look]) -> Iterator[Figure]:
    """What a finished sweep and the looks at it say."""
    runs, timing = store.runs(), store.manifest()["timing"]
    wall, workers, count = timing["seconds"], timing["workers"], len(runs)
    what = f"{count} runs, {workers} workers"
    yield Figure(f"{what}: not in runs, of workers × wall time", 100 * (1 - timing["busy"]), "%", MOST_ELSEWHERE)
    yield Figure(f"{what}: a run, its part of the burn-in included", runs["seconds"].mean(), "s")
    yield Figure("wall time of the runner", wall, "s")
    begun = next(look for look in looks if look.finished)
    last = next(look for look in looks if look.finished == count)
    ended = next(look for look in looks if look.ended)
    yield Figure("until the first run was finished, imports included", begun.seconds, "s")
    yield Figure("summing up", ended.seconds - last.seconds, "s")
    yield Figure("comparison and charts", looks[-1].seconds - ended.seconds, "s")
    mark = min(MARK, count // 8)
    during = [look.megabytes for look in looks if mark <= look.finished and look.seconds <= ended.seconds]
    what = f"parent's growth from run {mark} to run {count}, summing up included"
    yield Figure(what, max(during) - during[0], "MB", MOST_GROWTH)
    yield Figure(f"parent at run {mark}", during[0], "MB")
    yield Figure("parent at its peak, charts included", max(look.megabytes for look in looks), "MB")
    size = sum(file.stat().st_size for file in store.path.rglob("*") if file.is_file())
    yield Figure("results folder", size / count, "B/run")


if __name__ == "__main__":
    main()
