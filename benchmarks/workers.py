"""What a second worker adds. One worker alone on one core, and two on two cores that they share with the load.

Run: python benchmarks/workers.py [--workers 1 2] [--phases off shadow] [--seconds 4] [--rounds 3]. The workers are
started as `shadow serve` starts them, on one listening socket and one store, but without scorer and admin. Where there
are no cores to spare for the load, requests a second cannot double. So it is counted what a request costs, and who
paid: on cores of their own, workers carry together what the busiest of them can. `by CPU` is n × (CPU of one) / (CPU
of n), as if each had its fair share; `accounted` is the same with the shares as they fell: (CPU of one) / (CPU of n) /
(share of the busiest). A client keeps the worker that took its connection. Neither sees what only waits; that is what
`idle` is for: the share of the machine's time that nobody used although the load always had a next request.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import sys
import tempfile
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import goals
from benchmarks.closed_loop import closed_loop, say
from benchmarks.peer_configs import OFF, SHADOW, Peer, Place
from benchmarks.processes import cores, cpu_at_rest, cpu_seconds, ended_by_signals, pinned, started
from benchmarks.starting import Upstreams, upstreams
from shadow.listening import bind
from shadow.seats import Hall

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

PHASES = {"off": OFF, "shadow": SHADOW}


@dataclass(frozen=True, slots=True)
class House:
    """Some workers of one phase, and the core that they have to themselves; None when the load shares theirs."""

    phase: str
    workers: int
    port: int
    pids: tuple[int, ...]
    alone: bool


@dataclass(frozen=True, slots=True)
class Pace:
    """Requests a second, CPU in µs a request (of the workers, of all the rest), and shares.

    `most` is the part of the work that fell to the busiest worker.
    """

    rate: float
    cpu: float
    rest: float
    most: float
    idle: float


UNKNOWN = Pace(*[float("nan")] * 5)


@contextmanager
def house(phase: str, number: int, ups: Upstreams, folder: Path) -> Iterator[House]:
    """Start so many workers on one socket: a single one on a core of its own, more wherever there is room."""
    proxy_core, _ = cores()
    core = proxy_core if number == 1 else None
    peer = PHASES[phase]
    with (
        bind("127.0.0.1", 0, "listen") as front,
        closing(Hall(number)) as hall,
        ExitStack() as stack,
    ):
        port = front.getsockname()[1]
        place = Place(port, ups.legacy, ups.model, folder)
        (folder / peer.file).write_text(peer.text(place))
        pids = [
            stack.enter_context(
                _worker(
                    peer, place, _shared(front.fileno(), hall, each, number), core, folder / f"{each}.log"
                )
            )
            for each in range(number)
        ]
        yield House(phase, number, port, tuple(pids), alone=core is not None)


def _shared(socket: int, hall: Hall, seat: int, workers: int) -> tuple[list[str], list[int]]:
    """Give the words and descriptors by which a worker shares its clients with the others."""
    if workers == 1:
        return ["--fd", str(socket)], [socket]
    return ["--fd", str(socket), *hall.words(seat)], [socket, hall.fd]


def _worker(
    peer: Peer, place: Place, shared: tuple[list[str], list[int]], core: int | None, log: Path
) -> AbstractContextManager[int]:
    words, inherited = shared
    command = [*peer.command(sys.executable, place), *words]
    return started(command, core=core, log=log, sockets=inherited, ready=partial(_is_up, log))


def _is_up(log: Path) -> bool:
    return b"shadow.worker_started" in log.read_bytes()


def idle_ticks(stat: str) -> tuple[int, int]:
    """Read the first line of /proc/stat: ticks in which no processor had work, and all ticks."""
    ticks = [int(each) for each in stat.splitlines()[0].split()[1:9]]
    return ticks[3] + ticks[4], sum(ticks)


def _idle() -> tuple[int, int]:
    return idle_ticks(Path("/proc/stat").read_text())


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime + cpu_seconds(os.getpid(), alone=True)


def pace(each: House, ups: Upstreams, seconds: int, folder: Path) -> Pace:
    """Run one closed loop against a house."""
    _, load_core = cores()
    spent = [cpu_at_rest(pid) for pid in each.pids]
    rest, (idle, ticks) = _children() + (cpu_seconds(ups.pid) if ups.pid else 0.0), _idle()
    with pinned(load_core if each.alone else None):
        took = closed_loop(PHASES[each.phase], each.port, seconds, folder)
    idle_now, ticks_now = _idle()
    rest = _children() + (cpu_seconds(ups.pid) if ups.pid else 0.0) - rest
    spent = [cpu_at_rest(pid) - before for pid, before in zip(each.pids, spent, strict=True)]
    return Pace(
        rate=took.requests / took.seconds,
        cpu=sum(spent) / took.requests * 1e6,
        rest=rest / took.requests * 1e6,
        most=max(spent) / sum(spent),
        idle=(idle_now - idle) / max(ticks_now - ticks, 1),
    )


def middle(found: list[Pace]) -> Pace:
    """Take the median of each figure."""
    return Pace(**{name: statistics.median(getattr(each, name) for each in found) for name in Pace.__slots__})


def paces(
    folder: Path, phases: list[str], workers: list[int], *, seconds: int, rounds: int
) -> dict[tuple[str, int], Pace]:
    """Measure every house in turn."""
    found: dict[tuple[str, int], list[Pace]] = {}
    with ExitStack() as stack:
        place = folder / "upstreams"
        place.mkdir()
        ups = stack.enter_context(upstreams(cores()[1], place))
        houses = []
        for phase in phases:
            for number in workers:
                home = folder / f"{phase}-{number}"
                home.mkdir()
                houses.append(stack.enter_context(house(phase, number, ups, home)))
        for turn in range(rounds):
            for each in houses:
                say(f"workers: round {turn + 1} of {rounds}: {each.phase}, {each.workers}")
                told = pace(each, ups, seconds, folder)
                found.setdefault((each.phase, each.workers), []).append(told)
    return {key: middle(told) for key, told in found.items()}


def by_cpu(one: Pace, some: Pace, workers: int) -> float:
    """Give how many times as much as one the workers would carry on cores of their own, if all had the same to do."""
    return workers * goals.ratio(one.cpu, some.cpu)


def accounted(one: Pace, some: Pace) -> float:
    """Give the same with the work shared out as it was: the busiest worker is full first."""
    return goals.ratio(one.cpu, some.cpu) / some.most


def table(told: dict[tuple[str, int], Pace]) -> Iterator[str]:
    """Write the paces as a Markdown table."""
    yield (
        "| phase | workers | requests/s | to one | CPU µs a request | of load and upstreams | busiest worker's share"
        " | idle | by CPU | accounted |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for (phase, number), each in told.items():
        one = told.get((phase, 1), UNKNOWN)
        ratios = (goals.ratio(each.rate, one.rate), by_cpu(one, each, number), accounted(one, each))
        to_one, ideal, would = map(goals.shown, ratios)
        yield (
            f"| {phase} | {number} | {each.rate:,.0f} | {to_one} | {each.cpu:.1f} | {each.rest:.1f}"
            f" | {each.most:.0%} | {each.idle:.0%} | {ideal} | {would} |"
        )


def tell(
    folder: Path,
    *,
    phases: tuple[str, ...] = tuple(PHASES),
    workers: tuple[int, ...] = (1, 2),
    seconds: int = 3,
    rounds: int = 2,
) -> tuple[list[str], float]:
    """Measure; give the table and, for the goal, what two workers in phase `shadow` carry by account."""
    told = paces(folder, list(phases), list(workers), seconds=seconds, rounds=rounds)
    one, two = told.get(("shadow", 1)), told.get(("shadow", 2))
    figure = accounted(one, two) if one and two else float("nan")
    return list(table(told)), figure


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    """Read the command's words."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--phases", nargs="+", choices=PHASES, default=list(PHASES))
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args(words)


def main() -> None:
    """Measure and print."""
    options = arguments()
    ended_by_signals()
    with tempfile.TemporaryDirectory() as folder:
        told, figure = tell(
            Path(folder),
            phases=tuple(options.phases),
            workers=tuple(options.workers),
            seconds=options.seconds,
            rounds=options.rounds,
        )
    print("\n".join([*told, "", *goals.table({"workers": figure})]))


if __name__ == "__main__":
    main()
