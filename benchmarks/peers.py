"""This proxy beside nginx, Envoy, HAProxy and LiteLLM in one run, and whether it meets its goals.

Run: python benchmarks/peers.py [--envoy PATH] [--litellm PATH] [--rounds 3] [--seconds 3] [--parts peers memory …]

Each peer has one worker, alone on one core; the load and the upstreams have another. In each round every peer has a
turn, and each round begins with another one. A turn is a closed loop over 64 connections and then 200 requests a
second, come what may; what the upstream takes when it is asked directly is taken off the times. Printed are medians,
behind each its ratio to nginx `mirror` and to Envoy's mirror. What is not installed is left out. It takes about five
minutes; how far it has come is told on standard error.
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import figures, goals, memory, recorder, scorer, workers
from benchmarks.closed_loop import CONNECTIONS, ask, say
from benchmarks.figures import Figures, Rounds
from benchmarks.house import free_port
from benchmarks.peer_configs import LITELLM, OFF, PEERS, SHADOW, Place
from benchmarks.processes import (
    SETTLED,
    NotStartedError,
    cores,
    ended_by_signals,
    own_resident,
    pinned,
    resident,
)
from benchmarks.starting import Upstreams, found, running, upstreams
from benchmarks.turns import DIRECT, Bench, Running, rounds

if TYPE_CHECKING:
    from collections.abc import Mapping

PARTS = ("peers", "memory", "workers", "scorer", "record")


def start(
    stack: ExitStack, programs: Mapping[str, str], ups: Upstreams, core: int | None, folder: Path
) -> list[Running]:
    """Start every peer that can be."""
    everyone = [Running(DIRECT, ups.legacy, 0)]
    for number, peer in enumerate(PEERS):
        if peer.name not in programs or (peer is LITELLM and not ups.counts):
            say(f"{peer.name} is left out: not installed, or its upstreams are not")
            continue
        place = Place(free_port(), ups.legacy, ups.model, folder / str(number))
        place.folder.mkdir()
        try:
            pid = stack.enter_context(running(peer, programs[peer.name], place, core))
        except NotStartedError as exc:
            say(f"{peer.name} is left out: {exc}")
            continue
        everyone.append(Running(peer, place.port, pid))
    return everyone


def peers(
    programs: Mapping[str, str], folder: Path, options: argparse.Namespace
) -> tuple[dict[str, Rounds], dict[str, tuple[float, float]], str]:
    """Measure every peer; give its rounds, its idle memory, and what this proxy wrote down of its requests."""
    proxy_core, load_core = cores()
    with ExitStack() as stack:
        place = folder / "upstreams"
        place.mkdir()
        ups = stack.enter_context(upstreams(load_core, place))
        everyone = start(stack, programs, ups, proxy_core, folder)
        time.sleep(SETTLED)
        idle = {each.peer.name: (resident(each.pid), own_resident(each.pid)) for each in everyone[1:]}
        stack.enter_context(pinned(load_core))
        for each in everyone[1:]:  # once each, for what only a first request costs
            ask(each.peer, each.port, CONNECTIONS, connections=CONNECTIONS, rate=0)
        told = rounds(everyone, Bench(ups, options, folder, (proxy_core, load_core)))
    store = folder / str(PEERS.index(SHADOW)) / "shadow.db"
    return told, idle, written(store)


def written(store: Path) -> str:
    """Say what became of the shadowed requests in the record: one that is not in it was not recorded."""
    if not store.exists():
        return ""
    connection = sqlite3.connect(store)
    try:
        rows, answered = connection.execute(
            "SELECT count(*), count(model_status) FROM exchanges WHERE phase = 'shadow'"
        ).fetchone()
        lost = connection.execute("SELECT total(n) FROM tallies WHERE disposition = 'unrecorded'").fetchone()[
            0
        ]
    finally:
        connection.close()
    return f"The record has {rows:,} shadowed requests, {answered:,} with the model's answer; {lost:,.0f} were lost."


def tell_peers(
    folder: Path, programs: Mapping[str, str], options: argparse.Namespace
) -> tuple[list[str], dict[str, float]]:
    """Measure peers and memory; give the lines to print and the figures for the goals."""
    told: dict[str, Rounds] = {}
    idle: dict[str, tuple[float, float]] = {}
    record = ""
    if "peers" in options.parts:
        told, idle, record = peers(programs, folder, options)
    held = memory.measure(programs, folder, options.held) if "memory" in options.parts else {}
    direct = told.get(DIRECT.name, Rounds())
    rows = {
        peer.name: Figures.of(
            told.get(peer.name, Rounds()),
            direct,
            idle=idle.get(peer.name, (float("nan"), float("nan"))),
            held=held[peer.name].each if peer.name in held else float("nan"),
        )
        for peer in PEERS
        if peer.name in told or peer.name in held
    }
    lines = [*figures.table(rows), ""]
    lines += [own_line(name, rows[name]) for name in (OFF.name, SHADOW.name) if name in told]
    lines += [record] * bool(record) + [memory.line(name, each, options.held) for name, each in held.items()]
    return lines, figures.for_goals(rows)


def own_line(name: str, row: Figures) -> str:
    """Say how much of the processor time and of the memory is the worker's own; the rest is what it started."""
    return (
        f"{name}: {goals.shown(row.alone)} of {goals.shown(row.cpu)} µs a request and"
        f" {goals.shown(row.own / 2**20)} of {goals.shown(row.resident / 2**20)} MiB are the worker's own."
    )


def tell_parts(options: argparse.Namespace, folder: Path) -> tuple[list[str], dict[str, float]]:
    """Measure what has no peer; give the lines to print and the figures for the goals."""
    lines: list[str] = []
    judged: dict[str, float] = {}
    for name, measure in (("workers", workers.tell), ("scorer", scorer.tell), ("record", recorder.tell)):
        if name in options.parts:
            say(name)
            place = folder / name
            place.mkdir()
            told, judged[name] = measure(place)
            lines += ["", *told]
    return lines, judged


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    """Read the command's words."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--envoy", help="the program, when it is not on the PATH")
    parser.add_argument("--litellm", help="the program, when it is not on the PATH")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3, help="of each closed loop")
    parser.add_argument("--open-seconds", type=float, default=5.0, help="at the fixed rate, in each turn")
    parser.add_argument("--rate", type=float, default=200.0, help="the fixed rate, in requests a second")
    parser.add_argument(
        "--held", type=int, default=memory.HELD, help="shadows in flight when memory is taken"
    )
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    return parser.parse_args(words)


def main() -> None:
    """Start everything, measure, print."""
    options = arguments()
    ended_by_signals()
    programs = found(PEERS, {"envoy": options.envoy, "litellm": options.litellm})
    with tempfile.TemporaryDirectory() as folder:
        lines, judged = tell_peers(Path(folder), programs, options)
        more, parts = tell_parts(options, Path(folder))
    print("\n".join([*lines, *more, "", *goals.table({**judged, **parts})]))


if __name__ == "__main__":
    main()
