"""Runs on a cluster: the engine that gives batches to the workers of a Dask scheduler.

A batch is one task of Dask's. A worker that sees the results folder writes its parts there, another sends them back
with its answer (`worker.perform` decides), so that clusters with and without a shared file system fill the same store.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import pickle
import platform
import tempfile
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from agents import threads
from experiments.engine import TRIES, Died, EngineError, Work
from experiments.store import NUMBERS_VERSION

if TYPE_CHECKING:
    from distributed import Future

ANSWERS_WITHIN: Final = 30.0  # seconds in which a scheduler must answer and a first worker join
ALONE_FOR: Final = 600.0  # seconds without any worker after which a sweep stops
IN_RESERVE: Final = 2  # batches beyond one a worker: few, for Dask suspects all that a dying worker had
_LOOK: Final = 5.0  # seconds between two looks at how many workers there are
_DECISIVE: Final = ("numpy", "numba", "scipy", "pandas", "pyarrow", "mesa")  # packages that move numbers or files
_SOURCE: Final = Path(__file__).resolve().parents[1]
_PACKAGES: Final = ("agents", "policies", "sim", "experiments")
_ONE_AT_A_TIME: Final = threading.Lock()  # a worker may have several threads, the model is for one


@cache
def identity() -> dict[str, str]:
    """What must be alike here and on workers for their results to be: versions, and a hash of finflow's own source."""
    source = hashlib.sha256()
    for package in _PACKAGES:
        for file in sorted((_SOURCE / package).rglob("*.py")):
            source.update(file.relative_to(_SOURCE).as_posix().encode() + b"\0" + file.read_bytes())
    return {
        "finflow": f"{metadata.version('finflow')}, numbers {NUMBERS_VERSION}, source {source.hexdigest()[:12]}",
        "Python": ".".join(platform.python_version_tuple()[:2]),
        **{name: metadata.version(name) for name in _DECISIVE},
    }


