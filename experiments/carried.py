"""Files that an experiment reads besides its YAML, brought along to workers that do not see the results folder."""

from __future__ import annotations

import atexit
import hashlib
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from experiments.config import Experiment
    from experiments.worker import Task
    from policies.levers import Policy
    from sim.recorder import Record

FIELDS: Final = ("firms", "edges")  # of an experiment: paths, or None


def files_of(experiment: Experiment) -> dict[str, Path]:
    """The files that it reads, by `FIELDS`."""
    return {name: Path(file) for name in FIELDS if (file := getattr(experiment, name))}


@dataclass(frozen=True)
class Carrying:
    """A task that has the contents of the experiment's files with it, by `FIELDS`, for where these are not seen."""

    task: Task
    contents: dict[str, bytes]

    def __call__(self, experiment: Experiment, policy: Policy, replication: int) -> Callable[[Policy], Record]:
        """As `task`; the files are those of the experiment, or copies in a temporary folder of this process."""
        unseen = {name: _copy(self.contents[name]) for name, file in files_of(experiment).items() if not file.exists()}
        return self.task(replace(experiment, **unseen), policy, replication)


def carrying(task: Task, experiment: Experiment) -> Task:
    """`task` with the contents of the experiment's files; itself if it reads none."""
    contents = {name: file.read_bytes() for name, file in files_of(experiment).items()}
    return Carrying(task, contents) if contents else task


@cache
def _copy(content: bytes) -> Path:
    copy = _folder() / f"{hashlib.sha256(content).hexdigest()[:16]}.csv"
    copy.write_bytes(content)
    return copy


@cache
def _folder() -> Path:
    """Of this process, gone when it ends well."""
    folder = tempfile.mkdtemp(prefix="finflow-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)
