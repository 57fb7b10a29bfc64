"""Adds what repeats showed to the noise kept of their route, in the transaction that writes their scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import structlog

from fallback.noise.state import NoiseState

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from fallback.noise.state import Seen
    from shadow.scorer.compare import Scored
    from shadow.scorer.take import Unscored

log = structlog.get_logger()

_STORED = "SELECT began, seen, repeats, state FROM noise WHERE route = ? AND epoch = ?"
_KEEP = "INSERT OR REPLACE INTO noise VALUES (?, ?, ?, ?, ?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class Repeats:
    """What the repeats of one exchange showed, under which epoch, and what the model's own took."""

    epoch: str
    found: dict[str, Seen]
    tokens_in: int | None = None
    tokens_out: int | None = None
    cost: float | None = None


def fold(connection: sqlite3.Connection, batch: Iterable[Scored]) -> None:
    """Add the repeats of a batch to what is kept, in the open transaction: so each is added exactly once."""
    groups: dict[tuple[str, str], list[Scored]] = {}
    for scored in batch:
        if scored.repeats is not None:
            groups.setdefault((scored.exchange.route, scored.repeats.epoch), []).append(scored)
    for key, group in groups.items():
        _fold(connection, key, group)


def _fold(connection: sqlite3.Connection, key: tuple[str, str], group: list[Scored]) -> None:
    exchanges: list[Unscored] = [scored.exchange for scored in group]
    times, repeats, state = [exchange.at for exchange in exchanges], len(group), NoiseState()
    stored = connection.execute(_STORED, key).fetchone()
    if stored is not None:
        times += stored[:2]
        repeats += stored[2]
        state = _loaded(stored[3], key[0])
    for scored in group:
        if scored.repeats is not None:
            state.add(scored.repeats.found)
    state.look()
    newest = exchanges[-1]
    words = (newest.model or "", newest.version or "")
    connection.execute(_KEEP, (*key, *words, min(times), max(times), repeats, state.dumps()))


def _loaded(stored: str, route: str) -> NoiseState:
    """Read what was kept; what cannot be read is lost, and counting begins anew."""
    try:
        return NoiseState.loads(stored)
    except (msgspec.MsgspecError, ValueError) as exc:
        log.error("shadow.noise_lost", route=route, error=type(exc).__name__)  # noqa: TRY400 - the stack says nothing more
        return NoiseState()
