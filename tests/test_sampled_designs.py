"""Sampled and written designs: within their ranges, whole in a copy, and larger ones keep what was run."""

from pathlib import Path

import numpy as np
import pytest
from fake_simulation import Fake, cold

from experiments import doubt
from experiments.config import Experiment, load
from experiments.describe import describe
from experiments.design import design_of
from experiments.documents import dump
from experiments.runner import execute
from experiments.sampling import Sampling
from experiments.values import DECLARED

SMALL = Path(__file__).parents[1] / "experiments" / "configs" / "small.yaml"
PATHS = "[bank.hurdle, bank.funding_spread, informal.rate]"
POLICIES = "policies={relending: {relending_sme: {rate: 1.5%}}, pool: {risk_compensation_pool: {share: 50%}}}"
SIZES = {"lhs": "points: 5", "sobol": "blocks: 4", "morris": "trajectories: 3"}
LARGER = {"lhs": "points: [5, 4]", "sobol": "blocks: 8", "morris": "trajectories: 5"}
LEVERS = "over: {relending_sme.rate: [1%, 2%], relending_sme.share: own, pool.risk_compensation_pool.share: own}"


def made(*sets: str) -> Experiment:
    return load(SMALL, sets)


def uncertain(kind: str, size: str, over: str = PATHS, more: str = "") -> str:
    return f"parameters_sweep={{design: {kind}, {size}, over: {over}{more}}}"


def again(experiment: Experiment, folder: Path) -> Experiment:
    copy = folder / "resolved.yaml"
    copy.write_text(dump(experiment.resolved()), encoding="utf-8")
    return load(copy)


@pytest.mark.parametrize("kind", SIZES)
def test_a_larger_design_begins_with_the_smaller_one(kind: str) -> None:
    few, many = made(uncertain(kind, SIZES[kind])).draws(), made(uncertain(kind, LARGER[kind])).draws()
    assert len(few) < len(many) and many[: len(few)] == few


def keys(kind: str, size: str) -> set[str]:
    return {run.key for run in design_of(made(POLICIES, uncertain(kind, size))).runs()}


@pytest.mark.parametrize("kind", SIZES)
def test_a_larger_design_keeps_the_keys_of_its_runs(kind: str) -> None:
    assert keys(kind, SIZES[kind]) < keys(kind, LARGER[kind])


def test_extending_runs_only_what_is_new(tmp_path: Path) -> None:
    def run(size: str, more: str = "") -> tuple[int, int]:
        experiment = made(POLICIES, uncertain("sobol", size, more=more))
        report = execute(experiment, tmp_path, task=Fake(), warm_up=cold, workers=1, quiet=True)
        return report.ran, report.done

    before, after = (len(keys("sobol", sizes["sobol"])) for sizes in (SIZES, LARGER))
    assert run(SIZES["sobol"]) == (before, before)
    assert run(LARGER["sobol"]) == (after - before, after)
    added = 8 * 5 * 3  # one more replication of three policies at each point of eight blocks
    assert run(LARGER["sobol"], ", replications: 2") == (added, after + added)


@pytest.mark.parametrize("kind", SIZES)
def test_points_lie_within_the_parameters_own_ranges(kind: str) -> None:
    experiment = made(uncertain(kind, SIZES[kind], "doubtful"))
    own = experiment.values()
    spans = doubt.ranges(own, experiment.provenance)
    drawn = experiment.draws()
    assert len(drawn) == {"lhs": 5, "sobol": 4 * (len(spans) + 2), "morris": 3 * (len(spans) + 1)}[kind]
    for path, (low, high) in spans.items():
        entries = [point[path] for point in drawn]
        if isinstance(own[path], tuple):
            place = int(np.argmax(own[path]))
            found = np.array([entry[place] / own[path][place] for entry in entries])
        else:
            found = np.array(entries)
        least, most = (low - 1e-5 * abs(low), high + 1e-5 * abs(high))
        assert least <= found.min() <= found.max() <= most, path
        assert DECLARED[path].ge <= np.min(entries) <= np.max(entries) <= DECLARED[path].le
        assert found.min() < found.max(), path


def test_written_ranges_take_the_place_of_the_own_and_vectors_move_by_a_factor() -> None:
    over = "{bank.hurdle: [10%, 10.5%], bank.funding_spread: [110%, 120%]}"
    experiment = made(uncertain("lhs", "points: 20", over))
    own = experiment.values()["bank.funding_spread"]
    for point in experiment.draws():
        assert 0.10 <= point["bank.hurdle"] <= 0.105
        factors = {round(now / then, 4) for now, then in zip(point["bank.funding_spread"], own, strict=True) if then}
        assert len(factors) == 1 and 1.1 <= factors.pop() <= 1.2


