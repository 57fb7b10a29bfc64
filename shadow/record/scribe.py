"""The recorder's task: takes loads from the queue, has them written, and tries again while the store fails."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
import structlog

from shadow.record.store import is_store_failure, name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from shadow.clock import Clock
    from shadow.record.intake import Intake, Load
    from shadow.record.workers import Worker
    from shadow.record.writer import Batch

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Recording:
    """How to record: seconds between batches, bytes that may wait, whether commits wait for the disk.

    `rows` bounds a transaction. `busy` is how many seconds one try waits for another process's lock;
    `back_off` how many pass between tries of a failing store, at first and at most. `beat` is between
    heartbeats, and `quiet` the least between two log events of a failing store.
    """

    flush: float = 0.02
    queue: int = 64 << 20
    strict: bool = False
    rows: int = 512
    busy: float = 1.0
    back_off: tuple[float, float] = (0.05, 1.0)
    beat: float = 1.0
    quiet: float = 10.0


class Outage:
    """Since when the store fails, and of what; tells the log when that begins and ends, but not too often."""

    def __init__(self, clock: Clock, settings: Recording) -> None:
        self.since: int | None = None
        self.error: str | None = None
        self.delay = 0.0
        self._clock = clock
        self._settings = settings
        self._told_at: float | None = None
        self._told = False

    def note(self, error: Exception, waiting: int) -> None:
        """Note a failed try, and wait longer until the next."""
        first, most = self._settings.back_off
        self.delay = min(self.delay * 2 or first, most)
        self.error = name_of(error)
        if self.since is None:
            self.since = self._clock.now()
        now = self._clock.monotonic()
        if self._told_at is None or now - self._told_at >= self._settings.quiet:
            self._told_at, self._told = now, True
            log.error("shadow.record_failed", error=self.error, waiting=waiting, since=self.since)

    def end(self, lost: int) -> None:
        """Note that writing works again."""
        if self.since is None:
            return
        if self._told:
            seconds = (self._clock.now() - self.since) / 1e6
            log.info("shadow.record_resumed", error=self.error, seconds=round(seconds, 3), lost=lost)
        self.since, self.delay, self._told = None, 0.0, False


class Pen(Protocol):
    """What batches are written with, one at a time."""

    async def write(self, batch: Batch[bytes], worker: Worker) -> Sequence[str]:
        """Commit a batch; give the ids of exchanges that could not be written for a fault of their own."""
        ...

    async def close(self) -> None:
        """Let go of whatever it holds; the next write takes it up again."""
        ...


class Scribe:
    """Runs as a task of the worker's loop; the recorder stirs it, reads its counters and asks it to end."""

    def __init__(
        self,
        intake: Intake,
        pen: Pen,
        worker: Worker,
        settings: Recording,
        *,
        clock: Clock,
        state: Callable[[], dict[str, Any]],
    ) -> None:
        self.stirred = False
        self.closing = False
        self.abandoned = False
        self.left = False
        self.drains: deque[asyncio.Future[bool]] = deque()
        self.outage = Outage(clock, settings)
        self.written = self.batches = self.dropped = 0
        self._intake = intake
        self._pen = pen
        self._worker = worker
        self._settings = settings
        self._clock = clock
        self._state = state
        self._load: Load | None = None
        self._asked: list[asyncio.Future[bool]] = []
        self._beaten: float | None = None
        self._work = asyncio.Event()
        self._hurry = asyncio.Event()

    @property
    def waiting(self) -> int:
        """Exchanges that wait or are being written."""
        load = self._load
        return len(self._intake) + (0 if load is None else len(load.batch))

    def stir(self, *, hurry: bool = False) -> None:
        """Tell the task that there is something to do; with `hurry`, at once."""
        self.stirred = True
        if hurry:
            self._hurry.set()
        self._work.set()

    async def run(self) -> None:
        """Write load after load, until asked to end and nothing waits, or until abandoned."""
        try:
            while not self.left and not self.abandoned:
                await self._pause()
                await self._turn()
        finally:
            if not self.left:
                self.dropped += self.waiting
                log.error("shadow.record_abandoned", lost=self.waiting, error=self.outage.error)
            await self._pen.close()

    async def _pause(self) -> None:
        """Wait until there is something to do, and then for company, unless somebody is in a hurry."""
        if self._load is not None:
            await _within(self.outage.delay, self._hurry)
        elif not self.closing and len(self._intake) < self._settings.rows:
            await _within(self._settings.beat, self._work)
            await _within(self._settings.flush, self._hurry)
        self._work.clear()
        self._hurry.clear()
        self.stirred = False

    async def _turn(self) -> None:
        """Write one load, or once more the one that failed."""
        leaving = self.closing and self.waiting == 0
        if self._load is None:
            self._collect_drains()
            if not (len(self._intake) or self._asked or leaving or self._beat_is_due()):
                return
            self._load = self._intake.take(self._settings.rows)
        load = self._load
        try:
            dropped = await self._pen.write(load.batch, self._introduce(leaving=leaving))
        except Exception as exc:  # noqa: BLE001 - whatever it is, the proxy goes on
            self._failed(load, exc)
        else:
            self._succeeded(load, dropped)
            self.left = leaving

    def _collect_drains(self) -> None:
        while self.drains:
            self._asked.append(self.drains.popleft())

    def _beat_is_due(self) -> bool:
        return self._beaten is None or self._clock.monotonic() - self._beaten >= self._settings.beat

    def _introduce(self, *, leaving: bool) -> Worker:
        """Give the heartbeat that goes with a batch; the gauges are asked for only when it is due."""
        now = self._clock.now()
        state = self._gauges() if leaving or self._beat_is_due() else {}
        return replace(self._worker, seen=now, stopped=now if leaving else None, state=state)

    def _gauges(self) -> dict[str, Any]:
        try:
            state = self._state()
            msgspec.json.encode(state)
        except Exception as exc:  # noqa: BLE001 - a broken gauge must not stop the record
            log.warning("shadow.worker_state_failed", error=type(exc).__name__)
            return {}
        return state

    def _failed(self, load: Load, error: Exception) -> None:
        """Keep the load for another try, less the commits, whose askers are told now."""
        self.outage.note(error, self.waiting)
        _tell([commit.future for commit in self._intake.give_up(load)], value=False)
        if not is_store_failure(error):
            self.dropped += len(load.batch)
            self._intake.set_aside(load)
            self._load = None

    def _succeeded(self, load: Load, dropped: Sequence[str]) -> None:
        self._load = None
        self._beaten = self._clock.monotonic() if self._beat_is_due() else self._beaten
        self.written += len(load.batch) - len(dropped)
        self.batches += 1
        self._intake.written(load)
        self._tell_commits(load, set(dropped))
        self.outage.end(self._intake.lost + self.dropped)
        if not len(self._intake):
            _tell(self._asked, value=True)
            self._asked = []

    def _tell_commits(self, load: Load, dropped: set[str]) -> None:
        """Tell who waits for a commit; one that could not be opened is not lost before its finish."""
        refused = [commit for commit in load.commits if commit.id in dropped]
        for commit in refused:
            self._intake.disown(commit)
        self.dropped += len(dropped) - len(refused)
        _tell([commit.future for commit in refused], value=False)
        _tell([commit.future for commit in load.commits if commit.id not in dropped], value=True)


async def _within(seconds: float, event: asyncio.Event) -> None:
    """Wait for an event, but not longer."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


def _tell(futures: Iterable[asyncio.Future[bool]], *, value: bool) -> None:
    for future in futures:
        if not future.done():
            future.set_result(value)
