"""The recorder from the event loop's side, over real stores that really fail."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from msgspec import structs
from structlog.testing import capture_logs

from comparators import Answer
from comparators.answer import Reply
from fallback.words import Disposition, Phase, Reason, Side
from shadow.record.recorder import Recorder, Recording
from shadow.record.store import Store, open_store
from shadow.record.tallies import read_totals
from shadow.record.wire import encode, unpack
from shadow.record.workers import Worker, read
from shadow.record.writer import Batch, Writer
from shadow.request import Observation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from shadow.clock import FakeClock
    from shadow.record.exchange import Exchange

    Make = Callable[..., Exchange]
    Imbalance = Callable[[Store], dict[tuple[str, str], tuple[int, int]]]
    Start = Callable[..., Recorder]

LONG = 20.0
"""Seconds after which a test gives up; none of them waits for it."""

QUICK = Recording(flush=0.0, busy=0.0, back_off=(0.001, 0.001), beat=0.01)
SERVED = {"phase": Phase.LIVE, "served": Side.MODEL, "reason": Reason.CONFIDENT}


class InThread:
    """A pen that writes in this process: what a process of its own does with a batch has its own tests."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._thread = ThreadPoolExecutor(1)  # a connection belongs to the thread that opened it

    async def write(self, batch: Batch[bytes], worker: Worker) -> list[str]:
        """Commit a batch."""
        dropped = await asyncio.get_running_loop().run_in_executor(
            self._thread, self._writer.write, unpack(batch), worker
        )
        return [exchange.id for exchange in dropped]

    async def close(self) -> None:
        """Close the connection."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._writer.close)
        self._thread.shutdown()


@pytest.fixture
async def start(url: str, worker: Worker, clock: FakeClock) -> AsyncIterator[Start]:
    """Give a starter of recorders on the test's store; they are closed at the end."""
    running: list[Recorder] = []

    def begin(settings: Recording = QUICK, *, writer: Writer | None = None, **arguments: Any) -> Recorder:
        writer = writer or Writer(partial(open_store, url, strict=settings.strict, busy=settings.busy))
        recorder = Recorder(url, worker, settings, clock=clock, pen=InThread(writer), **arguments)
        running.append(recorder)
        recorder.start()
        return recorder

    yield begin
    for recorder in running:
        await recorder.close(LONG)


