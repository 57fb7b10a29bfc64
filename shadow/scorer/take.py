"""Reads what is to be scored next. Reading claims nothing: the write decides, once, who scored an exchange.

Bodies are given as they were captured; a batch of them unpacked could be larger than memory.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from comparators.answer import Answer
from shadow.record.rows import LEGACY_AGAIN, MODEL_AGAIN, load_reply

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection

    from comparators.answer import RawHeaders

    Stored = tuple[str, bytes | None, str | None]
    """Headers, body, reply."""


@dataclass(frozen=True, slots=True)
class Unscored:
    """One recorded exchange that waits for its scores, with the answers that were captured.

    `unreadable` says why what was stored of an answer is none.
    """

    id: str
    at: int
    route: str
    phase: str
    served: str
    reason: str
    disposition: str | None
    cohorts: dict[str, str]
    legacy_status: int | None
    legacy_seconds: float | None
    legacy_failure: str | None
    model_status: int | None
    model_seconds: float | None
    model_failure: str | None
    confidence: float | None
    model: str | None
    version: str | None
    config_hash: str = ""
    unweighed: str | None = None
    samples: int | None = None
    samples_in: int | None = None
    samples_out: int | None = None
    legacy: Answer | None = None
    raw_model: Answer | None = None
    unreadable: str = ""
    legacy_again: Answer | None = None
    raw_model_again: Answer | None = None


_COLUMNS = (
    "id, at, route, phase, served, reason, disposition, cohorts, legacy_status, legacy_seconds, legacy_failure,"
    " model_status, model_seconds, model_failure, confidence, model, version, config_hash, unweighed, samples,"
    " samples_in, samples_out"
)


_HEADERS = msgspec.json.Decoder(list[tuple[str, str]])
_BODIES = "SELECT side, headers, body, reply, status FROM bodies WHERE exchange = ? AND side <> 'request'"
_TAKE = f"SELECT {_COLUMNS} FROM exchanges WHERE state = 1 ORDER BY seq LIMIT ?"  # noqa: S608 - constant columns


def take(
    connection: sqlite3.Connection, limit: int, waiting: Collection[str] = frozenset()
) -> list[Unscored]:
    """Give the oldest unscored exchanges, at most `limit`, with their bodies; not those that wait for somebody."""
    rows = connection.execute(_TAKE, (limit + len(waiting),)).fetchall()
    free = [row for row in rows if row[0] not in waiting] if waiting else rows
    return [_unscored(connection, row) for row in free[:limit]]


def _unscored(connection: sqlite3.Connection, row: tuple[Any, ...]) -> Unscored:
    values = dict(zip(Unscored.__dataclass_fields__, row, strict=False))
    values["cohorts"] = msgspec.json.decode(values["cohorts"])
    if values["disposition"] is None:
        values.update(_answers(connection, row[0], values["legacy_status"], values["model_status"]))
    return Unscored(**values)


_AS_UNSCORED = _COLUMNS.replace("disposition", "NULL")
_AGAIN = (
    f"SELECT seq, config_hash, {_AS_UNSCORED} FROM exchanges"  # noqa: S608 - constant columns
    " WHERE seq > ? AND seq <= ? AND route = ? AND at >= ? AND state = 2"
    " AND disposition IN ('compared', 'not_comparable') ORDER BY seq LIMIT ?"
)


@dataclass(frozen=True, slots=True)
class Again:
    """A scored exchange as if it waited for its scores; `seq` is its place in order."""

    seq: int
    config_hash: str
    exchange: Unscored


@dataclass(frozen=True, slots=True)
class Stretch:
    """Scored exchanges of one route: those from a time on (µs), behind one seq and up to another."""

    route: str
    since: int
    after: int
    until: int


def take_again(connection: sqlite3.Connection, stretch: Stretch, limit: int) -> list[Again]:
    """Give the first exchanges of a stretch that both sides answered, at most `limit`, with their bodies."""
    place = (stretch.after, stretch.until, stretch.route, stretch.since, limit)
    found = []
    for row in connection.execute(_AGAIN, place).fetchall():
        seq, config_hash, *columns = row
        found.append(Again(seq, config_hash, _unscored(connection, tuple(columns))))
    return found


def _answers(
    connection: sqlite3.Connection, exchange: str, legacy: int | None, model: int | None
) -> dict[str, Any]:
    """Give what was captured of both answers, or why it is none; and of their repeats."""
    sides: dict[str, Stored] = {}
    statuses: dict[str, int | None] = {}  # of repeats: those of the others are the exchange's own
    found: dict[str, Any] = {}
    for side, *stored, status in connection.execute(_BODIES, (exchange,)):
        sides[side], statuses[side] = tuple(stored), status
    try:
        found["legacy"] = answer_of(legacy, sides.get("legacy"))
        found["raw_model"] = answer_of(model, sides.get("model"))
    except Exception as exc:  # noqa: BLE001 - a plugin's reply was written as it came, whatever was in it
        found["unreadable"] = f"what was stored cannot be read ({type(exc).__name__})"
    with suppress(Exception):  # a repeat that cannot be read is none
        found["legacy_again"] = answer_of(statuses.get(LEGACY_AGAIN), sides.get(LEGACY_AGAIN))
        found["raw_model_again"] = answer_of(statuses.get(MODEL_AGAIN), sides.get(MODEL_AGAIN))
    return found


def answer_of(status: int | None, stored: Stored | None) -> Answer | None:
    """Give a side's answer as it was captured; None when there was none, or its body was not kept."""
    if stored is None or status is None or stored[1] is None:
        return None
    return Answer(
        status, headers_of(stored[0]), stored[1], load_reply(stored[2]) if stored[2] is not None else None
    )


def headers_of(stored: str) -> RawHeaders:
    """Give headers as they were captured, but for the secret ones, which were not."""
    return tuple(
        (name.encode("latin-1", "replace"), value.encode("latin-1", "replace"))
        for name, value in _HEADERS.decode(stored)
    )
