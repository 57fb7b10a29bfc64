"""Clients that send too slowly or too much: each is told so, counted, and let go."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress

import pytest

POST = b"POST /v1/x HTTP/1.1\r\nHost: h\r\n"
GET = b"GET /v1/x HTTP/1.1\r\nHost: h\r\n"


async def status_of(wire, data: bytes, *, size: int = 100_000) -> int:
    """Send so many bytes at a time; give the status of the answer, behind which nothing comes but the end."""
    for start in range(0, len(data), size):
        await wire.send(data[start : start + size])
        await asyncio.sleep(0)
    head, _, body = (await wire.reader.read()).partition(b"\r\n\r\n")
    assert (b"Content-Type: application/problem+json\r\n" in head, body[-1:]) == (True, b"}")
    return int(head.split(b" ")[1])


async def test_a_connection_that_never_begins_a_request_is_closed(open_house, wired):
    """After the time that a head has, and without a word: there is nothing to answer."""
    house = await open_house(listen__header_timeout="50ms")
    async with wired(house) as wire, asyncio.timeout(5):
        assert await wire.reader.read() == b""
    state = house.worker.state()
    assert (state["client_connections"], state["own_errors"]) == (0, {"closed": {"no_request": 1}})


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
        head, _, body = answered.result().partition(b"\r\n\r\n")
    assert (head.split()[1], house.worker.state()["own_errors"]) == (b"408", {"408": {"body_timeout": 1}})
    await house.idle()
    await house.accounted({"x": 1})
    assert house.rows("disposition, id") == [("client_gone", json.loads(body)["exchange"])]


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
            outcomes[name] = await status_of(wire, data, size=size)
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


CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"
ENDLESS = {
    "many trailers": (CHUNKED + b"0\r\n", b"A: b\r\n"),
    "one trailer": (CHUNKED + b"0\r\nA: ", b"b"),
    "a chunk's extension": (CHUNKED + b"2;", b"e"),
    "a chunk's size": (CHUNKED, b"0"),
}


@pytest.mark.parametrize("changes", [{}, {"listen__max_framing_size": "512KiB"}], ids=["default", "less"])
@pytest.mark.parametrize(("start", "more"), ENDLESS.values(), ids=ENDLESS)
async def test_framing_without_end_and_without_a_body_is_refused(open_house, wired, start, more, changes):
    """However fast it comes: it is not waited for until the body's time is over."""
    house = await open_house(**changes)
    async with wired(house) as wire, asyncio.timeout(10):
        answered = asyncio.ensure_future(wire.reader.read())
        await wire.send(start)
        while not answered.done():
            with suppress(ConnectionError):
                await wire.send(more * 20_000)
            await asyncio.sleep(0.001)
        assert answered.result().startswith(b"HTTP/1.1 400 ")
    await house.idle()
    await house.accounted({"x": 1})
    assert house.rows("disposition") == [("client_gone",)]
    malformed = house.worker.state()["malformed"]  # newer parsers give trailers no more room than headers
    assert malformed == {
        "bad_chunk" if "bad_chunk" in malformed and b"0\r\n" in start else "endless_framing": 1
    }


async def test_framing_that_drips_has_the_time_of_a_pause(open_house, wired):
    """No byte of it is a byte of the body."""
    house = await open_house(listen__body_timeout="100ms")
    async with wired(house) as wire, asyncio.timeout(5):
        answered = asyncio.ensure_future(wire.reader.read())
        await wire.send(CHUNKED + b"2;")
        while not answered.done():
            await wire.send(b"e")
            await asyncio.sleep(0.01)
        assert answered.result().startswith(b"HTTP/1.1 408 ")
    await house.idle()
    await house.accounted({"x": 1})


async def test_too_many_headers_are_a_431(open_house, wired):
    """One more than may be, Host included."""
    house = await open_house(listen__max_headers=10)
    async with wired(house) as wire:
        await wire.send(GET + b"X: y\r\n" * 9 + b"\r\n")
        assert (await wire.answer())[0].startswith(b"HTTP/1.1 200 OK\r\n")
        assert await status_of(wire, GET + b"X: y\r\n" * 10 + b"\r\n") == 431
    assert (len(house.legacy.requests), house.worker.state()["own_errors"]) == (
        1,
        {"431": {"too_many_headers": 1}},
    )


