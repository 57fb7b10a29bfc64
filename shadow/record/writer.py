"""Writes batches: rows, bodies, counts and heartbeat in one transaction each. Knows no thread, no queue."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from shadow.ids import new_id
from shadow.record import tallies, workers
from shadow.record.rows import (
    INSERT_BODY,
    INSERT_EXCHANGE,
    MINUTE,
    OPEN,
    REPLACE_BODY,
    UNSCORED,
    UPDATE_EXCHANGE,
    body_rows,
    exchange_row,
    tally_key,
)
from shadow.record.store import Store, is_store_failure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shadow.record.exchange import Exchange
    from shadow.record.rows import Key
    from shadow.record.workers import Worker

_FOUND = f"""
SELECT state, at / {MINUTE}, route, phase, served, reason, coalesce(disposition, '')
FROM exchanges WHERE id = ?
"""  # noqa: S608 - own words
_CORRECT = "UPDATE exchanges SET served = ?, reason = ? WHERE id = ?"
_UNRECORDED = "unrecorded"
_KEEPS_CONNECTION = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL)


T = TypeVar("T")


@dataclass(slots=True)
class Batch(Generic[T]):
    """What goes into one transaction: rows to open (strict audit), whole rows, rows to finish, and counts.

    Of exchanges, or of what they are on their way.
    """

    opens: Sequence[T] = ()
    rows: Sequence[T] = ()
    finals: Sequence[T] = ()
    counts: dict[Key, int] = field(default_factory=dict)
    id: str = field(default_factory=new_id)

    def __len__(self) -> int:
        return len(self.opens) + len(self.rows) + len(self.finals)


class Writer:
    """Owns the connection that rows are written over; opens it when needed and again after a failure."""

    def __init__(self, opener: Callable[[], Store]) -> None:
        self._opener = opener
        self._store: Store | None = None
        self._committed: str | None = None

    def write(self, batch: Batch[Exchange], worker: Worker) -> list[Exchange]:
        """Commit a batch; give the exchanges that could not be written for a fault of their own.

        Raises whatever the store fails with; nothing of the batch is then written, unless the very commit was
        cut off: writing the same batch again finds that out.
        """
        try:
            store = self._ready(worker.id)
            if batch.id == self._committed:
                return []
            return self._write(store, batch, worker)
        except Exception as exc:
            if not _is_passing(exc):
                self.close()
            raise

    def close(self) -> None:
        """Close the connection; the next write opens another."""
        store, self._store = self._store, None
        if store is not None:
            with suppress(sqlite3.Error):
                store.close()

    def _ready(self, worker: str) -> Store:
        if self._store is not None and self._store.moved():
            self.close()
        if self._store is None:
            store = self._opener()
            self._store, self._committed = store, workers.last_batch(store.connection, worker)
        return self._store

    def _write(self, store: Store, batch: Batch[Exchange], worker: Worker) -> list[Exchange]:
        dropped: list[Exchange] = []
        try:
            with store.writing() as connection:
                counts = _write_all(connection, batch, worker.id)
                _count(connection, batch, counts, worker)
        except Exception as exc:
            if is_store_failure(exc):
                raise
            with store.writing() as connection:
                counts, dropped = _write_each(connection, batch, worker.id)
                _count(connection, batch, counts, worker)
        return dropped


def _is_passing(error: Exception) -> bool:
    """Tell a failure after which the same connection will do."""
    cause = error.__cause__
    return isinstance(cause, sqlite3.Error) and cause.sqlite_errorcode & 0xFF in _KEEPS_CONNECTION


def _count(
    connection: sqlite3.Connection, batch: Batch[Exchange], counts: Counter[Key], worker: Worker
) -> None:
    counts.update(batch.counts)
    tallies.add(connection, counts)
    workers.beat(connection, worker, batch=batch.id)


def _write_all(connection: sqlite3.Connection, batch: Batch[Exchange], worker: str) -> Counter[Key]:
    """Write everything at full speed; one row's fault ends it all."""
    counts: Counter[Key] = Counter()
    for exchanges, state in ((batch.opens, OPEN), (batch.rows, UNSCORED)):
        _insert(connection, exchanges, worker, state)
        counts.update(map(tally_key, exchanges))
    for exchange in batch.finals:
        counts.update(_finish(connection, exchange, worker))
    return counts


def _write_each(
    connection: sqlite3.Connection,
    batch: Batch[Exchange],
    worker: str,
) -> tuple[Counter[Key], list[Exchange]]:
    """Write row by row, leaving out each that cannot be written."""
    counts: Counter[Key] = Counter()
    dropped: list[Exchange] = []
    singles: list[Batch[Exchange]] = [Batch(opens=[x]) for x in batch.opens]
    singles += [Batch(rows=[x]) for x in batch.rows]
    singles += [Batch(finals=[x]) for x in batch.finals]
    for single in singles:
        connection.execute("SAVEPOINT one")
        try:
            counts.update(_write_all(connection, single, worker))
        except Exception as exc:
            if is_store_failure(exc):
                raise
            connection.execute("ROLLBACK TO one")
            dropped += [*single.opens, *single.rows, *single.finals]
            counts.update(_unrecorded(connection, single))
        connection.execute("RELEASE one")
    return counts, dropped


def _insert(connection: sqlite3.Connection, exchanges: Sequence[Exchange], worker: str, state: int) -> None:
    """Insert rows and bodies; values are made one row at a time, so that the loop's thread gets its turns."""
    connection.executemany(INSERT_EXCHANGE, (exchange_row(x, worker, state) for x in exchanges))
    connection.executemany(INSERT_BODY, (body for x in exchanges for body in body_rows(x)))


def _finish(connection: sqlite3.Connection, exchange: Exchange, worker: str) -> dict[Key, int]:
    """Put the full row in the place of the open one; give what that changes in the counts.

    There may be none (its commit was in doubt and did not happen). Of an orphan's row that was swept
    meanwhile, and may be scored, only what the client got is set right.
    """
    found = connection.execute(_FOUND, (exchange.id,)).fetchone()
    if found is None:
        _insert(connection, [exchange], worker, UNSCORED)
        return {tally_key(exchange): 1}
    state, *old = found
    new = tally_key(exchange)
    if state != OPEN:
        connection.execute(_CORRECT, (exchange.served.value, exchange.reason.value, exchange.id))
        return tallies.move(tuple(old), (*new[:5], old[5]))
    connection.execute(UPDATE_EXCHANGE, (*exchange_row(exchange, worker), exchange.id))
    connection.executemany(REPLACE_BODY, body_rows(exchange))
    return tallies.move(tuple(old), new)


def _unrecorded(connection: sqlite3.Connection, single: Batch[Exchange]) -> dict[Key, int]:
    """Count what could not be written as `unrecorded`, and close its open row; an open's end is to come."""
    if single.opens:
        return {}
    if single.rows:
        return {tally_key(single.rows[0], _UNRECORDED): 1}
    (exchange,) = single.finals
    found = connection.execute(_FOUND, (exchange.id,)).fetchone()
    if found is None:
        return {tally_key(exchange, _UNRECORDED): 1}
    old = found[1:]
    connection.execute(
        f"UPDATE exchanges SET disposition = '{_UNRECORDED}', state = {UNSCORED} WHERE id = ?",  # noqa: S608 - own words
        (exchange.id,),
    )
    return tallies.move(old, (*old[:5], _UNRECORDED))
