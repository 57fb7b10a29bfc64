"""The scorer as a process: score what is there, tidy now and then, wait, and start again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sqlite3
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import structlog

from shadow.asking.asking import Asking
from shadow.clock import SystemClock
from shadow.config.load import load
from shadow.config.watch import Watcher
from shadow.errors import StoreError
from shadow.ids import new_id
from shadow.lifecycle import runner, until_told_to_stop
from shadow.record.store import is_store_failure, open_store
from shadow.record.workers import Worker, beat
from shadow.scorer.certify import Certifier
from shadow.scorer.compare import score, set_aside
from shadow.scorer.lenses import lenses_of
from shadow.scorer.take import take
from shadow.scorer.tidy import tidy
from shadow.scorer.write import write

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from shadow.asking.said import Words
    from shadow.clock import Clock
    from shadow.config.model import Config
    from shadow.record.store import Store
    from shadow.scorer.compare import Scored
    from shadow.scorer.fence import Fence
    from shadow.scorer.take import Unscored

log = structlog.get_logger()

BATCH = 200
LONG = 1.0
"""Seconds after which a batch was too large: it keeps others from the store, and the scorer from saying it is there."""
PAUSE = 0.05
"""Seconds to wait when there was nothing to score."""
TROUBLE_PAUSE = 1.0
"""Seconds to wait after the store failed."""
TIDY_EVERY = 5_000_000
BEAT_EVERY = 1_000_000


class Scorer:
    """Scores exchanges in batches. Every method blocks; none needs an event loop.

    Without a fence an exchange has all the time it takes.
    """

    def __init__(
        self, config: Config, clock: Clock, watcher: Watcher | None = None, fence: Fence | None = None
    ) -> None:
        self.id = fence.scorer if fence is not None else new_id()
        self.scored = 0
        self._obstacles: Counter[tuple[str, str]] = Counter()
        self._clock = clock
        self._started = clock.now()
        self._watcher = watcher
        self._fence = fence
        self._store: Store | None = None
        self._tidied = self._beaten = 0
        self._batch = BATCH
        self._asking = Asking(config, clock, fence=fence)
        self._take_config(config)

    def _take_config(self, config: Config) -> None:
        self._lenses = lenses_of(config)
        self._certifier = Certifier(config)
        self._url = config.store
        if self._fence is not None:
            self._fence.seconds = config.scorer.timeout
        self._panels = {name: lens.whole for name, lens in self._lenses.items()}
        self._asking = Asking(config, self._clock, self._asking.close(), fence=self._fence)
        self._keep = {name: str(route.keep.bodies) for name, route in config.routes.items()}
        self._days = {name: route.keep.days for name, route in config.routes.items()}

    def step(self) -> float:
        """Score one batch and give the seconds to wait before the next: none while there is more."""
        try:
            if self._watcher is not None and (config := self._watcher.poll()) is not None:
                self._take_config(config)
            store = self._opened()
            full = self._score_batch(store)
            self._certifier.look(store, self._clock.now())
            self._keep_house(store)
        except Exception as exc:  # noqa: BLE001 - whatever it is, the next try may find it gone
            detail = str(exc) if is_store_failure(exc) else ""  # other words may quote an answer
            log.error("shadow.scoring_failed", error=type(exc).__name__, detail=detail)  # noqa: TRY400 - told each second
            self.close()
            return TROUBLE_PAUSE
        return 0.0 if full else PAUSE

    def _opened(self) -> Store:
        """Give the store, opened anew when its file was deleted or replaced."""
        if self._store is not None and self._store.moved():
            self.close()
        if self._store is None:
            self._store = open_store(self._url)
        return self._store

    def _score_batch(self, store: Store) -> bool:
        """Score what is there, but for what has to wait for somebody's word; and what waited and has it now.

        Says whether there may be more. Batches are as large as can be done in a second or so.
        """
        began = self._clock.monotonic()
        waiting = (
            self._asking.waiting
        )  # before their answers are taken: they are unscored until the write below
        ready = self._asking.answered(store)
        batch = take(store.db.conn, self._batch, waiting)
        ready += self._asking.sort(store, batch, self._lenses)
        if ready:
            scored = [self._score(each, words) for each, words in ready]
            self.scored += write(store, scored, panels=self._panels, keep=self._keep)
            self._count_obstacles(scored)
        full = len(batch) == self._batch
        if self._clock.monotonic() - began > LONG:
            self._batch = max(len(batch) // 2, 1)
        elif full:
            self._batch = min(self._batch * 2, BATCH)
        return full

    def _count_obstacles(self, scored: list[Scored]) -> None:
        """Count what stood in the way of comparators, once for each exchange."""
        for each in scored:
            if each.judgement is not None:
                route = each.exchange.route
                found = {
                    (route, str(score.obstacle))
                    for score in each.judgement.scores
                    if score.obstacle is not None
                }
                self._obstacles.update(found)

    def _score(self, exchange: Unscored, words: Words) -> Scored:
        lens, fence = self._lenses.get(exchange.route), self._fence
        if fence is None:
            return score(exchange, lens, words)
        if why := fence.begin(exchange.id, exchange.route):
            log.warning("shadow.exchange_set_aside", exchange=exchange.id, route=exchange.route, error=why)
            return set_aside(exchange, why)
        try:
            return score(exchange, lens, words)
        finally:
            fence.end()

    def _keep_house(self, store: Store) -> None:
        now = self._clock.now()
        if now - self._tidied >= TIDY_EVERY:
            self._tidied = now
            done = tidy(store, now, self._days)
            if any(done.values()):
                log.info("shadow.store_tidied", **done)
        if now - self._beaten >= BEAT_EVERY:
            self._beaten = now
            self._beat(store, now)

    def _beat(self, store: Store, now: int, *, stopped: int | None = None) -> None:
        me = Worker(
            self.id,
            "scorer",
            socket.gethostname(),
            os.getpid(),
            self._started,
            now,
            stopped=stopped,
            state=self.state(),
        )
        with store.transaction() as db:
            beat(db.conn, me)

    def stop(self) -> None:
        """Leave in order."""
        with contextlib.suppress(StoreError, sqlite3.Error):
            if self._store is not None:
                now = self._clock.now()
                self._asking.close()
                self._asking.answered(self._store)
                self._beat(self._store, now, stopped=now)
        self.close()

    def state(self) -> dict[str, Any]:
        """Tell how the scorer stands, for its heartbeat."""
        lost = self._fence.counts if self._fence is not None else {}
        return {
            "scored": self.scored,
            "refused_config": self._watcher.refused if self._watcher else None,
            "asking": self._asking.snapshot(),
            "obstacles": self._told_obstacles(),
            **lost,
        }

    def _told_obstacles(self) -> dict[str, dict[str, int]]:
        told: dict[str, dict[str, int]] = {}
        for (route, obstacle), n in self._obstacles.items():
            told.setdefault(route, {})[obstacle] = n
        return told

    def close(self) -> None:
        """Let go of the store, and of whom is asked; the next step opens it anew."""
        self._asking.close()
        store, self._store = self._store, None
        if store is not None:
            store.close()


async def _run(path: Path, environ: Mapping[str, str], fence: Fence | None = None, *pipes: int) -> None:
    config = load(path, environ=environ)
    scorer = Scorer(config, SystemClock(), Watcher(path, environ, config), fence)
    log.info("shadow.scorer_started", scorer=scorer.id)
    stop = asyncio.ensure_future(until_told_to_stop(*pipes))
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(
        1, "shadow-scorer"
    ) as thread:  # a connection belongs to the thread that opened it
        while not stop.done():
            pause = await loop.run_in_executor(thread, scorer.step)
            await asyncio.wait({stop}, timeout=pause)
        await loop.run_in_executor(thread, scorer.stop)
    log.info("shadow.scorer_stopped", scorer=scorer.id, scored=scorer.scored)


def run_scorer(path: Path, environ: Mapping[str, str], fence: Fence, pipe: int) -> None:
    """Run the scorer in this process until it is told to stop, or until nobody holds the pipe's other end."""
    with runner() as each:
        each.run(_run(path, environ, fence, pipe))
