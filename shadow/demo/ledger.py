"""What the demo reads back from the store: how far scoring is, and each side's answer to an exchange."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from comparators.answer import Answer
from shadow.adapters.catalog import reader
from shadow.config.load import load
from shadow.record.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from sqlite_utils import Database

    Reader = Callable[[Answer], Answer]

_BODIES = "SELECT exchange, side, body FROM bodies WHERE side <> 'request'"


_ROWS = "SELECT count(*), count(*) FILTER (WHERE state < 2) FROM exchanges"
_ROWLESS = (
    "SELECT disposition, sum(n) FROM ("
    "SELECT disposition, n FROM tallies UNION ALL"
    " SELECT coalesce(disposition, ''), -1 FROM exchanges"
    ") GROUP BY 1 HAVING sum(n) > 0 ORDER BY 1"
)


@dataclass(frozen=True, slots=True)
class Progress:
    """How many exchanges are recorded, how many of these wait for the scorer, and what was counted without a row.

    `rowless` is by disposition: such a row never comes.
    """

    recorded: int
    waiting: int
    rowless: Mapping[str, int] = field(default_factory=dict)

    @property
    def counted(self) -> int:
        """How many requests have ended, with a row or without."""
        return self.recorded + sum(self.rowless.values())


@dataclass(frozen=True, slots=True)
class Pair:
    """Both sides' answers to one exchange as JSON, None where a side gave none, and the confidence."""

    legacy: Any
    model: Any
    confidence: float | None


def progress(store: Path) -> Progress:
    """Tell how far the record of the run is."""
    with _open(store) as db:
        db.execute("BEGIN")  # so that both see the same rows
        (recorded, waiting) = db.execute(_ROWS).fetchone()
        rowless = dict(db.execute(_ROWLESS).fetchall())
        db.execute("COMMIT")
    return Progress(recorded, waiting, rowless)


def pairs(store: Path, readers: Mapping[str, Reader]) -> dict[str, Pair]:
    """Give both sides' answers by exchange; each route's reader puts its model's reply into the legacy's shape."""
    with _open(store) as db:
        kept = {(row["exchange"], row["side"]): row["body"] for row in db.query(_BODIES)}
        return {
            row["id"]: Pair(
                _document(kept.get((row["id"], "legacy")), lambda raw: raw),
                _document(kept.get((row["id"], "model")), readers[row["route"]]),
                row["confidence"],
            )
            for row in db.query("SELECT id, route, confidence FROM exchanges")
        }


def readers(config: Path) -> dict[str, Reader]:
    """Give, for each route of a configuration, what reads its model's replies."""
    loaded = load(config, environ=os.environ)
    return {
        name: reader(route.model, loaded.models[route.model])
        for name, route in loaded.routes.items()
        if route.model is not None
    }


@contextmanager
def _open(store: Path) -> Iterator[Database]:
    opened = open_store(f"sqlite:///{store}", readonly=True)
    try:
        yield opened.db
    finally:
        opened.close()


def _document(body: bytes | None, read: Reader) -> Any:
    if body is None:
        return None
    answer = read(Answer.of(body=body))
    try:
        return None if answer.problem is not None else answer.json
    except ValueError:
        return None
