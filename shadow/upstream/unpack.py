"""Takes Content-Encoding off a reply without holding up the loop: a small part of it may unpack to megabytes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from shadow.upstream.encoding import TooLargeError, decoded

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from comparators.answer import RawHeaders

AT_ONCE = 65536
"""Bytes that are unpacked where one stands, in a fraction of a millisecond; more is done by a thread."""


class Beside(Protocol):
    """Runs a function beside the loop."""

    def __call__(
        self, work: Callable[[RawHeaders, bytes, int], bytes], headers: RawHeaders, body: bytes, limit: int, /
    ) -> Awaitable[bytes]:
        """Give what it gives."""
        ...


def is_packed(headers: RawHeaders) -> bool:
    """Whether anything is said of a Content-Encoding; where nothing is, a body is what it is."""
    return any(len(name) == 16 and name.lower() == b"content-encoding" for name, _ in headers)


async def unpacked(
    headers: RawHeaders, body: bytes, limit: int, *, beside: Beside = asyncio.to_thread
) -> bytes:
    """Give the body as `decoded` does; what is much once it is unpacked is unpacked by a thread."""
    if limit <= AT_ONCE or not is_packed(headers):
        return decoded(headers, body, limit)
    try:
        return decoded(headers, body, AT_ONCE)
    except TooLargeError:
        return await beside(decoded, headers, body, limit)
