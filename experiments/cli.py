"""The command `finflow`.

Exit codes: 0 done; 2 the user's mistake, told in one message on stderr; 3 some runs failed, the rest is
stored, or the model failed its validation; 1 a bug of ours, with its traceback; 130 interrupted.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from experiments import RESULTS
from experiments.errors import ConfigError, closest_match

if TYPE_CHECKING:
    import pandas as pd

    from experiments.compare import Comparison
    from experiments.runner import Report

CHARTED = 200  # replications on a chart at most, so that memory stays bounded; its footer says how many
WHOLE_WINDOW = "whole"
MISTAKE, SOME_FAILED, INTERRUPTED = 2, 3, 130

app = typer.Typer(
    help="Simulates supply-chain finance and what policies do to it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


class Format(StrEnum):
    """How a table is printed."""

    TABLE = "table"
    JSON = "json"


class QueryFormat(StrEnum):
    """How the rows of a query are printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


class Language(StrEnum):
    """Of the words on charts."""

    ENGLISH = "en"
    CHINESE = "zh"


ConfigFile = Annotated[Path, typer.Argument(metavar="CONFIG", help="The experiment, a YAML file.")]
Results = Annotated[Path, typer.Argument(metavar="RUN", help="A results folder, or its name under results/.")]
Sets = Annotated[list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="Change a value; repeatable.")]
Workers = Annotated[int | None, typer.Option("--workers", min=1, help="Worker processes; all cores if not given.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Where results go.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress and no tables; the end line only.")]
Lang = Annotated[Language, typer.Option("--lang", help="Language of the charts.")]
AsFormat = Annotated[Format, typer.Option("--format", help="How tables are printed.")]
Step = Annotated[int, typer.Option("--step", help="Step, 0 the first after birth.")]
Policy = Annotated[str, typer.Option("--policy", help="Under which policy.")]
Draw = Annotated[int, typer.Option("--draw", help="Which draw of parameters, 0 the scenario's own.")]
Replication = Annotated[int, typer.Option("--replication", help="Which replication, 0 the first.")]


def main() -> None:
    """Entry point of the command."""
    app()


@app.command()
def run(
    config: ConfigFile,
    out: Out = None,
    workers: Workers = None,
    sets: Sets = None,
    quiet: Quiet = False,
    lang: Lang = Language.ENGLISH,
) -> None:
    """Run what CONFIG asks for; goes on where an earlier run was stopped."""
    with mistakes():
        from experiments.config import load

        experiment = load(config, sets=sets or [])
        from experiments.runner import execute  # takes seconds to import: mistakes are told before

        report = execute(experiment, out or RESULTS / experiment.name, workers=workers, quiet=quiet)
        if report.done and not report.halted:
            show_results(report, quiet, lang.value)
        typer.echo(report.line())
        if report.halted:
            typer.echo(report.halted, err=True)
        if report.failed or report.halted:
            raise typer.Exit(SOME_FAILED)


def show_results(report: Report, quiet: bool, lang: str = "en") -> None:
    """Headline table, comparison of policies, scorecard, charts, and where it all is."""
    from experiments.charts import ChartMeta
    from experiments.drawing import draw_all
    from experiments.pairs import BASELINE
    from experiments.tables import headline
    from experiments.verdicts import scorecard

    store = report.store
    said = store.manifest()
    steps = said["steps"]
    meta = ChartMeta(said["experiment"], said["digest"], said["finflow"], steps["burn_in"], steps["days"], lang)
    shown = [run for run in store.done() if run.policy == BASELINE and run.draw == 0]
    draw_all(store.series(shown[:CHARTED]), meta, store.path)
    compared = None
    if {run.policy for run in store.done()} > {BASELINE}:
        from experiments.compare_report import draw_and_write

        compared = draw_and_write(store, lang)
    if quiet:
        return
    summary = store.summary()
    if compared is None:
        print_table(headline(summary.loc[summary["draw"] == 0]), Format.TABLE, said["experiment"])
    print_table(scorecard(summary), Format.TABLE, "Against the targets and checks of docs/validation.md")
    if compared is not None:
        print_comparison(compared, WHOLE_WINDOW)
    typer.echo(f"Summary: {store.path / 'summary.csv'}; charts: {store.path / 'charts'}; all: {store.path}")


