"""Peers that misbehave, on real sockets: each ends in a clear error or a right answer, and no connection leaks."""

import asyncio

import pytest

from fallback.words import Failure
from shadow.testing import ScriptedServer
from shadow.upstream.errors import Kind, UpstreamError, UpstreamTimeout

OK = b"HTTP/1.1 200 OK\r\n"
EMPTY = OK + b"Content-Length: 0\r\n\r\n"


def _script(data, *, then="close"):
    """Take a request, send bytes, then close, reset, or wait until the client is gone."""

    async def script(peer):
        await peer.request()
        await peer.send(data)
        if then == "reset":
            peer.reset()
        elif then == "hang":
            await peer.gone()

    return script


async def _body(call):
    parts = []
    while part := await call.read():
        parts.append(part)
    return b"".join(parts)


async def _get(pool, **options):
    return await pool.send(method=b"GET", target=b"/", **options)


@pytest.mark.parametrize(
    ("data", "then", "kind", "detail"),
    [
        (b"", "close", Kind.RESET, "before any answer"),
        (b"", "reset", Kind.RESET, "before any answer"),
        (b"HTTP/1.1 2", "close", Kind.RESET, "before any answer"),
        (b"HTTP/1.1 103 Early\r\n\r\n", "close", Kind.RESET, "before any answer"),
        (b"garbage", "hang", Kind.MALFORMED, "does not begin with a status line"),
        (b"HTTP/1.1 2x0 OK\r\n\r\n", "hang", Kind.MALFORMED, "status"),
        (OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", "hang", Kind.MALFORMED, "Content-Length"),
        (OK + b"A: b\r\n" * 20_000, "hang", Kind.MALFORMED, "head is larger than 65536 bytes"),
        (
            b"HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
            "hang",
            Kind.MALFORMED,
            "not asked for",
        ),
        (b"HTTP/1.1 101 Go\r\n\r\n", "hang", Kind.MALFORMED, "names no protocol"),
    ],
)
async def test_a_peer_that_gives_no_head_is_an_error(pool_to, data, then, kind, detail):
    """Reset, cut off or malformed before the head: the request may have run, and the connection is gone."""
    async with ScriptedServer(_script(data, then=then)) as server:
        pool = pool_to(server)
        with pytest.raises(UpstreamError, match=detail) as error:
            await _get(pool)
        assert (error.value.kind, error.value.sent) == (kind, True)
        assert (pool.snapshot()["in_use"], pool.snapshot()["idle"], pool.closed) == (0, 0, 1)
        assert server.connections == 1


@pytest.mark.parametrize(
    ("rest", "then", "kind"),
    [
        (b"", "close", Kind.TRUNCATED),
        (b"", "reset", Kind.TRUNCATED),
        (b"zz\r\n", "hang", Kind.MALFORMED),
        (b"1\r\nab", "hang", Kind.MALFORMED),
    ],
)
async def test_a_peer_that_breaks_off_within_the_body_is_seen(pool_to, rest, then, kind):
    """What came is given, then the error: a part is never taken for the whole."""
    go_on = asyncio.Event()

    async def script(peer):
        await peer.request()
        await peer.send(OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        await go_on.wait()
        await _script(rest, then=then).__call__(_Asked(peer))

    async with ScriptedServer(script) as server:
        pool = pool_to(server)
        call = await _get(pool)
        assert await call.read() == b"hello"
        go_on.set()
        with pytest.raises(UpstreamError) as error:
            await _body(call)
        assert (error.value.kind, error.value.sent) == (kind, True)
        assert (call.take(), call.complete) == (None, False)
        assert pool.snapshot()["in_use"] == 0


class _Asked:
    """A peer whose request has been taken already."""

    def __init__(self, peer):
        self.send, self.reset, self.gone = peer.send, peer.reset, peer.gone

    async def request(self):
        return b""


async def test_a_short_content_length_is_truncated(pool_to):
    """In one read with the head, too: then there is no answer at all."""
    async with ScriptedServer(_script(OK + b"Content-Length: 9\r\n\r\nhello")) as server:
        with pytest.raises(UpstreamError) as error:
            await _body(await _get(pool_to(server)))
        assert (error.value.kind, error.value.failure) == (Kind.TRUNCATED, Failure.MALFORMED)


async def test_a_peer_that_hangs_times_out(pool_to):
    """Before the head, and within the body; the connection is gone either way."""
    hung = ScriptedServer(
        _script(b"", then="hang"), _script(OK + b"Content-Length: 9\r\n\r\nhi", then="hang")
    )
    async with hung as server:
        pool = pool_to(server)
        now = asyncio.get_running_loop().time
        with pytest.raises(UpstreamTimeout, match="no whole answer in time") as error:
            await _get(pool, deadline=now() + 0.02)
        assert (error.value.failure, error.value.sent) == (Failure.TIMEOUT, True)
        call = await _get(pool, deadline=now() + 0.05)
        with pytest.raises(UpstreamTimeout):
            await _body(call)
        assert (pool.timed_out, pool.closed, pool.snapshot()["in_use"]) == (2, 2, 0)


async def test_a_peer_that_drips_is_only_late_when_it_is_silent(pool_to):
    """`idle` bounds each silence and not the whole."""
    data = OK + b"Content-Length: 40\r\n\r\n" + b"x" * 40

    async def script(peer):
        await peer.request()
        await peer.drip(data)
        await peer.request()
        await peer.send(data[:-1])
        await peer.gone()

    async with ScriptedServer(script) as server:
        pool = pool_to(server)
        assert await _body(await _get(pool, idle=5.0)) == b"x" * 40
        call = await _get(pool, idle=0.02)
        with pytest.raises(UpstreamTimeout):
            await _body(call)


@pytest.mark.parametrize("behind", [EMPTY, b"x", b"HTTP/1.1 2"])
async def test_bytes_behind_an_answer_end_the_connection(pool_to, behind):
    """The answer stands, but the next request gets a connection of its own."""
    async with ScriptedServer(OK + b"Content-Length: 2\r\n\r\nhi" + behind) as server:
        pool = pool_to(server)
        for _ in range(2):
            call = await _get(pool)
            assert (call.take(), call.head.status) == (b"hi", 200)
        assert (server.connections, pool.reused, pool.snapshot()["idle"]) == (2, 0, 0)
        assert pool.snapshot()["surplus"] == 2


async def test_bytes_that_nobody_asked_for_end_an_idle_connection(pool_to):
    """They are not taken for the answer to the next request."""
    go_on, sent = asyncio.Event(), asyncio.Event()

    async def unsolicited(peer):
        await peer.request()
        await peer.send(EMPTY)
        await go_on.wait()
        await peer.send(OK + b"Content-Length: 6\r\n\r\npoison")
        await peer.gone()
        sent.set()

    async with ScriptedServer(unsolicited, OK + b"Content-Length: 2\r\n\r\nhi") as server:
        pool = pool_to(server)
        await _get(pool)
        assert pool.snapshot()["idle"] == 1
        go_on.set()
        await sent.wait()
        assert ((await _get(pool)).take(), pool.snapshot()["surplus"]) == (b"hi", 1)
        assert (pool.snapshot()["idle"], pool.closed) == (1, 1)


async def test_informational_heads_are_passed_on(pool_to):
    """100 and 103 go to the callback as they come, then the answer."""
    told = []
    data = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: </a>\r\n\r\n" + EMPTY
    async with ScriptedServer(data) as server:
        pool = pool_to(server)
        call = await _get(pool, on_info=lambda head: told.append((head.status, head.headers)))
        assert (call.head.status, told) == (200, [(100, ()), (103, ((b"Link", b"</a>"),))])
        assert (await _get(pool)).head.status == 200
        assert (server.connections, pool.reused) == (1, 1)


async def test_a_failing_callback_fails_its_own_call(pool_to):
    """The caller's own error comes back to the caller."""

    def refuse(head):
        raise LookupError(head.status)

    async with ScriptedServer(b"HTTP/1.1 103 Early\r\n\r\n" + EMPTY) as server:
        with pytest.raises(LookupError, match="103"):
            await _get(pool_to(server), on_info=refuse)


@pytest.mark.parametrize("close", [b"", b"Connection: close\r\n"])
async def test_a_body_without_framing_ends_with_the_connection(pool_to, close):
    """That is a whole answer, and its connection is not used again."""
    async with ScriptedServer(_script(OK + close + b"\r\nhello")) as server:
        pool = pool_to(server)
        call = await _get(pool)
        assert (await _body(call), call.complete) == (b"hello", True)
        assert pool.snapshot()["idle"] == 0


async def test_a_body_without_framing_that_is_reset_is_truncated(pool_to):
    """A reset is no end."""
    go_on = asyncio.Event()

    async def script(peer):
        await peer.request()
        await peer.send(OK + b"\r\nhello")
        await go_on.wait()
        peer.reset()

    async with ScriptedServer(script) as server:
        call = await _get(pool_to(server))
        assert await call.read() == b"hello"
        go_on.set()
        with pytest.raises(UpstreamError) as error:
            await call.read()
        assert error.value.kind is Kind.TRUNCATED


@pytest.mark.parametrize(
    ("method", "answer"),
    [
        (b"HEAD", OK + b"Content-Length: 5\r\n\r\n"),
        (b"HEAD", OK + b"Transfer-Encoding: chunked\r\n\r\n"),
        (b"HEAD", OK + b"\r\n"),
        (b"GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
        (b"GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"),
    ],
)
async def test_answers_without_a_body_leave_the_connection_ready(pool_to, method, answer):
    """Nothing is waited for, and the next request goes out on the same connection."""
    async with ScriptedServer(answer) as server:
        pool = pool_to(server)
        for _ in range(2):
            call = await pool.send(method=method, target=b"/")
            assert (call.take(), call.complete) == (b"", True)
        assert (server.connections, pool.reused) == (1, 1)


async def test_trailers_are_kept(pool_to):
    """They stand on the call once the body has ended."""
    data = OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 1\r\nx-sum: 2\r\n\r\n"
    async with ScriptedServer(data) as server:
        call = await _get(pool_to(server))
        assert (call.take(), call.trailers) == (b"hi", ((b"X-Sum", b"1"), (b"x-sum", b"2")))


async def test_a_slow_reader_holds_the_upstream_back(pool_to):
    """No more than the buffer and one read wait in memory, and everything comes in the end."""
    size = 30_000_000
    sent = 0

    async def script(peer):
        nonlocal sent
        await peer.request()
        await peer.send(OK + b"Content-Length: %d\r\n\r\n" % size)
        while sent < size:
            await peer.send(b"x" * 100_000)
            sent += 100_000

    async with ScriptedServer(script) as server:
        pool = pool_to(server, buffer=10_000)
        call = await _get(pool)
        received = len(await call.read())
        for _ in range(500):
            await asyncio.sleep(0)
        assert sent < size
        while part := await call.read():
            assert len(part) < 2_000_000
            received += len(part)
        assert (received, call.complete) == (size, True)
        assert pool.snapshot()["in_use"] == 0
