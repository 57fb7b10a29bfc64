"""A legacy system that breaks the rules of HTTP, or its connection: the client learns it, and nobody else does."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from contextlib import suppress

import pytest

from shadow.testing import ScriptedServer

GET = b"GET /v1/x HTTP/1.1\r\nHost: h\r\n\r\n"
LAST = GET[:-2] + b"Connection: close\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
GOOD = OK + b"Content-Length: 4\r\n\r\ngood"
HIDDEN = OK + b"Content-Length: 6\r\n\r\nhidden"
"""What a smuggler wants to be taken for the answer to somebody else's request."""

PHASES = ["off", "shadow", "live"]
each_phase = pytest.mark.parametrize("phase", PHASES)

NO_ANSWER = {
    "no HTTP": b"\x00\xff no HTTP\r\n\r\n",
    "HTTP/0.9": b"<html>an old answer</html>",
    "HTTP/2": b"HTTP/2.0 200 OK\r\n\r\n",
    "a line before it": b"\r\n" + GOOD,
    "a status of two digits": b"HTTP/1.1 20 OK\r\n\r\n",
    "a status below 100": b"HTTP/1.1 099 No\r\n\r\n",
    "a status in words": b"HTTP/1.1 OK\r\n\r\n",
    "no version": b"HTTP 200 OK\r\n\r\n",
    "two lengths": OK + b"Content-Length: 4\r\nContent-Length: 100\r\n\r\ngood",
    "two lengths alike": OK + b"Content-Length: 4\r\nContent-Length: 4\r\n\r\ngood",
    "a list of lengths": OK + b"Content-Length: 4, 4\r\n\r\ngood",
    "a negative length": OK + b"Content-Length: -4\r\n\r\ngood",
    "a length beyond 64 bits": OK + b"Content-Length: 18446744073709551620\r\n\r\ngood",
    "a length and a coding": CHUNKED[:-2] + b"Content-Length: 4\r\n\r\n4\r\ngood\r\n0\r\n\r\n",
    "a coding and a length": OK + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two codings": OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "a coding twice": CHUNKED[:-2] + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "an unknown coding": OK + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "a bare LF": OK + b"A: b\nC: d\r\n\r\n",
    "bare LFs alone": b"HTTP/1.1 200 OK\nContent-Length: 4\n\ngood",
    "a folded header": OK + b"A: b\r\n c\r\nContent-Length: 4\r\n\r\ngood",
    "a space before a colon": OK + b"Content-Length : 4\r\n\r\ngood",
    "NUL": OK + b"A: \0\r\nContent-Length: 4\r\n\r\ngood",
    "a control byte": OK + b"A: \x01\r\nContent-Length: 4\r\n\r\ngood",
    "no colon": OK + b"nothing\r\n\r\n",
    "a 101 that nobody asked for": b"HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
    "an endless head": OK + b"A: b\r\n" * 20_000,
    "an endless header": OK + b"A: " + b"b" * 100_000,
    "endless words before the answer": b"HTTP/1.1 103 Early\r\nA: b\r\n\r\n" * 5000,
}


@each_phase
async def test_what_is_no_answer_is_a_502(open_house, wired, phase):
    """Never a guess: a document of the proxy's own, and no connection on which that came is used again."""
    turn = iter([each for bad in NO_ANSWER.values() for each in (bad + HIDDEN, GOOD)])

    async def misbehave(peer) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                await peer.head()
                await peer.send(next(turn))

    async with ScriptedServer(misbehave) as legacy:
        house = await open_house(legacy__url=legacy.url, routes__x__rollout__phase=phase)
        outcomes = {}
        async with wired(house) as wire, asyncio.timeout(30):
            for name in NO_ANSWER:
                await wire.send(GET)
                while (head := await wire.head()).startswith(b"HTTP/1.1 103 "):
                    pass
                length = int(head.partition(b"Content-Length: ")[2].split(b"\r\n")[0])
                problem = json.loads(await wire.reader.readexactly(length))
                outcomes[name] = (head.split()[1], b"application/problem+json" in head, "exchange" in problem)
                await wire.send(GET)
                assert (await wire.answer())[1] == b"good"
        assert outcomes == dict.fromkeys(NO_ANSWER, (b"502", True, True))
        assert legacy.connections == 1 + len(NO_ANSWER)
        assert house.worker.state()["own_errors"] == {"502": {"legacy_malformed": len(NO_ANSWER)}}
        await house.accounted({"x": 2 * len(NO_ANSWER)})