@app.command()
def check(config: ConfigFile, workers: Workers = None, sets: Sets = None, form: AsFormat = Format.TABLE) -> None:
    """Validate CONFIG, say it in words, count its runs, estimate time and memory."""
    with mistakes():
        from experiments.config import load
        from experiments.describe import describe
        from experiments.runner import own_firms
        from experiments.scale import modelled_loans

        experiment = load(config, sets=sets or [])
        own = own_firms(experiment, 0)
        said = describe(experiment, modelled_loans(experiment), workers, own[1] if own else None)
        if form is Format.JSON:
            typer.echo(json.dumps(said, ensure_ascii=False, indent=1))
        else:
            width = max(map(len, said)) + 2
            for label, text in said.items():
                typer.echo(f"{label + ':':<{width}}{text}")


@app.command()
def status(run: Results, form: AsFormat = Format.TABLE) -> None:
    """How many runs of RUN are done, which failed and why."""
    with mistakes():
        import pandas as pd

        from experiments.store import open_results

        store = open_results(run)
        runs = store.runs()
        counts = {name: runs["status"].tolist().count(name) for name in ("done", "failed", "pending")}
        failed = runs.loc[runs["status"] == "failed", ["policy", "draw", "replication", "stage", "message"]]
        manifest = store.manifest()
        said = {
            "experiment": manifest["experiment"],
            "config": manifest["config"],
            "runs": len(runs),
            **counts,
            "content_digest": store.content_digest(),
        }
        if form is Format.JSON:
            typer.echo(json.dumps(said | {"failures": failed.to_dict("records")}, ensure_ascii=False, indent=1))
            return
        print_table(pd.DataFrame({"what": said.keys(), "value": said.values()}), form)
        if len(failed):
            print_table(failed, form, "Failed runs")


@app.command()
def compare(
    run: Results,
    window: Annotated[str, typer.Option("--window", help="whole, first_12, last_24, or year_1 and on.")] = WHOLE_WINDOW,
    form: AsFormat = Format.TABLE,
    lang: Lang = Language.ENGLISH,
) -> None:
    """What each policy of RUN does, against current law; writes tables and charts into RUN."""
    with mistakes():
        from experiments.compare_report import as_data, draw_and_write, windows_of
        from experiments.store import open_results

        compared = draw_and_write(open_results(run), lang.value)
        if window not in (known := windows_of(compared)):
            raise not_found("window", window, known)
        if form is Format.JSON:
            typer.echo(json.dumps(as_data(compared, window), ensure_ascii=False, indent=1))
        else:
            print_comparison(compared, window)


@app.command()
def verify(
    run: Results,
    sample: Annotated[int, typer.Option("--sample", min=0, help="How many runs are run again.")] = 2,
    workers: Workers = None,
    form: AsFormat = Format.TABLE,
) -> None:
    """Recompute the digest of every stored run of RUN and run a sample again; exit code 3 if anything differs."""
    with mistakes():
        from experiments import verify as verified
        from experiments.store import open_results

        found = verified.verify(open_results(run), sample, workers, quiet=form is Format.JSON)
        if form is Format.JSON:
            typer.echo(json.dumps(verified.as_data(found), ensure_ascii=False, indent=1))
        else:
            if len(found.differences):
                print_table(found.differences, form, "What differs")
            typer.echo(found.line())
        if len(found.differences):
            raise typer.Exit(SOME_FAILED)


