"""What commands share: their options, how a table is printed, how a mistake ends."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from experiments.engine import EngineError
from experiments.errors import ConfigError, closest_match

if TYPE_CHECKING:
    import pandas as pd

MISTAKE: Final = 2
SOME_FAILED: Final = 3
INTERRUPTED: Final = 130
_FEW: Final = 12  # names that a message lists
# Not our bugs: no space, a limit on files, no right to write.
_UNWRITABLE: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EPERM, errno.EROFS)


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


@contextmanager
def mistakes() -> Iterator[None]:
    """Turn what the user can mend into one message and its exit code; bugs pass through."""
    from experiments.store import StoreError

    try:
        yield
    except (ConfigError, EngineError, StoreError) as error:
        typer.echo(f"finflow: {error}", err=True)
        raise typer.Exit(MISTAKE) from None
    except OSError as error:
        if error.errno not in _UNWRITABLE:
            raise
        typer.echo(f"finflow: {error.filename or 'cannot write'}: {error.strerror}", err=True)
        raise typer.Exit(MISTAKE) from None
    except KeyboardInterrupt:
        typer.echo("finflow: interrupted; finished runs are kept, the same command goes on from there", err=True)
        raise typer.Exit(INTERRUPTED) from None


def folder_for(out: Path) -> Path:
    """Where results go, made before anything is computed: `StoreError` if it can't be."""
    from experiments.store import StoreError

    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"cannot write {out}: {error.strerror}") from None
    return out


def not_found(kind: str, wanted: str, options: list[str]) -> typer.Exit:
    """Say that there is no such thing, and which is closest or, of few, what there is."""
    match = closest_match(wanted, options)
    few = f"; there are {', '.join(options)}" if len(options) <= _FEW else "; the command without it lists all"
    hint = f"; did you mean {match}?" if match else few
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
