"""The store locked, read-only, full or gone: clients get their answers, losses are counted, writing resumes."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from shadow.admin.status import house as status_of
from shadow.clock import SystemClock
from shadow.config.load import load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.conftest import House

NOBODY = 65534
LIVE = {"routes__x__rollout__phase": "live", "record__audit": "strict", "record__commit_timeout": "50ms"}
SERVED_BY_MODEL = (200, "model", "confident")
UNRECORDED = (200, "legacy", "unrecorded")


@contextmanager
def locked(house: House) -> Iterator[None]:
    """Hold the write lock, as another program may."""
    with closing(sqlite3.connect(house.store, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def full(house: House) -> Iterator[None]:
    """Let no file of the recorder's grow beyond what the store's are: writes then fail as on a full disk."""
    log = house.store.with_name(f"{house.store.name}-wal")
    recorder = house.worker.recorder.pen.pid
    limits = resource.prlimit(recorder, resource.RLIMIT_FSIZE)
    largest = log.stat().st_size if log.exists() else 0
    resource.prlimit(recorder, resource.RLIMIT_FSIZE, (largest, limits[1]))
    try:
        yield
    finally:
        resource.prlimit(recorder, resource.RLIMIT_FSIZE, limits)


FAULTS = pytest.mark.parametrize("fault", [locked, full])


@pytest.fixture
async def open_sure_house(open_house):
    """Open a house whose model is sure of itself, with a store that was written to once."""

    async def opened(**changes):
        house = await open_house(**changes)

        async def answer(_: web.Request) -> web.Response:
            return web.json_response({"side": "model", "confidence": 1.0})

        house.model.answer = answer
        assert await house.worker.recorder.drain(10)  # its process is there
        await house.post()
        await house.settle()
        return house

    return opened


async def ask(house) -> tuple[int, str, str]:
    """Send a request; give its status, who answered, and why."""
    status, headers, _ = await house.post()
    return status, headers["Shadow-Served"], headers["Shadow-Reason"]


async def failing(house) -> None:
    """Wait until the recorder knows that it cannot write."""
    while house.worker.recorder.snapshot()["failing_since"] is None:
        await asyncio.sleep(0.005)


@FAULTS
async def test_clients_do_not_notice_a_failing_store(open_sure_house, fault):
    """Legacy is served, the rows wait, and are written as soon as that can be."""
    house = await open_sure_house()
    with fault(house):
        assert [await ask(house) for _ in range(5)] == [(200, "legacy", "shadow")] * 5
        await failing(house)
        assert await ask(house) == (200, "legacy", "shadow")
    await house.settle()
    assert house.tallies() == {("x", "legacy", "shadow", "compared"): 7}
    assert len(house.rows()) == 7


@FAULTS
async def test_what_the_queue_cannot_hold_meanwhile_is_counted(open_sure_house, fault):
    """Every request is in the tallies afterwards, with a row or as unrecorded."""
    house = await open_sure_house(record__queue="4KiB")
    with fault(house):
        for _ in range(20):
            assert await ask(house) == (200, "legacy", "shadow")
    await house.settle()
    counts = house.tallies()
    lost = counts["x", "legacy", "shadow", "unrecorded"]
    assert (counts.total(), lost + len(house.rows())) == (21, 21)
    assert (lost > 0, house.worker.recorder.snapshot()["lost_rows"]) == (True, lost)


@FAULTS
async def test_the_strict_audit_serves_legacy_while_it_cannot_write(open_sure_house, fault):
    """An answer of the model that would leave no trace does not leave; once it can be written, it does."""
    house = await open_sure_house(**LIVE)
    with fault(house):
        assert await ask(house) == UNRECORDED
        await failing(house)
        assert await ask(house) == UNRECORDED
    async with asyncio.timeout(10):
        while (answer := await ask(house)) != SERVED_BY_MODEL:
            assert answer == UNRECORDED
    await house.settle()
    counts = house.tallies()
    assert (len(house.rows()), counts.total()) == (counts.total(), counts.total())
    assert counts["x", "model", "confident", "compared"] == 2
    assert counts["x", "legacy", "unrecorded", "compared"] == counts.total() - 2


@FAULTS
async def test_a_failing_store_is_told_in_log_and_state(open_sure_house, fault):
    """When it begins and when it ends; between them the worker's own state says of what it fails."""
    house = await open_sure_house()
    with capture_logs() as events:
        with fault(house):
            await ask(house)
            await failing(house)
            assert house.worker.state()["record"]["last_error"].startswith("SQLITE_")
        await house.settle()
    told = [event["event"] for event in events if event["event"].startswith("shadow.record")]
    assert told == ["shadow.record_failed", "shadow.record_resumed"]


async def test_a_deleted_store_is_made_anew(open_sure_house):
    """What is written from then on stands in the new file; scorer, switches and status read that one."""
    house = await open_sure_house()
    for name in ("", "-wal", "-shm"):
        house.store.with_name(house.store.name + name).unlink(missing_ok=True)
    assert await ask(house) == (200, "legacy", "shadow")
    await house.settle()
    assert house.tallies() == {("x", "legacy", "shadow", "compared"): 1}
    house.switch(killed=True)
    async with asyncio.timeout(5):
        while await ask(house) != (200, "legacy", "killed"):
            pass
    config = load(house.path, environ={})
    assert status_of(config, SystemClock().now(), refused=None)["switches"]["x"]["killed"] is True


@pytest.fixture
def readonly_folder(tmp_path) -> Iterator[Path]:
    """Give a folder that this process may not write to; not even as root, which steps down meanwhile."""
    folder = tmp_path / "readonly"
    folder.mkdir(mode=0o555)
    user = os.geteuid()
    tmp_path.chmod(0o777)
    for parent in tmp_path.parents:
        if parent.name.startswith(("pytest-", "popen-")):
            parent.chmod(0o755)
    if user == 0:
        os.seteuid(NOBODY)
    try:
        yield folder
    finally:
        os.seteuid(user)
        folder.chmod(0o755)


async def test_a_store_that_cannot_be_made_stops_nothing(open_house, readonly_folder):
    """Nobody knows of a kill then, so all counts as killed; the day the folder can be written, all resumes."""
    house = await open_house(store=f"sqlite:///{readonly_folder}/shadow.db")
    assert [await ask(house) for _ in range(3)] == [(200, "legacy", "killed")] * 3
    await failing(house)
    assert house.worker.state()["switches_failing"] == "StoreError"
    found = status_of(load(house.path, environ={}), SystemClock().now(), refused=None)
    assert (found["ready"], found["problems"][0].startswith("the store cannot be opened")) == (False, True)
    os.seteuid(os.getuid())
    readonly_folder.chmod(0o755)
    if (
        recorder := house.worker.recorder.pen.pid
    ) is not None:  # it was born without the right; the next one has it
        os.kill(recorder, signal.SIGKILL)
    async with asyncio.timeout(10):
        while await ask(house) != (200, "legacy", "shadow"):
            pass
    assert await house.worker.recorder.drain(10)
    with closing(sqlite3.connect(readonly_folder / "shadow.db")) as store:
        rows = store.execute("SELECT count(*) FROM exchanges").fetchone()[0]
        assert rows == store.execute("SELECT sum(n) FROM tallies").fetchone()[0]
    assert rows >= 4
