"""The proxy's own answers, as far as they are errors: how they read, and how many there were of each kind.

Knows nothing of what went wrong; an error of the legacy system's own is no matter of this file.
"""

from __future__ import annotations

from collections import Counter
from http import HTTPStatus

import msgspec
import structlog

from shadow.ids import new_id

log = structlog.get_logger()

CUT = "cut"
"""In the place of a status: the answer had begun, and could only be broken off."""

CLOSED = "closed"
"""In the place of a status: there was nothing to answer."""


def problem(status: int, detail: str, *, exchange: str = "") -> tuple[bytes, bytes]:
    """Give the head of an error of the proxy's own, without its end, and the document (RFC 9457).

    One that belongs to no exchange gets an id all the same, so that a client can always say which error it had.
    """
    phrase = HTTPStatus(status).phrase
    document = {"type": "about:blank", "title": phrase, "status": status, "detail": detail}
    body = msgspec.json.encode({**document, "exchange": exchange or new_id()})
    head = b"HTTP/1.1 %d %b\r\nContent-Type: application/problem+json\r\nContent-Length: %d\r\n" % (
        status,
        phrase.encode(),
        len(body),
    )
    return head, body


class OwnErrors:
    """Counts a worker's own errors by status and kind, and apart the requests that no route ever saw.

    `causes` says of the malformed ones what was wrong with them.
    """

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self.causes: Counter[str] = Counter()
        self.refused = 0

    def add(self, status: str, kind: str) -> None:
        """Count one."""
        self._counts[status, kind] += 1

    def refuse(self, status: int, kind: str) -> None:
        """Count one that no route saw, and tell of the first of its kind: a flood of them must not flood the log."""
        self.refused += 1
        key = (str(status), kind)
        if key not in self._counts:
            log.warning("shadow.request_refused", status=status, kind=kind)
        self._counts[key] += 1

    def snapshot(self) -> dict[str, dict[str, int]]:
        """Give the counts: status → kind → how many."""
        counts: dict[str, dict[str, int]] = {}
        for (status, kind), n in self._counts.items():
            counts.setdefault(status, {})[kind] = n
        return counts
