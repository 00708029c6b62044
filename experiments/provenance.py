"""What a result was made with: versions, platform, the state of the source."""

from __future__ import annotations

import platform
import re
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

from experiments.store import NUMBERS_VERSION

_SOURCE = Path(__file__).resolve().parents[1]


def provenance() -> dict[str, Any]:
    """Versions of finflow and what it needs, Python, platform and git state (None outside a repository)."""
    required = [line for line in metadata.requires("finflow") or [] if "extra ==" not in line]
    names = sorted(re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in required)
    return {
        "finflow": metadata.version("finflow"),
        "numbers_version": NUMBERS_VERSION,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": {name: metadata.version(name) for name in names},
        "git": _git_state(),
    }


def _git_state() -> dict[str, Any] | None:
    """Commit of the source and whether files differ from it; None if it has no repository of its own."""
    try:
        if Path(_git("rev-parse", "--show-toplevel")) != _SOURCE:
            return None
        return {"commit": _git("rev-parse", "HEAD"), "dirty": bool(_git("status", "--porcelain"))}
    except (OSError, subprocess.CalledProcessError):
        return None


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(_SOURCE), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
