"""A mistake is told once, with file, line, key path, what was found, what is allowed and the closest match.

Every file in `bad_configs/` breaks one rule; its first line is the message that must come, word by word.
"""

import pickle
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments import config, documents, scenario
from experiments.errors import ConfigError, Origin

FOLDER = Path(__file__).resolve().parent / "bad_configs"
SCENARIO = scenario.packaged()["shenzhen_nev_2024"]
GOOD = """\
experiment: good
question: Who pays?
scenario: shenzhen_nev_2024
horizon:
  burn_in: 6 months
  evaluate: 12 months
replications: 2
seed: 7
audit: final
parameters:
  step_days: 15 d
  bank:
    funding: 2%
    funding_spread: [0, 8 bp, 20 bp]
  products:
    factoring:
      limit: 70%
stresses:
  - kind: oem_failure
    month: 3
    months: 2
    oem: 0
policies:
  baseline: {}
  no_policy: none
  relending:
    relending_sme: {rate: 1.5%, quota: 20 bn CNY, start: 2024-06, end: 9 months, scale: absolute}
  pool:
    risk_compensation_pool:
      share: 50%
    government_guarantee: off
  both: [relending, pool]
sweep:
  relending_sme.rate: [1%, 1.25%]
  pool.risk_compensation_pool.share: [40%, 60%]
parameters_sweep:
  bank.hurdle: [9%, 11%]
  trade:
    oem_account_days: [60 d, 90 d]
"""
DOUBTING = f"{GOOD[: GOOD.index('parameters_sweep:')]}doubt:\n  draws: 4\n  replications: 2\n"
DESIGNING = (
    f"{GOOD[: GOOD.index('sweep:')]}"
    + """\
sweep:
  design: lhs
  points: 3
  over: {relending_sme.rate: own, pool.risk_compensation_pool.share: [40%, 60%]}
parameters_sweep:
  design: morris
  trajectories: 2
  levels: 4
  replications: 2
  over: {bank.hurdle: own, trade: {oem_account_days: [60 d, 90 d]}}
"""
)
DOUBTING += "equal_cost:\n  policies: [pool]\n  public_cost: 30 m CNY/yr\n"


def message(path: Path, *sets: str) -> str:
    with pytest.raises(ConfigError) as caught:
        config.load(path, sets)
    return str(caught.value)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_bad_file_gives_its_message(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER)
    expected = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")
    assert message(path) == expected


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        (
            "horizon.burnin=6 months",
            "horizon.burnin: unknown key; allowed here: burn_in, evaluate; did you mean burn_in?",
        ),
        ("replications", "found no path and value; allowed here: path=value, such as replications=2"),
        ("=2", "found no path and value; allowed here: path=value, such as replications=2"),
        ("horizon..burn_in=2", "found no path and value; allowed here: path=value, such as replications=2"),
        ("replications=", "replications: found nothing; allowed here: a count, a bare number"),
        ("replications=0", "replications: found '0'; allowed here: 1 to 100000"),
        ("replications.count=2", "replications: found a mapping; allowed here: a count, a bare number"),
        ("seed=[1", "not valid YAML: expected ',' or ']', but got '<stream end>'"),
        ("seed=!!int 1", "seed: found the tag tag:yaml.org,2002:int; allowed here: values without tags"),
        (".".join("a" * 17) + "=1", "nested too deeply; allowed here: at most 16 levels"),
        ("parameters.market.open=2", "parameters.market.open: found '2'; allowed here: 0 to 1"),
    ],
)
def test_set_option_is_named_instead_of_a_line(option: str, expected: str, tmp_path: Path) -> None:
    path = tmp_path / "good.yaml"
    path.write_text(GOOD, encoding="utf-8")
    assert message(path, option) == f"--set {option}: {expected}"


def test_what_set_leaves_as_it_was_keeps_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x.yaml").write_text("seed: 1\nexperiment: x\n", encoding="utf-8")
    assert message(Path("x.yaml"), "replications=2") == "x.yaml:1: key scenario is missing"


