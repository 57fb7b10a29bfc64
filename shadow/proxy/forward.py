"""Sends a client's request on to legacy, and makes of the proxy a plain reverse proxy where no route says more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shadow.proxy.intake import target_of
from shadow.upstream.message import ASKING_FOR_TRAILERS, end_to_end, takes_trailers

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Callable

    from aiohttp import web

    from comparators.answer import RawHeaders
    from shadow.proxy.settle import LegacyEnd
    from shadow.request import Observation
    from shadow.upstream.connection import Call
    from shadow.upstream.message import Head
    from shadow.upstream.pool import Pool

    Policy = Callable[[RawHeaders, web.BaseRequest], RawHeaders]


class Legacy:
    """The way to the legacy system. A request is sent once: it is never repeated, for it may have been executed."""

    def __init__(self, pool: Pool, timeout: float, policy: Policy | None = None) -> None:
        self.pool = pool
        self._timeout = timeout
        self._policy = policy

    def ask_at_once(
        self, request: web.BaseRequest, body: bytes, inform: Callable[[Head], None]
    ) -> Call | None:
        """Send the request on where a connection stands ready; None where `ask` has to be waited for.

        What else there is to do for a request can then be done while legacy works on it.
        """
        try:
            return self.pool.start(
                method=request.method.encode("ascii"),
                target=target_of(request),
                headers=self.headers(request),
                body=body,
                idle=self._timeout,
                on_info=inform,
            )
        except ValueError:  # it cannot be written: for `ask` to say
            return None

    async def ask(
        self,
        request: web.BaseRequest,
        body: bytes | AsyncIterable[bytes],
        inform: Callable[[Head], None],
        *,
        upgrade: bytes | None = None,
    ) -> Call:
        """Send the request on and give the call once the answer's head is here; UpstreamError when it never is."""
        headers = self.headers(request)
        if upgrade is not None:
            headers = (*headers, (b"Connection", b"Upgrade"), (b"Upgrade", upgrade))
        return await self.pool.send(
            method=request.method.encode("ascii"),
            target=target_of(request),
            headers=headers,
            body=body,
            idle=self._timeout,
            on_info=inform,
        )

    def headers(self, request: web.BaseRequest) -> RawHeaders:
        """Give the headers that legacy gets."""
        headers = end_to_end(request.raw_headers)
        if headers is not request.raw_headers and takes_trailers(request.raw_headers):
            headers = (*headers, *ASKING_FOR_TRAILERS)
        return headers if self._policy is None else self._policy(headers, request)


class Counted:
    """Tells the record of traffic that leaves no row, exactly once, however the legacy side ends."""

    __slots__ = ("_count",)

    def __init__(self, count: Callable[[], None]) -> None:
        self._count: Callable[[], None] | None = count

    def legacy_ended(self, end: LegacyEnd, observation: Observation | None) -> None:  # noqa: ARG002 - the face of Ended
        """Count it: the legacy side has ended."""
        self.count_once()

    def count_once(self) -> None:
        """Count it, unless that is done."""
        count, self._count = self._count, None
        if count is not None:
            count()
