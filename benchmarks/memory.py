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
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import goals
from benchmarks.closed_loop import ask, say
from benchmarks.house import free_port
from benchmarks.peer_configs import ENVOY_MIRROR, SHADOW, Peer, Place
from benchmarks.processes import (
    SETTLED,
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

HELD = 2000
RATE = 500.0
CONNECTIONS = 16
WARM_UP = 10
"""A tenth as many are held before the first look."""
MEASURED = (ENVOY_MIRROR, SHADOW)
"""nginx is not: its client's next request waits for the mirrored one, so the load would stand still."""
_ESTABLISHED = "01"


@dataclass(frozen=True, slots=True)
class Held:
    """How many calls were held for the figure and at the end, and the bytes each took."""

    calls: int
    each: float
    most: int


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
            time.sleep(SETTLED)
            before, held_before = _filled(peer, place, pid, max(calls // WARM_UP, 1))
            after, held_after = _filled(peer, place, pid, calls)
    held = held_after - held_before
    return Held(held, goals.ratio(after - before, held), held_after)


def _filled(peer: Peer, place: Place, pid: int, calls: int) -> tuple[float, int]:
    ask(peer, place.port, calls, connections=CONNECTIONS, rate=RATE)
    cpu_at_rest(pid)
    return resident(pid), _held(place.model)


def measure(programs: Mapping[str, str], folder: Path, calls: int) -> dict[str, Held]:
    """Measure every peer that is there."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    told = {}
    for peer in MEASURED:
        if peer.name in programs:
            say(f"memory: {peer.name}")
            try:
                told[peer.name] = _as_many_as_it_can(peer, programs[peer.name], folder, calls)
            except (NotStartedError, OSError, RuntimeError) as exc:
                say(f"{peer.name} is left out: {exc}")
    return told


def _as_many_as_it_can(peer: Peer, program: str, folder: Path, calls: int) -> Held:
    """Hold as many as wanted; where calls were given up, once more with what was held: the lost ones took memory."""
    held = hold(peer, program, Path(tempfile.mkdtemp(dir=folder)), calls)
    if held.calls >= calls:
        return held
    fewer = within(held.most)
    say(f"{peer.name} held {held.most:,} and gave up the rest: once more with {fewer:,}")
    return hold(peer, program, Path(tempfile.mkdtemp(dir=folder)), fewer)


def within(most: int) -> int:
    """Give how many can be held, warm-up included, where so many are the most."""
    return max(most * WARM_UP // (WARM_UP + 1) - 1, 1)


def line(name: str, held: Held, wanted: int) -> str:
    """Say how much each took, how many were held, and whether it was as many as wanted."""
    short = "" if held.calls >= wanted else f", for it holds no {wanted:,}"
    return f"{name}: {held.each / 1024:.1f} KiB a shadow in flight, of {held.calls:,} held{short}."


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    """Read the command's words."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--held", type=int, default=HELD)
    parser.add_argument("--envoy", help="the program, when it is not on the PATH")
    return parser.parse_args(words)


def main() -> None:
    """Measure and print."""
    options = arguments()
    ended_by_signals()
    with tempfile.TemporaryDirectory() as folder:
        told = measure(found(MEASURED, {"envoy": options.envoy}), Path(folder), options.held)
    for name, held in told.items():
        print(line(name, held, options.held))
    ours = told[SHADOW.name].each / 1024 if SHADOW.name in told else float("nan")
    print("\n".join(["", *goals.table({"held": ours})]))


if __name__ == "__main__":
    main()
