"""Servers for tests under load: a legacy system that answers, and models that misbehave, in few instructions.

Run: python benchmarks/stubs.py BEHAVIOUR... – each listens on a free port of loopback, and the ports are printed.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import sys
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cache
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    Behaviour = Callable[["Stub"], None]

ANSWER_BODY = b'{"number": "1600", "street": "' + b"b" * 280 + b'", "confidence": 1.0}'
ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(ANSWER_BODY)
) + ANSWER_BODY
ERROR = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"
ENDLESS = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
PIECE = b"4000\r\n" + b"x" * 0x4000 + b"\r\n"
_DRIP = 0.05


class Stub(asyncio.Protocol):
    """One connection: reads requests, and for each does what the behaviour says that is chosen for it."""

    def __init__(self, choose: Callable[[], Behaviour], connected: set[Stub]) -> None:
        self._choose = choose
        self._connected = connected
        self._came = bytearray()
        self.transport: asyncio.Transport
        self.requests = 0
        self.request = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        self.transport = cast("asyncio.Transport", transport)
        self._connected.add(self)
        if self._choose() is refuse:
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's face
        """Take that the connection is gone."""
        self._connected.discard(self)

    def data_received(self, data: bytes) -> None:
        """Behave once for each whole request."""
        self._came += data
        while (size := _whole(self._came)) and len(self._came) >= size:
            self.request = bytes(self._came[:size])
            del self._came[:size]
            self.requests += 1
            self._choose()(self)

    def write(self, data: bytes) -> None:
        """Send, while somebody is there."""
        if not self.transport.is_closing():
            self.transport.write(data)

    def pause_writing(self) -> None:
        """Take that the client is slower: what floods waits for it."""
        self.stopped = True

    def resume_writing(self) -> None:
        """Go on flooding."""
        self.stopped = False
        _pour(self)

    stopped = False


def _whole(data: bytearray) -> int:
    """Give the size of the first request, 0 while its head is not whole. Bodies carry their length."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return 0
    at = data.lower().find(b"content-length:", 0, end)
    return end + 4 + (int(data[at + 15 : data.index(b"\r\n", at)]) if at >= 0 else 0)


def answer(stub: Stub) -> None:
    """Answer at once."""
    stub.write(ANSWER)


def soon(stub: Stub) -> None:
    """Answer after 5 ms, as a quick system does that has something to work out."""
    asyncio.get_running_loop().call_later(0.005, stub.write, ANSWER)


def slow(stub: Stub) -> None:
    """Answer after 100 ms."""
    asyncio.get_running_loop().call_later(0.1, stub.write, ANSWER)


def hang(stub: Stub) -> None:
    """Take the request and never say anything."""


def refuse(stub: Stub) -> None:
    """Break every connection as soon as it is made."""
    stub.transport.abort()


def reset(stub: Stub) -> None:
    """Take the request and break the connection."""
    stub.transport.abort()


def error(stub: Stub) -> None:
    """Answer with a status of 500."""
    stub.write(ERROR)


def garbage(stub: Stub) -> None:
    """Answer with what is no HTTP."""
    stub.write(b"\x00\xff not HTTP at all\r\n\r\n")


def bomb(stub: Stub) -> None:
    """Answer with 100 KB that unpack to 100 MB."""
    stub.write(_bomb())


@cache
def _bomb() -> bytes:
    body = gzip.compress(bytes(100_000_000))
    return b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def drip(stub: Stub) -> None:
    """Answer one byte at a time, 20 a second."""
    _drip(stub, 0)


def _drip(stub: Stub, at: int) -> None:
    if at < len(ANSWER) and not stub.transport.is_closing():
        stub.write(ANSWER[at : at + 1])
        asyncio.get_running_loop().call_later(_DRIP, _drip, stub, at + 1)


def flood(stub: Stub) -> None:
    """Answer without an end, as fast as the client takes it."""
    stub.write(ENDLESS)
    _pour(stub)


def _pour(stub: Stub) -> None:
    if not stub.stopped and not stub.transport.is_closing():
        stub.write(PIECE)
        asyncio.get_running_loop().call_soon(_pour, stub)


BEHAVIOURS: dict[str, Behaviour] = {
    each.__name__: each
    for each in (answer, soon, slow, hang, refuse, reset, error, garbage, bomb, drip, flood)
}


@asynccontextmanager
async def serving(behave: Behaviour) -> AsyncIterator[int]:
    """Serve one behaviour on a free port of loopback, and give the port; no connection outlives the block."""
    async with serving_as(lambda: behave) as port:
        yield port


@asynccontextmanager
async def serving_as(choose: Callable[[], Behaviour]) -> AsyncIterator[int]:
    """Serve whatever behaviour is chosen when a request comes, as `serving` does."""
    stubs: set[Stub] = set()
    server = await asyncio.get_running_loop().create_server(
        lambda: Stub(choose, stubs), "127.0.0.1", 0, backlog=1024
    )
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for stub in tuple(stubs):
            stub.transport.abort()
        await asyncio.sleep(0)  # a turn of the loop closes what was aborted


async def _serve(names: list[str]) -> None:
    async with AsyncExitStack() as stack:
        print(*[await stack.enter_async_context(serving(BEHAVIOURS[name])) for name in names], flush=True)
        await asyncio.to_thread(sys.stdin.read)  # whoever started this closes it, or is gone


def main() -> None:
    """Serve until standard input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("behaviour", nargs="+", choices=BEHAVIOURS)
    names = parser.parse_args().behaviour
    try:
        import uvloop
    except ImportError:
        asyncio.run(_serve(names))
        return
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(names))


if __name__ == "__main__":
    main()
