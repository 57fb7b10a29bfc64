"""Writes what scoring found: scores, the exchange's row, roll-ups and tallies, all in one transaction.

An exchange is scored by whoever changes its row from unscored to scored; that change and everything that
follows from it are one transaction, so a scorer killed at any point leaves nothing half done or done twice.
What cannot be written of one exchange is written as not comparable, and holds up no other.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING

import structlog

from shadow.record.fingerprint import of_row
from shadow.record.rollup import Rollup
from shadow.record.rows import MINUTE
from shadow.record.store import is_store_failure
from shadow.record.tallies import add
from shadow.scorer.compare import set_aside
from shadow.scorer.noise import fold
from shadow.scorer.sums import count, judged_of, keys_of
from shadow.scorer.telling import detail_of
from shadow.scorer.totals import add_rollup

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence

    from comparators.panel import Panel
    from shadow.record.store import Store
    from shadow.scorer.compare import Scored
    from shadow.scorer.sums import Judged, Key

    Counted = tuple[Scored, Judged | None]
    """A scored exchange, and what of its judgement is counted."""

log = structlog.get_logger()

UNKNOWN = "hashed"
"""How the bodies of a route that is no longer configured are kept: nobody can say that they may be."""


def write(
    store: Store,
    batch: Sequence[Scored],
    *,
    panels: Mapping[str, Panel],
    keep: Mapping[str, str],
) -> int:
    """Write a batch and say how many of it were this scorer's to write; `keep` is a route's `keep.bodies`.

    Raises StoreError when the store fails; nothing is then written of what was not written before.
    """
    try:
        return _write(store, batch, panels, keep)
    except Exception as exc:
        if is_store_failure(exc):
            raise
    return sum(_write_alone(store, scored, panels, keep) for scored in batch)


def _write_alone(store: Store, scored: Scored, panels: Mapping[str, Panel], keep: Mapping[str, str]) -> int:
    try:
        return _write(store, [scored], panels, keep)
    except Exception as exc:
        if is_store_failure(exc):
            raise
        why = type(exc).__name__
    log.warning(
        "shadow.exchange_set_aside", exchange=scored.exchange.id, route=scored.exchange.route, error=why
    )
    return _write(store, [set_aside(scored.exchange, f"its scores cannot be written ({why})")], panels, keep)


def _write(
    store: Store, batch: Sequence[Scored], panels: Mapping[str, Panel], keep: Mapping[str, str]
) -> int:
    with store.transaction() as db:
        connection = db.conn
        mine = [scored for scored in batch if _claim(connection, scored)]
        told = [(scored, judged_of(scored, panels.get(scored.exchange.route))) for scored in mine]
        write_scores(connection, told, keep)
        connection.executemany(
            "INSERT OR REPLACE INTO opinions VALUES (?, ?, ?, ?)",
            [(scored.exchange.id, *opinion) for scored in mine for opinion in scored.opinions],
        )
        _write_rollups(connection, told)
        _move_tallies(connection, mine)
        fold(connection, mine)
        for scored in mine:
            _keep_bodies(connection, scored.exchange.id, keep.get(scored.exchange.route, UNKNOWN))
    return len(mine)


def _claim(connection: sqlite3.Connection, scored: Scored) -> bool:
    judgement = scored.judgement
    changed = connection.execute(
        "UPDATE exchanges SET state = 2, disposition = ?, confidence = ?, divergence = ?, verdict = ?,"
        " tokens_in = coalesce(?, tokens_in), tokens_out = coalesce(?, tokens_out), cost = ?,"
        " samples_cost = ?"
        " WHERE id = ? AND state = 1",
        (
            str(scored.disposition),
            scored.confidence,
            judgement.divergence if judgement is not None else None,
            str(judgement.verdict) if judgement is not None else None,
            scored.tokens_in,
            scored.tokens_out,
            scored.cost,
            scored.samples_cost,
            scored.exchange.id,
        ),
    )
    return changed.rowcount == 1


def write_scores(connection: sqlite3.Connection, batch: Iterable[Counted], keep: Mapping[str, str]) -> None:
    """Write the rows of some exchanges' scores, in the transaction that is open."""
    connection.executemany(
        "INSERT OR REPLACE INTO scores (exchange, comparator, pointer, divergence, kind, detail, over)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            row
            for scored, judged in batch
            for row in _score_rows(scored, judged, keep.get(scored.exchange.route, UNKNOWN))
        ],
    )


ScoreRow = tuple[str, str, str, float | None, str, str, int | None]


def _score_rows(scored: Scored, judged: Judged | None, keep: str) -> Iterable[ScoreRow]:
    """Give the rows of an exchange's scores; details quote the answers, so they stay only where bodies stay.

    What differs as a whole has no row of its own: its kind stands with the comparator's number.
    """
    if scored.judgement is None or judged is None:
        return
    over = {told.label: int(told.over) for told in judged.told}
    for score in scored.judgement.scores:
        whole = next((each.kind for each in score.differences if not each.pointer), "")
        yield (
            scored.exchange.id,
            score.label,
            "",
            score.divergence,
            whole,
            detail_of(score, keep),
            over.get(score.label),
        )
        for each in score.differences:
            if each.pointer:
                detail = detail_of(each, keep)
                yield scored.exchange.id, score.label, each.pointer, each.divergence, each.kind, detail, None


def _write_rollups(connection: sqlite3.Connection, batch: Iterable[Counted]) -> None:
    sums: dict[Key, Rollup] = {}
    for scored, judged in batch:
        for key in keys_of(scored.exchange):
            if key not in sums:
                sums[key] = Rollup()
            count(sums[key], scored, judged)
    for key, rollup in sums.items():
        add_rollup(connection, key, rollup)


def _move_tallies(connection: sqlite3.Connection, batch: Iterable[Scored]) -> None:
    deltas: Counter[tuple[int, str, str, str, str, str]] = Counter()
    for scored in batch:
        exchange = scored.exchange
        if exchange.disposition is not None:
            continue  # it was final when it was written, and is counted so
        place = (exchange.at // MINUTE, exchange.route, exchange.phase, exchange.served, exchange.reason)
        deltas[*place, ""] -= 1
        deltas[*place, str(scored.disposition)] += 1
    add(connection, deltas)


def _keep_bodies(connection: sqlite3.Connection, exchange: str, keep: str) -> None:
    if keep == "none":
        connection.execute("DELETE FROM bodies WHERE exchange = ?", (exchange,))
    elif keep == "hashed":
        for side, body in connection.execute(
            "SELECT side, body FROM bodies WHERE exchange = ?", (exchange,)
        ).fetchall():
            digest = hashlib.sha256(body).hexdigest() if body is not None else None
            whole = _fingerprint(connection, exchange) if side == "request" else None
            connection.execute(
                "UPDATE bodies SET body = NULL, reply = NULL, target = NULL, sha256 = ?, fingerprint = ?"
                " WHERE exchange = ? AND side = ?",
                (digest, whole, exchange, side),
            )


def _fingerprint(connection: sqlite3.Connection, exchange: str) -> str | None:
    """Give the fingerprint of a request while all of it is here."""
    row = connection.execute(
        "SELECT x.method, x.path, b.target, b.body, b.fingerprint FROM exchanges x"
        " JOIN bodies b ON b.exchange = x.id AND b.side = 'request' WHERE x.id = ?",
        (exchange,),
    ).fetchone()
    return of_row(*row)
