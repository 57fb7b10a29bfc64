"""The bounded queue between the requests and the record, all of it in the worker's loop. Knows no store.

Exchanges wait as they will go over to the process that writes them: what that takes is what they weigh.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from msgspec.structs import replace

from fallback.words import Disposition
from shadow.record.rows import tally_key
from shadow.record.tallies import Deltas
from shadow.record.wire import UNSENDABLE, Packer, unpacked
from shadow.record.writer import Batch

if TYPE_CHECKING:
    import asyncio

    from shadow.record.exchange import Exchange
    from shadow.record.rows import Key


class Stage(Enum):
    """How far a strict commit has come."""

    QUEUED = "queued"
    WITHDRAWN = "withdrawn"
    WRITING = "writing"


LOAD_BYTES = 4 << 20
"""Bytes of one load, roughly: what is written at once is held at once, and twice, where it is written."""

_PLACE = 64
"""Bytes that a packed exchange takes besides its own: its object, and its place in the queue."""


@dataclass(slots=True, eq=False)
class Commit:
    """A strict commit's way through the queue."""

    id: str
    data: bytes
    future: asyncio.Future[bool]
    stage: Stage = Stage.QUEUED


@dataclass(slots=True)
class Load:
    """What was taken from the queue for one batch."""

    batch: Batch[bytes]
    weight: int
    commits: list[Commit] = field(default_factory=list)


class Intake:
    """Takes exchanges in up to a number of bytes, counts those it refuses, and hands them out in loads."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.counts = Deltas()
        self.lost = 0
        self._rows: deque[bytes] = deque()
        self._finals: deque[bytes] = deque()
        self._commits: deque[Commit] = deque()
        self._owed: set[str] = set()
        self._pack = Packer()
        self._waiting = 0

    def __len__(self) -> int:
        return len(self._rows) + len(self._finals) + len(self._commits)

    @property
    def weight(self) -> int:
        """Bytes that wait or are being written."""
        return self._waiting

    def put(self, exchange: Exchange) -> bool:
        """Queue a finished exchange; False when it is lost.

        One that has no room is counted as unrecorded; one that cannot be packed is queued without what it holds.
        """
        data, whole = self._packed(exchange), True
        if data is None:
            data, whole = self._remains(exchange), False
        if data is None or not self._has_room(data):
            self.refuse(exchange)
            return False
        self.lost += not whole
        self._waiting += _weight(data)
        self._rows.append(data)
        return whole

    def _packed(self, exchange: Exchange) -> bytes | None:
        """Pack an exchange; None where a plugin gave it what cannot be."""
        try:
            return self._pack(exchange)
        except UNSENDABLE:
            return None

    def _remains(self, exchange: Exchange) -> bytes | None:
        """Pack what is left of one that has no room, or cannot be packed: if need be, our own words alone."""
        held = _without_bodies(exchange)
        words = replace(held, method="", path="", cohorts=(), legacy=None, model=None)
        return self._packed(held) or self._packed(words)

    def _has_room(self, data: bytes) -> bool:
        return self._waiting + _weight(data) <= self.limit

    def refuse(self, exchange: Exchange) -> None:
        """Count an exchange whose row is lost."""
        self.lost += 1
        self.counts.add(tally_key(exchange, Disposition.UNRECORDED.value))

    def ask(self, exchange: Exchange, future: asyncio.Future[bool]) -> Commit | None:
        """Queue a commit ahead of everything else; None when there is no room, or it cannot be packed."""
        data = self._packed(exchange)
        if data is None or not self._has_room(data):
            return None
        commit = Commit(exchange.id, data, future)
        self._waiting += _weight(data)
        self._commits.append(commit)
        return commit

    def withdraw(self, commit: Commit) -> None:
        """Take a commit back, unless it is being written: then its row may come to stand in the store."""
        if commit.stage is Stage.QUEUED:
            commit.stage = Stage.WITHDRAWN

    def finish(self, exchange: Exchange) -> bool:
        """Queue the full row of an exchange that was to be committed.

        Where an open row may stand in the store it has to be closed: without room, or where it cannot be packed,
        its bodies are left out.
        """
        if exchange.id not in self._owed:
            return self.put(exchange)
        self._owed.discard(exchange.id)
        data = self._packed(exchange)
        whole = data is not None and self._has_room(data)
        if not whole:
            self.lost += 1
            data = self._remains(exchange)
        if data is not None:
            self._waiting += _weight(data)
            self._finals.append(data)
        return whole

    def take(self, most: int) -> Load:
        """Hand out every commit that waits and up to `most` of the rows, and the counts."""
        commits = self._begin()
        rows, finals = _popped(self._rows, most), _popped(self._finals, most)
        opens = [commit.data for commit in commits]
        return Load(Batch(opens, rows, finals, self.counts.take()), _weight(*opens, *rows, *finals), commits)

    def _begin(self) -> list[Commit]:
        """Take the commits that nobody withdrew: from here on their rows may stand in the store."""
        begun = []
        while self._commits:
            commit = self._commits.popleft()
            if commit.stage is Stage.WITHDRAWN:
                self._waiting -= _weight(commit.data)
                continue
            commit.stage = Stage.WRITING
            self._owed.add(commit.id)
            begun.append(commit)
        return begun

    def written(self, load: Load) -> None:
        """Free the room a load took."""
        self._waiting -= load.weight
        load.weight = 0

    def set_aside(self, load: Load) -> None:
        """Free the room of a load that can never be written, and have its counts kept.

        Its rows count as unrecorded. So will, once their worker has left, those that stand open in the store.
        What is no text cannot be counted either.
        """
        rows = [(tally_key(unpacked(row), Disposition.UNRECORDED.value), 1) for row in load.batch.rows]
        for key, n in (*load.batch.counts.items(), *rows):
            if _is_text(key):
                self.counts.add(key, n)
        self.written(load)

    def give_up(self, load: Load) -> list[Commit]:
        """Leave a load's commits out of its next try; their rows may stand in the store, or not."""
        commits, load.commits, load.batch.opens = load.commits, [], ()
        weight = _weight(*(commit.data for commit in commits))
        self._waiting -= weight
        load.weight -= weight
        return commits

    def disown(self, commit: Commit) -> None:
        """Note that a commit has no open row after all."""
        self._owed.discard(commit.id)


def _is_text(key: Key) -> bool:
    try:
        "".join(key[1:]).encode()
    except UnicodeEncodeError:
        return False
    return True


def _popped(queue: deque[bytes], most: int) -> list[bytes]:
    """Take up to `most`, and not many bytes, from the front."""
    taken: list[bytes] = []
    total = 0
    while queue and len(taken) < most and total < LOAD_BYTES:
        data = queue.popleft()
        taken.append(data)
        total += len(data)
    return taken


def _weight(*data: bytes) -> int:
    return _PLACE * len(data) + sum(map(len, data))


def _without_bodies(exchange: Exchange) -> Exchange:
    return replace(
        exchange,
        disposition=Disposition.UNRECORDED,
        request=None,
        legacy=None if exchange.legacy is None else replace(exchange.legacy, answer=None),
        model=None if exchange.model is None else replace(exchange.model, answer=None),
        legacy_again=None,
        model_again=None,
    )