class Gate:
    """Opens a store whose writes wait until they are let through."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.reached = threading.Event()
        self.open = threading.Event()

    def __call__(self) -> Store:
        """Open the store behind the gate."""
        self.reached.set()
        self.open.wait(LONG)
        return open_store(self.url, busy=0.0)


def states(store: Store) -> list[tuple[Any, ...]]:
    """Read how every exchange stands, in the order of writing."""
    return store.db.execute("SELECT id, state, served, reason FROM exchanges ORDER BY seq").fetchall()


async def test_what_is_put_is_written(store: Store, start: Start, make: Make, imbalance: Imbalance) -> None:
    """Within a flush, with its counts."""
    recorder, exchanges = start(), [make() for _ in range(10)]
    assert [recorder.put(exchange) for exchange in exchanges] == [True] * 10
    assert await recorder.drain(LONG)
    assert [row[0] for row in states(store)] == [exchange.id for exchange in exchanges]
    assert imbalance(store) == {}
    told = recorder.snapshot()
    assert (told["written_rows"], told["queued_rows"], told["queued_bytes"], told["lost_rows"]) == (
        10,
        0,
        0,
        0,
    )


async def test_a_backlog_is_written_in_bounded_transactions(store: Store, start: Start, make: Make) -> None:
    """Each of at most so many rows."""
    recorder = start(replace(QUICK, rows=4))
    for _ in range(10):
        recorder.put(make())
    assert await recorder.drain(LONG)
    assert len(states(store)) == 10
    assert recorder.snapshot()["batches"] >= 3


async def test_traffic_without_rows_is_counted(store: Store, start: Start) -> None:
    """Off routes and unmatched requests."""
    recorder = start()
    for _ in range(3):
        recorder.count("", Phase.OFF, served=Side.LEGACY, reason=Reason.UNMATCHED, disposition=None)
    recorder.count("a", Phase.OFF, served=Side.LEGACY, reason=Reason.OFF, disposition=Disposition.OFF)
    assert await recorder.drain(LONG)
    assert read_totals(store) == {
        ("", "off", "legacy", "unmatched", ""): 3,
        ("a", "off", "legacy", "off", "off"): 1,
    }


async def test_a_commit_stands_in_the_store_when_it_returns(store: Store, start: Start, make: Make) -> None:
    """Open, until it is finished."""
    recorder, exchange = start(replace(QUICK, strict=True)), make(**SERVED, legacy=None)
    assert await recorder.commit(exchange, LONG)
    assert states(store) == [(exchange.id, 0, "model", "confident")]
    recorder.finish(structs.replace(exchange, disposition=Disposition.LEGACY_FAILED))
    assert await recorder.drain(LONG)
    assert states(store) == [(exchange.id, 1, "model", "confident")]
    assert read_totals(store) == {("address", "live", "model", "confident", "legacy_failed"): 1}


async def test_a_commit_does_not_wait_for_the_flush(start: Start, make: Make) -> None:
    """With a flush of an hour it would never return."""
    recorder = start(replace(QUICK, flush=3600.0))
    assert await recorder.commit(make(**SERVED), LONG)


async def test_commits_that_wait_together_share_a_transaction(
    start: Start,
    make: Make,
    url: str,
) -> None:
    """All that came while the one before was written."""
    gate = Gate(url)
    recorder = start(writer=Writer(gate))
    recorder.put(make())
    await asyncio.to_thread(gate.reached.wait, LONG)
    waiting = [asyncio.ensure_future(recorder.commit(make(**SERVED), LONG)) for _ in range(20)]
    await asyncio.wait(waiting, timeout=0)
    gate.open.set()
    assert await asyncio.gather(*waiting) == [True] * 20
    assert recorder.snapshot()["batches"] <= 3


async def test_a_commit_that_runs_out_of_time_in_the_queue_is_withdrawn(
    store: Store,
    start: Start,
    make: Make,
    url: str,
    imbalance: Imbalance,
) -> None:
    """The store never says that the model answered."""
    gate, exchange = Gate(url), make(**SERVED)
    recorder = start(writer=Writer(gate))
    recorder.put(make(id="first"))
    await asyncio.to_thread(gate.reached.wait, LONG)
    assert not await recorder.commit(exchange, 0.0)
    gate.open.set()
    assert await recorder.drain(LONG)
    assert [row[0] for row in states(store)] == ["first"]
    recorder.finish(structs.replace(exchange, served=Side.LEGACY, reason=Reason.UNRECORDED))
    assert await recorder.drain(LONG)
    assert states(store)[1:] == [(exchange.id, 1, "legacy", "unrecorded")]
    assert imbalance(store) == {}


async def test_a_commit_that_runs_out_of_time_while_written_is_corrected(
    store: Store,
    start: Start,
    make: Make,
    url: str,
    imbalance: Imbalance,
) -> None:
    """The row comes to stand as the model's; in the end it says what the client got."""
    gate, exchange = Gate(url), make(**SERVED)
    recorder = start(replace(QUICK, beat=3600.0), writer=Writer(gate))
    trying = asyncio.ensure_future(recorder.commit(exchange, 0.05))
    await asyncio.to_thread(gate.reached.wait, LONG)
    assert not await trying
    recorder.finish(structs.replace(exchange, served=Side.LEGACY, reason=Reason.UNRECORDED))
    gate.open.set()
    assert await recorder.drain(LONG)
    assert states(store) == [(exchange.id, 1, "legacy", "unrecorded")]
    assert imbalance(store) == {}


async def test_a_commit_fails_with_the_store_and_is_not_tried_again(
    store: Store,
    start: Start,
    make: Make,
    imbalance: Imbalance,
) -> None:
    """Legacy is served instead, and the row says so once the store is back; others are refused at once."""
    recorder, exchange, other = start(), make(**SERVED), make(**SERVED)
    assert await recorder.drain(LONG)
    with store.transaction():
        assert not await recorder.commit(exchange, LONG)
        assert recorder.snapshot()["last_error"] == "SQLITE_BUSY"
        assert not await recorder.commit(other, LONG)
        for refused in (exchange, other):
            recorder.finish(structs.replace(refused, served=Side.LEGACY, reason=Reason.UNRECORDED))
    assert await recorder.drain(LONG)
    assert sorted(states(store)) == [(x.id, 1, "legacy", "unrecorded") for x in (exchange, other)]
    assert imbalance(store) == {}


async def test_an_open_row_that_cannot_be_written_refuses_its_commit(
    store: Store,
    start: Start,
    make: Make,
) -> None:
    """The others of its transaction are committed."""
    recorder = start()
    there, good = make(), make(**SERVED)
    recorder.put(there)
    assert await recorder.drain(LONG)
    again = make(**SERVED, id=there.id)
    assert await asyncio.gather(recorder.commit(again, LONG), recorder.commit(good, LONG)) == [False, True]
    assert [row[0] for row in states(store)] == [there.id, good.id]


