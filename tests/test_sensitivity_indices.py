"""SALib's indices against closed forms, gaps, luck; interactions of lever switches; whether a sign holds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.headline import MEASURES
from experiments.hinges import CHANGES, HOLDS, UNTOLD, WITHIN, hinges, sign_over
from experiments.indices import FEWEST, INDICES, Responses, indices
from experiments.interactions import contrasts, interactions, pairs_of
from experiments.paired import HIGHER, UNCLEAR
from experiments.quantities import DEFAULTS
from experiments.sampled import Axis
from experiments.sampling import Sampling

SEED = 20240301
COEFFICIENTS = np.array([3.0, -1.0, 0.5, 0.0])
MORRIS, SOBOL = Sampling("morris", (6,)), Sampling("sobol", (64,))
COST = next(measure for measure in MEASURES if measure.indicator == DEFAULTS[0])


def points_of(sampling: Sampling, axes: int) -> np.ndarray:
    points = sampling.points(axes, SEED)
    return points.reshape(sampling.units(), sampling.unit_points(axes), axes)


def responses(sampling: Sampling, axes: int, function, luck=None, replications: int = 1) -> Responses:
    """`luck` is float64[units, points, replications] or what numpy makes it from."""
    points = points_of(sampling, axes)
    values = function(points)[:, :, None] + np.zeros(replications) + (0.0 if luck is None else luck)
    return Responses(sampling, points, values)


def linear(points: np.ndarray) -> np.ndarray:
    return 7.0 + points @ COEFFICIENTS


def ishigami(points: np.ndarray) -> np.ndarray:
    x = (2.0 * points - 1.0) * np.pi
    return np.sin(x[..., 0]) + 7.0 * np.sin(x[..., 1]) ** 2 + 0.1 * x[..., 2] ** 4 * np.sin(x[..., 0])


# --- Closed forms ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("levels", [4, 6, 8])
def test_morris_of_a_linear_function_gives_its_coefficients_and_no_spread(levels: int) -> None:
    found = indices(responses(Sampling("morris", (6,), levels), 4, linear))
    assert found["mu"] == pytest.approx(COEFFICIENTS)
    assert found["mu_star"] == pytest.approx(np.abs(COEFFICIENTS))
    assert found["sigma"] == pytest.approx(0.0, abs=1e-12) and found["mu_star_conf"] == pytest.approx(0.0, abs=1e-12)
    assert np.isnan([found[name] for name in ("first", "total", "noise_floor")]).all()  # one replication has no luck


def test_morris_sees_an_interaction_as_spread() -> None:
    found = indices(responses(MORRIS, 3, lambda points: points[..., 0] * points[..., 1]))
    assert found["sigma"][:2].min() > 0.2 and found["sigma"][2] == pytest.approx(0.0, abs=1e-12)


def test_sobol_of_a_linear_function_gives_shares_of_squares() -> None:
    found = indices(responses(Sampling("sobol", (1024,)), 4, linear))
    shares = COEFFICIENTS**2 / (COEFFICIENTS**2).sum()
    for name in ("first", "total"):
        assert found[name] == pytest.approx(shares, abs=0.01)
    assert np.isnan(found["mu_star"]).all()


def test_sobol_of_the_ishigami_function_is_its_closed_form_within_the_intervals() -> None:
    found = indices(responses(Sampling("sobol", (1024,)), 3, ishigami))
    first, total = np.array([0.3139, 0.4424, 0.0]), np.array([0.5576, 0.4424, 0.2437])
    assert found["first"] == pytest.approx(first, abs=0.03) and found["total"] == pytest.approx(total, abs=0.03)
    for name, exact in (("first", first), ("total", total)):
        assert (np.abs(found[name] - exact) <= 1.5 * found[f"{name}_conf"]).all()
        assert (found[f"{name}_conf"] > 0.0).all()


def test_what_nothing_moves_has_indices_of_0() -> None:
    for sampling in (MORRIS, SOBOL):
        found = indices(responses(sampling, 3, lambda points: np.full(points.shape[:2], 0.04)))
        known = np.array([found[name] for name in INDICES])
        assert (known[~np.isnan(known)] == 0.0).all() and (~np.isnan(known)).any()


def test_the_same_results_give_the_same_intervals() -> None:
    for sampling in (MORRIS, SOBOL):
        one, other = (indices(responses(sampling, 3, ishigami)) for _ in range(2))
        assert all(np.array_equal(one[name], other[name], equal_nan=True) for name in INDICES)


# --- Gaps -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sampling", [MORRIS, SOBOL])
def test_a_unit_that_misses_a_run_is_left_out_and_the_others_stay_as_they_are(sampling: Sampling) -> None:
    full = responses(sampling, 3, ishigami)
    values = full.values.copy()
    values[2, 1] = np.nan
    gap = Responses(sampling, full.points, values)
    kept = np.delete(np.arange(sampling.units()), 2)
    assert list(gap.kept) == list(kept)
    without = Responses(Sampling(sampling.kind, (len(kept),)), full.points[kept], full.values[kept])
    assert all(np.array_equal(indices(gap)[name], indices(without)[name], equal_nan=True) for name in INDICES)


def test_a_unit_keeps_the_replications_that_all_its_points_know() -> None:
    shift = np.array([0.0, 100.0])  # what the second replication's luck does to all points alike
    full = responses(MORRIS, 3, ishigami, luck=shift, replications=2)
    values = full.values.copy()
    values[1, 0, 1] = np.nan  # averaged over other replications, this point would stand 50 apart from its unit
    gap = Responses(MORRIS, full.points, values)
    assert gap.kept.size == MORRIS.units() and gap.shared.sum() == 2 * MORRIS.units() - 1
    assert indices(gap)["mu_star"] == pytest.approx(indices(full)["mu_star"])


@pytest.mark.parametrize("sampling", [MORRIS, SOBOL])
def test_too_few_whole_units_have_no_indices(sampling: Sampling) -> None:
    full = responses(sampling, 3, ishigami)
    values = full.values.copy()
    values[FEWEST[sampling.kind] - 1 :, 0] = np.nan
    gap = Responses(sampling, full.points, values)
    assert not gap.enough
    with pytest.raises(ValueError, match="whole units"):
        indices(gap)


# --- Luck -----------------------------------------------------------------------------------------------------


def test_luck_that_moves_all_points_alike_is_no_noise() -> None:
    found = responses(SOBOL, 3, ishigami, luck=np.array([-2.0, 0.5, 9.0]), replications=3)
    assert found.noise == pytest.approx(0.0, abs=1e-20)
    assert indices(found)["total"] == pytest.approx(indices(responses(SOBOL, 3, ishigami))["total"])


def test_noise_is_the_variance_of_a_mean_over_replications() -> None:
    luck = np.random.default_rng(1).normal(0.0, 2.0, (64, 5, 4))
    assert responses(SOBOL, 3, ishigami, luck, 4).noise == pytest.approx(2.0**2 / 4, rel=0.1)


@pytest.mark.parametrize(
    ("sampling", "main"), [(Sampling("morris", (400,)), "mu_star"), (Sampling("sobol", (512,)), "total")]
)
def test_what_luck_alone_makes_of_an_index_is_its_floor(sampling: Sampling, main: str) -> None:
    points = sampling.unit_points(3)
    luck = np.random.default_rng(2).normal(0.0, 0.3, (sampling.units(), points, 4))
    found = indices(responses(sampling, 3, lambda at: np.zeros(at.shape[:2]), luck, 4))
    assert found[main] == pytest.approx(found["noise_floor"], rel=0.12)


# --- Signs ----------------------------------------------------------------------------------------------------


def test_a_sign_holds_changes_or_cannot_be_told() -> None:
    luck = np.random.default_rng(3).normal(0.0, 0.02, (32, 5, 5))
    many = Sampling("morris", (32,))
    points = points_of(many, 4)
    crossing = Responses(many, points, (points[..., 0] - 0.5)[:, :, None] + luck)
    assert [sign_over(crossing, axis) for axis in range(2)] == [CHANGES, UNTOLD]
    below = Responses(many, points, (-2.0 + points[..., 0])[:, :, None] + luck)
    assert {sign_over(below, axis) for axis in range(4)} == {HOLDS}


def test_one_replication_tells_no_sign() -> None:
    assert sign_over(responses(MORRIS, 4, lambda points: -2.0 + points[..., 0]), 0) == UNTOLD


def test_luck_that_all_points_share_leaves_a_sign_untold() -> None:
    found = responses(Sampling("morris", (32,)), 4, lambda points: 0.1 * points[..., 0], np.array([-1.0, 1.2]), 2)
    assert sign_over(found, 0) == UNTOLD  # the points agree, the two replications do not


def test_only_assumed_parameters_are_named_and_at_most_three() -> None:
    luck = np.random.default_rng(4).normal(0.0, 0.01, (6, 6, 3))
    sizes = np.array([5.0, 4.0, 3.0, 2.0, 1.0])
    found = responses(MORRIS, 5, lambda points: points @ sizes, luck, 3)
    axes = tuple(
        Axis(name, "", status)
        for name, status in (("a", "assumed"), ("b", "estimated"), ("c", "assumed"), ("d", "assumed"), ("e", "assumed"))
    )
    judged = hinges("pool", COST, axes, found, np.array([7.0, 7.2, 7.4]))
    assert [hinge.axis.path for hinge in judged.first] == ["a", "c", "d"] and judged.assumed == 4
    assert (judged.reason, judged.same, judged.points, judged.verdict) == ("", 36, 36, HIGHER)
    assert judged.first[0].index == pytest.approx(5.0, abs=0.05)


def test_what_is_beyond_luck_stands_before_larger_indices_that_are_not() -> None:
    luck = np.random.default_rng(6).normal(0.0, 0.01, (6, 5, 3))
    once = (np.arange(6) == 0)[:, None]  # of six trajectories: a large mean with an interval as wide
    found = responses(MORRIS, 4, lambda points: 30.0 * points[..., 0] * once + points @ [0.0, 2.0, 1.0, 0.0], luck, 3)
    axes = tuple(Axis(name, "", "assumed") for name in "abcd")
    first = hinges("pool", COST, axes, found, np.array([7.0, 7.2, 7.4])).first
    assert [hinge.axis.path for hinge in first] == ["b", "c", "a"]
    assert first[2].index > first[0].index and first[2].told == WITHIN


def test_why_nothing_can_be_told_is_said() -> None:
    def reason(found: Responses, status: str = "assumed") -> str:
        axes = tuple(Axis(str(place), "", status) for place in range(found.points.shape[2]))
        return hinges("pool", COST, axes, found, np.array([1.0, 1.1])).reason

    luck = np.random.default_rng(5).normal(0.0, 1.0, (6, 5, 3))
    nothing = responses(MORRIS, 4, lambda points: np.zeros(points.shape[:2]))
    assert reason(nothing) == "flat" and reason(nothing, "measured") == "none_assumed"
    assert reason(responses(MORRIS, 4, linear)) == "luck_unknown"
    assert reason(responses(MORRIS, 4, lambda points: np.zeros(points.shape[:2]), luck, 3)) == "luck"
    assert reason(Responses(MORRIS, nothing.points, np.full_like(nothing.values, np.nan))) == "few"


# --- Interactions ---------------------------------------------------------------------------------------------


def by_words(worth: np.ndarray, one: int, other: int) -> float:
    """Both less one, less other less neither, averaged over all settings of the rest."""
    found = []
    for number in range(len(worth)):
        if not number >> one & 1 and not number >> other & 1:
            both, first, second = number | 1 << one | 1 << other, number | 1 << one, number | 1 << other
            found.append((worth[both] - worth[first]) - (worth[second] - worth[number]))
    return float(np.mean(found))


@given(st.integers(2, 4).flatmap(lambda k: st.lists(st.floats(-100.0, 100.0), min_size=2**k, max_size=2**k)))
def test_interactions_are_differences_of_differences(worth: list[float]) -> None:
    values = np.array(worth)
    count = len(worth).bit_length() - 1
    found = contrasts(count) @ values
    for (one, other), effect in zip(pairs_of(count), found, strict=True):
        if one != other:
            assert effect == pytest.approx(by_words(values, one, other), abs=1e-9)
        else:
            on = np.arange(len(worth)) >> one & 1 == 1
            assert effect == pytest.approx(values[on].mean() - values[~on].mean(), abs=1e-9)


@given(st.lists(st.floats(-10.0, 10.0), min_size=2, max_size=5), st.floats(-10.0, 10.0))
def test_switches_that_add_up_do_not_interact(adds: list[float], base: float) -> None:
    count = len(adds)
    numbers = np.arange(2**count)
    worth = base + sum(add * (numbers >> place & 1) for place, add in enumerate(adds))
    found = contrasts(count) @ worth
    assert found[:count] == pytest.approx(adds, abs=1e-9) and found[count:] == pytest.approx(0.0, abs=1e-9)


def test_a_map_by_hand_with_its_verdicts() -> None:
    luck = np.random.default_rng(6).normal(0.0, 0.01, 8)
    worth = np.array([0.0, 1.0, 2.0, 5.0])[:, None] + luck  # what luck does to all combinations alike drops out
    table = interactions(worth + np.array([0.0, 0.0, 0.0, 1.0])[:, None] * luck)
    assert list(table["effect"].round(1)) == [2.0, 3.0, 2.0]
    assert list(table["verdict_holm"]) == [HIGHER] * 3 and (table["n"] == 8).all()
    assert (table["low"] < table["effect"]).all() and (table["effect"] < table["high"]).all()
    apart = np.random.default_rng(7).normal(0.0, 1.0, (4, 8))
    assert list(interactions(apart)["verdict"]) == [UNCLEAR] * 3
