"""Who waits, in order, and one timer for all of them."""

from __future__ import annotations

import asyncio

from shadow.proxy.waiting import Waiting


async def test_who_is_late_is_told_of_once_and_in_order():
    """The one that began first comes first; after that nobody waits."""
    late: list[str] = []
    told = asyncio.Event()

    def take(one: str) -> None:
        late.append(one)
        if len(late) == 3:
            told.set()

    waiting = Waiting(0.02, take)
    for one in ("a", "b", "c"):
        waiting.add(one)
    assert (len(waiting), "b" in waiting, list(waiting)) == (3, True, ["a", "b", "c"])
    await told.wait()
    assert (late, len(waiting), waiting._timer) == (["a", "b", "c"], 0, None)


async def test_who_is_let_go_is_not_late():
    """Even when it was the first; one that is not there may be let go too."""
    late: asyncio.Queue[str] = asyncio.Queue()
    waiting = Waiting(0.02, late.put_nowait)
    waiting.add("gone")
    waiting.add("late")
    waiting.discard("gone")
    waiting.discard("never there")
    assert (await late.get(), late.empty()) == ("late", True)


async def test_to_be_added_again_is_to_begin_anew():
    """Its place is behind those that came meanwhile."""
    waiting = Waiting(60, print)
    for one in ("a", "b", "a"):
        waiting.add(one)
    assert list(waiting) == ["b", "a"]
    waiting.close()
    assert (len(waiting), waiting._timer) == (0, None)


async def test_many_that_come_and_go_cost_no_timer_each():
    """The one that is set stays set, whoever leaves."""
    waiting = Waiting(60, print)
    waiting.add(0)
    timer = waiting._timer
    for number in range(100):
        waiting.add(number)
        waiting.discard(number)
    assert waiting._timer is timer
    waiting.close()


async def test_one_that_is_late_may_be_added_again():
    """By whoever is told of it."""
    seen: list[str] = []
    twice = asyncio.Event()

    def again(one: str) -> None:
        seen.append(one)
        if len(seen) < 2:
            waiting.add(one)
        else:
            twice.set()

    waiting = Waiting(0.01, again)
    waiting.add("a")
    await twice.wait()
    assert (seen, len(waiting)) == (["a", "a"], 0)
