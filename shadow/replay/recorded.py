"""Reads recorded exchanges that can be sent again: request and legacy answer were kept. Writes nothing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from shadow.request import Request
from shadow.scorer.take import answer_of, headers_of

if TYPE_CHECKING:
    import sqlite3

    from comparators.answer import Answer


@dataclass(frozen=True, slots=True)
class Recorded:
    """One recorded exchange: the request, the legacy answer, and what the model of that time said."""

    seq: int
    id: str
    at: int
    request: Request
    legacy: Answer
    model: str | None
    version: str | None
    model_hash: str
    raw_model: Answer | None
    verdict: str | None
    divergence: float | None
    confidence: float | None
    cohorts: dict[str, str]
    review: str | None
    right_answer: bytes | None
    probability: float = 1.0

    @property
    def fingerprint(self) -> str:
        """The same for the same request, whenever it was made."""
        request = self.request
        told = f"{request.method}\n{request.target}\n{hashlib.sha256(request.body).hexdigest()}"
        return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which exchanges: of a route, from a time on (µs; None: all), without those this replay has an answer to."""

    route: str
    since: int | None
    replay: str


# The plus keeps SQLite from the index by route, in whose order every page would have to be sorted anew.
_OF_ROUTE = "+x.route = :route AND x.state = 2 AND (:since IS NULL OR x.at >= :since)"
_KEPT = (
    "FROM exchanges x JOIN bodies r ON r.exchange = x.id AND r.side = 'request' AND r.body IS NOT NULL"
    " JOIN bodies l ON l.exchange = x.id AND l.side = 'legacy' AND l.body IS NOT NULL"
    f" WHERE {_OF_ROUTE} AND x.legacy_status IS NOT NULL AND x.legacy_failure IS NULL"
)
_PENDING = (
    " AND NOT EXISTS (SELECT 1 FROM replayed p"
    " WHERE p.replay = :replay AND p.exchange = x.id AND p.failure IS NULL)"
)
_COLUMNS = (
    "x.seq, x.id, x.at, x.method, r.target, r.headers, r.body, x.legacy_status, l.headers, l.body, x.model,"
    " x.version, x.config_hash, x.model_status, x.verdict, x.divergence, x.confidence, x.cohorts"
)
_MODEL = "SELECT headers, body, reply FROM bodies WHERE exchange = ? AND side = 'model'"
_REVIEW = "SELECT verdict, right_answer, probability FROM reviews WHERE exchange = ? ORDER BY at DESC, id DESC LIMIT 1"


def count(connection: sqlite3.Connection, of: Selection) -> tuple[int, int]:
    """Count the exchanges that are still to be sent, and those that cannot be: a body of theirs was not kept."""
    values = _values(of)
    (pending,) = connection.execute(f"SELECT count(*) {_KEPT}{_PENDING}", values).fetchone()
    (kept,) = connection.execute(f"SELECT count(*) {_KEPT}", values).fetchone()
    every = f"SELECT count(*) FROM exchanges x WHERE {_OF_ROUTE}"  # noqa: S608 - own words
    return pending, connection.execute(every, values).fetchone()[0] - kept


def page(connection: sqlite3.Connection, of: Selection, after: int, limit: int) -> list[Recorded]:
    """Give the next exchanges to send, in the order they were written, behind the one with this `seq`."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} {_KEPT}{_PENDING} AND x.seq > :after ORDER BY x.seq LIMIT :limit",
        {**_values(of), "after": after, "limit": limit},
    ).fetchall()
    return [_recorded(connection, row) for row in rows]


def _values(of: Selection) -> dict[str, Any]:
    return {"route": of.route, "since": of.since, "replay": of.replay}


def _recorded(connection: sqlite3.Connection, row: tuple[Any, ...]) -> Recorded:
    seq, ident, at, method, target, headers, body, legacy_status, legacy_headers, legacy_body, *rest = row
    model, version, model_hash, model_status, verdict, divergence, confidence, cohorts = rest
    legacy = answer_of(legacy_status, (legacy_headers, legacy_body, None))
    assert legacy is not None
    review = connection.execute(_REVIEW, (ident,)).fetchone() or (None, None, 1.0)
    return Recorded(
        seq,
        ident,
        at,
        Request(method, target, headers_of(headers), body, exchange=ident),
        legacy,
        model,
        version,
        model_hash,
        answer_of(model_status, connection.execute(_MODEL, (ident,)).fetchone()),
        verdict,
        divergence,
        confidence,
        msgspec.json.decode(cohorts),
        *review,
    )
