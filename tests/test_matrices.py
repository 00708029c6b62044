"""The matrices close exactly, event by event and in random worlds, and their changes are those of the books."""

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_worlds import scenarios
from typer.testing import CliRunner
from worlds import SMALL, run, world

from experiments import cli, drawing
from experiments.matrices import scale
from sim.journal import INSTRUMENTS, JOURNAL, ROLES
from sim.matrices import (
    FLOWS,
    NET_WORTH,
    RETAINED,
    SECTORS,
    STOCKS,
    TWO_COLUMNS,
    balance_sheet,
    change,
    transaction_flows,
)


def closes(matrix):
    return not matrix.sum(axis=0).any() and not matrix.sum(axis=1).any()


def traced(model):
    """Balance sheets before and after the model's next step, and its flows."""
    model.ledger.tracing = True
    model.ledger.flows.clear()
    before = balance_sheet(model.ledger)
    model.step()
    return before, balance_sheet(model.ledger), transaction_flows(model.ledger.flows)


@pytest.mark.parametrize("event", sorted(JOURNAL))
def test_every_event_alone_closes_in_every_row_and_column(event):
    roles = [entry.role for entry in JOURNAL[event].entries]
    assert len(set(roles)) == len(roles)  # flows are kept by event and role
    flows = {}
    for k, role in enumerate(roles):  # firms in different roles are OEMs and suppliers in different parts
        parts = {"oem": 7 - k, "supplier": 5 + k} if ROLES[role] == "firm" else {ROLES[role]: 12}
        flows |= {(f"{event}|{role}", sector): amount for sector, amount in parts.items()}
    matrix = transaction_flows(flows)
    assert closes(matrix)
    assert matrix.to_numpy().any()
    assert matrix.dtypes.unique().tolist() == [np.dtype(np.int64)]
    if JOURNAL[event].flow:
        assert matrix.loc[JOURNAL[event].flow].any()
    assert not matrix.loc[[row for row in FLOWS if row != JOURNAL[event].flow]].to_numpy().any()


def test_cells_are_where_the_field_puts_them():
    entries = {
        ("wages_accrued|firm", "supplier"): 10,
        ("wages_accrued|outside", "outside"): 10,
        ("provision|bank", "bank"): 3,
        ("bank_payout|bank", "bank"): 2,
        ("bank_payout|outside", "outside"): 2,
    }
    matrix = transaction_flows(entries)
    cells = {
        (row, *column): int(matrix.loc[row, column])
        for row in matrix.index
        for column in matrix.columns
        if matrix.loc[row, column]
    }
    assert cells == {
        ("wages", "supplier", "current"): -10,
        ("wages", "outside", ""): 10,
        ("Δ finished goods", "supplier", "current"): 10,
        ("Δ finished goods", "supplier", "capital"): -10,
        ("Δ wages", "supplier", "capital"): 10,
        ("Δ wages", "outside", ""): -10,
        ("Δ allowance", "bank", "current"): -3,
        ("Δ allowance", "bank", "capital"): 3,
        ("retained profit", "bank", "current"): 3,
        ("retained profit", "bank", "capital"): -3,
        ("banks' payout", "bank", "capital"): -2,
        ("banks' payout", "outside", ""): 2,
        ("Δ deposits", "bank", "capital"): 2,
        ("Δ deposits", "outside", ""): -2,
    }


@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow])
@given(scenarios(), st.integers(0, 6))
def test_in_any_world_all_rows_and_columns_sum_to_zero_and_changes_are_those_of_the_books(scenario, steps):
    suppliers, options, seed = scenario
    model = run(world(suppliers, *options, seed=seed), steps)
    for _ in range(2):
        before, after, flows = traced(model)
        assert closes(flows)
        for sheet in (before, after):
            assert not sheet.sum(axis=0).any()
            assert not sheet.loc[list(INSTRUMENTS)].sum(axis=1).any()
            assert sheet.loc[list(STOCKS)].to_numpy().sum() == -sheet.loc[NET_WORTH].sum()
        for sector in SECTORS:
            column = (sector, "capital" if sector in TWO_COLUMNS else "")
            for row in STOCKS:
                assert after.loc[row, sector] - before.loc[row, sector] == -flows.loc[change(row), column]
        for sector in TWO_COLUMNS:  # what is earned or paid in less what is paid out stays as net worth
            paid = flows.loc[[RETAINED, *FLOWS], (sector, "capital")].sum()
            assert after.loc[NET_WORTH, sector] - before.loc[NET_WORTH, sector] == -paid


def test_steps_with_defaults_close_too_and_show_the_losses():
    model = world(40, "shocks.cost_innovation=0.08", "shocks.rare_loss=50%", seed=4)
    lost = 0
    for _ in range(12):
        _, _, flows = traced(model)
        assert closes(flows)
        lost += model.firms.defaulted.any() and flows.loc["losses"].any()
    assert lost > 0


def test_a_balance_sheet_is_that_of_the_ledger():
    model = run(world(30), 2)
    sheet, books = balance_sheet(model.ledger), model.ledger.balance
    assert sheet.loc["loans", "bank"] == books("bank", "loan").sum() == -sheet.loc["loans", "supplier"]
    assert sheet.loc["deposits", "oem"] == books("firm", "deposit")[: model.oems].sum()
    assert sheet.loc["plant"].sum() == books("firm", "plant").sum()
    assert sheet.loc[NET_WORTH, "supplier"] == -books("firm", "equity")[model.oems :].sum()


@given(st.integers(0, 10**17))
def test_numbers_fit_their_column(largest):
    _, per_unit, decimals = scale(largest)
    assert len(f"{-largest / per_unit:.{decimals}f}") <= 6


def finflow(*arguments):
    return CliRunner().invoke(cli.app, arguments, env={"COLUMNS": "100"})


def test_the_command_runs_again_what_was_stored(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(drawing, "draw_all", lambda series, meta, out: [])  # takes longer than all the rest
    options = ("parameters.population.suppliers=40", "parameters.population.annual_purchases=0.96 bn CNY/yr")
    sets = [part for option in (*options, "replications=1") for part in ("--set", option)]
    assert finflow("run", str(SMALL), "--quiet", "--workers", "1", *sets).exit_code == 0
    result = finflow("matrices", "small", "--step", "7", "--format", "json")
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    stored = stored_balances(7)
    for name in ("balance_sheet", "transaction_flows"):
        assert not any(said[name]["sums"]["columns"])
    columns = said["balance_sheet"]["columns"]
    for sector, account, row in (
        ("sector:bank", "loan", "loans"),
        ("sector:supplier", "plant", "plant"),
        ("sector:oem", "bill_payable", "bills"),
    ):
        assert said["balance_sheet"]["rows"][row][columns.index(sector[7:])] == pytest.approx(
            stored[sector, f"balance:{account}"], abs=1
        )
    printed = finflow("matrices", "small", "--step", "7").stdout
    assert "Balance sheet at the end of step 7 (evaluation)" in printed and "retained profit" in printed
    result = finflow("matrices", "small", "--step", "18")
    assert result.exit_code == 2 and "found 18; allowed here: 0 to 17" in result.stderr


def stored_balances(step):
    """Balances that the run itself stored, by sector and indicator, fen."""
    from experiments.store import Store

    series = Store("results/small").series()
    series = series[series["step"] == step]
    return series.set_index(["group", "indicator"])["value"].to_dict()
