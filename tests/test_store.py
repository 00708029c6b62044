"""A run is in the store whole or not at all, and its digest is of content."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fake_simulation import record
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from experiments.parts import SCHEMAS, Packed, digest, digests, pack, to_table
from experiments.store import Run, Store, StoreError, replacing, run_key
from experiments.summary import summarise, summary_of
from experiments.tables import headline, readable
from experiments.windows import values_of

DESIGN = pd.DataFrame({"draw": [0], "path": ["bank.hurdle"], "value": [0.11], "unit": ["rate"]})
WORLD = SimpleNamespace(seed=7, burn_in_steps=2, evaluate_steps=4)


def run_of(replication: int) -> Run:
    return Run(run_key("world", (2, 4), "law", 7, replication), "baseline", 0, replication, 7)


def packed(made, run: Run) -> Packed:
    return pack(made, run.policy, run.draw, run.replication)


SAID = {"experiment": "test", "steps": {"burn_in": 2, "evaluate": 4, "days": 30}}


def filled(folder: Path, replications=(0, 1)) -> Store:
    store = Store(folder)
    runs = [run_of(replication) for replication in replications]
    with store.locked():
        store.begin(SAID, "experiment: test\n", "abc", runs, DESIGN)
        for run in runs:
            store.write_run(run, packed(record(WORLD, run.replication), run), seconds=1.0)
    return store


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    store = filled(tmp_path)
    expected = record(WORLD, 1).series.sort_values(["step", "group", "indicator"])
    got = store.series([run_of(1)])
    assert got["value"].tolist() == expected["value"].tolist()
    assert got["unit"].tolist() == expected["unit"].tolist()
    assert set(store.series(indicators=["npl_ratio"])["indicator"]) == {"npl_ratio"}
    of_second = store.firms().query("replication == 1")
    expected = record(WORLD, 1).firms.sort_values(["window", "slot"])
    assert of_second["granted"].tolist() == expected["granted"].tolist() and len(of_second) == 3 * 5
    assert set(store.firms()["size"]) == {"small"} and set(store.firms()["subsector"]) == {"battery"}
    assert store.events()["amount"].tolist() == [0, 1]
    assert store.runs()["status"].tolist() == ["done", "done"]


def test_derived_tables_cover_all_planned_runs(tmp_path: Path) -> None:
    store = filled(tmp_path)
    store.finish(summary_of(store, 1), {"seconds": 2.0})
    assert pq.read_table(tmp_path / "runs.parquet").column("replication").to_pylist() == [0, 1]
    assert pq.read_table(tmp_path / "events.parquet").num_rows == 2
    assert (tmp_path / "design.csv").read_text() == "draw,path,value,unit\n0,bank.hurdle,0.11,rate\n"
    assert [entry["steps_checked"] for entry in json.loads((tmp_path / "audit.json").read_text())] == [6, 6]
    assert store.manifest()["content_digest"] == store.content_digest()
    # Text keeps every bit of a number.
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "summary.csv"), store.summary(), check_dtype=False)


def test_a_run_under_two_names_is_kept_once_and_read_under_both(tmp_path: Path) -> None:
    store = filled(tmp_path, replications=(0,))
    other = Run(run_of(0).key, "renamed", 3, 0, 7)
    with store.locked():
        store.begin({"experiment": "test"}, "experiment: test\n", "abc", [run_of(0), other], DESIGN)
    assert store.done() == [run_of(0), other] and len(list(tmp_path.glob("series/*.parquet"))) == 1
    for frame in (store.series(), store.firms(), store.events(), store.runs()):
        assert set(zip(frame["policy"], frame["draw"], strict=True)) == {("baseline", 0), ("renamed", 3)}
    one, two = (store.series([run]).drop(columns=["policy", "draw"]) for run in store.done())
    pd.testing.assert_frame_equal(one, two)


def test_digest_is_of_content_not_of_bytes_time_or_order(tmp_path: Path) -> None:
    one, other = filled(tmp_path / "one"), filled(tmp_path / "other", replications=(1, 0))
    assert one.content_digest() == other.content_digest()
    tables = {kind: pq.read_table(tmp_path / "one" / kind / f"{run_of(0).key}.parquet") for kind in SCHEMAS}
    assert digest(tables) == json.loads((tmp_path / "one" / "runs" / f"{run_of(0).key}.json").read_text())["digest"]


def plainly(table: pa.Table) -> str:
    """What the digest of a table of events is, value by value."""
    content = b""
    for name in ("step", "kind", "subject", "detail", "amount"):
        field, values = SCHEMAS["events"].field(name), table.column(name).to_pylist()
        content += f"events.{name}:{field.type}:{len(values)}\n".encode()
        if field.type == pa.string():
            content += "\x1f".join("\x1e" if text is None else text for text in values).encode()
        else:
            content += np.array(values, field.type.to_pandas_dtype()).tobytes()
    return hashlib.sha256(content).hexdigest()


@given(st.lists(st.sampled_from(["a", "b", "", "企业 4", None]), max_size=9))
def test_digest_is_the_same_of_plain_and_of_coded_texts(texts: list[str | None]) -> None:
    rows = {"step": range(len(texts)), "kind": "x", "subject": texts, "detail": texts[::-1], "amount": 5}
    coded = to_table("events", pd.DataFrame(rows), "law", 0, 0)
    plain = coded.cast(SCHEMAS["events"])
    assert digests({"events": coded})["events"] == digests({"events": plain})["events"] == plainly(plain)


@given(st.lists(st.tuples(st.integers(-2, 2), *[st.sampled_from(["b", "a", "B", "企", ""])] * 2), max_size=20))
def test_rows_are_in_the_order_of_their_keys(keys: list[tuple[int, str, str]]) -> None:
    """Those with the same key as they came."""
    frame = pd.DataFrame(keys, columns=["step", "group", "indicator"]).assign(weight=1.0, value=range(len(keys)))
    frame = frame.assign(value=frame["value"].astype(float), unit="fen", group=frame["group"].astype("category"))
    table = to_table("series", frame, "law", 0, 0)
    ordered = sorted((*key, float(place)) for place, key in enumerate(keys))
    assert [(row["step"], row["group"], row["indicator"], row["value"]) for row in table.to_pylist()] == ordered


@pytest.mark.parametrize("kind", SCHEMAS)
def test_a_part_speaks_for_itself(tmp_path: Path, kind: str) -> None:
    """Whoever reads it with another tool finds the columns and types of its schema."""
    store = filled(tmp_path, replications=(0,))
    assert pq.read_schema(store.part(kind, run_of(0))) == SCHEMAS[kind]


@pytest.mark.parametrize(("kind", "column"), [("series", "value"), ("firms", "apr"), ("events", "amount")])
def test_digest_sees_every_last_bit(tmp_path: Path, kind: str, column: str) -> None:
    changed = record(WORLD, 0)
    frame = getattr(changed, kind)
    values = frame[column].to_numpy().copy()
    values[0] = np.nextafter(values[0], 2.0) if kind == "series" else 0.5 if kind == "firms" else values[0] + 1
    setattr(changed, kind, frame.assign(**{column: values}))
    store = filled(tmp_path, replications=(0,))
    before = store.content_digest()
    store.write_run(run_of(0), packed(changed, run_of(0)), seconds=1.0)
    assert store.content_digest() != before


def test_key_depends_on_each_of_its_parts() -> None:
    base = ("world", (2, 4), "law", 7, 0)
    other = ("world2", (2, 5), "pool", 8, 1)
    keys = {run_key(*base)} | {run_key(*base[:i], other[i], *base[i + 1 :]) for i in range(len(base))}
    assert len(keys) == len(base) + 1


def test_a_run_without_its_marker_or_a_part_does_not_count(tmp_path: Path) -> None:
    store = filled(tmp_path)
    (tmp_path / "runs" / f"{run_of(0).key}.json").unlink()
    (tmp_path / "firms" / f"{run_of(1).key}.parquet").unlink()
    assert store.done() == []
    assert store.runs()["status"].tolist()[0] == "pending"


def test_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_text("old")
    with pytest.raises(ArithmeticError), replacing(target) as temporary:
        temporary.write_text("half")
        raise ArithmeticError
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("broken", SCHEMAS)
def test_run_that_can_not_be_written_in_full_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    real = Path.write_bytes

    def full(where: Path, content: bytes) -> int:
        if where.parent.name == broken:
            real(where, content[:10])
            raise OSError(28, "No space left on device")
        return real(where, content)

    store = filled(tmp_path, replications=())
    with store.locked():
        store.begin({"experiment": "test"}, "experiment: test\n", "abc", [run_of(0)], DESIGN)
        monkeypatch.setattr(Path, "write_bytes", full)
        with pytest.raises(StoreError, match="No space left on device"):
            store.write_run(run_of(0), packed(record(WORLD, 0), run_of(0)), seconds=1.0)
    assert store.done() == [] and not list(tmp_path.glob("runs/*"))
    assert not list(tmp_path.glob(f"{broken}/*"))


def test_leftovers_of_a_killed_process_go(tmp_path: Path) -> None:
    store = filled(tmp_path)
    leftover = tmp_path / "series" / ".tmp-1-part.parquet"
    leftover.touch()
    with store.locked():
        assert not leftover.exists()
    assert len(store.done()) == 2


def test_another_configuration_leaves_the_runs_of_the_first(tmp_path: Path) -> None:
    store = filled(tmp_path)
    with store.locked():
        store.begin({"experiment": "test"}, "experiment: test\n", "def", [run_of(5)], DESIGN)
    assert store.runs()["status"].tolist() == ["pending"]
    with store.locked():
        store.begin({"experiment": "test"}, "experiment: test\n", "abc", [run_of(0), run_of(1)], DESIGN)
    assert len(store.done()) == 2


def test_second_process_is_told_that_the_folder_is_in_use(tmp_path: Path) -> None:
    code = "import sys; from experiments.store import Store\nwith Store(sys.argv[1]).locked(): pass"
    root = Path(__file__).parents[1]
    with Store(tmp_path).locked():
        second = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=root, capture_output=True, text=True)
    assert second.returncode == 1 and "in use by another finflow process" in second.stderr
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=root, check=True)


def test_folder_with_other_things_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").touch()
    with pytest.raises(StoreError, match=r"holds other things \(thesis.docx"), Store(tmp_path).locked():
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.docx"]


def test_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot write to"), Store(tmp_path / "file" / "run").locked():
        pass


def test_missing_results_are_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="holds no results"):
        Store(tmp_path).manifest()


ROWS = st.lists(
    st.tuples(st.integers(0, 9), st.floats(-1e3, 1e3), st.sampled_from([0.0, 0.5, 3.0])),
    min_size=1,
    max_size=20,
)


@given(ROWS, st.integers(0, 9), st.integers(0, 9))
def test_window_is_the_weighted_mean(rows: list[tuple[int, float, float]], first: int, length: int) -> None:
    frame = pd.DataFrame(rows, columns=["step", "value", "weight"])
    series = frame.assign(group="sme", indicator="x", unit="share")
    got = values_of(series, {"w": (first, first + length)}, 30)["w", "sme", "x", "share"]
    chosen = [(value, weight) for step, value, weight in rows if first <= step <= first + length]
    total = sum(weight for _, weight in chosen)
    expected = sum(value * weight for value, weight in chosen) / total if total else np.nan
    np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-9)


def test_value_without_weight_does_not_spoil_the_window() -> None:
    rows = {"step": [0, 1], "value": [np.nan, 4.0], "weight": [0.0, 2.0]}
    series = pd.DataFrame(rows | {"group": "sme", "indicator": "x", "unit": "share"})
    assert values_of(series, {"w": (0, 1)}, 30)["w", "sme", "x", "share"] == 4.0


def test_interval_covers_as_often_as_it_says() -> None:
    worlds, size = 2000, 5
    draws = np.random.default_rng(1).normal(3.0, 2.0, (size, worlds))
    rows = [("whole", "sme", f"x{i:04}", "share") for i in range(worlds)]
    table = summarise("baseline", 0, rows, draws.T)
    covered = ((table["low"] < 3.0) & (table["high"] > 3.0)).sum()
    assert stats.binomtest(int(covered), worlds, 0.95).pvalue > 0.001
    assert (table["n"] == size).all()


def test_single_or_missing_replications_have_no_interval() -> None:
    table = summarise("baseline", 0, [("whole", "sme", "sme_apr_net", "rate")], [[0.0412, np.nan]])
    assert table[["mean", "n"]].values.tolist() == [[0.0412, 1]]
    assert table[["low", "high"]].isna().all(axis=None)
    assert headline(table)[["mean", "low", "n"]].values.tolist() == [["4.12%", "–", 1]]


@pytest.mark.parametrize(
    ("value", "style", "text"),
    [
        (0.0412, "%", "4.12%"),
        (0.0035, "bp", "35 bp"),
        (170.04, "d", "170.0 d"),
        (2.5e11, "money", "2.5 bn CNY"),
    ],
)
def test_numbers_are_readable(value: float, style: str, text: str) -> None:
    assert readable(value, style) == text


def rewritten(store: Store, **changes: object) -> Store:
    """The store with other words in its manifest; None takes one out."""
    said = json.loads((store.path / "manifest.json").read_text()) | changes
    kept = {name: value for name, value in said.items() if value is not None}
    (store.path / "manifest.json").write_text(json.dumps(kept))
    return store


def test_a_store_of_the_schema_before_is_read(tmp_path: Path) -> None:
    store = rewritten(filled(tmp_path), store_schema=None, draws={"kind": "none"})
    assert len(store.done()) == 2 and set(store.series()["replication"]) == {0, 1}


@pytest.mark.parametrize(("schema", "said"), [(None, "older finflow .store schema 0"), (99, "newer finflow")])
def test_a_store_that_is_too_old_or_too_new_is_refused(tmp_path: Path, schema: int | None, said: str) -> None:
    store = rewritten(filled(tmp_path), store_schema=schema)
    for read in (store.manifest, store.series, store.runs, store.content_digest):
        with pytest.raises(StoreError, match=said):
            read()


def test_an_older_folder_is_taken_over_and_a_newer_one_left_alone(tmp_path: Path) -> None:
    store = rewritten(filled(tmp_path), store_schema=None)
    with store.locked():
        store.begin({"experiment": "test"}, "experiment: test\n", "abc", [run_of(0)], DESIGN)
    assert len(store.done()) == 1
    with pytest.raises(StoreError, match="choose another --out"), rewritten(store, store_schema=99).locked():
        pass


def test_runs_of_other_numbers_are_read_and_never_mixed_with_new_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("experiments.store.NUMBERS_VERSION", 1)
    store, before = filled(tmp_path), run_of(0)
    monkeypatch.undo()
    assert len(store.done()) == 2 and before in store.done()  # readers see what was planned then
    assert run_of(0).key != before.key
    with store.locked():
        store.begin({"experiment": "test"}, "experiment: test\n", "abc", [run_of(0)], DESIGN)
    assert store.done() == []  # a run starts from nothing; the old parts stay, unseen
    assert store.part("series", before).exists()


def test_a_marker_that_cannot_be_read_is_no_run(tmp_path: Path) -> None:
    store = filled(tmp_path)
    (tmp_path / "runs" / f"{run_of(0).key}.json").write_text("{half")
    assert store.done() == [run_of(1)]
    row = store.runs().loc[0]
    assert row["status"] == "pending" and "cannot be read" in row["message"]
