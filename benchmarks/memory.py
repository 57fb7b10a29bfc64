"""Memory for one shadow in flight: legacy answers the client, the model never does, and each call is held.

Run: python benchmarks/memory.py [--held 2000] [--envoy PATH]. A tenth as many are held before the first look, so that
what a process takes once is not shared out. How many are held is seen from the connections to the model. Memory is
resident memory of the whole process tree; what the kernel holds for each connection is in none of the figures.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import goals
from benchmarks.closed_loop import run, say
from benchmarks.house import free_port
from benchmarks.load import Load
from benchmarks.peer_configs import ENVOY_MIRROR, SHADOW, Peer, Place
from benchmarks.processes import (
    NotStartedError,
    cores,
    cpu_at_rest,
    ended_by_signals,
    pinned,
    resident,
    stubs,
)
from benchmarks.starting import found, running

if TYPE_CHECKING:
    from collections.abc import Mapping

RATE = 500.0
CONNECTIONS = 16
MEASURED = (ENVOY_MIRROR, SHADOW)
"""nginx is not: its client's next request waits for the mirrored one, so the load would stand still."""
_ESTABLISHED = "01"


@dataclass(frozen=True, slots=True)
class Held:
    """How many calls were held, and the bytes each took."""

    calls: int
    each: float


def connections_to(port: int, listed: str) -> int:
    """Count the connections to a port in the system's list of them."""
    rows = [line.split() for line in listed.splitlines()[1:]]
    return sum(row[2].endswith(f":{port:04X}") and row[3] == _ESTABLISHED for row in rows)


def _held(port: int) -> int:
    return connections_to(port, Path("/proc/net/tcp").read_text())


def hold(peer: Peer, program: str, folder: Path, calls: int) -> Held:
    """Let a peer hold so many calls, and give what that took."""
    proxy_core, load_core = cores()
    with stubs(load_core, ["answer", "hang"]) as (legacy, model):
        place = Place(free_port(), legacy, model, folder)
        with running(peer, program, place, proxy_core) as pid, pinned(load_core):
            before, held_before = _filled(peer, place, pid, max(calls // 10, 1))
            after, held_after = _filled(peer, place, pid, calls)
    held = held_after - held_before
    return Held(held, goals.ratio(after - before, held))


def _filled(peer: Peer, place: Place, pid: int, calls: int) -> tuple[float, int]:
    run(_ask(peer, place.port, calls))
    cpu_at_rest(pid)
    return resident(pid), _held(place.model)


async def _ask(peer: Peer, port: int, calls: int) -> None:
    await Load(port, peer.path, calls, peer.body).run(CONNECTIONS, RATE)


def measure(programs: Mapping[str, str], folder: Path, calls: int) -> dict[str, Held]:
    """Measure every peer that is there."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    told = {}
    for number, peer in enumerate(MEASURED):
        if peer.name not in programs:
            continue
        say(f"memory: {peer.name}")
        place = folder / f"held-{number}"
        place.mkdir()
        try:
            told[peer.name] = hold(peer, programs[peer.name], place, calls)
        except NotStartedError as exc:
            say(exc)
    return told


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--held", type=int, default=2000)
    parser.add_argument("--envoy", help="the program, when it is not on the PATH")
    options = parser.parse_args()
    ended_by_signals()
    with tempfile.TemporaryDirectory() as folder:
        told = measure(found(MEASURED, {"envoy": options.envoy}), Path(folder), options.held)
    for name, held in told.items():
        print(f"{name}: {held.each / 1024:.1f} KiB a shadow in flight, {held.calls} held")
    ours = told[SHADOW.name].each / 1024
    print("\n".join(["", *goals.table({"held": ours})]))


if __name__ == "__main__":
    main()
