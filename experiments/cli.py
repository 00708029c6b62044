"""The command `finflow`.

Exit codes: 0 done; 2 the user's mistake, told in one message on stderr; 3 some runs failed, the rest is
stored, or the model failed its validation; 1 a bug of ours, with its traceback; 130 interrupted.
"""

from __future__ import annotations

from typing import Final

import typer

from experiments import cli_model as model
from experiments import cli_results as results
from experiments import cli_run

COMMANDS: Final = (  # in the order of --help
    cli_run.run,
    cli_run.check,
    results.status,
    results.compare,
    results.verify,
    results.diff,
    results.query,
    results.report,
    results.sensitivity,
    model.params,
    model.levers,
    model.explain,
    model.matrices,
    model.validate,
    model.calibrate,
    model.evidence,
)

app = typer.Typer(
    help="Simulates supply-chain finance and what policies do to it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in COMMANDS:
    app.command()(command)


def main() -> None:
    """Entry point of the command."""
    app()


if __name__ == "__main__":
    main()
