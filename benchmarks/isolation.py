"""What unexposed clients get while the model hangs, drips, floods or refuses, against phase `off` in the same run.

Run: python benchmarks/isolation.py [--requests 5000] [--rounds 3] [--rate 400] [--models hang flood …]

One proxy worker alone on one core; the load, the legacy stub and the model stubs on another, the models with what
the others leave. The cells take turns in slices of a second or so, so that whatever else the machine does meets all
of them alike. Printed is the median of the slices' quantiles, which a stall of the machine does not move, beside it
the p99 of all requests, which it does, and the ratios of the former to `off`. `off again` is the same as `off`: its
ratios are the noise of this run. The models have a short time-out and no breaker (unless `--breaker`), so that each
is called, or shed, on every request. `--rate 0` sends over `--connections` as fast as answers come.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.house import free_port
from benchmarks.load import Load, quantile
from benchmarks.processes import cores, cpu_seconds, pinned, proxy, sleepless, stubs
from benchmarks.stubs import BEHAVIOURS

if TYPE_CHECKING:
    from collections.abc import Iterator

OFF = ("off", "off again")
MODELS = ("answer", "slow", "hang", "refuse", "reset", "drip", "flood")
REFUSED = "refuse"
"""Not a stub: a port where nobody listens."""
TIMEOUT = 0.5
"""Seconds a model has; as long is waited between two slices, so that no call reaches into the next one."""
SLICE = 500
"""Requests until it is the next cell's turn."""
WARM_UP = 32
"""Requests before each slice that do not count."""


@dataclass(frozen=True, slots=True)
class Slice:
    """One turn of a cell: how long each answer took, the whole, and the worker's processor time; in seconds."""

    answers: list[float]
    took: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Cell:
    """What the slices of one cell tell: times in microseconds, requests a second, the worker's CPU a request."""

    p50: float
    p99: float
    p99_of_all: float
    rate: float
    cpu: float

    @classmethod
    def of(cls, slices: list[Slice]) -> Cell:
        """Sum slices up."""
        every = [seconds for each in slices for seconds in each.answers]
        return cls(
            p50=statistics.median(quantile(each.answers, 0.5) for each in slices),
            p99=statistics.median(quantile(each.answers, 0.99) for each in slices),
            p99_of_all=quantile(every, 0.99),
            rate=len(every) / sum(each.took for each in slices),
            cpu=statistics.median(each.cpu / len(each.answers) for each in slices) * 1e6,
        )


def config_of(port: int, legacy: int, models: dict[str, int], *, breaker: bool = False) -> dict[str, Any]:
    """Give a configuration with a route for each cell."""
    limits: dict[str, Any] = {"timeout": f"{TIMEOUT:g}s"}
    if not breaker:
        limits["breaker"] = {"failures": 10**9, "within": "1s", "cool_down": "1s"}
    routes: dict[str, Any] = {
        name: {"match": {"path": f"/v1/{name}"}, "model": name, "compare": [{"use": "json"}]}
        for name in models
    }
    for route in routes.values():
        route["rollout"] = {"phase": "shadow"}
    routes["off"] = {"match": {"path": "/v1/off"}, "rollout": {"phase": "off"}}
    return {
        "listen": {"port": port},
        "store": "sqlite:///shadow.db",
        "legacy": {"url": f"http://127.0.0.1:{legacy}"},
        "models": {
            name: {"adapter": "passthrough", "url": f"http://127.0.0.1:{at}", **limits}
            for name, at in models.items()
        },
        "routes": routes,
    }


# --- measuring


async def measure(port: int, name: str, options: argparse.Namespace, pid: int) -> Slice:
    """Measure one slice of a cell."""
    path = f"/v1/{'off' if name in OFF else name}"
    await Load(port, path, WARM_UP).run(options.connections, options.rate)
    load, before = Load(port, path, min(SLICE, options.requests)), cpu_seconds(pid)
    took = await load.run(options.connections, options.rate)
    found = Slice(load.seconds, took, cpu_seconds(pid) - before)
    if name not in OFF:
        await asyncio.sleep(TIMEOUT * 1.2)
    return found


async def turns(port: int, names: list[str], options: argparse.Namespace, pid: int) -> dict[str, Cell]:
    """Measure every cell, slice by slice; each turn begins with another cell."""
    slices: dict[str, list[Slice]] = {name: [] for name in names}
    await measure(port, "off", options, pid)
    for turn in range(max(options.requests // SLICE, 1) * options.rounds):
        first = turn % len(names)
        for name in (*names[first:], *names[:first]):
            slices[name].append(await measure(port, name, options, pid))
        print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return {name: Cell.of(found) for name, found in slices.items()}


def table(cells: dict[str, Cell]) -> Iterator[str]:
    """Write the cells as a Markdown table."""
    off = cells["off"]
    yield "| model | p50 µs | p99 µs | p99 of all µs | requests/s | CPU µs a request | p50 to off | p99 to off |"
    yield "|---|---|---|---|---|---|---|---|"
    for name, cell in cells.items():
        told = name if name in OFF else f"shadow, model: {name}"
        times = f"{cell.p50:.0f} | {cell.p99:.0f} | {cell.p99_of_all:.0f}"
        ratios = f"{cell.p50 / off.p50:.2f} | {cell.p99 / off.p99:.2f}"
        yield f"| {told} | {times} | {cell.rate:.0f} | {cell.cpu:.0f} | {ratios} |"


def main() -> None:
    """Start everything, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--requests", type=int, default=5000, help="per cell and round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--rate", type=float, default=400.0, help="requests a second; 0: as fast as answers come"
    )
    parser.add_argument("--connections", type=int, default=16)
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
    parser.add_argument("--models", nargs="+", choices=BEHAVIOURS, default=MODELS)
    options = parser.parse_args()
    proxy_core, load_core = cores()
    if options.first:
        os.setpriority(os.PRIO_PROCESS, 0, -20)
    behaviours = [name for name in options.models if name != REFUSED]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (legacy,) = stack.enter_context(stubs(load_core, [options.legacy]))
        models = dict(
            zip(behaviours, stack.enter_context(stubs(load_core, behaviours, yielding=True)), strict=True)
        )
        if REFUSED in options.models:
            models[REFUSED] = free_port()
        port, path = free_port(), folder / "shadow.yaml"
        path.write_text(json.dumps(config_of(port, legacy, models, breaker=options.breaker)))
        pid = stack.enter_context(proxy(proxy_core, path))
        stack.enter_context(sleepless(proxy_core, load_core))
        stack.enter_context(pinned(load_core))
        print("\n".join(table(_run(turns(port, [*OFF, *options.models], options, pid)))))


def _run(measuring: Any) -> dict[str, Cell]:
    try:
        import uvloop
    except ImportError:
        return cast("dict[str, Cell]", asyncio.run(measuring))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return cast("dict[str, Cell]", runner.run(measuring))


if __name__ == "__main__":
    main()
