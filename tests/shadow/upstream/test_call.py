"""What a caller does with a call: streamed bodies, early answers, tunnels, leaving early."""

import asyncio

import pytest

from shadow.testing import ScriptedServer
from shadow.upstream.errors import Kind, UpstreamError

OK = b"HTTP/1.1 200 OK\r\n"
EMPTY = OK + b"Content-Length: 0\r\n\r\n"
UPGRADE = ((b"Connection", b"upgrade"), (b"Upgrade", b"echo"))


async def _parts(*parts):
    for part in parts:
        yield part


async def _endless(asked):
    while True:
        asked.set()
        yield b"x" * 65536


async def _body(call):
    parts = []
    while part := await call.read():
        parts.append(part)
    return b"".join(parts)


async def _post(pool, body, headers=(), **options):
    return await pool.send(method=b"POST", target=b"/", headers=headers, body=body, **options)


@pytest.mark.parametrize(
    ("headers", "framed"),
    [
        ((), b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n"),
        (((b"Content-Length", b"5"),), b"Content-Length: 5\r\n\r\nabcde"),
    ],
)
async def test_a_streamed_body_is_framed_as_its_headers_say(pool_to, headers, framed):
    """With a length as it is, without one in chunks; empty parts do not end it. The connection is used again."""
    async with ScriptedServer(EMPTY) as server:
        pool = pool_to(server)
        for _ in range(2):
            call = await _post(pool, _parts(b"ab", b"", b"cde"), ((b"Host", b"h"), *headers))
            assert call.complete
        assert server.requests == [b"POST / HTTP/1.1\r\nHost: h\r\n" + framed] * 2
        assert pool.reused == 1


@pytest.mark.parametrize("parts", [(b"ab",), (b"abc", b"def"), ()])
async def test_a_streamed_body_of_another_length_is_an_error(pool_to, parts):
    """The upstream never sees a request that looks whole and is not, nor bytes beyond it."""
    async with ScriptedServer(EMPTY) as server:
        with pytest.raises(UpstreamError, match="has not the announced length"):
            await _post(pool_to(server), _parts(*parts), ((b"Content-Length", b"5"),))
        assert server.requests == []


async def test_a_streamed_body_that_fails_fails_its_call(pool_to):
    """The source's own error comes out, and the connection is cut: the request must not look whole."""

    async def source():
        yield b"ab"
        raise LookupError("the client left")

    seen = asyncio.get_running_loop().create_future()

    async def script(peer):
        seen.set_result(await peer.gone())

    async with ScriptedServer(script) as server:
        pool = pool_to(server)
        with pytest.raises(LookupError, match="the client left"):
            await _post(pool, source())
        assert not (await seen).endswith(b"0\r\n\r\n")
        assert pool.snapshot()["in_use"] == 0


async def test_an_ambiguous_length_of_a_streamed_body_is_refused(pool_to):
    """Before anything is sent."""
    headers = ((b"Content-Length", b"1"), (b"Content-Length", b"2"))
    async with ScriptedServer(EMPTY) as server:
        with pytest.raises(ValueError, match="one Content-Length"):
            await _post(pool_to(server), _parts(b"a"), headers)
        assert server.connections == 0


@pytest.mark.parametrize("answer", [b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno", None])
async def test_an_early_answer_ends_the_upload(pool_to, answer):
    """The answer is handed over at once, nothing more is sent, and the connection is closed."""
    asked = asyncio.Event()
    begun = b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nn"

    async def script(peer):
        await peer.head()
        await asked.wait()
        await peer.send(answer or begun)
        if answer is None:
            await asyncio.sleep(0)
            await peer.send(b"o")
        await peer.gone()

    async with ScriptedServer(script) as server:
        pool = pool_to(server)
        call = await _post(pool, _endless(asked))
        assert (call.head.status, await _body(call)) == (413, b"no")
        assert (pool.snapshot()["idle"], pool.snapshot()["in_use"]) == (0, 0)


async def test_an_early_answer_to_a_large_body_in_memory_ends_its_sending(pool_to):
    """The rest of the body is not pushed at a server that does not read it."""

    async def script(peer):
        await peer.head()
        await peer.send(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
        await asyncio.Event().wait()

    async with ScriptedServer(script) as server:
        pool = pool_to(server)
        call = await _post(pool, b"x" * 50_000_000)
        assert (call.head.status, call.take()) == (413, b"no")
        assert pool.snapshot()["idle"] == 0


async def test_a_server_may_answer_while_it_still_reads(pool_to):
    """A success that begins early does not end the upload: what is sent comes back as it goes."""
    come_back = asyncio.Event()

    async def source():
        yield b"first"
        await come_back.wait()
        yield b"second"

    async def script(peer):
        await peer.head()
        await peer.send(OK + b"Transfer-Encoding: chunked\r\n\r\n")
        while chunk := await peer.reader.readuntil(b"\r\n"):
            chunk += await peer.reader.readuntil(b"\r\n")
            await peer.send(chunk)
            if chunk.startswith(b"0"):
                break
        await peer.gone()

    async with ScriptedServer(script) as server:
        pool = pool_to(server)
        call = await _post(pool, source())
        assert await call.read() == b"first"
        come_back.set()
        assert await _body(call) == b"second"
        assert pool.snapshot()["in_use"] == 0


async def test_an_upload_waits_for_a_slow_upstream(pool_to):
    """Only what fits the buffers is taken from the source before the upstream reads."""
    read_on = asyncio.Event()
    taken = 0

    async def source():
        nonlocal taken
        for _ in range(400):
            taken += 1
            yield b"x" * 100_000

    async def script(peer):
        head = await peer.head()
        await read_on.wait()
        left = int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0])
        while left:
            left -= len(await peer.reader.read(left))
        await peer.send(EMPTY)

    async with ScriptedServer(script) as server:
        pool = pool_to(server)
        sending = asyncio.ensure_future(_post(pool, source(), ((b"Content-Length", b"40000000"),)))
        await server.accepted(1)
        for _ in range(1000):
            await asyncio.sleep(0)
        assert taken < 400
        read_on.set()
        assert (await sending).complete
        assert taken == 400


async def test_an_upgrade_becomes_a_tunnel_both_ways(pool_to):
    """Bytes pass untouched, a half-close too, and no deadline applies any more."""

    async def script(peer):
        await peer.head()
        await peer.send(b"HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n\0early")
        await peer.send(b"<" + await peer.gone() + b">")

    async with ScriptedServer(script) as server:
        pool = pool_to(server)
        deadline = asyncio.get_running_loop().time() + 60
        call = await pool.send(method=b"GET", target=b"/", headers=UPGRADE, deadline=deadline, idle=60.0)
        assert (call.head.status, call.upgraded, call.complete) == (101, True, False)
        assert call.expires == float("inf")
        got = await call.read()
        await call.write(b"one ")
        await call.write(b"HTTP/1.1 two")
        call.write_eof()
        got += await _body(call)
        assert got == b"\0early<one HTTP/1.1 two>"
        call.close()
        assert pool.snapshot()["in_use"] == 0
        with pytest.raises(UpstreamError, match="the call was closed"):
            await call.write(b"late")


async def test_a_tunnel_that_is_reset_says_so(pool_to):
    """An end by reset is an error, not an end."""
    go_on = asyncio.Event()

    async def script(peer):
        await peer.head()
        await peer.send(b"HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n")
        await go_on.wait()
        peer.reset()

    async with ScriptedServer(script) as server:
        call = await pool_to(server).send(method=b"GET", target=b"/", headers=UPGRADE)
        go_on.set()
        with pytest.raises(UpstreamError) as error:
            await call.read()
        assert error.value.kind is Kind.TRUNCATED


async def test_the_server_sees_a_caller_leave(pool_to):
    """Closing a call that is not read to its end closes the connection; doing it twice is harmless."""
    left = asyncio.Event()

    async def script(peer):
        await peer.request()
        await peer.send(OK + b"Content-Length: 100\r\n\r\nsome")
        await peer.gone()
        left.set()

    async with ScriptedServer(script) as server:
        pool = pool_to(server)
        call = await pool.send(method=b"GET", target=b"/")
        call.close()
        call.close()
        await left.wait()
        assert (pool.snapshot()["in_use"], pool.snapshot()["idle"]) == (0, 0)
        assert await call.read() == b"some"
        with pytest.raises(UpstreamError, match="the call was closed"):
            await call.read()


@pytest.mark.parametrize("begun", [b"", OK + b"Content-Length: 100\r\n\r\nsome"])
async def test_a_cancelled_caller_leaves_no_connection_behind(pool_to, begun):
    """Before the head and within the body; the half-read connection is never given to another."""
    left = asyncio.Event()

    async def script(peer):
        await peer.request()
        await peer.send(begun)
        await peer.gone()
        left.set()

    async def ask(pool):
        await _body(await pool.send(method=b"GET", target=b"/"))

    async with ScriptedServer(script, EMPTY) as server:
        pool = pool_to(server)
        asking = asyncio.ensure_future(ask(pool))
        await server.accepted(1)
        for _ in range(20):
            await asyncio.sleep(0)
        asking.cancel()
        await asyncio.wait([asking])
        assert asking.cancelled()
        await left.wait()
        assert (pool.snapshot()["in_use"], pool.snapshot()["idle"]) == (0, 0)
        assert (await pool.send(method=b"GET", target=b"/")).complete


async def test_a_cancelled_upload_cuts_the_request(pool_to):
    """The upstream sees the connection go, not a shorter body."""
    asked = asyncio.Event()
    seen = asyncio.get_running_loop().create_future()

    async def never():
        yield b"ab"
        asked.set()
        await asyncio.Event().wait()

    async def script(peer):
        seen.set_result(await peer.gone())

    async with ScriptedServer(script) as server:
        pool = pool_to(server)
        asking = asyncio.ensure_future(_post(pool, never()))
        await asked.wait()
        asking.cancel()
        await asyncio.wait([asking])
        assert not (await seen).endswith(b"0\r\n\r\n")
        assert pool.snapshot()["in_use"] == 0


async def test_a_call_may_be_given_more_time_or_less(pool_to):
    """The deadline can be moved once the head is here, and lifted."""

    async def script(peer):
        await peer.request()
        await peer.send(OK + b"Content-Length: 100\r\n\r\nsome")
        await peer.gone()

    async with ScriptedServer(script) as server:
        now = asyncio.get_running_loop().time
        call = await pool_to(server).send(method=b"GET", target=b"/", deadline=now() + 60)
        call.allow_until(None)
        assert call.expires == float("inf")
        call.allow_until(now() + 0.01)
        with pytest.raises(UpstreamError) as error:
            await _body(call)
        assert error.value.kind is Kind.TIMEOUT
