"""SQL and Python over a results folder: planned runs under their labels, everything else out of reach."""

import csv
import io
import json
from pathlib import Path

import pandas as pd
import pytest
from test_store import DESIGN, filled, run_of
from typer.testing import CliRunner, Result

from experiments import cli, open_results, query, query_output
from experiments.store import Run, Store, StoreError


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Runs 0 and 1 written as `baseline`; planned are run 0 under two names, 1, and 2, which is not there."""
    made = filled(tmp_path_factory.mktemp("stores") / "four-levers")
    plan = [run_of(0), Run(run_of(0).key, "renamed", 3, 0, 7), run_of(1), run_of(2)]
    with made.locked():
        made.begin({"experiment": "test"}, "experiment: test\n", "abc", plan, DESIGN)
    return made


def finflow(store: Store, *arguments: str) -> Result:
    return CliRunner().invoke(cli.app, ["query", str(store.path), *arguments], env={"COLUMNS": "200"})


def answer(store: Store, sql: str) -> list[tuple]:
    with query.asked(store, sql) as (_, pieces):
        return [row for piece in pieces for row in piece]


@pytest.mark.parametrize("kind", ["series", "firms", "events"])
def test_parts_are_read_under_the_labels_of_the_plan(store: Store, kind: str) -> None:
    found = answer(store, f"SELECT policy, draw, replication, count(*) FROM {kind} GROUP BY ALL ORDER BY ALL")
    rows = len(getattr(store, kind)([run_of(0)]))
    assert found == [("baseline", 0, 0, rows), ("baseline", 0, 1, rows), ("renamed", 3, 0, rows)]
    assert answer(store, f"SELECT count(*) FROM {kind} WHERE policy = 'renamed' AND draw = 3") == [(rows,)]


def test_runs_and_draws_are_tables_too(store: Store) -> None:
    assert answer(store, "SELECT status, count(*) FROM runs GROUP BY ALL ORDER BY ALL") == [("done", 3), ("pending", 1)]
    assert answer(store, "SELECT * FROM design") == [(0, "bank.hurdle", 0.11, "rate")]


def test_numbers_come_to_the_last_bit_in_every_format(store: Store) -> None:
    sql = "SELECT step, value FROM series WHERE policy = 'renamed' ORDER BY indicator, step"
    expected = store.series(policies="renamed").sort_values(["indicator", "step"])["value"].tolist()
    assert [value for _, value in answer(store, sql)] == expected
    rows = list(csv.DictReader(io.StringIO(finflow(store, sql, "--format", "csv").stdout)))
    assert [float(row["value"]) for row in rows] == expected
    assert [row["value"] for row in json.loads(finflow(store, sql, "--format", "json").stdout)] == expected
    assert json.loads(finflow(store, f"{sql} LIMIT 0", "--format", "json").stdout) == []
    assert json.loads(finflow(store, "SELECT 'nan'::double AS x", "--format", "json").stdout) == [{"x": None}]


def test_a_table_on_screen_ends_somewhere_and_says_so(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query_output, "SHOWN", 3)
    result = finflow(store, "SELECT step FROM series")
    assert result.exit_code == 0 and "The first 3 rows" in result.stderr
    assert "The first" not in finflow(store, "SELECT step FROM series LIMIT 3").stderr


def test_without_a_query_the_tables_and_their_columns_are_listed(store: Store) -> None:
    result = finflow(store)
    assert result.exit_code == 0
    assert all(name in result.stdout for name in ("runs", "series", "firms", "events", "design", "indicator"))
    assert "summary" not in result.stdout  # the experiment has not ended


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT * FROM read_csv('{other}')", "and nothing else"),
        ("SELECT * FROM read_text('{other}')", "and nothing else"),
        ("SELECT * FROM '{other}'", "and nothing else"),
        ("SELECT * FROM glob('{folder}/*')", "and nothing else"),
        ("SELECT * FROM read_parquet('{folder}/series/*.parquet')", "and nothing else"),
        ("COPY runs TO '{folder}/new.csv'", "found COPY; allowed: one query that reads"),
        ("COPY (SELECT 1) TO '{other}'", "found COPY"),
        ("EXPORT DATABASE '{folder}/new'", "found EXPORT"),
        ("INSTALL httpfs", "found LOAD"),
        ("LOAD httpfs", "found LOAD"),
        ("ATTACH '{folder}/new.db'", "found ATTACH"),
        ("SET memory_limit = '9GB'", "found SET"),
        ("SET enable_external_access = true", "found SET"),
        ("CREATE TABLE x AS SELECT 1", "found CREATE"),
        ("EXPLAIN ANALYZE COPY runs TO '{other}'", "found EXPLAIN"),
        ("SELECT 1; SELECT 2", "found 2 statements"),
        ("SELECT * FROM seris", "no table seris; there are runs, series, firms, events, design, columns; did you mean"),
        ("SELECT valu FROM series", "no column valu there; did you mean value"),
        ("SELECT * FROM tables", "no table tables"),  # a variable of ours: no table either
        ("SELEC 1", "syntax error"),
        ("SELECT CAST('a' AS INT)", "the query fails"),
    ],
)
def test_what_a_query_may_not_do_is_one_message(store: Store, tmp_path: Path, sql: str, said: str) -> None:
    other = tmp_path / "secret.csv"
    other.write_text("a\n1\n")
    before = sorted(store.path.rglob("*"))
    result = finflow(store, sql.format(other=other, folder=store.path))
    assert result.exit_code == 2 and result.stdout == ""
    assert said in result.stderr and len(result.stderr.splitlines()) == 1
    assert sorted(store.path.rglob("*")) == before and other.read_text() == "a\n1\n"


def test_two_columns_of_one_name_are_no_json(store: Store) -> None:
    result = finflow(store, "SELECT 1 AS a, 2 AS a", "--format", "json")
    assert result.exit_code == 2 and "tell them apart with AS" in result.stderr


# The door for Python.


def test_results_open_by_name_and_nothing_is_read_before_it_is_asked_for(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(store.path.parent)
    run = open_results("four-levers")
    assert (run.path, run.__dict__.keys()) == (Path("four-levers"), {"path"})
    with pytest.raises(StoreError, match="no results folder four-lever; did you mean four-levers"):
        open_results("four-lever")


def test_filters_choose_runs_and_rows(store: Store) -> None:
    everything = store.series()
    rows = everything[(everything["policy"] == "renamed") & (everything["indicator"] == "npl_ratio")]
    found = store.series(policies="renamed", indicators="npl_ratio")
    pd.testing.assert_frame_equal(found, rows.reset_index(drop=True))
    assert set(store.firms(windows=["whole"], replications=1)["replication"]) == {1}
    assert set(store.firms(windows=["whole"])["window"]) == {"whole"}
    assert set(store.events(draws=[0])["draw"]) == {0}
    assert store.events(kinds="failure").equals(store.events())


def test_parts_of_other_runs_stay_closed(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    part = store.part("series", run_of(1))
    content = part.read_bytes()
    part.write_bytes(b"broken")
    try:
        assert len(store.series(policies="renamed"))
        assert answer(store, "SELECT count(*) FROM series WHERE policy = 'renamed'")[0][0] > 0
        result = finflow(store, "SELECT count(step) FROM series")
        assert result.exit_code == 2 and part.name in result.stderr
    finally:
        part.write_bytes(content)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"policies": "renamd"}, "no finished run with policy renamd; did you mean renamed"),
        ({"draws": 7}, "no finished run with draw 7"),
        ({"indicators": "npl_ratios"}, "no finished run with indicator npl_ratios; did you mean npl_ratio"),
    ],
)
def test_a_filter_that_fits_nothing_is_told(store: Store, asked: dict, said: str) -> None:
    with pytest.raises(StoreError, match=said):
        store.series(**asked)
