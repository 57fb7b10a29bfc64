"""Reads the client's request: the parts every side needs, and its body, whole or as it arrives."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

from aiohttp.web_protocol import RequestPayloadError

from shadow.proxy.capture import Capture

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from aiohttp import web

    from shadow.proxy.connections import ClientConnection
    from shadow.proxy.limits import Limits

WHOLE_AT_MOST = 65536
"""Bytes of a request body that are awaited whole; a larger one, or one of unknown length, is streamed."""


class StalledError(Exception):
    """The client paused in the middle of its body for too long, or sent it too slowly."""


class EndlessError(RequestPayloadError):
    """More came of a body's framing than may come without any body."""


BODY_LOST = (StalledError, RequestPayloadError)
"""What is raised when a body will not come whole although the client is still there."""


def target_of(request: web.BaseRequest) -> bytes:
    """Give the request target byte for byte as the client sent it."""
    return request.raw_path.encode("utf-8", "surrogateescape")


async def whole_body(request: web.BaseRequest) -> bytes | None:
    """Give the body when it is small and of known length; None when it has to be streamed."""
    if not request.body_exists:
        return b""
    content = request.content
    if content.is_eof():
        return content.read_nowait()
    length = request.content_length
    if length is None or length > WHOLE_AT_MOST or "Expect" in request.headers:
        return None
    try:
        async with asyncio.timeout(_limits_of(request).body_timeout):
            return await content.read()
    except TimeoutError:
        raise StalledError from None


class Patience:
    """How long a body is still waited for: each pause has its limit, and all of them grow only with the bytes.

    Only the time that the client takes is counted. Pure.
    """

    __slots__ = ("_allowed", "_pause", "_rate")

    def __init__(self, pause: float, rate: float) -> None:
        self._pause = self._allowed = pause
        self._rate = rate

    @property
    def left(self) -> float:
        """The seconds that the next part may take."""
        return min(self._pause, self._allowed)

    def took(self, seconds: float, size: int) -> None:
        """Take how long a part took, and its size."""
        self._allowed += size / self._rate - seconds


async def arriving(request: web.BaseRequest) -> AsyncIterator[bytes]:
    """Give the body as it arrives; StalledError when nothing more of it comes, or too little."""
    content, limits = request.content, _limits_of(request)
    patience = Patience(limits.body_timeout, limits.min_body_rate)
    clock = asyncio.get_running_loop().time
    try:
        while not content.at_eof():
            began = clock()
            async with asyncio.timeout(patience.left):
                chunk = await content.readany()
            patience.took(clock() - began, len(chunk))
            yield chunk
    except TimeoutError:
        raise StalledError from None


def _limits_of(request: web.BaseRequest) -> Limits:
    return cast("ClientConnection", request.protocol).limits


class Streamed:
    """A body on its way to legacy, copied as it passes."""

    __slots__ = ("_capture", "_request", "_then")

    def __init__(self, request: web.BaseRequest, limit: int, then: Callable[[Capture], None]) -> None:
        self._request = request
        self._capture = Capture(limit)
        self._then = then

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in arriving(self._request):
            self._capture.add(chunk)
            yield chunk
        self._then(self._capture)
