"""Where runs are kept: `results/<experiment>/`, one file a run and kind of table.

A run writes its parts under temporary names, renames them and renames its marker `runs/<key>.json` last: without it the
run does not exist. Parts stay one file a run, which is fine up to some thousands of runs and needs no compaction that
could be interrupted. A folder may hold runs of several configurations; the manifest names those of the last one, and
every reader sees only these. Files that a configuration reads are copied to `inputs/`: the folder alone gives its runs.
"""

from __future__ import annotations

import csv
import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import reduce
from operator import and_
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Final

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as pads
import pyarrow.parquet as pq
from pyarrow.fs import LocalFileSystem

from experiments import RESULTS
from experiments.errors import closest_match
from experiments.kill_points import reached
from experiments.parts import SCHEMAS, Packed, columns_of, label

NUMBERS_VERSION: Final = 6  # raised with every change of what a run computes ([numbers] in the changelog)
# Of the folder: 0 had runs without draws, 1 neither copies of inputs nor digests by part; neither named its schema.
STORE_SCHEMA: Final = 2
OLDEST_SCHEMA: Final = 1  # that is still read
ROW: Final = ("key", "policy", "draw", "replication", "seed", "status", "stage", "message", "seconds")
_DERIVED: Final = (
    "runs.parquet", "events.parquet", "summary.csv", "summary.parquet", "audit.json", "design.csv",
    "comparison.parquet", "comparison.csv", "ratios.csv", "attribution.csv", "headline.xlsx",
    "sensitivity.csv", "sensitivity_verdicts.csv", "interactions.csv",
)  # fmt: skip
_SOLUTIONS: Final = "equal_cost.csv"  # outlives the manifest: it is what a search took long to find
_NUMBERS: Final = ("strength", "target", "cost", "low", "high", "replications", "months")
_INPUTS: Final = "inputs"
_FOLDERS: Final = ("runs", "config", "charts", _INPUTS, *SCHEMAS)
_TEMPORARY: Final = ".tmp-"
_PIECE, _ROWS = 100, 5_000  # runs whose events, rows of the summary whose columns are in memory at a time
Names = str | int | Iterable[str | int]  # one or several, as a filter; none means all


class StoreError(Exception):
    """A results folder can't be used as asked; the message is for the user."""


@dataclass(frozen=True)
class Run:
    """One run of an experiment: its key in the store and what tells it from the others.

    Runs that compute the same share a key, under whatever names of policy and draw.
    """

    key: str
    policy: str
    draw: int
    replication: int
    seed: int


def run_key(world: str, horizon: tuple[int, int], policy: str, seed: int, replication: int) -> str:
    """Key of a run: hash of all that its numbers depend on. `world` and `policy` are digests, `horizon` in steps."""
    parts = [world, list(horizon), policy, seed, replication, NUMBERS_VERSION]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path that takes the name `path` if the block ends well; `StoreError` if writing fails."""
    place = path.parent.name if path.parent.name in _FOLDERS else path.name
    temporary = path.with_name(f"{_TEMPORARY}{os.getpid()}-{path.name}")
    try:
        yield temporary
        with open(temporary, "rb") as written:
            os.fsync(written.fileno())
        reached(f"before {place}")
        os.replace(temporary, path)
        reached(f"after {place}")
    except OSError as error:
        raise StoreError(f"cannot write {path}: {_reason(error)}") from error
    finally:
        temporary.unlink(missing_ok=True)


def _reason(error: OSError) -> str:
    """In the system's words; libraries add theirs."""
    return os.strerror(error.errno) if error.errno else str(error)


def _write_json(path: Path, content: Any) -> None:
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _plain(column: str, text: str) -> Any:
    """A cell of the solutions: a number to the last bit, None for none."""
    return text if column not in _NUMBERS else float(text) if text else None


