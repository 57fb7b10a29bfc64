"""The load of a benchmark: one request, sent again and again over some connections, and how long each answer took."""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from typing import cast

BODY = json.dumps({"text": "a" * 480}).encode()


def quantile(seconds: list[float], share: float) -> float:
    """Give a quantile in microseconds."""
    return sorted(seconds)[int(len(seconds) * share)] * 1e6


class Wire(asyncio.Protocol):
    """One connection of the load: a request, its whole answer, and then the next."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._came = bytearray()
        self.began = 0.0
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        self.transport = cast("asyncio.Transport", transport)

    def send(self, began: float) -> None:
        """Send the load's one request."""
        self.began = began
        self.transport.write(self._load.request)

    def data_received(self, data: bytes) -> None:
        """Take a part of the answer."""
        self._came += data
        end = self._came.find(b"\r\n\r\n")
        if end < 0:
            return
        at = self._came.lower().index(b"content-length:", 0, end + 2) + 15
        if len(self._came) >= end + 4 + int(self._came[at : self._came.index(b"\r\n", at)]):
            ok = self._came.startswith(b"HTTP/1.1 200 ")
            self._came.clear()
            self._load.answered(self, ok=ok)

    def connection_lost(self, exc: Exception | None) -> None:
        """Take that the connection broke: no cell may lose one."""
        self._load.broken(exc)


class Load:
    """Sends one request again and again, and keeps how long each answer took."""

    def __init__(self, port: int, path: str, requests: int, body: bytes = BODY) -> None:
        self.request = (
            b"POST %b HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n" % (path.encode(), port, len(body))
        ) + body
        self.seconds: list[float] = []
        self._port = port
        self._requests = requests
        self._begun = 0
        self._due: deque[float] = deque()
        self._idle: list[Wire] = []
        self._wires: list[Wire] = []
        self._all_at_once = False
        self._ended = asyncio.get_running_loop().create_future()

    async def run(self, connections: int, rate: float) -> float:
        """Send everything, at `rate` a second or (0) as fast as answers come; give the seconds it took."""
        loop = asyncio.get_running_loop()
        for _ in range(connections):
            _, wire = await loop.create_connection(lambda: Wire(self), "127.0.0.1", self._port)
            self._wires.append(wire)
        self._idle = list(self._wires)
        self._all_at_once = rate == 0
        began = time.perf_counter()
        if self._all_at_once:
            for wire in self._wires:
                self._next(wire)
        else:
            await self._pace(began, rate)
        await self._ended
        took = time.perf_counter() - began
        for wire in self._wires:
            wire.transport.abort()
        return took

    async def _pace(self, began: float, rate: float) -> None:
        for number in range(self._requests):
            due = began + number / rate
            if (ahead := due - time.perf_counter()) > 0:
                await asyncio.sleep(ahead)
            now = time.perf_counter()
            if self._idle:
                self._idle.pop().send(now)
            else:  # it waits for a connection: its time counts from now on
                self._due.append(now)

    def _next(self, wire: Wire) -> None:
        if self._begun < self._requests:
            self._begun += 1
            wire.send(time.perf_counter())

    def answered(self, wire: Wire, *, ok: bool) -> None:
        """Take that an answer is whole."""
        self.seconds.append(time.perf_counter() - wire.began)
        if not ok:
            self.broken(RuntimeError("an answer was not 200"))
        elif len(self.seconds) == self._requests:
            self._ended.set_result(None)
        elif self._all_at_once:
            self._next(wire)
        elif self._due:
            wire.send(self._due.popleft())
        else:
            self._idle.append(wire)

    def broken(self, exc: Exception | None) -> None:
        """Take that something went wrong that must not."""
        if not self._ended.done():
            self._ended.set_exception(exc or ConnectionError("the proxy closed a connection"))
