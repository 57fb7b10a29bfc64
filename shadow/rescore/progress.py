"""How far a rescoring has come, kept in the store: one that was stopped goes on where it was."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from shadow.errors import ShadowError
from shadow.rescore.diff import Diff

if TYPE_CHECKING:
    import sqlite3

_FIND = (
    "SELECT since, until, done, diff FROM rescores WHERE route = ? AND apply = ? AND span = ? AND panel = ?"
)
_BEGIN = (
    "INSERT OR REPLACE INTO rescores (route, apply, span, panel, since, until, done, diff)"
    " VALUES (?, ?, ?, ?, ?, ?, 0, ?)"
)
_STEP = "UPDATE rescores SET done = ?, diff = ? WHERE route = ? AND apply = ? AND panel = ? AND done = ?"
_LAST = "SELECT coalesce(max(seq), 0) FROM exchanges WHERE route = ?"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a rescoring is told by: the route, whether it writes, `--since` as given, and the panel's hash."""

    route: str
    apply: bool
    span: str
    panel: str


@dataclass(slots=True)
class Standing:
    """How far a rescoring has come: from `since` (µs) on, all up to `done` of `until` are dealt with."""

    plan: Plan
    since: int
    until: int
    done: int = 0
    diff: Diff = field(default_factory=Diff)
    resumed: bool = False


def find(connection: sqlite3.Connection, plan: Plan) -> Standing | None:
    """Give the rescoring of this plan that was not finished, if there is one."""
    row = connection.execute(_FIND, (plan.route, int(plan.apply), plan.span, plan.panel)).fetchone()
    if row is None:
        return None
    since, until, done, diff = row
    return Standing(plan, since, until, done, msgspec.json.decode(diff, type=Diff), resumed=True)


def begin(connection: sqlite3.Connection, plan: Plan, since: int) -> Standing:
    """Begin anew, in the transaction that is open: with all that is there now, in the place of any other one."""
    (until,) = connection.execute(_LAST, (plan.route,)).fetchone()
    standing = Standing(plan, since, until)
    diff = msgspec.json.encode(standing.diff).decode()
    connection.execute(_BEGIN, (plan.route, int(plan.apply), plan.span, plan.panel, since, until, diff))
    return standing


def step(connection: sqlite3.Connection, standing: Standing, done: int) -> None:
    """Note, in the transaction that is open, that everything up to `done` is dealt with.

    Raises ShadowError when another process has gone on with it: what this one did is then to be undone.
    """
    plan, diff = standing.plan, msgspec.json.encode(standing.diff).decode()
    changed = connection.execute(_STEP, (done, diff, plan.route, int(plan.apply), plan.panel, standing.done))
    if changed.rowcount != 1:
        raise ShadowError(f"another rescoring of route {plan.route} is under way")
    standing.done = done


def end(connection: sqlite3.Connection, plan: Plan) -> None:
    """Forget a rescoring that is finished."""
    connection.execute("DELETE FROM rescores WHERE route = ? AND apply = ?", (plan.route, int(plan.apply)))
