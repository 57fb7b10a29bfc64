"""Who is at work on the store, and what becomes of the open rows of one that died."""

from __future__ import annotations

import os
import socket
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from shadow.ids import new_id
from shadow.record import tallies
from shadow.record.rows import MINUTE, OPEN, UNSCORED

if TYPE_CHECKING:
    import sqlite3

    from shadow.record.rows import Key
    from shadow.record.store import Store

STALE = 10_000_000
"""Microseconds without a heartbeat after which a worker counts as dead."""

_FORGOTTEN = 24 * 60 * MINUTE
_BEAT = """
INSERT INTO workers (id, role, host, pid, started, seen, stopped, state, batch)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET
    seen = excluded.seen, stopped = excluded.stopped, batch = excluded.batch,
    state = CASE excluded.state WHEN '{}' THEN state ELSE excluded.state END
"""
_DEAD = "worker NOT IN (SELECT id FROM workers WHERE stopped IS NULL AND seen > ?)"
_ORPHANS = f"state < 2 AND state = {OPEN} AND {_DEAD}"  # the first term lets the partial index serve


@dataclass(frozen=True, slots=True)
class Worker:
    """One process: its id (new at each start), role (proxy, scorer, admin), host, pid; times in µs, UTC."""

    id: str
    role: str
    host: str
    pid: int
    started: int
    seen: int = 0
    stopped: int | None = None
    state: dict[str, Any] = field(default_factory=dict)

    def alive(self, now: int) -> bool:
        """Tell whether it has not left and was seen within the last ten seconds."""
        return self.stopped is None and now - self.seen < STALE


def this_process(role: str, now: int) -> Worker:
    """Introduce the process this runs in, under a new id."""
    return Worker(new_id(), role, socket.gethostname(), os.getpid(), started=now, seen=now)


def read(store: Store) -> list[Worker]:
    """Give every worker the store knows, oldest first."""
    rows = store.db.execute(
        "SELECT id, role, host, pid, started, seen, stopped, state FROM workers ORDER BY started, id",
    )
    return [_worker(row) for row in rows]


def _worker(row: tuple[Any, ...]) -> Worker:
    ident, role, host, pid, started, seen, stopped, state = row
    return Worker(ident, role, host, pid, started, seen, stopped, msgspec.json.decode(state))


def beat(connection: sqlite3.Connection, worker: Worker, *, batch: str | None = None) -> None:
    """Write down in the open transaction that a worker is there (or, with `stopped`, that it left).

    One that tells no state leaves what it told before.
    """
    state = msgspec.json.encode(worker.state).decode()
    w = worker
    connection.execute(_BEAT, (w.id, w.role, w.host, w.pid, w.started, w.seen, w.stopped, state, batch))


def last_batch(connection: sqlite3.Connection, worker: str) -> str | None:
    """Give the last batch that a worker committed."""
    found = connection.execute("SELECT batch FROM workers WHERE id = ?", (worker,)).fetchone()
    return found[0] if found else None


def sweep_orphans(store: Store, now: int) -> int:
    """Close the open rows of workers that left or died: disposition `unrecorded`, counted so; give how many.

    Whether the client got the model's answer is not known of such a row, unless its worker comes back after
    all and finishes it.
    """
    since = (now - STALE,)
    found = store.db.execute(f"SELECT EXISTS (SELECT 1 FROM exchanges WHERE {_ORPHANS})", since)  # noqa: S608 - own words
    if not found.fetchone()[0]:
        return 0
    with store.transaction() as db:
        orphans: Counter[Key] = Counter(
            db.execute(
                f"SELECT at / {MINUTE}, route, phase, served, reason, coalesce(disposition, '')"  # noqa: S608 - own words
                f" FROM exchanges WHERE {_ORPHANS}",
                since,
            ),
        )
        deltas: Counter[Key] = Counter()
        for key, n in orphans.items():
            deltas[key] -= n
            deltas[(*key[:5], "unrecorded")] += n
        tallies.add(db.conn, deltas)
        db.execute(
            f"UPDATE exchanges SET disposition = 'unrecorded', state = {UNSCORED} WHERE {_ORPHANS}",  # noqa: S608 - own words
            since,
        )
    return orphans.total()


def forget_old(store: Store, now: int) -> None:
    """Forget workers that were not seen for a day and left no open row."""
    with store.transaction() as db:
        db.execute(
            "DELETE FROM workers WHERE seen < ? AND id NOT IN (SELECT worker FROM exchanges WHERE state < 2)",
            (now - _FORGOTTEN,),
        )