async def test_a_locked_store_is_waited_out(
    store: Store,
    start: Start,
    make: Make,
    imbalance: Imbalance,
) -> None:
    """Nothing is lost that the queue can hold, and the log tells the beginning and the end."""
    with capture_logs() as logs:
        recorder = start()
        assert await recorder.drain(LONG)
        with store.transaction():
            assert not await recorder.commit(make(**SERVED), LONG)
            for _ in range(5):
                assert recorder.put(make())
            assert recorder.snapshot()["failing_since"] is not None
        assert await recorder.drain(LONG)
    assert (len(states(store)), recorder.snapshot()["failing_since"]) == (5, None)
    assert imbalance(store) == {}
    assert [entry["event"] for entry in logs] == ["shadow.record_failed", "shadow.record_resumed"]


async def test_a_queue_that_overflows_meanwhile_refuses_the_newest_and_counts_them(
    store: Store,
    start: Start,
    make: Make,
    imbalance: Imbalance,
) -> None:
    """Rows and unrecorded sum to the traffic."""
    recorder = start(replace(QUICK, queue=(len(encode(make())) + 100) * 3))
    assert await recorder.drain(LONG)
    with store.transaction():
        assert not await recorder.commit(make(**SERVED), LONG)
        assert [recorder.put(make()) for _ in range(5)] == [True] * 3 + [False] * 2
    assert await recorder.drain(LONG)
    recorder.put(make())
    assert await recorder.drain(LONG)
    assert (len(states(store)), recorder.snapshot()["lost_rows"]) == (4, 2)
    assert {key[4]: n for key, n in read_totals(store).items()} == {"": 4, "unrecorded": 2}
    assert imbalance(store) == {}


async def test_a_full_disk_is_waited_out(
    store: Store,
    start: Start,
    make: Make,
    url: str,
    imbalance: Imbalance,
) -> None:
    """Writing goes on by itself once there is room."""
    full = threading.Event()
    full.set()

    def opener() -> Store:
        opened = open_store(url, busy=0.0)
        return Narrow(opened, full)

    recorder, large = start(writer=Writer(opener)), Observation(0.1, Answer(body=bytes(500_000)))
    assert not await recorder.commit(make(**SERVED, model=large), LONG)
    assert recorder.snapshot()["last_error"] == "SQLITE_FULL"
    recorder.put(make(model=large))
    full.clear()
    assert await recorder.drain(LONG)
    assert (len(states(store)), imbalance(store)) == (1, {})


class Narrow(Store):
    """A store on a disk that is full for as long as an event is set."""

    def __init__(self, opened: Store, full: threading.Event) -> None:
        super().__init__(opened.connection, opened.path)
        self._full = full

    def writing(self) -> Any:
        """Hold the file to its present size while the disk is full."""
        pages = 1 if self._full.is_set() else 1 << 30
        self.connection.execute(f"PRAGMA max_page_count = {pages}").fetchone()
        return super().writing()


async def test_a_store_deleted_while_running_is_made_anew(
    start: Start, make: Make, url: str, store: Store
) -> None:
    """What follows is written to a store that can be found."""
    recorder, second = start(), make()
    recorder.put(make())
    assert await recorder.drain(LONG)
    store.path.unlink()
    recorder.put(second)
    assert await recorder.drain(LONG)
    fresh = open_store(url)
    assert [row[0] for row in states(fresh)] == [second.id]
    fresh.close()


async def test_a_store_that_cannot_be_opened_at_first_is_opened_later(
    start: Start,
    make: Make,
    url: str,
) -> None:
    """Whatever the opener raises, the rows wait."""
    tries: list[int] = []

    def opener() -> Store:
        tries.append(1)
        if len(tries) < 3:
            raise OSError("no such folder")
        return open_store(url)

    recorder = start(writer=Writer(opener))
    recorder.put(make())
    assert await recorder.drain(LONG)
    assert (recorder.snapshot()["written_rows"], recorder.snapshot()["last_error"]) == (1, "OSError")


async def test_a_poisoned_row_does_not_block_the_others(store: Store, start: Start, make: Make) -> None:
    """It is dropped and counted."""
    recorder, twice, good = start(), make(), make()
    for exchange in (twice, twice, good):
        assert recorder.put(exchange)
    assert await recorder.drain(LONG)
    assert [row[0] for row in states(store)] == [twice.id, good.id]
    told = recorder.snapshot()
    assert (told["written_rows"], told["lost_rows"]) == (2, 1)


async def test_what_is_no_text_is_written_down_as_unrecorded(store: Store, start: Start, make: Make) -> None:
    """A plugin's reply may hold what cannot be; the row says so."""
    recorder, odd = start(), make(model=Observation(0.1, Answer(reply=Reply("\ud800"))))
    assert not recorder.put(odd)
    assert await recorder.drain(LONG)
    assert store.db.execute("SELECT id, disposition FROM exchanges").fetchall() == [(odd.id, "unrecorded")]
    assert ({key[4]: n for key, n in read_totals(store).items()}, recorder.snapshot()["lost_rows"]) == (
        {"unrecorded": 1},
        1,
    )


