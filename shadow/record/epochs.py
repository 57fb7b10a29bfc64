"""The epochs of certified thresholds: which labels may count together, and what was learnt from them so far."""

from __future__ import annotations

from dataclasses import dataclass
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


def enlist(db: Database, epoch: EpochRow, fingerprints: Iterable[str]) -> list[bool]:
    """Note requests as labelled and say, for each, whether it is so for the first time."""
    insert = "INSERT OR IGNORE INTO labels VALUES (?, ?)"
    return [db.execute(insert, (epoch.id, each)).rowcount == 1 for each in fingerprints]


def enlisted(db: Database, epoch: EpochRow) -> set[str]:
    """Give the requests that an epoch has learnt from."""
    rows = db.execute("SELECT fingerprint FROM labels WHERE epoch = ?", (epoch.id,))
    return {fingerprint for (fingerprint,) in rows}
