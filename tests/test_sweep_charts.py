"""Points of sweeps on charts: whose they are, at which values, and what is no curve and no grid."""

import dataclasses
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure
from policy_worlds import EFFECTS, LEVERS_OF, Shelf, shelf

from experiments import policy_gallery, style, sweep_charts, sweep_drawing
from experiments.compare import Comparison, compare
from experiments.policies_told import swept
from experiments.policy_gallery import POLICY_CHARTS

POOL = "risk_compensation_pool"
LAW = {"instrument": POOL, "start_day": -(10**9), "end_day": 10**9, "share": 0.3, "balance": 5e9}


def swept_store(folder: Path, points: list[dict[str, float]], texts: list[str]) -> Shelf:
    """Current law has a pool; `bigger_pool` sets its share to 50 %, and is varied at these points."""
    names = [f"bigger_pool[{text}]" for text in texts]
    with pytest.MonkeyPatch.context() as patch:
        for place, name in enumerate(names):
            patch.setitem(EFFECTS, name, {"gap": -0.01 * (place + 1), "pool_payout": 10.0 * (place + 1)})
            patch.setitem(LEVERS_OF, name, (POOL,))
        store = shelf(folder, ("baseline", "bigger_pool", *names), replications=3, firms=20)
    values = {"bigger_pool": {"share": 0.5}} | dict(zip(names, points, strict=True))
    store.said["policies"] = {"baseline": [LAW]} | {
        name: [LAW | {"end_day": 0}, LAW | {"start_day": 0} | own] for name, own in values.items()
    }
    return store


