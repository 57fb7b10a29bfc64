"""A worker that is too busy makes fewer of the calls that nobody waits for."""

from __future__ import annotations

import asyncio
import time

from shadow.proxy import spare as module
from shadow.proxy.spare import EVERY, Spare, demand


def allowed(spare: Spare, calls: int) -> int:
    """Count how many of so many calls may be made."""
    return sum(spare.allows() for _ in range(calls))


def test_a_worker_with_time_to_spare_makes_every_call():
    """And counts none as refused."""
    spare = Spare(0.8)
    spare.take(0.75)
    assert (allowed(spare, 100), spare.refused) == (100, 0)


def test_each_look_that_finds_it_too_busy_halves_the_share():
    """The calls that are left are spread evenly, and the others counted."""
    spare = Spare(0.8)
    spare.take(0.81)
    assert [spare.allows() for _ in range(6)] == [False, True, False, True, False, True]
    spare.take(0.9)
    assert (allowed(spare, 100), spare.refused) == (25, 78)


def test_a_worker_that_stays_too_busy_makes_no_call():
    """Not even a few."""
    spare = Spare(0.8)
    for _ in range(6):
        spare.take(0.81)
    assert (spare.share, allowed(spare, 1000)) == (0.0, 0)


def test_a_worker_that_does_nothing_but_work_gives_up_more():
    """It may have twice the work that it can do: three looks, 75 ms, and it makes no call."""
    spare = Spare(0.8)
    shares = []
    for _ in range(3):
        spare.take(1.0)
        shares.append(round(spare.share, 3))
    assert shares == [0.2, 0.04, 0.0]


def test_the_share_comes_back_step_by_step_once_the_worker_is_well_below_the_limit():
    """Just below, it stays as it is: what it would take on is not known."""
    spare = Spare(0.8)
    for _ in range(3):
        spare.take(1.0)
    spare.take(0.75)
    assert spare.share == 0.0
    for _ in range(10):
        spare.take(0.6)
    assert abs(spare.share - 0.25) < 1e-9
    for _ in range(31):
        spare.take(0.6)
    assert (spare.share, allowed(spare, 10)) == (1.0, 10)


def test_the_share_comes_back_the_faster_the_less_there_is_to_do():
    """A moment's load must not cost the shadows of the second after it."""
    spare = Spare(0.8)
    for _ in range(3):
        spare.take(1.0)
    for _ in range(12):
        spare.take(0.1)
    assert spare.share == 1.0


async def test_it_looks_by_itself_how_busy_the_worker_was():
    """As a share of the time between two looks."""
    looks = asyncio.Event()
    spent = iter([5.0])

    def read() -> float:
        try:
            return next(spent)
        except StopIteration:
            looks.set()
            return 1e6

    spare = Spare(0.8, read)
    spare.start()
    await looks.wait()
    spare.close()
    assert spare.busy > 100 / EVERY
    assert spare.share == 0.2


async def test_without_a_limit_it_does_not_look():
    """There is nothing to be learnt."""
    spare = Spare(1.0, lambda: 1 / 0)
    spare.start()
    spare.close()
    assert spare.snapshot() == {"busy": 0.0, "share": 1.0, "refused": 0}


def test_what_is_read_is_what_the_thread_had_to_do():
    """It grows by the time in which it ran, at least."""
    before, began = demand(), time.thread_time()
    while time.thread_time() - began < 0.03:
        sum(range(1000))
    assert demand() - before > 0.02


def test_where_the_system_does_not_tell_the_threads_own_time_is_taken(monkeypatch, tmp_path):
    """On other systems than Linux."""
    monkeypatch.setattr(module, "_SCHEDSTAT", tmp_path / "none")
    before, found = time.thread_time(), demand()
    assert before <= found <= time.thread_time()
