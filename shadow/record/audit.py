"""The log of who changed what and why; each row hashes the one before it, so a changed row shows."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from sqlite_utils import Database

    from shadow.record.store import Store

_COLUMNS = "seq, at, who, what, route, why, before, after, hash"
_encode = msgspec.json.Encoder(order="deterministic").encode


@dataclass(frozen=True, slots=True)
class Entry:
    """One change: when (µs), by whom, what, of which route ('*' all, '' none), why, and the value as JSON."""

    at: int
    who: str
    what: str
    route: str
    why: str
    before: Any = None
    after: Any = None


def append(db: Database, entry: Entry) -> int:
    """Write an entry in the transaction that is open, beside the change it tells of; give its number."""
    if not db.conn.in_transaction:
        raise RuntimeError("an audit entry belongs in the transaction of its change")
    last = db.execute("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone() or (0, "")
    seq = max(last[0], _given(db)) + 1
    change = (_json(entry.before), _json(entry.after))
    words = (seq, entry.at, entry.who, entry.what, entry.route, entry.why, *change)
    db.execute(
        f"INSERT INTO audit ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - own words
        (*words, chain(last[1], words)),
    )
    return seq


def _json(value: Any) -> str | None:
    return None if value is None else _encode(value).decode()


def chain(previous: str, words: tuple[Any, ...]) -> str:
    """Hash the previous row's hash and a row's own words (seq, at, who, what, route, why, before, after)."""
    return hashlib.sha256(previous.encode() + _encode(words)).hexdigest()


def verify(store: Store) -> int | None:
    """Give the number of the first row that was changed, removed or added by hand; None when all is sound."""
    previous, expected = "", 1
    for *words, found in store.db.execute(f"SELECT {_COLUMNS} FROM audit ORDER BY seq"):  # noqa: S608 - own words
        if words[0] != expected or found != chain(previous, tuple(words)):
            return expected
        previous, expected = found, expected + 1
    return expected if _given(store.db) >= expected else None


def _given(db: Database) -> int:
    """Give the highest number ever given: more than the last row's own when rows were cut off the end."""
    found = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'audit'").fetchone()
    return int(found[0]) if found else 0
