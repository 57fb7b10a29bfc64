"""Reads the client's request: the parts every side needs, and its body, whole or as it arrives."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

from shadow.proxy.capture import Capture

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

WHOLE_AT_MOST = 65536
"""Bytes of a request body that are awaited whole; a larger one, or one of unknown length, is streamed."""


class StalledError(Exception):
    """The client stopped in the middle of its body for longer than its connection may be idle."""


BODY_LOST = (StalledError, web.RequestPayloadError)
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
        async with asyncio.timeout(request.protocol.keepalive_timeout):
            return await content.read()
    except TimeoutError:
        raise StalledError from None


async def arriving(request: web.BaseRequest) -> AsyncIterator[bytes]:
    """Give the body as it arrives; StalledError when nothing more of it comes.

    A body whose framing breaks looks the same as one that stalls: the server reads no further and says nothing.
    """
    content, within = request.content, request.protocol.keepalive_timeout
    try:
        while not content.at_eof():
            async with asyncio.timeout(within):
                chunk = await content.readany()
            yield chunk
    except TimeoutError:
        raise StalledError from None


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
