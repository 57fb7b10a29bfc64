"""What a client and legacy say to each other arrives as it was said, whatever stands between them."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web

from shadow.testing import ScriptedServer

GET = b"GET /v1/x HTTP/1.1\r\nHost: h\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
PHASES = {
    "unmatched": {"routes": {}},
    "off": {"routes__x__rollout__phase": "off"},
    "shadow": {"routes__x__headers": False},
    "live": {"routes__x__headers": False, "routes__x__rollout__phase": "live"},
}
each_phase = pytest.mark.parametrize("changes", PHASES.values(), ids=PHASES)


@pytest.fixture
def between(open_house, wired):
    """Send requests through a house to a legacy of these answers; give what legacy got, and what came back.

    The model fails, so that an exposed client gets legacy. Every exchange is counted.
    """

    async def between(changes, *exchanges: tuple[bytes, bytes]) -> tuple[list[bytes], list[bytes]]:
        async def answering(peer) -> None:
            for _, answer in exchanges:
                got.append(await peer.request())
                await peer.send(answer)
            await peer.gone()

        async def broken(_: web.Request) -> web.Response:
            return web.Response(status=503)

        got: list[bytes] = []
        came: list[bytes] = []
        async with ScriptedServer(answering) as legacy:
            house = await open_house(legacy__url=legacy.url, **changes)
            house.model.answer = broken
            async with wired(house) as wire, asyncio.timeout(10):
                for request, answer in exchanges:
                    await wire.send(request)
                    came.append(await wire.reader.readexactly(len(answer)))
            await house.accounted({"x" if house.worker.config.routes else "": len(exchanges)})
            assert legacy.connections == 1
        return got, came

    return between


@each_phase
async def test_headers_that_are_no_text_arrive_byte_for_byte(between, changes):
    """In ISO 8859-1, in UTF-8 or in nothing at all; long, short and repeated ones, in their order."""
    odd = b"X-Latin: caf\xe9\r\nx-utf8: caf\xc3\xa9\r\nX-None: \xff\xfe\x80\r\nX-Long: %b\r\n" % (
        b"\xe9" * 5000
    )
    odd += b'x-b: 1\r\nX-A: 2\r\nX-B: 3, 4\r\nx-b: \t5 ;"6"\r\n'.replace(b": \t", b": ")
    request = b"GET /v1/x HTTP/1.1\r\nHost: h\r\n" + odd + b"\r\n"
    answer = b"HTTP/1.1 200 Tr\xe8s bien\r\n" + odd + b"Content-Length: 2\r\n\r\nok"
    assert await between(changes, (request, answer)) == ([request], [answer])


@each_phase
async def test_cookies_are_passed_on_and_never_kept(between, changes):
    """Each Set-Cookie is a line of its own; the next client's request carries what it was sent with."""
    cookies = (
        b"Set-Cookie: a=1; Path=/; HttpOnly\r\nset-cookie: b=2, c\r\nSet-Cookie: a=1; Path=/; HttpOnly\r\n"
    )
    setting = b"HTTP/1.1 200 OK\r\n" + cookies + b"Content-Length: 2\r\n\r\nok"
    own = GET.replace(b"\r\n\r\n", b"\r\nCookie: z=1; y\r\ncookie: x\r\n\r\n")
    assert await between(changes, (GET, setting), (GET, OK), (own, OK)) == (
        [GET, GET, own],
        [setting, OK, OK],
    )


@each_phase
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_the_clients_to_follow(between, changes, status):
    """Its Location is as legacy wrote it, and nobody has gone there."""
    moved = (
        b"HTTP/1.1 %d Moved\r\nLocation: http://elsewhere/../%%41?\r\nContent-Length: 2\r\n\r\ngo" % status
    )
    assert await between(changes, (GET, moved)) == ([GET], [moved])


