"""What a client gets, byte for byte, for every kind of answer and both versions of HTTP."""

from __future__ import annotations

import asyncio
import json

import pytest

from shadow.upstream.message import Head

GET = b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
KEEP = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
OLD = b"GET / HTTP/1.0\r\n\r\n"
OLD_KEEP = b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
HEAD = b"HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
CLOSE = b"Connection: close\r\n\r\n"
FINE = b"HTTP/1.1 200 OK\r\n"
TYPED = ((b"x-Type", b"a"), (b"Content-Length", b"2"), (b"X-TYPE", b"b"))


def sending(head, body=b"ok", extra=b""):
    """Send a whole answer."""

    async def act(_, client) -> None:
        client.send(head, body, extra)

    return act


def beginning(head, *chunks, extra=b""):
    """Send an answer chunk by chunk."""

    async def act(_, client) -> None:
        client.begin(head, extra)
        for chunk in chunks:
            await client.chunk(chunk)
        client.end()

    return act


WHOLE = [
    (GET, TYPED, FINE + b"x-Type: a\r\nContent-Length: 2\r\nX-TYPE: b\r\nE: x\r\n" + CLOSE + b"ok"),
    (GET, (), FINE + b"Content-Length: 2\r\nE: x\r\n" + CLOSE + b"ok"),
    (GET, ((b"Content-Length", b"9"),), FINE + b"Content-Length: 2\r\nE: x\r\n" + CLOSE + b"ok"),
    (
        GET,
        ((b"Transfer-Encoding", b"chunked"), (b"Keep-Alive", b"9"), (b"Connection", b"X-A"), (b"X-A", b"1")),
        FINE + b"Content-Length: 2\r\nE: x\r\n" + CLOSE + b"ok",
    ),
    (OLD, (), FINE + b"Content-Length: 2\r\nE: x\r\n" + CLOSE + b"ok"),
    (HEAD, TYPED, FINE + b"x-Type: a\r\nContent-Length: 2\r\nX-TYPE: b\r\nE: x\r\n" + CLOSE),
    (HEAD, (), FINE + b"E: x\r\n" + CLOSE),
]


@pytest.mark.parametrize(("request_", "headers", "expected"), WHOLE)
async def test_a_whole_answer_has_one_length(serve, request_, headers, expected):
    """The headers stay as they came but for those of one connection; the length is the body's."""
    exchange = await serve(sending(Head.of(200, headers), extra=b"E: x\r\n"))
    assert await exchange(request_) == expected


@pytest.mark.parametrize("request_", [GET, HEAD])
@pytest.mark.parametrize(("status", "length"), [(204, b""), (304, b"content-LENGTH: 2\r\n")])
@pytest.mark.parametrize("send", [sending, beginning])
async def test_a_status_without_a_body_gets_none(serve, request_, status, length, send):
    """Whatever stands in its headers; of a length, a 304 may speak and a 204 may not (RFC 9110, 8.6)."""
    head = Head.of(status, ((b"A", b"b"), (b"content-LENGTH", b"2")), b"So")
    exchange = await serve(send(head))
    assert await exchange(request_) == b"HTTP/1.1 %d So\r\nA: b\r\n%b" % (status, length) + CLOSE


async def test_an_old_client_that_asks_for_it_keeps_its_connection(serve):
    """And is told so."""
    exchange = await serve(sending(Head.of(200)))
    kept = FINE + b"Content-Length: 2\r\nConnection: keep-alive\r\n\r\nok"
    assert await exchange(OLD_KEEP + OLD) == kept + FINE + b"Content-Length: 2\r\n" + CLOSE + b"ok"


PARTS = [
    (GET, TYPED, FINE + b"x-Type: a\r\nContent-Length: 2\r\nX-TYPE: b\r\n" + CLOSE + b"ok"),
    (GET, (), FINE + b"Transfer-Encoding: chunked\r\n" + CLOSE + b"1\r\no\r\n1\r\nk\r\n0\r\n\r\n"),
    (OLD, (), FINE + CLOSE + b"ok"),
    (OLD_KEEP, (), FINE + CLOSE + b"ok"),
    (HEAD, (), FINE + CLOSE),
]


@pytest.mark.parametrize(("request_", "headers", "expected"), PARTS)
async def test_an_answer_in_parts_is_framed_for_its_client(serve, request_, headers, expected):
    """By its length if that is known, else in chunks, else by the end of the connection."""
    exchange = await serve(beginning(Head.of(200, headers), b"o", b"", b"k"))
    assert await exchange(request_) == expected


async def test_a_stream_that_is_there_as_a_whole_is_framed_as_a_stream(serve):
    """In chunks, so that a client sees nothing unusual."""

    async def act(_, client) -> None:
        client.stream(Head.of(200), b"data: 1\n\n")

    exchange = await serve(act)
    chunked = FINE + b"Transfer-Encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n0\r\n\r\n"
    old = FINE + CLOSE + b"data: 1\n\n"
    assert await exchange(KEEP + OLD) == chunked + old


