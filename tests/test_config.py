"""An experiment file becomes one resolved object, layer by layer, and that object gives itself back."""

import csv
import datetime
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.parameters import Stress
from experiments import config, documents, leaf, scenario
from experiments.config import Experiment
from experiments.errors import ConfigError
from experiments.leaf import Provenance
from experiments.values import DECLARED

ROOT = Path(__file__).resolve().parents[1]
CONFIGS = sorted((ROOT / "experiments" / "configs").glob("*.yaml"))
BASELINE = ROOT / "experiments" / "configs" / "baseline.yaml"
MINIMAL = "experiment: mine\nscenario: shenzhen_nev_2024\n"

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(text: str) -> Path:
        path = tmp_path / "experiment.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return written


def again(experiment: Experiment, folder: Path) -> Experiment:
    path = folder / "resolved.yaml"
    path.write_text(documents.dump(experiment.resolved()), encoding="utf-8")
    return config.load(path)


def test_baseline_says_what_it_says() -> None:
    made = config.load(BASELINE)
    assert (made.name, made.scenario, made.date) == (
        "baseline",
        "shenzhen_nev_2024",
        datetime.date(2024, 3, 1),
    )
    assert (made.burn_in_steps, made.evaluate_steps) == (24, 60)
    assert (made.replications, made.seed, made.audit) == (10, 20240301, "every_step")
    assert made.parameters.bank.funding == 0.0185
    assert made.parameters.population.annual_purchases == 36e9
    assert made.parameters.trade.term_days == (80.0, 70.0, 70.0)
    assert isinstance(made.parameters.population.suppliers, int)
    assert made.stresses == () and made.firms is None and made.question is None


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_packaged_experiments_load_under_their_own_name(path: Path) -> None:
    assert config.load(path).name == path.stem


def test_layers_lie_in_order(write: Write) -> None:
    """Defaults < scenario < file < --set."""
    plain = config.load(write(MINIMAL))
    assert (plain.replications, plain.audit, plain.burn_in_days) == (10, "final", 720)
    path = write(MINIMAL + "replications: 3\nparameters: {bank: {funding: 2%, hurdle: 10%}}\n")
    filed = config.load(path)
    assert (filed.replications, filed.parameters.bank.funding, filed.parameters.bank.hurdle) == (3, 0.02, 0.1)
    told = config.load(
        path, ["parameters.bank.funding=250 bp", "replications=4", "horizon.burn_in=0", "replications=5"]
    )
    assert (told.replications, told.parameters.bank.funding, told.parameters.bank.hurdle) == (5, 0.025, 0.1)
    assert (told.burn_in_days, told.evaluate_days) == (0, 1800)


def test_a_shorter_step_makes_more_of_them(write: Write) -> None:
    made = config.load(write(MINIMAL), ["parameters.step_days=15 d", "horizon.burn_in=45 d"])
    assert (made.burn_in_steps, made.evaluate_steps) == (3, 120)


def test_provenance_of_every_parameter() -> None:
    made = config.load(BASELINE, ["parameters.bank.funding=2%"])
    assert list(made.values()) == list(DECLARED)
    assert set(made.provenance) == set(DECLARED)
    assert made.provenance["bank.funding"] == Provenance(None, None, "set", "instead of 0.0185 /yr")
    assert made.provenance["bank.npl_days"] == Provenance(None, "supervisory definition", "assumed")
    with (ROOT / "experiments" / "scenarios" / "calibration.csv").open(encoding="utf-8", newline="") as stream:
        confidence = {row["id"]: row["confidence"] for row in csv.DictReader(stream)}
    status = {}
    for row, read in confidence.items():
        measured, estimated = read in ("read-A", "read-B"), read in ("read-C", "derived", "memory-high")
        status[row] = "measured" if measured else "estimated" if estimated else "assumed"
    assert leaf.calibration() == status
    for path, origin in made.provenance.items():
        if origin.source is not None:
            assert (origin.status, origin.assumed) == (status[origin.source], None), path
        else:
            assert (origin.assumed is not None) == (origin.status == "assumed"), path


