"""A closed loop: so many connections, each sending its next request when its answer came. By wrk, else by `load`."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast

from benchmarks.load import Load

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from pathlib import Path

    from benchmarks.peer_configs import Peer

CONNECTIONS = 64
PER_SECOND = 1500
"""Requests that `load` sends for each second it is meant to run: it is told a number, not a time."""

_DONE = re.compile(r"(\d+) requests in ([\d.]+)(ms|s|m)\b")
_FAULTS = re.compile(r"Non-2xx or 3xx responses: (\d+)|connect (\d+), read (\d+), write (\d+), timeout (\d+)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0}

Found = TypeVar("Found")


class LoadError(Exception):
    """A benchmark's load did not get the answers it must get."""


@dataclass(frozen=True, slots=True)
class Closed:
    """How many requests were answered, and in how many seconds."""

    requests: int
    seconds: float


def parsed(told: str) -> Closed:
    """Read what wrk tells; LoadError when it tells nothing, or of an answer that failed."""
    done = _DONE.search(told)
    faults = sum(int(number) for found in _FAULTS.findall(told) for number in found if number)
    if done is None or faults or not int(done[1]):
        raise LoadError(f"{faults} requests failed; wrk said:\n{told}")
    return Closed(int(done[1]), float(done[2]) * _UNITS[done[3]])


def script(body: bytes) -> str:
    """Write what wrk sends, in its own language."""
    return f"""\
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = {json.dumps(body.decode())}
"""


def closed_loop(peer: Peer, port: int, seconds: int, folder: Path) -> Closed:
    """Send a peer's request over every connection for so many seconds."""
    wrk = shutil.which("wrk")
    if wrk is None:
        return run(_by_load(peer, port, seconds))
    file = folder / "wrk.lua"
    file.write_text(script(peer.body))
    command = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "60s", "-s", str(file)]
    told = subprocess.run(
        [*command, f"http://127.0.0.1:{port}{peer.path}"], capture_output=True, text=True, check=False
    )
    return parsed(told.stdout + told.stderr)


async def _by_load(peer: Peer, port: int, seconds: int) -> Closed:
    load = Load(port, peer.path, seconds * PER_SECOND, peer.body)
    return Closed(seconds * PER_SECOND, await load.run(CONNECTIONS, 0))


def ask(peer: Peer, port: int, requests: int, *, connections: int, rate: float) -> list[float]:
    """Send a peer's request so often, `rate` a second or (0) as fast as answers come; give what each took."""
    return run(_ask(peer, port, requests, connections, rate))


async def _ask(peer: Peer, port: int, requests: int, connections: int, rate: float) -> list[float]:
    load = Load(port, peer.path, requests, peer.body)
    await load.run(connections, rate)
    return load.seconds


def run(measuring: Coroutine[Any, Any, Found]) -> Found:
    """Run a coroutine to its end, on uvloop where it is installed."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run(measuring)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return cast("Found", runner.run(measuring))


def say(*words: object) -> None:
    """Tell how far the benchmark has come."""
    print(*words, file=sys.stderr, flush=True)
