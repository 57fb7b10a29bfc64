"""Clients that misbehave: who leave early, drip, send garbage, or come and go in storms.

Those whose request may be read number it, as everybody does. What a house does to them that it must not is told.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from benchmarks.crowd import End, request

if TYPE_CHECKING:
    from benchmarks.crowd import Requests

WAYS = ("leave", "drip", "garbage", "storm")
AT_ONCE = 8
"""Clients of a kind that come together."""


class Strays:
    """Sends such clients to a port; `amiss` takes what they met that they must not."""

    def __init__(self, port: int, requests: Requests, amiss: list[str]) -> None:
        self._port = port
        self._requests = requests
        self._amiss = amiss

    async def come(self, how: str, seconds: float) -> None:
        """Let some come together that misbehave in one way."""
        ways = {"leave": self._leave, "drip": self._drip, "garbage": self._garbage, "storm": self._storm}
        way = ways[how]

        async def one(turn: int) -> None:
            try:
                await way(turn, seconds)
            except (OSError, TimeoutError) as exc:
                self._amiss.append(f"a client, one of those that {how}, met this: {exc!r}")

        async with asyncio.TaskGroup() as group:
            for turn in range(AT_ONCE):
                group.create_task(one(turn))

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self._port)

    async def _leave(self, turn: int, seconds: float) -> None:
        """Leave after the head, within the body, or after the whole request; some with a reset."""
        number = self._requests.begin()
        self._requests.ended(number, End.LEFT)
        head, body = request(number)
        _, writer = await self._connect()
        writer.write(head + body[: (0, len(body) // 2, len(body))[turn % 3]])
        await asyncio.sleep(seconds * (turn % 2) / 10)
        if turn % 4 < 2:
            writer.transport.abort()
        else:
            writer.close()

    async def _drip(self, _: int, seconds: float) -> None:
        """Send a request in little pieces, and wait for its answer as everybody does."""
        number, began = self._requests.begin(), time.perf_counter()
        data = b"".join(request(number))
        reader, writer = await self._connect()
        piece = len(data) // 20
        head = b""
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            for at in range(0, len(data), piece):
                writer.write(data[at : at + piece])
                await asyncio.sleep(seconds / 20)
            head = await reader.readuntil(b"\r\n\r\n")
            at = head.lower().index(b"content-length:") + 15
            await reader.readexactly(int(head[at : head.index(b"\r\n", at)]))
            self._requests.answered(number, head, time.perf_counter() - began)
        if self._requests.ends[number] == End.OPEN:
            self._requests.ended(number, End.CUT)
        writer.close()

    async def _garbage(self, turn: int, _: float) -> None:
        """Send what is no HTTP, or a head without an end, and expect to be told so."""
        sent, status = ((b"\x00\xff no HTTP\r\n\r\n", 400), (b"GET / HTTP/1.1\r\nX: " + b"x" * 40_000, 431))[
            turn % 2
        ]
        reader, writer = await self._connect()
        writer.write(sent)
        async with asyncio.timeout(30):
            told = await reader.read()
        if not told.startswith(b"HTTP/1.1 %d " % status):
            self._amiss.append(f"garbage was answered with {told[:40]!r}")
        writer.close()

    async def _storm(self, turn: int, _: float) -> None:
        """Connect again and again, and leave at once or within the head."""
        for _ in range(20):
            _, writer = await self._connect()
            writer.write(b"POST /v1/x/" * (turn % 2))
            writer.transport.abort()