HINTS = Head.of(103, ((b"Link", b"</a>"), (b"Connection", b"X"), (b"content-length", b"5")), b"Early Hints")


async def test_informational_answers_go_before_the_answer_only(serve):
    """And not at all to a client that does not know them."""

    async def act(_, client) -> None:
        client.inform(HINTS)
        client.send(Head.of(200), b"ok")
        client.inform(HINTS)

    exchange = await serve(act)
    answer = FINE + b"Content-Length: 2\r\n" + CLOSE + b"ok"
    assert await exchange(GET) == b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + answer
    assert await exchange(OLD) == answer


async def test_a_switch_of_protocols_goes_out_as_it_came(serve):
    """Its hop-by-hop headers are what was agreed on; a length has no meaning in it."""
    head = Head.of(101, ((b"Connection", b"Upgrade"), (b"Upgrade", b"rot13"), (b"Content-Length", b"5")))

    async def act(_, client) -> None:
        client.keep_alive = False
        client.switch(head)
        await client.raw(b"uryyb")

    exchange = await serve(act)
    switched = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: rot13\r\n\r\n"
    assert await exchange(KEEP) == switched + b"uryyb"


@pytest.mark.parametrize("request_", [KEEP, OLD])
async def test_a_cut_is_a_reset(serve, request_):
    """Else an answer that ends with its connection would look whole."""

    async def act(_, client) -> None:
        client.begin(Head.of(200))
        await client.chunk(b"begun")
        client.cut("test")

    exchange = await serve(act)
    with pytest.raises(ConnectionResetError):
        await exchange(request_)


async def test_a_problem_is_told_as_json(serve):
    """With the exchange's id, and no body for HEAD."""

    async def act(_, client) -> None:
        client.exchange = "0199"
        client.problem(504, "too late", kind="test", extra=b"Shadow-Served: legacy\r\n")

    exchange = await serve(act)
    head, _, body = (await exchange(GET)).partition(b"\r\n\r\n")
    assert head == (
        b"HTTP/1.1 504 Gateway Timeout\r\nContent-Type: application/problem+json\r\n"
        b"Content-Length: %d\r\nShadow-Served: legacy\r\nConnection: close" % len(body)
    )
    title = {"type": "about:blank", "title": "Gateway Timeout", "status": 504}
    assert json.loads(body) == {**title, "detail": "too late", "exchange": "0199"}
    assert await exchange(HEAD) == head + b"\r\n\r\n"


EXPECTING = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n"


async def test_an_answer_to_an_unsent_body_ends_the_connection(serve):
    """Nobody could tell the body, if it came after all, from the next request."""
    exchange = await serve(sending(Head.of(417), b"no"), lingering_time=0)
    got = await exchange(EXPECTING)
    assert got == b"HTTP/1.1 417 Expectation Failed\r\nContent-Length: 2\r\n" + CLOSE + b"no"


async def test_an_answer_to_a_body_that_came_leaves_the_connection_open(serve):
    """The expectation has been met."""
    exchange = await serve(sending(Head.of(200)))
    got = await exchange(EXPECTING + b"123456789" + GET)
    assert got.startswith(FINE + b"Content-Length: 2\r\n\r\nok" + FINE)


async def test_a_client_that_has_gone_is_no_error_of_whoever_writes(serve):
    """The call behind it is ended by the request's own cancellation."""
    leave, written = asyncio.Event(), asyncio.Event()

    async def act(_, client) -> None:
        client.begin(Head.of(200))
        leave.set()
        await client.raw(b"x" * 20_000_000)
        written.set()

    exchange = await serve(act, handler_cancellation=False)
    await exchange(KEEP, leave=leave)
    async with asyncio.timeout(5):
        await written.wait()


TRAILED = ((b"X-Sum", b"1"), (b"x-sum", b"2"), (b"Content-Length", b"9"), (b"Host", b"g"))
TRAILING = [
    (GET, FINE + b"Transfer-Encoding: chunked\r\n" + CLOSE + b"2\r\nok\r\n0\r\nX-Sum: 1\r\nx-sum: 2\r\n\r\n"),
    (OLD, FINE + CLOSE + b"ok"),
    (HEAD, FINE + CLOSE),
]


@pytest.mark.parametrize(("request_", "expected"), TRAILING)
async def test_trailers_follow_chunks_and_nothing_else(serve, request_, expected):
    """What would speak of the framing is left out; without chunks all of them are."""

    async def act(_, client) -> None:
        client.send(Head.of(200), b"ok", trailers=TRAILED)

    assert await (await serve(act))(request_) == expected
