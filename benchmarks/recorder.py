"""What recording one exchange costs: processor time in the worker, and with the process that writes for it.

Run: python benchmarks/recorder.py [--rows 20000] [--rate 4000] [--rounds 3]. Exchanges of three bodies (a request of
500 bytes, two answers of 1 KB) are put at a steady pace, as a worker does; the same pace with nothing put is taken
off. Making the exchange is the worker's own and not in it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import goals
from benchmarks.closed_loop import run
from benchmarks.processes import cores, cpu_seconds, pinned
from benchmarks.scorer import exchange
from shadow.clock import SystemClock
from shadow.ids import new_id
from shadow.record.recorder import Recorder
from shadow.record.workers import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shadow.record.exchange import Exchange

TICK = 0.002
"""Seconds between two handfuls of rows."""
WARM_UP = 500


@dataclass(frozen=True, slots=True)
class Spent:
    """Processor time in seconds: of this process, and of it with all that it started."""

    worker: float
    tree: float

    @classmethod
    def now(cls) -> Spent:
        """Look."""
        return cls(time.process_time(), cpu_seconds(os.getpid()))

    def less(self, other: Spent) -> Spent:
        """Take another off."""
        return Spent(self.worker - other.worker, self.tree - other.tree)

    def each(self, rows: int) -> Spent:
        """Share it out, in microseconds."""
        return Spent(self.worker / rows * 1e6, self.tree / rows * 1e6)


async def _paced(rows: list[Exchange], rate: float, put: Callable[[Exchange], object]) -> None:
    """Give each row to `put`, in handfuls."""
    loop = asyncio.get_running_loop()
    began, done = loop.time(), 0
    while done < len(rows):
        await asyncio.sleep(TICK)
        due = min(int((loop.time() - began) * rate), len(rows))
        for each in rows[done:due]:
            put(each)
        done = due


async def _measure(url: str, number: int, rate: float) -> Spent:
    rows = [exchange(differs=True) for _ in range(number)]
    now = SystemClock().now()
    recorder = Recorder(url, Worker(new_id(), "proxy", "here", os.getpid(), now, now))
    recorder.start()
    await _paced([exchange(differs=True) for _ in range(WARM_UP)], rate, recorder.put)
    await recorder.drain(30.0)
    began = Spent.now()
    await _paced(rows, rate, bool)
    idle = Spent.now().less(began)
    began = Spent.now()
    await _paced(rows, rate, recorder.put)
    if not await recorder.drain(30.0):
        raise TimeoutError("the rows were not written within half a minute")
    spent = Spent.now().less(began)
    lost = recorder.snapshot()["lost_rows"]
    await recorder.close(10.0)
    if lost:
        raise RuntimeError(f"{lost} rows were lost")
    return spent.less(idle).each(number)


def costs(folder: Path, rows: int, rate: float, rounds: int) -> Spent:
    """Give the median cost of a row, in microseconds."""
    core, _ = cores()
    with pinned(core):
        found = [run(_measure(f"sqlite:///{folder / f'{turn}.db'}", rows, rate)) for turn in range(rounds)]
    return Spent(
        statistics.median(each.worker for each in found), statistics.median(each.tree for each in found)
    )


def lines(spent: Spent) -> Iterator[str]:
    """Say what a row costs."""
    own, whole = goals.shown(spent.worker), goals.shown(spent.tree)
    yield f"A row of the record: {own} µs of CPU in the worker, {whole} µs in the whole process tree."


def tell(folder: Path, rows: int = 12_000, rate: float = 4000.0, rounds: int = 3) -> tuple[list[str], float]:
    """Measure; give what to print and the worker's part for the goal."""
    spent = costs(folder, rows, rate, rounds)
    return list(lines(spent)), spent.worker


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    """Read the command's words."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--rate", type=float, default=4000.0, help="rows a second")
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args(words)


def main() -> None:
    """Measure and print."""
    options = arguments()
    with tempfile.TemporaryDirectory() as folder:
        told, worker = tell(Path(folder), options.rows, options.rate, options.rounds)
    print("\n".join([*told, "", *goals.table({"record": worker})]))


if __name__ == "__main__":
    main()
