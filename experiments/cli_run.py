"""Commands that take an experiment file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated, Final

import typer

from experiments import RESULTS
from experiments.cli_common import (
    SOME_FAILED,
    AsFormat,
    ConfigFile,
    Format,
    Lang,
    Language,
    Out,
    Quiet,
    Sets,
    Workers,
    mistakes,
    print_table,
)
from experiments.cli_results import WHOLE_WINDOW, print_comparison
from experiments.engine import EngineError

if TYPE_CHECKING:
    from experiments.engine import Engine
    from experiments.store import Store

CHARTED: Final = 200  # replications on a chart at most, so that memory stays bounded; its footer says how many
_SCHEDULER: Final = "Of Dask, as tcp://host:8786; with --engine dask."


class EngineName(StrEnum):
    """Where runs are done."""

    LOCAL = "local"
    DASK = "dask"


def run(
    config: ConfigFile,
    out: Out = None,
    workers: Workers = None,
    sets: Sets = None,
    quiet: Quiet = False,
    lang: Lang = Language.ENGLISH,
    engine: Annotated[EngineName, typer.Option("--engine", help="Where runs are done.")] = EngineName.LOCAL,
    scheduler: Annotated[str | None, typer.Option("--scheduler", metavar="ADDRESS", help=_SCHEDULER)] = None,
) -> None:
    """Run what CONFIG asks for; goes on where an earlier run was stopped."""
    with mistakes():
        from experiments.config import load

        experiment = load(config, sets=sets or [])
        from experiments.runner import execute  # takes seconds to import: mistakes are told before

        show = partial(show_results, quiet=quiet, lang=lang.value, workers=workers)
        folder = out or RESULTS / experiment.name
        with chosen_engine(engine, scheduler, workers) as place:
            report = execute(experiment, folder, engine=place, quiet=quiet, show=show)
        typer.echo(report.line())
        if report.halted:
            typer.echo(report.halted, err=True)
        if report.failed or report.halted:
            raise typer.Exit(SOME_FAILED)


@contextmanager
def chosen_engine(name: EngineName, scheduler: str | None, workers: int | None) -> Iterator[Engine]:
    """The engine that the options mean, closed in the end; `EngineError` for options that do not go together."""
    if name is EngineName.LOCAL:
        if scheduler is not None:
            raise EngineError("--scheduler goes with --engine dask")
        from experiments.pool import Local

        with Local(workers) as engine:
            yield engine
        return
    if scheduler is None:
        raise EngineError("--engine dask needs the address of a scheduler: --scheduler tcp://host:8786")
    if workers is not None:
        raise EngineError("--workers goes with --engine local; a cluster has the workers that joined its scheduler")
    from experiments.dask_engine import connected

    with connected(scheduler) as engine:
        yield engine


def show_results(store: Store, quiet: bool, lang: str = "en", workers: int | None = None) -> None:
    """Headline table, comparison of policies, scorecard, charts, and where it all is; `workers` as in `compare`."""
    from experiments.charts import ChartMeta
    from experiments.drawing import draw_all
    from experiments.pairs import BASELINE
    from experiments.tables import headline
    from experiments.verdicts import scorecard

    said = store.manifest()
    shown = [run for run in store.done() if run.policy == BASELINE and run.draw == 0]
    draw_all(store.series(shown[:CHARTED]), ChartMeta.of(said, lang), store.path)
    compared = None
    if {run.policy for run in store.done()} > {BASELINE}:
        from experiments.compare_report import draw_and_write

        compared = draw_and_write(store, lang, workers)
    elif shown and any(stress["kind"] == "oem_failure" for stress in said.get("stresses", ())):
        from experiments.compare import law_alone
        from experiments.policy_gallery import draw_policies

        draw_policies(law_alone(store), store.path, lang)
    if quiet:
        return
    summary = store.summary()
    if compared is None:
        print_table(headline(summary.loc[summary["draw"] == 0]), Format.TABLE, said["experiment"])
    print_table(scorecard(summary), Format.TABLE, "Against the targets and checks of docs/validation.md")
    if compared is not None:
        print_comparison(compared, WHOLE_WINDOW)
    typer.echo(f"Summary: {store.path / 'summary.csv'}; charts: {store.path / 'charts'}; all: {store.path}")


def check(config: ConfigFile, workers: Workers = None, sets: Sets = None, form: AsFormat = Format.TABLE) -> None:
    """Validate CONFIG, say it in words, count its runs, estimate time and memory."""
    with mistakes():
        from experiments.config import load
        from experiments.describe import describe
        from experiments.firm_files import own_firms
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
