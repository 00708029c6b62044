"""`finflow sensitivity` on whole experiments whose indices are known: tables, gaps, refusals, charts, the report."""

import json
import shutil
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fake_simulation import cold, record
from matplotlib.figure import Figure
from matplotlib.text import Text
from policy_worlds import shelf
from typer.testing import CliRunner, Result

from experiments import cli, config, report_trust, style
from experiments.design import Design, design_of
from experiments.headline import STYLES, Measure
from experiments.hinges import BEYOND, WITHIN
from experiments.indices import Responses, indices
from experiments.interactions import switches
from experiments.labels import LANGUAGES
from experiments.pairs import BASELINE, Reader, collect, planned
from experiments.parameter_names import NAMES, axis_name, span_text
from experiments.pictures import words_of
from experiments.quantities import level_of, quantities, read
from experiments.report_page import Text as Words
from experiments.report_source import Source
from experiments.runner import execute
from experiments.sampled import sampled, unsuited
from experiments.sampling import Sampling
from experiments.sensitivity import Sensitivity, sensitivity
from experiments.sensitivity_chart import MOST_PANELS, _shown, bars_data
from experiments.sensitivity_gallery import pictures
from experiments.sensitivity_told import index_words, sentences
from experiments.store import Run, Store, StoreError
from experiments.values import DECLARED

SMALL = Path(__file__).parents[1] / "experiments" / "configs" / "small.yaml"
POLICIES = "policies={loan: {interest_subsidy: {}}, paper: {discount_subsidy: {}}, pool: {risk_compensation_pool: {}}}"
RANGES = {
    "bank.hurdle": (0.09, 0.13),  # assumed, as the next
    "bank.screening_response": (0.2, 0.4),
    "informal.rate": (0.1, 0.2),  # estimated
}
OVER = "{" + ", ".join(f"{path}: [{low:%}, {high:%}]" for path, (low, high) in RANGES.items()) + "}"
LEVEL = np.array([0.02, 0.0, 0.005])  # of the rate under current law, from one end of each range to the other
EFFECT = {  # of each policy: at the low ends of all ranges, and from there to the high end of each
    "loan": (-0.02, np.array([0.001, 0.003, 0.004])),
    "paper": (-0.002, np.array([0.004, 0.0, 0.0])),
    "pool": (0.0, np.zeros(3)),
}


def place(experiment) -> np.ndarray:
    """Where an experiment's parameters lie in their ranges."""
    values = experiment.values()
    return np.array([(values[path] - low) / (high - low) for path, (low, high) in RANGES.items()])


def task(experiment, policy, replication):
    return partial(run, experiment, replication)


def run(experiment, replication, policy):
    """The all-in rate alone, with luck that policies share but for a little."""
    made = record(experiment, replication)
    at, luck = place(experiment), np.random.default_rng([replication, 7])
    value = 0.05 + at @ LEVEL + luck.normal(0.0, 0.01)
    if policy.name in EFFECT:
        own, slopes = EFFECT[policy.name]
        shared, apart = luck.normal(0.0, 5e-5), np.random.default_rng([replication, *(1e6 * at).astype(int)])
        value += (own + at @ slopes + shared + apart.normal(0.0, 2e-5)) * (own != 0.0)
    made.series = made.series[made.series["indicator"] == "sme_apr_net"].assign(value=value, weight=1.0)
    return made


def stored(folder: Path, *sets: str) -> Path:
    experiment = config.load(SMALL, [POLICIES, *sets])
    execute(experiment, folder, task=task, warm_up=cold, workers=1, quiet=True)
    return folder


def design(kind: str) -> str:
    return f"parameters_sweep={{design: {kind}, replications: 2, over: {OVER}}}"


