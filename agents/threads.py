"""Rows in blocks on several threads, for kernels and NumPy functions, which let the interpreter go meanwhile.

What is done to a row may not touch other rows, so that results are the same for any number of threads. There are as
many as the environment's NUMBA_NUM_THREADS says, all cores by default; processes that share a machine take one each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numba.core import config

HANDING_OVER: Final = 1e6  # ns that a block should take at least: many times what handing it over takes
BLOCKS: Final = 4  # a thread, so that none waits long for another

_most: int = config.NUMBA_NUM_THREADS  # pyright: ignore[reportAttributeAccessIssue] - set when Numba is imported


def in_blocks(task: Callable[[int, int], object], rows: int, each: float) -> None:
    """Call `task(first, end)` for blocks that cover 0..rows−1, at once where there are threads and rows for it; `each`
    row takes about so many ns. Of several blocks none is empty: no two begin at the same row."""
    blocks = min(_most * BLOCKS, rows, int(rows * each / HANDING_OVER)) if _most > 1 else 1
    if blocks < 2:
        task(0, rows)
        return
    ends = np.linspace(0, rows, blocks + 1).astype(int).tolist()
    together([lambda first=first, end=end: task(first, end) for first, end in pairwise(ends)])


def together(tasks: Sequence[Callable[[], Any]], each: float = HANDING_OVER) -> list[Any]:
    """Call all of these, at once where there are threads and `each` takes long enough, in ns; returns what they return.
    None may touch what another writes, nor call this itself: it would wait for a thread and take one."""
    if _most == 1 or each < HANDING_OVER:
        return [task() for task in tasks]
    return [done.result() for done in [_pool().submit(task) for task in tasks]]


def use(most: int) -> None:
    """Take at most so many threads from now on in this process."""
    global _most
    _most = most


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_most, "rows")
