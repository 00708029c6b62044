"""The command's exit codes and messages, in real processes where it matters."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from fake_simulation import Fake, cold
from typer.testing import CliRunner, Result

from experiments import cli, drawing, runner, units
from experiments.config import load
from experiments.scale import modelled_loans, scaled_amounts
from policies.catalogue import INSTRUMENTS, REFERENCE_LOANS
from sim.model import FinancingModel

ROOT = Path(__file__).parents[1]
SMALL = str(ROOT / "experiments" / "configs" / "small.yaml")


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The stand-in for the model, in an empty working directory; returns where `small` puts results."""
    monkeypatch.chdir(tmp_path)
    real = runner.execute

    def execute(*arguments, **options):
        return real(*arguments, task=Fake(), warm_up=cold, **options)

    monkeypatch.setattr(runner, "execute", execute)
    monkeypatch.setattr(drawing, "draw_all", lambda series, meta, out: [])
    return tmp_path / "results" / "small"


def finflow(*arguments: str) -> Result:
    return CliRunner().invoke(cli.app, arguments, env={"COLUMNS": "200"})


def test_run_then_status(fake: Path) -> None:
    result = finflow("run", SMALL, "--workers", "1")
    assert result.exit_code == 0, result.output
    assert "All-in rate, net, SMEs" in result.stdout
    assert "2 runs: 2 done, 0 failed, 2 of them run now" in result.stdout
    assert (fake / "summary.csv").is_file()
    said = json.loads(finflow("status", "small", "--format", "json").stdout)
    assert (said["runs"], said["done"], said["failed"], said["failures"]) == (2, 2, 0, [])
    assert "content_digest" in finflow("status", str(fake)).stdout


def test_run_with_a_changed_lever(fake: Path) -> None:
    pool = ("--set", "policies.pool.risk_compensation_pool.share=50%")
    assert "4 runs: 4 done" in finflow("run", SMALL, "--workers", "1", "--quiet", *pool).stdout
    more = finflow("run", SMALL, "--workers", "1", *pool, "--set", "policies.pool.risk_compensation_pool.share=40%")
    assert "4 runs: 4 done, 0 failed, 2 of them run now" in more.stdout


