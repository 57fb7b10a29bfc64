"""Clients whose requests are numbered, and who keep how each of them ended: so every one can be asked after.

The number stands in the request's path, and so in the record. Knows nothing of what goes wrong, or why.
"""

from __future__ import annotations

import asyncio
import time
from array import array
from collections import deque
from contextlib import suppress
from enum import IntEnum
from typing import cast

from benchmarks.load import BODY

CALLERS = 64
TICK = 0.005
"""Seconds between two looks at how many requests are due."""
WITHIN = 30.0
"""Seconds that an answer may take."""
BEHIND_AT_MOST = 1.0
"""Seconds of requests that may be due and unsent; what is more is never sent: the house is slower than the load."""
LIVE_ONE_IN = 5
"""One request in so many goes to the route `live`, the others to `x`."""


class End(IntEnum):
    """How a request ended, seen from its client; of one that left, nobody knows whether it was read."""

    OPEN = 0
    BY_LEGACY = 1
    BY_MODEL = 2
    ERROR = 3
    CUT = 4
    LEFT = 5


class Requests:
    """Every request that was made: its end, its status (0: none) and the seconds until then."""

    def __init__(self) -> None:
        self.ends = bytearray()
        self.statuses = array("H")
        self.seconds = array("f")

    def __len__(self) -> int:
        return len(self.ends)

    def begin(self) -> int:
        """Give the number of a new request."""
        self.ends.append(End.OPEN)
        self.statuses.append(0)
        self.seconds.append(0.0)
        return len(self.ends) - 1

    def ended(self, number: int, end: End, status: int = 0, seconds: float = 0.0) -> None:
        """Keep how one ended."""
        self.ends[number] = end
        self.statuses[number] = status
        self.seconds[number] = seconds

    def answered(self, number: int, head: bytes, seconds: float) -> None:
        """Keep that one was answered, by whom, and with what."""
        status = int(head[9:12])
        if status >= 300:
            self.ended(number, End.ERROR, status, seconds)
        else:
            by_model = b"\r\nShadow-Served: model\r\n" in head
            self.ended(number, End.BY_MODEL if by_model else End.BY_LEGACY, status, seconds)


def target(number: int) -> bytes:
    """Give the path of a request: its route, and its number."""
    return b"/v1/%b/%d" % (b"x" if number % LIVE_ONE_IN else b"live", number)


def request(number: int, body: bytes = BODY) -> tuple[bytes, bytes]:
    """Give a request's head and its body."""
    head = b"POST %b HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    return head % (target(number), len(body)), body


class Caller(asyncio.Protocol):
    """One connection: a request, its whole answer, and then the next."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._came = bytearray()
        self.number = -1
        self.began = 0.0
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        self.transport = cast("asyncio.Transport", transport)

    def send(self, number: int) -> None:
        """Send a request."""
        self.number = number
        self.began = time.perf_counter()
        self.transport.write(b"".join(request(number)))

    def data_received(self, data: bytes) -> None:
        """Take a part of the answer; one that nobody asked for, when the connection is closed, says so itself."""
        self._came += data
        end = self._came.find(b"\r\n\r\n") + 4
        if end < 4:
            return
        at = self._came.lower().index(b"content-length:", 0, end) + 15
        if len(self._came) >= end + int(self._came[at : self._came.index(b"\r\n", at)]):
            head = bytes(self._came[:end])
            self._came.clear()
            self._crowd.answered(self, head)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - however it broke
        """Take that the connection is gone."""
        self._crowd.lost(self)


class Crowd:
    """So many callers, who send at a rate or, in a closed loop, as fast as answers come."""

    def __init__(self, port: int, callers: int = CALLERS) -> None:
        self.requests = Requests()
        self.postponed = 0
        self.turned_away: list[str] = []
        self._port = port
        self._callers = callers
        self._idle: deque[Caller] = deque()
        self._coming: set[asyncio.Task[None]] = set()
        self._rested = asyncio.Event()
        self._closed_loop = self._leaving = False

    async def enter(self) -> None:
        """Connect everybody."""
        self._leaving = False
        await asyncio.gather(*(self._connect() for _ in range(self._callers)))

    async def _connect(self) -> None:
        _, caller = await asyncio.get_running_loop().create_connection(
            lambda: Caller(self), "127.0.0.1", self._port
        )
        self._free(caller)

    async def run(self, seconds: float, rate: float) -> None:
        """Send for so many seconds, so many requests a second, or (0) as fast as answers come; wait for the answers.

        One that does not come at all is not waited for: its request stays open.
        """
        clock = asyncio.get_running_loop().time
        until = clock() + seconds
        if rate:
            await self._pace(rate, until)
        else:
            self._closed_loop = True
            while self._idle:
                self._idle.popleft().send(self.requests.begin())
            await asyncio.sleep(seconds)
            self._closed_loop = False
        self._rested.clear()
        if len(self._idle) < self._callers:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._rested.wait(), WITHIN)

    async def _pace(self, rate: float, until: float) -> None:
        clock = asyncio.get_running_loop().time
        due, last = 0.0, clock()
        while (now := clock()) < until:
            due, last = due + (now - last) * rate, now
            while due >= 1 and self._idle:
                due -= 1
                self._idle.popleft().send(self.requests.begin())
            if (beyond := int(due - rate * BEHIND_AT_MOST)) > 0:
                self.postponed += beyond
                due -= beyond
            await asyncio.sleep(TICK)

    def leave(self) -> None:
        """Close every connection."""
        self._leaving = True
        while self._idle:
            self._idle.popleft().transport.abort()

    # What the callers tell.

    def answered(self, caller: Caller, head: bytes) -> None:
        """Take an answer, whole; after one that ends its connection another connection is made."""
        number, caller.number = caller.number, -1
        self.requests.answered(number, head, time.perf_counter() - caller.began)
        if b"\r\nConnection: close\r\n" in head:
            caller.transport.close()
        else:
            self._free(caller)

    def _free(self, caller: Caller) -> None:
        if self._closed_loop:
            caller.send(self.requests.begin())
            return
        self._idle.append(caller)
        if len(self._idle) == self._callers:
            self._rested.set()

    def lost(self, caller: Caller) -> None:
        """Take that a connection broke; whoever waited on it has no answer, and calls anew."""
        if caller.number >= 0:
            self.requests.ended(caller.number, End.CUT, 0, time.perf_counter() - caller.began)
        elif caller in self._idle:
            self._idle.remove(caller)
        if not self._leaving:
            task = asyncio.get_running_loop().create_task(self._connect())
            self._coming.add(task)
            task.add_done_callback(self._came)

    def _came(self, task: asyncio.Task[None]) -> None:
        self._coming.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.turned_away.append(f"a client could not connect: {error!r}")
