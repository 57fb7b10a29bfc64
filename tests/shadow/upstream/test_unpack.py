"""A reply is unpacked where one stands while it is small, and beside the loop when it is not."""

import asyncio
import gzip

import pytest

from shadow.upstream.encoding import TooLargeError
from shadow.upstream.unpack import AT_ONCE, unpacked

GZIP = ((b"Content-Encoding", b"gzip"),)


class Beside:
    """Does at once what a thread would do, and keeps how often it was asked."""

    def __init__(self):
        self.asked = 0

    async def __call__(self, work, headers, body, limit):
        self.asked += 1
        return work(headers, body, limit)


@pytest.mark.parametrize(
    ("size", "asked"), [(0, 0), (10, 0), (AT_ONCE, 0), (AT_ONCE + 1, 1), (3 * AT_ONCE, 1)]
)
async def test_much_is_unpacked_beside_the_loop(size, asked):
    """However small it came."""
    beside = Beside()
    body = gzip.compress(bytes(size))
    assert await unpacked(GZIP, body, 4 * AT_ONCE, beside=beside) == bytes(size)
    assert beside.asked == asked


async def test_a_bomb_is_too_large_as_before():
    """Its whole limit is unpacked beside the loop; where the limit is small, nothing is."""
    beside = Beside()
    bomb = gzip.compress(bytes(10_000_000))
    for limit, asked in ((AT_ONCE, 0), (2 * AT_ONCE, 1)):
        with pytest.raises(TooLargeError):
            await unpacked(GZIP, bomb, limit, beside=beside)
        assert beside.asked == asked


async def test_what_is_not_coded_stays_as_it_is():
    """However large it is."""
    beside = Beside()
    assert await unpacked((), bytes(2 * AT_ONCE), 4 * AT_ONCE, beside=beside) == bytes(2 * AT_ONCE)
    assert beside.asked == 0


async def test_a_thread_does_it_unless_told_otherwise():
    """While the loop goes on."""
    turns = 0

    async def turn():
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    turning = asyncio.ensure_future(turn())
    assert len(await unpacked(GZIP, gzip.compress(bytes(10 * AT_ONCE)), 20 * AT_ONCE)) == 10 * AT_ONCE
    turning.cancel()
    assert turns > 0
