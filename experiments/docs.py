"""What the documents in docs/ take from the code: `python -m experiments.docs` rewrites it.

A generated part stands between `<!-- generated: NAME -->` and `<!-- end: NAME -->`. Besides, in tables headed
`parameter | default | status | …` the second and third cell of a row are filled from the path in its first.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from agents.bank import Banks
from agents.carrier import Carriers
from agents.columns import Population
from agents.firm import Firms
from experiments import (
    bench_pairing,
    calibrated,
    evidence,
    indicator_table,
    lever_cards,
    lever_evidence,
    record,
    tutorial,
)
from experiments.errors import closest_match
from experiments.leaf import calibration
from experiments.parameter_table import parameter_table
from experiments.validate import read_back
from policies.catalogue import INSTRUMENTS as LEVERS
from sim import schedule
from sim.confirmed import Confirmed
from sim.contracts import Contracts, Lots
from sim.journal import ASSETS, INSTRUMENTS, JOURNAL, LIABILITIES

FOLDER: Final = Path(__file__).resolve().parents[1] / "docs"
COOKBOOK: Final = FOLDER.parent / "experiments" / "configs" / "cookbook"
SCENARIO: Final = "shenzhen_nev_2024"
STATUSES: Final = ("measured", "estimated", "assumed")

_START: Final = re.compile(r"<!-- generated: (\S*) -->")
_PART: Final = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end: \2 -->)", re.DOTALL)
_ROWS: Final = re.compile(r"^\| parameter \| default \| status \|.*\n(?:\|.*\n)*", re.MULTILINE)
_ROW: Final = re.compile(r"^\| `([^`\n]*)` \|[^|\n]*\|[^|\n]*\|", re.MULTILINE)
_PHASE: Final = re.compile(r"^    (\w+\.\w+),  # (\d+) (.+)$", re.MULTILINE)


def rendered(text: str) -> str:
    """A document with all its generated parts and parameter rows as the code has them now.

    Raises ValueError for a part that nobody makes or that has no end, and for a row of an unknown parameter.
    """
    made, at = [], 0
    for part in _PART.finditer(text):
        made += [_rows_filled(text[at : part.start()]), part[1], _part(part[2]), part[3]]
        at = part.end()
    made.append(_rows_filled(text[at:]))
    return "".join(made)


def hand_written(text: str) -> str:
    """A document without its generated parts."""
    return _PART.sub("", text)


def rewrite(folder: Path = FOLDER) -> list[Path]:
    """Bring every document of a folder up to date; returns those that were not."""
    changed = []
    for path in sorted(folder.glob("*.md")):
        before = path.read_text(encoding="utf-8")
        after = rendered(before)
        if after != before:
            path.write_text(after, encoding="utf-8")
            changed.append(path)
    return changed


def _part(name: str) -> str:
    if name not in PARTS:
        raise ValueError(f"no generated part '{name}'; did you mean {closest_match(name, PARTS)}?")
    return PARTS[name]() + "\n"


def _rows_filled(text: str) -> str:
    if open_ := _START.search(text):
        raise ValueError(f"the generated part '{open_[1]}' has no end")
    return _ROWS.sub(lambda table: _ROW.sub(_filled, table[0]), text)


def _filled(row: re.Match[str]) -> str:
    path, known = row[1], _parameters()
    if path not in known.index:
        raise ValueError(f"no parameter '{path}'; did you mean {closest_match(path, known.index)}?")
    return f"| `{path}` | {known.loc[path, 'value']} | {known.loc[path, 'status']} |"


@cache
def _parameters() -> pd.DataFrame:
    return parameter_table(SCENARIO).set_index("path", drop=False)


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    heads = list(heads)
    lines = [heads, ["---"] * len(heads), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


# --- The parts ----------------------------------------------------------------------------------------------


def phases() -> list[tuple[str, str, str]]:
    """Phase, function and comment of every entry of STEP, as `sim/schedule.py` says them."""
    found = [(phase, name, what) for name, phase, what in _PHASE.findall(inspect.getsource(schedule))]
    functions = [process for process in schedule.STEP if inspect.isfunction(process)]
    names = [f"{function.__module__.removeprefix('sim.')}.{function.__name__}" for function in functions]
    if [name for _, name, _ in found] != names or len(names) < len(schedule.STEP):
        raise ValueError("sim/schedule.py: an entry of STEP has no comment `# phase what it does`")
    return found


def _schedule() -> str:
    return _table(
        ("phase", "function in `sim/`", "what happens"),
        ((phase, _code(name), what) for phase, name, what in phases()),
    )


def _journal() -> str:
    rows = []
    for name, event in JOURNAL.items():
        for number, entry in enumerate(event.entries):
            first = (_code(name), event.flow or "–") if number == 0 else ("", "")
            rows.append((*first, entry.role, _code(entry.debit), _code(entry.credit)))
    return _table(("event", "flow row", "role", "debit", "credit"), rows)


def _accounts() -> str:
    rows = ((sector, ", ".join(ASSETS[sector]), ", ".join(LIABILITIES[sector]) or "–") for sector in ASSETS)
    return _table(("sector", "assets", "liabilities"), rows)


def _instruments() -> str:
    rows = []
    for name, accounts in INSTRUMENTS.items():
        sides = (ASSETS, LIABILITIES)
        held, owed = (
            ", ".join(_code(f"{sector}.{account}") for sector, account in accounts if account in side[sector])
            for side in sides
        )
        rows.append((name, held, owed))
    return _table(("instrument", "held as", "owed as"), rows)


def _parameter_sections() -> str:
    table = _parameters()
    section = table["path"].str.rpartition(".")[0]
    texts = []
    for name in section.unique():
        rows = (
            (
                _code(row["path"]),
                row["value"],
                f"{row['unit']}, {row['low']} to {row['high']}",
                row["meaning"],
                row["status"],
                _source(row["source"]),
            )
            for row in table.loc[section == name].to_dict("records")
        )
        heads = ("path", "value", "unit, bounds", "meaning", "status", "source, or why assumed")
        texts.append(f"### {name or 'The step'}\n\n{_table(heads, rows)}")
    return "\n\n".join(texts)


def _source(text: str) -> str:
    """Why a value was assumed, or the row of calibration.csv as code."""
    return _code(text) if text in calibration() else text


def _statuses() -> str:
    status = _parameters()["status"].tolist()
    total = len(status)
    rows = [(name, str(status.count(name)), f"{status.count(name) / total:.0%}") for name in STATUSES]
    return _table(("status", "parameters", "share"), [*rows, ("all", str(total), "100%")])


def _columns(population: type[Population]) -> Callable[[], str]:
    def part() -> str:
        rows = (
            (
                _code(name),
                np.dtype(column.kind).name + (f" × {column.width}" if column.width else ""),
                column.unit,
                column.meaning,
                f"{column.start:g}",
            )
            for name, column in population.columns.items()
        )
        return _table(("column", "type", "unit", "meaning", "before birth"), rows)

    return part


def _calibrated() -> str:
    return _frame(calibrated.parameters())


def _lever_cards() -> str:
    parts = []
    for name in LEVERS:
        rows = lever_cards.parameter_rows(name)
        recorded = _table(lever_evidence.HEADS, lever_evidence.rows(name))
        sources = "\n".join(f"- {sentence}" for sentence in lever_evidence.sources(name))
        parts.append(
            f"### `{name}`\n\n{lever_cards.head(name)}\n\n{_table(lever_cards.PARAMETER_HEADS, rows)}\n\n"
            f"**Break-even by hand, and what was measured**\n\n{recorded}\n\n{sources}"
        )
    return "\n\n".join(parts)


def _current_law() -> str:
    date = f"In force on {lever_cards.law_date(SCENARIO)}, the date of `{SCENARIO}`:"
    return f"{date}\n\n{_table(lever_cards.LAW_HEADS, lever_cards.law_rows(SCENARIO))}"


def _indicators() -> str:
    parts = []
    for purpose, lines in indicator_table.indicators().items():
        rows = ((_code(line.name), line.unit, line.kind, line.groups) for line in lines)
        parts.append(f"**{purpose}**\n\n{_table(('indicator', 'unit', 'kind', 'groups'), rows)}")
    return "\n\n".join(parts)


def _parameter_groups() -> str:
    """How many parameters a section has, and of which status."""
    table = _parameters().assign(section=lambda rows: rows["path"].str.rpartition(".")[0].replace("", "the step"))
    rows = []
    for name, group in table.groupby("section", sort=False):
        names = ", ".join(_code(path.rpartition(".")[2]) for path in group["path"])
        counts = group["status"].value_counts()
        rows.append((str(name), names, *(str(counts.get(status, 0)) for status in STATUSES)))
    return _table(("section", "parameters", *STATUSES), rows)


def _not_passed() -> str:
    """What of the last `finflow validate` that was kept did not pass."""
    kept = read_back(FOLDER / "validation").tables()
    rows = next(iter(kept.values()))
    return _frame(rows[rows["verdict"].isin(["FAIL", "WARN"])])


def _validation() -> str:
    """What the last `finflow validate` found whose CSV files were copied to docs/validation."""
    tables = read_back(FOLDER / "validation").tables().items()
    return "\n\n".join(f"**{title}**\n\n{_frame(rows)}" for title, rows in tables)


def _evidence(topic: str) -> Callable[[], str]:
    """What the last `finflow evidence` found on a topic whose CSV file was copied to docs/evidence."""

    def part() -> str:
        tables = evidence.read_back(FOLDER / "evidence").shown()[topic]
        return "\n\n".join(_frame(rows) for rows in tables)

    return part


def _kept(table: str) -> Callable[[], str]:
    """A table of the four levers on the default economy, as `experiments.record` kept it."""
    return lambda: _frame(record.read_back(table))


def _screening() -> str:
    """What the last screening said that `experiments.record` kept."""
    said = record.read_texts(record.SCREENING / "findings.csv")["finding"]
    return "\n".join(f"- {sentence}" for sentence in said)


def _fenced(language: str, text: Callable[[], str]) -> Callable[[], str]:
    return lambda: f"```{language}\n{text().rstrip()}\n```"


def _file(path: Path) -> Callable[[], str]:
    return _fenced("yaml", lambda: path.read_text(encoding="utf-8"))


def _frame(rows: pd.DataFrame) -> str:
    return _table(rows.columns, ([str(cell) for cell in row] for row in rows.itertuples(index=False)))


PARTS: Final[dict[str, Callable[[], str]]] = {
    "schedule": _schedule,
    "journal": _journal,
    "accounts": _accounts,
    "instruments": _instruments,
    "parameters": _parameter_sections,
    "statuses": _statuses,
    "parameter_groups": _parameter_groups,
    "indicators": _indicators,
    "not_passed": _not_passed,
    "firms": _columns(Firms),
    "banks": _columns(Banks),
    "carriers": _columns(Carriers),
    "contracts": _columns(Contracts),
    "lots": _columns(Lots),
    "confirmed": _columns(Confirmed),
    "calibrated": _calibrated,
    "lever_cards": _lever_cards,
    "current_law": _current_law,
    "validation": _validation,
    "tutorial_config": _file(tutorial.ROOT / tutorial.CONFIG),
    "tutorial_check": _fenced("text", tutorial.shown_check),
    "tutorial_comparison": lambda: _frame(tutorial.shown_comparison()),
    "tutorial_price": _fenced("text", tutorial.shown_price),
    **{f"recipe_{path.stem}": _file(path) for path in sorted(COOKBOOK.glob("*.yaml"))},
    "pairing": lambda: _frame(bench_pairing.shown(bench_pairing.read_back())),
    **{f"evidence_{topic}": _evidence(topic) for topic in evidence.TOPICS},
    "screening": _screening,
    "screening_run": lambda: _frame(record.read_texts(record.SCREENING / "run.csv")),
    **{f"four_levers_{table}": _kept(table) for table in record.TABLES},
}


if __name__ == "__main__":
    for changed in rewrite():
        print(f"rewritten: docs/{changed.name}")
