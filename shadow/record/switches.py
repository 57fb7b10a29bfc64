"""Overrides: rollout settings set at run time, above the file. Each change is audited as it is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from fallback.words import Phase
from shadow.errors import ShadowError
from shadow.record import audit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlite_utils import Database

    from shadow.record.store import Store

EVERY_ROUTE = "*"
KILLED = "killed"


@dataclass(frozen=True, slots=True)
class Override:
    """One setting of one route ('*' is every route), who set it and why, when and until when (µs, UTC)."""

    route: str
    key: str
    value: Any
    by: str
    why: str
    at: int
    until: int | None = None

    def holds(self, now: int) -> bool:
        """Tell whether it has not lapsed."""
        return self.until is None or now < self.until


def read(store: Store, now: int) -> list[Override]:
    """Give the overrides in force, by route and key; who keeps them asks `holds` as time goes on."""
    rows = store.connection.execute(
        "SELECT route, key, value, by, why, at, until FROM switches ORDER BY route, key"
    )
    found = [
        Override(route, key, msgspec.json.decode(value), by, why, at, until)
        for route, key, value, by, why, at, until in rows
    ]
    return [override for override in found if override.holds(now)]


def revision(store: Store) -> int:
    """Give a number that grows with every change: while it stays, `read` gives the same but for lapses."""
    found = store.connection.execute("SELECT max(seq) FROM audit").fetchone()[0]
    return found or 0


def set_override(store: Store, override: Override) -> int:
    """Put an override in the place of the one before it; give the revision.

    Raises ShadowError: an unknown key, a value outside its range, no `by`, no `why`, an end in the past.
    """
    return set_overrides(store, [override])


def set_overrides(store: Store, overrides: Sequence[Override]) -> int:
    """Put several overrides in force together, each with its own row in the audit log; give the revision.

    Raises ShadowError, listing all problems, as `set_override` does; none of them is then in force.
    """
    found = [(override, _problem(override)) for override in overrides]
    problems = [
        f"the switch {each.key} of route {each.route} {problem}" for each, problem in found if problem
    ]
    if problems:
        raise ShadowError("; ".join(problems))
    with store.transaction() as db:
        return max((_set(db, override, "switch_set") for override in overrides), default=revision(store))


def clear(store: Store, override: Override) -> bool:
    """Take away the override of that route and key (by, why, at: the clearing's own); False when none."""
    _need_words(override)
    with store.transaction() as db:
        return _clear(db, override, "switch_cleared")


def kill(store: Store, route: str, *, by: str, why: str, at: int) -> int:
    """Stop serving and calling the model on a route ('*': everywhere) until revived; give the revision."""
    override = Override(route, KILLED, value=True, by=by, why=why, at=at)
    _need_words(override)
    with store.transaction() as db:
        return _set(db, override, KILLED)


def revive(store: Store, route: str, *, by: str, why: str, at: int) -> bool:
    """Lift the kill of exactly that route ('*': the kill of everything); False when there was none."""
    override = Override(route, KILLED, value=None, by=by, why=why, at=at)
    _need_words(override)
    with store.transaction() as db:
        return _clear(db, override, "revived")


def _set(db: Database, override: Override, what: str) -> int:
    before = _stored(db, override)
    words = {
        "route": override.route,
        "key": override.key,
        "value": msgspec.json.encode(override.value).decode(),
        "by": override.by,
        "why": override.why,
        "at": override.at,
        "until": override.until,
    }
    db.table("switches").upsert(words, pk=("route", "key"))
    after = _told(override.key, override.value, override.until)
    return audit.append(db, _entry(override, what, before, after))


def _clear(db: Database, override: Override, what: str) -> bool:
    before = _stored(db, override)
    if before is None:
        return False
    db.execute("DELETE FROM switches WHERE route = ? AND key = ?", (override.route, override.key))
    audit.append(db, _entry(override, what, before, None))
    return True


def _stored(db: Database, override: Override) -> dict[str, Any] | None:
    found = db.execute(
        "SELECT value, until FROM switches WHERE route = ? AND key = ?",
        (override.route, override.key),
    ).fetchone()
    return None if found is None else _told(override.key, msgspec.json.decode(found[0]), found[1])


def _told(key: str, value: Any, until: int | None) -> dict[str, Any]:
    return {key: value} if until is None else {key: value, "until": until}


def _entry(override: Override, what: str, before: Any, after: Any) -> audit.Entry:
    return audit.Entry(override.at, override.by, what, override.route, override.why, before, after)


def _need_words(override: Override) -> None:
    problem = _wordless(override)
    if problem is not None:
        raise ShadowError(f"the switch {override.key} of route {override.route} {problem}")


def _wordless(override: Override) -> str | None:
    if not override.route:
        return "names no route ('*' is every route)"
    if not override.by.strip():
        return "needs to say by whom it is changed"
    return None if override.why.strip() else "needs to say why it is changed"


def _problem(override: Override) -> str | None:
    value, accepts = override.value, _ACCEPTS.get(override.key)
    if accepts is None:
        return f"does not exist: known are {', '.join(_ACCEPTS)}"
    check, wanted = accepts
    if not check(value):
        return f"must be {wanted}, not {value!r}"
    if not override.holds(override.at):
        return "ends before it begins"
    return _wordless(override)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_share(value: Any) -> bool:
    return _is_number(value) and 0 <= value <= 1


_ACCEPTS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "phase": (lambda value: value in tuple(Phase), f"one of {', '.join(Phase)}"),
    "sample": (_is_share, "a number from 0 to 1"),
    "exposure": (_is_share, "a number from 0 to 1"),
    "threshold": (_is_share, "a number from 0 to 1"),
    "patience": (lambda value: _is_number(value) and 0 <= value < float("inf"), "seconds, 0 or more"),
    KILLED: (lambda value: value is True, "true (revive lifts it)"),
}
