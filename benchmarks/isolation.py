"""What unexposed clients get while the model misbehaves or the house is in trouble, against phase `off` of that run.

Run: python benchmarks/isolation.py [--anew 3] [--requests 1500] [--cells hang flood …] [--quick]

Each row is a worker of its own. The workers, with their recorders and scorers, have one core to themselves, and only
the one whose turn it is runs; the load, the legacy stub and the model stubs are on another, the models with what the
others leave. The rows take turns in slices of a second or so, so that whatever else the machine does meets all of them
alike. In each turn requests are sent at a fixed rate, for the times, and then over 64 connections as fast as answers
come, for the throughput. What else a shared machine does makes a slice slower, never faster, and lasts some seconds: so
of the slices the one is printed that a quarter of them outdo, the same for every row; beside it the p99 of all
requests, stalls and all, the most memory that worker and recorder ever held, and the ratios to `off`. Two processes of
the same code differ by some per cent for as long as they live: `--anew` has everything started anew, so many times.
`off again` is the same as `off`: its ratios are the noise of this run. The models have a short time-out and no breaker
(unless `--breaker`), so that each is called, or shed, on every request.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.cells import DNS, MODELS, NOBODY, OFF, TROUBLES, Cell, cell
from benchmarks.closed_loop import CONNECTIONS, run, say
from benchmarks.house import free_port
from benchmarks.load import Load, quantile
from benchmarks.name_server import mute_name_server
from benchmarks.processes import (
    cores,
    cpu_seconds,
    ended_by_signals,
    pinned,
    resident_at_most,
    sleepless,
    stubs,
    tree,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PATH = "/v1/x"
SLICE = 500
"""Requests at the fixed rate until it is the next cell's turn."""
CLOSED = 2000
"""Requests as fast as answers come, in each turn."""
RUN_UP = 2000
"""Requests as fast as answers come that do not count: a worker needs some of them to find that it is full."""
WARM_UP = 32
"""Requests before each slice that do not count."""
ROWS = (*MODELS, DNS, *TROUBLES)


@dataclass(frozen=True, slots=True)
class Slice:
    """One turn of a cell: how long each answer took, the worker's processor time, the closed loop; in seconds."""

    answers: list[float]
    cpu: float
    rate: float


@dataclass(slots=True)
class Row:
    """What was measured of a row: its slices, and the most bytes that worker and recorder held."""

    slices: list[Slice] = field(default_factory=list)
    most: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """What a row tells: times in µs, the worker's CPU a request, requests a second, bytes held at most."""

    p50: float
    p99: float
    p99_of_all: float
    cpu: float
    rate: float
    most: float

    @classmethod
    def of(cls, row: Row) -> Figures:
        """Sum a row up."""
        slices = row.slices
        return cls(
            p50=quiet(quantile(each.answers, 0.5) for each in slices),
            p99=quiet(quantile(each.answers, 0.99) for each in slices),
            p99_of_all=quantile([seconds for each in slices for seconds in each.answers], 0.99),
            cpu=quiet(each.cpu / len(each.answers) for each in slices) * 1e6,
            rate=-quiet(-each.rate for each in slices),
            most=row.most,
        )


