"""The face of what carries requests to a model. Knows nothing of what is asked or answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from comparators.answer import Answer, RawHeaders


class Transport(Protocol):
    """Carries requests to the origin of the URL it was made for, and brings whole answers back."""

    async def send(
        self, *, method: bytes, target: bytes, headers: RawHeaders, body: bytes, limit: int
    ) -> Answer:
        """Send one request and give the raw answer.

        `target` is sent byte for byte; the transport adds Host and Content-Length where `headers` have none.
        The answer's body is whole, at most `limit` bytes long and content-decoded, and its headers hold no
        Content-Encoding. Raises the transport's own errors, which the adapters let pass.
        """
        ...


Connect = Callable[[str], Transport]
"""Makes the transport for a model's URL."""


class Offline:
    """The transport of an adapter that was built for reading only."""

    async def send(self, **_request: object) -> Answer:
        """Refuse."""
        raise RuntimeError("an adapter built without a connection cannot ask its model")
