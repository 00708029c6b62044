"""`finflow evidence`: what each lever does, offer by offer and in paired runs, with intervals over replications.

Every topic is one table of CSV (`COLUMNS`); docs/evidence.md prints those that were copied to docs/evidence.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pandas as pd

from experiments.config import Experiment, load
from experiments.crew import answers
from experiments.headline import number
from experiments.paired import fieller, student
from experiments.pool import Local
from experiments.provenance import provenance

if TYPE_CHECKING:
    from experiments.evidence_runs import Seen

COLUMNS: Final = ("case", "group", "measure", "unit", "mean", "low", "high", "n")
TOPICS: Final = {
    "relending": "Pass-through of re-lending",
    "subsidy": "Interest subsidy",
    "insurance": "Insurance",
    "cover": "Pool and guarantee",
    "certificates": "Multi-tier certificates",
}
_QUICK: Final[tuple[str, ...]] = (
    "parameters.population={suppliers: 60, annual_purchases: 1.44 bn CNY/yr}", "replications=2",
    "horizon={burn_in: 6 months, evaluate: 24 months}",
)  # fmt: skip
_DIGITS: Final = {"bp": 1, "ratio": 2, "share": 3, "%": 2, "pp": 2, "count": 1, "m CNY": 1, "days": 1, "CNY": 2}


class Job(NamedTuple):
    """One replication of one topic; `reach` lenders beyond the house bank, the scenario's own if None."""

    topic: str
    replication: int
    reach: int | None = None


@dataclass(frozen=True)
class Evidence:
    """Tables by topic (`COLUMNS`), and where they were written."""

    tables: dict[str, pd.DataFrame]
    folder: Path

    def shown(self) -> dict[str, list[pd.DataFrame]]:
        """Tables as texts by topic, cases side by side."""
        return {topic: blocks(table) for topic, table in self.tables.items()}


def packaged(*sets: str) -> Experiment:
    """The experiment that says which policies evidence sets side by side; ConfigError for a mistake in `sets`."""
    return load(Path(str(resources.files("experiments").joinpath("configs/evidence.yaml"))), sets=sets)


def evidence(
    out: str | Path, workers: int | None = None, quiet: bool = False, *, replications: int | None = None,
    suppliers: int | None = None, quick: bool = False, topics: Sequence[str] = tuple(TOPICS),
) -> Evidence:  # fmt: skip
    """Run everything and write a CSV file a topic and evidence.json to `out`."""
    sets: list[str] = [*(_QUICK if quick else ())]
    if replications:
        sets.append(f"replications={replications}")
    if suppliers:
        usual = packaged(*sets).parameters.population
        purchases = usual.annual_purchases / usual.suppliers * suppliers
        sets.append(f"parameters.population={{suppliers: {suppliers}, annual_purchases: {purchases:.0f} CNY/yr}}")
    from experiments.evidence_relending import REACHES  # imports the model, which takes seconds
    from sim.run import warm_up

    experiments = {reach: packaged(*sets, f"parameters.market.reach_sme={reach}") for reach in REACHES}
    worlds: dict[int | None, Experiment] = {None: packaged(*sets), **experiments}
    warm_up(worlds[None].parameters)
    jobs = [
        Job(topic, replication, reach)
        for replication in range(worlds[None].replications)
        for topic in topics
        for reach in (REACHES if topic == "relending" else (None,))
    ]
    with Local(workers) as engine:
        found: dict[Job, list[Seen]] = dict(answers(partial(_observe, worlds), jobs, engine, quiet))
    tables = {topic: summary([found[job] for job in jobs if job.topic == topic]) for topic in topics}
    result = Evidence(tables, Path(out))
    _write(result, worlds[None])
    return result


def read_back(folder: Path) -> Evidence:
    """What an earlier `evidence` wrote to `folder`; FileNotFoundError if there is none."""
    return Evidence({topic: pd.read_csv(folder / f"{topic}.csv") for topic in TOPICS}, folder)


