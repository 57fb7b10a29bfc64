"""Answers requests whose method the server's parser does not know: a clear 501, where it would send a 400.

What else the parser refuses stays the server's own matter.
"""

from __future__ import annotations

import re
from typing import cast

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import RequestHandler

from shadow.proxy.accept import Written
from shadow.proxy.answer import Client

_UNKNOWN = re.compile(
    r"(?:nvalid method|after method)[^:]*:\s+b['\"]([!#$%&'*+.^_`|~0-9A-Za-z-]+) \S+ HTTP/1\.[01]['\"]"
)
"""What the parser says of a method that it does not know but that is one, quoting the request line."""


class Server(web.Server):
    """aiohttp's server, with connections of our own."""

    def __call__(self) -> RequestHandler:
        """Make what serves one connection."""
        return Connection(self, loop=self._loop, **self._kwargs)


class Connection(RequestHandler):
    """aiohttp's connection; only its word on an unknown method is changed."""

    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer 501 for a method that is a token, and whatever aiohttp says for everything else."""
        found = _UNKNOWN.search(str(exc)) if isinstance(exc, HttpProcessingError) else None
        if found is None:
            return super().handle_error(request, status, exc, message)
        self.log_exception("a request of an unknown method", exc_info=exc)
        client = Client(request)
        client.keep_alive = False
        client.problem(501, f"the method {found[1][:32]} is not one that this proxy can pass on")
        return cast("web.StreamResponse", Written(keep_alive=False))
