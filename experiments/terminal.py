"""Where tables are printed."""

from __future__ import annotations

from typing import Final

from rich.console import Console

FILE_WIDTH: Final = 120  # of tables that go to a file or pipe


def terminal() -> Console:
    """The console on stdout; wide enough for a table when it is a file or a pipe."""
    console = Console()
    return console if console.is_terminal else Console(width=max(console.width, FILE_WIDTH))