async def test_a_load_that_no_care_can_write_is_given_up(store: Store, start: Start, make: Make) -> None:
    """A route's name that is no text spoils even the counts; what comes after is written."""
    recorder, good = start(), make()
    recorder.put(make(route="\ud800"))
    assert await recorder.drain(LONG)
    recorder.put(good)
    assert await recorder.drain(LONG)
    assert [row[0] for row in states(store)] == [good.id]
    assert recorder.snapshot()["lost_rows"] == 1


async def test_a_load_that_is_given_up_still_counts(url: str, store: Store, start: Start, make: Make) -> None:
    """Its rows as unrecorded, and what was counted without rows as it was."""
    faults = [RuntimeError("a bug")]

    class Pen(Writer):
        def write(self, batch: Batch[Exchange], worker: Worker) -> list[Exchange]:
            if faults:
                raise faults.pop()
            return super().write(batch, worker)

    recorder = start(writer=Pen(lambda: open_store(url, busy=0.0)))
    recorder.put(make())
    recorder.count("", Phase.OFF, served=Side.LEGACY, reason=Reason.UNMATCHED, disposition=Disposition.OFF)
    assert await recorder.drain(LONG)
    assert await recorder.drain(LONG)
    assert read_totals(store) == {
        ("address", "shadow", "legacy", "shadow", "unrecorded"): 1,
        ("", "off", "legacy", "unmatched", "off"): 1,
    }


async def test_closing_writes_what_waits_and_says_that_the_worker_left(
    store: Store,
    start: Start,
    make: Make,
    clock: FakeClock,
) -> None:
    """With its last gauges; afterwards nothing is taken."""
    recorder = start(replace(QUICK, flush=3600.0), state=lambda: {"active": 2})
    recorder.put(make())
    assert await recorder.close(LONG)
    assert len(states(store)) == 1
    assert [(w.id, w.stopped, w.state) for w in read(store)] == [("w1", clock.now(), {"active": 2})]
    assert not recorder.put(make())
    assert not recorder.finish(make())
    assert not await recorder.commit(make(), LONG)
    assert recorder.snapshot()["lost_rows"] == 2


async def test_closing_gives_up_on_a_store_that_stays_broken(store: Store, start: Start, make: Make) -> None:
    """In time, counting what is lost, and saying so."""
    with capture_logs() as logs:
        recorder = start()
        assert await recorder.drain(LONG)
        with store.transaction():
            recorder.put(make())
            assert not await recorder.close(0.05)
    assert recorder.snapshot()["lost_rows"] == 1
    assert logs[-1] == {
        "event": "shadow.record_abandoned",
        "lost": 1,
        "error": "SQLITE_BUSY",
        "log_level": "error",
    }


async def test_the_heartbeat_carries_the_workers_gauges(store: Store, start: Start, clock: FakeClock) -> None:
    """Asked for about once a second, and not oftener."""
    asked: list[int] = []

    def state() -> dict[str, Any]:
        asked.append(1)
        return {"asked": len(asked)}

    recorder = start(replace(QUICK, beat=1.0), state=state)
    assert await recorder.drain(LONG)
    assert await recorder.drain(LONG)
    assert [w.state for w in read(store)] == [{"asked": 1}]
    clock.advance(1.0)
    assert await recorder.drain(LONG)
    assert [(w.state, w.seen) for w in read(store)] == [({"asked": 2}, clock.now())]


async def test_broken_gauges_do_not_stop_the_record(store: Store, start: Start, make: Make) -> None:
    """Those that raise, and those that are no JSON."""

    def state() -> dict[str, Any]:
        return {"gauge": object()}

    with capture_logs() as logs:
        recorder = start(state=state)
        recorder.put(make())
        assert await recorder.drain(LONG)
    assert len(states(store)) == 1
    assert logs[0]["event"] == "shadow.worker_state_failed"


async def test_the_log_tells_a_flapping_store_only_now_and_then(
    store: Store,
    start: Start,
    make: Make,
    clock: FakeClock,
) -> None:
    """Two outages within ten seconds are told once."""
    with capture_logs() as logs:
        recorder = start()
        for pause in (1.0, 10.0, 0.0):
            assert await recorder.drain(LONG)
            with store.transaction():
                assert not await recorder.commit(make(**SERVED), LONG)
            assert await recorder.drain(LONG)
            clock.advance(pause)
    assert [entry["event"] for entry in logs] == ["shadow.record_failed", "shadow.record_resumed"] * 2
