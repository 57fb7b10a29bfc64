"""Finds the rows of two files that belong together, by an index on disk: neither file has to fit into memory."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from shadow.compare.rows import id_of, row_of
from shadow.errors import ShadowError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

LONGEST = 64 * 1024 * 1024
"""Bytes of one line; a longer one is no row."""

_TABLE = """
CREATE TABLE rows (
    side INTEGER NOT NULL, id TEXT NOT NULL, line INTEGER NOT NULL, start INTEGER NOT NULL, size INTEGER NOT NULL,
    PRIMARY KEY (side, id)
) WITHOUT ROWID
"""
_PAIRS = """
SELECT a.id, a.line, a.start, a.size, b.line, b.start, b.size FROM rows AS a
JOIN rows AS b ON b.side = 1 AND b.id = a.id WHERE a.side = 0 ORDER BY a.start
"""
_ALONE = """
SELECT id FROM rows AS a WHERE side = ? AND NOT EXISTS (SELECT 1 FROM rows AS b WHERE b.side = ? AND b.id = a.id)
ORDER BY start
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands in its file: the line's number, its first byte and its length."""

    line: int
    start: int
    size: int


@dataclass(frozen=True, slots=True)
class Pair:
    """One id's row in either file."""

    id: str
    legacy: Place
    model: Place


class Index:
    """The rows of both files by their ids."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def pairs(self) -> Iterator[Pair]:
        """Give the ids that both files have, in the legacy file's order."""
        for key, *places in self._db.execute(_PAIRS):
            yield Pair(key, Place(*places[:3]), Place(*places[3:]))

    def count(self) -> int:
        """Count the pairs."""
        (n,) = self._db.execute(
            "SELECT count(*) FROM rows AS a JOIN rows AS b ON b.side = 1 AND b.id = a.id WHERE a.side = 0"
        ).fetchone()
        return int(n)

    def alone(self, side: int) -> Iterator[str]:
        """Give the ids that only one file has: 0 the legacy file, 1 the model's; in that file's order."""
        for (key,) in self._db.execute(_ALONE, (side, 1 - side)):
            yield key

    def add(self, side: int, key: str, place: Place) -> None:
        """Add a row; sqlite3.IntegrityError when its id is there already."""
        self._db.execute(
            "INSERT INTO rows VALUES (?, ?, ?, ?, ?)", (side, key, place.line, place.start, place.size)
        )

    def line_of(self, side: int, key: str) -> int:
        """Give the line that an id stands on."""
        (line,) = self._db.execute("SELECT line FROM rows WHERE side = ? AND id = ?", (side, key)).fetchone()
        return int(line)


@contextmanager
def indexed(
    legacy: Path, model: Path, key: Sequence[str], *, read: Callable[[int], None] = lambda _: None
) -> Iterator[Index]:
    """Index two files, in a folder that is gone afterwards; `read` is told of every row's bytes.

    Raises ShadowError that names file and line for a row without an id, or with one that was there before.
    """
    with tempfile.TemporaryDirectory(prefix="shadow-compare-") as folder:
        db = sqlite3.connect(Path(folder) / "index.db", isolation_level=None)
        try:
            db.execute("PRAGMA journal_mode = OFF")
            db.execute("PRAGMA synchronous = OFF")
            db.execute(_TABLE)
            index = Index(db)
            db.execute("BEGIN")
            for side, file in enumerate((legacy, model)):
                _fill(index, side, file, key, read)
            db.execute("COMMIT")
            yield index
        finally:
            db.close()


def _fill(index: Index, side: int, file: Path, key: Sequence[str], read: Callable[[int], None]) -> None:
    for place, line in lines(file):
        read(len(line))
        if not line.strip():
            continue
        try:
            found = id_of(row_of(line), key)
        except ValueError as exc:
            raise ShadowError(f"{file}, line {place.line}: {exc}") from None
        try:
            index.add(side, found, place)
        except sqlite3.IntegrityError:
            first = index.line_of(side, found)
            raise ShadowError(
                f'{file}: the id "{found[:80]}" stands on line {first} and line {place.line}'
            ) from None


def lines(file: Path) -> Iterator[tuple[Place, bytes]]:
    """Give each line of a file with its place; ShadowError when there is no such file or a line has no end."""
    if file.exists() and not file.is_file():
        raise ShadowError(f"{file} is no file that can be read twice; write it to one first")
    start, number = 0, 0
    with file.open("rb") as rows:
        while line := rows.readline(LONGEST + 1):
            number += 1
            if len(line) > LONGEST:
                raise ShadowError(f"{file}, line {number}: longer than {LONGEST >> 20} MiB")
            content = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
            skipped = len(line) - len(content)
            yield Place(number, start + skipped, len(content)), content
            start += len(line)