@contextmanager
def connected(address: str) -> Iterator[DaskEngine]:
    """The engine of the scheduler at `address`, with workers that are checked.

    Raises `EngineError` if `distributed` is missing, nobody answers in time, no worker joins, or one has other versions
    than this process.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise EngineError("--engine dask needs the package distributed, which finflow[cluster] installs") from error
    for name in ("distributed", "distributed.client"):  # what is lost is said once, by us
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        client: Any = Client(address, timeout=ANSWERS_WITHIN)  # typed, its methods might be coroutines
    except (OSError, ValueError) as error:
        raise EngineError(
            f"no Dask scheduler answers at {address} within {ANSWERS_WITHIN:g} s; start one with `dask scheduler`, "
            "whose first lines say its address, as tcp://host:8786"
        ) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=ANSWERS_WITHIN)
        except TimeoutError as error:
            raise EngineError(
                f"the scheduler at {address} has no workers after {ANSWERS_WITHIN:g} s; start some with "
                f"`dask worker {address}`"
            ) from error
        for worker, found in client.run(identity, on_error="return").items():
            _refuse_other(worker, found, identity())
        yield DaskEngine(client, address)


class DaskEngine:
    """The workers that a client's scheduler has, now and later; use it through `connected`."""

    def __init__(self, client: Any, address: str) -> None:
        self._client, self._address = client, address
        self._warm_up: Callable[[], None] | None = None

    @property
    def workers(self) -> int:
        """Worker processes there are, at least one: more may join."""
        return max(len(self._client.nthreads()), 1)

    def prepare(self, warm_up: Callable[[], None]) -> None:
        """Have every worker process warm up before its first job, on one machine one after the other."""
        self._warm_up = warm_up

    def run_all(self, work: Work, batches: Iterable[Sequence[Any]]) -> Iterator[tuple[Any, Any]]:
        """As `Engine`. A batch whose worker dies too often for Dask is taken apart, and each job tried while no other
        is under way: Dask blames all that a dead worker had, also what only waited there."""
        from distributed import CancelledError

        load = self._client.submit(_same, pickle.dumps((self._warm_up, work)), pure=False)
        queue, deaths = deque(tuple(batch) for batch in batches), Counter[Any]()
        flying: dict[Future, tuple[Any, ...]] = {}
        try:
            while queue or flying:
                while queue and len(flying) < self.workers + IN_RESERVE:
                    if flying and any(deaths[job] for other in (queue[0], *flying.values()) for job in other):
                        break
                    batch = queue.popleft()
                    flying[self._client.submit(_serve, identity(), load, batch, pure=False)] = batch
                for future in self._ended(list(flying)):
                    batch = flying.pop(future)
                    answers = self._answers(future)
                    if not isinstance(answers, Died):
                        yield from zip(batch, answers, strict=True)
                        continue
                    deaths.update(batch)
                    queue.extend((job,) for job in batch if deaths[job] < TRIES)
                    yield from ((job, answers) for job in batch if deaths[job] >= TRIES)
        except (CancelledError, OSError) as error:
            raise EngineError(
                f"lost the scheduler at {self._address}; finished runs are kept, the same command goes on from there"
            ) from error
        finally:
            if self._client.status == "running":
                self._client.cancel([*flying, load])

    def _ended(self, futures: list[Future]) -> list[Future]:
        """Wait for one of them at least; `EngineError` if for long there has been no worker at all."""
        from distributed import wait

        seen = time.monotonic()
        while True:
            try:
                waited: Any = wait(futures, timeout=_LOOK, return_when="FIRST_COMPLETED")
                return list(waited.done)
            except TimeoutError:
                if self._client.nthreads():
                    seen = time.monotonic()
                elif time.monotonic() - seen > ALONE_FOR:
                    raise EngineError(
                        f"no worker of {self._address} is left for {ALONE_FOR:g} s; finished runs are kept, the "
                        "same command goes on from there"
                    ) from None

    def _answers(self, future: Future) -> list[Any] | Died:
        from distributed import KilledWorker

        try:
            return future.result()
        except KilledWorker as error:
            return Died(f"{error.allowed_failures + 1} workers ended under it, last {error.last_worker.name}")
        except EngineError:
            raise
        except Exception as error:
            if future.status != "error":  # it is not the task's: the answer did not come through
                raise
            raise EngineError(f"a worker of {self._address} cannot do runs: {type(error).__name__}: {error}") from error


def _refuse_other(worker: str, theirs: Any, ours: dict[str, str]) -> None:
    """Raise `EngineError` unless `theirs` is what `identity` says in the parent, or if it is an error there."""
    if isinstance(theirs, BaseException):
        raise EngineError(f"worker {worker} cannot do runs: {type(theirs).__name__}: {theirs}")
    for name, wanted in ours.items():
        if (found := theirs.get(name)) != wanted:
            raise EngineError(
                f"worker {worker} has {name} {found}, this process {wanted}: results would not be the same; "
                "install the same on both"
            )


def _same(load: bytes) -> bytes:
    return load  # as a task, so that it travels once to each worker and is made again if its holder dies


def _serve(expected: dict[str, str], load: bytes, batch: tuple[Any, ...]) -> list[Any]:
    """In a worker: the answers of a batch. Raises `EngineError` in one that joined later with other versions."""
    from distributed import get_worker

    _refuse_other(get_worker().address, identity(), expected)
    threads.use(1)  # its neighbours have the other cores
    with _ONE_AT_A_TIME:
        return list(_loaded(load)(batch))


@lru_cache(maxsize=1)
def _loaded(load: bytes) -> Work:
    """What the parent sent, warmed up. One process of a machine at a time compiles; the others read its cache."""
    warm_up, work = pickle.loads(load)
    if warm_up is not None:
        with open(Path(tempfile.gettempdir()) / f"finflow-warm-up-{os.getuid()}.lock", "ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            warm_up()
    return work