class Store:
    """The results folder `path`; opening it touches nothing."""

    def __init__(self, path: str | Path):
        self.path = Path(path)

    # Writing

    @contextmanager
    def locked(self) -> Iterator[Path]:
        """Be the only process that runs experiments in this folder, which is made if need be.

        Yields a file whose name is nowhere else: a process that sees it sees this folder, and can write into it.
        Raises `StoreError` if another process holds it, it can't be written or holds something else.
        """
        with self._writable():
            self._refuse_foreign()
            for name in _FOLDERS:
                (self.path / name).mkdir(parents=True, exist_ok=True)
            lock = open(self.path / ".lock", "ab")  # noqa: SIM115 (the block below closes it)
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise StoreError(
                    f"{self.path} is in use by another finflow process; wait for it or choose another --out"
                ) from error
            self._refuse_newer()
            with self._writable():
                for left in self.path.rglob(f"{_TEMPORARY}*"):
                    left.unlink(missing_ok=True)
                mark = NamedTemporaryFile(prefix=_TEMPORARY, dir=self.path.resolve())  # noqa: SIM115 (as above)
            with mark:
                yield Path(mark.name)

    @contextmanager
    def _writable(self) -> Iterator[None]:
        """A block that changes what the folder lists; `StoreError` if it can't."""
        try:
            yield
        except OSError as error:
            raise StoreError(f"cannot write to {self.path}: {_reason(error)}") from error

    def _refuse_foreign(self) -> None:
        known = {"manifest.json", "report.html", ".lock", _SOLUTIONS, *_DERIVED, *_FOLDERS}
        entries = sorted(entry.name for entry in self.path.iterdir()) if self.path.is_dir() else []
        foreign = [name for name in entries if name not in known and not name.startswith(_TEMPORARY)]
        if foreign and "manifest.json" not in entries:
            raise StoreError(f"{self.path} holds other things ({foreign[0]}, ...); choose an empty or new folder")

    def _refuse_newer(self) -> None:
        """An older folder is taken over: its runs have other keys, or are read as they are."""
        if (self.path / "manifest.json").exists() and (found := schema_of(self._said())) > STORE_SCHEMA:
            raise StoreError(f"{self.path} was {_written(found)}; choose another --out")

    def keep_input(self, file: Path) -> Path:
        """A copy of `file` in this folder, named by its content, so that later changes to `file` don't matter."""
        content = file.read_bytes()
        copy = self.path / _INPUTS / f"{hashlib.sha256(content).hexdigest()[:16]}{file.suffix}"
        with replacing(copy) as temporary:
            temporary.write_bytes(content)
        return copy.resolve()  # workers may have another working directory

    def begin(
        self, manifest: dict[str, Any], config: str, config_hash: str, runs: list[Run], design: pd.DataFrame
    ) -> None:
        """State what this folder is about to hold, with the values of every draw; tables of earlier runs go."""
        with self._writable():
            for name in _DERIVED:
                (self.path / name).unlink(missing_ok=True)
        with replacing(self.path / "config" / f"{config_hash}.yaml") as temporary:
            temporary.write_text(config, encoding="utf-8")
        with replacing(self.path / "design.csv") as temporary:
            design.to_csv(temporary, index=False, lineterminator="\n")
        more = {"store_schema": STORE_SCHEMA, "config": f"config/{config_hash}.yaml"}
        _write_json(self.path / "manifest.json", {**manifest, **more, "plan": [asdict(run) for run in runs]})

    def write_run(self, run: Run, packed: Packed, seconds: float) -> None:
        """Keep what a run left, whole or not at all; `seconds` is its wall time. Without files if these are there."""
        for kind, content in packed.files.items():
            with replacing(self.part(kind, run)) as temporary:
                temporary.write_bytes(content)
        self._mark(run, "done", seconds, **packed.said)

    def write_failure(self, run: Run, stage: str, message: str, seconds: float) -> None:
        """Keep that a run failed, where and why."""
        self._mark(run, "failed", seconds, stage=stage, message=message)

    def _mark(self, run: Run, status: str, seconds: float, stage: str = "", message: str = "", **more: Any) -> None:
        row = {**asdict(run), "status": status, "stage": stage, "message": message, "seconds": seconds}
        _write_json(self.path / "runs" / f"{run.key}.json", row | more)

    def finish(self, summary: pd.DataFrame, timing: dict[str, float]) -> None:
        """Write the tables over all planned runs and complete the manifest."""
        done = self.done()
        with replacing(self.path / "runs.parquet") as temporary:
            pq.write_table(pa.Table.from_pandas(self.runs(), preserve_index=False), temporary)
        with (
            replacing(self.path / "events.parquet") as temporary,
            pq.ParquetWriter(temporary, SCHEMAS["events"]) as writer,
        ):
            for start in range(0, len(done), _PIECE):  # there may be thousands of runs
                writer.write_table(self.dataset("events", done[start : start + _PIECE]).to_table(use_threads=False))
        with replacing(self.path / "summary.parquet") as temporary:
            pq.write_table(pa.Table.from_pandas(summary, preserve_index=False), temporary, row_group_size=_ROWS)
        with replacing(self.path / "summary.csv") as temporary:
            summary.to_csv(temporary, index=False, lineterminator="\n")
        _write_json(
            self.path / "audit.json",
            [{"policy": r.policy, "draw": r.draw, "replication": r.replication, **self.row(r)["proof"]} for r in done],
        )
        ended = {"content_digest": self.content_digest(), "timing": timing}
        _write_json(self.path / "manifest.json", self.manifest() | ended)

    def write_solutions(self, table: pd.DataFrame) -> None:
        """Keep at which strengths policies cost the same."""
        with replacing(self.path / _SOLUTIONS) as temporary:
            table.to_csv(temporary, index=False, lineterminator="\n")

    # Reading

    def solutions(self) -> list[dict[str, Any]]:
        """What `write_solutions` kept, as rows; none if nothing was."""
        file = self.path / _SOLUTIONS
        if not file.exists():
            return []
        with file.open(encoding="utf-8", newline="") as stream:
            return [{name: _plain(name, text) for name, text in row.items()} for row in csv.DictReader(stream)]

    def manifest(self) -> dict[str, Any]:
        """Versions, inputs, plan, digest and timing.

        Raises `StoreError` if this is no results folder, or one whose schema this version does not read.
        """
        said = self._said()
        if not OLDEST_SCHEMA <= (found := schema_of(said)) <= STORE_SCHEMA:
            raise StoreError(
                f"{self.path} was {_written(found)}, this one reads {OLDEST_SCHEMA} to {STORE_SCHEMA}; "
                "read it with the version that wrote it, or run the experiment again"
            )
        return said

    def _said(self) -> dict[str, Any]:
        file = self.path / "manifest.json"
        try:
            return json.loads(file.read_text(encoding="utf-8"))
        except OSError as error:
            raise StoreError(f"{self.path} holds no results: manifest.json: {error.strerror}") from error
        except ValueError as error:
            raise StoreError(f"{file} cannot be read ({error}); run the experiment again to write it anew") from error

    def planned(self) -> list[Run]:
        """All runs of the last configuration, by draw, policy and replication."""
        return [Run(**entry) for entry in self.manifest()["plan"]]

    def done(self) -> list[Run]:
        """Planned runs that are wholly in the store."""
        return [run for run in self.planned() if self.holds(run)]

    def holds(self, run: Run) -> bool:
        """Whether `run` is finished and all its parts are there."""
        return self.row(run)["status"] == "done" and all(self.part(kind, run).exists() for kind in SCHEMAS)

    def runs(self) -> pd.DataFrame:
        """A row a planned run: `ROW`; status is done, failed or pending, seconds is wall time."""
        rows = [{name: row[name] for name in ROW} for row in map(self.row, self.planned())]
        return pd.DataFrame(rows, columns=pd.Index(ROW))

    def series(
        self, runs: Iterable[Run] | None = None, indicators: Names = (), groups: Names = (), **which: Names
    ) -> pd.DataFrame:
        """Series (columns of `SCHEMAS["series"]`) of finished runs; everything unless narrowed down.

        `which` names `policies`, `draws` or `replications`. Raises `StoreError` for a name that no run has.
        """
        return self._read("series", self._chosen(runs, **which), indicator=indicators, group=groups)

    def firms(self, runs: Iterable[Run] | None = None, windows: Names = (), **which: Names) -> pd.DataFrame:
        """A row a firm, window and finished run (columns of `SCHEMAS["firms"]`, money in fen); as `series`."""
        return self._read("firms", self._chosen(runs, **which), window=windows)

    def events(self, runs: Iterable[Run] | None = None, kinds: Names = (), **which: Names) -> pd.DataFrame:
        """What happened in finished runs (columns of `SCHEMAS["events"]`, amounts in fen); as `series`."""
        return self._read("events", self._chosen(runs, **which), kind=kinds)

    def columns(self, kind: str, run: Run, names: Iterable[str]) -> pa.Table:
        """Some columns of the table `kind` of one finished run, texts coded: quick, for thousands of runs in turn."""
        return columns_of(self.part(kind, run), kind, names)

    def dataset(self, kind: str, runs: Iterable[Run]) -> pads.Dataset:
        """Parts of finished runs under the labels of these runs, to scan piece by piece; nothing is read yet.

        A filter on policy, draw or replication leaves the other runs' parts unopened.
        """
        form, disk = pads.ParquetFileFormat(), LocalFileSystem()
        pieces = [
            form.make_fragment(
                str(self.part(kind, run)), disk, partition_expression=label(run.policy, run.draw, run.replication)
            )
            for run in runs
        ]
        return pads.FileSystemDataset(pieces, SCHEMAS[kind], form)

    def summary(self) -> pd.DataFrame:
        """The summary table. Raises `StoreError` before the experiment has ended once."""
        try:
            return pd.read_parquet(self.path / "summary.parquet")
        except FileNotFoundError as error:
            raise StoreError(f"{self.path} has no summary yet: the experiment has not ended") from error

    def content_digest(self) -> str:
        """SHA-256 over keys and content of finished runs: the same whoever ran them, in whatever order."""
        rows = sorted((r.policy, r.draw, r.replication, r.key, self.row(r)["digest"]) for r in self.done())
        return hashlib.sha256(json.dumps(rows).encode()).hexdigest()

    def part(self, kind: str, run: Run) -> Path:
        """The file with the table `kind` of `run`."""
        return self.path / kind / f"{run.key}.parquet"

    def row(self, run: Run) -> dict[str, Any]:
        """What the marker of `run` says, `ROW` and more; a run without a legible marker is pending."""
        row = {"status": "pending", "stage": "", "message": "", "seconds": 0.0}
        file = self.path / "runs" / f"{run.key}.json"
        try:
            row = json.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            pass
        except ValueError as error:
            row["message"] = f"{file.name} cannot be read: {error}"
        return row | asdict(run)

    def _chosen(
        self, runs: Iterable[Run] | None, policies: Names = (), draws: Names = (), replications: Names = ()
    ) -> list[Run]:
        chosen = self.done() if runs is None else list(runs)
        for name, wanted in (("policy", policies), ("draw", draws), ("replication", replications)):
            if listed := _listed(wanted):
                self._refuse_unknown(name, listed, {getattr(run, name) for run in chosen})
                chosen = [run for run in chosen if getattr(run, name) in listed]
        return chosen

    def _refuse_unknown(self, name: str, wanted: list[Any], known: set[Any]) -> None:
        for value in wanted:
            if value not in known:
                match = closest_match(str(value), map(str, known))
                hint = f"; did you mean {match}?" if match else ""
                raise StoreError(f"{self.path} has no finished run with {name} {value}{hint}")

    def _read(self, kind: str, runs: list[Run], /, **wanted: Names) -> pd.DataFrame:
        names = {column: listed for column, names in wanted.items() if (listed := _listed(names))}
        filters = [pc.field(column).isin(listed) for column, listed in names.items()]
        parts = self.dataset(kind, runs)
        table = parts.to_table(filter=reduce(and_, filters) if filters else None)
        if runs and not len(table):  # not before: not every run has every indicator
            for column, listed in names.items():
                batches = parts.to_batches(columns=[column])
                self._refuse_unknown(column, listed, {value for b in batches for value in b[0].unique().to_pylist()})
        return table.to_pandas()


def open_results(run: str | Path) -> Store:
    """The results folder that `run` means: a path, or a name under results/. Nothing of it is read yet.

    Raises `StoreError`, with the closest match, if there is none.
    """
    wanted = Path(run)
    for folder in (wanted, RESULTS / wanted):
        if (folder / "manifest.json").is_file():
            return Store(folder)
    found = [file.parent for base in (wanted.parent, RESULTS) for file in base.glob("*/manifest.json")]
    known = {name for folder in found for name in (str(folder), folder.name)}
    match = closest_match(str(run), sorted(known))
    raise StoreError(f"no results folder {run}" + (f"; did you mean {match}?" if match else ""))


def schema_of(manifest: dict[str, Any]) -> int:
    """Schema of the store that has this manifest; the first ones did not name theirs."""
    return manifest.get("store_schema", 1 if "draws" in manifest else 0)


def _written(schema: int) -> str:
    """By whom a folder of another schema was written."""
    return f"written by {'a newer' if schema > STORE_SCHEMA else 'an older'} finflow (store schema {schema})"


def _listed(names: Names) -> list[Any]:
    return [names] if isinstance(names, str | int) else list(names)