def test_missing_file_offers_the_closest_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert message(Path("nowhere/baseline.yaml")) == "nowhere/baseline.yaml: no such file"
    Path("baseline.yaml").write_text(GOOD, encoding="utf-8")
    assert message(Path("basline.yaml")) == "basline.yaml: no such file; did you mean baseline.yaml?"
    assert message(tmp_path) == ".: is a folder, not a file"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "x.yaml:1: the file is empty"),
        (b"---\n...\n", "x.yaml:1: the file is empty"),
        (b"a" * 1_000_001, "x.yaml: file is too large; allowed here: at most 1000000 bytes"),
        (b"experiment: x\nquestion: \xff\n", "x.yaml:2: not a text in UTF-8"),
        (b"experiment: x\nquestion: \x07\n", "x.yaml:2: holds a character that YAML forbids"),
        (b'experiment: x\nseed: "\\UFFFFFFFF"\n', "x.yaml:2: not valid YAML"),
        (b"[" * 1_000_000, "x.yaml:1: [0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0]: nested too deeply; "),
    ],
)
def test_bytes_that_are_no_document(
    data: bytes, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x.yaml").write_bytes(data)
    assert message(Path("x.yaml")).startswith(expected)


def test_an_alias_cannot_deepen_without_bound() -> None:
    deeper = "\n".join(f"- &a{i + 1} [[[[*a{i}]]]]" for i in range(500))
    with pytest.raises(ConfigError, match="nested too deeply"):
        documents.parse(f"- &a0 [x]\n{deeper}\n", "x")


@given(st.text(alphabet="ab: -[]{}&*!#|>'\"%@`?,\n\t\\x0~<=", max_size=40) | st.text(max_size=20))
def test_any_text_is_a_document_or_one_error(text: str) -> None:
    try:
        documents.parse(text, "x")
    except ConfigError as error:
        assert error.line is not None and 1 <= error.line <= text.count("\n") + 2


def keys(text: str) -> list[tuple[int, str]]:
    """Where each key of a document starts, and its name; quoted text and comments hidden first."""
    hidden = re.sub(r'"[^"\n]*"|#.*', lambda match: "." * len(match[0]), text)
    found = re.finditer(r"(?m)(?:^|[{,]|- ) *([a-z_0-9.]+):(?= |$)", hidden)
    return [(match.start(1), match[1]) for match in found]


def misspelt(text: str, place: tuple[int, str], letter: int) -> tuple[str, int]:
    """The text with one letter of a key doubled, and the line that key is on."""
    start, name = place
    at = start + next(k % len(name) for k in range(letter, letter + 2) if name[k % len(name)] != ".")
    return text[: at + 1] + text[at] + text[at + 1 :], text.count("\n", 0, start) + 1


def check_misspelt_key(error: ConfigError, file: Path, line: int, name: str) -> None:
    assert error.problem == "unknown key"
    assert (Path(error.file).name, error.line) == (file.name, line)
    assert str(error).startswith(f"{error.file}:{line}: {error.path}: unknown key; allowed here: ")
    assert error.closest in name.split(".")  # a key such as `a.b` is read part by part
    assert error.closest in error.allowed.split(", ") and str(error).endswith(f"; did you mean {error.closest}?")


FREE = (
    "baseline",
    "no_policy",
    "relending",
    "pool",
    "both",
)  # the file names these itself


PLACES = [(text, place) for text in (GOOD, DOUBTING, DESIGNING) for place in keys(text) if place[1] not in FREE]


@pytest.mark.parametrize("where", PLACES, ids=lambda where: where[1][1])
@settings(max_examples=3)
@given(st.integers(0, 40))
def test_misspelt_key_of_an_experiment(
    tmp_path_factory: pytest.TempPathFactory, where: tuple[str, tuple[int, str]], letter: int
) -> None:
    file = tmp_path_factory.mktemp("mutated") / "experiment.yaml"
    good, place = where
    text, line = misspelt(good, place, letter)
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        config.load(file)
    check_misspelt_key(caught.value, file, line, place[1])


@pytest.mark.parametrize("name", sorted({name for _, name in keys(SCENARIO.read_text(encoding="utf-8"))}))
@settings(max_examples=2)  # each reads a scenario
@given(st.data())
def test_misspelt_key_of_a_scenario(tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject) -> None:
    places = [place for place in keys(SCENARIO.read_text(encoding="utf-8")) if place[1] == name]
    place, letter = data.draw(st.sampled_from(places)), data.draw(st.integers(0, 40))
    folder = tmp_path_factory.mktemp("mutated")
    text, line = misspelt(SCENARIO.read_text(encoding="utf-8"), place, letter)
    (folder / "scenario.yaml").write_text(text, encoding="utf-8")
    (folder / "experiment.yaml").write_text("experiment: x\nscenario: scenario.yaml\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        config.load(folder / "experiment.yaml")
    check_misspelt_key(caught.value, folder / "scenario.yaml", line, place[1])


def test_unmutated_files_are_good_and_all_their_keys_are_mutated(tmp_path: Path) -> None:
    """Else the two tests above would prove nothing."""
    file = tmp_path / "good.yaml"
    for good in (GOOD, DOUBTING, DESIGNING):
        file.write_text(good, encoding="utf-8")
        config.load(file)
        assert len(keys(good)) == good.count(":")
    text = SCENARIO.read_text(encoding="utf-8")
    names = [name for _, name in keys(text)]
    leaves = len(config.DECLARED) + 5  # the law of the scenario says five values, the rest are presets
    assert names.count("value") == names.count("source") + names.count("assumed") == leaves


def test_a_mistake_found_in_a_worker_comes_back_with_all_it_says():
    told = ConfigError("found 'x'", Origin("a.yaml", 3), path="seed", allowed="a number", closest="y")
    again = pickle.loads(pickle.dumps(told))
    assert str(again) == str(told) == "a.yaml:3: seed: found 'x'; allowed here: a number; did you mean y?"
    assert vars(again) == vars(told)
