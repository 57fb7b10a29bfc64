"""Adds to the roll-ups' rows, and takes out of them, in the transaction that is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import structlog

from shadow.record.rollup import Rollup
from shadow.scorer.sums import COHORTS, REST, bound_paths, take_away

if TYPE_CHECKING:
    import sqlite3

    from shadow.scorer.sums import Key

log = structlog.get_logger()

_ROW = "FROM rollups WHERE minute = ? AND route = ? AND model = ? AND version = ?"
_STORED = f"SELECT sums {_ROW} AND cohort = ?"
_VALUES = f"SELECT count(*) {_ROW} AND cohort >= ? AND cohort < ?"
_WRITE = "INSERT OR REPLACE INTO rollups VALUES (?, ?, ?, ?, ?, ?)"


def add_rollup(connection: sqlite3.Connection, key: Key, rollup: Rollup) -> None:
    """Add to a row; a cohort value that has no room for a row of its own is added to the rest's."""
    stored = connection.execute(_STORED, key).fetchone()
    if stored is None and (rest := _rest_of(connection, key)) is not None:
        add_rollup(connection, rest, rollup)
        return
    if stored is not None:
        _add_stored(rollup, stored[0], key)
    bound_paths(rollup)
    connection.execute(_WRITE, (*key, rollup.dumps()))


def _rest_of(connection: sqlite3.Connection, key: Key) -> Key | None:
    """Give the row that takes what has no room for a row of its own: a cohort's values come from clients."""
    *place, cohort = key
    name, _, value = cohort.partition("=")
    if not cohort or value == REST:
        return None
    (values,) = connection.execute(
        _VALUES, (*place, f"{name}=", f"{name}>")
    ).fetchone()  # '>' comes behind '='
    return (*key[:4], f"{name}={REST}") if values >= COHORTS else None


def _add_stored(rollup: Rollup, stored: str, key: Key) -> None:
    """Add what was rolled up before; a row that cannot be read is lost, and the report's check shows it."""
    try:
        rollup.add(Rollup.loads(stored))
    except (msgspec.MsgspecError, ValueError) as exc:
        log.error(  # noqa: TRY400 - the stack says nothing more
            "shadow.rollup_lost", minute=key[0], route=key[1], error=type(exc).__name__
        )


def exchange_rollup(connection: sqlite3.Connection, key: Key, old: Rollup, new: Rollup) -> None:
    """Put new numbers into a row in the place of old ones that were added to it.

    A cohort value without a row of its own was added to the rest's: rows are never taken away, and none is
    made once there are enough.
    """
    stored = connection.execute(_STORED, key).fetchone()
    if stored is None:
        rest = _rest_of(connection, key)
        if rest is not None:
            exchange_rollup(connection, rest, old, new)
        return
    rollup = Rollup()
    _add_stored(rollup, stored[0], key)
    take_away(rollup, old)
    rollup.add(new)
    bound_paths(rollup)
    connection.execute(_WRITE, (*key, rollup.dumps()))
