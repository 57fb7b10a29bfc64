"""A client's connection: who is taken in, how long a client may take, and how it is told what it did wrong.

Knows nothing of what a request is for. What cannot be read, and whoever is too slow, is answered here, in one write,
and the connection closed.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any, cast

from aiohttp.http_exceptions import LineTooLong

from shadow.proxy.causes import cause_of
from shadow.proxy.errors import CLOSED, CUT, problem
from shadow.proxy.reading import Reading
from shadow.proxy.serving import unknown_method
from shadow.proxy.written import HangUp

if TYPE_CHECKING:
    import asyncio

    from aiohttp import web

    from shadow.proxy.server import Server

_USER_TIMEOUT: int | None = getattr(socket, "TCP_USER_TIMEOUT", None)  # Linux has it


class ClientConnection(Reading):
    """One client's connection.

    `tests/shadow/proxy/test_connections.py` pins what this takes for granted of aiohttp's own class: that `_waiter` is
    set while it waits for a request; that `handle_error` answers an error; and that a handler is cancelled when the
    connection is lost.
    """

    __slots__ = ("_admitted", "_link")

    def __init__(self, server: Server, **options: Any) -> None:
        super().__init__(server, **options)
        self._admitted = False

    @property
    def gone(self) -> bool:
        """Whether the client's connection is lost; not yet where the worker itself is about to end it."""
        return not self._admitted

    # What the transport tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the client in, or send it away when there are too many."""
        self._link = cast("asyncio.Transport", transport)
        server = self.server
        if server.open >= server.limits.max_connections:
            self._refuse(503, "max_connections", "there are too many connections")
            return
        self._admitted = True
        server.open += 1
        super().connection_made(transport)
        server.heads.add(self)
        link = transport.get_extra_info("socket")
        if link is not None and _USER_TIMEOUT is not None:
            # However an answer is sent, a client that takes nothing of it is the system's to end.
            link.setsockopt(socket.IPPROTO_TCP, _USER_TIMEOUT, int(server.limits.body_timeout * 1000))

    def connection_lost(self, exc: BaseException | None) -> None:
        """Take that the client is gone, or was ended by the system for taking nothing of its answer."""
        server = self.server
        server.heads.discard(self)
        server.lingering.discard(self)
        server.upload_ended(self)
        if self._admitted:
            self._admitted = False
            server.open -= 1
            if isinstance(exc, TimeoutError):
                server.errors.add(CUT, "answer_timeout")
        super().connection_lost(exc)

    def _process_keepalive(self) -> None:
        """Close a connection that was idle for too long; one whose head has begun has that head's own time."""
        if self in self.server.heads:
            self._keepalive_handle = None  # the end of the next request sets it again
        else:
            super()._process_keepalive()

    # Who is refused, and why.

    def head_late(self) -> None:
        """Take that a head, or the first byte of one, did not come in time."""
        if self._waiter is None or self._waiter.done():
            self.server.heads.add(self)  # it stands behind a request under way: its time begins after that
        elif not self.has_begun:
            self.server.errors.add(CLOSED, "no_request")
            self.force_close()
        else:
            self._refuse(408, "head_timeout", "the request's head did not come in time")

    def handle_error(
        self,
        request: web.BaseRequest,  # noqa: ARG002 - aiohttp's face
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - it quotes the request
    ) -> web.StreamResponse:
        """Answer a request that could not be read."""
        if status == 500:
            self._answer(500, "bug", "the router failed to handle this request")
        elif (method := unknown_method(exc)) is not None:
            self._answer(501, "method", f"the method {method[:32]} is not one that this proxy can pass on")
        elif isinstance(exc, LineTooLong):
            self._answer(431, "head_too_large", "the request's head is too large")
        else:
            self.server.errors.causes[cause_of(exc)] += 1
            self._answer(status, "malformed", f"the request cannot be read ({type(exc).__name__})")
        return cast("web.StreamResponse", HangUp(self))

    def _refuse(self, status: int, kind: str, detail: str) -> None:
        """Answer a client whose request was not handed to anybody."""
        self._answer(status, kind, detail)
        self.hang_up()

    def _answer(self, status: int, kind: str, detail: str) -> None:
        self.server.errors.refuse(status, kind)
        head, body = problem(status, detail)
        self._link.write(head + b"Connection: close\r\n\r\n" + body)

    def hang_up(self) -> None:
        """Send nothing more and read nothing more; close once the client has closed its side, or soon.

        To close at once would reset the connection while the client still sends, and take its answer away.
        """
        self._deaf = True
        self._lingering_time = 0.0
        link, lingering = self._link, self.server.lingering
        if link.is_closing():
            return
        if len(lingering) >= self.limits.max_lingering:
            self.server.hurried += 1
            link.close()
        elif link.can_write_eof():
            link.write_eof()
        else:
            link.close()
        lingering.add(self)

    def abort(self) -> None:
        """Close at once."""
        self._link.abort()