def quiet(values: Iterable[float]) -> float:
    """Give the value that a quarter of them are below."""
    ordered = sorted(values)
    return ordered[len(ordered) // 4]


async def measure(each: Cell, options: argparse.Namespace) -> Slice:
    """Measure one slice of a cell."""
    async with each.turn():
        await Load(each.port, PATH, WARM_UP).run(options.connections, options.rate)
        load, before = Load(each.port, PATH, SLICE), cpu_seconds(each.pid)
        await load.run(options.connections, options.rate)
        cpu = cpu_seconds(each.pid) - before
        await Load(each.port, PATH, options.run_up).run(CONNECTIONS, 0)
        took = await Load(each.port, PATH, options.closed).run(CONNECTIONS, 0)
    return Slice(load.seconds, cpu, options.closed / took)


async def turns(
    cells: list[Cell], options: argparse.Namespace, order: random.Random, found: dict[str, Row]
) -> None:
    """Measure every cell, slice by slice; in each turn in another order, so that nobody has the same neighbours."""
    for each in cells:
        found.setdefault(each.name, Row())
        async with each.turn():
            await Load(each.port, PATH, SLICE).run(CONNECTIONS, 0)
    for turn in range(max(options.requests // SLICE, 1)):
        for each in order.sample(cells, len(cells)):
            found[each.name].slices.append(await measure(each, options))
        say(f"isolation: turn {turn + 1} is over")
    for each in cells:
        found[each.name].most = max(found[each.name].most, sum(map(resident_at_most, tree(each.pid))))


def table(found: dict[str, Figures]) -> Iterator[str]:
    """Write the cells as a Markdown table; the last four columns are ratios to `off`."""
    off = found["off"]
    yield (
        "| shadow, and the model | p50 µs | p99 µs | p99 of all µs | CPU µs a request | requests/s | memory MiB |"
        " p50 | p99 | requests/s | memory |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|---|"
    for name, each in found.items():
        figures = (each.p50, each.p99, each.p99_of_all, each.cpu, each.rate, each.most / 2**20)
        ratios = (each.p50 / off.p50, each.p99 / off.p99, each.rate / off.rate, each.most / off.most)
        told = [*(f"{value:.0f}" for value in figures), *(f"{value:.2f}" for value in ratios)]
        yield f"| {f'*{name}*' if name in OFF else name} | {' | '.join(told)} |"


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    """Read the command's words."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--requests", type=int, default=1500, help="at the fixed rate, for each row, each time"
    )
    parser.add_argument("--anew", type=int, default=1, help="times that it is all done, with new processes")
    parser.add_argument("--closed", type=int, default=CLOSED, help="as fast as answers come, in each turn")
    parser.add_argument("--run-up", type=int, default=RUN_UP, help="as fast as answers come, before those")
    parser.add_argument("--rate", type=float, default=200.0, help="requests a second")
    parser.add_argument("--connections", type=int, default=16, help="for the fixed rate")
    parser.add_argument("--breaker", action="store_true", help="let the models have the default breaker")
    parser.add_argument(
        "--first", action="store_true", help="run before all else on the machine (needs the right to)"
    )
    parser.add_argument(
        "--legacy",
        choices=("answer", "soon"),
        default="soon",
        help="a legacy system that answers after 5 ms, or one that answers at once: the harsher one, for what the "
        "proxy cannot do while legacy works then shows",
    )
    parser.add_argument("--cells", nargs="+", choices=ROWS, default=ROWS)
    parser.add_argument("--quick", action="store_true", help="one short turn for each row")
    options = parser.parse_args(words)
    if options.quick:
        options.requests, options.closed, options.run_up = SLICE, CLOSED // 4, CLOSED // 4
    return options


def _cells(stack: ExitStack, folder: Path, options: argparse.Namespace) -> list[Cell]:
    """Start both sides and a worker for each row, less those that this machine cannot have."""
    proxy_core, load_core = cores()
    (legacy,) = stack.enter_context(stubs(load_core, [options.legacy]))
    behaviours = [name for name in options.cells if name in MODELS and name != NOBODY] + ["answer"]
    models = dict(
        zip(behaviours, stack.enter_context(stubs(load_core, behaviours, yielding=True)), strict=True)
    )
    models[NOBODY] = free_port()
    names = [*OFF, *options.cells]
    deaf = stack.enter_context(mute_name_server(folder))
    if DNS in names and not deaf:
        say(f"{DNS} is left out: it takes root, and Linux")
        names.remove(DNS)
    found = []
    for name in names:
        home = folder / name.replace(" ", "-")
        home.mkdir()
        started = cell(
            name,
            proxy_core,
            home,
            legacy=legacy,
            model=models.get(name, models["answer"]),
            breaker=options.breaker,
            deaf=deaf,
        )
        found.append(stack.enter_context(started))
    return found


def main() -> None:
    """Start everything, measure, print."""
    options = arguments()
    ended_by_signals()
    proxy_core, load_core = cores()
    if options.first:
        os.setpriority(os.PRIO_PROCESS, 0, -20)
    found: dict[str, Row] = {}
    order = random.Random(1)  # the same in each run
    for _ in range(options.anew):
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            cells = _cells(stack, folder, options)
            stack.enter_context(sleepless(proxy_core, load_core))
            stack.enter_context(pinned(load_core))
            run(turns(cells, options, order, found))
    print("\n".join(table({name: Figures.of(row) for name, row in found.items()})))


if __name__ == "__main__":
    main()
