"""The admin role as a process: an HTTP server on the admin address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from aiohttp import web

from shadow.admin.api import application
from shadow.clock import SystemClock
from shadow.config.load import load
from shadow.config.watch import Watcher
from shadow.lifecycle import runner, told_to_stop
from shadow.listening import bind

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping
    from pathlib import Path

log = structlog.get_logger()

SHUTDOWN = 2.0
"""Seconds that an answer under way has when the role is told to stop."""


async def _run(path: Path, environ: Mapping[str, str], sock: socket.socket | None) -> None:
    told = told_to_stop()
    config = load(path, environ=environ)
    sock = sock or bind(config.admin.host, config.admin.port, "admin")
    app = application(config, SystemClock(), Watcher(path, environ, config))
    served = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN)
    await served.setup()
    await web.SockSite(served, sock).start()
    address: Any = served.addresses[0]
    log.info("shadow.admin_started", host=address[0], port=address[1])
    await told.wait()
    await served.cleanup()
    log.info("shadow.admin_stopped")


def run_admin(path: Path, environ: Mapping[str, str], sock: socket.socket | None = None) -> None:
    """Run the admin role in this process until it is told to stop."""
    with runner() as each:
        each.run(_run(path, environ, sock))