PARTS = b"--X\r\nContent-Range: bytes 2-3/10\r\n\r\n23\r\n--X\r\n\r\n\0\xff\r\n--X--\r\n"
RANGES = {
    "one": b'206 Partial Content\r\nContent-Range: bytes 2-5/10\r\nETag: "v"\r\nContent-Length: 4\r\n\r\n2345',
    "many": b"206 Partial Content\r\nContent-Type: multipart/byteranges; boundary=X\r\nContent-Length: %d\r\n\r\n%b"
    % (len(PARTS), PARTS),
    "none": b"416 Range Not Satisfiable\r\nContent-Range: bytes */10\r\nContent-Length: 0\r\n\r\n",
    "unchanged": b"412 Precondition Failed\r\nContent-Length: 0\r\n\r\n",
}


@each_phase
@pytest.mark.parametrize("answer", RANGES.values(), ids=RANGES)
async def test_ranges_and_conditions_are_legacys_matter(between, changes, answer):
    """A part stays a part, with the status and the headers that say which."""
    conditions = b'Range: bytes=2-5\r\nIf-Range: "v"\r\nIf-None-Match: "w", *\r\n'
    request = GET.replace(b"\r\n\r\n", b"\r\n" + conditions + b"\r\n")
    answer = b"HTTP/1.1 " + answer
    assert await between(changes, (request, answer)) == ([request], [answer])


@each_phase
async def test_a_coding_that_nobody_here_knows_is_passed_on(between, changes):
    """Neither the request's body nor the answer's is unpacked on the way."""
    sent = (
        b"POST /v1/x HTTP/1.1\r\nHost: h\r\nContent-Encoding: br\r\nContent-Length: 4\r\n\r\n\x0b\x01\x80\xff"
    )
    answer = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip, zz\r\nContent-Length: 3\r\n\r\n\x1f\x8b\0"
    assert await between(changes, (sent, answer)) == ([sent], [answer])


@each_phase
async def test_what_belongs_to_one_connection_stays_on_it(open_house, wired, changes):
    """What Connection lists is removed with it, both ways; what it may not list stays."""
    own = b"Connection: keep-alive, X-Own, Content-Length, Host\r\nX-Own: 1\r\nKeep-Alive: timeout=9\r\n"
    request = b"POST /v1/x HTTP/1.1\r\nHost: h\r\n%bX-End: 1\r\nContent-Length: 2\r\n\r\nhi"
    answer = b"HTTP/1.1 200 OK\r\n%bX-End: 1\r\nContent-Length: 2\r\n\r\nok"
    async with ScriptedServer(answer % own) as legacy:
        house = await open_house(legacy__url=legacy.url, **changes)
        async with wired(house) as wire:
            await wire.send(request % (own + b"Proxy-Connection: x\r\n"))
            head, body = await wire.answer()
        await house.accounted({"x" if house.worker.config.routes else "": 1})
        assert (legacy.requests, head + body) == ([request % b""], answer % b"")


