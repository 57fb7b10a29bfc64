"""Bringing a store's schema forward."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from shadow.record import migrations
from shadow.record.migrations import APPLICATION, SCHEMA, applied, migrate, statements
from shadow.record.store import Store, open_store

if TYPE_CHECKING:
    from sqlite_utils import Database

OPEN_WHEN_TOLD = """
import sys
from shadow.record.store import open_store
print("ready", flush=True)
sys.stdin.readline()
store = open_store(sys.argv[1])
print(store.db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
"""


def test_a_store_is_ours_and_of_the_newest_schema_once_migrated(store: Store) -> None:
    """Both numbers stand in the file's header."""
    assert applied(store.db) == (SCHEMA, APPLICATION)


def test_a_script_is_split_at_the_ends_of_its_statements() -> None:
    """A semicolon in a comment or a text ends none."""
    script = "CREATE TABLE a (x -- one; two\n);\nINSERT INTO a VALUES (';');\n"
    assert [" ".join(found.split()) for found in statements(script)] == [
        "CREATE TABLE a (x -- one; two );",
        "INSERT INTO a VALUES (';');",
    ]


def test_a_step_that_fails_leaves_the_schema_before_it(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a step is none, and the steps before it stay."""

    def good(db: Database) -> None:
        db.execute("CREATE TABLE good (x)")

    def bad(db: Database) -> None:
        db.execute("CREATE TABLE bad (x)")
        raise RuntimeError("the step fails")

    monkeypatch.setattr(migrations, "_STEPS", (*migrations._STEPS, good, bad))
    monkeypatch.setattr(migrations, "SCHEMA", SCHEMA + 2)
    with pytest.raises(RuntimeError, match="the step fails"):
        migrate(store)
    assert applied(store.db)[0] == SCHEMA + 1
    assert {"good", "bad"} & set(store.db.table_names()) == {"good"}


def test_an_older_store_is_brought_forward_with_what_is_in_it(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its scores do not say whether they were above tolerance; the new tables are empty."""
    with monkeypatch.context() as older:
        older.setattr(migrations, "SCHEMA", 1)
        store = open_store(url)
        store.db.execute("INSERT INTO tallies VALUES (1, 'x', 'shadow', 'legacy', 'shadow', 'compared', 3)")
        store.db.execute("INSERT INTO scores VALUES ('x', 'json', '', 0.5, '', '1 differ')")
        store.db.conn.commit()
        store.close()
    store = open_store(url)
    assert applied(store.db)[0] == SCHEMA
    assert store.db.execute("SELECT comparator, divergence, over FROM scores").fetchall() == [
        ("json", 0.5, None)
    ]
    assert store.db.execute("SELECT route, n FROM tallies").fetchall() == [("x", 3)]
    tables = ("replays", "replayed", "rescores", "asked", "asked_days", "opinions")
    assert [store.db.execute(f"SELECT count(*) FROM {table}").fetchone() for table in tables] == [(0,)] * 6
    store.close()


def test_several_processes_may_start_at_once_on_no_store(url: str) -> None:
    """One lays the tables, the others find them; none fails."""
    command = [sys.executable, "-c", OPEN_WHEN_TOLD, url]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    processes = [subprocess.Popen(command, **pipes) for _ in range(4)]
    assert [process.stdout.readline() for process in processes] == ["ready\n"] * 4
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    told = [process.communicate() for process in processes]
    store = open_store(url)
    objects = store.db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    store.close()
    assert told == [(f"{objects}\n", "")] * 4


def test_a_store_without_repeats_gets_room_for_them(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it holds stays; its bodies have no status."""
    with monkeypatch.context() as older:
        older.setattr(migrations, "SCHEMA", 3)
        old = open_store(url)
        with old.transaction() as db:
            db.execute("INSERT INTO bodies (exchange, side, headers) VALUES ('x', 'legacy', '[]')")
        assert "noise" not in old.db.table_names()
        old.close()
    new = open_store(url)
    assert new.db.execute("SELECT exchange, side, status FROM bodies").fetchall() == [("x", "legacy", None)]
    assert new.db.execute("SELECT count(*) FROM noise").fetchone() == (0,)
    new.close()
