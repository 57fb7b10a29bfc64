"""Who is at work, and what becomes of the rows of the dead."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from shadow.record.tallies import read_totals
from shadow.record.workers import (
    STALE,
    Worker,
    beat,
    forget_old,
    last_batch,
    read,
    sweep_orphans,
    this_process,
)
from shadow.record.writer import Batch, Writer

if TYPE_CHECKING:
    from collections.abc import Callable

    from shadow.clock import FakeClock
    from shadow.record.exchange import Exchange
    from shadow.record.store import Store

DAY = 24 * 3600 * 1_000_000


def said(store: Store, worker: Worker, batch: str | None = None) -> None:
    """Write a heartbeat."""
    with store.transaction() as db:
        beat(db.conn, worker, batch=batch)


def test_a_heartbeat_is_read_as_it_was_written(store: Store, worker: Worker) -> None:
    """The next one takes its place, but not its start."""
    said(store, worker, batch="b1")
    later = replace(worker, seen=worker.seen + 5, state={"active": 3})
    said(store, replace(later, started=0), batch="b2")
    assert read(store) == [later]
    assert last_batch(store.db.conn, "w1") == "b2"


def test_a_heartbeat_that_tells_no_state_leaves_what_was_told(store: Store, worker: Worker) -> None:
    """Most batches come without."""
    told = replace(worker, state={"active": 3})
    said(store, told)
    said(store, replace(worker, seen=worker.seen + 5))
    assert read(store) == [replace(told, seen=worker.seen + 5)]


def test_a_worker_is_alive_until_it_leaves_or_is_not_seen_for_ten_seconds(worker: Worker) -> None:
    """Ten seconds to the microsecond."""
    assert worker.alive(worker.seen + STALE - 1)
    assert not worker.alive(worker.seen + STALE)
    assert not replace(worker, stopped=worker.seen).alive(worker.seen)


def test_a_process_introduces_itself(clock: FakeClock) -> None:
    """Each time under another id."""
    first, second = this_process("scorer", clock.now()), this_process("scorer", clock.now())
    assert (first.role, first.pid, first.seen) == ("scorer", os.getpid(), clock.now())
    assert first.id != second.id


def opened(store: Store, worker: Worker, exchanges: list[Exchange]) -> None:
    """Have open rows written by a worker."""
    Writer(lambda: store).write(Batch(opens=exchanges), worker)


def test_the_open_rows_of_a_worker_that_is_gone_become_unrecorded(
    store: Store,
    worker: Worker,
    make: Callable[..., Exchange],
) -> None:
    """They are handed to the scorer and counted so; sweeping again finds none."""
    opened(store, worker, [make(), make()])
    late = worker.seen + STALE
    assert [sweep_orphans(store, late - 1), sweep_orphans(store, late), sweep_orphans(store, late)] == [
        0,
        2,
        0,
    ]
    rows = store.db.execute("SELECT state, disposition FROM exchanges").fetchall()
    assert rows == [(1, "unrecorded")] * 2
    assert read_totals(store) == {("address", "shadow", "legacy", "shadow", "unrecorded"): 2}


def test_a_worker_that_left_in_order_is_gone_at_once(
    store: Store,
    worker: Worker,
    make: Callable[..., Exchange],
) -> None:
    """So is one the store does not know."""
    opened(store, worker, [make()])
    opened(store, replace(worker, id="w2"), [make()])
    said(store, replace(worker, stopped=worker.seen))
    store.db.execute("DELETE FROM workers WHERE id = 'w2'")
    assert sweep_orphans(store, worker.seen) == 2


def test_finished_rows_of_a_dead_worker_stay_as_they_are(
    store: Store,
    worker: Worker,
    make: Callable[..., Exchange],
) -> None:
    """Only open ones are orphans."""
    Writer(lambda: store).write(Batch(rows=[make()]), worker)
    assert sweep_orphans(store, worker.seen + STALE) == 0


def test_workers_of_yesterday_are_forgotten_unless_rows_still_name_them(
    store: Store,
    worker: Worker,
    make: Callable[..., Exchange],
) -> None:
    """An orphan must find out that its worker is dead."""
    opened(store, worker, [make()])
    said(store, replace(worker, id="w2"))
    said(store, replace(worker, id="w3", seen=worker.seen + DAY))
    forget_old(store, worker.seen + DAY + 1)
    assert {each.id for each in read(store)} == {"w1", "w3"}