@pytest.fixture(scope="module")
def morris(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stored(
        tmp_path_factory.mktemp("sensitivity") / "morris", design("morris, trajectories: 5"), "replications=3"
    )


@pytest.fixture(scope="module")
def found(morris: Path) -> Sensitivity:
    return sensitivity(Store(morris))


def finflow(*arguments: str) -> Result:
    return CliRunner().invoke(cli.app, ["sensitivity", *arguments], env={"COLUMNS": "200"})


def row(found: Sensitivity, policy: str, column: str) -> np.ndarray:
    rows = found.indices[found.indices["policy"] == policy]
    assert list(rows["axis"]) == list(RANGES)
    return rows[column].to_numpy(np.float64)


# --- Indices of an experiment ---------------------------------------------------------------------------------


def test_indices_of_levels_and_of_paired_effects_are_those_of_the_functions(found: Sensitivity) -> None:
    assert list(dict.fromkeys(found.indices["policy"])) == [BASELINE, "loan", "paper", "pool"]
    assert set(found.indices["unit"]) == {"bp"} and set(found.indices["indicator"]) == {"sme_apr_net"}
    assert row(found, BASELINE, "mu") == pytest.approx(1e4 * LEVEL, abs=0.01)  # luck is the same at all points
    assert row(found, BASELINE, "noise_floor") == pytest.approx(0.0, abs=0.01)
    for policy in ("loan", "paper"):
        assert row(found, policy, "mu") == pytest.approx(1e4 * EFFECT[policy][1], abs=0.4)
    assert (row(found, "pool", "mu_star") == 0.0).all()
    assert set(found.indices["units"]) == {5} and set(found.indices["replications"]) == {2}


def values_at(design: Design, function) -> dict[tuple[str, int, int], float]:
    """What a run of each policy at each draw would give, without running any."""
    return {
        (own.policy, own.draw, own.replication): function(design.world(own.draw), own.policy) for own in design.runs()
    }


def test_sobol_of_an_experiment_is_that_of_the_function_at_the_same_points() -> None:
    over = "{bank.hurdle: [9%, 13%], informal.rate: [10%, 20%]}"
    design = design_of(config.load(SMALL, [f"parameters_sweep={{design: sobol, blocks: 8, over: {over}}}"]))
    (level,) = sampled(design)
    found = indices(level.responses(values_at(design, lambda experiment, _: place(experiment) @ LEVEL)))
    points = Sampling("sobol", (8,)).points(2, design.experiment.seed).reshape(8, 4, 2)
    exact = indices(Responses(level.sampling, points, (points @ LEVEL[[0, 2]])[:, :, None]))
    for name in ("first", "total", "total_conf"):
        assert found[name] == pytest.approx(exact[name], abs=1e-3)
    assert [axis.span for axis in level.axes] == ["9% to 13%", "10% to 20%"]


def test_levers_that_are_sampled_have_indices_of_their_own() -> None:
    over = "{loan.interest_subsidy.rate: [1%, 3%], pool.risk_compensation_pool.share: [30%, 50%]}"
    design = design_of(config.load(SMALL, [POLICIES, f"sweep={{design: morris, trajectories: 4, over: {over}}}"]))
    loan, pool = sampled(design)
    assert (loan.kind, loan.policy, pool.policy) == ("levers", "loan", "pool")
    assert {name.split("[")[0] for name, _ in loan.places} == {"loan"} and len(loan.places) == 8

    def of(_, policy: str) -> float:
        rates = [span.rate for span in design.policies[policy].instruments if span.ID == "interest_subsidy"]
        return 0.05 - 0.4 * sum(rates)

    found = indices(loan.responses(values_at(design, of)))
    assert found["mu"] == pytest.approx(-0.4 * 0.02, abs=1e-6)


def test_coalitions_of_an_attribution_are_a_grid_of_switches() -> None:
    sets = [
        "policies={all: {interest_subsidy: {}, discount_subsidy: {}}}",
        "replications=5",
        "attribution={bundle: all}",
    ]
    (grid,) = switches(design_of(config.load(SMALL, sets)))
    assert grid.policies[0] == BASELINE and grid.policies[3] == "all" and grid.replications == 5
    assert grid.titles == (("Interest subsidy", "贷款贴息"), ("Discount subsidy", "贴现贴息"))


def test_a_sweep_of_three_values_is_no_grid_of_switches() -> None:
    both = "policies={all: {interest_subsidy: {}, discount_subsidy: {}}}"
    for rates, count in (("[1%, 2%]", 1), ("[1%, 2%, 3%]", 0)):
        sweep = f"sweep={{all.interest_subsidy.rate: {rates}, all.discount_subsidy.rate: [1%, 2%]}}"
        assert len(switches(design_of(config.load(SMALL, [both, sweep])))) == count


def test_a_verdict_hangs_on_assumed_parameters_and_its_sign_is_looked_at(found: Sensitivity) -> None:
    loan, paper, pool = found.hinges
    assert [hinge.axis.path for hinge in loan.first][:2] == ["bank.screening_response", "bank.hurdle"]
    assert loan.first[0].sign == "holds" and loan.same == loan.points == 20
    assert paper.first[0].axis.path == "bank.hurdle" and paper.first[0].sign == "changes" and paper.same < 20
    assert (pool.reason, pool.first, pool.assumed) == ("flat", (), 2)
    assert found.others > 100
    said = sentences(found)
    assert "screening lost under cover (30." in said[0] and "the sign holds in both halves" in said[0]
    assert "informal rate" not in " ".join(said)  # it is estimated, not assumed
    assert "the sign changes from one half of it to the other" in said[1] and said[2].endswith("moves it.")
    chinese = sentences(found, "zh")
    assert len(chinese) == len(said) == 4 and "受保后放松审查的程度（全区间平均变化30." in chinese[0]


def test_every_parameter_has_a_name_of_its_own_in_both_languages() -> None:
    for lang, longest in (("en", 45), ("zh", 14)):
        names = [axis_name(path, lang) for path in DECLARED]
        assert len(set(names)) == len(DECLARED) and max(map(len, names)) <= longest
        assert all(any(letter >= "\u4e00" for letter in name) == (lang == "zh") for name in names)
    assert set(NAMES) <= set(DECLARED)
    assert [axis_name("relending_sme.rate", lang) for lang in LANGUAGES] == ["Re-lending: rate", "支小再贷款：利率"]


@pytest.mark.parametrize(
    ("span", "english", "chinese"),
    [
        ("50% to 85%", "50–85\u00a0%", "50–85%"),
        ("1000 CNY to 50000 CNY", "1,000–50,000\u00a0CNY", "0.1–5万元"),
        ("900 m CNY to 2000 bn CNY", "900\u00a0m CNY–2,000\u00a0bn CNY", "9–20,000亿元"),
        ("11.25 d to 18.75 d", "11.25–18.75\u00a0d", "11.25–18.75天"),
        ("×0.75 to ×1.25", "×0.75–×1.25", "×0.75–×1.25"),
    ],
)
def test_a_range_has_its_unit_once_and_in_the_reader_s_language(span: str, english: str, chinese: str) -> None:
    assert (span_text(span, "en"), span_text(span, "zh")) == (english, chinese)


def test_what_is_told_firm_by_firm_has_the_effect_of_the_comparison(tmp_path: Path) -> None:
    """Like-for-like rates: a policy's value less the baseline's is the paired difference, for every replication."""
    store = shelf(tmp_path, ("baseline", "relending"), replications=3, firms=40)
    runs = store.done()
    measures = quantities(store, ["sme_apr_like_for_like", "apr:borrowers:both"], runs)
    pairs = collect(Reader(store, ()), planned(runs)[1])
    for measure, values in zip(measures, read(store, measures, "last_24", runs), strict=True):
        found = [values["relending", 0, number] - values["baseline", 0, number] for number in range(3)]
        expected = pairs.difference("last_24", measure.group, measure.indicator)
        assert found == pytest.approx(STYLES[measure.style].factor * expected) and min(map(abs, found)) > 0.0
    own = store.firms([runs[0]]).query("window == 'last_24' and size != 'large' and weight > 0")
    paid = (own["weight"] * own["apr"]).sum() / own["weight"].sum()
    assert read(store, measures, "last_24", runs)[0]["baseline", 0, 0] == pytest.approx(1e4 * paid)


# --- Gaps -----------------------------------------------------------------------------------------------------


def fail(folder: Path, *which: Run) -> Store:
    store = Store(folder)
    for one in which:
        store.write_failure(one, "evaluation", "books do not balance", 0.0)
    return store


def runs_at(folder: Path, policy: str, draws: range) -> list[Run]:
    return [own for own in Store(folder).planned() if own.policy == policy and own.draw in draws]


def test_trajectories_that_miss_a_policys_run_are_left_out_counted_and_told(morris: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(morris, tmp_path / "copy")
    fail(copy, *runs_at(copy, "loan", range(3, 4)))  # draw 3 is in the first trajectory of four points
    result = finflow(str(copy))
    assert result.exit_code == 0, result.output
    assert "loan, sme_apr_net: 4 of 5 Morris trajectories are whole; the others are left out." in result.stdout
    assert "2 runs failed" in result.stdout
    table = pd.read_csv(copy / "sensitivity.csv").groupby("policy")["units"].first()
    assert table.to_dict() == {BASELINE: 5, "loan": 4, "paper": 5, "pool": 5}
    fail(copy, *runs_at(copy, BASELINE, range(5, 6)))  # every effect is held against it, and loan has too little left
    table = sensitivity(Store(copy)).indices.groupby("policy")["units"].first()
    assert table.to_dict() == {BASELINE: 4, "paper": 4, "pool": 4}


def test_one_replication_that_failed_leaves_the_others_of_its_trajectory(morris: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(morris, tmp_path / "copy")
    fail(copy, runs_at(copy, "loan", range(3, 4))[0])
    found = sensitivity(Store(copy))
    assert found.gaps == () and row(found, "loan", "mu") == pytest.approx(1e4 * EFFECT["loan"][1], abs=0.5)


def test_too_few_whole_trajectories_are_refused(morris: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(morris, tmp_path / "copy")
    fail(copy, *(own for draw in (1, 5) for own in runs_at(copy, BASELINE, range(draw, draw + 1))))
    result = finflow(str(copy))
    assert result.exit_code == 2 and len(result.stderr.splitlines()) == 1 and result.stdout == ""
    assert "3 of 5 Morris trajectories are whole and 4 are needed" in result.stderr
    assert "of 172 runs failed" in result.stderr
    assert not (copy / "sensitivity.csv").exists() and not list((copy / "charts").glob("sensitivity*"))


# --- Refusals -------------------------------------------------------------------------------------------------


def test_a_store_that_is_not_finished_is_refused(morris: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(morris, tmp_path / "copy")
    (copy / "runs" / f"{Store(copy).planned()[7].key}.json").unlink()
    result = finflow(str(copy))
    assert result.exit_code == 2 and "1 of 172 runs are still to come" in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("sets", "said"),
    [
        ([], "no design"),
        (["doubt={draws: 2}"], "doubt, a Latin hypercube"),
        (["parameters_sweep={bank.hurdle: [9%, 10%]}"], "parameters_sweep by grid"),
        (["sweep={loan.interest_subsidy.rate: [1%, 2%]}"], "sweep by grid"),
        (["sweep={design: lhs, points: 2, over: [loan.interest_subsidy.rate]}"], "sweep by lhs"),
    ],
)
def test_what_an_experiment_has_instead_is_said(sets: list[str], said: str) -> None:
    design = design_of(config.load(SMALL, [POLICIES, *sets]))
    assert sampled(design) == [] and switches(design) == [] and unsuited(design) == said


def test_an_experiment_whose_design_tells_nothing_is_refused(tmp_path: Path) -> None:
    result = finflow(str(stored(tmp_path / "plain", "doubt={draws: 2}", "replications=1")))
    assert result.exit_code == 2 and len(result.stderr.splitlines()) == 1 and result.stdout == ""
    assert "it has doubt, a Latin hypercube; sensitivity needs `design: morris` or `sobol`" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--indicator", "sme_apr_ned"], "no finished run with indicator sme_apr_ned; did you mean sme_apr_net?"),
        (["--indicator", "npl_ratio"], "no finished run with indicator npl_ratio"),
        (["--indicator", "sme_apr_net:large"], "no group large; there are sme_apr_net:sme"),
        (["--window", "first_13"], "did you mean first_12?"),
    ],
)
def test_what_no_run_has_is_refused_with_the_closest_match(morris: Path, arguments: list[str], said: str) -> None:
    result = finflow(str(morris), *arguments)
    assert result.exit_code == 2 and said in result.stderr and len(result.stderr.splitlines()) == 1


def test_a_design_of_another_version_is_refused(morris: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(morris, tmp_path / "copy")
    said = Store(copy).manifest()
    (copy / "manifest.json").write_text(json.dumps(said | {"digest": "0" * 64}), encoding="utf-8")
    with pytest.raises(StoreError, match="have changed since"):
        sensitivity(Store(copy))


# --- Switches -------------------------------------------------------------------------------------------------

TOGETHER = 0.003  # what loan and paper do together beyond what each does


def switch_task(experiment, policy, replication):
    return partial(switched, experiment, replication)


def switched(experiment, replication, policy):
    made = record(experiment, replication)
    rates = {span.ID: span.rate for span in policy.instruments if span.ID.endswith("subsidy") and span.start_day >= 0}
    loan, paper = (rates.get(name, 0.0) > 0.015 for name in ("interest_subsidy", "discount_subsidy"))
    luck = np.random.default_rng(replication).normal(1.0, 0.05)
    value = 0.06 + luck * (-0.01 * loan - 0.004 * paper + TOGETHER * (loan and paper))
    made.series = made.series[made.series["indicator"] == "sme_apr_net"].assign(value=value, weight=1.0)
    return made


@pytest.fixture(scope="module")
def grid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("switches")
    sets = [
        "policies={all: {interest_subsidy: {}, discount_subsidy: {}, risk_compensation_pool: {}}}", "replications=3",
        "sweep={all.interest_subsidy.rate: [1%, 2%], all.discount_subsidy.rate: [1%, 2%],"
        " all.risk_compensation_pool.share: [30%, 50%]}",
    ]  # fmt: skip
    experiment = config.load(SMALL, sets)
    execute(experiment, folder, task=switch_task, warm_up=cold, workers=1, quiet=True)
    return folder


def test_a_grid_of_switches_has_a_map_of_interactions(grid: Path) -> None:
    found = sensitivity(Store(grid))
    rows = found.maps.set_index(["first", "second"])["effect"]
    loan, paper, pool = dict.fromkeys(found.maps["first"])
    assert loan.startswith("Interest subsidy: rate 1% → 2%")
    luck = np.mean([np.random.default_rng(number).normal(1.0, 0.05) for number in range(3)])
    assert rows[loan, paper] == pytest.approx(1e4 * TOGETHER * luck)
    assert rows[loan, loan] == pytest.approx(1e4 * (-0.01 + TOGETHER / 2) * luck)
    assert rows[loan, pool] == pytest.approx(0.0, abs=1e-9) and rows[paper, pool] == pytest.approx(0.0, abs=1e-9)
    assert set(found.maps["n"]) == {3} and found.maps["off"].iloc[0] == pytest.approx(600.0)
    assert len(found.indices) == 0


def test_a_replication_that_misses_a_combination_is_left_out(grid: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(grid, tmp_path / "copy")
    fail(copy, next(own for own in Store(copy).planned() if own.policy.startswith("all[") and own.replication == 2))
    result = finflow(str(copy))
    assert "2 of 3 replications of all combinations are whole" in result.stdout, result.output
    fail(copy, *(own for own in Store(copy).planned() if own.policy.startswith("all[")))
    assert "0 of 3 replications of all combinations are whole" in finflow(str(copy)).stderr


# --- Output ---------------------------------------------------------------------------------------------------


def test_the_command_prints_tables_with_units_and_leaves_files(morris: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(morris, tmp_path / "copy")
    result = finflow(str(copy), "--lang", "zh")
    assert result.exit_code == 0, result.output
    assert "All-in rate net of subsidy, all borrowers: μ* ± (σ), bp" in result.stdout
    assert "luck" in result.stdout and "9% to 13%" in result.stdout
    verdicts = pd.read_csv(copy / "sensitivity_verdicts.csv")
    assert list(verdicts.loc[verdicts["policy"] == "loan", "rank"]) == [1, 2]
    charts = {file.name for file in (copy / "charts").glob("sensitivity*")}
    stem = "sensitivity.sme_apr_net"
    assert charts == {f"{stem}.csv", f"{stem}.json", f"{stem}_zh.png", f"{stem}_zh.svg"}
    data = json.loads(finflow(str(copy), "--format", "json", "--window", "first_12").stdout)
    assert len(data["indices"]) == 12 and data["window"] == "first_12" and len(data["said"]) == 4


def check(figure: Figure) -> None:
    width, height = figure.bbox.size
    ticks = {text for axes in figure.axes for text in axes.get_xticklabels()}  # some stand outside, not drawn
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        if text not in ticks and text.get_text().strip():
            box = text.get_window_extent()
            assert box.x0 >= -1 and box.y0 >= 0 and box.x1 <= width + 1 and box.y1 <= height, text.get_text()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_charts_stay_on_the_page_and_say_what_they_show(found: Sensitivity, grid: Path, lang: str) -> None:
    made = [*pictures(found), *pictures(sensitivity(Store(grid)))]
    assert [picture.name for picture in made] == ["sensitivity.sme_apr_net", "interactions.all.sme_apr_net"]
    for picture in made:
        said = words_of(picture)
        with style.styled():
            figure = style.new_figure(said["title"][lang], said["footer"][lang], lang, picture.rows)
            picture.draw(figure, lang)
            figure.draw_without_rendering()
            check(figure)
        assert found.said["finflow"] in said["footer"][lang] and "{" not in said["alt"][lang]
    bars, map_of = (words_of(picture)["title"]["en"] for picture in made)
    assert "what 'loan' does to it moves most with informal rate, by 40." in bars
    assert "'Interest subsidy: rate 1% → 2%' and 'Discount subsidy: rate 1% → 2%' together move" in map_of


def test_a_policy_that_the_title_may_name_has_a_panel() -> None:
    names = [BASELINE, "one", "two", "three", "four"]
    data = pd.DataFrame({"policy": np.repeat(names, 2), "index": [1.0, 2.0] * 5, "told": [WITHIN] * 10})
    assert _shown(data) == names[:MOST_PANELS]
    data.loc[[4, 9], "told"] = BEYOND  # a smaller index of the second, the largest of the fourth
    assert _shown(data) == [BASELINE, "two", "four", "one"]


def test_the_chart_shows_what_the_table_has(found: Sensitivity) -> None:
    data = bars_data(found, found.measures[0], "parameters")
    assert len(data) == 12 and data["policy"].nunique() <= MOST_PANELS
    level = data[(data["policy"] == BASELINE) & (data["axis"] == "bank.hurdle")].iloc[0]
    assert level["index"] == pytest.approx(200.0, abs=0.01) and level["range"] == "9% to 13%"
    assert level["mean"] == pytest.approx(1e4 * (0.05 + LEVEL.sum() / 2), abs=150.0)


def test_a_share_over_the_whole_is_not_told_as_one() -> None:
    cost = Measure("cost", "sme_cost_of_need", "sme", "price")
    assert index_words("sobol", 0.62, cost, "en") == "0.62 of the variance"
    assert [index_words("sobol", 1.56, cost, lang).count("1.56") for lang in LANGUAGES] == [0, 0]
    assert index_words("morris", 1.56, cost, "en") == "by 1.6 bp over its range"


def test_money_is_told_in_the_unit_of_the_reader_s_language() -> None:
    paid = Measure("public", "public_cost", "public", "money", yearly=True)
    assert index_words("morris", 12.34, paid, "en") == "by 12.3 m CNY a year over its range"
    assert index_words("morris", 12.34, paid, "zh") == "全区间变化1,234万元／年"
    assert (level_of(paid, 3.79, "en"), level_of(paid, 3.79, "zh")) == ("3.79 m CNY a year", "379万元／年")


def test_the_report_names_what_verdicts_hang_on(morris: Path, grid: Path) -> None:
    def said(folder: Path) -> list[Words]:
        store = Store(folder)
        source = Source(store, store.manifest(), None, None, pd.DataFrame(), store.runs())
        return report_trust.hanging_on(source)

    assert "screening lost under cover" in said(morris)[1].en and "受保后放松审查的程度" in said(morris)[1].zh
    (none,) = said(grid)
    assert "finflow sensitivity" in none.en and "finflow sensitivity" in none.zh
