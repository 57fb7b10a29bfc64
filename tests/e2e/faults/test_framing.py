"""Requests that two readers could read in two ways: refused before legacy sees more than one, or another framing."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
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
    "a space in front": (b" " + GET + b"\r\n", 400),
    "NUL in front": (b"\0" + GET + b"\r\n", 400),
    "a vertical tab before a colon": (GET + b"X\x0b: y\r\n\r\n", 400),
    "a space in the target": (b"GET /v1/ x HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "tabs in the first line": (b"GET\t/v1/x\tHTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "a space behind the version": (b"GET /v1/x HTTP/1.1 \r\nHost: h\r\n\r\n", 400),
    "two hosts": (GET + b"Host: i\r\n\r\n", 400),
    "no host": (b"GET /v1/x HTTP/1.1\r\n\r\n", 400),
    "a host with a space": (b"GET /v1/x HTTP/1.1\r\nHost: h i\r\n\r\n", 400),
    "a host with a path": (b"GET /v1/x HTTP/1.1\r\nHost: h/v1/y\r\n\r\n", 400),
    "a host outside ASCII": (b"GET /v1/x HTTP/1.1\r\nHost: h\xe4\r\n\r\n", 400),
    "a host that is none, of HTTP/1.0": (b"GET /v1/x HTTP/1.0\r\nHost: h i\r\n\r\n", 400),
    "HTTP/0.9": (b"GET /v1/x\r\n\r\n", 505),
    "HTTP/0.9 by name": (b"GET /v1/x HTTP/0.9\r\nHost: h\r\n\r\n", 505),
    "HTTP/1.2": (b"GET /v1/x HTTP/1.2\r\nHost: h\r\n\r\n", 400),
    "HTTP/2's preface": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "a lower-case version": (b"GET /v1/x http/1.1\r\nHost: h\r\n\r\n", 400),
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
        """The most requests that began on any connection."""
        return max((len(re.findall(rb" HTTP/1\.[01]\r\n", each)) for each in self.seen), default=0)


async def told(wire, data: bytes, *, size: int) -> tuple[int, str, bool]:
    """Send some bytes at a time; give the status, the media type, and whether that was all and then the end."""
    for start in range(0, len(data), size):
        await wire.send(data[start : start + size])
        await asyncio.sleep(0)
    async with asyncio.timeout(5):
        got = await wire.reader.read()
    head, _, body = got.partition(b"\r\n\r\n")
    status = int(head.split(b" ")[1])
    whole = json.loads(body)["status"] == status and b"Connection: close" in head and b"Server" not in head
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
        assert legacy.requests <= (table is BAD_CHUNKS)
        state = house.worker.state()
        assert sum(n for kinds in state["own_errors"].values() for n in kinds.values()) == len(table)
        causes = Counter(state["malformed"])
        assert (causes.total(), causes["other"]) == (sum(status == 400 for _, status in table.values()), 0)
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


SAID = {
    "an LF in front": (b"\n" + GET + b"\r\n", b""),
    "a CR in front": (b"\r" + GET + b"\r\n", b""),
    "two spaces before the target": (b"GET  /v1/x HTTP/1.1\r\nHost: h\r\n\r\n", b""),
    "two spaces behind the target": (b"GET /v1/x  HTTP/1.1\r\nHost: h\r\n\r\n", b""),
    "a request as its body": (POST + b"Content-Length: %d\r\n\r\n" % len(HIDDEN) + HIDDEN, HIDDEN),
    "a length with zeros": (POST + b"Content-Length: 0002\r\n\r\n{}", b"{}"),
    "a length that belongs to the connection": (
        POST + b"Connection: Content-Length\r\nContent-Length: 2\r\n\r\n{}",
        b"{}",
    ),
    "a coding that belongs to the connection": (
        POST + b"Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        b"{}",
    ),
    "a host that belongs to the connection": (GET + b"Connection: Host\r\n\r\n", b""),
    "a body that nobody expects": (GET + b"Content-Length: 2\r\n\r\n{}", b"{}"),
    "a length under another name": (POST + b"Content_Length: 9\r\nContent-Length: 2\r\n\r\n{}", b"{}"),
    "a request in its chunks": (
        CHUNKED + b"%x\r\n" % len(HIDDEN) + HIDDEN + b"\r\n0\r\n\r\n",
        HIDDEN,
    ),
}


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
async def test_what_looks_like_two_and_is_one_stays_one(open_house, wired, path):
    """Legacy finds its end where the router did, and the next request behind it."""
    house = await open_house()
    async with wired(house) as wire:
        for data, _ in SAID.values():
            await wire.send(data.replace(b"/v1/x", path))
            assert (await wire.answer())[0].startswith(b"HTTP/1.1 200 OK\r\n")
    assert [(target, body) for _, target, _, body in house.legacy.requests] == [
        (path.decode(), body) for _, body in SAID.values()
    ]
    assert {headers["Host"] for _, _, headers, _ in house.legacy.requests} == {"h"}


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


UPGRADE = b"GET /v1/x HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"


async def test_nothing_follows_a_declined_upgrade_that_did_not_wait_for_it(open_house, wired):
    """What came behind it was not read as a request is, so no request is made of it."""
    house = await open_house()
    async with wired(house) as wire, asyncio.timeout(5):
        await wire.send(UPGRADE + CHUNKED + b"0\r\nX-Smuggled: 1\r\n\r\n" + GET + b"\r\n")
        assert (await wire.answer())[0].startswith(b"HTTP/1.1 200 OK\r\n")
        with suppress(ConnectionResetError):
            assert await wire.reader.read() == b""
    assert len(house.legacy.requests) == 1
    await house.accounted({"": 1})


async def test_a_tunnel_is_not_opened_by_an_upgrade_either(open_house, wired):
    """CONNECT stays refused, whatever else it asks for."""
    house = await open_house()
    async with wired(house) as wire, asyncio.timeout(5):
        await wire.send(UPGRADE.replace(b"GET /v1/x", b"CONNECT elsewhere:443") + HIDDEN)
        head, _ = await wire.answer()
        assert (head.split()[1], await wire.reader.read()) == (b"501", b"")
    assert house.legacy.requests == []
    assert house.worker.state()["own_errors"] == {"501": {"method": 1}}


# --- several requests in one read


class Echo:
    """A legacy system that tells each request's first line, and keeps them all."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []

    async def __call__(self, peer) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await peer.reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"content-length: (\d+)", head.lower())
                await peer.reader.readexactly(int(length[1]) if length is not None else 0)
                line = head.partition(b"\r\n")[0]
                self.lines.append(line)
                await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(line), line))


