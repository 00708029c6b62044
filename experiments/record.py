"""`python -m experiments.record RUN`: keep a finished comparison's or screening's findings and charts for documents.

Texts are those that `finflow compare` and `finflow sensitivity` print, charts as they lie in the run's folder.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Final

import pandas as pd

from experiments.borrowers_told import borrowers_told
from experiments.compare import Comparison, compare
from experiments.equal_cost import SUFFIX
from experiments.headline import doubt_text, headline, wide
from experiments.indices import FEWEST
from experiments.report_equal_cost import values_said
from experiments.sensitivity import sensitivity
from experiments.sensitivity_told import sentences
from experiments.store import Store
from experiments.windows import WHOLE

PAGE: Final = Path(__file__).resolve().parents[1] / "docs" / "four-levers.md"
FOLDER: Final = PAGE.parent / "four_levers"
SCREENING_PAGE: Final = PAGE.parent / "sensitivity.md"
SCREENING: Final = PAGE.parent / "screening"
TABLES: Final = ("presets", "presets_borrowers", "presets_doubt", "equal_cost", "equal_cost_doubt", "solutions", "run")


def main(arguments: list[str] | None = None) -> None:
    """Keep what the run named by the only argument says, a screening in `SCREENING`, any other in `FOLDER`, and copies
    of its charts that the page shows."""
    (run,) = sys.argv[1:] if arguments is None else arguments
    store = Store(Path(run))
    screening = store.manifest().get("draws", {}).get("kind") in FEWEST
    folder, page = (SCREENING, SCREENING_PAGE) if screening else (FOLDER, PAGE)
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in (screened(store) if screening else tables(store)).items():
        table.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
    shown = page.read_text("utf-8")
    for chart in sorted((store.path / "charts").glob("*.png")):
        if f"{folder.name}/{chart.name}" in shown:
            shutil.copy(chart, folder / chart.name)


def screened(store: Store) -> dict[str, pd.DataFrame]:
    """What a sampled design over parameters says in sentences, and the run it was."""
    said = sentences(sensitivity(store))
    return {"findings": pd.DataFrame({"finding": said}), "run": _run(store)}


def tables(store: Store) -> dict[str, pd.DataFrame]:
    """All tables by name, cells as texts; those at equal cost are empty where nothing was solved for."""
    compared = compare(store)
    found, whole = {}, headline(compared)
    for part, names in (("presets", _names(compared, False)), ("equal_cost", _names(compared, True))):
        lines = whole[whole["policy"].isin(list(names))]
        found[part] = wide(lines, names)
        found[f"{part}_doubt"] = doubt_text(lines, names)
        if part == "presets":
            found[f"{part}_borrowers"] = borrowers_told(compared, WHOLE, names)
    return found | {"solutions": _solved(store), "run": _run(store)}


def _run(store: Store) -> pd.DataFrame:
    """Digest of the configuration, version and number of runs."""
    said = store.manifest()
    facts = {"config": said["digest"], "finflow": said["finflow"], "runs": len(store.runs()),
             "finished": len(store.done())}  # fmt: skip
    return pd.DataFrame({"what": facts.keys(), "value": facts.values()})


def read_back(name: str) -> pd.DataFrame:
    """A table that was kept; FileNotFoundError if there is none."""
    return read_texts(FOLDER / f"{name}.csv")


def read_texts(file: Path) -> pd.DataFrame:
    """A CSV file of texts whose first column may have no name; FileNotFoundError if there is none."""
    return pd.read_csv(file, dtype=str, keep_default_na=False).rename(columns={"Unnamed: 0": ""})


def _solved(store: Store) -> pd.DataFrame:
    """Values and strengths at which the public cost is alike, or to which a policy comes, and what that costs."""
    found = pd.DataFrame(store.solutions(), columns=pd.Index(["policy", "status", "values", "strength", "said"]))
    values = [values_said(text).en for text in found["values"]]
    return found.assign(values=values, strength=found["strength"].map("{:.3f}".format))


def _names(compared: Comparison, equal: bool) -> dict[str, str]:
    told = compared.told
    return {name: told.name(name, "en") for name in told.compared if name.endswith(SUFFIX) == equal}


if __name__ == "__main__":
    main()
