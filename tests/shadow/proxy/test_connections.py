"""What is taken for granted of aiohttp's server, by every version that may be installed."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import EMPTY_PAYLOAD, web
from aiohttp.http import RawRequestMessage

from shadow.proxy.connections import ClientConnection
from shadow.proxy.errors import OwnErrors
from shadow.proxy.limits import Limits
from shadow.proxy.server import LINGER, Server
from shadow.proxy.written import Written

GET = b"GET /x HTTP/1.1\r\nHost: h\r\n\r\n"
POST = b"POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n"


async def ok(request: web.BaseRequest) -> Any:
    """Answer, past the server."""
    body = await request.read()
    request.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    return Written(keep_alive=True)


@pytest.fixture
def serving():
    """Serve on a real socket; give the server and a client's two ends."""

    @asynccontextmanager
    async def serving(handle=ok, **limits: Any):
        server = Server(handle, Limits(**limits), OwnErrors())
        listener = await asyncio.get_running_loop().create_server(server, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*listener.sockets[0].getsockname())
        while not server.open:
            await asyncio.sleep(0)
        try:
            yield server, reader, writer
        finally:
            writer.close()
            listener.close()
            await server.shutdown(0.1)

    return serving


async def until(true) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(5):
        while not true():
            await asyncio.sleep(0.001)


async def test_a_head_that_was_read_is_on_the_queue_when_the_read_returns(serving, monkeypatch):
    """With its body's stream beside it; an error stands there in the place of a message."""
    took = []
    take = ClientConnection._took_heads

    def note(connection: ClientConnection) -> None:
        took.append(connection._messages[-1])
        take(connection)

    monkeypatch.setattr(ClientConnection, "_took_heads", note)
    async with serving() as (_, _, writer):
        writer.write(POST)
        await until(lambda: len(took) == 1)
        writer.write(b"12345")
        writer.write(b"\0")
        await until(lambda: len(took) == 2)
    assert isinstance(took[0][0], RawRequestMessage)
    assert not isinstance(took[1][0], RawRequestMessage)
    assert took[1][1] is EMPTY_PAYLOAD


async def test_a_connection_waits_for_a_head_where_it_is_said_to(serving):
    """`_waiter` is set, and not done, exactly while no request is under way."""
    may_answer = asyncio.Event()

    async def slow(request: web.BaseRequest) -> Any:
        await may_answer.wait()
        return await ok(request)

    async with serving(slow) as (server, reader, writer):
        (connection,) = server.connections
        await until(lambda: connection._waiter is not None)
        writer.write(GET)
        await until(lambda: connection._waiter is None)
        may_answer.set()
        assert await reader.readuntil(b"\r\n\r\n")
        await until(lambda: connection._waiter is not None and not connection._waiter.done())


async def test_heads_are_waited_for_and_only_while_they_are_due(serving):
    """From the first byte to the last; on a new connection from its beginning."""
    async with serving() as (server, reader, writer):
        assert len(server.heads) == 1
        writer.write(GET)
        await reader.readuntil(b"\r\n\r\n")
        assert len(server.heads) == 0
        writer.write(GET[:7])
        await until(lambda: len(server.heads) == 1)
        writer.write(GET[7:])
        await reader.readuntil(b"\r\n\r\n")
        assert len(server.heads) == 0


async def test_a_head_behind_a_request_under_way_has_its_time_after_that(serving):
    """The client is not to blame that it was not read yet."""
    may_answer = asyncio.Event()
    waited = []

    async def slow(request: web.BaseRequest) -> Any:
        await may_answer.wait()
        return await ok(request)

    async with serving(slow, header_timeout=0.02) as (server, reader, writer):
        (connection,) = server.connections
        writer.write(GET + GET[:7])
        await until(lambda: connection._waiter is None)
        writer.write(GET[7:9])
        await until(lambda: len(server.heads) == 1)
        late = server.heads._late
        server.heads._late = lambda one: (waited.append(one), late(one))
        await until(lambda: len(waited) == 2)
        may_answer.set()
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        assert (await reader.read()).startswith(b"HTTP/1.1 408 ")


async def test_a_refused_client_has_a_while_to_read_why(serving):
    """Its sending half may go on for that long, and is read to nowhere; then the connection is closed."""
    async with serving() as (server, reader, writer):
        writer.write(b"\0")
        assert (await reader.read()).startswith(b"HTTP/1.1 400 Bad Request\r\n")
        writer.write(b"x" * 1000)
        await writer.drain()
        assert (len(server.lingering), server.open) == (1, 1)
        await until(lambda: not server.open)
        assert (len(server.lingering), LINGER) == (0, 1.0)


async def test_a_client_that_leaves_after_its_refusal_ends_it_at_once(serving):
    """Nothing lingers then: no connection, and no task that waits for one."""
    async with serving() as (server, reader, writer):
        writer.write(b"\0")
        await reader.read()
        writer.close()
        await until(lambda: not server._connections)
        assert (len(server.lingering), server.open) == (0, 0)
        assert {task for task in asyncio.all_tasks() if "RequestHandler" in repr(task.get_coro())} == set()


async def test_a_stop_does_not_wait_for_refused_clients(serving):
    """They have their answer."""
    async with serving() as (server, reader, writer):
        writer.write(b"\0")
        await reader.read()
        async with asyncio.timeout(LINGER / 2):
            await server.shutdown(5)
        assert (server.open, len(server.heads), len(server.lingering)) == (0, 0, 0)


async def test_a_bug_in_a_handler_is_a_500(serving):
    """One that the handler did not see to itself; it tells nothing of the bug."""

    async def fail(_: web.BaseRequest) -> Any:
        raise LookupError("a secret")

    async with serving(fail) as (server, reader, writer):
        writer.write(GET)
        got = await reader.read()
        assert (got.startswith(b"HTTP/1.1 500 Internal Server Error\r\n"), b"secret" in got) == (True, False)
        assert server.errors.snapshot() == {"500": {"bug": 1}}
