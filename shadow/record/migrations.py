"""Brings a store's schema forward, step by step. Each step runs once, whole or not at all."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shadow.record.store import Store

APPLICATION = 0x53484457
"""What `PRAGMA application_id` says of a file that is ours."""


def applied(db: sqlite3.Connection) -> tuple[int, int]:
    """Give a file's schema version and application id; both 0 of an empty file."""
    version = db.execute("PRAGMA user_version").fetchone()[0]
    application = db.execute("PRAGMA application_id").fetchone()[0]
    return int(version), int(application)


def migrate(store: Store) -> None:
    """Run the steps this store lacks; every process may do so at its start, and only one does the work.

    A store that lacks none is still asked for its write lock, so that one that cannot be written says so now.
    """
    while True:
        with store.writing() as db:
            version, _ = applied(db)
            if version >= SCHEMA:
                return
            _STEPS[version](db)
            db.execute(f"PRAGMA user_version = {version + 1}")


def statements(script: str) -> Iterator[str]:
    """Split a script: running it whole would commit the transaction around it."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _run(db: sqlite3.Connection, name: str) -> None:
    from importlib.resources import files  # only where a store is made, or an old one brought forward

    script = files("shadow.record").joinpath(name).read_text(encoding="utf-8")
    for statement in statements(script):
        db.execute(statement)


def _lay_tables(db: sqlite3.Connection) -> None:
    _run(db, "tables.sql")
    db.execute(f"PRAGMA application_id = {APPLICATION}")


def _lay_replays(db: sqlite3.Connection) -> None:
    _run(db, "replay.sql")


def _keep_repeats(db: sqlite3.Connection) -> None:
    """Make room for the answers of a side asked twice, and for what they say of the noise."""
    db.execute("ALTER TABLE bodies ADD COLUMN status INTEGER")  # of legacy2 and model2; else in exchanges
    db.execute(
        "CREATE TABLE noise ("
        " route TEXT NOT NULL,"
        " epoch TEXT NOT NULL,"  # hashes of the model with its prompt, and of the panel
        " model TEXT NOT NULL, version TEXT NOT NULL,"
        " began INTEGER NOT NULL, seen INTEGER NOT NULL,"  # of its exchanges, the first and the last
        " repeats INTEGER NOT NULL,"  # exchanges of which a side was asked twice
        " state TEXT NOT NULL,"  # fallback.noise.state.NoiseState as JSON
        " PRIMARY KEY (route, epoch)) WITHOUT ROWID"
    )


def _make_room_for_certificates(db: sqlite3.Connection) -> None:
    _run(db, "certificates.sql")


def _allow_rescoring(db: sqlite3.Connection) -> None:
    _run(db, "rescore.sql")


def _lay_asked(db: sqlite3.Connection) -> None:
    _run(db, "asked.sql")


def _book_samples(db: sqlite3.Connection) -> None:
    _run(db, "samples.sql")


def _note_labels(db: sqlite3.Connection) -> None:
    _run(db, "labels.sql")


_STEPS: tuple[Callable[[sqlite3.Connection], None], ...] = (
    _lay_tables,
    _lay_replays,
    _make_room_for_certificates,
    _keep_repeats,
    _allow_rescoring,
    _lay_asked,
    _book_samples,
    _note_labels,
)
SCHEMA = len(_STEPS)
"""The schema this program writes."""
