"""A worker killed in the middle of writing."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from benchmarks.house import alive
from benchmarks.processes import tree
from shadow.record.store import Store, open_store
from shadow.record.workers import STALE, read, sweep_orphans

if TYPE_CHECKING:
    from collections.abc import Callable

WRITE = """
import asyncio, sys
from msgspec import structs
from comparators import Answer
from fallback.words import Phase, Reason, Side
from shadow.clock import SystemClock
from shadow.ids import new_id
from shadow.record.exchange import Exchange
from shadow.record.recorder import Recorder, Recording
from shadow.record.workers import this_process
from shadow.request import Observation

async def main():
    clock = SystemClock()
    recorder = Recorder(sys.argv[1], this_process("proxy", clock.now()), Recording(flush=0.001, strict=True))
    recorder.start()
    side = Observation(0.1, Answer(body=bytes(1000)))
    while True:
        exchange = Exchange(new_id(), clock.now(), "r", Phase.LIVE, Side.MODEL, Reason.CONFIDENT, None,
                            "GET", "/", legacy=side, model=side)
        for _ in range(20):
            recorder.put(structs.replace(exchange, id=new_id()))
        if await recorder.commit(exchange, 5.0):
            print(exchange.id, flush=True)
        recorder.finish(exchange)

asyncio.run(main())
"""


@pytest.mark.parametrize("answered", [1, 40])
def test_a_store_survives_kill_minus_nine(
    url: str,
    imbalance: Callable[[Store], dict[tuple[str, str], tuple[int, int]]],
    answered: int,
) -> None:
    """Everything that was committed is there, counts and rows agree, and what stayed open can be swept."""
    with subprocess.Popen([sys.executable, "-c", WRITE, url], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        committed = [process.stdout.readline().strip() for _ in range(answered)]
        writers = tree(process.pid)[1:]
        process.send_signal(signal.SIGKILL)
        committed += process.stdout.read().split("\n")[:-1]
    while any(map(alive, writers)):  # the recorder's process commits what it was given, and leaves
        time.sleep(0.01)
    store = open_store(url)
    stored = {row[0] for row in store.db.execute("SELECT id FROM exchanges")}
    assert set(committed) <= stored
    assert store.db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert imbalance(store) == {}
    (dead,) = read(store)
    sweep_orphans(store, dead.seen + STALE)
    assert store.db.execute("SELECT count(*) FROM exchanges WHERE state = 0").fetchone() == (0,)
    assert imbalance(store) == {}
    store.close()