@each_phase
async def test_an_answer_that_ends_with_its_connection_arrives_whole(open_house, wired, changes):
    """A client of HTTP/1.1 gets it in chunks and may go on; one of HTTP/1.0 as legacy sent it."""

    async def until_end(peer) -> None:
        await peer.request()
        await peer.send(b"HTTP/1.0 200 OK\r\nX-A: 1\r\n\r\nhel")
        await peer.send(b"lo")

    async with ScriptedServer(until_end) as legacy:
        house = await open_house(legacy__url=legacy.url, **changes)
        async with wired(house) as wire, asyncio.timeout(10):
            for _ in range(2):
                await wire.send(GET)
                head, body = await wire.answer()
                assert (b"Connection:" in head, body) == (False, b"hello")
            await wire.send(b"GET /v1/x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            head = await wire.head()
            assert (b"Connection: close" in head, await wire.reader.read()) == (True, b"hello")
        await house.accounted({"x" if house.worker.config.routes else "": 3})


@each_phase
async def test_a_client_of_http_1_0_may_keep_its_connection(open_house, wired, changes):
    """Where it asks for it and the answer has a length."""
    house = await open_house(**changes)
    old = b"POST /v1/x HTTP/1.0\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\n{}"
    async with wired(house) as wire, asyncio.timeout(10):
        for _ in range(2):
            await wire.send(old)
            head, body = await wire.answer()
            assert (b"\r\nConnection: keep-alive\r\n" in head, body) == (True, b'{"side": "legacy"}')
        await wire.send(old.replace(b"Keep-Alive", b"close"))
        assert b"\r\nConnection: close\r\n" in await wire.head()
        assert await wire.reader.read() == b'{"side": "legacy"}'
    await house.accounted({"x" if house.worker.config.routes else "": 3})


HINTS = b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\nlink: </\xe9>\r\n\r\n"


@each_phase
async def test_informational_answers_come_before_the_answer(open_house, wired, changes):
    """As soon as legacy says them: it has not answered yet. A client of HTTP/1.0, which knows none, gets none."""
    seen = asyncio.Event()

    async def hint(peer) -> None:
        while True:
            await peer.request()
            await peer.send(HINTS)
            await seen.wait()
            await peer.send(OK)

    async def broken(_: web.Request) -> web.Response:
        return web.Response(status=503)

    async with ScriptedServer(hint) as legacy:
        house = await open_house(legacy__url=legacy.url, **changes)
        house.model.answer = broken
        async with wired(house) as wire, asyncio.timeout(10):
            await wire.send(GET)
            assert await wire.reader.readexactly(len(HINTS)) == HINTS
            seen.set()
            assert (await wire.answer())[1] == b"ok"
            await wire.send(b"GET /v1/x HTTP/1.0\r\n\r\n")
            assert (await wire.answer())[0].startswith(b"HTTP/1.1 200 OK\r\n")
        await house.accounted({"x" if house.worker.config.routes else "": 2})


@each_phase
@pytest.mark.parametrize("length", [5, 100_000])
async def test_only_legacy_says_that_a_body_may_come(open_house, wired, changes, length):
    """The first word a client hears is legacy's own 100, header and all; then its body goes through."""
    asked = []

    async def say_yes(peer) -> None:
        asked.append(await peer.head())
        await peer.send(b"HTTP/1.1 100 Go On\r\nX-From: legacy\r\n\r\n")
        asked.append(await peer.reader.readexactly(length))
        await peer.send(OK)
        await peer.gone()

    async with ScriptedServer(say_yes) as legacy:
        house = await open_house(legacy__url=legacy.url, **changes)
        head = (
            b"POST /v1/x HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n" % length
        )
        async with wired(house) as wire, asyncio.timeout(10):
            await wire.send(head)
            assert await wire.head() == b"HTTP/1.1 100 Go On\r\nX-From: legacy\r\n\r\n"
            await wire.send(b"x" * length)
            assert (await wire.answer())[1] == b"ok"
        await house.accounted({"x" if house.worker.config.routes else "": 1})
    assert asked == [head, b"x" * length]


REPEATED = ["Content-Type", "Content-Length", "Host", "User-Agent", "ETag", "Server", "Content-Location"]
REPEATED += ["Content-Range", "Max-Forwards", "Transfer-Encoding"]
REFUSED = {
    name: b"GET /v1/x HTTP/1.1\r\nHost: h\r\n%b" % (b"%b: 1\r\n" % name.encode() * 2) for name in REPEATED
}
REFUSED["target"] = b"GET /caf\xc3\xa9 HTTP/1.1\r\nHost: h\r\n"
REFUSED["PRI"] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n"


@pytest.mark.parametrize("head", REFUSED.values(), ids=REFUSED)
async def test_what_the_parser_refuses_gets_a_400_and_never_reaches_legacy(open_house, wired, head):
    """Just what the page on fidelity lists."""
    house = await open_house()
    async with wired(house) as wire, asyncio.timeout(5):
        await wire.send(head + b"\r\n")
        assert (await wire.head()).split()[1] == b"400"
    assert (house.legacy.requests, house.worker.state()["refused_requests"]) == ([], 1)
