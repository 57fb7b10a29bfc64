"""Opens a connection to an origin within a time, and says in one error why it could not. Keeps nothing."""

from __future__ import annotations

import asyncio
import os
import ssl as tls
from contextlib import suppress
from typing import TYPE_CHECKING

from shadow.upstream.errors import Kind, UpstreamError, UpstreamTimeout

if TYPE_CHECKING:
    from collections.abc import Callable

    from shadow.upstream.connection import Connection
    from shadow.upstream.names import Names
    from shadow.upstream.target import Origin


async def dial(
    origin: Origin,
    names: Names,
    make: Callable[[], Connection],
    *,
    seconds: float,
    ssl: tls.SSLContext | None,
) -> Connection:
    """Open a connection, lookup and TLS handshake included; UpstreamError, with `sent` False, when that fails."""
    try:
        async with asyncio.timeout(seconds):
            connection = await _first_of(await names.addresses(), origin, make, ssl)
    except TimeoutError:
        raise UpstreamTimeout(f"{origin}: no connection within {seconds:g} s") from None
    except (OSError, UnicodeError) as exc:
        raise UpstreamError(Kind.CONNECT, f"{origin}: no connection ({_why(exc)})") from exc
    return connection


async def _first_of(
    addresses: list[str], origin: Origin, make: Callable[[], Connection], ssl: tls.SSLContext | None
) -> Connection:
    """Connect to the first of the addresses that can be talked to; raises what the last one said."""
    connect = asyncio.get_running_loop().create_connection
    name = origin.host if ssl is not None else None
    *others, last = addresses
    for address in others:
        with suppress(OSError):
            return (await connect(make, address, origin.port, ssl=ssl, server_hostname=name))[1]
    return (await connect(make, last, origin.port, ssl=ssl, server_hostname=name))[1]


def _why(exc: Exception) -> str:
    if isinstance(exc, tls.SSLCertVerificationError):
        return f"TLS: {exc.verify_message}"
    if isinstance(exc, tls.SSLError):
        return f"TLS: {exc.reason or type(exc).__name__}"
    if isinstance(exc, OSError) and exc.errno is not None and exc.errno > 0:
        return os.strerror(exc.errno)
    return type(exc).__name__