def get(path: bytes, *headers: bytes, version: bytes = b"1.1") -> bytes:
    """Write a request without a body."""
    more = b"".join(header + b"\r\n" for header in headers)
    return b"GET %b HTTP/%b\r\nHost: h\r\n%b\r\n" % (path, version, more)


def post(path: bytes, body: bytes, *headers: bytes, name: bytes = b"Content-Length") -> bytes:
    """Write a request with a body."""
    more = b"".join(header + b"\r\n" for header in headers)
    return b"POST %b HTTP/1.1\r\nHost: h\r\n%b%b: %d\r\n\r\n%b" % (path, more, name, len(body), body)


WISHES = {
    "h2c": (b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c"),
    "any": (b"Connection: Upgrade", b"Upgrade: foo"),
    "websocket": (b"Connection: Upgrade", b"Upgrade: websocket"),
    "two lines": (b"Connection: keep-alive", b"Connection: Upgrade", b"Upgrade: websocket"),
    "a name alike": (b"Connection: X-Upgrade-Foo", b"Upgrade: foo"),
}


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
@pytest.mark.parametrize("wish", WISHES.values(), ids=WISHES)
async def test_what_is_behind_a_wish_to_leave_is_read_as_it_was_written(open_house, wired, wish, path):
    """Else the body of the next request would be taken for a request: whatever is read, it is never that."""
    echo = Echo()
    async with ScriptedServer(echo) as server:
        house = await open_house(legacy__url=server.url)
        for head in (get(path, *wish), post(path, b"{}", *wish)):
            for cut in (len(head), len(head) + 7, -len(HIDDEN)):
                data = head + post(path, HIDDEN)
                echo.lines.clear()
                async with wired(house) as wire, asyncio.timeout(5):
                    await wire.send(data[:cut])
                    await asyncio.sleep(0.02)
                    await wire.send(data[cut:] + get(path, b"Connection: close"))
                    with suppress(ConnectionResetError):
                        await wire.reader.read()
                methods = [line.split()[0] for line in echo.lines]
                assert methods in ([head.split()[0]], [head.split()[0], b"POST", b"GET"])
        await house.idle()


@pytest.mark.parametrize("name", [b"Content-Length", b"content-length", b"CONTENT-length"])
async def test_an_offer_of_http2_takes_no_request_behind_it_away(open_house, wired, name):
    """Each has its answer, in order, on a connection that stays."""
    echo, offer = Echo(), (b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c")
    async with ScriptedServer(echo) as server:
        house = await open_house(legacy__url=server.url)
        async with wired(house) as wire, asyncio.timeout(5):
            await wire.send(
                get(b"/v1/y?1", *offer)
                + post(b"/v1/y?2", b"{}", *offer, name=name)
                + post(b"/v1/y?3", b"[]", name=name)
                + get(b"/v1/y?4")
            )
            answers = [(await wire.answer())[1] for _ in range(4)]
            await wire.send(get(b"/v1/y?5"))
            answers.append((await wire.answer())[1])
        assert [each.split()[1] for each in answers] == [b"/v1/y?%d" % n for n in range(1, 6)]
        assert answers == echo.lines


async def test_nothing_follows_an_offer_of_http2_with_a_body_in_chunks(open_house, wired):
    """The parser has thrown away what came behind it, so what comes next begins in the middle."""
    echo = Echo()
    offer = b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
    async with ScriptedServer(echo) as server:
        house = await open_house(legacy__url=server.url)
        async with wired(house) as wire, asyncio.timeout(5):
            await wire.send(
                CHUNKED[:-2] + offer + b"2\r\n{}\r\n0\r\n\r\n" + post(b"/v1/x", HIDDEN)[: -len(HIDDEN)]
            )
            await asyncio.sleep(0.02)
            await wire.send(HIDDEN)
            with suppress(ConnectionResetError):
                assert (await wire.reader.read()).count(b"HTTP/1.1 ") == 1
        assert len(echo.lines) == 1


TOGETHER = {
    "a bad header": (get(b"/v1/y?1") + get(b"/v1/y?2") + get(b"/v1/y?3", b"X : y"), [200, 200, 400]),
    "what is no method": (
        get(b"/v1/y?1") + post(b"/v1/y?2", b"hi") + b"BR(EW /p HTTP/1.1\r\n",
        [200, 200, 400],
    ),
    "a rare method": (
        get(b"/v1/y?1")
        + post(b"/v1/y?2", b"hi").replace(b"POST", b"BREW")
        + get(b"/v1/y?3")
        + b"hello\r\n\r\n",
        [200, 200, 200, 400],
    ),
    "a body without a length": (get(b"/v1/y?1") + b"{}\r\n", [200, 400]),
    "one behind the last": (get(b"/v1/y?1", b"Connection: close") + get(b"/v1/y?2"), [200]),
    "one behind an old one": (get(b"/v1/y?1", version=b"1.0") + get(b"/v1/y?2"), [200]),
    "one behind an old upgrade": (
        get(b"/v1/y?1", b"Connection: Upgrade, keep-alive", b"Upgrade: websocket", version=b"1.0")
        + get(b"/v1/y?2"),
        [200],
    ),
    "too large a head": (get(b"/v1/y?1") + get(b"/v1/y?2", b"X: " + b"y" * 40000), [200, 431]),
    "blank lines": (
        b"\r\n" + get(b"/v1/y?1") + b"\r\n\r\n" + get(b"/v1/y?2") + b"hello\r\n\r\n",
        [200, 200, 400],
    ),
}


@pytest.mark.parametrize("size", [1 << 20, 1000, 1], ids=["whole", "in parts", "drop by drop"])
@pytest.mark.parametrize(("data", "statuses"), TOGETHER.values(), ids=TOGETHER)
async def test_an_error_stands_behind_the_answers_to_what_came_before_it(
    open_house, wired, data, statuses, size
):
    """However the bytes come; the client can tell which request was the bad one."""
    echo, got = Echo(), bytearray()

    async def listen(wire) -> None:
        with suppress(ConnectionError):
            while more := await wire.reader.read(65536):
                got.extend(more)

    async with ScriptedServer(echo) as server:
        house = await open_house(legacy__url=server.url)
        async with wired(house) as wire, asyncio.timeout(10), asyncio.TaskGroup() as group:
            group.create_task(listen(wire))
            with suppress(ConnectionError):
                for at in range(0, len(data), size):
                    await wire.send(data[at : at + size])
                    await asyncio.sleep(0)
        assert [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", got)] == statuses
        good = statuses.count(200)
        assert [line.split()[1] for line in echo.lines] == [b"/v1/y?%d" % n for n in range(1, good + 1)]


async def test_a_head_as_large_as_it_may_be_is_no_head_without_its_end(open_house, wired):
    """The read that used the room up is the last one."""
    house = await open_house(listen__max_header_size="1KiB")
    head = get(b"/v1/y", b"X: ")
    padded = head[:-4] + b"y" * (1024 - len(head)) + head[-4:]
    async with wired(house) as wire, asyncio.timeout(5):
        await wire.send(padded)
        assert (await wire.answer())[0].split()[1] == b"200"
        await wire.send(padded[:-4] + b"y" * 4)
        await asyncio.sleep(0.02)
        with suppress(ConnectionError):
            await wire.send(b"y")
        assert (await wire.answer())[0].split()[1] == b"431"
    assert (await house.post())[0] == 200


async def test_many_requests_in_one_read_are_answered_in_order_and_wait_their_turn(open_house, wired):
    """More than aiohttp reads ahead, with bodies and without."""
    echo = Echo()
    async with ScriptedServer(echo) as server:
        house = await open_house(legacy__url=server.url)
        data = b"".join(
            post(b"/v1/y?%d" % n, b"b" * n) if n % 3 else get(b"/v1/y?%d" % n) for n in range(300)
        )
        async with wired(house) as wire, asyncio.timeout(20):
            await wire.send(data)
            for n in range(300):
                assert (await wire.answer())[1].split()[1] == b"/v1/y?%d" % n
