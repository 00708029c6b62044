"""What is said about a mistake in a file: where, what was found, what is allowed, the closest match."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial


@dataclass(frozen=True)
class Origin:
    """Where something was written: a file and its line, or (`line` None) a `--set` option."""

    file: str
    line: int | None = None

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"


class ConfigError(Exception):
    """The user's mistake, as one message; the command line ends with code 2 on it."""

    def __init__(
        self, problem: str, origin: Origin, *, path: str = "", allowed: str = "", closest: str | None = None
    ) -> None:
        self.problem = problem
        self.origin = origin
        self.file = origin.file
        self.line = origin.line
        self.path = path
        self.allowed = allowed
        self.closest = closest
        place = f"{origin}: {path}" if path else str(origin)
        message = f"{place}: {problem}"
        if allowed:
            message += f"; allowed here: {allowed}"
        if closest:
            message += f"; did you mean {closest}?"
        super().__init__(message)

    def __reduce__(self) -> tuple[partial[ConfigError], tuple[str, Origin]]:
        """As it comes back from a worker process."""
        known = partial(ConfigError, path=self.path, allowed=self.allowed, closest=self.closest)
        return known, (self.problem, self.origin)


def closest_match(word: str, options: Iterable[str]) -> str | None:
    """The option that looks most like `word`, None if none does."""
    # Longer words are no slip of the fingers, and comparing them would take long.
    return next(iter(difflib.get_close_matches(word[:100], list(options), n=1)), None)