def test_title_and_question_in_two_languages_are_kept_and_change_no_digest(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    asked = "title: {en: Losses, zh: 损失分担}\nquestion: {en: Who pays?, zh: 谁承担？}\n"
    file.write_text(MINIMAL + asked, encoding="utf-8")
    made = config.load(file)
    assert made.question == {"en": "Who pays?", "zh": "谁承担？"} and made.title == {"en": "Losses", "zh": "损失分担"}
    file.write_text(MINIMAL + "question: Who pays?\n", encoding="utf-8")
    assert config.load(file).digest() == made.digest()
    file.write_text(documents.dump(made.resolved()), encoding="utf-8")
    again = config.load(file)
    assert (again.title, again.question) == (made.title, made.question)


@pytest.mark.parametrize(
    ("title", "said"),
    [("x" * 81, "found 81 characters"), ('"a\\nb"', "in one line"), ("{en: Losses}", "key zh is missing")],
)
def test_a_title_is_short_in_one_line_and_in_both_languages(tmp_path: Path, title: str, said: str) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(MINIMAL + f"title: {title}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=said):
        config.load(file)


def test_a_run_folder_alone_reproduces(tmp_path: Path) -> None:
    for name in ("firms.csv", "edges.csv"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    (tmp_path / "mine.yaml").write_text(
        MINIMAL
        + "audit: off\nquestion: |\n  Who pays?\n  #1: 小企业\n\nfirms: firms.csv\nedges: edges.csv\n"
        + "parameters: {population: {oems: 2, oem_share: [1e-7, 0.9999999]}, demand: {shock_sd: 0.1}}\n"
        + "stresses:\n  - {kind: oem_failure, month: 3, oem: 1}\n"
        + "  - {kind: lending_stop, month: 0, months: 6}\n",
        encoding="utf-8",
    )
    made = config.load(tmp_path / "mine.yaml")
    assert made.question == "Who pays?\n#1: 小企业\n" and made.firms == tmp_path / "firms.csv"
    assert made.stresses == (
        Stress(kind="oem_failure", month=3, oem=1),
        Stress(kind="lending_stop", month=0, months=6),
    )
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    copy = again(made, folder)
    assert copy == made and copy.digest() == made.digest() and copy.resolved() == made.resolved()


def test_names_of_policies_come_back_and_decide_no_number(write: Write, tmp_path: Path) -> None:
    policies = "policies:\n  pool: {risk_compensation_pool: {share: 50%}}\n  none: none\n"
    plain = config.load(write(MINIMAL + policies))
    named = config.load(write(f"{MINIMAL}{policies}names: {{pool: {{en: a larger pool, zh: 资金池扩容}}}}\n"))
    assert plain.names == {} and "names" not in plain.resolved()
    assert named.names == {"pool": {"en": "a larger pool", "zh": "资金池扩容"}}
    assert again(named, tmp_path) == named and named.digest() == plain.digest()


@pytest.mark.parametrize("mark", ["\x85", "\u2028", "\u2029"])
def test_line_breaks_of_unicode_come_back(mark: str, tmp_path: Path) -> None:
    made = replace(config.load(BASELINE), question=f"why{mark}so{mark}")
    assert again(made, tmp_path) == made


@settings(max_examples=10)  # each reads three documents
@given(
    share=st.floats(0, 1),
    rate=st.floats(-0.05, 0.05),
    money=st.floats(1e4, 1e15),
    question=st.text(min_size=1, max_size=30).filter(lambda text: text.strip()),
)
def test_any_value_comes_back_to_the_bit(
    tmp_path_factory: pytest.TempPathFactory, share: float, rate: float, money: float, question: str
) -> None:
    folder = tmp_path_factory.mktemp("resolved")
    options = [
        f"parameters.population.oem_share=[{share!r}, {1 - share!r}]",
        "parameters.population.oems=2",
        f"parameters.bank.funding_spread=[{rate!r} /yr, 0, 1 bp]",
        f"parameters.population.annual_purchases={money!r} CNY/yr",
    ]
    made = replace(config.load(BASELINE, options), question=question)
    copy = again(made, folder)
    assert copy == made and copy.digest() == made.digest()


def test_digest_is_of_what_decides_numbers(tmp_path: Path) -> None:
    same = [
        "experiment=other",
        "replications=3",
        "audit=off",
        "question=why",
        "parameters.bank.funding=185 bp",
    ]
    other = [
        "seed=1",
        "horizon.burn_in=0",
        "horizon.evaluate=12 months",
        "parameters.bank.funding=186 bp",
        "stresses=[{kind: demand_stop, month: 3}]",
        "stresses=[{kind: demand_stop, month: 4}]",
    ]
    plain = config.load(BASELINE).digest()
    assert {config.load(BASELINE, [option]).digest() for option in same} == {plain}
    assert len({plain} | {config.load(BASELINE, [option]).digest() for option in other}) == 1 + len(other)
    firms = tmp_path / "firms.csv"
    digests = {plain}
    for content in ("a", "b"):
        firms.write_text(content, encoding="utf-8")
        digests.add(config.load(BASELINE, [f"firms={firms}"]).digest())
        digests.add(config.load(BASELINE, [f"edges={firms}"]).digest())
    assert len(digests) == 5


def test_paths_start_where_they_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a file from its folder, in `--set` from the working directory."""
    for folder in ("filed", "shell"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "firms.csv").write_text("", encoding="utf-8")
    path = tmp_path / "filed" / "x.yaml"
    path.write_text(MINIMAL + "firms: firms.csv\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path / "shell")
    assert config.load("../filed/x.yaml").firms == tmp_path / "filed" / "firms.csv"
    assert config.load(path, ["firms=firms.csv"]).firms == tmp_path / "shell" / "firms.csv"


def test_a_scenario_may_be_a_file_of_ones_own(write: Write, tmp_path: Path) -> None:
    text = scenario.packaged()["shenzhen_nev_2024"].read_text(encoding="utf-8")
    mine = text.replace("scenario: shenzhen_nev_2024", "scenario: mine").replace("1.85%/yr", "2.5%/yr")
    (tmp_path / "mine.yaml").write_text(mine, encoding="utf-8")
    made = config.load(write("experiment: x\nscenario: mine.yaml\n"))
    assert (made.scenario, made.parameters.bank.funding) == ("mine", 0.025)


def test_the_date_decides_numbers_and_the_scenario_s_name_does_not(write: Write, tmp_path: Path) -> None:
    text = scenario.packaged()["shenzhen_nev_2024"].read_text(encoding="utf-8")
    path = write("experiment: x\nscenario: mine.yaml\n")
    digests = []
    for old, new in (
        ("", ""),
        ("scenario: shenzhen_nev_2024", "scenario: mine"),
        ("2024-03-01", "2024-04-01"),
    ):
        (tmp_path / "mine.yaml").write_text(text.replace(old, new), encoding="utf-8")
        digests.append(config.load(path).digest())
    assert digests[0] == digests[1] != digests[2]


def test_only_a_bare_null_is_nothing(write: Write) -> None:
    assert config.load(write('experiment: "null"\nscenario: shenzhen_nev_2024\n')).name == "null"
    node = documents.parse("[null, ~, '~', off, 1e3]", "x")
    assert node is not None
    assert [entry.value for entry in node.children()] == [None, None, "~", "off", "1e3"]


def test_aliases_repeat_a_value(write: Write) -> None:
    made = config.load(write(MINIMAL + "horizon: {burn_in: &year 12 months, evaluate: *year}\n"))
    assert made.burn_in_days == made.evaluate_days == 360
