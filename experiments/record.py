"""`python -m experiments.record RUN`: keep a finished comparison's tables and charts for documents.

Tables are kept as the texts that `finflow compare` prints, charts as they lie in the run's folder.
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
from experiments.report_equal_cost import values_said
from experiments.store import Store
from experiments.windows import WHOLE

PAGE: Final = Path(__file__).resolve().parents[1] / "docs" / "four-levers.md"
FOLDER: Final = PAGE.parent / "four_levers"
TABLES: Final = ("presets", "presets_borrowers", "presets_doubt", "equal_cost", "equal_cost_doubt", "solutions", "run")


def main(arguments: list[str] | None = None) -> None:
    """Write the tables of the run named by the only argument, and copies of its charts on the page, to `FOLDER`."""
    (run,) = sys.argv[1:] if arguments is None else arguments
    store = Store(Path(run))
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, table in tables(store).items():
        table.to_csv(FOLDER / f"{name}.csv", index=False, lineterminator="\n")
    page = PAGE.read_text("utf-8")
    for chart in sorted((store.path / "charts").glob("policies_*.png")):
        if chart.name in page:
            shutil.copy(chart, FOLDER / chart.name)


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
    said = store.manifest()
    runs = store.runs()
    facts = {"config": said["digest"], "finflow": said["finflow"], "runs": len(runs), "finished": len(store.done())}
    about = pd.DataFrame({"what": facts.keys(), "value": facts.values()})
    return found | {"solutions": _solved(store), "run": about}


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
