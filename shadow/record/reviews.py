"""Reviews: a person's judgement of an exchange, read from a file and kept beside the exchange.

What somebody says again is kept once; what somebody says anew is kept beside what was said before, and is newer.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from dataclasses import replace as with_
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from shadow.errors import ShadowError
from shadow.record import audit
from shadow.record.fingerprint import of_row

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sqlite_utils import Database

    from shadow.record.store import Store

VERDICTS = ("model_right", "legacy_right", "both", "neither")


class Review(msgspec.Struct, forbid_unknown_fields=True):
    """One line of a file: of an exchange, or of the first exchange that asked what a fingerprint stands for.

    `probability` is that with which the exchange was drawn for review; `by` is whoever judged.
    """

    verdict: Literal["model_right", "legacy_right", "both", "neither"]
    exchange: str | None = None
    fingerprint: str | None = None
    right_answer: msgspec.Raw = msgspec.Raw()
    probability: float = 1.0
    by: str | None = None
    note: str = ""

    def __post_init__(self) -> None:
        if (self.exchange is None) == (self.fingerprint is None):
            raise ValueError("name either an exchange or a fingerprint")
        if not 0 < self.probability <= 1:
            raise ValueError("probability must be above 0, at most 1")


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of reviews: new ones, those known before, and those whose exchange is not in the record."""

    added: int
    known: int
    unknown: tuple[str, ...]


def read_reviews(path: Path) -> list[Review]:
    """Read a file of JSON lines. ShadowError names every line that is no review, and why; then none is read."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError as exc:
        raise ShadowError(f"cannot read {path}: {exc.strerror}") from exc
    decoder, found, problems = msgspec.json.Decoder(Review), [], []
    for at, line in enumerate(lines, 1):
        try:
            if line.strip():
                found.append(decoder.decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError) as exc:
            problems.append(f"line {at}: {str(exc)[:1].lower()}{str(exc)[1:]}")
    if problems:
        more = f" and {len(problems) - 10:,} more" if len(problems) > 10 else ""
        raise ShadowError(f"{path}: {'; '.join(problems[:10])}{more}")
    return found


def add(store: Store, found: Sequence[Review], entry: audit.Entry) -> Imported:
    """Keep reviews, all in one transaction with their entry in the audit log; `entry` is whoever brings them in."""
    exchanges = _resolved(store.db, found)
    with store.transaction() as db:
        added, known, unknown = 0, 0, []
        for review in found:
            exchange = exchanges.get(review.exchange or review.fingerprint or "")
            if exchange is None:
                unknown.append(review.exchange or f"with fingerprint {review.fingerprint}")
            elif _insert(db, review, exchange, entry):
                added += 1
            else:
                known += 1
        if added:
            audit.append(db, with_(entry, after={"reviews": added}))
    return Imported(added, known, tuple(unknown))


def _insert(db: Database, review: Review, exchange: str, entry: audit.Entry) -> bool:
    """Keep a review after all that was said of its exchange; False when it is its reviewer's newest word already."""
    by, right = review.by or entry.who, bytes(review.right_answer) or None
    before = db.execute(
        "SELECT by, verdict, right_answer, probability, at FROM reviews WHERE exchange = ? ORDER BY at, id",
        (exchange,),
    ).fetchall()
    mine = [(verdict, answer, drawn) for who, verdict, answer, drawn, _ in before if who == by]
    word = (review.verdict, right, review.probability)
    if mine and mine[-1] == word:
        return False
    at = max([entry.at, *(said + 1 for *_, said in before)])
    said = msgspec.json.encode([exchange, by, len(mine), *map(str, word)])
    ident = hashlib.sha256(said).hexdigest()[:32]
    db.execute(
        "INSERT INTO reviews (id, exchange, at, by, verdict, right_answer, note, probability)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (ident, exchange, at, by, review.verdict, right, review.note, review.probability),
    )
    return True


def _resolved(db: Database, found: Sequence[Review]) -> dict[str, str]:
    """Find the exchange that each review is of, by what the review names."""
    known = {
        review.exchange: review.exchange
        for review in found
        if review.exchange is not None
        and db.execute("SELECT 1 FROM exchanges WHERE id = ?", (review.exchange,)).fetchone()
    }
    wanted = {review.fingerprint for review in found if review.fingerprint is not None}
    return known | (_by_fingerprint(db, wanted) if wanted else {})


def _by_fingerprint(db: Database, wanted: set[str]) -> dict[str, str]:
    """Give the first exchange, answered by the model, of each fingerprint: reads the requests of the whole record."""
    rows: Any = db.execute(
        "SELECT x.id, x.method, x.path, b.target, b.body, b.fingerprint FROM exchanges x"
        " JOIN bodies b ON b.exchange = x.id AND b.side = 'request' WHERE x.model_status IS NOT NULL ORDER BY x.seq"
    )
    found: dict[str, str] = {}
    for exchange, *request in rows:
        fingerprint = of_row(*request)
        if fingerprint in wanted:
            found.setdefault(fingerprint, exchange)
    return found