BROKEN_OFF = {
    "a short body": (OK + b"Content-Length: 100\r\n\r\nbegun", "legacy_truncated"),
    "a chunk that is cut": (CHUNKED + b"100\r\nbegun", "legacy_truncated"),
    "no last chunk": (CHUNKED + b"5\r\nbegun\r\n", "legacy_truncated"),
    "trailers that are cut": (CHUNKED + b"5\r\nbegun\r\n0\r\nX-Sum: ", "legacy_truncated"),
    "a chunk without a size": (CHUNKED + b"5\r\nbegun\r\nzz\r\n", "legacy_malformed"),
    "a chunk beyond 64 bits": (CHUNKED + b"5\r\nbegun\r\n10000000000000002\r\nx", "legacy_malformed"),
    "a chunk longer than said": (CHUNKED + b"5\r\nbegun...\r\n0\r\n\r\n", "legacy_malformed"),
    "a bare LF behind a size": (CHUNKED + b"5\nbegun\r\n0\r\n\r\n", "legacy_malformed"),
    "endless trailers": (CHUNKED + b"5\r\nbegun\r\n0\r\n" + b"A: b\r\n" * 80_000, "legacy_malformed"),
}


async def read_whole(wire) -> bool:
    """Read an answer that is the last; whether it looks whole."""
    got = b""
    with suppress(ConnectionError):
        while data := await wire.reader.read(65536):
            got += data
    head, _, body = got.partition(b"\r\n\r\n")
    if b"Transfer-Encoding: chunked" in head:
        return body.endswith(b"0\r\n\r\n")
    _, found, length = head.partition(b"Content-Length: ")
    return bool(found) and len(body) == int(length.split(b"\r\n")[0]) and not got.startswith(b"HTTP/1.1 502 ")


@pytest.mark.parametrize("ending", ["close", "reset", "half"])
@each_phase
async def test_an_answer_that_breaks_never_looks_whole(open_house, wired, phase, ending):
    """The client's connection is reset, or where nothing had gone out it is told in words; either is counted."""
    turn = iter(BROKEN_OFF.values())

    async def misbehave(peer) -> None:
        await peer.head()
        with suppress(ConnectionError):
            await peer.send(next(turn)[0])
            if ending == "half":
                peer.writer.write_eof()
                await peer.gone()
        if ending == "reset":
            await asyncio.sleep(0.02)  # what was sent may arrive: a reset takes back what was not read
            peer.reset()

    async with ScriptedServer(misbehave) as legacy:
        house = await open_house(legacy__url=legacy.url, routes__x__rollout__phase=phase)
        whole = {}
        for name in BROKEN_OFF:
            async with wired(house) as wire, asyncio.timeout(10):
                await wire.send(LAST)
                whole[name] = await read_whole(wire)
        assert whole == dict.fromkeys(BROKEN_OFF, False)
        own = house.worker.state()["own_errors"]
        assert set(own) <= {"cut", "502"}
        counted = sum((Counter(kinds) for kinds in own.values()), Counter())
        assert counted == Counter(kind for _, kind in BROKEN_OFF.values())
        await house.idle()
        await house.accounted({"x": len(BROKEN_OFF)})


@each_phase
@pytest.mark.parametrize("ending", ["close", "reset", "half", "within the head"])
async def test_a_connection_that_ends_before_an_answer_is_a_502(open_house, phase, ending):
    """The request is not sent again: it may have been executed."""

    async def leave(peer) -> None:
        await peer.head()
        if ending == "within the head":
            await peer.send(OK + b"Content-Le")
        if ending == "half":
            peer.writer.write_eof()
            await peer.gone()
        if ending == "reset":
            peer.reset()

    async with ScriptedServer(leave) as legacy:
        house = await open_house(legacy__url=legacy.url, routes__x__rollout__phase=phase)
        async with house.session.get(house.url + "/v1/x") as answer:
            assert (answer.status, answer.content_type) == (502, "application/problem+json")
        assert (house.worker.state()["own_errors"], legacy.connections) == ({"502": {"legacy_reset": 1}}, 1)
        await house.accounted({"x": 1})


async def drip(peer) -> None:
    """Answer every request byte by byte."""
    with suppress(asyncio.IncompleteReadError):
        while True:
            await peer.head()
            await peer.drip(CHUNKED + b"4\r\ngood\r\n0\r\n\r\n")


@each_phase
async def test_an_answer_in_single_bytes_is_an_answer(open_house, wired, phase):
    """And its connection is good for the next."""
    async with ScriptedServer(drip) as legacy:
        house = await open_house(legacy__url=legacy.url, routes__x__rollout__phase=phase)
        async with wired(house) as wire:
            for _ in range(2):
                await wire.send(GET)
                assert (await wire.answer())[1] == b"good"
        assert (legacy.connections, house.worker.state()["own_errors"]) == (1, {})


