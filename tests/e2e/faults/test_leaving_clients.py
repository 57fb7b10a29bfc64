"""Clients that leave wherever it hurts, take no answers, or only stay: nothing is left behind, nobody else pays."""

from __future__ import annotations

import asyncio
import sys

import pytest
from aiohttp import web

from shadow.lifecycle import descriptors, raise_descriptor_limit

POST = b"POST /v1/x HTTP/1.1\r\nHost: h\r\n"
GET = b"GET /v1/x HTTP/1.1\r\nHost: h\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


async def hang_or_begin(request: web.Request) -> web.StreamResponse:
    """Answer nothing, or begin and go no further."""
    if request.query_string == "hang":
        await asyncio.Event().wait()
    response = web.StreamResponse()
    await response.prepare(request)
    await response.write(b"x" * 1000)
    await asyncio.Event().wait()
    return response


ABORTED = {
    "in the head": GET,
    "in the body": POST + b"Content-Length: 100\r\n\r\nbegun",
    "in the upload": CHUNKED + b"5\r\nbegun\r\n",
    "before the answer": b"GET /v1/x?hang HTTP/1.1\r\nHost: h\r\n\r\n",
    "in the download": GET + b"\r\n",
}


async def abort(url: str, data: bytes, *, reads: bool) -> None:
    """Send something, read the head of an answer or not, and break the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
    writer.write(data)
    if reads:
        await reader.readuntil(b"\r\n\r\n")
    writer.transport.abort()


@pytest.mark.parametrize("phase", ["off", "shadow", "live"])
async def test_a_storm_of_aborted_requests_leaves_nothing_behind(open_house, phase):
    """Wherever they break off, no connection, task or count stays, and the next request is served."""
    house = await open_house(routes__x__rollout__phase=phase, legacy__max_connections=16)
    house.legacy.answer = hang_or_begin
    async with asyncio.TaskGroup() as group:
        for _ in range(20):
            for where, data in ABORTED.items():
                reads = where == "in the download" and phase != "live"  # a held answer has no head yet
                group.create_task(abort(house.url, data, reads=reads))
    async with asyncio.timeout(10):
        while house.worker.state()["client_connections"] or house.worker.front.active:
            await asyncio.sleep(0.005)
    await house.idle()
    await house.settle()
    state, server = house.worker.state(), house.worker._server
    assert (state["tasks"], state["active"], state["legacy_pool"]["waiting"]) == (1, 0, 0)
    assert (len(server.heads), len(server.lingering), len(server._connections)) == (0, 0, 0)
    counted = house.tallies().total()
    assert 0 < counted <= 80  # who leaves at once may do so before the request is read
    assert len(house.rows()) == (0 if phase == "off" else counted)
    house.legacy.answer = house.legacy.echo
    assert (await house.post())[0] == 200


HALVES = {
    "before a head": (b"", {}),
    "in a head": (GET, {}),
    "in a body": (POST + b"Content-Length: 100\r\n\r\nbegun", {"x": 1}),
    "in a chunk": (CHUNKED + b"5\r\nbeg", {"x": 1}),
    "behind a request": (b"GET /v1/x?hang HTTP/1.1\r\nHost: h\r\n\r\n", {"x": 1}),
}


@pytest.mark.parametrize(("data", "counted"), HALVES.values(), ids=HALVES)
async def test_a_client_that_closes_its_half_has_left(open_house, wired, data, counted):
    """As it has for most proxies: nobody can tell the one from the other. Its call to legacy ends with it."""
    house = await open_house()
    house.legacy.answer = hang_or_begin
    async with wired(house) as wire, asyncio.timeout(5):
        await wire.send(data)
        if counted:
            while not house.worker.front.active:
                await asyncio.sleep(0.001)
        wire.writer.write_eof()
        assert await wire.reader.read() == b""
    await house.idle()
    await house.accounted(counted)
    assert house.rows("disposition") == [("client_gone",)] * len(counted)
    assert house.worker.state()["client_connections"] == 0


@pytest.mark.parametrize("data", [data for data, counted in HALVES.values() if counted])
@pytest.mark.parametrize("phase", ["unmatched", "off"])
async def test_a_client_that_leaves_before_an_answer_without_a_row_is_counted(open_house, wired, phase, data):
    """A row would say so; one that was answered, or that the worker's end cut off, has not left."""
    changes = {"routes": {}} if phase == "unmatched" else {"routes__x__rollout__phase": "off"}
    house = await open_house(**changes, listen={"port": 0, "drain": "10ms"})
    house.legacy.answer = hang_or_begin
    async with wired(house) as wire, asyncio.timeout(5):
        await wire.send(GET + b"\r\n")  # its answer begins
        await wire.head()
    async with wired(house) as wire, asyncio.timeout(5):
        await wire.send(data)
        while not house.worker.front.active:
            await asyncio.sleep(0.001)
    await house.idle()
    assert house.worker.state()["own_errors"] == {"closed": {"client_left": 1}}
    async with wired(house) as wire, asyncio.timeout(5):
        await wire.send(HALVES["behind a request"][0])
        while not house.worker.front.active:
            await asyncio.sleep(0.001)
        await house.stop()
    assert house.worker.state()["own_errors"] == {"closed": {"client_left": 1}}


