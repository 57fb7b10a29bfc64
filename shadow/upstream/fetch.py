"""One request, one whole answer within a limit: for adapters, which need the document and not its stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shadow.upstream.encoding import TooLargeError
from shadow.upstream.errors import Kind, UpstreamError
from shadow.upstream.message import declared_length
from shadow.upstream.unpack import is_packed, unpacked

if TYPE_CHECKING:
    from comparators.answer import RawHeaders
    from shadow.upstream.call import Call
    from shadow.upstream.message import Head
    from shadow.upstream.pool import Pool


async def fetch(  # noqa: PLR0913 - the parts of a request, and two bounds
    pool: Pool,
    *,
    method: bytes,
    target: bytes,
    headers: RawHeaders = (),
    body: bytes = b"",
    deadline: float | None = None,
    limit: int,
) -> tuple[Head, bytes]:
    """Send a request and give the answer's head and its body without Content-Encoding.

    The body is at most `limit` bytes, both as it comes and decoded; beyond that UpstreamError `too_large`,
    and the connection is aborted. UpstreamError `malformed` when it cannot be decoded.
    """
    call = await pool.send(method=method, target=target, headers=headers, body=body, deadline=deadline)
    try:
        raw = await _whole(call, limit, bodiless=method == b"HEAD")
        if method == b"HEAD":
            return call.head, b""
        headers = call.head.headers
        return call.head, await unpacked(headers, raw, limit) if is_packed(headers) else raw
    except TooLargeError as exc:
        raise UpstreamError(Kind.TOO_LARGE, f"{pool.origin}: {exc}", sent=True) from None
    except ValueError as exc:
        raise UpstreamError(Kind.MALFORMED, f"{pool.origin}: {exc}", sent=True) from None
    finally:
        call.close()


async def _whole(call: Call, limit: int, *, bodiless: bool) -> bytes:
    whole = call.take()
    if whole is None:
        if not bodiless and (declared_length(call.head.headers) or 0) > limit:
            raise TooLargeError(f"the body is larger than {limit} bytes")
        chunks: list[bytes] = []
        size = 0
        while chunk := await call.read():
            size += len(chunk)
            if size > limit:
                raise TooLargeError(f"the body is larger than {limit} bytes")
            chunks.append(chunk)
        whole = b"".join(chunks)
    if len(whole) > limit:
        raise TooLargeError(f"the body is larger than {limit} bytes")
    return whole