async def test_a_large_head_behind_a_request_under_way_waits_for_that(open_house, wired):
    """The request in front of it is answered; of the head, no more is kept meanwhile than one may have."""
    house = await open_house(listen__max_header_size="4KiB")
    may_answer = asyncio.Event()

    async def slow(request):
        await may_answer.wait()
        return await house.legacy.echo(request)

    house.legacy.answer = slow
    async with wired(house) as wire, asyncio.timeout(5):
        await wire.send(GET + b"\r\n")
        while not house.legacy.requests:
            await asyncio.sleep(0.001)
        await wire.send(LARGE["no end"] * 100)
        may_answer.set()
        assert (await wire.answer())[1] == b'{"side": "legacy"}'
        assert (await wire.reader.read()).startswith(b"HTTP/1.1 431 ")
    await house.accounted({"x": 1})


async def test_many_requests_together_are_no_large_head(open_house, wired):
    """A client may send more of them at once than one head may hold: each is answered."""
    house = await open_house(listen__max_header_size="4KiB", routes__x__rollout__phase="off")
    async with wired(house) as wire, asyncio.timeout(20):
        await wire.send((GET + b"\r\n") * 600)
        for _ in range(600):
            assert (await wire.answer())[0].startswith(b"HTTP/1.1 200 OK\r\n")
    assert house.worker.state()["own_errors"] == {}


async def test_what_comes_behind_the_last_request_does_not_cost_it_its_answer(open_house, wired):
    """However much that is: the connection ends after a request with trailers, whose answer is still under way."""
    house = await open_house(listen__max_header_size="1KiB")
    may_answer = asyncio.Event()

    async def slow(request):
        await may_answer.wait()
        return await house.legacy.echo(request)

    house.legacy.answer = slow
    async with wired(house) as wire, asyncio.timeout(5):
        await wire.send(POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n")
        await wire.send(b"0\r\nX-Sum: 1\r\n\r\n")
        while not house.legacy.requests:
            await asyncio.sleep(0.001)
        await wire.send(GET + b"X: y\r\n" * 10_000)
        await asyncio.sleep(0.02)
        may_answer.set()
        assert (await wire.answer())[1] == b'{"side": "legacy"}'
    await house.accounted({"x": 1})


async def test_connections_beyond_the_limit_are_a_503(open_house, wired):
    """The others are served, and a place that is left is taken by the next."""
    house = await open_house(listen__max_connections=2)
    async with wired(house) as first, wired(house) as second, wired(house) as third:
        for wire in (first, second):
            await wire.send(GET + b"\r\n")
            await wire.answer()
        assert await status_of(third, GET + b"\r\n") == 503
        state = house.worker.state()
        assert (state["client_connections"], state["own_errors"]) == (2, {"503": {"max_connections": 1}})
        first.writer.close()
        while house.worker.state()["client_connections"] > 1:
            await asyncio.sleep(0.001)
        async with wired(house) as fourth:
            await fourth.send(GET + b"\r\n")
            assert (await fourth.answer())[0].startswith(b"HTTP/1.1 200 OK\r\n")


async def test_refused_connections_that_linger_are_bounded(open_house, wired):
    """They have a second to read why; those beyond the limit are closed at once, and counted."""
    house = await open_house(listen__max_lingering=1)
    async with wired(house) as first, wired(house) as second, asyncio.timeout(5):
        for wire in (first, second):
            await wire.send(b"hello\r\n\r\n")
            assert (await wire.head()).startswith(b"HTTP/1.1 400 ")
        state = house.worker.state()
        assert (state["hurried"], state["malformed"]) == (1, {"bad_method": 2})
        while house.worker.state()["client_connections"] > 1:
            await asyncio.sleep(0.001)
