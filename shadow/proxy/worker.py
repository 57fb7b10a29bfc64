"""A proxy worker as a process: builds what a request needs, listens, and leaves in order."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog

from shadow.clock import SystemClock
from shadow.config.load import load
from shadow.config.tls import files_of
from shadow.config.watch import Watcher
from shadow.ids import new_id
from shadow.lifecycle import raise_descriptor_limit, runner, told_to_stop
from shadow.listening import BACKLOG, bind
from shadow.proxy.accept import Front
from shadow.proxy.build import Builder
from shadow.proxy.door import Door
from shadow.proxy.errors import CLOSED
from shadow.proxy.exchange import Surroundings
from shadow.proxy.forward import Legacy
from shadow.proxy.forwarded import policy
from shadow.proxy.limits import limits_of
from shadow.proxy.live import Live, SwitchReader
from shadow.proxy.repeats import Means
from shadow.proxy.server import Server
from shadow.proxy.spare import Spare
from shadow.record.recorder import Recorder, Recording
from shadow.record.workers import Worker as Process
from shadow.seats import Alone
from shadow.tasks import Tasks
from shadow.tls import client_context, server_context
from shadow.upstream.pool import Pool
from shadow.upstream.target import Origin

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping
    from pathlib import Path

    from shadow.config.model import Config, Listen
    from shadow.config.model import Legacy as LegacyKeys
    from shadow.proxy.forward import Policy
    from shadow.seats import Seat

log = structlog.get_logger()

SWITCH_INTERVAL = 0.0001
"""Seconds a thread may hold the interpreter while the event loop waits for it."""

CLOSE_WITHIN = 5.0
"""Seconds the recorder gets to write what it still holds."""


class Worker:
    """One proxy worker: its listener, its calls and its record."""

    def __init__(self, path: Path, environ: Mapping[str, str]) -> None:
        self.config: Config = load(path, environ=environ)
        self.id = new_id()
        self.clock = SystemClock()
        self.tasks = Tasks()
        config = self.config
        settings = Recording(config.record.flush, config.record.queue, strict=config.record.audit == "strict")
        self.recorder = Recorder(
            config.store,
            Process(self.id, "proxy", socket.gethostname(), os.getpid(), self.clock.now()),
            settings,
            clock=self.clock,
            state=self.state,
        )
        self.pool = _pool(config.legacy)
        self.spare = Spare(config.listen.shed_above)
        self.second = _pool(config.legacy)  # of the repeats: they take no client's connection
        self.builder = Builder(self.tasks, Means(self.second, config.legacy.timeout, self.tasks, self.spare))
        self.live = Live(
            self.builder(config),
            self.builder,
            watcher=Watcher(path, environ, config),
            switches=SwitchReader(config.store),
            clock=self.clock,
        )
        around = Surroundings(
            legacy=Legacy(self.pool, config.legacy.timeout, _policy(config, self.pool)),
            record=self.recorder,
            tasks=self.tasks,
            clock=self.clock,
            commit_within=config.record.commit_timeout if config.record.audit == "strict" else None,
            spare=self.spare,
        )
        self.front = Front(self.live, around, self.recorder.count, max_headers=config.listen.max_headers)
        self._server: Server | None = None

    @property
    def busy(self) -> bool:
        """Whether any call outlives its request at the moment."""
        return len(self.tasks) > 1  # one keeps the plan up to date

    def state(self) -> dict[str, Any]:
        """Tell how this worker stands, for its heartbeat in the store: gauges and counters, no secrets."""
        return {
            "active": self.front.active,
            "tasks": len(self.tasks),
            "client_connections": self._server.open if self._server is not None else 0,
            "refused_requests": self.front.errors.refused,
            "own_errors": self.front.errors.snapshot(),
            "malformed": dict(self.front.errors.causes),
            "hurried": self._server.hurried if self._server is not None else 0,
            "refused_config": self.live.refused,
            "switches_failing": self.live.switches_failing,
            "legacy_pool": self.pool.snapshot(),
            "models": self.builder.snapshot(),
            "model_lookups": self.builder.lookups(),
            "repeats": self.builder.repeats(),
            "spare": self.spare.snapshot(),
            "weighing": self.builder.weighing(),
            "samples": self.builder.samples(),
            "record": self.recorder.snapshot(),
        }

    async def start(self, sock: socket.socket | None = None, seat: Seat | None = None) -> int:
        """Listen, on the configured address or an inherited socket, and give the port.

        With a seat the socket is shared with the other workers of the house.
        """
        listen = self.config.listen
        sock = sock or bind(listen.host, listen.port, "listen")
        self.recorder.start()
        await self.live.look()
        await self.builder.begin(self.live.plan)
        self._keeping = self.tasks.start(self.live.keep(), name="live")
        self._server = Server(self.front.handle, limits_of(self.config), self.front.errors)
        port: int = sock.getsockname()[1]
        self._listener = await self._open(self._server, sock, seat)
        log.info("shadow.worker_started", worker=self.id, host=listen.host, port=port)
        return port

    async def _open(
        self, server: Server, sock: socket.socket, seat: Seat | None
    ) -> asyncio.AbstractServer | Door:
        tls = _listens_with(self.config.listen)
        if seat is None and not tls:
            return await asyncio.get_running_loop().create_server(server, sock=sock, backlog=BACKLOG)
        door = Door(
            sock,
            server,
            lambda: server.open,
            seat=seat or Alone(),  # the loop's own server would say nothing of handshakes that fail
            tasks=self.tasks,
            tls=tls,
            failed=partial(self.front.errors.add, CLOSED, "tls_handshake"),
        )
        door.open()
        return door

    async def stop(self) -> None:
        """Take no more requests, finish those under way as far as the drain time allows, and write all down."""
        log.info("shadow.worker_draining", worker=self.id, active=self.front.active)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.config.listen.drain
        self._listener.close()
        assert self._server is not None
        self._server.pre_shutdown()
        await self._server.shutdown(self.config.listen.drain)
        self._keeping.cancel()
        await asyncio.wait({self._keeping})
        cut = await self.tasks.drain(max(deadline - loop.time(), 0.0))
        if cut:
            log.warning("shadow.calls_cut", calls=cut)
        await self._close()
        log.info("shadow.worker_stopped", worker=self.id)

    async def _close(self) -> None:
        await self.live.close()
        await self.builder.close()
        await self.pool.close()
        await self.second.close()
        await self.recorder.close(CLOSE_WITHIN)

    async def run(self, sock: socket.socket | None = None, seat: Seat | None = None) -> None:
        """Serve until told to stop."""
        told = told_to_stop()
        await self.start(sock, seat)
        # What stands now stands until the end: the collector need not walk it again and again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)
        # The thread that looks for switches gives way to the loop fifty times sooner than by default.
        sys.setswitchinterval(SWITCH_INTERVAL)
        self.spare.start()
        await told.wait()
        self.spare.close()
        await self.stop()


def _listens_with(listen: Listen) -> dict[str, Any]:
    """Give what the loop is told of TLS with clients."""
    if listen.cert is None or listen.key is None:
        return {}
    context = server_context(listen.cert, listen.key, listen.client_ca)
    return {"ssl": context, "ssl_handshake_timeout": listen.header_timeout}


def _pool(legacy: LegacyKeys) -> Pool:
    return Pool(
        Origin.parse(legacy.url),
        connect_timeout=legacy.timeout,
        max_connections=legacy.max_connections,
        idle_timeout=legacy.idle_timeout,
        head_limit=legacy.max_header_size,
        ssl=_calls_with(legacy),
        lookups=legacy.max_lookups,
    )


def _policy(config: Config, pool: Pool) -> Policy | None:
    host = pool.origin.host_header
    return policy(config.legacy, host=host, encrypted=config.listen.cert is not None)


def _calls_with(legacy: LegacyKeys) -> ssl.SSLContext | None:
    return client_context(files_of(legacy)) if legacy.url.lower().startswith("https:") else None


def run_worker(
    path: Path,
    environ: Mapping[str, str],
    sock: socket.socket | None = None,
    seat: Seat | None = None,
) -> None:
    """Run a worker in this process until it is told to stop."""
    raise_descriptor_limit()
    with runner() as each:
        each.run(Worker(path, environ).run(sock, seat))
