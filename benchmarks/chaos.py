"""Kills workers, recorders, the scorer and the whole tree under load, and looks whether the record kept its word.

Run: python benchmarks/chaos.py [--kills 20] [--workers 2]. The model is confident, the route live and the audit
strict: so every answer of the model that a client got must stand in the store. Exit code 1 when anything is amiss.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.house import ServedHouse, config_of, until
from benchmarks.processes import tree
from benchmarks.stubs import answer, serving
from shadow.record.rollup import Rollup

if TYPE_CHECKING:
    from collections.abc import Callable

VICTIMS = ("proxy-1", "scorer", "recorder-1", "tree", "proxy-2")
STARTED = {"proxy": "shadow.worker_started", "score": "shadow.scorer_started"}
CLIENTS = 8
WITHIN = 15.0
"""Seconds within which the house must answer again."""


@dataclass(slots=True)
class Clients:
    """What the clients saw: the exchanges the model answered, and how many requests ended how."""

    url: str
    by_model: list[str] = field(default_factory=list)
    ends: Counter[str] = field(default_factory=Counter)
    stopping: bool = False

    async def run(self) -> None:
        """Send requests until told to stop, over connections that break now and then."""
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(10)) as session,
            asyncio.TaskGroup() as group,
        ):
            for _ in range(CLIENTS):
                group.create_task(self._send(session))

    async def _send(self, session: aiohttp.ClientSession) -> None:
        while not self.stopping:
            try:
                async with session.post(self.url, json={"text": "hello"}) as got:
                    await got.read()
                    self._note(got)
            except (aiohttp.ClientError, TimeoutError) as exc:
                self.ends[type(exc).__name__] += 1
                await asyncio.sleep(0.01)

    def _note(self, got: aiohttp.ClientResponse) -> None:
        self.ends[f"{got.status} by {got.headers.get('Shadow-Served')}"] += 1
        if got.headers.get("Shadow-Served") == "model":
            self.by_model.append(got.headers["Shadow-Exchange"])


async def chaos(
    folder: Path, kills: int, *, workers: int = 2, say: Callable[[str], object] = print
) -> list[str]:
    """Kill so many times, recover each time, and give what is amiss in the end: nothing, if all is well."""
    async with serving(answer) as legacy, serving(answer) as model:
        house = ServedHouse(
            folder, config_of(f"http://127.0.0.1:{legacy}", f"http://127.0.0.1:{model}"), workers=workers
        )
        return await _chaos(house, kills, say)


async def _chaos(house: ServedHouse, kills: int, say: Callable[[str], object]) -> list[str]:
    clients = Clients(f"{house.url}/v1/x")
    amiss: list[str] = []
    await house.start()
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(clients.run())
            for number, victim in enumerate(islice(cycle(VICTIMS), kills), 1):
                seconds = await _kill(house, victim, clients)
                amiss += _integrity(house)
                say(f"kill {number:2}: {victim:10} answered by the model again after {seconds:5.2f} s")
            clients.stopping = True
        amiss += await _rest(house)
    finally:
        await house.end()
    say(f"clients saw {dict(clients.ends)}")
    amiss += _missing(house, clients) + accounts(house)
    say(f"{len(clients.by_model)} answers of the model, {_count(house, 'exchanges')} rows")
    return amiss


async def _kill(house: ServedHouse, victim: str, clients: Clients) -> float:
    """Kill under load, and give the seconds until the house is whole and the model answers again."""
    before = len(clients.by_model)
    await until(lambda: len(clients.by_model) > before + 20, "load")
    await asyncio.sleep(random.uniform(0.0, 0.5))
    clock = asyncio.get_running_loop().time
    began = clock()
    if victim == "tree":
        await house.kill_all()
        await house.begin()
    elif victim.startswith("recorder"):
        await _kill_recorder(house, victim.replace("recorder", "proxy"))
    else:
        pid, began_before = house.kill(victim), len(house.events(STARTED[victim[:5]]))
        await until(lambda: house.pids()[victim] != pid, f"a new {victim}", WITHIN)
        await until(
            lambda: len(house.events(STARTED[victim[:5]])) > began_before, f"{victim} at work", WITHIN
        )
    seen = len(clients.by_model)
    await until(lambda: len(clients.by_model) > seen, "an answer of the model", WITHIN)
    seconds = clock() - began
    await house.ready()
    return seconds


async def _kill_recorder(house: ServedHouse, worker: str) -> None:
    """Kill the process that writes a worker's record, and wait for the next."""
    pid = house.pids()[worker]
    (killed,) = await until(lambda: tree(pid)[1:], f"a recorder of {worker}", WITHIN)
    os.kill(killed, signal.SIGKILL)
    await until(lambda: tree(pid)[1:] not in ([], [killed]), f"a new recorder of {worker}", WITHIN)


