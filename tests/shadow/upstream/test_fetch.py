import gzip
from functools import partial

import pytest

from fallback.words import Failure
from shadow.testing import ScriptedServer
from shadow.upstream.errors import UpstreamError
from shadow.upstream.fetch import fetch

gzipped = partial(gzip.compress, mtime=0)  # it names tests, which every process must name alike


def _answer(body, *headers):
    lines = b"".join(line + b"\r\n" for line in headers)
    return b"HTTP/1.1 200 OK\r\n" + lines + b"Content-Length: %d\r\n\r\n" % len(body) + body


async def _fetch(pool, *, method=b"POST", limit=1000):
    return await fetch(pool, method=method, target=b"/chat", body=b"{}", limit=limit)


@pytest.mark.parametrize(
    "answer",
    [
        _answer(b"hello"),
        _answer(gzipped(b"hello"), b"Content-Encoding: gzip"),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
    ],
)
async def test_a_whole_body_comes_back_decoded(pool_to, answer):
    """With its head; the connection is ready for the next."""
    async with ScriptedServer(answer) as server:
        pool = pool_to(server)
        for _ in range(2):
            head, body = await _fetch(pool)
            assert (head.status, body) == (200, b"hello")
        assert pool.reused == 1


async def test_a_body_that_drips_in_is_put_together(pool_to):
    """However many reads it takes."""

    async def script(peer):
        await peer.request()
        await peer.drip(_answer(b"hello"))
        await peer.gone()

    async with ScriptedServer(script) as server:
        assert (await _fetch(pool_to(server)))[1] == b"hello"


@pytest.mark.parametrize(
    "answer",
    [
        _answer(b"x" * 1001),
        _answer(b"x" * 5_000_000),
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 5_000_000,
        _answer(gzipped(b"\0" * 5_000_000), b"Content-Encoding: gzip"),
    ],
)
async def test_a_body_beyond_the_limit_is_too_large(pool_to, answer):
    """Announced, without an end, or a bomb: it is not read to its end and never held."""
    async with ScriptedServer(answer) as server:
        pool = pool_to(server)
        with pytest.raises(UpstreamError, match="larger than") as error:
            await _fetch(pool, limit=6000 if b"gzip" in answer else 1000)
        assert (error.value.failure, error.value.sent) == (Failure.TOO_LARGE, True)
        assert pool.snapshot()["in_use"] == 0


@pytest.mark.parametrize("coding", [b"br", b"gzip"])
async def test_a_body_that_cannot_be_decoded_is_malformed(pool_to, coding):
    """The message says what, without the body."""
    async with ScriptedServer(_answer(b"secret", b"Content-Encoding: " + coding)) as server:
        with pytest.raises(UpstreamError, match="Content-Encoding") as error:
            await _fetch(pool_to(server))
        assert error.value.failure is Failure.MALFORMED
        assert "secret" not in str(error.value)


async def test_the_answer_to_a_head_request_is_not_measured_by_what_it_announces(pool_to):
    """It announces a large, coded body and has none."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\nContent-Encoding: br\r\n\r\n"
    async with ScriptedServer(answer) as server:
        head, body = await fetch(pool_to(server), method=b"HEAD", target=b"/", limit=10)
        assert (head.status, body) == (200, b"")