async def test_a_client_that_takes_no_answers_may_not_ask_for_more(open_house, wired):
    """Its requests wait in the system, not their answers in the worker's memory."""
    house = await open_house(routes__x__rollout__phase="off")

    async def large(_: web.Request) -> web.Response:
        return web.Response(body=b"x" * 200_000)

    house.legacy.answer = large
    async with wired(house) as wire:
        wire.writer.transport.pause_reading()
        await wire.send((GET + b"\r\n") * 500)
        before = -1
        while len(house.legacy.requests) != before:
            before = len(house.legacy.requests)
            await asyncio.sleep(0.1)
        assert before < 100
    await house.idle()


async def test_a_client_that_takes_nothing_of_its_answer_is_let_go(open_house, wired):
    """After the time that it may pause; legacy's connection is free again, and the cut is counted."""
    house = await open_house(listen__body_timeout="100ms")

    async def flood(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 100_000)

    house.legacy.answer = flood
    async with wired(house) as wire, asyncio.timeout(20):
        wire.writer.transport.pause_reading()
        await wire.send(GET + b"\r\n")
        while not house.worker.front.active:
            await asyncio.sleep(0.001)
        while house.worker.state()["client_connections"]:
            await asyncio.sleep(0.01)
    await house.idle()
    await house.accounted({"x": 1})
    assert house.rows("disposition") == [("client_gone",)]
    assert house.worker.state()["own_errors"] == {"cut": {"answer_timeout": 1}}


IDLE = """
import resource, socket, sys
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
clients = [socket.create_connection(("127.0.0.1", int(sys.argv[1]))) for _ in range(int(sys.argv[2]))]
print(flush=True)
print(sum(client.recv(1) == b"" for client in clients), flush=True)
"""
"""Holds so many connections and says nothing; tells when it has them, and of how many the end came without a word."""


async def test_ten_thousand_idle_connections_cost_nobody_else_anything(open_house):
    """Or as many as the system allows: requests are served beside them, and all are closed in time, in one sweep."""
    raise_descriptor_limit()
    number = min(10_000, descriptors() - 500)
    # All of them are open before the first is closed.
    house = await open_house(listen__header_timeout="15s", listen__max_connections=number + 1)
    port = house.url.rpartition(":")[2]
    crowd = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", IDLE, port, str(number)), stdout=asyncio.subprocess.PIPE
    )
    assert crowd.stdout is not None
    async with asyncio.timeout(60):
        await crowd.stdout.readline()
        while house.worker.state()["client_connections"] < number:
            await asyncio.sleep(0.005)
        assert (await house.post())[0] == 200
        assert int(await crowd.stdout.readline()) == number
        assert await crowd.wait() == 0
        while house.worker.state()["client_connections"] > 1:
            await asyncio.sleep(0.005)
    assert house.worker.state()["own_errors"] == {"closed": {"no_request": number}}
    assert (await house.post())[0] == 200
    await house.accounted({"x": 2})
