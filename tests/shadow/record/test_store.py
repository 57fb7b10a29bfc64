"""Opening the store, and what is said when it cannot be."""

from __future__ import annotations

import os
import re
import sqlite3
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shadow.errors import StoreError
from shadow.record import store as store_module
from shadow.record.migrations import SCHEMA
from shadow.record.store import Store, is_store_failure, open_store, path_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlite_utils import Database

NOBODY = 65534


@pytest.fixture
def readonly_file() -> Iterator[Path]:
    """Give a store whose file and folder may not be written, not even by root: it steps down meanwhile."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "shadow.db"
        open_store(f"sqlite:///{file}").close()
        file.chmod(0o444)
        folder.chmod(0o555)
        user = os.geteuid()
        if user == 0:
            os.seteuid(NOBODY)
        yield file
        os.seteuid(user)
        folder.chmod(0o755)


def pragma(store: Store, name: str) -> object:
    """Read one setting of the connection or file."""
    return store.db.execute(f"PRAGMA {name}").fetchone()[0]


def test_a_new_store_is_made_with_every_table_of_the_record(store: Store) -> None:
    """In WAL mode and of this program's schema."""
    assert set(store.db.table_names()) >= {"exchanges", "bodies", "scores", "rollups", "tallies", "audit"}
    assert (pragma(store, "journal_mode"), pragma(store, "user_version")) == ("wal", SCHEMA)
    assert (pragma(store, "foreign_keys"), pragma(store, "page_size")) == (1, 8192)


@pytest.mark.parametrize(("strict", "synchronous"), [(False, 1), (True, 2)])
def test_a_strict_store_waits_for_the_disk(url: str, strict: bool, synchronous: int) -> None:
    """NORMAL is 1, FULL is 2."""
    store = open_store(url, strict=strict)
    assert pragma(store, "synchronous") == synchronous
    store.close()


def test_a_store_is_found_as_it_was_left(url: str) -> None:
    """Opening it again changes nothing."""
    first = open_store(url)
    first.db.execute("INSERT INTO tallies VALUES (1, 'r', 'p', 's', 'x', '', 2)")
    first.close()
    second = open_store(url)
    assert second.db.execute("SELECT n FROM tallies").fetchall() == [(2,)]
    second.close()


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    """It is not made: a mistyped path should not come to life."""
    with pytest.raises(StoreError, match=re.escape(f"the store's folder {tmp_path / 'no'} does not exist")):
        open_store(f"sqlite:///{tmp_path / 'no' / 'shadow.db'}")


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """And left as it is."""
    file = tmp_path / "notes.txt"
    file.write_text("not a database, but long enough to be read as one" * 30)
    before = file.read_bytes()
    with pytest.raises(StoreError, match=r"notes\.txt is not a database"):
        open_store(f"sqlite:///{file}")
    assert file.read_bytes() == before


def test_a_folder_is_no_store(tmp_path: Path) -> None:
    """The message says what SQLite could not do."""
    with pytest.raises(StoreError, match="cannot be opened"):
        open_store(f"sqlite:///{tmp_path}")


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    """Its tables are not mixed with ours."""
    file = tmp_path / "other.db"
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    with pytest.raises(StoreError, match="is another program's database"):
        open_store(f"sqlite:///{file}")


def test_a_newer_schema_is_refused(url: str) -> None:
    """An older program must not write into it."""
    store = open_store(url)
    store.db.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    store.close()
    with pytest.raises(StoreError, match=f"has schema {SCHEMA + 1}, newer than this program's {SCHEMA}"):
        open_store(url)


def test_a_damaged_store_is_told(tmp_path: Path) -> None:
    """Its pages say so only when they are read."""
    file = tmp_path / "shadow.db"
    open_store(f"sqlite:///{file}").close()
    whole = bytearray(file.read_bytes())
    whole[100:4000] = b"\xff" * 3900
    file.write_bytes(whole)
    with pytest.raises(StoreError, match="is damaged"):
        open_store(f"sqlite:///{file}")


