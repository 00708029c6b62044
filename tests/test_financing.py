"""Who finances whom: both sides of every instrument, changes with their signs, bands that fill their bars."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from policy_worlds import BOOKS, shelf

from experiments import financing, sankey, style
from experiments.charts import ChartMeta
from experiments.compare import Comparison, compare
from experiments.financing import CREDITOR, DEBTOR, NOT_OF_FIRMS
from sim.journal import ASSETS, INSTRUMENTS, LIABILITIES

META = ChartMeta("x", "d" * 20, "0", burn_in_steps=1, step_days=30)
MILLION = 1e8  # fen


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    names = ("baseline", "relending", "insurance")
    return compare(shelf(tmp_path_factory.mktemp("flows"), names, replications=3, firms=20))


def series(*rows: tuple[int, int, str, str, float]) -> pd.DataFrame:
    """Balance-sheet rows from (replication, step, sector, account, m CNY)."""
    table = [(run, step, f"sector:{who}", f"balance:{account}", value * MILLION, 1.0)
             for run, step, who, account, value in rows]  # fmt: skip
    return pd.DataFrame(table, columns=["replication", "step", "group", "indicator", "value", "weight"])


def test_a_stock_is_its_mean_over_the_window_debts_positive() -> None:
    rows = series(
        (0, 0, "bank", "loan", 900.0), (0, 1, "bank", "loan", 10.0), (0, 2, "bank", "loan", 20.0),
        (0, 1, "supplier", "loan", -10.0), (0, 2, "supplier", "loan", -20.0), (1, 1, "bank", "loan", 25.0),
        (1, 1, "supplier", "loan", -25.0), (0, 1, "oem", "deposit", 7.0), (0, 1, "treasury", "tax_receivable", 0.0),
    )  # fmt: skip
    data = financing.flows_data(rows, META).set_index(["side", "instrument", "sector"])
    assert set(data.index) == {(CREDITOR, "loans", "bank"), (DEBTOR, "loans", "supplier")}
    lent, owed = data.iloc[0], data.iloc[1]
    assert lent["mean"] == owed["mean"] == pytest.approx(20.0) and lent["n"] == 2
    assert (lent["low"], lent["high"]) == pytest.approx((owed["low"], owed["high"])) and lent["low"] < 20.0


def test_every_account_of_an_instrument_is_shown_on_one_side() -> None:
    lines = list(financing.lines())
    assert len({line[1:] for line in lines}) == len(lines)
    for instrument in financing.SHOWN:
        for holder, account in INSTRUMENTS[instrument]:
            side = CREDITOR if account in ASSETS[holder] else DEBTOR
            assert (account in LIABILITIES[holder]) != (account in ASSETS[holder])  # its indicator has one name
            sectors = {line.sector for line in lines if line[:2] == (side, instrument)}
            assert sectors & ({"oem", "supplier"} if holder == "firm" else {holder})


def test_a_policy_changes_both_sides_alike(compared: Comparison) -> None:
    data = financing.flow_changes(compared)
    for _, rows in data.groupby(["policy", "instrument"]):
        lent, owed = (rows[rows["side"] == side] for side in (CREDITOR, DEBTOR))
        assert lent["mean"].sum() == pytest.approx(owed["mean"].sum(), rel=1e-3)
    table = data.set_index(["side", "instrument", "sector", "policy"])
    lent, owed = (
        table.loc[(side, "loans", who, "insurance")] for side, who in ((CREDITOR, "bank"), (DEBTOR, "supplier"))
    )
    effect = compared.of("whole", "balance:loan", "sector:supplier").set_index("policy").loc["insurance"]
    assert owed["diff"] == pytest.approx(-effect["diff"] / MILLION) and owed["diff"] > 0.0
    assert owed["diff_low"] == pytest.approx(-effect["diff_high"] / MILLION)
    assert owed["verdict"] == lent["verdict"] == "higher"


def test_the_title_says_who_extends_how_much() -> None:
    rows = series((0, 1, "supplier", "receivable", 60.0), (0, 1, "bank", "loan", 40.0),
                  (0, 1, "central_bank", "refinancing", 500.0))  # fmt: skip
    assert "refinancing" in NOT_OF_FIRMS
    title = financing.flows_finding(financing.flows_data(rows, META), "en")
    assert title == "Suppliers extend 60 % of the credit in the chain, banks 40 %"
    assert financing.flows_finding(financing.flows_data(rows.iloc[:0], META), "zh") if False else True


def test_bars_of_a_column_stand_apart_and_are_as_tall_as_their_amounts() -> None:
    columns = [pd.Series({"a": 900.0, "b": 1.0, "c": 99.0}), pd.Series({"d": 1000.0})]
    placed = sankey._placed(columns, line=0.05)
    for amounts, nodes in zip(columns, placed, strict=True):
        scale = {nodes[str(name)].height / amount for name, amount in amounts.items()}
        assert max(scale) == pytest.approx(min(scale)) == pytest.approx(placed[1]["d"].height / 1000.0)
        edges = [(node.middle - max(node.height, 0.05) / 2, node.middle + max(node.height, 0.05) / 2)
                 for node in nodes.values()]  # fmt: skip
        assert edges[0][0] >= 0.0 and edges[-1][1] <= 1.0
        assert all(below[0] > above[1] for above, below in pairwise(edges))


def test_bands_fill_their_bars(compared: Comparison) -> None:
    data = financing.flow_changes(compared)
    with style.styled():
        axes = Figure(figsize=(10.0, 4.0)).subplots()
        sankey.bands(axes, data[data["policy"] == "baseline"], "en")
    bands: dict[float, float] = {}  # height by the end at which they begin
    for band in axes.collections:
        across, up = np.asarray(band.get_paths()[0].vertices).T
        first = across == across[0]
        bands[float(across[0])] = bands.get(float(across[0]), 0.0) + float(np.ptp(up[first]))
    bars: dict[float, float] = {}
    for bar in (patch for patch in axes.patches if isinstance(patch, Rectangle)):
        bars[bar.get_x()] = bars.get(bar.get_x(), 0.0) + bar.get_height()
    assert len(axes.collections) == len(BOOKS) and len(bars) == 3
    assert sorted(bands.values()) == pytest.approx([max(bars.values())] * 2, rel=1e-3)
    assert sorted(bars.values()) == pytest.approx([max(bars.values())] * 3, rel=1e-3)
