"""Rows in blocks on threads: every row once, errors told, and the same results for any number of threads."""

import threading

import numpy as np
import pytest

from agents import threads
from sim.random import Streams
from sim.run import simulate
from tests.worlds import parameters, policy


@pytest.fixture
def several(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three threads, for blocks of 8 ns and more."""
    monkeypatch.setattr(threads, "_most", 3)
    threads._pool.cache_clear()
    monkeypatch.setattr(threads, "HANDING_OVER", 8.0)


@pytest.mark.parametrize("rows", [0, 1, 15, 16, 97, 1000])
@pytest.mark.usefixtures("several")
def test_every_row_is_done_once(rows: int) -> None:
    done, blocks = np.zeros(rows, np.int64), []

    def task(first: int, end: int) -> None:
        blocks.append(end - first)
        done[first:end] += 1

    threads.in_blocks(task, rows, 1.0)
    assert (done == 1).all()
    assert len(blocks) == max(1, min(12, rows // 8))


@pytest.mark.parametrize("rows", [2, 3, 7, 11])
@pytest.mark.usefixtures("several")
def test_blocks_of_few_dear_rows_are_not_empty(rows: int) -> None:
    firsts: list[int] = []
    threads.in_blocks(lambda first, end: firsts.append(first), rows, 500.0)
    assert sorted(firsts) == list(range(rows))


@pytest.mark.usefixtures("several")
def test_blocks_are_done_at_once() -> None:
    meet = threading.Barrier(3, timeout=20)  # broken if not three are there at the same time
    threads.together([meet.wait] * 3)


@pytest.mark.usefixtures("several")
def test_an_error_in_a_block_is_told() -> None:
    def task(first: int, end: int) -> None:
        if first <= 500 < end:
            raise ValueError("row 500")

    with pytest.raises(ValueError, match="row 500"):
        threads.in_blocks(task, 1000, 1.0)


@pytest.mark.parametrize(("count", "width"), [(1, 0), (31, 0), (32, 0), (1001, 0), (333, 7)])
def test_numbers_are_those_of_one_stream(count: int, width: int, request: pytest.FixtureRequest) -> None:
    whole, normal = (draw("noise", 5, count, width) for draw in (Streams(1, 2).uniform, Streams(1, 2).normal))
    request.getfixturevalue("several")
    assert (Streams(1, 2).uniform("noise", 5, count, width) == whole).all()
    assert (Streams(1, 2).normal("noise", 5, count, width) == normal).all()


def test_a_world_is_the_same_on_one_thread_and_on_three(request: pytest.FixtureRequest) -> None:
    def one() -> list[bytes]:
        record = simulate(
            parameters(150), seed=4, burn_in_steps=4, evaluate_steps=8, audit="every_step",
            policy=policy("relending_sme", "government_guarantee"),
        )  # fmt: skip
        return [table.to_csv().encode() for table in (record.series, record.firms, record.events)]

    alone = one()
    request.getfixturevalue("several")
    assert one() == alone
