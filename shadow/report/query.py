"""The SQL behind a report: tallies, roll-ups and a bounded handful of rows. Knows nothing of formats."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from fallback.noise.state import NoiseState
from shadow.errors import StoreError
from shadow.record.rollup import Rollup
from shadow.report.model import Backlog, Example

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

MINUTE = 60_000_000
"""Microseconds."""

BACKLOG_LIMIT = 100_000
"""Unscored rows that are counted before the report says "at least"."""

SCAN_LIMIT = 500
"""Rows looked through for the examples of one path, and for the configurations of one route."""

_DAY = 24 * 60
"""Minutes."""

_ALIKE = 10
"""Rows read for each example wanted, since many differences look the same."""

_TALLIES = """
SELECT route, phase, served, reason, disposition, sum(n), min(minute), max(minute) FROM tallies
WHERE minute >= ? AND minute < ? AND (? IS NULL OR route = ?) AND n <> 0
GROUP BY route, phase, served, reason, disposition HAVING sum(n) <> 0
"""
_ROLLUPS = """
SELECT minute, route, model, version, cohort, sums FROM rollups
WHERE minute >= ? AND minute < ? AND (? IS NULL OR route = ?)
  AND (cohort = '' OR (cohort >= ? AND cohort < ?))
"""
_BACKLOG = """
SELECT count(*),
  count(*) FILTER (WHERE state = 1 AND (:route IS NULL OR route = :route)),
  count(*) FILTER (WHERE state = 0 AND (:route IS NULL OR route = :route))
FROM (SELECT state, route FROM exchanges INDEXED BY exchanges_unscored WHERE state < 2 LIMIT :cap)
"""
# An id is a UUIDv7, so the newest exchanges of a path are the last in its index: no sorting, no scan.
_EXAMPLES = """
SELECT s.exchange, s.kind, substr(s.detail, 1, 300) FROM (
  SELECT exchange, comparator, pointer FROM scores
  WHERE comparator = ? AND pointer = ? AND exchange >= ? AND exchange < ?
  ORDER BY exchange DESC LIMIT ?
) AS newest
JOIN exchanges AS e ON e.id = newest.exchange AND e.route = ?
JOIN scores AS s USING (exchange, comparator, pointer) LIMIT ?
"""
# For a small route whose paths bear the names of a busy one's: start from its own newest exchanges.
_EXAMPLES_OF_ROUTE = """
SELECT s.exchange, s.kind, substr(s.detail, 1, 300) FROM (
  SELECT id FROM exchanges WHERE route = ? AND at >= ? AND at < ? ORDER BY at DESC LIMIT ?
) AS newest
JOIN scores AS s ON s.exchange = newest.id AND s.comparator = ? AND s.pointer = ? LIMIT ?
"""
_NOISE = """
SELECT model, version, began, seen, repeats, state FROM noise WHERE route = ? ORDER BY seen DESC LIMIT 1
"""
_CONFIGS = """
SELECT DISTINCT config_hash FROM (
  SELECT config_hash FROM exchanges WHERE route = ? AND at >= ? AND at < ? ORDER BY at DESC LIMIT ?
)
"""


_ASKED = """
SELECT kind, name, outcome, sum(n), sum(tokens_in), sum(tokens_out), sum(cost) FROM asked_days
WHERE day >= ? AND day <= ? GROUP BY 1, 2, 3 ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Span:
    """Minutes since the epoch, from `start` on and before `end`."""

    start: int
    end: int

    @property
    def micros(self) -> tuple[int, int]:
        """The same in microseconds since the epoch."""
        return self.start * MINUTE, self.end * MINUTE

    @property
    def ids(self) -> tuple[str, str]:
        """The same as bounds of exchange ids: a UUIDv7 begins with its milliseconds in 48 bits."""
        return _id_at(self.start), _id_at(self.end)


@dataclass(frozen=True, slots=True)
class TallyRow:
    """One sum of the traffic's counts, and the first and last minute it was counted in."""

    route: str
    phase: str
    served: str
    reason: str
    disposition: str
    n: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class RollupRow:
    """One row of the roll-ups; cohort '' is all traffic."""

    route: str
    model: str
    version: str
    cohort: str
    sums: Rollup


