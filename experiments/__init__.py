"""Asks questions: experiment files, runs, comparisons, charts, the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from experiments.store import open_results

__all__ = ["open_results"]

RESULTS: Final = Path("results")  # where experiments leave their folders, from the working directory


def __getattr__(name: str) -> Any:
    """`open_results`, imported when asked for: it takes a second, and every command imports this package."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from experiments import store

    return getattr(store, name)