def test_a_store_that_may_not_be_written_is_told(readonly_file: Path) -> None:
    """At once, not at the first write."""
    with pytest.raises(StoreError, match=r"cannot be (written|opened)"):
        open_store(f"sqlite:///{readonly_file}")


def test_a_locked_store_is_told(store: Store, url: str) -> None:
    """After having waited as long as asked."""
    with store.transaction(), pytest.raises(StoreError, match="is locked by another program"):
        open_store(url, busy=0.0)


def test_reading_alone_makes_no_store(url: str) -> None:
    """There is nothing to read, and it says so."""
    with pytest.raises(StoreError, match="there is no store at"):
        open_store(url, readonly=True)
    assert not path_of(url).exists()


def test_a_readonly_store_cannot_be_written(store: Store, url: str) -> None:
    """Whatever the caller tries."""
    reader = open_store(url, readonly=True)
    with pytest.raises(StoreError, match="cannot be written"), reader.transaction() as db:
        db.execute("DELETE FROM tallies")
    reader.close()


def test_reading_alone_does_not_migrate(tmp_path: Path) -> None:
    """An older store needs a program that may write."""
    file = tmp_path / "shadow.db"
    sqlite3.connect(file).close()
    file.touch()
    with pytest.raises(StoreError, match=f"has schema 0, older than {SCHEMA}: start the router once"):
        open_store(f"sqlite:///{file}", readonly=True)


@pytest.mark.parametrize("url", ["shadow.db", "sqlite://shadow.db", "sqlite:///", "mysql://me:pw@host/db"])
def test_a_url_that_names_no_file_is_refused(url: str) -> None:
    """Without repeating it: it may hold a password."""
    with pytest.raises(StoreError, match="must be named sqlite:///FILE") as caught:
        path_of(url)
    assert "pw" not in str(caught.value)


def test_another_kind_of_store_is_refused_with_a_word_on_when() -> None:
    """PostgreSQL is promised, not yet there."""
    with pytest.raises(StoreError, match="PostgreSQL store comes with a later release"):
        path_of("postgresql://me:pw@host/db")


def test_a_url_names_a_relative_or_an_absolute_file() -> None:
    """By the number of its slashes."""
    assert [path_of("sqlite:///a/b.db"), path_of("sqlite:////a/b.db")] == [Path("a/b.db"), Path("/a/b.db")]


def test_a_transaction_that_raises_leaves_nothing(store: Store) -> None:
    """Its own error comes out unchanged, and the next transaction works."""
    with pytest.raises(ZeroDivisionError), store.transaction() as db:
        db.execute("INSERT INTO tallies VALUES (1, 'r', 'p', 's', 'x', '', 2)").rowcount // 0
    with store.transaction() as db:
        assert db.execute("SELECT count(*) FROM tallies").fetchone() == (0,)


def test_a_rows_own_fault_is_no_failure_of_the_store(store: Store) -> None:
    """The recorder drops the row for the one and waits for the other."""
    with pytest.raises(sqlite3.IntegrityError) as caught, store.transaction() as db:
        db.execute("INSERT INTO tallies (minute) VALUES (NULL)")
    assert not is_store_failure(caught.value)
    assert is_store_failure(sqlite3.OperationalError("disk I/O error"))
    assert is_store_failure(StoreError("gone"))


def test_a_file_that_was_replaced_is_noticed(store: Store) -> None:
    """Writing on would fill a file without a name."""
    assert not store.moved()
    store.path.unlink()
    assert store.moved()


def test_a_store_that_another_process_makes_meanwhile_is_ours(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its tables are there a moment after its mark was looked for and not found."""
    look = store_module.applied

    def slow(db: Database) -> tuple[int, int]:
        found = look(db)
        monkeypatch.setattr(store_module, "applied", look)
        open_store(url).close()
        return found

    monkeypatch.setattr(store_module, "applied", slow)
    opened = open_store(url)
    assert look(opened.db)[0] == SCHEMA
    opened.close()
