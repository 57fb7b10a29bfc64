"""Clients that send too slowly, too much, or what can be read in two ways: each is told so, counted, and let go."""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import suppress

import pytest
from aiohttp import web

from shadow.testing import ScriptedServer

POST = b"POST /v1/x HTTP/1.1\r\nHost: h\r\n"
GET = b"GET /v1/x HTTP/1.1\r\nHost: h\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: h\r\n\r\n"
"""What a smuggler wants legacy to take for a request of its own."""

LENGTHS = {
    "two alike": (POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", 400),
    "two that differ": (POST + b"Content-Length: 2\r\nContent-Length: 35\r\n\r\n{}", 400),
    "a list": (POST + b"Content-Length: 2, 2\r\n\r\n{}", 400),
    "a plus": (POST + b"Content-Length: +2\r\n\r\n{}", 400),
    "a minus": (POST + b"Content-Length: -2\r\n\r\n{}", 400),
    "hexadecimal": (POST + b"Content-Length: 0x2\r\n\r\n{}", 400),
    "a space within": (POST + b"Content-Length: 2 2\r\n\r\n{}", 400),
    "an underscore": (POST + b"Content-Length: 0_2\r\n\r\n{}", 400),
    "a control": (POST + b"Content-Length: \x0b2\r\n\r\n{}", 400),
    "nothing": (POST + b"Content-Length: \r\n\r\n", 400),
    "beyond 64 bits": (POST + b"Content-Length: 18446744073709551618\r\n\r\n{}", 400),
    "a space before the colon": (POST + b"Content-Length : 2\r\n\r\n{}", 400),
    "a length that is folded": (POST + b"Content-Length:\r\n 2\r\n\r\n{}", 400),
    "a body without one": (GET + b"\r\n{}\r\n", 400),
}
CODINGS = {
    "beside a length": (POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "before a length": (POST + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n", 400),
    "nothing beside a length": (POST + b"Transfer-Encoding: \r\nContent-Length: 2\r\n\r\n{}", 400),
    "nothing": (POST + b"Transfer-Encoding: \r\n\r\n", 400),
    "compressed": (POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
    "an empty one": (POST + b"Transfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n", 501),
    "two headers": (CHUNKED[:-2] + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "identity first": (
        POST + b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    "twice": (POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 400),
    "not at the end": (POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 400),
    "identity": (POST + b"Transfer-Encoding: identity\r\n\r\n", 400),
    "unknown": (POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400),
    "a control": (POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n", 400),
    "quoted": (POST + b'Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n', 400),
    "a parameter": (POST + b"Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n", 400),
    "a comma behind": (POST + b"Transfer-Encoding: chunked,\r\n\r\n0\r\n\r\n", 400),
    "a space before the colon": (POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400),
    "folded": (POST + b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", 400),
    "to an old version": (b"POST /v1/x HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
}
LINES = {
    "a bare LF everywhere": (b"GET /v1/x HTTP/1.1\nHost: h\n\n", 400),
    "a bare LF behind a header": (GET + b"X: y\nZ: z\r\n\r\n", 400),
    "a bare LF at the end": (GET + b"\n", 400),
    "a bare CR": (GET + b"X: y\rZ: z\r\n\r\n", 400),
    "a folded header": (GET + b"X: y\r\n z\r\n\r\n", 400),
    "a folded first header": (b"GET /v1/x HTTP/1.1\r\n Host: h\r\n\r\n", 400),
    "NUL in a value": (GET + b"X: a\0b\r\n\r\n", 400),
    "NUL in a name": (GET + b"X\0: a\r\n\r\n", 400),
    "NUL in the target": (b"GET /v1/x\0 HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "a control in a value": (GET + b"X: a\x01b\r\n\r\n", 400),
    "DEL in a value": (GET + b"X: a\x7fb\r\n\r\n", 400),
    "no colon": (GET + b"XY\r\n\r\n", 400),
    "no name": (GET + b": y\r\n\r\n", 400),
    "a space in a name": (GET + b"X Y: y\r\n\r\n", 400),
    "a space in the target": (b"GET /v1/ x HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "tabs in the first line": (b"GET\t/v1/x\tHTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "a space behind the version": (b"GET /v1/x HTTP/1.1 \r\nHost: h\r\n\r\n", 400),
    "two hosts": (GET + b"Host: i\r\n\r\n", 400),
    "no host": (b"GET /v1/x HTTP/1.1\r\n\r\n", 400),
    "HTTP/0.9": (b"GET /v1/x\r\n\r\n", 400),
    "HTTP/0.9 by name": (b"GET /v1/x HTTP/0.9\r\nHost: h\r\n\r\n", 400),
    "HTTP/1.2": (b"GET /v1/x HTTP/1.2\r\nHost: h\r\n\r\n", 400),
    "HTTP/2's preface": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "a lower-case version": (b"GET /v1/x http/1.1\r\nHost: h\r\n\r\n", 400),
    "another protocol": (b"GET /v1/x RTSP/1.0\r\nHost: h\r\n\r\n", 400),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    "words": (b"hello\r\n\r\n", 400),
}
CHUNKS = {
    "no number": CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n",
    "a prefix": CHUNKED + b"0x2\r\n{}\r\n0\r\n\r\n",
    "a minus": CHUNKED + b"-2\r\n{}\r\n0\r\n\r\n",
    "nothing": CHUNKED + b"\r\n{}\r\n0\r\n\r\n",
    "an extension alone": CHUNKED + b";a\r\n{}\r\n0\r\n\r\n",
    "beyond 64 bits": CHUNKED + b"10000000000000002\r\n{}\r\n0\r\n\r\n",
    "a space": CHUNKED + b"2 \r\n{}\r\n0\r\n\r\n",
    "a bare LF": CHUNKED + b"2\n{}\r\n0\r\n\r\n",
    "a bare LF behind an extension": CHUNKED + b"2;a\n{}\r\n0\r\n\r\n",
    "a CR within an extension": CHUNKED + b"2;a\rb\r\n{}\r\n0\r\n\r\n",
    "a NUL within an extension": CHUNKED + b"2;a\0b\r\n{}\r\n0\r\n\r\n",
    "longer than said": CHUNKED + b"2\r\n{}x\r\n0\r\n\r\n",
    "a bare LF behind the data": CHUNKED + b"2\r\n{}\n0\r\n\r\n",
    "nothing behind the data": CHUNKED + b"2\r\n{}0\r\n\r\n",
    "a bare LF at the end": CHUNKED + b"2\r\n{}\r\n0\n\n",
    "a length as a trailer": CHUNKED + b"2\r\n{}\r\n0\r\nContent-Length: 9\r\n\r\n",
    "a coding as a trailer": CHUNKED + b"2\r\n{}\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n",
    "a NUL in a trailer": CHUNKED + b"2\r\n{}\r\n0\r\nX\0: y\r\n\r\n",
    "a bare LF in the trailers": CHUNKED + b"2\r\n{}\r\n0\r\nX: y\n\r\n",
}
BAD_CHUNKS = {name: (data, 400) for name, data in CHUNKS.items()}
TABLES = {"lengths": LENGTHS, "codings": CODINGS, "lines": LINES, "chunks": BAD_CHUNKS}
PATHS = {"matched": b"/v1/x", "unmatched": b"/v1/y"}


class Legacy:
    """A legacy system that answers each request it can make out, and keeps every byte."""

    def __init__(self) -> None:
        self.seen: list[bytearray] = []

    async def __call__(self, peer) -> None:
        seen = bytearray()
        self.seen.append(seen)
        while data := await peer.reader.read(65536):
            seen += data
            if seen.endswith(b"0\r\n\r\n" if b"chunked" in seen else (b"\r\n\r\n", b"{}")):
                await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    @property
    def requests(self) -> int:
        """How many requests began on any connection, and how many were whole."""
        return sum(len(re.findall(rb" HTTP/1\.[01]\r\n", each)) for each in self.seen)


async def told(wire, data: bytes, *, size: int) -> tuple[int, str, bool]:
    """Send some bytes at a time; give the status, the media type, and whether that was all and then the end."""
    for start in range(0, len(data), size):
        await wire.send(data[start : start + size])
        await asyncio.sleep(0)
    got = await wire.reader.read()
    head, _, body = got.partition(b"\r\n\r\n")
    status = int(head.split(b" ")[1])
    whole = json.loads(body)["status"] == status and b"Connection: close" in head
    kind = re.search(rb"Content-Type: ([^\r]*)", head)
    return status, kind[1].decode() if kind else "", whole


@pytest.mark.parametrize("size", [1000, 1], ids=["whole", "drop by drop"])
@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
async def test_a_request_that_can_be_read_in_two_ways_is_refused(open_house, wired, table, path, size):
    """Legacy sees neither a request that hides behind it nor a whole one; the client's connection is closed."""
    legacy = Legacy()
    async with ScriptedServer(legacy) as server:
        house = await open_house(legacy__url=server.url)
        outcomes = {}
        for name, (data, _) in table.items():
            async with wired(house) as wire:
                sent = data.replace(b"/v1/x", path) + HIDDEN
                outcomes[name] = await told(wire, sent, size=size)
        assert outcomes == {
            name: (status, "application/problem+json", True) for name, (_, status) in table.items()
        }
        await house.idle()
        seen = b"|".join(bytes(each) for each in legacy.seen)
        assert (b"hidden" in seen, seen.endswith(b"0\r\n\r\n"), b"0\r\n\r\n|" in seen) == (
            False,
            False,
            False,
        )
        assert legacy.requests <= (len(table) if table is BAD_CHUNKS else 0)
        state = house.worker.state()
        assert sum(n for kinds in state["own_errors"].values() for n in kinds.values()) == len(table)
        if table is not BAD_CHUNKS:
            assert state["refused_requests"] == len(table)


async def test_chunks_that_break_after_legacy_was_asked_end_its_request_unfinished(open_house, wired):
    """At once, and not when the client's time is over; legacy's connection is not used again."""
    legacy = Legacy()
    async with ScriptedServer(legacy) as server:
        house = await open_house(legacy__url=server.url)
        outcomes = {}
        for number, (name, data) in enumerate(CHUNKS.items()):
            async with wired(house) as wire:
                await wire.send(CHUNKED + b"5\r\nbegun\r\n")
                while len(legacy.seen) <= number or not legacy.seen[-1].endswith(b"begun\r\n"):
                    await asyncio.sleep(0.001)
                outcomes[name] = await told(wire, data.removeprefix(CHUNKED) + HIDDEN, size=1000)
            await house.idle()
        assert outcomes == dict.fromkeys(CHUNKS, (400, "application/problem+json", True))
        assert [each.count(b"HTTP/1.1\r\n") for each in legacy.seen] == [1] * len(CHUNKS)
        assert [name for name, each in zip(CHUNKS, legacy.seen, strict=True) if b"0\r\n\r\n" in each] == []
        assert house.worker.state()["own_errors"] == {"400": {"body_malformed": len(CHUNKS)}}
        await house.accounted({"x": len(CHUNKS)})


async def test_what_is_unusual_but_has_one_meaning_is_passed_on(open_house, wired):
    """Empty lines before a request, tabs before a value, a coding in capitals, chunk extensions, trailers."""
    house = await open_house()
    requests = [
        b"\r\n\r\n" + GET + b"\r\n",
        POST + b"Content-Length:\t2 \r\n\r\n{}",
        POST + b"TRANSFER-ENCODING: Chunked\r\n\r\n2;a=b\r\n{}\r\n0\r\n\r\n",
        GET + b"X-Any: \xe9\r\n\r\n",
        CHUNKED + b"2\r\n{}\r\n0\r\nX-Sum: 1\r\n\r\n",  # ends the connection, with its answer
    ]
    async with wired(house) as wire:
        for data in requests:
            await wire.send(data)
            assert (await wire.answer())[0].startswith(b"HTTP/1.1 200 OK\r\n")
    assert [body for *_, body in house.legacy.requests] == [b"", b"{}", b"{}", b"", b"{}"]
    assert house.worker.state()["own_errors"] == {}


async def test_garbage_behind_a_request_ends_the_connection_after_its_answer(open_house, wired):
    """The request in front of it was whole: it is answered first, and once."""
    house = await open_house()
    may_answer = asyncio.Event()

    async def slow(_: web.Request) -> web.Response:
        await may_answer.wait()
        return web.Response(text="first")

    house.legacy.answer = slow
    async with wired(house) as wire:
        await wire.send(GET + b"\r\n")
        while not house.legacy.requests:
            await asyncio.sleep(0.001)
        await wire.send(b"GARBAGE\r\n\r\n" + HIDDEN)
        may_answer.set()
        assert (await wire.answer())[1] == b"first"
        assert (await wire.reader.read()).startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert len(house.legacy.requests) == 1
    await house.accounted({"x": 1})


# --- too slow


async def test_a_connection_that_never_begins_a_request_is_closed(open_house, wired):
    """After the time that a head has, and without a word: there is nothing to answer."""
    house = await open_house(listen__header_timeout="50ms")
    async with wired(house) as wire, asyncio.timeout(5):
        assert await wire.reader.read() == b""
    state = house.worker.state()
    assert (state["client_connections"], state["own_errors"]) == (0, {})


@pytest.mark.parametrize("before", [b"", GET + b"\r\n"], ids=["first request", "later request"])
async def test_a_head_that_drips_is_a_408(open_house, wired, before):
    """However steadily: it is the whole head that has its time."""
    house = await open_house(listen__header_timeout="60ms", routes__x__rollout__phase="off")
    async with wired(house) as wire, asyncio.timeout(5):
        if before:
            await wire.send(before)
            await wire.answer()
        answered = asyncio.ensure_future(wire.reader.read())
        await wire.send(GET)
        while not answered.done():
            await wire.send(b"X")
            await asyncio.sleep(0.005)
        assert answered.result().startswith(
            b"HTTP/1.1 408 Request Timeout\r\nContent-Type: application/problem+json"
        )
    assert house.worker.state()["own_errors"] == {"408": {"head_timeout": 1}}


async def test_a_head_that_takes_its_time_is_not_ended_by_the_idle_time_before_it(open_house, wired):
    """The connection is idle no more once a head has begun."""
    house = await open_house(listen__idle_timeout="80ms", listen__header_timeout="5s")
    async with wired(house) as wire, asyncio.timeout(5):
        await wire.send(GET + b"\r\n")
        await wire.answer()
        for part in (GET[:9], GET[9:], b"A: b\r\n", b"C: d\r\n"):
            await wire.send(part)
            await asyncio.sleep(0.04)
        await wire.send(b"\r\n")
        assert (await wire.answer())[1] == b'{"side": "legacy"}'
        assert await wire.reader.read() == b""  # idle now, for 80 ms


@pytest.mark.parametrize("length", [100, 100_000], ids=["awaited whole", "streamed"])
async def test_a_body_that_drips_is_a_408(open_house, wired, length):
    """No pause is too long, but all of them together are."""
    house = await open_house(listen__body_timeout="100ms", listen__min_body_rate="1KiB")
    async with wired(house) as wire, asyncio.timeout(5):
        answered = asyncio.ensure_future(wire.reader.read())
        await wire.send(POST + b"Content-Length: %d\r\n\r\n" % length)
        while not answered.done():
            await wire.send(b"x")
            await asyncio.sleep(0.01)
        assert answered.result().startswith(b"HTTP/1.1 408 ")
    assert house.worker.state()["own_errors"] == {"408": {"body_timeout": 1}}
    await house.idle()
    await house.accounted({"x": 1})
    assert house.rows("disposition") == [("client_gone",)]


async def test_a_long_upload_that_keeps_its_pace_is_passed_on(open_house, wired):
    """Longer than any pause may be, in all."""
    house = await open_house(listen__body_timeout="100ms", listen__min_body_rate="1KiB")
    async with wired(house) as wire, asyncio.timeout(5):
        await wire.send(POST + b"Content-Length: 80000\r\n\r\n")
        for _ in range(10):
            await wire.send(b"x" * 8000)
            await asyncio.sleep(0.02)
        assert (await wire.answer())[0].startswith(b"HTTP/1.1 200 OK\r\n")
    assert len(house.legacy.requests[0][3]) == 80_000


# --- too much


LARGE = {
    "one value": GET + b"X: " + b"a" * 5000 + b"\r\n\r\n",
    "many headers": GET + b"".join(b"X-%d: %b\r\n" % (n, b"a" * 100) for n in range(50)) + b"\r\n",
    "the target": b"GET /v1/x?" + b"a" * 5000 + b" HTTP/1.1\r\nHost: h\r\n\r\n",
    "a name": GET + b"X" * 5000 + b": a\r\n\r\n",
    "no end": GET + b"X: a\r\n" * 4000,
}


@pytest.mark.parametrize("size", [100_000, 100], ids=["whole", "in parts"])
async def test_a_head_beyond_the_limit_is_a_431(open_house, wired, size):
    """However it is cut, and whatever makes it large."""
    house = await open_house(listen__max_header_size="4KiB", listen__max_headers=10_000)
    outcomes = {}
    for name, data in LARGE.items():
        async with wired(house) as wire:
            outcomes[name] = (await told(wire, data, size=size))[0]
    assert outcomes == dict.fromkeys(LARGE, 431)
    assert house.legacy.requests == []
    assert house.worker.state()["own_errors"] == {"431": {"head_too_large": len(LARGE)}}


@pytest.mark.parametrize("size", [100_000, 100], ids=["whole", "in parts"])
async def test_a_head_within_the_limit_may_have_a_body_beyond_it(open_house, wired, size):
    """To the last byte; and the head after it has the same room."""
    start = POST + b"Content-Length: 9000\r\nX: "
    head = start + b"a" * (4096 - len(start) - 4) + b"\r\n\r\n"
    house = await open_house(listen__max_header_size="4KiB")
    async with wired(house) as wire:
        for _ in range(2):
            data = head + b"b" * 9000
            for at in range(0, len(data), size):
                await wire.send(data[at : at + size])
            assert (await wire.answer())[0].startswith(b"HTTP/1.1 200 OK\r\n")
    assert [len(body) for *_, body in house.legacy.requests] == [9000, 9000]


async def test_too_many_headers_are_a_431(open_house, wired):
    """One more than may be, Host included."""
    house = await open_house(listen__max_headers=10)
    async with wired(house) as wire:
        await wire.send(GET + b"X: y\r\n" * 9 + b"\r\n")
        assert (await wire.answer())[0].startswith(b"HTTP/1.1 200 OK\r\n")
        assert (await told(wire, GET + b"X: y\r\n" * 10 + b"\r\n", size=1000))[0] == 431
    assert (len(house.legacy.requests), house.worker.state()["own_errors"]) == (
        1,
        {"431": {"too_many_headers": 1}},
    )


async def test_a_large_head_behind_a_request_under_way_ends_the_connection(open_house, wired):
    """Nobody holds it in memory while the answer in front of it takes its time."""
    house = await open_house(listen__max_header_size="4KiB")

    async def never(_: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    house.legacy.answer = never
    async with wired(house) as wire, asyncio.timeout(5):
        await wire.send(GET + b"\r\n")
        while not house.legacy.requests:
            await asyncio.sleep(0.001)
        await wire.send(LARGE["many headers"])
        with suppress(ConnectionResetError):
            assert await wire.reader.read() == b""
    await house.accounted({"x": 1})
    assert house.rows("disposition") == [("client_gone",)]


async def test_connections_beyond_the_limit_are_a_503(open_house, wired):
    """The others are served, and a place that is left is taken by the next."""
    house = await open_house(listen__max_connections=2)
    async with wired(house) as first, wired(house) as second, wired(house) as third:
        for wire in (first, second):
            await wire.send(GET + b"\r\n")
            await wire.answer()
        assert await told(third, GET + b"\r\n", size=1000) == (503, "application/problem+json", True)
        state = house.worker.state()
        assert (state["client_connections"], state["own_errors"]) == (2, {"503": {"max_connections": 1}})
        first.writer.close()
        while house.worker.state()["client_connections"] > 1:
            await asyncio.sleep(0.001)
        async with wired(house) as fourth:
            await fourth.send(GET + b"\r\n")
            assert (await fourth.answer())[0].startswith(b"HTTP/1.1 200 OK\r\n")


# --- who leaves, and who takes nothing


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


async def test_many_idle_connections_cost_nobody_else_anything(open_house):
    """A thousand that say nothing: requests are served beside them, and all are closed in time, in one sweep."""
    house = await open_house(listen__header_timeout="1s")
    port = int(house.url.rpartition(":")[2])
    idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(1000)]
    while house.worker.state()["client_connections"] < 1000:
        await asyncio.sleep(0.005)
    assert (await house.post())[0] == 200
    assert {await reader.read() for reader, _ in idle} == {b""}
    while house.worker.state()["client_connections"] > 1:
        await asyncio.sleep(0.005)
    for _, writer in idle:
        writer.close()
    assert (await house.post())[0] == 200
    await house.accounted({"x": 2})
