"""What was said, kept in the store so that nobody is asked twice; and what it cost, by day. Knows no upstream."""

from __future__ import annotations

from array import array
from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from comparators.answer import Answer
from comparators.preference import better

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping

    from shadow.asking.entries import Kind
    from shadow.asking.questions import Question, Upstream
    from shadow.asking.upstream import Heard

_BOOK = (
    "INSERT INTO asked_days (day, kind, name, outcome, n, tokens_in, tokens_out, cost) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT DO UPDATE SET n = n + excluded.n, tokens_in = tokens_in + excluded.tokens_in,"
    " tokens_out = tokens_out + excluded.tokens_out, cost = cost + excluded.cost"
)
_KEEP = (
    "INSERT INTO asked (key, answer, until) VALUES (?, ?, ?)"
    " ON CONFLICT DO UPDATE SET until = max(until, excluded.until)"
)


def find(connection: sqlite3.Connection, question: Question) -> Answer | None:
    """Give what was said to a question before, if it is kept."""
    row = connection.execute("SELECT answer FROM asked WHERE key = ?", (question.key,)).fetchone()
    return None if row is None else _loaded(question.upstream[0], row[0])


def keep(connection: sqlite3.Connection, heard: Heard, until: int) -> None:
    """Keep what was said until a time (µs), in the transaction that is open; nothing where nothing was said."""
    if heard.answer is not None:
        answer = _dumped(heard.question.upstream[0], heard.answer)
        connection.execute(_KEEP, (heard.question.key, answer, until))


def forget_old(connection: sqlite3.Connection, now: int, most: int) -> int:
    """Forget what has been kept long enough, at most so much of it, and say how much that was."""
    gone = connection.execute(
        "DELETE FROM asked WHERE key IN (SELECT key FROM asked WHERE until < ? LIMIT ?)", (now, most)
    )
    return gone.rowcount


def book(connection: sqlite3.Connection, day: int, heard: Iterable[Heard]) -> None:
    """Add up what came of questions, in the transaction that is open."""
    for each in heard:
        place = (day, *each.question.upstream, each.outcome)
        connection.execute(_BOOK, (*place, 1, each.tokens_in, each.tokens_out, each.cost))


def count(connection: sqlite3.Connection, day: int, outcomes: Mapping[tuple[Upstream, str], int]) -> None:
    """Add up questions for which no call was made, in the transaction that is open."""
    for (upstream, outcome), n in Counter(outcomes).items():
        connection.execute(_BOOK, (day, *upstream, outcome, n, 0, 0, 0.0))


def spent(connection: sqlite3.Connection, day: int) -> dict[Upstream, float]:
    """Give what each upstream has cost on a day."""
    rows = connection.execute(
        "SELECT kind, name, sum(cost) FROM asked_days WHERE day = ? GROUP BY 1, 2", (day,)
    )
    return {(kind, name): cost for kind, name, cost in rows}


def _dumped(kind: Kind, answer: Answer) -> bytes:
    """Keep a judge's word and nothing else it said, for that may quote the answers; of a vector 32-bit floats."""
    if kind == "judge":
        return msgspec.json.encode({"better": better(answer)})
    return array("f", answer.json).tobytes()


def _loaded(kind: Kind, kept: bytes) -> Answer:
    if kind == "judge":
        return Answer(body=kept)
    numbers = array("f")
    numbers.frombytes(kept)
    return Answer.of(json=numbers.tolist())
