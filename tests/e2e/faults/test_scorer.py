"""A scorer that is stuck, busy, killed or stopped: clients notice nothing, and what it was lost over is set aside."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter
from contextlib import asynccontextmanager

import pytest

from benchmarks.house import until
from shadow.admin.metrics import families
from shadow.clock import SystemClock
from shadow.record import workers
from shadow.record.store import open_store
from shadow.scorer.fence import RESTING

pytestmark = pytest.mark.slow

PLUGINS = """
import ctypes, os, threading

class Burning:
    def __call__(self, legacy, model):
        while True:
            pass

class Waiting:
    def __call__(self, legacy, model):
        threading.Event().wait()

class Stubborn:
    def __call__(self, legacy, model):
        sum(range(10**13))  # never lets go of the interpreter

class Catching:
    def __call__(self, legacy, model):
        while True:
            try:
                threading.Event().wait(1)
            except BaseException:
                pass

class Telling:
    def __call__(self, legacy, model):
        raise ValueError(f"compared by {os.getpid()}")

class Crashing:
    def __call__(self, legacy, model):
        ctypes.string_at(0)
"""
STUCK = ["Burning", "Waiting", "Stubborn", "Catching"]
OTHER = {
    "match": {"path": "/v1/y"},
    "model": "m",
    "compare": [{"use": "json"}],
    "rollout": {"phase": "shadow"},
}
UNSCORED = "SELECT count(*) FROM exchanges WHERE state < 2"
SCORED = "SELECT count(*) FROM exchanges WHERE state = 2"
NOTES = "SELECT route, disposition, detail FROM exchanges JOIN scores ON exchange = id WHERE route = 'x' ORDER BY seq"


@pytest.fixture
async def open_plugged_house(open_house, tmp_path, monkeypatch):
    """Open a house of two routes, of which one is compared by such a plugin."""
    (tmp_path / "stuck_plugins.py").write_text(PLUGINS)
    monkeypatch.syspath_prepend(tmp_path)

    async def opened(name: str):
        compare = [{"use": f"stuck_plugins:{name}"}]
        return await open_house(routes__x__compare=compare, routes__y=OTHER, scorer__timeout="150ms")

    yield opened
    sys.modules.pop("stuck_plugins", None)


@asynccontextmanager
async def scoring(house, folder):
    """Run a scorer of its own process beside the house, and stop it in order."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "shadow", "scorer", "-c", str(house.path)),
        env={**os.environ, "PYTHONPATH": str(folder)},
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGCONT)
            process.terminate()
        async with asyncio.timeout(10):
            await process.wait()


async def ask(house, times: int = 1) -> None:
    """Send requests on both routes: each has legacy's answer."""
    for path in ("/v1/x", "/v1/y") * times:
        status, _, body = await house.post(path)
        assert (status, body) == (200, b'{"side": "legacy"}')


def told(house) -> dict[str, float]:
    """Give how often a scorer was lost, by cause, as the metrics tell."""
    store = open_store(f"sqlite:///{house.store}")
    found = workers.read(store)
    store.close()
    samples = [each for family in families({}, found, SystemClock().now()) for each in family.samples]
    counts = Counter()
    for sample in samples:
        if sample.name == "shadow_scorer_lost_total":
            counts[sample.labels["cause"]] += sample.value
    return counts


@pytest.mark.parametrize("name", STUCK)
async def test_a_comparator_that_never_ends_costs_its_own_exchange(open_plugged_house, tmp_path, name):
    """Clients are answered all the while, the other exchanges are compared, and the loss is told."""
    house = await open_plugged_house(name)
    await ask(house)
    assert await house.worker.recorder.drain(5)
    async with scoring(house, tmp_path):
        await until(lambda: told(house).get("timed_out") == 1.0, "the alarm")
        await ask(house)
        assert await house.worker.recorder.drain(5)
        await until(lambda: house.query(UNSCORED) == [(0,)], "scoring")
        await until(lambda: told(house) == {"timed_out": 2.0, "fallen": 0.0}, "the count")
    assert house.query(NOTES) == [("x", "not_comparable", "comparing took longer than 0.15 s")] * 2
    assert house.tallies() == {
        ("x", "legacy", "shadow", "not_comparable"): 2,
        ("y", "legacy", "shadow", "compared"): 2,
    }
    assert house.worker.state()["own_errors"] == {}


async def test_a_route_whose_comparator_never_ends_does_not_hold_up_the_others(open_plugged_house, tmp_path):
    """After a few of its exchanges the route rests: what follows is set aside at once."""
    house = await open_plugged_house("Waiting")
    await ask(house, times=20)
    assert await house.worker.recorder.drain(5)
    async with scoring(house, tmp_path):
        await until(lambda: house.query(UNSCORED) == [(0,)], "scoring")
        await until(lambda: told(house) == {"timed_out": 3.0, "fallen": 0.0}, "the count")
    notes = Counter(note for *_, note in house.query(NOTES))
    assert notes == {RESTING: 17, "comparing took longer than 0.15 s": 3}
    assert house.tallies()["y", "legacy", "shadow", "compared"] == 20


async def test_a_comparator_that_kills_the_scorer_does_so_twice(open_plugged_house, tmp_path):
    """Then it is known to be the cause; nothing else is lost."""
    house = await open_plugged_house("Crashing")
    await ask(house)
    assert await house.worker.recorder.drain(5)
    async with scoring(house, tmp_path):
        await until(lambda: house.query(UNSCORED) == [(0,)], "scoring")
        await until(lambda: told(house) == {"timed_out": 0.0, "fallen": 2.0}, "the count")
    assert house.query(NOTES) == [("x", "not_comparable", "comparing ended the scorer (SIGSEGV)")]
    assert house.tallies()["y", "legacy", "shadow", "compared"] == 1


async def test_no_comparator_runs_in_a_worker(open_plugged_house, tmp_path):
    """However it is asked for: the processor time of comparing is never the clients'."""
    house = await open_plugged_house("Telling")
    await ask(house, times=3)
    assert await house.worker.recorder.drain(5)
    async with scoring(house, tmp_path):
        await until(lambda: house.query(UNSCORED) == [(0,)], "scoring")
        state = "SELECT pid FROM workers WHERE role = 'scorer'"
        await until(lambda: house.query(state), "a heartbeat")
        ((pid,),) = house.query(state)
    assert pid != os.getpid()
    assert house.query(NOTES) == [("x", "not_comparable", f"ValueError: compared by {pid}")] * 3


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_scorer_that_is_killed_or_stopped_changes_nothing_for_clients(open_house, tmp_path, number):
    """What it did not score waits, and is scored once by the next."""
    house = await open_house()
    async with scoring(house, tmp_path) as process:
        assert (await house.post())[0] == 200
        await until(lambda: house.query(SCORED) == [(1,)], "scoring")
        process.send_signal(number)
        for _ in range(20):
            status, _, body = await house.post()
            assert (status, body) == (200, b'{"side": "legacy"}')
    await house.accounted({"x": 21})
    assert house.tallies() == {("x", "legacy", "shadow", "compared"): 21}
