"""What the proxy worker calls to have its exchanges recorded. Never blocks the event loop, never raises."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from shadow.clock import SystemClock
from shadow.record.intake import Intake
from shadow.record.remote import RemotePen
from shadow.record.rows import MINUTE
from shadow.record.scribe import Recording, Scribe
from shadow.tasks import Tasks

if TYPE_CHECKING:
    from collections.abc import Callable

    from fallback.words import Disposition, Phase, Reason, Side
    from shadow.clock import Clock
    from shadow.record.exchange import Exchange
    from shadow.record.scribe import Pen
    from shadow.record.workers import Worker

_LAST_TRY = 0.5
"""Seconds, beyond the wait for a lock, in which the try under way may end once all is given up."""

__all__ = ["Recorder", "Recording"]


class Recorder:
    """Has finished exchanges written in batches, by a process of its own, and counts what cannot be written.

    `state` gives the worker's gauges for its heartbeat. `pen` is what the batches are written with, when that is
    not the process.
    """

    def __init__(
        self,
        url: str,
        worker: Worker,
        settings: Recording | None = None,
        *,
        clock: Clock | None = None,
        state: Callable[[], dict[str, Any]] = dict,
        pen: Pen | None = None,
    ) -> None:
        settings = settings or Recording()
        self._clock = clock or SystemClock()
        self._busy = settings.busy
        self._intake = Intake(settings.queue)
        self.pen = pen or RemotePen(url, strict=settings.strict, busy=settings.busy)
        self._scribe = Scribe(self._intake, self.pen, worker, settings, clock=self._clock, state=state)
        self._tasks = Tasks()
        self._writing: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start writing, in the loop that runs."""
        self._writing = self._tasks.start(self._scribe.run(), name="recorder")

    def put(self, exchange: Exchange) -> bool:
        """Queue a finished exchange; False when all or what it holds is lost: it then counts as `unrecorded`."""
        scribe = self._scribe
        if scribe.closing:
            self._intake.refuse(exchange)
            return False
        taken = self._intake.put(exchange)
        if not scribe.stirred:
            scribe.stir()
        return taken

    def count(
        self,
        route: str,
        phase: Phase,
        *,
        served: Side,
        reason: Reason,
        disposition: Disposition | None,
    ) -> None:
        """Count one request that gets no row: of a route that is off, or unmatched ('' is its route)."""
        minute = self._clock.now() // MINUTE
        final = "" if disposition is None else disposition._value_
        self._intake.counts.add((minute, route, phase._value_, served._value_, reason._value_, final))

    async def commit(self, exchange: Exchange, timeout: float) -> bool:  # noqa: ASYNC109 - an answer
        """Write an exchange down as open, durably; False when that failed or took over `timeout` seconds.

        Whatever comes of it, `finish` must be called with what the client got in the end. A store known to
        fail is not waited for. Durable against a loss of power only when the settings are `strict`.
        """
        if self._scribe.closing or self._scribe.outage.since is not None:
            return False
        commit = self._intake.ask(exchange, asyncio.get_running_loop().create_future())
        if commit is None:
            return False
        self._scribe.stir(hurry=True)
        try:
            async with asyncio.timeout(timeout):
                return await commit.future
        except TimeoutError:
            return False
        finally:
            self._intake.withdraw(commit)

    def finish(self, exchange: Exchange) -> bool:
        """Queue the full row of an exchange given to `commit`; False when its bodies or all of it went."""
        if self._scribe.closing:
            self._intake.refuse(exchange)
            return False
        taken = self._intake.finish(exchange)
        if not self._scribe.stirred:
            self._scribe.stir()
        return taken

    async def drain(self, timeout: float) -> bool:  # noqa: ASYNC109 - an answer
        """Wait until nothing waits to be written; False when that took longer than `timeout` seconds."""
        drained: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._scribe.drains.append(drained)
        self._scribe.stir(hurry=True)
        done, _ = await asyncio.wait([drained], timeout=timeout)
        return bool(done)

    async def close(self, timeout: float) -> bool:  # noqa: ASYNC109 - an answer
        """Write what waits and say that the worker left; False when that took over `timeout` seconds.

        Called once nothing is put any more. What could not be written by then is given up, after the try under
        way, and counted as lost.
        """
        scribe = self._scribe
        scribe.closing = True
        scribe.stir(hurry=True)
        if self._writing is not None:
            _, late = await asyncio.wait({self._writing}, timeout=timeout)
            if late:
                scribe.abandoned = True
                scribe.stir(hurry=True)
                await self._tasks.drain(self._busy + _LAST_TRY)
        return scribe.left

    def snapshot(self) -> dict[str, int | str | None]:
        """Count what waits, was written, was lost; since when (µs) the store fails, and of what."""
        scribe = self._scribe
        return {
            "queued_rows": scribe.waiting,
            "queued_bytes": self._intake.weight,
            "written_rows": scribe.written,
            "lost_rows": self._intake.lost + scribe.dropped,
            "batches": scribe.batches,
            "failing_since": scribe.outage.since,
            "last_error": scribe.outage.error,
        }
