"""Two stored experiments differ in what `finflow diff` says, and in nothing else."""

import csv
import io
import json
import shutil

import numpy as np
import pytest
from fake_simulation import Fake, cold
from plain_windows import window
from test_determinism import SMALL
from typer.testing import CliRunner

from experiments import cli
from experiments.config import load
from experiments.diff import as_data, diff, sentences, tables
from experiments.paired import student
from experiments.runner import execute
from experiments.store import Store
from sim.windows import windows

POOL = "policies.pool.risk_compensation_pool.share=50%"
BOTH = "policies.both={risk_compensation_pool: {share: 50%}, interest_subsidy: {}}"


def made(folder, *sets):
    experiment = load(SMALL, sets=sets)
    return execute(experiment, folder, task=Fake(), warm_up=cold, workers=1, quiet=True).store


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    """a; b of fewer replications, another hurdle, policy of more instruments; c of another seed and policy's name."""
    folder = tmp_path_factory.mktemp("diff")
    hurdle, subsidy = "parameters.bank.hurdle=10%", "policies.pool.interest_subsidy.rate=2%"
    return {
        "a": made(folder / "a", "replications=4", POOL),
        "b": made(folder / "b", "replications=3", POOL, hurdle, subsidy, BOTH),
        "c": made(folder / "c", "replications=3", POOL.replace("pool", "half", 1), "seed=7"),
    }


def rows(table, key):
    return {row[key]: row for row in table.to_dict("records")}


def test_a_copy_is_the_same_to_the_digest(stores, tmp_path):
    copy = Store(shutil.copytree(stores["a"].path, tmp_path / "copy"))
    found = diff(stores["a"], copy)
    digest = stores["a"].content_digest()
    assert sentences(found) == [
        f"The results are the same to the digest {digest[:12]}: 8 runs.",
        "The configurations are the same, key by key.",
    ]
    assert (len(found.made_with), len(found.config), len(found.results)) == (0, 0, 0)
    assert "Configuration" not in tables(found)


def test_another_name_and_question_leave_the_results_the_same(stores, tmp_path):
    found = diff(stores["a"], made(tmp_path, "replications=4", POOL, "experiment=other", "question=why?"))
    assert "same to the digest" in sentences(found)[0]
    assert found.config[["path", "change", "a", "b"]].to_numpy().tolist() == [
        ["experiment", "changed", "small", "other"],
        ["question", "added", "–", "why?"],
    ]


def test_configurations_are_told_key_by_key_with_both_values(stores):
    found = rows(diff(stores["a"], stores["b"]).config, "path")
    assert set(found) == {
        "parameters.bank.hurdle", "replications", "policies.pool.interest_subsidy.rate",
        "policies.both.interest_subsidy", "policies.both.risk_compensation_pool.share",
    }  # fmt: skip
    hurdle = found["parameters.bank.hurdle"]
    assert (hurdle["change"], hurdle["a"], hurdle["b"]) == ("changed", "11%", "10%")
    assert "return" in hurdle["meaning"].lower()
    share = found["policies.both.risk_compensation_pool.share"]
    assert (share["change"], share["a"], share["b"]) == ("added", "–", "50%")
    assert share["meaning"].startswith("Risk-compensation pool: ")
    back = rows(diff(stores["b"], stores["a"]).config, "path")
    assert {path: row["change"] for path, row in back.items()} == {
        path: {"added": "removed", "removed": "added"}.get(row["change"], row["change"]) for path, row in found.items()
    }


def test_policies_and_designs_in_common(stores):
    found = diff(stores["a"], stores["b"])
    assert found.policies.to_numpy().tolist() == [
        ["baseline", "baseline", True], ["pool", "pool", False], ["–", "both", False],
    ]  # fmt: skip
    design = {row["what"].strip(): (row["a"], row["b"], row["both"]) for row in found.designs.to_dict("records")}
    assert design["policies that do the same"] == (2, 3, 1)
    assert design["runs planned"] == design["runs done"] == (8, 9, 0)  # another hurdle is another world
    more = diff(stores["a"], made(stores["a"].path.parent / "more", "replications=5", POOL))
    design = {row["what"].strip(): (row["a"], row["b"], row["both"]) for row in more.designs.to_dict("records")}
    assert design["runs done"] == (8, 10, 8) and design["of these, with the same content"][2] == 8
    assert sentences(more)[0] == "The results differ."


def test_a_policy_under_another_name_is_found_by_what_it_does(stores):
    found = diff(stores["a"], stores["c"])
    assert found.policies.to_numpy().tolist() == [["baseline", "baseline", True], ["pool", "half", True]]
    assert set(zip(found.results["policy"], found.results["policy_b"], strict=True)) == {
        ("baseline", "baseline"), ("pool", "half"),
    }  # fmt: skip
    assert "pool in A, half in B, whole" in tables(found)


