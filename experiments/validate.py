"""`finflow validate`: the packaged baseline against its targets and checks, its drift and its step length.

Four runs a seed: the baseline, one of 20 years whose halves are compared, a twin of the baseline in steps of 15
days, and one that sets predicted against realised default. Seeds are none of those that calibration uses.
`experiments.verdicts` says what PASS, WARN and FAIL mean.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from experiments.config import Experiment
from experiments.crew import answers
from experiments.deciles import DECILES, deciles_of_run
from experiments.packaged import baseline
from experiments.pool import Local
from experiments.provenance import provenance
from experiments.reforms import BASELINE
from experiments.tables import readable
from experiments.verdicts import BANDS, FAIL, ROWS, mean_and_error, row, shown, zero_row
from experiments.windows import COLUMNS
from experiments.windows import means as over_windows

SEEDS: Final = tuple(range(101, 121))
QUICK_SEEDS: Final = SEEDS[:3]
LONG: Final = "240 months"
STOCKS: Final = ("loans", "receivables", "payables", "cash", "stocks", "plant", "equity")
MOST_DRIFT: Final = 0.05  # of stocks over output, from one half of the long window to the other
MOST_STEP_EFFECT: Final = 0.10  # of outstanding finance over sales, from 30 to 15 days
CALIBRATION: Final = (0.67, 1.5)  # realised over predicted default
_NO_TREND: Final = (("npl_ratio", "banks", "NPL ratio"), ("overdue_share", "sme", "Overdue trade debt"))
_KEPT: Final = {band.indicator for band in BANDS} | {"bridge_to_sales", "npl_ratio", "overdue_share"}
_KEPT.update(f"{name}_to_output" for name in STOCKS)


class Job(NamedTuple):
    """One run: which kind, from which seed."""

    kind: str
    seed: int


@dataclass(frozen=True)
class Validation:
    """What came of it: `rows` as `verdicts.ROWS`, `deciles` with shares, where they were written."""

    rows: pd.DataFrame
    deciles: pd.DataFrame
    folder: Path

    @property
    def failed(self) -> bool:
        """Whether anything that must hold does not: checks may fail, they are explained in docs/validation.md."""
        must_hold = self.rows.loc[self.rows["kind"] != "check", "verdict"]
        return bool((must_hold == FAIL).any())

    def line(self) -> str:
        """The end line."""
        count = self.rows["verdict"].value_counts()
        said = ", ".join(f"{count.get(name, 0)} {name}" for name in ("PASS", "WARN", "FAIL"))
        return f"{said}; all: {self.folder}"

    def tables(self) -> dict[str, pd.DataFrame]:
        """The report's tables as texts, by title."""
        rates = self.deciles.drop(columns="decile").map(lambda value: readable(value, "%"))
        rates.insert(0, "decile", self.deciles["decile"])
        return {
            "Targets and checks": shown(self.rows),
            "Default within a year by decile of prediction, the safest first": rates,
        }


def validate(
    out: str | Path,
    workers: int | None = None,
    quiet: bool = False,
    *,
    seeds: Sequence[int] = SEEDS,
    sets: Sequence[str] = (),
    long: str = LONG,
) -> Validation:
    """Run everything, judge it, write validation.csv, deciles.csv and validation.json to `out`.

    `sets` change the baseline as `finflow run --set` does; `long` is the window whose halves are compared.
    """
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    experiments = {
        "halves": baseline(*sets, f"horizon.evaluate={long}"),
        "short steps": baseline(*sets, "parameters.step_days=15 d"),
        "window": baseline(*sets),
        "deciles": baseline(*sets),
    }
    from sim.run import warm_up  # imports the model, which takes seconds: a mistake in `sets` is told before

    warm_up(experiments["window"].parameters)
    jobs = [Job(kind, seed) for kind in experiments for seed in seeds]  # the longest first
    with Local(workers) as engine:
        found: dict[Job, Any] = dict(answers(partial(_run, experiments), jobs, engine, quiet))
    by_kind = {kind: [found[Job(kind, seed)] for seed in seeds] for kind in experiments}
    deciles = np.array(by_kind["deciles"])
    rows = [
        *band_rows(by_kind["window"]),
        *decile_rows(deciles),
        *drift_rows(by_kind["halves"]),
        step_row(by_kind["window"], by_kind["short steps"]),
    ]
    table = pd.DataFrame(rows, columns=pd.Index(ROWS))
    result = Validation(table, decile_table(deciles), folder)
    _write(result, seeds, experiments["window"])
    return result


def read_back(folder: Path) -> Validation:
    """What an earlier `validate` wrote to `folder`; FileNotFoundError if there is none."""
    rows = pd.read_csv(folder / "validation.csv").fillna({"verdict": ""})
    return Validation(rows, pd.read_csv(folder / "deciles.csv"), folder)


