"""What can go wrong with an upstream, as one error that says how, and whether the request may have run."""

from __future__ import annotations

from enum import StrEnum

from fallback.words import Failure
from shadow.errors import ShadowError


class Kind(StrEnum):
    """How a call to an upstream failed, finer than the failure it is recorded as."""

    CONNECT = "connect"
    POOL_FULL = "pool_full"
    TIMEOUT = "timeout"
    RESET = "reset"
    TRUNCATED = "truncated"
    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    CLOSED = "closed"


_FAILURES = {
    Kind.CONNECT: Failure.CONNECT,
    Kind.POOL_FULL: Failure.CONNECT,
    Kind.TIMEOUT: Failure.TIMEOUT,
    Kind.RESET: Failure.CONNECT,
    Kind.TRUNCATED: Failure.MALFORMED,
    Kind.MALFORMED: Failure.MALFORMED,
    Kind.TOO_LARGE: Failure.TOO_LARGE,
    Kind.CLOSED: Failure.CONNECT,
}


class UpstreamError(ShadowError):
    """An upstream gave no whole, well-formed answer.

    `sent` is True once any byte of the request was handed to the transport: the upstream may then have
    executed it, and it must not be sent again. The message never holds a header's value or a body.
    """

    def __init__(self, kind: Kind, detail: str, *, sent: bool = False) -> None:
        super().__init__(detail)
        self.kind = kind
        self.sent = sent

    @property
    def failure(self) -> Failure:
        """The failure this is recorded as."""
        return _FAILURES[self.kind]


class UpstreamTimeout(UpstreamError):  # noqa: N818 - reads as what happened
    """The upstream did not answer, or not whole, in the time it had."""

    def __init__(self, detail: str, *, sent: bool = False) -> None:
        super().__init__(Kind.TIMEOUT, detail, sent=sent)
