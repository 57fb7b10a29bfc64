"""Ten thousand clients that keep a connection and say nothing: what they cost a worker, and a request beside them.

Run: python benchmarks/idle.py [--connections 10000] [--silent]. Each client has sent one request; with --silent, none.
Needs as many descriptors as connections, here and in the worker. Ends by itself, with 1 where one was not held.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.house import config_of
from benchmarks.processes import cores, cpu_at_rest, ended_by_signals, proxy, resident, stubs
from shadow.lifecycle import descriptors, raise_descriptor_limit

CONNECTIONS = 10_000
AT_ONCE = 200
BESIDE = 300
"""Requests that are timed, one after another, before and after."""
WITHIN = 120.0
"""Seconds for all of it."""
SPARE = 100
GET = b"GET /y HTTP/1.1\r\nHost: h\r\n\r\n"


class Idle(asyncio.Protocol):
    """A client that sends one request or none, takes the answer, and stays."""

    def __init__(self, *, silent: bool) -> None:
        self._silent = silent
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the request."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        if self._silent:
            self.ready.set_result(None)
        else:
            transport.write(GET)

    def data_received(self, data: bytes) -> None:
        """Take the answer, which is small; no other status than 200 will do."""
        if not self.ready.done() and data.startswith(b"HTTP/1.1 200 "):
            self.ready.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Take that it was not kept."""
        self.lost = True
        if not self.ready.done():
            self.ready.set_exception(exc or ConnectionError("the proxy closed a connection"))


async def opened(port: int, number: int, *, silent: bool) -> list[Idle]:
    """Open so many, some at a time; each has its answer, if it asked for one."""
    loop = asyncio.get_running_loop()
    clients: list[Idle] = []
    while len(clients) < number:
        some = min(AT_ONCE, number - len(clients))
        made = [loop.create_connection(lambda: Idle(silent=silent), "127.0.0.1", port) for _ in range(some)]
        new = [client for _, client in await asyncio.gather(*made)]
        await asyncio.gather(*(client.ready for client in new))
        clients += new
    return clients


async def beside(port: int) -> float:
    """Give the median seconds of a request on a connection of its own."""
    clock = asyncio.get_running_loop().time
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    took = []
    for _ in range(BESIDE):
        began = clock()
        writer.write(GET)
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]))
        took.append(clock() - began)
    writer.close()
    return statistics.median(took)


async def measure(port: int, pid: int, number: int, *, silent: bool) -> int:
    """Hold the connections, print what they take, and give how many were lost."""
    quick = await beside(port)
    before = resident(pid)
    clients = await opened(port, number, silent=silent)
    cpu_at_rest(pid)
    after = resident(pid)
    crowded = await beside(port)
    lost = sum(client.lost for client in clients)
    print(
        f"connections held: {number - lost:,} of {number:,}{', none of which asked for anything' if silent else ''}"
    )
    print(f"worker's memory: {before / 1e6:.1f} MB before, {after / 1e6:.1f} MB with them")
    print(f"a connection: {(after - before) / number / 1024:.1f} KiB")
    print(f"a request beside them: {quick * 1e6:.0f} us before, {crowded * 1e6:.0f} us with them")
    for client in clients:
        client.transport.abort()
    return lost


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--connections", type=int, default=CONNECTIONS)
    parser.add_argument("--silent", action="store_true")
    options = parser.parse_args()
    ended_by_signals()
    raise_descriptor_limit()
    if descriptors() < options.connections + SPARE:
        sys.exit(f"this system lets a process open no more than {descriptors():,} files and sockets")
    proxy_core, load_core = cores()
    with tempfile.TemporaryDirectory() as folder, stubs(load_core, ["answer", "answer"]) as (legacy, model):
        config = config_of(f"http://127.0.0.1:{legacy}", f"http://127.0.0.1:{model}")
        # One more for the request beside them; none is closed for being idle.
        config["listen"] |= {
            "max_connections": options.connections + 1,
            "idle_timeout": "10m",
            "header_timeout": "10m",
        }
        path = Path(folder) / "shadow.yaml"
        path.write_text(json.dumps(config))
        with proxy(proxy_core, path) as pid:

            async def within() -> int:
                async with asyncio.timeout(WITHIN):
                    port = config["listen"]["port"]
                    return await measure(port, pid, options.connections, silent=options.silent)

            return min(asyncio.run(within()), 1)


if __name__ == "__main__":
    sys.exit(main())