def _run(experiments: dict[str, Experiment], job: Job) -> Any:
    """In a worker: the means of a window, of its two halves, or the deciles."""
    experiment = experiments[job.kind]
    if job.kind == "deciles":
        return deciles_of_run(experiment, job.seed)
    from sim.run import simulate

    first, steps = experiment.burn_in_steps, experiment.evaluate_steps
    policy = experiment.policies[BASELINE]
    record = simulate(experiment.parameters, seed=job.seed, burn_in_steps=first, evaluate_steps=steps, policy=policy)
    if job.kind == "halves":
        middle = first + steps // 2
        return means(record.series, first, middle - 1), means(record.series, middle, first + steps - 1)
    return means(record.series, first, first + steps - 1)


def means(series: pd.DataFrame, first_step: int, last_step: int) -> pd.Series:
    """Value over a window of what the report needs, by indicator and group; from a record's series."""
    kept = series.loc[series["indicator"].isin(_KEPT), list(COLUMNS)]
    found = over_windows(pa.Table.from_pandas(kept, preserve_index=False), {"": (first_step, last_step)})
    index = pd.MultiIndex.from_tuples([(indicator, group) for group, indicator, _ in found.keys])
    return pd.Series(found.values[0], index=index, name="value")


def band_rows(runs: Sequence[pd.Series]) -> list[dict[str, object]]:
    """Targets and checks that are means of an indicator."""
    return [
        row(b.kind, b.label, b.group, [run[b.indicator, b.group] for run in runs], b.low, b.high, b.style)
        for b in BANDS
    ]


def decile_rows(deciles: np.ndarray) -> list[dict[str, object]]:
    """Whether predicted default has the right level and order; float64[runs, 10, 2]."""
    predicted, realised = deciles[:, :, 0], deciles[:, :, 1]
    level = realised.mean(axis=1) / predicted.mean(axis=1)
    order = realised[:, -1] - realised[:, 0]
    return [
        row("check", "Realised over predicted default", "all", level, *CALIBRATION, "x"),
        row("check", "Realised default, riskiest less safest decile", "all", order, 0, np.inf, "%"),
    ]


def decile_table(deciles: np.ndarray) -> pd.DataFrame:
    """Predicted and realised default by decile, mean over runs, with the standard error of the realised one."""
    cells = []
    for decile in range(DECILES):
        predicted, _, _ = mean_and_error(deciles[:, decile, 0])
        realised, error, _ = mean_and_error(deciles[:, decile, 1])
        cells.append((decile + 1, predicted, realised, error))
    return pd.DataFrame(cells, columns=pd.Index(["decile", "predicted", "realised", "s.e."]))


def drift_rows(runs: Sequence[tuple[pd.Series, pd.Series]]) -> list[dict[str, object]]:
    """Second half against first: relative change of stocks over output, difference of what has no trend."""

    def of(change: Callable[[float, float], float], indicator: str, group: str) -> list[float]:
        return [change(one[indicator, group], two[indicator, group]) for one, two in runs]

    rows = [
        row(
            "stationarity", f"{name.capitalize()} over output, change between halves", "all",
            of(lambda one, two: two / one - 1, f"{name}_to_output", "all"), -MOST_DRIFT, MOST_DRIFT, "%",
        )
        for name in STOCKS
    ]  # fmt: skip
    rows += [
        zero_row(
            "stationarity", f"{label}, difference between halves", group,
            of(lambda one, two: two - one, indicator, group), "%",
        )
        for indicator, group, label in _NO_TREND
    ]  # fmt: skip
    return rows


def step_row(usual: Sequence[pd.Series], short: Sequence[pd.Series]) -> dict[str, object]:
    """What halving the step does to outstanding finance, pairwise by seed."""
    key = ("bridge_to_sales", "all")
    change = [half[key] / whole[key] - 1 for whole, half in zip(usual, short, strict=True)]
    label = "(Formal + informal + overdue) over sales, 15 against 30 days"
    return row("step length", label, "all", change, -MOST_STEP_EFFECT, MOST_STEP_EFFECT, "%")


def _write(result: Validation, seeds: Sequence[int], experiment: Experiment) -> None:
    result.rows.to_csv(result.folder / "validation.csv", index=False)
    result.deciles.to_csv(result.folder / "deciles.csv", index=False)
    said = {
        **provenance(),
        "seeds": list(seeds),
        "digest": experiment.digest(),
        "failed": result.failed,
        **result_as_data(result),
    }
    text = json.dumps(said, ensure_ascii=False, indent=1)
    (result.folder / "validation.json").write_text(text + "\n", encoding="utf-8")


def result_as_data(result: Validation) -> dict[str, Any]:
    """Rows and deciles as plain data; bounds that are none, and unknown values, are None."""
    return {
        name: json.loads(frame.to_json(orient="records", force_ascii=False))
        for name, frame in (("rows", result.rows), ("deciles", result.deciles))
    }
