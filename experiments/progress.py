"""How far a batch of runs is: a bar on a terminal, a few plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

Advance = Callable[[int, int], None]
_LINES: Final = 10


@contextmanager
def progress(total: int, quiet: bool) -> Iterator[Advance]:
    """Yield a function to call with (runs done, runs failed) after each run; all goes to stderr."""
    console = Console(stderr=True)
    if quiet or total == 0:
        yield lambda done, failed: None
    elif console.is_terminal:
        columns = (
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("runs{task.fields[failures]}"),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=console) as bar:
            task = bar.add_task("runs", total=total, failures="")
            yield lambda done, failed: bar.update(task, completed=done, failures=f", {failed} failed" if failed else "")
    else:
        yield _plain(total, console)


def _plain(total: int, console: Console) -> Advance:
    """At most `_LINES` lines, so that a log stays readable."""
    begun = time.perf_counter()

    def advance(done: int, failed: int) -> None:
        if done * _LINES // total > (done - 1) * _LINES // total:
            left = readable_time((time.perf_counter() - begun) * (total - done) / done)
            console.print(f"{done}/{total} runs, {failed} failed, about {left} left", highlight=False)

    return advance


def readable_time(seconds: float) -> str:
    """`seconds` as a person says it: 42 s, 5 min, 3.2 h."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 100 * 60 else f"{seconds / 3600:.1f} h"