SLOW = {
    "says nothing": ([], {"504": {"legacy_timeout": 1}}),
    "drips its head": ([OK, b"A: ", *[b"b"] * 10_000], {"504": {"legacy_timeout": 1}}),
    "stops in its body": ([OK + b"Content-Length: 9\r\n\r\nbegun"], {"cut": {"legacy_timeout": 1}}),
}


@pytest.mark.parametrize(("parts", "expected"), SLOW.values(), ids=SLOW)
async def test_a_legacy_system_that_takes_too_long_is_given_up(open_house, wired, parts, expected):
    """The whole head has `legacy.timeout`, and so has each pause in a body."""

    async def slow(peer) -> None:
        await peer.head()
        with suppress(ConnectionError):
            for part in parts:
                await peer.send(part)
                await asyncio.sleep(0.002)
        await peer.gone()

    async with ScriptedServer(slow) as legacy:
        house = await open_house(legacy__url=legacy.url, legacy__timeout="150ms")
        async with wired(house) as wire, asyncio.timeout(5):
            await wire.send(GET)
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                head, body = await wire.answer()
                assert (head.split()[1], json.loads(body)["status"]) == (b"504", 504)
        await house.idle()
        assert house.worker.state()["own_errors"] == expected
        await house.accounted({"x": 1})


async def test_bytes_behind_an_answer_never_reach_another_client(open_house, wired):
    """Whether they come with it or a little later, when the connection is idle; they are counted."""
    later = asyncio.Event()

    async def at_once(peer) -> None:
        await peer.head()
        await peer.send(GOOD + HIDDEN)
        await peer.gone()

    async def when_idle(peer) -> None:
        await peer.head()
        await peer.send(GOOD)
        await later.wait()
        with suppress(ConnectionError):
            await peer.send(HIDDEN)
            await peer.gone()

    async with ScriptedServer(at_once, when_idle, GOOD) as legacy:
        house = await open_house(legacy__url=legacy.url)
        async with wired(house) as wire:
            for number in range(3):
                await wire.send(GET)
                assert (await wire.answer())[1] == b"good"
                if number == 1:
                    later.set()
                    while house.worker.pool.snapshot()["idle"]:
                        await asyncio.sleep(0.001)
        assert (legacy.connections, house.worker.pool.snapshot()["surplus"]) == (3, 2)
        await house.accounted({"x": 3})


@each_phase
async def test_what_has_no_body_names_no_length(open_house, wired, phase):
    """Of a 1xx and a 204, a client would misread what comes next; bytes behind them go nowhere, as ever."""
    early = b"HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\n"
    empty = b"HTTP/1.1 204 No Content\r\nA: b\r\nContent-Length: 5\r\n\r\n"
    changes = {"routes__x__rollout__phase": phase, "routes__x__headers": False}
    async with ScriptedServer(early + empty + b"hello", early + empty + HIDDEN, GOOD) as legacy:
        house = await open_house(legacy__url=legacy.url, **changes)
        async with wired(house) as wire:
            for _ in range(2):
                await wire.send(GET)
                assert await wire.head() == b"HTTP/1.1 103 Early Hints\r\n\r\n"
                assert await wire.head() == b"HTTP/1.1 204 No Content\r\nA: b\r\n\r\n"
            await wire.send(GET)
            assert (await wire.answer())[1] == b"good"
        assert (legacy.connections, house.worker.pool.snapshot()["surplus"]) == (3, 2)
        await house.accounted({"x": 3})


@pytest.mark.parametrize("status", [400, 404, 418, 429, 500, 502, 503, 504, 599])
async def test_an_error_of_legacys_own_is_not_the_proxys(open_house, wired, status):
    """It passes as it is, and does not count as one."""
    answer = b"HTTP/1.1 %d Legacys Word\r\nX-Own: 1\r\nContent-Length: 4\r\n\r\nsad!" % status
    async with ScriptedServer(answer) as legacy:
        house = await open_house(legacy__url=legacy.url, routes__x__headers=False)
        async with wired(house) as wire:
            await wire.send(GET)
            head, body = await wire.answer()
        assert head + body == answer
        assert house.worker.state()["own_errors"] == {}


async def test_a_legacy_system_that_refuses_connections_is_a_502(open_house):
    """At once, matched or not; each has an id, and only a matched one a row and a header."""
    house = await open_house(legacy__url="http://127.0.0.1:1")
    ids = []
    for path in ("/v1/x", "/other"):
        status, headers, body = await house.post(path)
        assert (status, headers["Content-Type"]) == (502, "application/problem+json")
        ids.append((json.loads(body)["exchange"], headers.get("Shadow-Exchange")))
    await house.settle()
    matched = house.rows("id")[0][0]
    assert (ids[0], ids[1][1]) == ((matched, matched), None)
    assert ids[1][0] > matched
    assert house.worker.state()["own_errors"] == {"502": {"legacy_connect": 2}}
