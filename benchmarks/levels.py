"""How much of everything each process of a house holds, again and again, and whether any of it grows without an end.

A process that is started again is another one: what is judged is what one process came to hold while it lived.
"""

from __future__ import annotations

import json
import statistics
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from itertools import combinations
from typing import TYPE_CHECKING

from benchmarks.processes import open_descriptors, own_resident, proportional, threads, tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from benchmarks.house import ServedHouse

NAN = float("nan")
MIB = 2.0**20
WARM_UP = 1 / 5
"""The share of a process's samples that tell how it warmed up, and are not judged."""
WINDOWS = 20
ENOUGH = 60
"""Samples without which a process is not judged: it did not live long enough."""


@dataclass(frozen=True, slots=True)
class Level:
    """What a process holds: bytes (shared ones in part, or wholly), and numbers; NaN where it cannot be known.

    `connections` are those with clients and with legacy; they are among the descriptors.
    """

    memory: float = NAN
    resident: float = NAN
    descriptors: float = NAN
    threads: float = NAN
    tasks: float = NAN
    connections: float = NAN


MEASURES = tuple(each.name for each in fields(Level))
TOLERATED = {
    "memory": 4 * MIB,
    "resident": 4 * MIB,
    "descriptors": 16.0,
    "threads": 4.0,
    "tasks": 16.0,
    "connections": 16.0,
}
"""How much more a process may hold in the end than once it was warm, beside a twentieth: what varies is no leak."""
TOLERATED_SHARE = 0.05
AT_REST = {"descriptors": 4.0, "threads": 4.0, "tasks": 0.0, "connections": 0.0}
"""How much more it may hold when it has nothing to do; threads wait in pools, and the store's files are reopened."""

Key = tuple[str, int]
"""The name of a process and its id."""
TOGETHER: Key = ("all workers", 0)


def look(house: ServedHouse) -> dict[Key, Level]:
    """Look at every process of a house."""
    told = _heartbeats(house)
    return {
        (name, pid): Level(
            proportional(pid),
            own_resident(pid),
            open_descriptors(pid),
            threads(pid),
            *told.get(pid, (NAN, NAN)),
        )
        for pid, name in _names(house)
    }


def _names(house: ServedHouse) -> Iterator[tuple[int, str]]:
    yield house.process.pid, "supervisor"
    for role, pid in house.pids().items():
        yield pid, role
        name = role.replace("proxy", "recorder") if role.startswith("proxy") else f"{role}'s own"
        yield from ((each, name) for each in tree(pid)[1:])


def _heartbeats(house: ServedHouse) -> dict[int, tuple[float, float]]:
    """Give the tasks and the connections (with clients, and with legacy) that each worker told of last."""
    found = {}
    for pid, state in house.query("SELECT pid, state FROM workers WHERE role = 'proxy' AND stopped IS NULL"):
        with suppress(KeyError):
            told = json.loads(state)
            pool = told["legacy_pool"]
            found[pid] = (
                float(told["tasks"]),
                float(told["client_connections"] + pool["in_use"] + pool["idle"]),
            )
    return found


@dataclass(frozen=True, slots=True)
class Growth:
    """One measure of one process: its level once it was warm and in the end, and what it grew by its slope."""

    after: float
    end: float
    by_slope: float

    @classmethod
    def of(cls, samples: list[float]) -> Growth:
        """Read it off samples at even distances."""
        judged = samples[int(len(samples) * WARM_UP) :]
        fifth = max(len(samples) // 5, 1)
        size = max(len(judged) // WINDOWS, 1)
        windows = [statistics.median(judged[at : at + size]) for at in range(0, len(judged) - size + 1, size)]
        slopes = [(b - a) / (j - i) for (i, a), (j, b) in combinations(enumerate(windows), 2)]
        slope = statistics.median(slopes) if slopes else 0.0
        return cls(
            statistics.median(judged[:fifth]),
            statistics.median(judged[-fifth:]),
            slope * (len(windows) - 1),
        )

    def leaks(self, measure: str) -> bool:
        """Tell whether both the slope and the levels say that it grows by more than is tolerated."""
        return min(self.by_slope, self.end - self.after) > self.allowed(measure)

    def allowed(self, measure: str) -> float:
        """Give what it may grow."""
        return max(TOLERATED[measure], TOLERATED_SHARE * self.after)


class Levels:
    """The samples of a soak, by process."""

    def __init__(self) -> None:
        self.samples: dict[Key, list[Level]] = {}

    def add(self, found: Mapping[Key, Level]) -> None:
        """Keep one look at every process; which worker has how many connections is chance, so they are one sum."""
        connected = 0.0
        for key, level in found.items():
            alone = level
            if level.connections == level.connections:
                connected += level.connections
                alone = replace(level, descriptors=level.descriptors - level.connections, connections=NAN)
            self.samples.setdefault(key, []).append(alone)
        self.samples.setdefault(TOGETHER, []).append(Level(connections=connected))

    def growths(self) -> Iterator[tuple[Key, str, Growth]]:
        """Give what every process that lived long enough came to hold, measure by measure."""
        for key, levels in self.samples.items():
            for measure in MEASURES:
                samples = [value for each in levels if (value := getattr(each, measure)) == value]
                if len(samples) >= ENOUGH:
                    yield key, measure, Growth.of(samples)

    def leaks(self) -> list[str]:
        """Name what leaks."""
        return [
            f"{name} ({pid}) leaks {measure}: {shown(measure, each.after)} once warm, {shown(measure, each.end)} in the"
            f" end, by its slope {shown(measure, each.by_slope)} more"
            for (name, pid), measure, each in self.growths()
            if each.leaks(measure)
        ]

    def table(self) -> Iterator[str]:
        """Write what the processes came to hold as a Markdown table."""
        yield "| process | of what | once warm | in the end | by its slope | allowed |"
        yield "|---|---|---|---|---|---|"
        for (name, pid), measure, each in self.growths():
            told = (
                shown(measure, each.after),
                shown(measure, each.end),
                f"{_signed(measure, each.by_slope)}",
            )
            yield f"| {name} ({pid}) | {measure} | {' | '.join(told)} | +{shown(measure, each.allowed(measure))} |"


def left_behind(before: Mapping[Key, Level], after: Mapping[Key, Level]) -> list[str]:
    """Compare two looks at a house at rest; a process is known by its name."""
    known = {name: level for (name, _), level in before.items()}
    return [
        f"{name} at rest has {getattr(level, measure):g} {measure}, before the load {getattr(known[name], measure):g}"
        for (name, _), level in after.items()
        if name in known
        for measure, more in AT_REST.items()
        if getattr(level, measure) > getattr(known[name], measure) + more
    ]


def shown(measure: str, value: float) -> str:
    """Write a level, bytes as MiB."""
    return f"{value / MIB:.1f} MiB" if measure in ("memory", "resident") else f"{value:.0f}"


def _signed(measure: str, value: float) -> str:
    return ("" if value < 0 else "+") + shown(measure, value)
