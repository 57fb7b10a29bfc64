"""The turns of the peers: what is done to each in every round, and what is seen of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks import goals
from benchmarks.closed_loop import LoadError, ask, closed_loop, say
from benchmarks.figures import Rounds
from benchmarks.load import quantile
from benchmarks.peer_configs import Peer
from benchmarks.processes import cpu_at_rest, cpu_seconds, sleepless

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from benchmarks.starting import Upstreams

SLICE = 500
"""Requests whose quantiles are taken at the fixed rate; a stall of the machine spoils one slice, not the median."""
OPEN_CONNECTIONS = 16
HEADROOM = 1.25
"""How much faster than the fixed rate a peer must be for its times to be those of answering, not of queueing."""
DIRECT = Peer("the upstream, asked directly", "", "", lambda _: "", ())


@dataclass(frozen=True, slots=True)
class Running:
    """A peer under way; `pid` 0 is the upstream itself."""

    peer: Peer
    port: int
    pid: int


@dataclass(frozen=True, slots=True)
class Bench:
    """What a turn needs: the upstreams, the command's options, a folder, and the cores that are used."""

    ups: Upstreams
    options: argparse.Namespace
    folder: Path
    cores: tuple[int | None, int | None]


# --- measuring


def closed(each: Running, ups: Upstreams, seconds: int, folder: Path) -> Rounds:
    """Measure one closed loop: processor time, rate, and how many requests reached the model."""
    counted = ups.count()
    spent, alone = cpu_at_rest(each.pid), cpu_seconds(each.pid, alone=True)
    took = closed_loop(each.peer, each.port, seconds, folder)
    spent, alone = cpu_at_rest(each.pid) - spent, cpu_seconds(each.pid, alone=True) - alone
    counted = ups.count() - counted
    return Rounds(
        cpu=[spent / took.requests * 1e6],
        alone=[alone / took.requests * 1e6],
        rate=[took.requests / took.seconds],
        busy=[spent / took.seconds],
        mirrored=[goals.ratio(min(counted - 1 - took.requests, took.requests), took.requests)],
    )


def open_loop(each: Running, rate: float, seconds: float) -> tuple[list[float], list[float]]:
    """Measure at a fixed rate: p50 and p99 of each slice, in microseconds."""
    p50, p99 = [], []
    for _ in range(max(round(rate * seconds / SLICE), 1)):
        took = ask(each.peer, each.port, SLICE, connections=OPEN_CONNECTIONS, rate=rate)
        p50.append(quantile(took, 0.5))
        p99.append(quantile(took, 0.99))
    return p50, p99


def turn(each: Running, bench: Bench) -> Rounds:
    """Measure a peer once. Only at the fixed rate are the cores kept awake: in a closed loop none of them sleeps."""
    options = bench.options
    if not each.pid:
        found = Rounds()
    else:
        found = closed(each, bench.ups, options.seconds, bench.folder)
        if found.rate[0] < options.rate * HEADROOM:
            return found
    with sleepless(*bench.cores):
        found.p50, found.p99 = open_loop(each, options.rate, options.open_seconds)
    return found


def rounds(everyone: list[Running], bench: Bench) -> dict[str, Rounds]:
    """Let everyone have a turn in every round; whoever fails is told of, and has no further turn."""
    told = {each.peer.name: Rounds() for each in everyone}
    failed: set[str] = set()
    for number in range(bench.options.rounds):
        first = number % len(everyone)
        for each in (*everyone[first:], *everyone[:first]):
            name = each.peer.name
            if name in failed:
                continue
            say(f"round {number + 1} of {bench.options.rounds}: {name}")
            try:
                _add(told[name], turn(each, bench))
            except (LoadError, OSError, RuntimeError) as exc:
                say(f"{name} is left out: {exc}")
                failed.add(name)
    return {name: found for name, found in told.items() if name not in failed}


def _add(told: Rounds, found: Rounds) -> None:
    for name in Rounds.__slots__:
        getattr(told, name).extend(getattr(found, name))