@dataclass(frozen=True, slots=True)
class NoiseRow:
    """What is kept of a route's repeats; times in microseconds since the epoch."""

    model: str
    version: str
    began: int
    seen: int
    repeats: int
    state: NoiseState


@contextmanager
def snapshot(db: sqlite3.Connection) -> Iterator[None]:
    """Read everything inside from one state of the store; what cannot be read is a StoreError."""
    own = not db.in_transaction
    try:
        if own:
            db.execute("BEGIN")
        yield
    except db.Error as exc:
        raise StoreError(f"the record cannot be read for a report: {exc}") from exc
    finally:
        if own and db.in_transaction:
            db.rollback()


def tallies(db: sqlite3.Connection, span: Span, route: str | None) -> Iterator[TallyRow]:
    """Give the traffic's counts in the span, of one route or of all."""
    for row in db.execute(_TALLIES, (span.start, span.end, route, route)):
        yield TallyRow(*row)


def rollups(db: sqlite3.Connection, span: Span, route: str | None, by: str | None) -> Iterator[RollupRow]:
    """Give the roll-ups in the span: those of all traffic and, with `by`, those of that cohort's values."""
    low, high = (f"{by}=", f"{by}>") if by else ("", "")
    for minute, name, model, version, cohort, sums in db.execute(
        _ROLLUPS,
        (span.start, span.end, route, route, low, high),
    ):
        try:
            loaded = Rollup.loads(sums)
        except msgspec.MsgspecError as exc:
            where = f"the roll-up of route {name!r}, minute {minute},"
            raise StoreError(f"{where} cannot be read: {exc}") from exc
        yield RollupRow(name, model, version, cohort, loaded)


def backlog(db: sqlite3.Connection, route: str | None) -> Backlog:
    """Count the exchanges that are not scored yet, up to BACKLOG_LIMIT."""
    row = db.execute(_BACKLOG, {"route": route, "cap": BACKLOG_LIMIT}).fetchone()
    return Backlog(unscored=row[1], open=row[2], capped=row[0] >= BACKLOG_LIMIT)


def examples(
    db: sqlite3.Connection,
    span: Span,
    route: str,
    path: tuple[str, str],
    *,
    limit: int,
) -> tuple[Example, ...]:
    """Give up to `limit` unlike differences at a path (comparator, pointer), the newest first."""
    rows = limit * _ALIKE
    found = db.execute(_EXAMPLES, (*path, *span.ids, SCAN_LIMIT, route, rows)).fetchall()
    if len(found) < limit:
        own = db.execute(_EXAMPLES_OF_ROUTE, (route, *span.micros, SCAN_LIMIT, *path, rows)).fetchall()
        found = max(found, own, key=len)
    unlike: dict[tuple[str, str], Example] = {}
    for exchange, kind, detail in found:
        unlike.setdefault((kind, detail), Example(exchange, kind, detail))
    return tuple(unlike.values())[:limit]


def config_hashes(db: sqlite3.Connection, span: Span, route: str) -> tuple[str, ...]:
    """Give the configurations in force over the route's newest SCAN_LIMIT exchanges, newest first."""
    rows = db.execute(_CONFIGS, (route, *span.micros, SCAN_LIMIT))
    return tuple(config_hash for (config_hash,) in rows if config_hash)


def noise(db: sqlite3.Connection, route: str) -> NoiseRow | None:
    """Give what is known of a route's noise under its newest model, prompt and panel; None without repeats."""
    row = db.execute(_NOISE, (route,)).fetchone()
    if row is None:
        return None
    model, version, began, seen, repeats, state = row
    try:
        return NoiseRow(model, version, began, seen, repeats, NoiseState.loads(state))
    except msgspec.MsgspecError as exc:
        raise StoreError(f"the noise of route {route!r} cannot be read: {exc}") from exc


def asked(db: sqlite3.Connection, span: Span) -> list[tuple[str, str, str, int, int, int, float]]:
    """Give what was asked of judges and embeddings in the days of the span, by kind, name and outcome."""
    return db.execute(_ASKED, (span.start // _DAY, (span.end - 1) // _DAY)).fetchall()


def _id_at(minute: int) -> str:
    digits = f"{minute * 60_000:012x}"
    return f"{digits[:8]}-{digits[8:]}"
