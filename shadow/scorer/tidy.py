"""Keeps the store in order: rows that a fallen worker left open, old tallies, what has been kept long enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shadow.asking import book
from shadow.config.routes import Keep
from shadow.record.tallies import fold_old
from shadow.record.workers import forget_old, sweep_orphans

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shadow.record.store import Store

DAY = 86_400_000_000
AT_ONCE = 2_000
"""Exchanges deleted in one transaction, so that the workers' writes never wait long."""

BATCHES = 10
"""Transactions of one tidying, so that scoring never waits long; what is left is for the next."""

UNKNOWN_DAYS = Keep().days
"""How long the exchanges of a route that is no longer configured are kept."""

# Jumps from name to name in the index (route, at): DISTINCT would read all of it.
_ROUTES = """
WITH RECURSIVE known (route) AS (
    SELECT min(route) FROM exchanges
    UNION ALL SELECT (SELECT min(route) FROM exchanges WHERE route > known.route) FROM known WHERE route IS NOT NULL
) SELECT route FROM known WHERE route IS NOT NULL
"""

_FORGET = (
    "DELETE FROM bodies WHERE exchange = ?",
    "DELETE FROM scores WHERE exchange = ?",
    "DELETE FROM replayed WHERE exchange = ?",
    "DELETE FROM opinions WHERE exchange = ?",
    "DELETE FROM exchanges WHERE id = ?",
)


def tidy(store: Store, now: int, days: Mapping[str, int]) -> dict[str, int]:
    """Put the store in order and say what was done; `days` is how long each route's exchanges are kept.

    At most AT_ONCE * BATCHES exchanges are deleted; the rest is for the next time.
    """
    fold_old(store, now)
    forget_old(store, now)
    orphans, deleted = sweep_orphans(store, now), 0
    for (route,) in store.db.execute(_ROUTES).fetchall():
        before = now - days.get(route, UNKNOWN_DAYS) * DAY
        deleted += _forget(store, route, before, AT_ONCE * BATCHES - deleted)
    with store.transaction() as db:
        book.forget_old(db.conn, now, AT_ONCE)
    return {"orphans": orphans, "deleted": deleted}


def _forget(store: Store, route: str, before: int, most: int) -> int:
    """Delete a route's scored exchanges from before a time, and all that is about them; sums of them stay."""
    deleted = 0
    while deleted < most and (rows := _old(store, route, before)):
        with store.transaction() as db:
            for statement in _FORGET:
                db.conn.executemany(statement, rows)
        deleted += len(rows)
    return deleted


def _old(store: Store, route: str, before: int) -> list[tuple[str]]:
    return store.db.conn.execute(
        "SELECT id FROM exchanges WHERE route = ? AND at < ? AND state = 2 LIMIT ?", (route, before, AT_ONCE)
    ).fetchall()
