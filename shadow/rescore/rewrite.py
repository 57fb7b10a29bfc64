"""Puts new scores in the place of old ones: rows, roll-ups and tallies together, in the transaction that is open.

What is taken out of the sums is read from the rows themselves there and then, so that sums and rows stay equal
whatever happened in between.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from comparators.divergence import Verdict
from fallback.words import Disposition
from shadow.record.rows import MINUTE
from shadow.record.tallies import add
from shadow.scorer.compare import Scored
from shadow.scorer.sums import Judged, Told, keys_of, sum_of_judged
from shadow.scorer.totals import exchange_rollup
from shadow.scorer.write import write_scores

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection

    from comparators.panel import Judgement, Panel
    from shadow.record.rollup import Rollup
    from shadow.scorer.take import Unscored

_ROW = "SELECT verdict, divergence, confidence FROM exchanges WHERE id = ? AND state = 2"
_SCORES = "SELECT comparator, pointer, divergence, kind, over FROM scores WHERE exchange = ?"


def judged_before(
    connection: sqlite3.Connection, exchange: str, panel: Panel, stays: Collection[str]
) -> Judged | None:
    """Read how an exchange was judged, as it is counted; None when it is gone, or was never judged.

    `stays` are the labels whose scores are left alone, and are no part of it.

    A score from before its being above tolerance was kept is held against the tolerance of the panel.
    """
    row = connection.execute(_ROW, (exchange,)).fetchone()
    if row is None or row[0] is None:
        return None
    tolerances = {entry.label: entry.tolerance for entry in panel.entries}
    numbers: dict[str, tuple[float, bool]] = {}
    places: dict[str, list[str]] = {}
    for label, pointer, divergence, kind, over in connection.execute(_SCORES, (exchange,)):
        if label in stays:
            continue
        if pointer or kind:
            places.setdefault(label, []).append(pointer)
        if not pointer and divergence is not None:
            known = bool(over) if over is not None else not divergence <= tolerances.get(label, 0.0)
            numbers[label] = (divergence, known)
    told = (Told(label, *number, tuple(places.get(label, ()))) for label, number in numbers.items())
    return Judged(row[0], row[1], row[2], tuple(told))


def advice_of(connection: sqlite3.Connection, exchange: str, judges: Collection[str]) -> frozenset[str]:
    """Give the labels of judges: those of the configuration, and those that had an opinion of an exchange."""
    found = connection.execute("SELECT label FROM opinions WHERE exchange = ?", (exchange,))
    return frozenset(judges).union(label for (label,) in found)


def scored_anew(
    exchange: Unscored, judgement: Judgement, opinions: tuple[tuple[str, str, str], ...]
) -> Scored:
    """See a judgement as a scored exchange; its confidence stays as recorded."""
    comparable = judgement.verdict is not Verdict.NOT_COMPARABLE
    disposition = Disposition.COMPARED if comparable else Disposition.NOT_COMPARABLE
    return Scored(exchange, disposition, judgement, exchange.confidence, opinions=opinions)


@dataclass(frozen=True, slots=True)
class Change:
    """An exchange's scores before and after, as they are counted, and the labels that they leave alone."""

    scored: Scored
    before: Judged
    after: Judged
    stays: frozenset[str]


def rewrite(connection: sqlite3.Connection, change: Change, keep: str) -> None:
    """Put new scores in the place of old ones, as they were read in this very transaction."""
    scored, exchange, judgement = change.scored, change.scored.exchange, change.scored.judgement
    assert judgement is not None
    before, after = sum_of_judged(change.before), sum_of_judged(change.after)
    was, now = _disposition_of(connection, exchange.id), str(scored.disposition)
    before.count(f"disposition:{was}")
    after.count(f"disposition:{now}")
    _rewrite_opinions(connection, change, before, after)
    for key in keys_of(exchange):
        exchange_rollup(connection, key, before, after)
    if was != now:
        place = (exchange.at // MINUTE, exchange.route, exchange.phase, exchange.served, exchange.reason)
        add(connection, {(*place, was): -1, (*place, now): 1})
    connection.execute(
        "UPDATE exchanges SET disposition = ?, divergence = ?, verdict = ? WHERE id = ?",
        (now, judgement.divergence, str(judgement.verdict), exchange.id),
    )
    marks = ", ".join("?" * len(change.stays))
    forget = f"DELETE FROM scores WHERE exchange = ? AND comparator NOT IN ({marks})"  # noqa: S608 - question marks
    connection.execute(forget, (exchange.id, *change.stays))
    write_scores(connection, [(scored, change.after)], {exchange.route: keep})


def _rewrite_opinions(connection: sqlite3.Connection, change: Change, before: Rollup, after: Rollup) -> None:
    """Put judges' new opinions in the place of their old ones, and tell the sums of both."""
    exchange, stays = change.scored.exchange.id, change.stays
    for label, preferred in connection.execute(
        "SELECT label, preferred FROM opinions WHERE exchange = ?", (exchange,)
    ).fetchall():
        if label not in stays:
            before.count(f"preferred:{label}:{preferred}")
            connection.execute("DELETE FROM opinions WHERE exchange = ? AND label = ?", (exchange, label))
    for label, judge, preferred in change.scored.opinions:
        after.count(f"preferred:{label}:{preferred}")
        connection.execute("INSERT INTO opinions VALUES (?, ?, ?, ?)", (exchange, label, judge, preferred))


def _disposition_of(connection: sqlite3.Connection, exchange: str) -> str:
    (found,) = connection.execute("SELECT disposition FROM exchanges WHERE id = ?", (exchange,)).fetchone()
    return str(found)
