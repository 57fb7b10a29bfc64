"""CPU a request of this client and of aiohttp's, against a trivial server in a process of its own.

Run: python benchmarks/upstream_client.py [--requests 20000] [--at-once 64]. Prints both and the ratio, the
median of interleaved rounds. Only this process's CPU is counted, so the server's cost is not in it.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import uvloop

sys.path.insert(
    0, str(Path(__file__).resolve().parent.parent)
)  # before this folder, which has comparators.py in it

from shadow.upstream.pool import Pool
from shadow.upstream.target import Origin

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from multiprocessing.connection import Connection as Pipe

BODY = b'{"text": "' + b"a" * 480 + b'"}'
ANSWER_BODY = b'{"number": "1600", "street": "' + b"b" * 280 + b'"}'
ANSWER = (
    b"HTTP/1.1 200 OK\r\nServer: trivial\r\nDate: Mon, 02 Nov 2026 10:00:00 GMT\r\n"
    b"Content-Type: application/json\r\nContent-Length: %d\r\nX-Request-Id: 12345\r\n\r\n" % len(ANSWER_BODY)
) + ANSWER_BODY
HEADERS = (
    (b"Host", b"127.0.0.1"),
    (b"User-Agent", b"benchmark"),
    (b"Accept", b"*/*"),
    (b"Content-Type", b"application/json"),
    (b"X-Account-Id", b"4711"),
    (b"traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
)


class Trivial(asyncio.Protocol):
    """Answers each request of the one known shape, without looking at it."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        self.transport = transport
        self.came = 0
        self.size = 0

    def data_received(self, data: bytes) -> None:
        """Answer once a whole request has come; one client has one at a time."""
        self.came += len(data)
        if not self.size:
            self.size = data.index(b"\r\n\r\n") + 4 + len(BODY)
        if self.came >= self.size:
            self.came = self.size = 0
            self.transport.write(ANSWER)


def serve(pipe: Pipe) -> None:
    """Serve until the process is ended; tells its port first.

    On the client's own core and without ever pre-empting it: what is counted is the client, not being woken.
    """
    os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))

    async def main() -> None:
        server = await asyncio.get_running_loop().create_server(Trivial, "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())


async def measure(ask: Callable[[], Awaitable[bytes]], requests: int, at_once: int) -> float:
    """Give this process's CPU microseconds a request, after a warm-up."""

    async def client(count: int) -> None:
        for _ in range(count):
            assert len(await ask()) == len(ANSWER_BODY)

    async def all_clients(count: int) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(client(count // at_once))

    await all_clients(at_once * 10)
    began = time.process_time()
    await all_clients(requests)
    return (time.process_time() - began) / (requests // at_once * at_once) * 1e6


async def compare(port: int, requests: int, at_once: int, rounds: int) -> tuple[list[float], list[float]]:
    """Measure both clients in turn."""
    loop = asyncio.get_running_loop()
    pool = Pool(Origin.parse(f"http://127.0.0.1:{port}"), max_connections=at_once)
    connector = aiohttp.TCPConnector(limit=at_once)
    session = aiohttp.ClientSession(
        connector=connector, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()
    )
    url = f"http://127.0.0.1:{port}/v1/address?x=1"
    names = {name.decode(): value.decode() for name, value in HEADERS}

    async def ours() -> bytes:
        call = await pool.send(
            method=b"POST", target=b"/v1/address?x=1", headers=HEADERS, body=BODY, deadline=loop.time() + 5
        )
        body = call.take()
        if body is None:
            body = b"".join([part async for part in _parts(call.read)])
        call.close()
        return body

    async def theirs() -> bytes:
        async with session.post(url, data=BODY, headers=names) as response:
            return await response.read()

    mine, others = [], []
    for _ in range(rounds):
        mine.append(await measure(ours, requests, at_once))
        others.append(await measure(theirs, requests, at_once))
    await session.close()
    await pool.close()
    return mine, others


async def _parts(read: Callable[[], Awaitable[bytes]]) -> AsyncIterator[bytes]:
    while part := await read():
        yield part


def main() -> None:
    """Start the server, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--at-once", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    server = context.Process(target=serve, args=(there,), daemon=True)
    server.start()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            port = here.recv()
            mine, others = runner.run(compare(port, options.requests, options.at_once, options.rounds))
    finally:
        server.terminate()
        server.join()
    ours, theirs = statistics.median(mine), statistics.median(others)
    print(f"shadow.upstream.pool   {ours:6.1f} us CPU a request")
    print(f"aiohttp.ClientSession  {theirs:6.1f} us CPU a request")
    print(f"ratio                  {ours / theirs:6.2f}")


if __name__ == "__main__":
    main()
