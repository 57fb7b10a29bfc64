import asyncio

import pytest

from shadow.upstream.turns import FullError, Turns


async def test_turns_come_in_order_and_only_to_those_who_wait():
    """What is handed when nobody waits stays with its owner."""
    turns = Turns(5, unused=[].append)
    waiting = [asyncio.ensure_future(turns.wait(60.0)) for _ in range(2)]
    await asyncio.sleep(0)
    assert len(turns) == 2
    assert [turns.hand("first"), turns.hand(None), turns.hand("third")] == [True, True, False]
    assert await asyncio.gather(*waiting) == ["first", None]


async def test_no_more_wait_than_may():
    """The next is refused at once."""
    turns = Turns(1, unused=[].append)
    waiting = asyncio.ensure_future(turns.wait(60.0))
    await asyncio.sleep(0)
    with pytest.raises(FullError):
        await turns.wait(60.0)
    turns.hand(None)
    await waiting


async def test_a_turn_that_does_not_come_in_time_is_given_up():
    """Its place is free for another."""
    turns = Turns(1, unused=[].append)
    with pytest.raises(TimeoutError):
        await turns.wait(0.001)
    assert (len(turns), turns.hand("late")) == (0, False)


async def test_what_was_handed_to_one_who_left_is_passed_on():
    """Cancelled between the handing and the taking: nothing is lost."""
    unused = []
    turns = Turns(5, unused=unused.append)
    leaving, staying = (asyncio.ensure_future(turns.wait(60.0)) for _ in range(2))
    await asyncio.sleep(0)
    turns.hand("first")
    leaving.cancel()
    await asyncio.wait([leaving])
    assert (leaving.cancelled(), unused, len(turns)) == (True, ["first"], 1)
    turns.hand("second")
    assert await staying == "second"


async def test_everyone_can_be_sent_away():
    """With the reason."""
    turns = Turns(5, unused=[].append)
    waiting = asyncio.ensure_future(turns.wait(60.0))
    await asyncio.sleep(0)
    turns.fail(LookupError("closed"))
    with pytest.raises(LookupError, match="closed"):
        await waiting
    assert len(turns) == 0
