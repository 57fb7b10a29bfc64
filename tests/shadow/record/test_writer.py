"""What one batch does to the store."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from comparators import Answer
from fallback.words import Disposition, Phase, Reason, Side
from shadow.errors import StoreError
from shadow.record.store import Store, open_store
from shadow.record.tallies import read_totals
from shadow.record.workers import STALE, Worker, last_batch, read, sweep_orphans
from shadow.record.writer import Batch, Writer
from shadow.request import Observation

if TYPE_CHECKING:
    from collections.abc import Callable

    from shadow.record.exchange import Exchange

    Make = Callable[..., Exchange]
    Imbalance = Callable[[Store], dict[tuple[str, str], tuple[int, int]]]

SERVED = {"phase": Phase.LIVE, "served": Side.MODEL, "reason": Reason.CONFIDENT}
WAITS = ("address", "live", "model", "confident", "")


@pytest.fixture
def writer(store: Store) -> Writer:
    """Give a writer on the store that the test reads."""
    return Writer(lambda: store)


def rows(store: Store, *columns: str) -> list[tuple[object, ...]]:
    """Read columns of every exchange, in the order of writing."""
    return store.db.execute(f"SELECT {', '.join(columns)} FROM exchanges ORDER BY seq").fetchall()


def test_a_batch_writes_rows_bodies_counts_and_the_heartbeat(
    store: Store,
    writer: Writer,
    worker: Worker,
    make: Make,
    imbalance: Imbalance,
) -> None:
    """Whole rows wait for the scorer, opened ones do not yet."""
    key = (7, "", "off", "legacy", "unmatched", "")
    batch = Batch(opens=[make(**SERVED)], rows=[make(), make(disposition=Disposition.SHED)], counts={key: 4})
    assert writer.write(batch, worker) == []
    assert rows(store, "state", "disposition") == [(0, None), (1, None), (1, "shed")]
    assert store.db.execute("SELECT count(*) FROM bodies").fetchone() == (9,)
    assert read_totals(store) == {
        WAITS: 1,
        ("address", "shadow", "legacy", "shadow", ""): 1,
        ("address", "shadow", "legacy", "shadow", "shed"): 1,
        key[1:]: 4,
    }
    assert (read(store), last_batch(store.db.conn, worker.id)) == ([worker], batch.id)
    assert imbalance(store) == {}


def test_a_batch_that_was_committed_is_not_written_again(
    store: Store,
    writer: Writer,
    worker: Worker,
    make: Make,
    url: str,
) -> None:
    """A commit cut off after it happened looks like a failure; the next connection knows better."""
    batch = Batch(rows=[make()])
    writer.write(batch, worker)
    again = Writer(lambda: open_store(url))
    assert again.write(batch, worker) == []
    again.close()
    assert (len(rows(store, "id")), sum(read_totals(store).values())) == (1, 1)


def test_finishing_puts_the_whole_row_in_the_place_of_the_open_one(
    store: Store,
    writer: Writer,
    worker: Worker,
    make: Make,
    imbalance: Imbalance,
) -> None:
    """Its bodies too, and its count moves."""
    opened = make(**SERVED, legacy=None)
    writer.write(Batch(opens=[opened]), worker)
    final = structs.replace(
        opened,
        legacy=Observation(0.5, Answer.of(text="late")),
        disposition=Disposition.LEGACY_FAILED,
        model=Observation(0.2, Answer.of(text="whole")),
    )
    writer.write(Batch(finals=[final]), worker)
    assert rows(store, "seq", "id", "state", "disposition", "legacy_status") == [
        (1, opened.id, 1, "legacy_failed", 200),
    ]
    bodies = dict(store.db.execute("SELECT side, body FROM bodies"))
    assert bodies == {"request": opened.request.body, "legacy": b"late", "model": b"whole"}
    assert read_totals(store) == {(*WAITS[:4], "legacy_failed"): 1}
    assert imbalance(store) == {}


def test_finishing_says_what_the_client_really_got(
    store: Store,
    writer: Writer,
    worker: Worker,
    make: Make,
    imbalance: Imbalance,
) -> None:
    """A commit that came too late stands in the store as the model's; the finish sets it right."""
    opened = make(**SERVED)
    writer.write(Batch(opens=[opened]), worker)
    writer.write(
        Batch(finals=[structs.replace(opened, served=Side.LEGACY, reason=Reason.UNRECORDED)]), worker
    )
    assert rows(store, "served", "reason", "state") == [("legacy", "unrecorded", 1)]
    assert read_totals(store) == {("address", "live", "legacy", "unrecorded", ""): 1}
    assert imbalance(store) == {}


def test_finishing_what_was_never_opened_writes_it(
    store: Store,
    writer: Writer,
    worker: Worker,
    make: Make,
    imbalance: Imbalance,
) -> None:
    """Its commit was in doubt and did not happen."""
    writer.write(Batch(finals=[make()]), worker)
    assert (len(rows(store, "id")), imbalance(store)) == (1, {})


