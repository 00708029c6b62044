"""`python -m experiments.bench_pairing`: what common random numbers are worth, by horizon and indicator.

Every policy is run twice with as many replications: on the seeds of current law's runs, and on seeds of its own. How
many times larger the variance of differences is without shared luck, that many times more replications they need.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from agents.numeric import DAYS_PER_YEAR
from experiments.bootstrap import RESAMPLES, SEED
from experiments.config import Experiment, load
from experiments.crew import answers
from experiments.headline import MEASURES, STYLES, Measure, number
from experiments.labels import label
from experiments.pairs import BASELINE
from experiments.pool import Local
from experiments.replication import compile_kernels, simulate_replication
from experiments.store import replacing
from experiments.tables import CONFIDENCE, as_rich
from experiments.terminal import terminal
from experiments.windows import Spans, values_of
from experiments.worker import Task

CONFIG: Final = Path(__file__).parent / "configs" / "pairing.yaml"
FILE: Final = "pairing.csv"
FOLDER: Final = Path(__file__).resolve().parents[1] / "docs" / "pairing"
MONTHS: Final = (12, 36, 60)
_SHOWN: Final = (
    "sme_cost_of_need", "sme_apr_net", "formal_share_of_need", "credit_in_use", "default_rate", "npl_ratio",
    "public_cost",
)  # fmt: skip
INDICATORS: Final = tuple(measure for measure in MEASURES if measure.indicator in _SHOWN)
COLUMNS: Final = ("policy", "indicator", "unit", "months", "n", "paired", "independent", "times", "low", "high")

Float = npt.NDArray[np.float64]


class Job(NamedTuple):
    """One run: a policy's replication."""

    policy: str
    replication: int


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and leave the table in the folder asked for."""
    options = argparse.ArgumentParser(prog="python -m experiments.bench_pairing", description="Worth of shared luck.")
    options.add_argument("--config", type=Path, default=CONFIG, help="an experiment with policies")
    options.add_argument("--out", type=Path, default=Path("results") / "pairing", help="where the table goes")
    options.add_argument("--workers", type=int, help="worker processes; all cores if not given")
    options.add_argument("--quiet", action="store_true", help="no progress bar")
    chosen = options.parse_args(arguments)
    experiment = load(chosen.config)
    table = pairing(experiment, workers=chosen.workers, quiet=chosen.quiet)
    chosen.out.mkdir(parents=True, exist_ok=True)
    with replacing(chosen.out / FILE) as temporary:
        table.to_csv(temporary, index=False, lineterminator="\n")
    console = terminal()
    console.print(as_rich(shown(table), f"{experiment.name}, configuration {experiment.digest()[:12]}", console.width))


def pairing(
    experiment: Experiment, *, task: Task = simulate_replication,
    warm_up: Callable[..., None] = compile_kernels, workers: int | None = None, quiet: bool = True,
) -> pd.DataFrame:  # fmt: skip
    """A row a policy, indicator and horizon, columns `COLUMNS`.

    `paired` and `independent` are the standard deviations of differences in `unit`, `times` the ratio of their squares
    with its bootstrap interval; NaN where paired runs do not differ at all.
    """
    n, names = experiment.replications, [name for name in experiment.policies if name != BASELINE]
    jobs = [Job(BASELINE, replication) for replication in range(n)]
    # Replications draw from streams of their own, so that those from n on share nothing with the first n.
    jobs += [Job(name, replication) for name in names for replication in range(2 * n)]
    with Local(workers) as engine:
        engine.prepare(partial(warm_up, experiment.parameters))
        found = dict(answers(partial(_values, experiment, task), jobs, engine, quiet))
    base = np.array([found[Job(BASELINE, replication)] for replication in range(n)])
    rows = []
    for name in names:
        together, apart = (
            np.array([found[Job(name, replication)] for replication in range(first, first + n)]) - base
            for first in (0, n)
        )
        rows += list(_rows(experiment, name, together, apart))
    return pd.DataFrame(rows, columns=pd.Index(COLUMNS))


def factor(together: Float, apart: Float) -> tuple[float, float, float]:
    """Variance of independent over that of paired differences with its BCa interval; NaN where these do not vary."""
    if np.isnan(together).any() or np.isnan(apart).any() or np.ptp(together) == 0.0:
        return np.nan, np.nan, np.nan
    found = stats.bootstrap(
        (apart, together), _ratio_of_variances, paired=True, vectorized=True, n_resamples=RESAMPLES,
        confidence_level=CONFIDENCE, method="BCa", rng=np.random.default_rng(SEED),
    ).confidence_interval  # fmt: skip
    return float(_ratio_of_variances(apart, together)), float(found.low), float(found.high)


def shown(table: pd.DataFrame) -> pd.DataFrame:
    """The table as texts, a line a policy and indicator, horizons side by side: times as many replications."""
    horizons = [f"{months} months" for months in table["months"].unique()]
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for row in table.to_dict("records"):
        key = (row["policy"], label(row["indicator"], "en"))
        known = np.isfinite(row["times"])
        values = (number(row[name], 0 if row["times"] >= 10.0 else 1) for name in ("times", "low", "high"))
        text = "{} ({} to {})".format(*values) if known else "–"
        line = rows.setdefault(key, {"policy": key[0], "indicator": key[1]})
        line[f"{row['months']} months"] = text
    found = pd.DataFrame(list(rows.values()), columns=pd.Index(["policy", "indicator", *horizons]))
    found.attrs["right"] = horizons
    return found


def read_back() -> pd.DataFrame:
    """The table that was kept for documents; FileNotFoundError if there is none."""
    return pd.read_csv(FOLDER / FILE)


def horizons(experiment: Experiment) -> Spans:
    """First and last step of each horizon that the evaluation has, from its start."""
    first, days = experiment.burn_in_steps, experiment.parameters.step_days
    return {
        str(months): (first, first + months * 30 // days - 1)
        for months in MONTHS
        if months * 30 <= experiment.evaluate_days
    }


def _values(experiment: Experiment, task: Task, job: Job) -> Float:
    """In a worker: what one run gives, float64[horizons, indicators]."""
    policy = experiment.policies[job.policy]
    series = task(experiment, policy, job.replication)(policy).series
    spans = horizons(experiment)
    values = values_of(series, spans, experiment.parameters.step_days).droplevel("unit").to_dict()
    return np.array([[values.get((span, m.group, m.indicator), np.nan) for m in INDICATORS] for span in spans])


def _rows(experiment: Experiment, policy: str, together: Float, apart: Float) -> Iterable[tuple[object, ...]]:
    """Rows of one policy from its differences, float64[n, horizons, indicators]."""
    for place, measure in enumerate(INDICATORS):
        unit, scale = _unit(experiment, measure)
        for horizon, months in enumerate(horizons(experiment)):
            paired, independent = together[:, horizon, place] * scale, apart[:, horizon, place] * scale
            deviations = (float(paired.std(ddof=1)), float(independent.std(ddof=1)))
            yield policy, measure.indicator, unit, int(months), len(paired), *deviations, *factor(paired, independent)


def _unit(experiment: Experiment, measure: Measure) -> tuple[str, float]:
    style = STYLES[measure.style]
    if not measure.yearly:
        return style.unit, style.factor
    return f"{style.unit} a year", style.factor * DAYS_PER_YEAR / experiment.parameters.step_days


def _ratio_of_variances(above: Float, below: Float, axis: int = -1) -> Float:
    return np.var(above, axis=axis, ddof=1) / np.var(below, axis=axis, ddof=1)


if __name__ == "__main__":
    main()
