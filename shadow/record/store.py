"""Opens the store: one SQLite file in WAL mode, and its transactions. Knows no table."""

from __future__ import annotations

import sqlite3
import time
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from shadow.errors import StoreError
from shadow.lean import without
from shadow.record.migrations import APPLICATION, SCHEMA, applied, migrate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlite_utils import Database

BUSY_SECONDS = 5.0
"""How long a transaction waits for another process's transaction to end."""

_PAGE_BYTES = 8192  # bodies of some kilobytes fit a page; set when the file is made
_CHECKPOINT_PAGES = 2000  # 16 MB between checkpoints: fewer pages are written twice
_LOG_BYTES = 64 << 20  # what a checkpoint leaves of the log on disk

_TELLING = {
    sqlite3.SQLITE_BUSY: "is locked by another program",
    sqlite3.SQLITE_LOCKED: "is locked by another program",
    sqlite3.SQLITE_FULL: "cannot grow: the disk is full",
    sqlite3.SQLITE_READONLY: "cannot be written: file or folder is read-only",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened: no such file, or no right to it or its folder",
    sqlite3.SQLITE_NOTADB: "is not a database",
    sqlite3.SQLITE_CORRUPT: "is damaged",
    sqlite3.SQLITE_IOERR: "cannot be read or written: the disk reports an error",
    sqlite3.SQLITE_PERM: "may not be opened: no right to it",
}
_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table'"
_ROW_FAULTS = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.ProgrammingError, sqlite3.InterfaceError)


def is_store_failure(error: BaseException) -> bool:
    """Tell a failure of the store (full, locked, damaged, …) from the fault of what was to be written."""
    if isinstance(error, sqlite3.Error):
        return not isinstance(error, _ROW_FAULTS)
    return isinstance(error, StoreError | OSError | MemoryError)


def name_of(error: BaseException) -> str:
    """Name a failure by its kind, without its message, which may hold anything."""
    cause = error.__cause__ or error
    named = getattr(cause, "sqlite_errorname", None) or getattr(cause, "kind", None)
    return named if isinstance(named, str) else type(cause).__name__


class Store:
    """An open store: its connection and the path of its file. Used by the thread that opened it."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.connection = connection
        self.path = path
        self._file = _file_of(path)

    @cached_property
    def db(self) -> Database:
        """The same connection as a sqlite-utils database, whose library is loaded by whoever uses it."""
        with without("numpy", "pandas"):  # which nothing here puts into a row
            from sqlite_utils import Database
        return Database(self.connection)

    @contextmanager
    def transaction(self) -> Iterator[Database]:
        """Do as `writing` does, with the sqlite-utils database."""
        with self.writing():
            yield self.db

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Hold the write lock from the start, so that what is read inside stays true; commit at the end.

        Raises StoreError when the store fails; everything inside is then undone.
        """
        connection = self.connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    with suppress(sqlite3.Error):
                        connection.execute("ROLLBACK")
                raise
        except sqlite3.Error as exc:
            if not is_store_failure(exc):
                raise
            raise explain(exc, self.path) from exc

    def moved(self) -> bool:
        """Tell whether the file was deleted or replaced since it was opened: writes would then be lost."""
        return _file_of(self.path) != self._file

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()


def open_store(
    url: str,
    *,
    readonly: bool = False,
    strict: bool = False,
    busy: float = BUSY_SECONDS,
) -> Store:
    """Open the store at `sqlite:///FILE`, make it when there is none, and bring its schema up to date.

    `strict` makes each commit wait for the disk. `readonly` neither makes nor migrates. `busy` is in seconds.
    Raises StoreError: folder missing, no database or another program's, a newer schema, not writable.
    """
    path = path_of(url)
    if not path.parent.is_dir():
        raise StoreError(f"the store's folder {path.parent} does not exist")
    if readonly and not path.exists():
        raise StoreError(f"there is no store at {path}")
    connection: sqlite3.Connection | None = None
    try:
        connection = _connect(path, readonly=readonly, busy=busy)
        return _prepare(Store(connection, path), readonly=readonly, strict=strict, busy=busy)
    except sqlite3.Error as exc:
        _close(connection)
        raise explain(exc, path) from exc
    except BaseException:
        _close(connection)
        raise


def path_of(url: str) -> Path:
    """Give the file a store's URL names: `sqlite:///relative/file` or `sqlite:////absolute/file`."""
    scheme, found, rest = url.partition("://")
    if found and scheme.startswith("postgres"):
        raise StoreError("a PostgreSQL store comes with a later release: use sqlite:///FILE")
    if scheme != "sqlite" or not rest.startswith("/") or rest.endswith("/"):
        raise StoreError("the store must be named sqlite:///FILE (sqlite:////FILE from the root)")
    return Path(rest[1:])


def explain(error: sqlite3.Error, path: Path) -> StoreError:
    """Put the driver's error into words a person can act on."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return StoreError(f"the store {path} {_TELLING.get(code, f'cannot be used: {error}')}")


def _connect(path: Path, *, readonly: bool, busy: float) -> sqlite3.Connection:
    if readonly:
        return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=busy)
    return sqlite3.connect(path, timeout=busy)


def _prepare(store: Store, *, readonly: bool, strict: bool, busy: float) -> Store:
    _check(store, readonly=readonly)
    store.connection.execute("PRAGMA foreign_keys = ON")
    store.connection.execute("PRAGMA recursive_triggers = ON")
    if not readonly:
        _set_up(store.connection, strict=strict, busy=busy)
        migrate(store)
    store._file = _file_of(store.path)  # noqa: SLF001 - this module's own: the file exists only now
    return store


def _check(store: Store, *, readonly: bool) -> None:
    """Refuse a file that is not ours, or not of a schema this program can read."""
    # Before the mark: who makes a store now leaves both at once.
    tables = store.connection.execute(_TABLES).fetchall()
    version, application = applied(store.connection)
    if version > SCHEMA and application == APPLICATION:
        raise StoreError(
            f"the store {store.path} has schema {version}, newer than this program's {SCHEMA}: update it",
        )
    if application != APPLICATION and (version or application or tables):
        raise StoreError(f"the store {store.path} is another program's database")
    if readonly and version < SCHEMA:
        raise StoreError(
            f"the store {store.path} has schema {version}, older than {SCHEMA}: start the router once",
        )


def _set_up(db: sqlite3.Connection, *, strict: bool, busy: float) -> None:
    db.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
    _enable_wal(db, time.monotonic() + busy)
    db.execute(f"PRAGMA synchronous = {'FULL' if strict else 'NORMAL'}")
    db.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
    db.execute(f"PRAGMA journal_size_limit = {_LOG_BYTES}")


def _enable_wal(db: sqlite3.Connection, deadline: float) -> None:
    """Change the journal's mode; SQLite does not wait for the lock here, so we do."""
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as exc:
            if exc.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.005)
        else:
            return


def _file_of(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _close(connection: sqlite3.Connection | None) -> None:
    if connection is not None:
        connection.close()
