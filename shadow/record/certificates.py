"""Certificates: put in force and made void, each with its entry in the audit log. At most one a route is in force."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from fallback.switch import Grant
from shadow.record import audit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlite_utils import Database

    from shadow.record.store import Store

_IN_FORCE = "SELECT id, route, at, body FROM certificates WHERE void_at IS NULL"


class Body(msgspec.Struct, frozen=True):
    """What is stored of one: what it stands on, the thresholds by slice ('' is everybody), and the proofs as JSON."""

    standing: str
    by: str | None
    thresholds: dict[str, float | None]
    proofs: dict[str, msgspec.Raw]


@dataclass(frozen=True, slots=True)
class Move:
    """One change of a route's certificate: who, when (µs), why."""

    route: str
    at: int
    who: str
    why: str


def in_force(store: Store) -> dict[str, Grant]:
    """Give what every route's certificate grants; whether it still stands on what runs is the reader's to see.

    One that cannot be read grants nothing, and keeps nobody from reading the others.
    """
    found: dict[str, Grant] = {}
    for ident, route, _, body in store.connection.execute(f"{_IN_FORCE} ORDER BY at, id"):
        try:
            told = msgspec.json.decode(body, type=Body)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            found.pop(route, None)
        else:
            found[route] = Grant(ident, told.standing, told.by, told.thresholds)
    return found


def put(db: Database, ident: str, body: Body, move: Move) -> int:
    """Put a certificate in the place of the one before it, in the open transaction; give the revision."""
    before = _void(db, move)
    row = {"id": ident, "route": move.route, "at": move.at, "void_at": None}
    db.table("certificates").insert(row | {"body": msgspec.json.encode(body).decode()})
    return audit.append(db, _entry("certificate_set", move, before, _told(ident, body)))


def void(db: Database, move: Move) -> bool:
    """Make a route's certificate void, in the open transaction; False when there was none in force."""
    before = _void(db, move)
    if before is None:
        return False
    audit.append(db, _entry("certificate_void", move, before, None))
    return True


def history(store: Store, route: str, limit: int = 50) -> list[dict[str, Any]]:
    """Give a route's certificates, the newest first, with their proofs."""
    rows = store.db.execute(
        "SELECT id, at, void_at, body FROM certificates WHERE route = ? ORDER BY at DESC, id DESC LIMIT ?",
        (route, limit),
    )
    return [
        {"id": ident, "at": at, "void_at": void_at, **msgspec.json.decode(body)}
        for ident, at, void_at, body in rows
    ]


def _void(db: Database, move: Move) -> dict[str, Any] | None:
    found = db.execute(f"{_IN_FORCE} AND route = ? ORDER BY at DESC, id DESC", (move.route,)).fetchone()
    if found is None:
        return None
    db.execute(
        "UPDATE certificates SET void_at = ? WHERE route = ? AND void_at IS NULL", (move.at, move.route)
    )
    return _told(found[0], msgspec.json.decode(found[3], type=Body))


def _told(ident: str, body: Body) -> dict[str, Any]:
    thresholds: Mapping[str, float | None] | float | None = body.thresholds
    return {"certificate": ident, "threshold": body.thresholds.get("") if body.by is None else thresholds}


def _entry(what: str, move: Move, before: Any, after: Any) -> audit.Entry:
    return audit.Entry(move.at, move.who, what, move.route, move.why, before, after)