async def _rest(house: ServedHouse) -> list[str]:
    """Stop the house in order, start it again, and let it put in order what the killed ones left."""
    amiss = []
    if (code := await house.end()) != 0:
        amiss.append(f"the house ended with {code} on SIGTERM")
    await house.start()
    await house.settled()
    return amiss


def _integrity(house: ServedHouse) -> list[str]:
    found = house.query("PRAGMA integrity_check")
    return [] if found == [("ok",)] else [f"integrity: {found}"]


def _count(house: ServedHouse, table: str) -> int:
    number: int = house.query(f"SELECT count(*) FROM {table}")[0][0]
    return number


def _missing(house: ServedHouse, clients: Clients) -> list[str]:
    rows = {each[0] for each in house.query("SELECT id FROM exchanges WHERE served = 'model'")}
    missing = [each for each in clients.by_model if each not in rows]
    twice = len(clients.by_model) - len(set(clients.by_model))
    return [f"{len(missing)} answers of the model have no row: {missing[:3]}"] * bool(missing) + [
        f"{twice} exchange ids were given twice"
    ] * bool(twice)


def spared(house: ServedHouse) -> int:
    """Give how many requests are counted as shed and have no row: a busy worker writes none of those it spares."""
    counted: int = house.query("SELECT coalesce(sum(n), 0) FROM tallies WHERE disposition = 'shed'")[0][0]
    rows: int = house.query("SELECT count(*) FROM exchanges WHERE disposition = 'shed'")[0][0]
    return counted - rows


def accounts(house: ServedHouse) -> list[str]:
    """Hold rows, tallies and roll-ups against each other: an exchange scored twice would show."""
    rows = Counter(dict(house.query("SELECT disposition, count(*) FROM exchanges GROUP BY 1")))
    tallies = Counter(dict(house.query("SELECT disposition, sum(n) FROM tallies GROUP BY 1 HAVING sum(n)")))
    tallies -= Counter(shed=spared(house))
    rollups: Counter[str] = Counter()
    for (sums,) in house.query("SELECT sums FROM rollups WHERE cohort = ''"):
        rollups.update(Rollup.loads(sums).counts)
    scored = Counter({key[12:]: n for key, n in rollups.items() if key.startswith("disposition:")})
    judged = dict(house.query("SELECT 'n', count(*) FROM scores WHERE pointer = ''"))["n"]
    amiss = [f"tallies {dict(tallies)} but rows {dict(rows)}"] * (tallies != rows)
    amiss += [f"roll-ups {dict(scored)} but rows {dict(rows)}"] * (scored != rows)
    amiss += [f"{judged} scores for {rows['compared']} comparisons"] * (judged != rows["compared"])
    return amiss + _integrity(house)


def main() -> None:
    """Kill and look; print what happened."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        amiss = asyncio.run(chaos(Path(folder), options.kills, workers=options.workers))
    print("\n".join(amiss) if amiss else "nothing amiss")
    sys.exit(bool(amiss))


if __name__ == "__main__":
    main()
