"""Commands that read a results folder."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from experiments.cli_common import (
    SOME_FAILED,
    AsFormat,
    Format,
    Lang,
    Language,
    QueryFormat,
    Results,
    Workers,
    mistakes,
    not_found,
    print_table,
)

if TYPE_CHECKING:
    from experiments.compare import Comparison

WHOLE_WINDOW: Final = "whole"


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


def compare(
    run: Results,
    window: Annotated[str, typer.Option("--window", help="whole, first_12, last_24, or year_1 and on.")] = WHOLE_WINDOW,
    form: AsFormat = Format.TABLE,
    lang: Lang = Language.ENGLISH,
) -> None:
    """What each policy of RUN does, against current law; writes tables and charts into RUN."""
    with mistakes():
        from experiments.compare_report import as_data, draw_and_write
        from experiments.store import open_results
        from experiments.windows import windows, years

        store = open_results(run)
        steps = store.manifest()["steps"]
        if window not in (known := [*windows(steps), *years(steps)]):
            raise not_found("window", window, known)
        compared = draw_and_write(store, lang.value)
        if form is Format.JSON:
            typer.echo(json.dumps(as_data(compared, window), ensure_ascii=False, indent=1))
        else:
            print_comparison(compared, window)


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


def diff(
    a: Annotated[Path, typer.Argument(metavar="A", help="A results folder, or its name under results/.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="Another, held against A.")],
    window: Annotated[str, typer.Option("--window", help="whole, first_12 or last_24.")] = WHOLE_WINDOW,
    form: Annotated[QueryFormat, typer.Option("--format", help="How it is printed; csv: as one table.")] = (
        QueryFormat.TABLE
    ),
) -> None:
    """How configurations, versions, policies and results of two stored experiments differ."""
    with mistakes():
        from experiments import diff as held
        from experiments.store import open_results
        from experiments.windows import WINDOWS

        if window not in WINDOWS:
            raise not_found("window", window, list(WINDOWS))
        found = held.diff(open_results(a), open_results(b), window)
        if form is QueryFormat.CSV:
            held.as_table(found).to_csv(sys.stdout, index=False, lineterminator="\n")
        elif form is QueryFormat.JSON:
            typer.echo(json.dumps(held.as_data(found), ensure_ascii=False, indent=1))
        else:
            typer.echo(f"A: {found.a.path}\nB: {found.b.path}\n")
            for title, rows in held.tables(found).items():
                print_table(rows, Format.TABLE, title)
            for sentence in held.sentences(found):
                typer.echo(sentence)


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


def sensitivity(
    run: Results,
    indicator: Annotated[
        list[str] | None,
        typer.Option("--indicator", metavar="NAME[:GROUP]", help="Of what; cost and access of SMEs if not given."),
    ] = None,
    window: Annotated[str, typer.Option("--window", help="whole, first_12 or last_24.")] = WHOLE_WINDOW,
    form: AsFormat = Format.TABLE,
    lang: Lang = Language.ENGLISH,
) -> None:
    """What RUN's results hang on: Morris or Sobol indices of its design, interactions of its lever switches."""
    with mistakes():
        from experiments import sensitivity_told as told
        from experiments.sensitivity import sensitivity as found_in
        from experiments.sensitivity import write
        from experiments.sensitivity_gallery import draw
        from experiments.store import open_results

        store = open_results(run)
        found = found_in(store, indicator or (), window)
        write(found, store)
        draw(found, store.path, lang.value)
        if form is Format.JSON:
            typer.echo(json.dumps(told.as_data(found), ensure_ascii=False, indent=1))
            return
        for title, rows in told.tables_of(found).items():
            print_table(rows, form, title)
        for sentence in (*told.sentences(found), *told.notes(found)):
            typer.echo(sentence)


def print_comparison(compared: Comparison, window: str) -> None:
    """The headline table of the policies, and what has to be said beside it."""
    from experiments.compare_report import tables_of

    tables, said = tables_of(compared, window)
    for title, rows in tables.items():
        print_table(rows, Format.TABLE, title)
    for sentence in said:
        typer.echo(sentence)
