"""What carries the adapters' requests: one pool for each model's origin, made when it is first asked for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from comparators.answer import Answer
from shadow.tls import TlsFiles, client_context
from shadow.upstream.fetch import fetch
from shadow.upstream.names import AT_MOST
from shadow.upstream.pool import Pool
from shadow.upstream.target import Origin

if TYPE_CHECKING:
    from comparators.answer import RawHeaders

_ENCODED = frozenset({b"content-encoding", b"content-length", b"transfer-encoding"})
_LENGTHS = frozenset(map(len, _ENCODED))
NO_FILES = TlsFiles()
CONNECTIONS = 65535
"""Connections to one model: its `max_in_flight` is the bound that a user sets; this one must not come before it."""

RECEIVE_BUFFER = 131072
"""Bytes of a reply that wait in the system: a model that floods must not take memory and cache from legacy."""


class PoolTransport:
    """Carries requests to one origin and brings whole, content-decoded answers back."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def send(
        self, *, method: bytes, target: bytes, headers: RawHeaders, body: bytes, limit: int
    ) -> Answer:
        """Send one request; UpstreamError when no whole answer of at most `limit` bytes comes."""
        head, content = await fetch(
            self._pool, method=method, target=target, headers=headers, body=body, limit=limit
        )
        kept = [
            pair for pair in head.headers if len(pair[0]) not in _LENGTHS or pair[0].lower() not in _ENCODED
        ]
        return Answer(head.status, tuple(kept), content)


class Transports:
    """The transports of a worker, by origin and TLS files. A pool outlives a reload, so that its connections do."""

    def __init__(self) -> None:
        self._pools: dict[tuple[str, str, int, TlsFiles, int], Pool] = {}

    def to(self, url: str, files: TlsFiles = NO_FILES, lookups: int = AT_MOST) -> PoolTransport:
        """Give the transport to a URL's origin; the path is the caller's to put into each target."""
        origin = Origin.parse(url)
        key = (origin.scheme, origin.host, origin.port, files, lookups)
        if key not in self._pools:
            bare = Origin(origin.scheme, origin.host, origin.port, host_header=origin.host_header)
            context = client_context(files) if origin.scheme == "https" else None
            self._pools[key] = Pool(
                bare,
                max_connections=CONNECTIONS,
                receive_buffer=RECEIVE_BUFFER,
                ssl=context,
                lookups=lookups,
            )
        return PoolTransport(self._pools[key])

    def lookups(self) -> dict[str, int]:
        """Count the lookups of every origin's name: under way now, and kept from being begun so far."""
        found = [pool.snapshot() for pool in self._pools.values()]
        return {key: sum(each[key] for each in found) for key in ("lookups", "lookups_full")}

    async def close(self) -> None:
        """Close every pool."""
        await asyncio.gather(*(pool.close() for pool in self._pools.values()))