def test_finishing_an_orphan_that_was_swept_corrects_only_what_was_served(
    store: Store,
    writer: Writer,
    worker: Worker,
    make: Make,
    imbalance: Imbalance,
) -> None:
    """Its disposition is final: the scorer may have taken it."""
    opened = make(**SERVED)
    writer.write(Batch(opens=[opened]), worker)
    sweep_orphans(store, worker.seen + STALE)
    store.db.execute("UPDATE exchanges SET state = 2")
    writer.write(
        Batch(finals=[structs.replace(opened, served=Side.LEGACY, reason=Reason.UNRECORDED)]), worker
    )
    assert rows(store, "served", "disposition", "state") == [("legacy", "unrecorded", 2)]
    assert read_totals(store) == {("address", "live", "legacy", "unrecorded", "unrecorded"): 1}
    assert imbalance(store) == {}


def test_a_row_that_cannot_be_written_is_left_out_and_counted(
    store: Store,
    writer: Writer,
    worker: Worker,
    make: Make,
    imbalance: Imbalance,
) -> None:
    """The others of its batch are written."""
    good, twice, poison = make(), make(), make(method="\ud800")
    dropped = writer.write(Batch(rows=[good, twice, twice, poison]), worker)
    assert dropped == [twice, poison]
    assert rows(store, "id") == [(good.id,), (twice.id,)]
    assert read_totals(store) == {
        ("address", "shadow", "legacy", "shadow", ""): 2,
        ("address", "shadow", "legacy", "shadow", "unrecorded"): 2,
    }
    assert imbalance(store) == {}


def test_an_open_row_whose_finish_cannot_be_written_is_closed(
    store: Store,
    writer: Writer,
    worker: Worker,
    make: Make,
    imbalance: Imbalance,
) -> None:
    """As unrecorded; what was opened is kept. One that was never opened is only counted."""
    opened, absent = make(**SERVED), make(**SERVED)
    writer.write(Batch(opens=[opened]), worker)
    bad = [structs.replace(x, method="\ud800") for x in (opened, absent)]
    assert writer.write(Batch(finals=bad), worker) == bad
    assert rows(store, "state", "disposition") == [(1, "unrecorded")]
    assert read_totals(store) == {(*WAITS[:4], "unrecorded"): 2}
    assert imbalance(store) == {}


def test_an_open_that_cannot_be_written_is_not_counted_yet(
    store: Store,
    writer: Writer,
    worker: Worker,
    make: Make,
) -> None:
    """Its finish is to come, and is counted then."""
    poison = make(method="\ud800")
    assert writer.write(Batch(opens=[poison]), worker) == [poison]
    assert (rows(store, "id"), read_totals(store)) == ([], {})


def test_a_full_disk_leaves_nothing_of_the_batch_and_the_same_connection_goes_on(
    store: Store,
    writer: Writer,
    worker: Worker,
    make: Make,
    imbalance: Imbalance,
) -> None:
    """Once there is room again, the same batch is written whole."""
    pages = store.db.execute("PRAGMA page_count").fetchone()[0]
    store.db.execute(f"PRAGMA max_page_count = {pages}")
    large = Observation(0.1, Answer(body=bytes(200_000)))
    batch = Batch(rows=[make(), make(model=large)])
    with pytest.raises(StoreError, match="the disk is full"):
        writer.write(batch, worker)
    assert (rows(store, "id"), read_totals(store)) == ([], {})
    store.db.execute("PRAGMA max_page_count = 100000")
    assert writer.write(batch, worker) == []
    assert (len(rows(store, "id")), imbalance(store)) == (2, {})


def test_a_lock_that_does_not_end_is_a_failure_that_passes(
    store: Store,
    writer: Writer,
    worker: Worker,
    make: Make,
    url: str,
) -> None:
    """Another process holds the write lock longer than a try waits."""
    other = open_store(url)
    batch = Batch(rows=[make()])
    with other.transaction(), pytest.raises(StoreError, match="is locked by another program"):
        writer.write(batch, worker)
    other.close()
    writer.write(batch, worker)
    assert len(rows(store, "id")) == 1


def test_a_store_that_turned_read_only_is_opened_anew(url: str, worker: Worker, make: Make) -> None:
    """The connection that failed is not trusted again."""
    opened: list[Store] = []

    def opener() -> Store:
        opened.append(open_store(url))
        if len(opened) == 1:
            opened[0].db.execute("PRAGMA query_only = ON")
        return opened[-1]

    writer, batch = Writer(opener), Batch(rows=[make()])
    with pytest.raises(StoreError, match="cannot be written"):
        writer.write(batch, worker)
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        opened[0].db.execute("SELECT 1")
    writer.write(batch, worker)
    assert rows(opened[1], "id") == [(batch.rows[0].id,)]
    writer.close()


def test_a_store_that_was_deleted_is_made_anew(url: str, worker: Worker, make: Make) -> None:
    """Writing on into the nameless file would lose every row in silence."""
    writer = Writer(lambda: open_store(url))
    writer.write(Batch(rows=[make()]), worker)
    store = open_store(url)
    store.path.unlink()
    store.close()
    batch = Batch(rows=[make()])
    writer.write(batch, worker)
    writer.close()
    fresh = open_store(url)
    assert rows(fresh, "id") == [(batch.rows[0].id,)]
    fresh.close()
