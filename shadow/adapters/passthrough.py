"""Passes the client's own request on to a model that speaks the legacy's protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shadow.adapters.shape import unshaped
from shadow.upstream.target import below

if TYPE_CHECKING:
    from comparators.answer import Answer
    from shadow.adapters.headers import HeaderRules
    from shadow.adapters.rewrite import BodyRewrite
    from shadow.adapters.shape import Shape
    from shadow.adapters.transport import Transport
    from shadow.request import Request

_FAILURES = frozenset({401, 403, 407, 408, 425, 429})


def is_failure(status: int) -> bool:
    """Whether a status says that the side could not answer: 5xx, or refused us rather than the client."""
    return status >= 500 or status in _FAILURES


class Passthrough:
    """An adapter that changes nothing it is not told to change."""

    def __init__(  # noqa: PLR0913 - the parts of one call, each made elsewhere
        self,
        *,
        transport: Transport,
        headers: HeaderRules,
        base: bytes,
        path: bytes | None,
        rewrite: BodyRewrite | None,
        shape: Shape | None,
        limit: int,
    ) -> None:
        self._transport = transport
        self._headers = headers
        self._base = base
        self._path = path
        self._rewrite = rewrite
        self._shape = shape
        self._limit = limit

    async def __call__(self, request: Request) -> Answer:
        """Send the request on; give what came back, unread."""
        body = request.body if self._rewrite is None else self._rewrite(request.body)
        return await self._transport.send(
            method=request.method.encode("latin-1"),
            target=self._target(request.target.encode("latin-1")),
            headers=self._headers(request),
            body=body,
            limit=self._limit,
        )

    def _target(self, target: bytes) -> bytes:
        if self._path is None:
            return below(self._base, target)
        _, mark, query = target.partition(b"?")
        return self._base + self._path + mark + query

    def failed(self, raw: Answer) -> bool:
        """Whether the model failed to answer: 5xx, 401, 403, 407, 408, 425 or 429."""
        return is_failure(raw.status)

    def read(self, raw: Answer) -> Answer:
        """Give the answer as it came, or shaped when `answer` says how."""
        if self._shape is None:
            return raw
        if not 200 <= raw.status < 300:
            return unshaped(raw, None, f"status: {raw.status}")
        return self._shape(raw, None)
