"""One timer for many deadlines, against the loop's own clock."""

from __future__ import annotations

import asyncio

import pytest

from shadow.proxy.deadlines import Deadlines


async def after(turns: int, value: object = None) -> object:
    """Give a value some turns of the loop later."""
    for _ in range(turns):
        await asyncio.sleep(0)
    return value


def in_(seconds: float) -> float:
    """Give a time of the loop's clock."""
    return asyncio.get_running_loop().time() + seconds


async def test_what_ends_in_time_is_given():
    """And so is what it raises."""
    deadlines = Deadlines()
    assert await deadlines.meet(in_(60), after(3, "answer")) == "answer"

    async def fail() -> None:
        await after(1)
        raise ValueError("its own")

    with pytest.raises(ValueError, match="its own"):
        await deadlines.meet(in_(60), fail())


async def test_what_takes_longer_is_ended():
    """Each at its own time, whatever order they came in; the task goes on."""
    deadlines, ended = Deadlines(), []

    async def wait(name: str, seconds: float) -> None:
        with pytest.raises(TimeoutError):
            await deadlines.meet(in_(seconds), asyncio.Event().wait())
        ended.append(name)
        await asyncio.sleep(0)  # it is not cancelled any more

    await asyncio.gather(wait("third", 0.06), wait("first", 0.0), wait("second", 0.03))
    assert ended == ["first", "second", "third"]


async def test_what_has_ended_is_left_alone():
    """The timer that was set for it finds nothing."""
    deadlines = Deadlines()
    await deadlines.meet(in_(0.0), after(0))
    with pytest.raises(TimeoutError):
        await deadlines.meet(in_(0.001), asyncio.Event().wait())
    assert await after(3, "still here") == "still here"


async def test_a_cancellation_from_elsewhere_goes_through():
    """Also one that comes together with the deadline."""
    deadlines = Deadlines()
    waiting = [asyncio.ensure_future(deadlines.meet(in_(60), asyncio.Event().wait())) for _ in range(2)]
    await after(1)
    waiting[0].cancel()
    deadlines._due[waiting[1]] = 0.0
    deadlines._tick()
    waiting[1].cancel()
    assert [type(x) for x in await asyncio.gather(*waiting, return_exceptions=True)] == [
        asyncio.CancelledError,
        asyncio.CancelledError,
    ]
