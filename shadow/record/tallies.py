"""The traffic's counts: sums in memory, added to the store beside the rows they count. Knows no exchange."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from shadow.record.rows import MINUTE

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from shadow.record.rows import Key
    from shadow.record.store import Store

HOUR = 60
"""Minutes."""

KEEP_MINUTES = 2 * 24 * HOUR
"""How long counts stay by the minute."""

_MOST_KEYS = 10_000

_ADD = (
    "INSERT INTO tallies (minute, route, phase, served, reason, disposition, n) VALUES (?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT DO UPDATE SET n = n + excluded.n"
)
_FOLD = """
INSERT INTO tallies (minute, route, phase, served, reason, disposition, n)
SELECT minute - minute % :hour, route, phase, served, reason, disposition, sum(n) FROM tallies
WHERE minute < :end AND minute % :hour != 0 GROUP BY 1, 2, 3, 4, 5, 6
ON CONFLICT DO UPDATE SET n = n + excluded.n
"""


class Deltas:
    """Counts not yet in the store. Bounded by the distinct keys.

    When the store fails for so long that the minutes make too many keys, they are folded into hours.
    """

    def __init__(self, most_keys: int = _MOST_KEYS) -> None:
        self._counts: dict[Key, int] = {}
        self._most = self._limit = most_keys

    def add(self, key: Key, n: int = 1) -> None:
        """Count."""
        counts = self._counts
        counts[key] = counts.get(key, 0) + n
        if len(counts) > self._limit:
            self._fold()

    def take(self) -> dict[Key, int]:
        """Hand over what was counted since the last time, and begin anew."""
        counts, self._counts = self._counts, {}
        self._limit = self._most
        return counts

    def _fold(self) -> None:
        folded: Counter[Key] = Counter()
        for (minute, *rest), n in self._counts.items():
            route, phase, served, reason, disposition = rest
            folded[minute - minute % HOUR, route, phase, served, reason, disposition] += n
        self._counts = dict(folded)
        self._limit = max(self._most, 2 * len(folded))


def add(connection: sqlite3.Connection, deltas: Mapping[Key, int]) -> None:
    """Add counts, which may be negative, in the transaction that is open."""
    connection.executemany(_ADD, ((*key, n) for key, n in deltas.items() if n))


def move(old: Key, new: Key) -> dict[Key, int]:
    """Give the deltas by which one exchange goes from one count to another; none when they are the same."""
    return {} if old == new else {old: -1, new: 1}


def read_totals(store: Store, *, since: int | None = None) -> dict[tuple[str, str, str, str, str], int]:
    """Sum the counts by (route, phase, served, reason, disposition), from the minute of `since` (µs) on."""
    rows = store.db.execute(
        "SELECT route, phase, served, reason, disposition, sum(n) FROM tallies WHERE minute >= ?"
        " GROUP BY 1, 2, 3, 4, 5 HAVING sum(n) != 0",
        (0 if since is None else since // MINUTE,),
    )
    return {
        (route, phase, served, reason, disposition): n
        for route, phase, served, reason, disposition, n in rows
    }


def fold_old(store: Store, now: int) -> None:
    """Fold minutes older than two days into the first minute of their hour, and forget counts of zero."""
    oldest = now // MINUTE - KEEP_MINUTES
    bounds = {"hour": HOUR, "end": oldest - oldest % HOUR}
    with store.transaction() as db:
        db.execute(_FOLD, bounds)
        db.execute("DELETE FROM tallies WHERE minute < :end AND minute % :hour != 0", bounds)
        db.execute("DELETE FROM tallies WHERE n = 0")
