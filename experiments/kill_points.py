"""Named points of the store's writing at which tests kill processes for real.

What a kill leaves on disk depends on the instant, and nobody outside hits the instants that matter, such as the one
between a part and its index. So the code names them; away from tests that is a look into the environment a file.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from typing import Final

VARIABLE: Final = "FINFLOW_KILL"
_passed: Final[Counter[str]] = Counter()


def reached(point: str) -> None:
    """Die here if `VARIABLE` names this point and how often this process has come to it: `group before runs 2`.

    The first word says who dies: this `process`, or its whole `group`, parent and workers alike, as by a power cut.
    """
    wanted = os.environ.get(VARIABLE)
    if wanted is None:
        return
    _passed[point] += 1
    here = f"{point} {_passed[point]}"
    if wanted == f"process {here}":
        os.kill(os.getpid(), signal.SIGKILL)
    elif wanted == f"group {here}":
        os.killpg(0, signal.SIGKILL)
