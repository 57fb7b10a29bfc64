"""Puts new scores in the place of old ones: rows, roll-ups and tallies together, in the transaction that is open.

What is taken out of the sums is read from the rows themselves there and then, so that sums and rows stay equal
whatever happened in between.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from comparators.divergence import Verdict
from fallback.words import Disposition
from shadow.record.rows import MINUTE
from shadow.record.tallies import add
from shadow.scorer.compare import Scored
from shadow.scorer.sums import Judged, Told, judged_of, keys_of, sum_of_judged
from shadow.scorer.totals import exchange_rollup
from shadow.scorer.write import write_scores

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from comparators.panel import Judgement, Panel
    from shadow.scorer.take import Unscored

_ROW = "SELECT verdict, divergence, confidence FROM exchanges WHERE id = ? AND state = 2"
_SCORES = "SELECT comparator, pointer, divergence, kind, over FROM scores WHERE exchange = ?"


def judged_before(connection: sqlite3.Connection, exchange: str, panel: Panel) -> Judged | None:
    """Read how an exchange was judged, as it is counted; None when it is gone, or was never judged.

    A score from before its being above tolerance was kept is held against the tolerance of the panel.
    """
    row = connection.execute(_ROW, (exchange,)).fetchone()
    if row is None or row[0] is None:
        return None
    tolerances = {entry.label: entry.tolerance for entry in panel.entries}
    numbers: dict[str, tuple[float, bool]] = {}
    places: dict[str, list[str]] = {}
    for label, pointer, divergence, kind, over in connection.execute(_SCORES, (exchange,)):
        if pointer or kind:
            places.setdefault(label, []).append(pointer)
        if not pointer and divergence is not None:
            known = bool(over) if over is not None else not divergence <= tolerances.get(label, 0.0)
            numbers[label] = (divergence, known)
    told = (Told(label, *number, tuple(places.get(label, ()))) for label, number in numbers.items())
    return Judged(row[0], row[1], row[2], tuple(told))


def judged_now(exchange: Unscored, judgement: Judgement, panel: Panel) -> Judged:
    """Give how an exchange is judged now, as it is counted."""
    judged = judged_of(_scored(exchange, judgement), panel)
    assert judged is not None
    return judged


def rewrite(
    connection: sqlite3.Connection,
    exchange: Unscored,
    judgement: Judgement,
    panel: Panel,
    keep: Mapping[str, str],
) -> None:
    """Put an exchange's new judgement in the place of its old one; nothing when it is gone meanwhile."""
    old = judged_before(connection, exchange.id, panel)
    if old is None:
        return
    scored = _scored(exchange, judgement)
    before, after = sum_of_judged(old), sum_of_judged(judged_now(exchange, judgement, panel))
    was, now = _disposition_of(connection, exchange.id), str(scored.disposition)
    before.count(f"disposition:{was}")
    after.count(f"disposition:{now}")
    for key in keys_of(exchange):
        exchange_rollup(connection, key, before, after)
    if was != now:
        place = (exchange.at // MINUTE, exchange.route, exchange.phase, exchange.served, exchange.reason)
        add(connection, {(*place, was): -1, (*place, now): 1})
    connection.execute(
        "UPDATE exchanges SET disposition = ?, divergence = ?, verdict = ? WHERE id = ?",
        (now, judgement.divergence, str(judgement.verdict), exchange.id),
    )
    connection.execute("DELETE FROM scores WHERE exchange = ?", (exchange.id,))
    write_scores(connection, [scored], {exchange.route: panel}, keep)


def _disposition_of(connection: sqlite3.Connection, exchange: str) -> str:
    (found,) = connection.execute("SELECT disposition FROM exchanges WHERE id = ?", (exchange,)).fetchone()
    return str(found)


def _scored(exchange: Unscored, judgement: Judgement) -> Scored:
    comparable = judgement.verdict is not Verdict.NOT_COMPARABLE
    disposition = Disposition.COMPARED if comparable else Disposition.NOT_COMPARABLE
    return Scored(exchange, disposition, judgement, exchange.confidence)
