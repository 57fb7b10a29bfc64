"""The most memory a worker may hold, by its settings; and a worker that has everything against it, held against that.

Run: python benchmarks/bound.py [--seconds 10]. The store is locked, so that the record's queue fills; the model floods;
clients send large heads and bodies; legacy floods some of them, who take nothing of it. Exit code 1 when the worker
holds more than `bound` allows, or when the queue was not full after all.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import sqlite3
import sys
import tempfile
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import stubs
from benchmarks.closed_loop import run
from benchmarks.house import config_of, until
from benchmarks.processes import ended_by_signals, own_resident, proxy, resident_at_most
from benchmarks.stubs import serving, serving_as
from shadow.config.load import load

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.stubs import Stub
    from shadow.config.model import Config

KIB, MIB = 2**10, 2**20
CONNECTION = 16 * KIB
"""A client's connection that is idle, or a task."""
READ = 256 * KIB
"""What one read brings at most, and what an upstream's connection keeps unread beyond which it reads no more."""
HEAD = 64 * KIB
"""The head of a model's reply, which has no setting."""
AHEAD = 128 * KIB
"""What the server reads ahead of a body that nobody takes."""
LOAD = 4 * MIB
"""What the recorder hands over at once: once as it is, and once as it is sent."""
KEPT = 1.25
"""What the allocator keeps beside what is in use."""
SENDERS, TAKERS = 48, 24
"""Clients who send as fast as they are answered, and clients who take nothing of a flood."""


def bound(config: Config, new: float) -> float:
    """Give the bytes that a worker holds at most, which held so many when it was new."""
    bodies = 2 * max((route.capture.body_limit for route in config.routes.values()), default=0)
    listen, legacy = config.listen, config.legacy
    client = CONNECTION + 2 * listen.max_header_size + AHEAD
    relay = bodies + legacy.max_header_size + 4 * READ
    calls = sum(
        model.max_in_flight * (bodies + 2 * model.reply_limit + HEAD + 2 * READ)
        for model in config.models.values()
    )
    more = config.record.queue + 2 * LOAD + listen.max_connections * client
    more += min(legacy.max_connections, listen.max_connections) * relay + calls
    confidences = [route.confidence for route in config.routes.values() if route.confidence is not None]
    if any(each.inline is not None for each in confidences):
        more += config.panels.queue * bodies
    return new + KEPT * more


def configuration(legacy: int, model: int) -> dict[str, Any]:
    """Give limits that are small, so that each is reached within seconds."""
    return config_of(
        f"http://127.0.0.1:{legacy}",
        f"http://127.0.0.1:{model}",
        listen__max_connections=SENDERS + TAKERS,
        listen__max_header_size="16KiB",
        listen__shed_above=1,  # a busy worker leaves no rows, and the queue must fill
        legacy__max_connections=SENDERS + TAKERS,
        record={"queue": "8MiB"},
        models__m={
            "adapter": "passthrough",
            "url": f"http://127.0.0.1:{model}",
            "timeout": "1s",
            "max_in_flight": 8,
            "reply_limit": "128KiB",
            "breaker": {"failures": 10**9, "within": "1s", "cool_down": "1s"},
        },
        routes__x={
            "match": {"path": "/v1/**"},
            "model": "m",
            "compare": [{"use": "json"}],
            "capture": {"body_limit": "64KiB"},
            "rollout": {"phase": "shadow"},
        },
    )


def _answer_or_flood(stub: Stub) -> None:
    (stubs.flood if stub.request.startswith(b"POST /v1/flood ") else stubs.answer)(stub)


def _request(path: bytes) -> bytes:
    head = b"POST %b HTTP/1.1\r\nHost: h\r\nX-Large: %b\r\nContent-Length: 60000\r\n\r\n"
    return head % (path, b"h" * 15_000) + b"b" * 60_000


async def _send(port: int) -> None:
    """Send again and again, until cancelled."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with closing(writer):
        while True:
            writer.write(_request(b"/v1/x"))
            head = await reader.readuntil(b"\r\n\r\n")
            at = head.lower().index(b"content-length:") + 15
            await reader.readexactly(int(head[at : head.index(b"\r\n", at)]))


async def _take_nothing(port: int) -> None:
    """Ask for a flood, and take nothing of it, until cancelled."""
    link = socket.socket()
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    link.settimeout(0)
    with closing(link):
        loop = asyncio.get_running_loop()
        await loop.sock_connect(link, ("127.0.0.1", port))
        await loop.sock_sendall(link, _request(b"/v1/flood"))
        await asyncio.Event().wait()


async def _press(port: int, store: Path, seconds: float) -> None:
    """Keep the store locked, and everybody at it."""
    connection = sqlite3.connect(store, timeout=30, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        async with asyncio.timeout(seconds), asyncio.TaskGroup() as group:
            for _ in range(SENDERS):
                group.create_task(_send(port))
            for _ in range(TAKERS):
                group.create_task(_take_nothing(port))
    except TimeoutError:
        pass
    finally:
        connection.close()


def _lost(store: Path) -> int:
    """Give how many rows the worker has lost to a full queue, as it tells since the store is free again."""
    with closing(sqlite3.connect(store, timeout=10)) as connection:
        rows = connection.execute("SELECT state FROM workers WHERE role = 'proxy'").fetchall()
    return sum(json.loads(state).get("record", {}).get("lost_rows", 0) for (state,) in rows)


async def press(folder: Path, seconds: float, say: Callable[[str], object] = print) -> list[str]:
    """Have everything against one worker for so many seconds; give what is amiss: nothing, if all is well."""
    path = folder / "shadow.yaml"
    async with serving_as(lambda: _answer_or_flood) as legacy, serving(stubs.flood) as model:
        path.write_text(json.dumps(configuration(legacy, model)))
        config = load(path, environ={})
        with proxy(None, path) as pid:
            await asyncio.sleep(1)
            new = own_resident(pid)
            await _press(config.listen.port, folder / "shadow.db", seconds)
            most, allowed = resident_at_most(pid), bound(config, new)
            with suppress(TimeoutError):
                await until(lambda: _lost(folder / "shadow.db"), "a lost row", 10)
            lost = _lost(folder / "shadow.db")
    say(
        f"a worker held {new / MIB:.1f} MiB when it was new and {most / MIB:.1f} MiB at most; its settings allow"
        f" {allowed / MIB:.1f} MiB; {lost} rows found no room in the queue"
    )
    return ["the worker held more than its settings allow"] * (not most <= allowed) + [
        "the queue was never full"
    ] * (not lost)


def main() -> None:
    """Press, judge and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=10.0)
    options = parser.parse_args()
    ended_by_signals()
    with tempfile.TemporaryDirectory() as folder:
        amiss = run(press(Path(folder), options.seconds))
    print("\n".join(amiss) if amiss else "nothing amiss")
    sys.exit(bool(amiss))


if __name__ == "__main__":
    main()
