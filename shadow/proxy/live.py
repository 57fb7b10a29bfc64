"""What is in force right now: the configuration, and the run-time switches above it.

A poll every 100 ms reads both off the event loop; what is new is swapped in whole between two requests.
"""

from __future__ import annotations

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol

import structlog

from fallback.switch import Override
from shadow.errors import ShadowError
from shadow.proxy.route import Router
from shadow.record.certificates import in_force
from shadow.record.store import open_store
from shadow.record.switches import read, revision

if TYPE_CHECKING:
    from collections.abc import Callable

    from fallback.switch import Grant
    from shadow.clock import Clock
    from shadow.config.model import Config
    from shadow.config.watch import Watcher
    from shadow.proxy.plan import Plan, RoutePlan
    from shadow.record.store import Store

log = structlog.get_logger()

EVERY = 0.1
"""Seconds between two looks at the switches: well below the 250 ms within which a kill must be in force."""

BUSY = 0.5
"""Seconds to wait for another process's lock; a store that stays locked is looked at again."""

UNKNOWN = {"*": [Override("killed", True, None)]}  # noqa: FBT003 - an override's value
"""What holds while the switches cannot be read for the first time: nobody knows of a kill, so all is killed."""


class SwitchReader:
    """Reads the run-time switches and the certificates when they have changed, which the audit log shows.

    Blocking; opens the store when it can be opened.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._store: Store | None = None
        self._revision: int | None = None
        self.failing: str | None = None
        self.grants: dict[str, Grant] = {}

    def poll(self) -> dict[str, list[Override]] | None:
        """Give every override when something changed since the last call, else None."""
        try:
            if self._store is not None and self._store.moved():
                self.close()  # the file was deleted or replaced: nobody will ever change this one again
            if self._store is None:
                # Not read-only: whoever comes first makes the store, so that a new one is known to hold no kill.
                self._store = open_store(self._url, busy=BUSY)
            now = revision(self._store)
            if now == self._revision:
                self.failing = None
                return None
            found: dict[str, list[Override]] = {}
            for row in read(self._store, 0):
                found.setdefault(row.route, []).append(Override(row.key, row.value, row.until))
            self.grants = in_force(self._store)
        except (ShadowError, sqlite3.Error, OSError) as exc:
            self.failing = type(exc).__name__
            self.close()
            return None
        self._revision, self.failing = now, None
        return found

    def close(self) -> None:
        """Let go of the store; the next poll opens it anew."""
        store, self._store = self._store, None
        self._revision = None
        if store is not None:
            store.close()


class Builder(Protocol):
    """Makes a plan of a configuration, taking over what is unchanged from the one before."""

    def __call__(self, config: Config, /) -> Plan:
        """Build the plan of a configuration."""
        ...


class Live:
    """The plan in force, and how it is kept so."""

    def __init__(
        self, plan: Plan, build: Builder, *, watcher: Watcher, switches: SwitchReader, clock: Clock
    ) -> None:
        self._build = build
        self._watcher = watcher
        self._switches = switches
        self._clock = clock
        self._overrides: dict[str, list[Override]] = UNKNOWN
        self._unbuilt: str | None = None
        self._thread = ThreadPoolExecutor(
            1, "shadow-live"
        )  # a connection belongs to the thread that opened it
        self._take(plan)
        self.find: Callable[[str, str], RoutePlan | None]

    @property
    def plan(self) -> Plan:
        """The plan in force."""
        return self._plan

    @property
    def refused(self) -> str | None:
        """Why the configuration file as it stands is not in force; None when it is."""
        return self._watcher.refused or self._unbuilt

    @property
    def switches_failing(self) -> str | None:
        """The kind of error with which the switches cannot be read; None when they can."""
        return self._switches.failing

    async def keep(self) -> None:
        """Keep the plan up to date until cancelled. Whatever fails, the next look may hold a kill."""
        while True:
            try:
                await self.look()
            except Exception as exc:
                log.exception("shadow.look_failed", error=type(exc).__name__)
            await asyncio.sleep(EVERY)

    async def look(self) -> None:
        """Take in whatever has changed since the last look."""
        overrides, config = await asyncio.get_running_loop().run_in_executor(self._thread, self._poll)
        if overrides is not None:
            self._overrides = overrides
        if config is not None:
            self._reload(config)
        elif overrides is not None or any(each.until for row in self._overrides.values() for each in row):
            self._refresh()

    def _reload(self, config: Config) -> None:
        """Put a configuration in force; one that cannot be built after all leaves the old one where it is."""
        try:
            plan = self._build(config)
        except Exception as exc:  # noqa: BLE001 - the fence: a plugin's constructor may raise anything
            detail = f": {exc}" if isinstance(exc, ShadowError) else ""  # other words may quote a secret
            self._unbuilt = f"it cannot be put in force ({type(exc).__name__}{detail})"
            log.warning("shadow.config_refused", why=self._unbuilt)
            self._refresh()
            return
        self._unbuilt = None
        self._take(plan)
        log.info("shadow.config_reloaded", routes=len(config.routes))

    def _poll(self) -> tuple[dict[str, list[Override]] | None, Config | None]:
        return self._switches.poll(), self._watcher.poll()

    async def close(self) -> None:
        """Let go of the store."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._switches.close)
        self._thread.shutdown()

    def _take(self, plan: Plan) -> None:
        self._plan = plan
        self._refresh()
        self.find = Router(plan.routes.values()).find

    def _refresh(self) -> None:
        self._plan.refresh(self._overrides, self._clock.now(), self._switches.grants)
