"""How long a switch takes to be in force on every worker, from its commit in the store.

Run: python benchmarks/switches.py [--workers 2] [--times 20]. Each time the house is killed and revived, while requests
go over many connections, until all of them say so; printed are the median and the worst. Promised are 250 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.house import ServedHouse, config_of
from benchmarks.stubs import answer, serving
from shadow.clock import SystemClock
from shadow.record import switches
from shadow.record.store import open_store

CONNECTIONS = 16


async def reasons(house: ServedHouse, sessions: list[aiohttp.ClientSession]) -> list[tuple[str, float]]:
    """Ask over every connection; give why each got what it got, and when it had asked."""

    async def one(session: aiohttp.ClientSession) -> tuple[str, float]:
        asked = time.perf_counter()
        async with session.post(f"{house.url}/v1/x", json={}) as got:
            await got.read()
            return got.headers["Shadow-Reason"], asked

    return await asyncio.gather(*map(one, sessions))


async def until_all_say(
    house: ServedHouse, sessions: list[aiohttp.ClientSession], reason: str, since: float
) -> float:
    """Ask until every connection gets the reason; give the seconds until the last request that did not."""
    last = since
    while wrong := [asked for said, asked in await reasons(house, sessions) if said != reason]:
        last = max(last, *wrong)
    return last - since


async def measure(house: ServedHouse, times: int) -> list[float]:
    """Kill and revive; give the seconds each took."""
    took = []
    store = open_store(f"sqlite:///{house.store}")
    async with AsyncExitStack() as stack:
        sessions = [await stack.enter_async_context(aiohttp.ClientSession()) for _ in range(CONNECTIONS)]
        for _ in range(times):
            switches.kill(store, "*", by="benchmark", why="to see", at=SystemClock().now())
            took.append(await until_all_say(house, sessions, "killed", time.perf_counter()))
            switches.revive(store, "*", by="benchmark", why="to see", at=SystemClock().now())
            took.append(await until_all_say(house, sessions, "shadow", time.perf_counter()))
    store.close()
    return took


async def run(folder: Path, workers: int, times: int) -> list[float]:
    """Start a house between two stubs and measure."""
    async with serving(answer) as legacy, serving(answer) as model:
        urls = (f"http://127.0.0.1:{legacy}", f"http://127.0.0.1:{model}")
        house = ServedHouse(folder, config_of(*urls, routes__x__rollout__phase="shadow"), workers=workers)
        await house.start()
        try:
            return await measure(house, times)
        finally:
            await house.end()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--times", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        took = asyncio.run(run(Path(folder), options.workers, options.times))
    middle, worst = statistics.median(took) * 1000, max(took) * 1000
    print(f"{len(took)} switches, {options.workers} workers: median {middle:.0f} ms, worst {worst:.0f} ms")


if __name__ == "__main__":
    main()
