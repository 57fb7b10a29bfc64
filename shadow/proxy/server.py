"""A worker's server: makes the clients' connections, counts them, keeps the time for all of them, and ends them.

Knows nothing of what is said on a connection.
"""

from __future__ import annotations

import asyncio
from operator import methodcaller
from typing import TYPE_CHECKING

import structlog
from aiohttp.web_protocol import RequestPayloadError
from aiohttp.web_server import Server as AiohttpServer

from shadow.proxy.connections import ClientConnection
from shadow.proxy.waiting import Waiting

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp import web

    from shadow.proxy.errors import OwnErrors
    from shadow.proxy.limits import Limits
    from shadow.proxy.reading import Reading

log = structlog.get_logger()

LINGER = 1.0
"""Seconds that a refused client has to read why, and to end what it is sending."""

_AT_ONCE = 0.001
"""Seconds; to aiohttp, none at all would be for ever."""


class Server(AiohttpServer):
    """Makes a worker's connections, and keeps the time for all of them."""

    def __init__(
        self,
        handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]],
        limits: Limits,
        errors: OwnErrors,
    ) -> None:
        size = limits.max_header_size
        super().__init__(
            handler,
            handler_cancellation=True,
            auto_decompress=False,
            access_log=None,
            logger=ServerLog(),
            keepalive_timeout=limits.idle_timeout,
            max_line_size=size,
            max_field_size=size,
            max_headers=size,  # counted where they are whole (see `framing`), for an answer of its own
        )
        self.limits = limits
        self.errors = errors
        self.open = self.hurried = 0
        self._uploads: set[Reading] = set()
        self._uploaded: asyncio.Future[None] | None = None
        self.heads: Waiting[Reading] = Waiting(limits.header_timeout, methodcaller("head_late"))
        self.lingering: Waiting[ClientConnection] = Waiting(LINGER, ClientConnection.abort)

    def __call__(self) -> ClientConnection:
        """Make the next connection."""
        return ClientConnection(self, loop=self._loop, **self._kwargs)

    async def shutdown(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - aiohttp's face
        """End every connection, those with a request under way after `timeout` seconds at the latest.

        aiohttp's own way reads nothing more at once; so what is left of the requests' bodies is waited for first.
        """
        for connection in self.lingering:
            connection.abort()
        clock = self._loop.time
        began = clock()
        if self._uploads:
            self._uploaded = self._loop.create_future()
            await asyncio.wait({self._uploaded}, timeout=timeout)
        await super().shutdown(None if timeout is None else max(timeout - (clock() - began), _AT_ONCE))
        self.heads.close()
        self.lingering.close()

    def upload_awaited(self, connection: Reading) -> None:
        """Take that a connection is to be closed, but for a body that is not whole yet."""
        self._uploads.add(connection)

    def upload_ended(self, connection: Reading) -> None:
        """Take that it need not be waited for any more, if it was."""
        self._uploads.discard(connection)
        if not self._uploads and self._uploaded is not None and not self._uploaded.done():
            self._uploaded.set_result(None)


class ServerLog:
    """Takes what aiohttp's server tells of its own affairs, without the bytes that it quotes."""

    def exception(self, _message: str, *_: object, exc_info: BaseException | None = None) -> None:
        """Name the kind of error; a body that broke has been answered already."""
        if not isinstance(exc_info, RequestPayloadError):
            log.warning("shadow.server_failed", error=type(exc_info).__name__)

    def debug(self, _message: str, *_: object, **_more: object) -> None:
        """Nothing."""