@pytest.fixture(scope="module")
def curve(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    shares = (0.4, 0.7)
    texts = [f"{POOL}.share={share:.0%}" for share in shares]
    return compare(swept_store(tmp_path_factory.mktemp("curve"), [{"share": share} for share in shares], texts))


@pytest.fixture(scope="module")
def heat(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    grid = [(share, balance) for share in (0.3, 0.6) for balance in (5, 20)]
    texts = [f"{POOL}.share={share:.0%},{POOL}.balance={balance} bn CNY" for share, balance in grid]
    points = [{"share": share, "balance": balance * 1e9} for share, balance in grid]
    return compare(swept_store(tmp_path_factory.mktemp("heat"), points, texts))


@pytest.mark.parametrize(
    ("policy", "base", "point"),
    [
        ("pool", "pool", {}),
        ("pool[a.share=50%]", "pool", {"a.share": "50%"}),
        ("pool[a.share=50%,a.balance=20 bn CNY]", "pool", {"a.share": "50%", "a.balance": "20 bn CNY"}),
        ("pool@equal_cost", "pool@equal_cost", {}),
    ],
)
def test_a_point_says_whose_it_is_and_what_it_varies(policy: str, base: str, point: dict[str, str]) -> None:
    assert swept(policy) == (base, point)


def test_a_point_is_called_by_its_policy_and_its_values(curve: Comparison, heat: Comparison) -> None:
    name = f"bigger_pool[{POOL}.share=40%]"
    assert curve.told.name(name, "en") == "bigger pool, share 40%"
    assert curve.told.name(name, "zh") == "风险补偿资金池，比例40%"
    two = f"bigger_pool[{POOL}.share=30%,{POOL}.balance=5 bn CNY]"
    assert heat.told.name(two, "en") == "bigger pool, share 30%, balance 5 bn CNY"
    assert heat.told.name(two, "zh") == "风险补偿资金池，比例30%，资金池规模50亿元"


def test_a_curve_runs_through_the_policy_as_written_and_starts_at_current_law(curve: Comparison) -> None:
    data = sweep_charts.curves_data(curve)
    cost = data[data["measure"] == "sme_cost_of_need"]
    assert cost["value"].tolist() == [0.3, 0.4, 0.5, 0.7] and cost["policy"].iloc[0] == "baseline"
    assert cost["diff"].iloc[0] == 0.0 and set(cost["base"][1:]) == {"bigger_pool"}
    effect = curve.of("whole", "public_cost", "public").set_index("policy").loc[f"bigger_pool[{POOL}.share=70%]"]
    shown = data[(data["measure"] == "public_cost") & (data["value"] == 0.7)].iloc[0]
    assert shown["diff"] == pytest.approx(12.0 * effect["diff"] / 1e8) and shown["unit"] == "m CNY a year"
    assert sweep_charts.heat_data(curve).empty


def test_a_curve_of_what_current_law_does_not_have_is_drawn_without_it(curve: Comparison) -> None:
    told = dataclasses.replace(curve.told, spans=curve.told.spans | {"baseline": ()})
    data = sweep_charts.curves_data(dataclasses.replace(curve, told=told))
    assert len(data) and "baseline" not in set(data["policy"])
    with style.styled():
        sweep_drawing.draw_curves(data, told, style.new_figure("title", "footer", "en"), "en")


def test_a_grid_has_a_cell_a_point(heat: Comparison) -> None:
    data = sweep_charts.heat_data(heat)
    cost = data[data["measure"] == "sme_cost_of_need"]
    assert sorted(zip(cost["x"], cost["y"], strict=True)) == [(0.3, 5e9), (0.3, 20e9), (0.6, 5e9), (0.6, 20e9)]
    assert sweep_charts.curves_data(heat).empty
    with style.styled():
        figure = Figure(figsize=(10.0, 4.0))
        sweep_drawing.draw_heat(data, heat.told, figure, "en")
    framed = [[patch.get_linewidth() > 0.0 for patch in axes.patches] for axes in figure.axes]
    assert framed == [[True, False, False, False]] * 3  # current law's values are the first point's
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == ["5 bn CNY", "20 bn CNY"]
    assert sweep_charts.value_text(f"{POOL}.balance", 2e10, "zh") == "200亿元"


def test_a_frame_is_spoken_of_only_where_current_law_is_on_the_grid(heat: Comparison) -> None:
    chart, data = POLICY_CHARTS["policies_heat"], sweep_charts.heat_data(heat)
    assert "framed" in policy_gallery.footer_of(data, heat.told, chart, "en")  # 30 %, 5 bn
    assert "framed" not in policy_gallery.footer_of(data[data["x"] > 0.3], heat.told, chart, "en")


def test_points_that_are_no_whole_grid_are_not_drawn(tmp_path: Path) -> None:
    texts = [f"{POOL}.share=30%,{POOL}.balance=5 bn CNY", f"{POOL}.share=60%,{POOL}.balance=20 bn CNY"]
    points = [{"share": 0.3, "balance": 5e9}, {"share": 0.6, "balance": 20e9}]
    assert sweep_charts.heat_data(compare(swept_store(tmp_path, points, texts))).empty


def test_titles_tell_ends_apart_only_where_their_intervals_are(curve: Comparison, heat: Comparison) -> None:
    data = sweep_charts.curves_data(curve)
    ends = {0.4: (-5.0, -6.0, -4.0), 0.7: (-9.0, -10.0, -8.0)}
    for value, numbers in ends.items():
        data.loc[data["value"] == value, ["diff", "diff_low", "diff_high"]] = numbers
    apart = sweep_charts.curves_finding(data, curve.told, "en")
    assert "differs from current law by −5.0 bp at 40% and by −9.0 bp at 70%" in apart
    data.loc[data["value"] == 0.7, "diff_high"] = -5.5
    assert "overlap at 40% and 70%" in sweep_charts.curves_finding(data, curve.told, "en")
    farther = data[data["policy"] != "baseline"].assign(base="no_policy")
    farther.loc[farther["value"] == 0.7, ["diff", "diff_low", "diff_high"]] = (-20.0, -21.0, -19.0)
    told = dataclasses.replace(curve.told, policies=(*curve.told.policies, "no_policy"),
                               titles=curve.told.titles | {"no_policy": ("none", "无")})  # fmt: skip
    assert "−20.0 bp at 70%" in sweep_charts.curves_finding(pd.concat([data, farther]), told, "en")
    cells = sweep_charts.heat_data(heat)
    assert "can the effect" in sweep_charts.heat_finding(cells.assign(verdict="unclear"), heat.told, "en")
    cells.loc[cells["measure"] == "sme_cost_of_need", ["diff", "verdict"]] = (-7.0, "lower")
    assert sweep_charts.heat_finding(cells, heat.told, "en").startswith(
        "4 of 4 points lower SMEs' cost of need, by up to 7"
    )