@app.command()
def query(
    run: Results,
    sql: Annotated[str, typer.Argument(metavar="SQL", help="A query; without it, what can be asked.")] = "",
    form: Annotated[QueryFormat, typer.Option("--format", help="How rows are printed.")] = QueryFormat.TABLE,
) -> None:
    """Answer an SQL query over the tables of RUN; it can read them, and nothing else."""
    with mistakes():
        from experiments import query as queries
        from experiments import query_output as output
        from experiments.store import open_results

        store = open_results(run)
        if not sql.strip():
            sql = "SELECT * FROM columns"
        with queries.asked(store, sql) as (names, pieces):
            if form is QueryFormat.CSV:
                output.write_csv(names, pieces, sys.stdout)
            elif form is QueryFormat.JSON:
                output.write_json(names, pieces, sys.stdout)
            else:
                rows, more = output.first_rows(names, pieces)
                print_table(rows, Format.TABLE)
                if more:
                    typer.echo(f"The first {len(rows)} rows; --format csv or json gives all.", err=True)


@app.command()
def report(
    run: Results,
    lang: Annotated[Language, typer.Option("--lang", help="Language that it shows first.")] = Language.ENGLISH,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="The page; RUN/report.html.")] = None,
) -> None:
    """RUN as one page for people who decide, in English and Chinese; it opens without a network."""
    with mistakes():
        from experiments.report import write_report
        from experiments.store import open_results

        typer.echo(f"Report: {write_report(open_results(run), lang.value, out)}")


@app.command()
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


@app.command()
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


@app.command()
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


@app.command()
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


@app.command()
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
        result = held.validate(out or RESULTS / "validation", workers, quiet, seeds=seeds)
        if form is Format.JSON:
            typer.echo(json.dumps(held.result_as_data(result), ensure_ascii=False, indent=1))
        else:
            for title, rows in result.tables().items() if not quiet else ():
                print_table(rows, form, title)
            typer.echo(result.line())
        if result.failed:
            raise typer.Exit(SOME_FAILED)


@app.command()
def calibrate(out: Out = None, workers: Workers = None, quiet: Quiet = False) -> None:
    """Fit the lenders' scorecard; prints the section `score` for the scenario."""
    with mistakes():
        from experiments.calibrate import calibrate as calibrated

        typer.echo(calibrated(out or RESULTS / "calibration", workers, quiet), nl=False)


@app.command()
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
            out or RESULTS / "evidence", workers, quiet or form is Format.JSON,
            replications=replications, suppliers=suppliers, quick=quick,
        )  # fmt: skip
        if form is Format.JSON:
            typer.echo(json.dumps(taken.as_data(result), ensure_ascii=False, indent=1))
            return
        for topic, tables in result.shown().items() if not quiet else ():
            for rows in tables:
                print_table(rows, form, taken.TOPICS[topic])
        typer.echo(f"all: {result.folder}")


def print_comparison(compared: Comparison, window: str) -> None:
    """The headline table of the policies, and what has to be said beside it."""
    from experiments.compare_report import tables_of

    tables, said = tables_of(compared, window)
    for title, rows in tables.items():
        print_table(rows, Format.TABLE, title)
    for sentence in said:
        typer.echo(sentence)


@contextmanager
def mistakes() -> Iterator[None]:
    """Turn what the user can mend into one message and its exit code; bugs pass through."""
    from experiments.store import StoreError

    try:
        yield
    except (ConfigError, StoreError) as error:
        typer.echo(f"finflow: {error}", err=True)
        raise typer.Exit(MISTAKE) from None
    except KeyboardInterrupt:
        typer.echo("finflow: interrupted; finished runs are kept, the same command goes on from there", err=True)
        raise typer.Exit(INTERRUPTED) from None


def not_found(kind: str, wanted: str, options: list[str]) -> typer.Exit:
    """Say that there is no such thing and which is closest."""
    match = closest_match(wanted, options)
    hint = f"; did you mean {match}?" if match else ""
    typer.echo(f"finflow: no {kind} {wanted}{hint}", err=True)
    return typer.Exit(MISTAKE)


def print_table(rows: pd.DataFrame, form: Format, title: str = "") -> None:
    """A table on stdout, drawn or as JSON records."""
    if form is Format.JSON:
        typer.echo(rows.to_json(orient="records", force_ascii=False, indent=1))
        return
    from experiments.tables import as_rich
    from experiments.terminal import terminal

    console = terminal()
    console.print(as_rich(rows, title, console.width))
