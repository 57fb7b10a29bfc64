"""One connection of the server, told byte for byte what comes."""

from __future__ import annotations

import asyncio

import pytest

from shadow.proxy.answer import Client
from shadow.proxy.errors import OwnErrors
from shadow.proxy.limits import Limits
from shadow.proxy.server import Server
from shadow.proxy.serving import Connection
from shadow.proxy.written import Written
from shadow.upstream.message import Head

GET = b"GET /next HTTP/1.1\r\nHost: h\r\n\r\n"
POST = b"POST /first HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
BODY = b"5\r\nhello\r\n"
END = b"0\r\n\r\n"
TRAILED = b"0\r\nX-A: 1\r\nX-B: 2\r\n\r\n"
LIKE_AN_END = b"7\r\n\r\n0\r\n\r\n"  # the chunk's own line end is still to come


class Wire(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closed = False

    def write(self, data) -> None:
        self.written += data

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        """Nothing: what comes is told by the test."""

    def resume_reading(self) -> None:
        """Nothing."""


class Told:
    """A connection, and what its requests were."""

    def __init__(self) -> None:
        self.headers: list[dict[bytes, bytes]] = []
        self.wire = Wire()
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.server = Server(self.handle, Limits(), OwnErrors())
        self.connection = self.server()
        self.connection.connection_made(self.wire)

    async def handle(self, request) -> Written:
        await request.read()
        await self.may_answer.wait()
        self.headers.append(dict(request.raw_headers))
        client = Client(request)
        client.send(Head.of(200), b"ok")
        return Written(keep_alive=client.keep_alive)

    async def come(self, *parts: bytes) -> None:
        """Let parts come, and each be dealt with."""
        for part in parts:
            self.connection.data_received(part)
            for _ in range(20):
                await asyncio.sleep(0)


@pytest.fixture
async def told():
    """Give a connection."""
    made = Told()
    yield made
    await made.server.shutdown(0.1)
    made.connection.connection_lost(None)


TRAILERS = {
    "at once": [POST + BODY + TRAILED],
    "body later": [POST, BODY + TRAILED],
    "trailers later": [POST + BODY, TRAILED],
    "trailers split off": [POST + BODY + b"0\r\n", TRAILED[3:]],
    "end split off": [POST + BODY + TRAILED[:-2], TRAILED[-2:]],
    "a trailer like an end": [POST + BODY + b"0\r\nX-A: ", END],
    "a body like an end": [POST + LIKE_AN_END, b"\r\n" + TRAILED],
    "byte by byte": [bytes([byte]) for byte in POST + BODY + TRAILED],
}


@pytest.mark.parametrize("parts", TRAILERS.values(), ids=TRAILERS)
@pytest.mark.parametrize("together", [False, True])
async def test_nothing_follows_a_request_with_trailers(told, parts, together):
    """It is answered; what comes behind it, in the same piece or later, is not."""
    *before, last = parts
    await told.come(*before, *([last + GET] if together else [last, GET]))
    assert (len(told.headers), told.wire.written.count(b"200 OK"), told.wire.closed) == (1, 1, True)


PLAIN = {
    "at once": [POST + BODY + END],
    "body later": [POST, BODY + END],
    "end later": [POST + BODY, END],
    "end split": [POST + BODY + b"0\r\n", b"\r\n"],
    "no body": [POST + END],
    "a body like an end": [POST + LIKE_AN_END, b"\r\n" + END],
    "byte by byte": [bytes([byte]) for byte in POST + BODY + END],
}


@pytest.mark.parametrize("parts", PLAIN.values(), ids=PLAIN)
async def test_a_request_without_trailers_is_followed_by_others(told, parts):
    """On the same connection, however it came."""
    await told.come(*parts, GET, *parts, GET)
    assert (len(told.headers), told.wire.closed) == (4, False)
    assert [dict(each) for each in told.headers[1::2]] == [{b"Host": b"h"}] * 2


async def test_a_request_that_waits_for_its_turn_is_answered_before_the_end(told):
    """Its trailers come while the one before is still being answered."""
    told.may_answer.clear()
    await told.come(GET, POST + BODY, TRAILED, GET)
    told.may_answer.set()
    await told.come(b"")
    assert (len(told.headers), told.wire.closed) == (2, True)
    assert told.wire.written.count(b"Connection: close") == 1


async def test_requests_that_come_together_are_all_answered(told):
    """As long as none of them is chunked, for then it is not known where it ended."""
    sized = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi"
    await told.come(GET + sized + GET, sized + POST + BODY + END, GET)
    assert (len(told.headers), told.wire.closed) == (6, False)
    await told.come(POST + BODY + END + GET)
    assert (len(told.headers), told.wire.closed) == (7, True)


async def test_a_body_that_was_read_costs_no_reading_anew(told, monkeypatch):
    """Left to itself, aiohttp has its parser look at nothing once for each body."""
    reads: list[bytes] = []
    read = Connection.data_received

    def note(connection: Connection, data: bytes) -> None:
        reads.append(data)
        read(connection, data)

    monkeypatch.setattr(Connection, "data_received", note)
    posted = b"POST /first HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello"
    await told.come(posted)
    assert (len(told.headers), reads) == (1, [posted])
