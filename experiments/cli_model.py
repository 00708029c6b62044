"""Commands about the model itself: its parameters and instruments, a step from inside, its fit."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from experiments import RESULTS
from experiments.cli_common import (
    SOME_FAILED,
    AsFormat,
    Draw,
    Format,
    Out,
    Policy,
    Quiet,
    Replication,
    Results,
    Step,
    Workers,
    folder_for,
    mistakes,
    not_found,
    print_table,
)


def params(
    path: Annotated[str, typer.Argument(metavar="PATH", help="As bank or bank.funding.")] = "",
    scenario: Annotated[str, typer.Option("--scenario", help="Whose values.")] = "shenzhen_nev_2024",
    form: AsFormat = Format.TABLE,
) -> None:
    """Parameters with value, unit, bounds, source and meaning."""
    with mistakes():
        from experiments.parameter_table import parameter_table

        rows = parameter_table(scenario)
        chosen = rows.loc[[not path or name == path or name.startswith(f"{path}.") for name in rows["path"]]]
        if chosen.empty:
            groups = {".".join(name.split(".")[:-1]) for name in rows["path"]} - {""}
            raise not_found("parameter", path, [*rows["path"], *groups])
        print_table(chosen, form)


def levers(
    instrument: Annotated[str, typer.Argument(metavar="ID", help="As relending_sme; all if not given.")] = "",
    form: AsFormat = Format.TABLE,
) -> None:
    """The catalogue of policy instruments; of one: parameters with preset, unit, bounds and source."""
    from experiments import lever_table

    rows = lever_table.overview()
    names = [name for name in rows["id"] if instrument in ("", name)]
    if not names:
        raise not_found("instrument", instrument, list(rows["id"]))
    if form is Format.JSON:
        typer.echo(json.dumps(lever_table.as_data(names), ensure_ascii=False, indent=1))
    elif instrument:
        print_table(rows.loc[rows["id"] == instrument], form)
        print_table(lever_table.parameters(instrument), form)
    else:
        print_table(rows, form)


def explain(
    run: Results,
    firm: Annotated[str, typer.Option("--firm", help="Slot, as in the firms' records, or supplier K or OEM K.")],
    step: Step,
    replication: Replication = 0,
    policy: Policy = "baseline",
    draw: Draw = 0,
    form: AsFormat = Format.TABLE,
) -> None:
    """What one firm planned, asked, was quoted and paid in one step, term by term."""
    with mistakes():
        from experiments.explain import explain as explained
        from experiments.store import open_results

        explained(open_results(run).path, firm, step, form.value, replication, policy, draw)


def matrices(
    run: Results,
    step: Step,
    replication: Replication = 0,
    policy: Policy = "baseline",
    draw: Draw = 0,
    form: AsFormat = Format.TABLE,
) -> None:
    """Balance-sheet and transaction-flow matrices of one step."""
    with mistakes():
        from experiments.matrices import matrices as printed
        from experiments.store import open_results

        printed(open_results(run).path, step, form.value, replication, policy, draw)


def validate(
    out: Out = None,
    workers: Workers = None,
    quiet: Quiet = False,
    quick: Annotated[bool, typer.Option("--quick", help="Three seeds: a look, too few for a verdict.")] = False,
    form: AsFormat = Format.TABLE,
) -> None:
    """Hold the model against its targets; exit code 3 if any but a check fails."""
    with mistakes():
        from experiments import validate as held

        seeds = held.QUICK_SEEDS if quick else held.SEEDS
        result = held.validate(folder_for(out or RESULTS / "validation"), workers, quiet, seeds=seeds)
        if form is Format.JSON:
            typer.echo(json.dumps(held.result_as_data(result), ensure_ascii=False, indent=1))
        else:
            for title, rows in result.tables().items() if not quiet else ():
                print_table(rows, form, title)
            typer.echo(result.line())
        if result.failed:
            raise typer.Exit(SOME_FAILED)


def calibrate(out: Out = None, workers: Workers = None, quiet: Quiet = False) -> None:
    """Fit the lenders' scorecard; prints the section `score` for the scenario."""
    with mistakes():
        from experiments.calibrate import calibrate as calibrated

        typer.echo(calibrated(folder_for(out or RESULTS / "calibration"), workers, quiet), nl=False)


def evidence(
    out: Out = None,
    workers: Workers = None,
    quiet: Quiet = False,
    replications: Annotated[int | None, typer.Option("--replications", min=2, help="8 if not given.")] = None,
    suppliers: Annotated[int | None, typer.Option("--suppliers", min=20, help="600 if not given.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="A tiny world: shows the tables, measures nothing.")] = False,
    form: AsFormat = Format.TABLE,
) -> None:
    """What each lever does, offer by offer and in paired runs, beside its break-even by hand."""
    with mistakes():
        from experiments import evidence as taken

        result = taken.evidence(
            folder_for(out or RESULTS / "evidence"), workers, quiet or form is Format.JSON,
            replications=replications, suppliers=suppliers, quick=quick,
        )  # fmt: skip
        if form is Format.JSON:
            typer.echo(json.dumps(taken.as_data(result), ensure_ascii=False, indent=1))
            return
        for topic, tables in result.shown().items() if not quiet else ():
            for rows in tables:
                print_table(rows, form, taken.TOPICS[topic])
        typer.echo(f"all: {result.folder}")
