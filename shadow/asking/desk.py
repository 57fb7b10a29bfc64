"""Asks in a thread of its own, so that no upstream, however slow, holds up scoring. Bounded by each one's `queue`."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog

from fallback.breaker import Breaker
from shadow.asking.build import build_asked
from shadow.asking.upstream import AskedUpstream, Heard, Spending
from shadow.config.tls import files_of
from shadow.limits.throttle import RateLimiter
from shadow.proxy.model import ModelCalls
from shadow.tasks import Tasks
from shadow.upstream.transport import Transports

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shadow.asking.questions import Question, Upstream
    from shadow.clock import Clock
    from shadow.config.asked import AnyAsked

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Job:
    """The questions that have to be asked about one exchange."""

    exchange: str
    route: str
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a job, question by question."""

    job: Job
    heard: tuple[Heard, ...]


class Desk:
    """The thread, its loop and the upstreams. `take` and `done` are for one other thread: the scorer's."""

    def __init__(self, upstreams: Mapping[Upstream, AnyAsked], clock: Clock) -> None:
        self._asked = dict(upstreams)
        self._spending = {
            upstream: Spending(asked.budget.per_day if asked.budget else None, asked.price.per_call, clock)
            for upstream, asked in self._asked.items()
        }
        self._waiting: Counter[Upstream] = Counter()
        self._finished: queue.SimpleQueue[Done] = queue.SimpleQueue()
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._tasks = Tasks()
        self._at: dict[Upstream, AskedUpstream] = {}
        self._thread = threading.Thread(target=self._run, name="shadow-asking", daemon=True)
        self._thread.start()
        self._ready.wait()

    def room(self, upstreams: set[Upstream]) -> bool:
        """Tell whether one more exchange may wait for each of these."""
        return all(self._waiting[upstream] < self._asked[upstream].queue for upstream in upstreams)

    def take(self, job: Job) -> None:
        """Ask all of a job's questions; what comes of it is given by `done`."""
        self._waiting.update({question.upstream for question in job.questions})
        self.there().call_soon_threadsafe(self._begin, job)

    def done(self) -> list[Done]:
        """Give what came of jobs since the last time."""
        found = []
        while True:
            try:
                found.append(self._finished.get_nowait())
            except queue.Empty:
                break
        for each in found:
            self._waiting.subtract({question.upstream for question in each.job.questions})
        return found

    def known(self, day: int, spent: Mapping[Upstream, float]) -> None:
        """Take what the store says that each upstream has cost on a day."""
        for upstream, cost in spent.items():
            if upstream in self._asked:
                self.there().call_soon_threadsafe(self._spending[upstream].known, day, cost)

    def snapshot(self) -> dict[str, dict[str, Any]]:
        """Tell how each upstream stands, for the heartbeat."""
        return {
            " ".join(key): {"waiting": self._waiting[key], **upstream.snapshot()}
            for key, upstream in self._at.items()
        }

    def close(self) -> None:
        """Stop asking: calls under way are given up, and what they would have said is asked anew another time.

        What has been answered is still given by `done`.
        """
        if self._loop is not None and self._stop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()

    def there(self) -> asyncio.AbstractEventLoop:
        """Give the thread's loop; RuntimeError when it has ended, for nothing would ever be answered then."""
        if self._loop is None or not self._thread.is_alive():
            raise RuntimeError("the thread that asks has ended")
        return self._loop

    def _begin(self, job: Job) -> None:
        self._tasks.keep(self._answer(job), name="asking")

    async def _answer(self, job: Job) -> None:
        now = asyncio.get_running_loop().time()
        heard = await asyncio.gather(
            *(
                self._at[question.upstream].ask(question, now + self._asked[question.upstream].wait)
                for question in job.questions
            ),
            return_exceptions=True,
        )
        known = [
            Heard(question, "plugin_failed") if isinstance(each, BaseException) else each
            for question, each in zip(job.questions, heard, strict=True)
        ]
        self._finished.put(Done(job, tuple(known)))

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._stop, self._loop = asyncio.Event(), asyncio.get_running_loop()
        transports = Transports()
        self._at = {
            upstream: self._upstream(upstream, asked, transports) for upstream, asked in self._asked.items()
        }
        self._ready.set()
        await self._stop.wait()
        await self._tasks.drain(0)
        for upstream in self._at.values():
            await upstream.close()
        await transports.close()

    def _upstream(self, upstream: Upstream, asked: AnyAsked, transports: Transports) -> AskedUpstream:
        (kind, name), limit = upstream, asked.rate_limit
        connect = partial(transports.to, files=files_of(asked), lookups=asked.max_lookups)
        adapter = build_asked(name, asked, connect=connect)
        calls = ModelCalls(
            name,
            adapter,
            timeout=asked.timeout,
            max_in_flight=asked.max_in_flight,
            limiter=RateLimiter(limit.calls, limit.period, limit.wait) if limit is not None else None,
            breaker=Breaker(asked.breaker.failures, asked.breaker.within, asked.breaker.cool_down),
            tasks=self._tasks,
        )
        return AskedUpstream(kind, asked, calls, self._spending[upstream])
