"""A stored run is what was written and comes out again, here and wherever its folder is taken."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fake_simulation import Fake, cold
from test_equal_cost import task as costly
from typer.testing import CliRunner

from experiments import cli
from experiments.config import load
from experiments.runner import execute, input_hashes
from experiments.store import Store, StoreError
from experiments.verify import verify

ROOT = Path(__file__).parents[1]
SMALL = ROOT / "experiments" / "configs" / "small.yaml"
TASK = Fake()


def done(config: Path, folder: Path, task=TASK, sets=()):
    experiment = load(config, sets=sets)
    return execute(experiment, folder, task=task, warm_up=cold, workers=1, quiet=True).store


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return done(SMALL, tmp_path_factory.mktemp("verified") / "run")


@pytest.fixture
def store(made: Store, tmp_path: Path) -> Store:
    return Store(shutil.copytree(made.path, tmp_path / "run"))


@dataclass(frozen=True)
class Other:
    """What another version of the code might compute, or that it now fails."""

    fails: bool = False

    def __call__(self, experiment, policy, replication):
        if self.fails:
            raise ArithmeticError("books do not balance")
        return Fake()(experiment, policy, replication + 1)


def test_an_untouched_store_is_what_was_written_and_comes_out_again(store: Store) -> None:
    found = verify(store, 1, workers=1, quiet=True, task=TASK)
    assert found.line() == "2 stored runs read, 1 run again: nothing differs"


@pytest.mark.parametrize("kind", ["series", "firms", "events"])
def test_an_altered_missing_or_broken_part_is_named(store: Store, kind: str) -> None:
    run = store.done()[1]
    part = store.part(kind, run)
    table, content = pq.read_table(part), part.read_bytes()
    place = table.schema.get_field_index("step" if kind != "firms" else "need")
    field = table.schema.field(place)
    values = table.column(place).to_pylist()
    pq.write_table(table.set_column(place, field, pa.array([values[0] + 1, *values[1:]], field.type)), part)
    for said in ("was altered", "cannot be read", "is missing"):
        (row,) = verify(store, 0).differences.to_dict("records")
        assert (row["policy"], row["draw"], row["replication"]) == ("baseline", 0, run.replication)
        assert row["what"].startswith(f"{kind}/{run.key}.parquet {said}")
        if said == "was altered":
            part.write_bytes(content[:-20])
        else:
            part.unlink(missing_ok=True)


def test_another_compression_is_no_difference(store: Store) -> None:
    for part in store.path.glob("series/*.parquet"):
        pq.write_table(pq.read_table(part), part, compression="none")
    assert verify(store, 0).differences.empty


def test_an_altered_marker_or_manifest_is_told(store: Store) -> None:
    marker = store.path / "runs" / f"{store.done()[0].key}.json"
    content = marker.read_text()
    marker.write_text(json.dumps(json.loads(content) | {"digest": "0"}))
    assert verify(store, 0).differences["what"].tolist() == [
        f"runs/{marker.name} has another digest than the run's parts"
    ]
    marker.write_text(content[:40])
    assert "cannot be read" in verify(store, 0).differences["what"].tolist()[0]
    marker.write_text(content)
    manifest = store.path / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"content_digest": "0"}))
    assert "content digest" in verify(store, 0).differences["what"].tolist()[0]


@pytest.mark.parametrize(
    ("task", "said"), [(Other(), "it gives other numbers"), (Other(fails=True), "it fails: ArithmeticError")]
)
def test_runs_that_come_out_otherwise_are_told(store: Store, task: Other, said: str) -> None:
    found = verify(store, 2, workers=1, quiet=True, task=task).differences
    assert len(found) == 2 and all(said in what for what in found["what"])


def test_the_command_ends_with_3_where_something_differs(store: Store) -> None:
    def finflow(*more: str):
        return CliRunner().invoke(cli.app, ["verify", str(store.path), "--sample", "0", *more], env={"COLUMNS": "200"})

    assert (finflow().exit_code, finflow().stdout) == (0, "2 stored runs read, 0 run again: nothing differs\n")
    store.part("firms", store.done()[0]).unlink()
    result = finflow()
    assert result.exit_code == 3 and "is missing" in result.stdout
    assert len(json.loads(finflow("--format", "json").stdout)["differences"]) == 1


def test_other_numbers_are_not_run_again_but_read(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("experiments.replay.NUMBERS_VERSION", 99)
    assert verify(store, 0).differences.empty
    with pytest.raises(StoreError, match="whose numbers differ"):
        verify(store, 1)


def own_firms(folder: Path) -> Path:
    folder.mkdir()
    for name in ("firms.csv", "edges.csv"):
        shutil.copy(ROOT / "experiments" / "examples" / name, folder)
    config = folder / "own.yaml"
    text = SMALL.read_text().replace("population: {", "population: {oems: 2, oem_share: [60%, 40%], ")
    config.write_text(text + "firms: firms.csv\nedges: edges.csv\n")
    return config


def test_a_folder_alone_gives_its_results_again_elsewhere(tmp_path: Path) -> None:
    """With own firms and links and policies at equal cost, after the original files are gone."""
    config = own_firms(tmp_path / "there")
    sets = ["policies={subsidy: {interest_subsidy: {}}}", "equal_cost={policies: [subsidy], public_cost: 100m CNY/yr}"]
    first = done(config, tmp_path / "there" / "run", costly, sets)
    hashes = input_hashes(load(config))
    assert {run.policy for run in first.done()} == {"baseline", "subsidy", "subsidy@equal_cost"}
    (tmp_path / "here").mkdir()
    copy = Store(shutil.copytree(first.path, tmp_path / "here" / "copy"))
    shutil.rmtree(tmp_path / "there")
    said = copy.manifest()
    assert said["inputs"] == hashes and len(list(copy.path.glob("inputs/*.csv"))) == 2
    assert str(tmp_path) not in (copy.path / said["config"]).read_text()
    again = done(copy.path / said["config"], tmp_path / "new", costly)
    assert again.content_digest() == copy.content_digest() == said["content_digest"]
    assert verify(copy, 2, workers=1, quiet=True, task=costly).differences.empty


def test_files_edited_while_runs_go_on_change_nothing(tmp_path: Path) -> None:
    config = own_firms(tmp_path / "there")
    first = done(config, tmp_path / "run")
    (tmp_path / "there" / "firms.csv").write_text("edited")
    assert verify(first, 1, workers=1, quiet=True, task=TASK).differences.empty
