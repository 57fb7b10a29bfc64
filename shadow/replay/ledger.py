"""Keeps what came of a replay in tables of its own, so that it can be continued and told of later."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import msgspec

from shadow.config.hashes import model_hash
from shadow.ids import new_id
from shadow.replay.measure import Measured

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shadow.config.model import Config, Model, Route
    from shadow.record.store import Store


@dataclass(frozen=True, slots=True)
class Replay:
    """One replay: a route's requests to one model, looked at in one way. `began` is in µs."""

    id: str
    route: str
    model: str
    version: str
    hash: str
    began: int


_NAMES = tuple(field.name for field in fields(Measured))
_JSON = frozenset({"cohorts", "paths", "signals", "before_paths"})
_INSERT = (
    f"INSERT OR REPLACE INTO replayed (replay, {', '.join(_NAMES)})"  # noqa: S608 - own words
    f" VALUES ({', '.join('?' * (len(_NAMES) + 1))})"
)
_SELECT = f"SELECT {', '.join(_NAMES)} FROM replayed WHERE replay = ? AND at >= ? ORDER BY at, exchange"  # noqa: S608 - own words
_encode = msgspec.json.encode


def open_replay(store: Store, config: Config, route: str, model: str, *, now: int, anew: bool) -> Replay:
    """Give the replay of a route to a model: the last one of the very same, or one that begins now.

    The same are those of the same model, prompt, version, panel and estimator.
    """
    keys = config.models[model]
    told = hash_of(config.routes[route], keys)
    with store.transaction() as db:
        found = db.execute(
            "SELECT id, route, model, version, hash, began FROM replays"
            " WHERE route = ? AND hash = ? ORDER BY began DESC, id DESC LIMIT 1",
            (route, told),
        ).fetchone()
        if found is not None and not anew:
            return Replay(*found)
        begun = Replay(new_id(), route, model, keys.version, told, now)
        db.execute(
            "INSERT INTO replays (id, route, model, version, hash, began) VALUES (?, ?, ?, ?, ?, ?)",
            (begun.id, begun.route, begun.model, begun.version, begun.hash, begun.began),
        )
    return begun


def hash_of(route: Route, model: Model) -> str:
    """Give what makes two replays of a route the same: model, panel, estimator."""
    looked = [entry.model_dump(mode="json") for entry in (*route.compare, route.panel)]
    confidence = route.confidence
    estimator = None if confidence is None else [confidence.use, confidence.options]
    told = _encode([model_hash(model), looked, estimator], order="deterministic")
    return hashlib.sha256(told).hexdigest()[:16]


def write(store: Store, replay: str, measured: list[Measured]) -> None:
    """Write rows, in the place of what was written of the same exchanges before."""
    rows = [(replay, *(_column(each, name) for name in _NAMES)) for each in measured]
    with store.transaction() as db:
        db.conn.executemany(_INSERT, rows)


def rows(store: Store, replay: str, since: int | None = None) -> Iterator[Measured]:
    """Give every row of a replay, by the time of its exchange."""
    for row in store.db.execute(_SELECT, (replay, since or 0)):
        yield Measured(**{name: _value(name, value) for name, value in zip(_NAMES, row, strict=True)})


def spent(store: Store, replay: str) -> float:
    """Give what a replay has cost so far."""
    found = store.db.execute("SELECT total(cost) FROM replayed WHERE replay = ?", (replay,)).fetchone()
    return float(found[0])


def _column(measured: Measured, name: str) -> Any:
    value = getattr(measured, name)
    return _encode(value).decode() if name in _JSON and value is not None else value


def _value(name: str, value: Any) -> Any:
    if name in _JSON and value is not None:
        value = msgspec.json.decode(value)
        return value if isinstance(value, dict) else tuple(map(tuple, value))
    return bool(value) if name in ("wrong", "regret") and value is not None else value
