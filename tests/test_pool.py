"""Worker processes of this machine: they wait for the next jobs, and one that dies meanwhile is replaced."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from experiments.crew import answers, in_order
from experiments.pool import Local


def _who(job: Any) -> tuple[Any, int]:
    time.sleep(0.05)  # so that no process does all
    return job, os.getpid()


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def local() -> Iterator[Local]:
    with Local(2) as engine:
        yield engine


def _done(engine: Local, work: Callable[[Any], Any], jobs: range) -> set[int]:
    """Have jobs done; who did them."""
    found = dict(answers(work, jobs, engine, quiet=True))
    assert {job: answer[0] for job, answer in found.items()} == {job: job for job in jobs}
    return {answer[1] for answer in found.values()}


def test_processes_wait_for_other_work_until_the_end(local: Local) -> None:
    with local:
        assert local.waiting == 0
        first = _done(local, _who, range(6))
        assert local.waiting == len(first) == 2
        assert _done(local, _who, range(10, 16)) == first
    assert local.waiting == 0
    assert not any(map(_alive, first))


def test_who_dies_while_waiting_is_replaced_and_no_job_is_lost(local: Local) -> None:
    victim, other = sorted(_done(local, _who, range(6)))
    os.kill(victim, signal.SIGKILL)
    later = _done(local, _who, range(6))
    assert victim not in later
    assert other in later
    assert local.waiting == 2


def test_processes_end_with_jobs_that_are_given_up(local: Local) -> None:
    seen = local.run_all(_each_pid, [(1,), (2,), (3,)])
    _, pid = next(seen)
    seen.close()
    assert local.waiting == 0
    assert not _alive(pid)


def _each_pid(batch: Any) -> Iterator[int]:
    for _ in batch:
        yield os.getpid()


def test_short_work_is_done_here_and_longer_where_processes_wait(local: Local) -> None:
    assert in_order(_who, [3, 1], 2, seconds=0.01, local=local) == [(3, os.getpid()), (1, os.getpid())]
    crew = _done(local, _who, range(6))
    found = in_order(_who, [3, 1, 2, 5], 2, seconds=0.5, local=local)
    assert [job for job, _ in found] == [3, 1, 2, 5]
    assert {pid for _, pid in found} <= crew
    assert local.waiting == 2