def test_a_morris_trajectory_moves_one_axis_at_a_time_and_a_block_mixes_two_points() -> None:
    points = Sampling("morris", (4,)).points(5, 7).reshape(4, 6, 5)
    assert (np.count_nonzero(np.diff(points, axis=1), axis=2) == 1).all()
    blocks = Sampling("sobol", (4,)).points(5, 7).reshape(4, 7, 5)
    for block in blocks:
        for axis in range(5):
            assert block[axis + 1, axis] == block[-1, axis] != block[0, axis]


@pytest.mark.parametrize("kind", SIZES)
def test_levers_make_policies_within_their_range_each_over_its_own_axes(kind: str, tmp_path: Path) -> None:
    experiment = made(POLICIES, f"sweep={{design: {kind}, {SIZES[kind]}, {LEVERS}}}")
    counts = {"lhs": (5, 5), "sobol": (16, 12), "morris": (9, 6)}[kind]
    reforms = experiment.all_reforms
    for policy, axes, count in (("relending", 2, counts[0]), ("pool", 1, counts[1])):
        points = experiment.lever_design.points(policy, experiment.reforms[policy], experiment.seed)
        assert len(points) == count and len(experiment.lever_design.of(policy)) == axes
        assert {name for name, _ in points} == {name for name in reforms if name.startswith(f"{policy}[")}
    for name, reform in reforms.items():
        if name.startswith("relending["):
            change = reform["relending_sme"]
            assert 0.01 <= change.values["rate"] <= 0.02 and 0.0 <= change.values["share"] <= 1.0
    assert experiment.draws() == []  # levers make policies, never draws
    assert again(experiment, tmp_path).digest() == experiment.digest()


@pytest.mark.parametrize("kind", SIZES)
def test_a_resolved_copy_draws_the_same(kind: str, tmp_path: Path) -> None:
    experiment = made(uncertain(kind, LARGER[kind], more=", replications: 3"))
    copy = again(experiment, tmp_path)
    assert copy.draws() == experiment.draws() and copy.parameter_design == experiment.parameter_design
    assert design_of(copy).runs() == design_of(experiment).runs()


def test_points_of_a_csv_file_are_those_of_a_list_with_units_and_vectors(tmp_path: Path) -> None:
    rows = ['bank.hurdle,"trade.term_sd",bank.funding_spread', '9%,20 d,"[0, 8 bp, 20 bp]"', '950 bp,1 month,"[0,0,0]"']
    file = tmp_path / "points.csv"
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    read = made(f"parameters_sweep={{design: csv, file: {file}, replications: 2}}")
    assert read.draws() == [
        {"bank.hurdle": 0.09, "trade.term_sd": 20.0, "bank.funding_spread": (0.0, 0.0008, 0.002)},
        {"bank.hurdle": 0.095, "trade.term_sd": 30.0, "bank.funding_spread": (0.0, 0.0, 0.0)},
    ]
    file.unlink()  # a run's own copy needs no other file
    copy = again(read, tmp_path)
    assert copy.draws() == read.draws() and [draw.replications for draw in design_of(copy).draws] == [2, 2, 2]


def test_listed_levers_make_policies_named_by_their_values() -> None:
    points = "[{relending_sme.rate: 1%}, {relending_sme.rate: 1.2%, pool.risk_compensation_pool.share: 60%}]"
    names = list(made(POLICIES, f"sweep={{design: list, points: {points}}}").policies)
    assert names == [
        "baseline", "relending", "relending[relending_sme.rate=1%]", "relending[relending_sme.rate=1.2%]", "pool",
        "pool[risk_compensation_pool.share=60%]",
    ]  # fmt: skip


def test_a_hypercube_over_what_is_doubtful_is_parameter_doubt() -> None:
    designed, doubted = made(uncertain("lhs", "points: 4", "doubtful")), made("doubt={draws: 4}")
    assert designed.draws() == doubted.draws()


def test_check_says_designs_in_words_and_counts_their_runs() -> None:
    sets = (POLICIES, f"sweep={{design: lhs, points: 5, {LEVERS}}}", uncertain("morris", "trajectories: 3"))
    said = describe(made(*sets), loans=1e9)
    assert said["levers varied"].startswith("relending: 5 points of a Latin hypercube over 2 axes; pool: 5 points")
    assert said["parameters varied"].startswith(
        "12 points: 3 Morris trajectories of 4, one of 3 axes moved at a time on 4 levels: bank.hurdle 8"
    )
    policies, points, replications = 13, 12, 2
    assert said["runs"].startswith(f"{policies * (points + replications)}: 13 policies")
