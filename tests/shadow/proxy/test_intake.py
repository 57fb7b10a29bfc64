"""How a request's body is read: whole when it is small, as it comes when it is not, and not for ever."""

from __future__ import annotations

import pytest

from shadow.proxy.intake import (
    WHOLE_AT_MOST,
    Patience,
    StalledError,
    Streamed,
    arriving,
    target_of,
    whole_body,
)

HEAD = b"POST /a%2Fb?x=[] HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"


@pytest.fixture
def seen(serve):
    """Give what a function finds out about a request that is sent in two writes."""

    async def seen(act, data: bytes, **options):
        found = []

        async def handle(request, client) -> None:
            found.append(await act(request))
            client.keep_alive = False
            client.cut("test")

        exchange = await serve(handle, lingering_time=0, **options)
        with pytest.raises(ConnectionResetError):
            await exchange(data)
        return found[0]

    return seen


WHOLE = [
    (b"\r\n", b""),
    (b"Content-Length: 0\r\n\r\n", b""),
    (b"Content-Length: 2\r\n\r\n{}", b"{}"),
    (b"Content-Length: %d\r\n\r\n%b" % (WHOLE_AT_MOST, b"x" * WHOLE_AT_MOST), b"x" * WHOLE_AT_MOST),
    (b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", b"{}"),  # it is here already
]


@pytest.mark.parametrize(("rest", "expected"), WHOLE)
async def test_a_small_body_is_read_whole(seen, rest, expected):
    """Also one whose length is known only once it is here."""
    assert await seen(whole_body, HEAD + rest) == expected


STREAMED = [
    b"Content-Length: %d\r\n\r\n" % (WHOLE_AT_MOST + 1),
    b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
    b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n",
]


@pytest.mark.parametrize("rest", STREAMED)
async def test_a_large_or_unknown_or_conditional_body_is_not_waited_for(seen, rest):
    """It is legacy that says whether it may come."""
    assert await seen(whole_body, HEAD + rest) is None


async def stalled(reading) -> bool:
    """Tell whether reading ends in the error of a body that stalls."""
    try:
        await reading
    except StalledError:
        return True
    return False


async def test_a_small_body_that_stalls_is_given_up(seen):
    """After the time for which the connection may be idle."""
    rest = b"Content-Length: 9\r\n\r\nbegun"
    assert await seen(lambda request: stalled(whole_body(request)), HEAD + rest, body_timeout=0.05)


async def test_a_streamed_body_that_stalls_is_given_up(seen):
    """What came before that has been passed on."""

    async def read(request) -> tuple[bytes, bool]:
        parts = aiter(arriving(request))
        return await anext(parts), await stalled(anext(parts))

    rest = b"Content-Length: 99999\r\n\r\nbegun"
    assert await seen(read, HEAD + rest, body_timeout=0.05) == (b"begun", True)


async def test_a_streamed_body_is_copied_as_it_passes(seen):
    """The copy is handed over once, behind the last part."""
    copies = []

    async def read(request) -> list[bytes]:
        body = Streamed(request, 100, lambda capture: copies.append(capture.body()))
        return [part async for part in body]

    assert await seen(read, HEAD + b"Content-Length: 5\r\n\r\nwhole") == [b"whole"]
    assert copies == [b"whole"]


async def test_a_streamed_body_beyond_the_limit_is_not_kept(seen):
    """All of it has passed nevertheless."""
    captures = []

    async def read(request) -> bytes:
        return b"".join([part async for part in Streamed(request, 4, captures.append)])

    assert await seen(read, HEAD + b"Content-Length: 5\r\n\r\nwhole") == b"whole"
    assert [(capture.overflowed, capture.body()) for capture in captures] == [(True, b"")]


async def test_the_target_is_the_clients_byte_for_byte(seen):
    """Escapes stay as they are."""

    async def target(request) -> bytes:
        return target_of(request)

    assert await seen(target, HEAD + b"\r\n") == b"/a%2Fb?x=[]"


def test_a_pause_may_be_as_long_as_it_may_and_all_of_them_grow_with_the_bytes():
    """Ten bytes a second earn a second each ten; nobody earns a longer pause."""
    patience = Patience(5.0, 10.0)
    assert patience.left == 5.0
    patience.took(4.0, 10)
    assert patience.left == 2.0
    patience.took(0.0, 1000)
    assert patience.left == 5.0
    patience.took(110.0, 0)
    assert patience.left < 0