def _observe(worlds: dict[int | None, Experiment], job: Job) -> list[Seen]:
    """In a worker: all that one replication shows."""
    from experiments.evidence_certificates import certificates
    from experiments.evidence_cover import cover
    from experiments.evidence_insurance import insurance
    from experiments.evidence_relending import relending
    from experiments.evidence_subsidy import subsidy

    look: dict[str, Callable[[Experiment, int], list[Seen]]] = {
        "relending": relending, "subsidy": subsidy, "insurance": insurance, "cover": cover,
        "certificates": certificates,
    }  # fmt: skip
    return look[job.topic](worlds[job.reach], job.replication)


def summary(observed: Sequence[Sequence[Seen]]) -> pd.DataFrame:
    """Mean over replications with its 95 % interval, columns `COLUMNS`; ratios by Fieller, NaN where not defined."""
    seen: dict[tuple[str, str, str, str], list[Seen]] = {}
    for replication in observed:
        for entry in replication:
            seen.setdefault((entry.case, entry.group, entry.measure, entry.unit), []).append(entry)
    rows = []
    for key, entries in seen.items():
        values, over = (np.array([getattr(entry, name) for entry in entries]) for name in ("value", "over"))
        if np.isnan(over).all():
            found = student(values)
            rows.append((*key, float(found.mean), float(found.low), float(found.high), int(found.n)))
        else:
            ratio = fieller(values, over)
            rows.append((*key, ratio.value, ratio.low, ratio.high, ratio.n))
    return pd.DataFrame(rows, columns=pd.Index(COLUMNS))


def blocks(table: pd.DataFrame) -> list[pd.DataFrame]:
    """Cases side by side as texts with half the interval, a table for all groups that have the same cases.

    A dash stands for what is not defined, or not known in half of the replications.
    """
    known = table.assign(mean=table["mean"].where(2 * table["n"] >= table["n"].max()))
    texts = table.assign(text=[interval_text(row) for row in known.to_dict("records")])
    cases = {group: tuple(dict.fromkeys(rows["case"])) for group, rows in texts.groupby("group", sort=False)}
    made = []
    for alike in dict.fromkeys(cases.values()):
        rows = texts[texts["group"].map(cases) == alike]
        index = ["group", "measure", "unit"]
        shown = rows.pivot_table(values="text", index=index, columns="case", aggfunc="first", sort=False)
        shown = shown.reindex(columns=list(alike)).fillna("").reset_index()
        shown.columns.name = None
        shown["group"] = shown["group"].where(~shown["group"].duplicated(), "")
        shown.attrs["right"] = list(alike)
        made.append(shown)
    return made


def interval_text(row: Mapping[Hashable, Any]) -> str:
    """A row's mean with half its 95 % interval, both ends where it is not symmetric; a dash for what is not defined."""
    value, low, high = row["mean"], row["low"], row["high"]
    digits = _DIGITS.get(row["unit"], 1)
    if not np.isfinite(value):
        return "–"
    if not np.isfinite(high):
        return number(value, digits)
    if np.isclose(high - value, value - low, rtol=0.02, atol=1e-9):
        return f"{number(value, digits)} ± {number(high - value, digits)}"
    return f"{number(value, digits)} ({number(low, digits)} to {number(high, digits)})"


def _write(result: Evidence, experiment: Experiment) -> None:
    result.folder.mkdir(parents=True, exist_ok=True)
    for topic, table in result.tables.items():
        table.to_csv(result.folder / f"{topic}.csv", index=False, float_format="%.6g", lineterminator="\n")
    said = {**provenance(), "digest": experiment.digest(), "replications": experiment.replications, **as_data(result)}
    text = json.dumps(said, ensure_ascii=False, indent=1)
    (result.folder / "evidence.json").write_text(text + "\n", encoding="utf-8")


def as_data(result: Evidence) -> dict[str, Any]:
    """Tables as plain data; what is unknown is None."""
    return {
        topic: json.loads(table.to_json(orient="records", force_ascii=False)) for topic, table in result.tables.items()
    }
