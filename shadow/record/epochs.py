"""The epochs of certified thresholds: which labels may count together, and what was learnt from them so far."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

from shadow.record import certificates

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlite_utils import Database

    from shadow.record.store import Store

_COLUMNS = "id, route, basis, terms, since, granted, number, upto, state"


@dataclass(frozen=True, slots=True)
class EpochRow:
    """One epoch as it is stored; `since` is in µs, `state` JSON, None until its thresholds are fixed."""

    id: int
    route: str
    basis: str
    terms: str
    since: int
    granted: bool
    number: int | None
    upto: int
    state: str | None

    @property
    def standing(self) -> str:
        """What a certificate of it stands on."""
        return f"{self.basis}/{self.terms}"


def current(db: Database, route: str) -> EpochRow | None:
    """Give a route's epoch, if it has one."""
    row = db.execute(
        f"SELECT {_COLUMNS} FROM epochs WHERE route = ? ORDER BY id DESC LIMIT 1",  # noqa: S608 - own words
        (route,),
    ).fetchone()
    if row is None:
        return None
    ident, route, basis, terms, since, granted, number, upto, state = row
    return EpochRow(ident, route, basis, terms, since, bool(granted), number, upto, state)


def enter(store: Store, route: str, basis: str, terms: str, now: int) -> bool:
    """Begin a new epoch where what certificates stand on has changed, and make the old certificate void.

    Where the promise alone has changed, the labels stay; where anything else has, only those from now on count. The
    first epoch of a route takes all there are. False when nothing has changed.
    """
    if (old := current(store.db, route)) is not None and (old.basis, old.terms) == (basis, terms):
        return False
    with store.transaction() as db:
        old = current(db, route)
        if old is not None and (old.basis, old.terms) == (basis, terms):
            return False
        since = 0 if old is None else old.since if old.basis == basis else now
        db.table("epochs").insert({"route": route, "basis": basis, "terms": terms, "since": since})
        what = "the promise" if old is not None and old.basis == basis else "what it stands on"
        certificates.void(db, certificates.Move(route, now, "scorer", f"{what} has changed"))
        if old is not None:
            db.execute("DELETE FROM labels WHERE epoch = ?", (old.id,))
    return True


def begin(db: Database, epoch: EpochRow, state: str, number: int) -> None:
    """Fix an epoch's thresholds."""
    db.execute("UPDATE epochs SET state = ?, number = ? WHERE id = ?", (state, number, epoch.id))


def tested(db: Database, route: str) -> int:
    """Say how many epochs of a route have been tested so far."""
    found = db.execute("SELECT count(number) FROM epochs WHERE route = ?", (route,)).fetchone()
    return int(found[0])


def advance(db: Database, epoch: EpochRow, state: str, upto: int) -> None:
    """Keep what an epoch has learnt, up to an exchange."""
    db.execute("UPDATE epochs SET state = ?, upto = ? WHERE id = ?", (state, upto, epoch.id))


def grant(db: Database, epoch: EpochRow) -> None:
    """Note that somebody put an epoch's certificate in force: from then on it is kept up to date."""
    db.execute("UPDATE epochs SET granted = 1 WHERE id = ?", (epoch.id,))


@dataclass(frozen=True, slots=True)
class Noted:
    """One label as an epoch has learnt it. `slice` None: it is of none that is certified."""

    fingerprint: str
    exchange: str
    at: int
    slice: str | None
    confidence: float | None
    loss: float
    probability: float


_NOTED = "fingerprint, exchange, at, slice, confidence, loss, probability"


def enlist(db: Database, epoch: EpochRow, found: Iterable[str | Noted]) -> list[bool]:
    """Note requests as labelled and say, for each, whether it is so for the first time.

    A fingerprint alone is of a label that cannot change.
    """
    insert = "INSERT OR IGNORE INTO labels (epoch, fingerprint) VALUES (?, ?)"
    note = f"INSERT OR IGNORE INTO labels (epoch, place, {_NOTED}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - own words
    place, new = None, []
    for each in found:
        if isinstance(each, str):
            done = db.execute(insert, (epoch.id, each))
        else:
            place = _places(db, epoch) if place is None else place + 1
            done = db.execute(note, (epoch.id, place, *astuple(each)))
        new.append(done.rowcount == 1)
    return new


def _places(db: Database, epoch: EpochRow) -> int:
    found = db.execute("SELECT coalesce(max(place), 0) + 1 FROM labels WHERE epoch = ?", (epoch.id,))
    return int(found.fetchone()[0])


def enlisted(db: Database, epoch: EpochRow) -> dict[str, tuple[str | None, float | None, float | None]]:
    """Give the requests that an epoch has learnt from: of each its exchange, loss and probability, where noted."""
    rows = db.execute(
        "SELECT fingerprint, exchange, loss, probability FROM labels WHERE epoch = ?", (epoch.id,)
    )
    return {fingerprint: (exchange, loss, drawn) for fingerprint, exchange, loss, drawn in rows}


def correct(db: Database, epoch: EpochRow, found: Iterable[Noted]) -> None:
    """Replace what was noted of labels; each stays in its place."""
    for each in found:
        _, *rest = astuple(each)
        db.execute(
            "UPDATE labels SET exchange = ?, at = ?, slice = ?, confidence = ?, loss = ?, probability = ?"
            " WHERE epoch = ? AND fingerprint = ?",
            (*rest, epoch.id, each.fingerprint),
        )


def noted(db: Database, epoch: EpochRow) -> list[Noted]:
    """Give all that an epoch has learnt, in its order of arrival."""
    rows = db.execute(
        f"SELECT {_NOTED} FROM labels WHERE epoch = ? AND loss IS NOT NULL ORDER BY place, at",  # noqa: S608 - own words
        (epoch.id,),
    )
    return [Noted(*row) for row in rows]
