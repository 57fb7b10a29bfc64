"""The one word for what is wrong with a request, of what the installed parser says."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http_exceptions import HttpProcessingError, InvalidURLError
from aiohttp.http_parser import HttpRequestParser

from shadow.proxy.causes import Cause, cause_of

GET = b"GET / HTTP/1.1\r\nHost: h\r\n"
HEADS = {
    b"GET / HTTP/1.1\nHost: h\n\n": Cause.BARE_LF,
    GET + b"X: y\nZ: z\r\n\r\n": Cause.BARE_LF,
    GET + b"\n": Cause.BARE_LF,
    GET + b"X: y\rZ: z\r\n\r\n": Cause.BARE_CR,
    GET + b"X: y\r\n z\r\n\r\n": Cause.OBS_FOLD,
    GET + b"X: y\r\n\tz\r\n\r\n": Cause.OBS_FOLD,
    GET + b"Content-Length:\r\n 2\r\n\r\n{}": Cause.OBS_FOLD,
    b"GET / HTTP/1.1\r\n Host: h\r\n\r\n": Cause.OBS_FOLD,
    GET + b"X: a\0b\r\n\r\n": Cause.NUL,
    GET + b"X\0: b\r\n\r\n": Cause.NUL,
    b"GET /\0 HTTP/1.1\r\nHost: h\r\n\r\n": Cause.NUL,
    GET + b"X: a\x01b\r\n\r\n": Cause.CONTROL,
    GET + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}": Cause.BAD_LENGTH,
    GET + b"Content-Length: +2\r\n\r\n{}": Cause.BAD_LENGTH,
    GET + b"Content-Length: \r\n\r\n": Cause.BAD_LENGTH,
    GET + b"Content-Length: 99999999999999999999\r\n\r\n": Cause.BAD_LENGTH,
    GET + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n": Cause.LENGTH_AND_TE,
    GET + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n": Cause.LENGTH_AND_TE,
    GET + b"Transfer-Encoding: chunked, chunked\r\n\r\n": Cause.BAD_TE,
    GET + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n": Cause.BAD_TE,
    GET + b"XY\r\n\r\n": Cause.BAD_HEADER,
    GET + b"X Y: y\r\n\r\n": Cause.BAD_HEADER,
    GET + b"X : y\r\n\r\n": Cause.BAD_HEADER,
    GET + b"User-Agent: a\r\nUser-Agent: b\r\n\r\n": Cause.DUPLICATE_HEADER,
    GET + b"Host: i\r\n\r\n": Cause.HOST,
    b"GET / HTTP/1.1\r\n\r\n": Cause.HOST,
    b"hello\r\n\r\n": Cause.BAD_METHOD,
    b"GET\t/ HTTP/1.1\r\n\r\n": Cause.BAD_METHOD,
    b"GET /caf\xc3\xa9 HTTP/1.1\r\nHost: h\r\n\r\n": Cause.BAD_TARGET,
    b"GET / HTTP/1.2\r\nHost: h\r\n\r\n": Cause.BAD_VERSION,
    b"GET / x HTTP/1.1\r\nHost: h\r\n\r\n": Cause.BAD_VERSION,
    b"GET / HTTP/1.0\r\n\r\nmore": Cause.AFTER_CLOSE,
    b"\x16\x03\x01\x02\x00": Cause.TLS,
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n": Cause.HTTP2,
}


@pytest.mark.parametrize(("head", "cause"), HEADS.items())
async def test_what_the_parser_says_has_one_word(head, cause):
    """Whichever parser is installed, as far as it refuses the head itself."""
    loop = asyncio.get_running_loop()
    parser = HttpRequestParser(BaseProtocol(loop), loop, 2**16, max_line_size=8190, max_field_size=8190)
    with pytest.raises(HttpProcessingError) as raised:
        parser.feed_data(head)
    assert cause_of(raised.value) is cause


def test_a_target_that_only_its_reader_refuses_is_a_bad_one():
    """`GET *`, for one, with a parser that refuses it: it says nothing but the target."""
    assert cause_of(InvalidURLError("*")) is Cause.BAD_TARGET


def test_what_nobody_has_heard_of_is_told_as_that():
    """A new version of the parser may say more."""
    assert cause_of(ValueError("the moon is wrong:\n\n  b'GET /'\n  ^")) is Cause.OTHER