def test_quiet_says_one_line(fake: Path) -> None:
    result = finflow("run", SMALL, "--workers", "1", "--quiet")
    assert (len(result.stdout.splitlines()), result.stderr) == (1, "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", str(ROOT / "experiments" / "configs" / "smal.yaml")], "small.yaml"),
        (["run", SMALL, "--set", "replication=2"], "replications"),
        (["run", SMALL, "--set", "replications=many"], "replications"),
        (["run", SMALL, "--out", SMALL + "/below"], "cannot write to"),
        (["run", SMALL, "--out", str(ROOT / "docs" / "..")], "holds other things"),
        (["check", SMALL, "--set", "seed=-1"], "seed"),
        (["status", "nowhere"], "no results folder nowhere"),
        (["explain", "nowhere", "--firm", "1", "--step", "2"], "no results folder nowhere"),
        (["matrices", "nowhere", "--step", "2"], "no results folder nowhere"),
        (["calibrate", "--out", SMALL + "/below"], "cannot write"),
        (["evidence", "--out", SMALL], "cannot write"),
        (["validate", "--out", SMALL], "cannot write"),
        (["levers", "relending"], "did you mean relending_sme?"),
        (["levers", "xyzzy"], "there are relending_sme, interest_subsidy"),
        (["params", "bank.fundng"], "did you mean bank.funding?"),
        (["params", "--scenario", "shenzen"], "shenzhen_nev_2024"),
    ],
)
def test_mistakes_are_one_message_and_code_2(fake: Path, arguments: list[str], said: str) -> None:
    result = finflow(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr and len(result.stderr.splitlines()) == 1
    assert result.stdout == ""
    assert list(Path.cwd().iterdir()) == []


def test_status_offers_the_closest_folder(fake: Path) -> None:
    finflow("run", SMALL, "--workers", "1", "--quiet", "--set", "replications=1")
    result = finflow("status", "smal")
    assert result.exit_code == 2 and "did you mean small?" in result.stderr


def test_compare_knows_its_windows_before_it_writes(fake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    finflow("run", SMALL, "--workers", "1", "--quiet", "--set", "replications=1")
    monkeypatch.setattr("experiments.compare_report.draw_and_write", lambda *given: pytest.fail("it was drawn"))
    result = finflow("compare", "small", "--window", "year_9")
    assert (result.exit_code, result.stdout) == (2, "") and "no window year_9" in result.stderr


def test_bugs_are_not_swallowed(fake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "execute", lambda *_, **__: 1 / 0)
    result = finflow("run", SMALL)
    assert result.exit_code == 1 and isinstance(result.exception, ZeroDivisionError)


def test_check_says_the_experiment_in_words(fake: Path) -> None:
    said = json.loads(finflow("check", SMALL, "--workers", "1", "--format", "json").stdout)
    assert said["who"].startswith("200 suppliers in three tiers sell to 3 core enterprises")
    assert said["how long"].startswith("6 months of burn-in, then 12 months evaluated")
    assert said["runs"].startswith("2:") and said["time"].startswith("about")
    stressed = finflow("check", SMALL, "--set", "stresses=[{kind: oem_failure, month: 3, oem: 1}]").stdout
    assert "core enterprise 2 fails from month 3" in stressed
    assert list(Path.cwd().iterdir()) == []


def test_check_says_every_policy_as_a_change_to_current_law(fake: Path) -> None:
    policies = (
        "{no_policy: none, relending: {relending_sme: {rate: 1.25%, lenders: [1, 1, 1], start: 3 months}}, "
        "subsidy: {interest_subsidy: {rate: 2%, start: 2024-04, end: 2024-12-15}}, both: [relending, subsidy]}"
    )
    arguments = ("check", SMALL, "--set", f"policies={policies}", "--set", "parameters_sweep={bank.hurdle: [9%, 10%]}")
    said = json.loads(finflow(*arguments, "--format", "json").stdout)
    assert said["policy baseline"].startswith("current law: relending_sme (支小再贷款, 000 §10), government_guarantee")
    assert said["policy no_policy"].count(": off") == 3
    relending = "relending_sme (支小再贷款, 000 §10): rate 1.75% → 1.25%, lenders 0/0/1 → 1/1/1, from 2024-06-01"
    assert said["policy relending"] == relending
    assert said["policy subsidy"].startswith("interest_subsidy (贷款贴息, 000 §7; 002 §1; 004 §17): new, rate 2%, ")
    assert said["policy subsidy"].endswith(", from 2024-04-01, until 2024-12-15")
    assert said["policy both"] == f"{relending}; {said['policy subsidy']}"
    assert said["runs"].startswith("30: 5 policies, 2 replications each, 2 more draws of parameters with 2, from seed")


def test_check_scales_what_stands_for_the_nation_or_the_city(fake: Path) -> None:
    own = "policies={pool: {risk_compensation_pool: {balance: 7m CNY, scale: absolute}, interest_subsidy: {}}}"
    text = json.loads(finflow("check", SMALL, "--set", own, "--format", "json").stdout)["amounts"]
    experiment = load(SMALL, [own])
    loans = modelled_loans(experiment)
    assert 1e8 < loans < 1e10
    factor = loans / REFERENCE_LOANS["incl_sme_balance_2024"]
    assert f"quota 1.76 tn CNY is {units.brief(float(f'{1.76e12 * factor:.3g}'), 'CNY')} here" in text
    assert "balance 7 m CNY is 7 m CNY here" in text and "loan_cap" not in text and "capital 15 bn CNY is" in text


def test_levers_are_listed_with_presets_and_sources(fake: Path) -> None:
    rows = json.loads(finflow("levers", "--format", "json").stdout)
    assert [row["id"] for row in rows] == list(INSTRUMENTS)
    assert all(row["title"] and row["clause"] and row["mechanism"] and row["parameters"] for row in rows)
    (pool,) = json.loads(finflow("levers", "risk_compensation_pool", "--format", "json").stdout)
    share = pool["parameters"][0]
    assert (share["parameter"], share["preset"], share["high"], share["neutral"]) == ("share", "30%", "95%", "0%")
    assert share["source"] == "sz_pool_comp_rate_base"
    assert "risk_compensation_pool" in finflow("levers").stdout


def test_own_firms_are_counted_and_mistakes_in_them_told_before_anything_is_written(fake: Path) -> None:
    config = Path("own.yaml")
    config.write_text(
        f"{Path(SMALL).read_text()}  # the oems of the file\nfirms: firms.csv\n".replace(
            "population: {", "population: {oems: 2, oem_share: [60%, 40%], "
        )
    )
    rows = (ROOT / "experiments" / "examples" / "firms.csv").read_text()
    Path("firms.csv").write_text(rows)
    assert f"{len(rows.splitlines()) - 1} firms of" in finflow("check", str(config)).stdout
    Path("firms.csv").write_text(rows.replace(",oem,", ",omm,", 1))
    result = finflow("run", str(config))
    assert result.exit_code == 2 and "did you mean oem?" in result.stderr
    assert not fake.exists()


def test_params_come_with_value_bounds_and_source(fake: Path) -> None:
    rows = json.loads(finflow("params", "bank", "--format", "json").stdout)
    funding = next(row for row in rows if row["path"] == "bank.funding")
    assert {row["path"].split(".")[0] for row in rows} == {"bank"}
    assert (funding["value"], funding["unit"], funding["high"]) == ("1.85%/yr", "rate", "0.2")
    assert funding["source"] and funding["meaning"]
    assert len(json.loads(finflow("params", "--format", "json").stdout)) > 100


@pytest.mark.parametrize(
    ("behaviour", "arguments", "code"),
    [({}, ["run", SMALL, "--set", "replications=one"], 2), ({"fails": [1]}, ["run", SMALL, "--quiet"], 3)],
)
def test_exit_codes_of_the_process(tmp_path: Path, behaviour: dict, arguments: list[str], code: int) -> None:
    script = [sys.executable, str(ROOT / "tests" / "fake_simulation.py"), json.dumps(behaviour)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    ended = subprocess.run([*script, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert ended.returncode == code, ended.stderr
    assert "Traceback" not in ended.stderr
    if code == 3:
        assert "2 runs: 1 done, 1 failed" in ended.stdout


def test_check_scales_as_the_model_does(fake: Path) -> None:
    experiment = load(SMALL)
    model = FinancingModel(experiment.parameters, seed=experiment.seed, policy=experiment.policies["baseline"])
    pool = next(law for law in experiment.current_law if law.ID == "risk_compensation_pool")
    assert scaled_amounts(pool, modelled_loans(experiment))["balance"][1] == pytest.approx(
        model.levers.fen(pool, pool.balance) / 100, abs=0.02
    )