def test_means_are_of_all_replications_and_differences_of_those_with_the_same_seed(stores):
    a, b = stores["a"], stores["b"]
    found = diff(a, b).results.set_index(["policy", "id"])
    experiment = load(SMALL)
    whole = windows(experiment.burn_in_steps, experiment.evaluate_steps, 30)["whole"]

    def levels(store, policy):
        chosen = [run for run in store.done() if run.policy == policy]
        tables = [window(store.series([run]), whole.start, whole.stop - 1) for run in chosen]
        return np.array([table.set_index("indicator").loc["sme_apr_net", "value"] for table in tables])

    row = found.loc[("pool", "sme_apr_net")]
    for side, store, count in (("a", a, 4), ("b", b, 3)):
        values = levels(store, "pool")
        assert row[f"{side}_n"] == len(values) == count
        expected = student(100.0 * values)  # in percent
        assert np.allclose(row[[side, f"{side}_low", f"{side}_high"]].astype(float), expected[:3], rtol=1e-12)
    # The stand-in adds a hundredth for each instrument: 100 bp for one more, nothing for current law.
    assert row["pairs"] == 3 and row["verdict"] == "higher"
    assert np.allclose(row[["diff", "diff_low", "diff_high"]].astype(float), 100.0)
    law = found.loc[("baseline", "sme_apr_net")]
    assert (law["diff"], law["verdict"], law["unit"]) == (0.0, "identical", "bp")


def test_other_seeds_stand_side_by_side_without_differences(stores):
    found = diff(stores["a"], stores["c"])
    assert set(found.results["pairs"]) == {0} and found.results["diff"].isna().all()
    assert any("No replications share their seed" in sentence for sentence in sentences(found))
    assert as_data(found)["results"][0]["diff"] is None


def test_versions_and_digests_that_differ_are_told(stores, tmp_path):
    copy = Store(shutil.copytree(stores["a"].path, tmp_path / "copy"))
    file = copy.path / "manifest.json"
    said = json.loads(file.read_text())
    said["packages"]["numpy"], said["numbers_version"] = "1.0", 99
    file.write_text(json.dumps(said))
    found = diff(stores["a"], copy)
    assert rows(found.made_with, "what")["packages.numpy"]["b"] == "1.0"
    assert set(found.made_with["what"]) == {"numbers_version", "packages.numpy"}
    assert any("numbers_version differs" in sentence for sentence in sentences(found))


def test_runs_of_one_key_whose_content_differs_are_told(stores, tmp_path):
    copy = Store(shutil.copytree(stores["a"].path, tmp_path / "copy"))
    marker = copy.path / "runs" / f"{copy.done()[0].key}.json"
    marker.write_text(json.dumps(json.loads(marker.read_text()) | {"digest": "0"}))
    said = sentences(diff(stores["a"], copy))
    assert said[:2] == [
        "The results differ.",
        "1 runs have the same key and not the same content: `finflow verify` says whose.",
    ]


def finflow(*arguments):
    return CliRunner().invoke(cli.app, ["diff", *map(str, arguments)], env={"COLUMNS": "160"})


def test_command_prints_texts_one_table_of_everything_or_data(stores):
    folders = (stores["a"].path, stores["b"].path)
    shown = finflow(*folders)
    assert shown.exit_code == 0
    for said in (
        "parameters.bank.hurdle",
        "in B alone",
        "+100",
        "The results differ.",
        "their seed (3 pairs)",
    ):
        assert said in shown.stdout
    table = list(csv.DictReader(io.StringIO(finflow(*folders, "--format", "csv").stdout)))
    assert {row["part"] for row in table} == {"made_with", "config", "policy", "design", "result"}
    (row,) = (row for row in table if (row["what"], row["policy"]) == ("sme_apr_net", "pool"))
    assert float(row["diff"]) == pytest.approx(100.0) and row["level_unit"] == "%"
    said = json.loads(finflow(*folders, "--format", "json", "--window", "first_12").stdout)
    assert (said["same"], said["window"]) == (False, "first_12") and len(said["results"]) == 6


@pytest.mark.parametrize(
    ("other", "options", "said"),
    [("nowhere", (), "no results folder"), ("b", ("--window", "year_9"), "no window year_9")],
)
def test_mistakes_are_one_message_and_code_2(stores, other, options, said):
    result = finflow(stores["a"].path, stores["a"].path.parent / other, *options)
    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)
    assert said in result.stderr


def test_configuration_that_is_gone_is_named(stores, tmp_path):
    copy = shutil.copytree(stores["a"].path, tmp_path / "copy")
    (config,) = (copy / "config").iterdir()
    config.unlink()
    result = finflow(stores["a"].path, copy)
    assert result.exit_code == 2 and f"{config.name}: no such file" in result.stderr
