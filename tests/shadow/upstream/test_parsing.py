import pytest

from shadow.upstream.message import Head
from shadow.upstream.parsing import AnswerParser, MalformedError

OK = b"HTTP/1.1 200 OK\r\n"


def _read(*parts, bodiless=False, limit=1000):
    parser = AnswerParser(limit)
    parser.begin(bodiless=bodiless)
    for part in parts:
        parser.feed(part)
    return parser


def test_a_whole_answer_is_read():
    """Status, reason, headers byte for byte, and the body."""
    parser = _read(b"HTTP/1.1 200 F\xefne\r\nX-a: \xff\r\nx-A:  1\r\nContent-Length: 2\r\n\r\nhi")
    assert parser.head == Head(
        200,
        b"F\xefne",
        ((b"X-a", b"\xff"), (b"x-A", b"1"), (b"Content-Length", b"2")),
        "1.1",
        keep_alive=True,
    )
    assert (parser.chunks, parser.complete, parser.surplus) == ([b"hi"], True, False)


def test_an_answer_in_single_bytes_is_the_same():
    """Where the stream is cut does not matter."""
    data = OK + b"Transfer-Encoding: chunked\r\n\r\n2;x=y\r\nhi\r\n0\r\nX-Sum: 42\r\n\r\n"
    parser = _read(*(bytes([value]) for value in data))
    assert (b"".join(parser.chunks), parser.complete, parser.trailers) == (b"hi", True, [(b"X-Sum", b"42")])


def test_an_answer_without_a_reason_has_an_empty_one():
    """The reason of the answer before does not stay."""
    parser = AnswerParser(1000)
    parser.feed(OK + b"Content-Length: 0\r\n\r\n")
    parser.begin()
    parser.feed(b"HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n")
    assert parser.head == Head(404, b"", ((b"Content-Length", b"0"),), "1.1", keep_alive=True)


@pytest.mark.parametrize(
    ("data", "keep_alive"),
    [
        (OK + b"Content-Length: 0\r\n\r\n", True),
        (OK + b"Connection: close\r\nContent-Length: 0\r\n\r\n", False),
        (OK + b"\r\n", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", False),
        (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n", True),
        (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", False),
    ],
)
def test_the_answer_says_whether_its_connection_stays(data, keep_alive):
    """HTTP/1.0 with a transfer coding is read and then closed (RFC 9112, 6.1)."""
    assert _read(data).head.keep_alive is keep_alive


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
)
def test_some_answers_have_no_body_whatever_they_announce(head):
    """204 and 304 end with their head."""
    parser = _read(head)
    assert (parser.complete, parser.surplus, parser.head.keep_alive) == (True, False, True)


@pytest.mark.parametrize(
    "framing", [b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n", b"", b"Content-Length: 0\r\n"]
)
def test_the_answer_to_a_head_request_has_no_body(framing):
    """It ends with its head, and the connection can be used again."""
    parser = _read(OK + framing + b"\r\n", bodiless=True)
    assert (parser.complete, parser.surplus, parser.head.keep_alive) == (True, False, True)
    parser.begin()
    parser.feed(OK + b"Content-Length: 2\r\n\r\nhi")
    assert (parser.chunks, parser.complete) == ([b"hi"], True)


@pytest.mark.parametrize(
    "rest", [b"hello", b"h", b"5\r\nhello\r\n0\r\n\r\n", b"0\r\n\r\n", b"5\r\n", b"\r\n", b"\r\n\r\n"]
)
@pytest.mark.parametrize("framing", [b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n", b""])
def test_bytes_behind_the_answer_to_a_head_request_are_surplus(framing, rest):
    """They would be taken for the next answer."""
    parser = _read(OK + framing + b"\r\n" + rest, bodiless=True)
    assert (parser.complete, parser.surplus, parser.chunks) == (True, True, [])


@pytest.mark.parametrize(
    ("head", "keep_alive"),
    [
        (OK + b"Connection: x, Close\r\n\r\n", False),
        (b"HTTP/1.0 200 OK\r\n\r\n", False),
        (b"HTTP/1.0 200 OK\r\nconnection: Keep-Alive\r\n\r\n", True),
    ],
)
def test_the_answer_to_a_head_request_keeps_its_word_on_the_connection(head, keep_alive):
    """Its lack of framing is no reason to close; its own word is."""
    assert _read(head, bodiless=True).head.keep_alive is keep_alive


def test_informational_heads_come_before_the_answer():
    """100, 103 and unknown ones are collected, and are no answer; a length in one means nothing."""
    parser = _read(
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\nContent-Length: 9\r\n\r\n",
        b"HTTP/1.1 104 New\r\n\r\n" + OK + b"Content-Length: 0\r\n\r\n",
    )
    assert [(head.status, head.headers[:1]) for head in parser.informational] == [
        (100, ()),
        (103, ((b"Link", b"</a>"),)),
        (104, ()),
    ]
    assert (parser.head.status, parser.complete) == (200, True)


def test_a_101_ends_http():
    """What comes behind it is kept as it is."""
    parser = _read(b"HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n\x00raw\r\n")
    assert (parser.upgraded, parser.complete, parser.rest, parser.trailers) == (
        True,
        False,
        b"\x00raw\r\n",
        None,
    )


@pytest.mark.parametrize(
    "rest", [b"H", b"x", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b"\r\nHTTP/1.1 200 OK\r\n"]
)
@pytest.mark.parametrize("close", [b"", b"Connection: close\r\n"])
def test_bytes_behind_an_answer_are_surplus(close, rest):
    """The answer stands, but its connection is not to be used again."""
    parser = _read(OK + close + b"Content-Length: 2\r\n\r\nhi" + rest)
    assert (parser.chunks, parser.complete, parser.surplus) == ([b"hi"], True, True)


@pytest.mark.parametrize(
    ("data", "complete"),
    [
        (OK + b"\r\nhello", True),
        (OK + b"Connection: close\r\n\r\n", True),
        (OK + b"Connection: close\r\nContent-Length: 6\r\n\r\nhello", False),
        (OK + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", False),
        (OK + b"X: y\r\n", False),
        (OK + b"Content-Length: 0\r\n\r\n", True),
    ],
)
def test_the_end_of_the_stream_completes_only_an_answer_without_framing(data, complete):
    """A framed body that is short is cut off, and is never taken for whole."""
    parser = _read(data)
    assert (parser.end(), parser.complete) == (complete, complete)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"garbage", "does not begin with a status line"),
        (b"\r\n" + OK, "does not begin with a status line"),
        (b"HTTP/1.1 20 OK\r\n\r\n", "status"),
        (b"HTTP/1.1 099 No\r\n\r\n", "no status of HTTP/1.0 or HTTP/1.1"),
        (b"HTTP/2.0 200 OK\r\n\r\n", "no status of HTTP/1.0 or HTTP/1.1"),
        (b"HTTP/0.9 200 OK\r\n\r\n", "no status of HTTP/1.0 or HTTP/1.1"),
        (OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", "Content-Length"),
        (OK + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\n", "Content-Length"),
        (OK + b"Content-Length: 1, 1\r\n\r\n", "Content-Length"),
        (OK + b"Content-Length: -1\r\n\r\n", "Content-Length"),
        (OK + b"Content-Length:\r\n\r\n", "Content-Length"),
        (OK + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "Transfer-Encoding"),
        (OK + b"Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", "Content-Length"),
        (OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n", "coding other than chunked"),
        (OK + b"Transfer-Encoding: chunked, gzip\r\n\r\n", "coding other than chunked"),
        (OK + b"Transfer-Encoding: xchunked\r\n\r\n", "coding other than chunked"),
        (
            OK + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
            "coding other than chunked",
        ),
        (OK + b"A: b\nC: d\r\n\r\n", "CR"),
        (OK + b"A: b\r\n c\r\n\r\n", "whitespace"),
        (OK + b"A : b\r\n\r\n", "header"),
        (OK + b"A: \x00\r\n\r\n", "header"),
        (OK + b"A: \x01\r\n\r\n", "header"),
        (OK + b"no colon\r\n\r\n", "header"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", "chunk size"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n2 \r\n", "chunk size"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n2\n", "chunk size"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi0\r\n", "chunk data"),
        (b"HTTP/1.1 101 Go\r\n\r\n", "a 101 that names no protocol"),
        (b"HTTP/1.1 200 O\0K\r\nContent-Length: 0\r\n\r\n", "control byte in its reason"),
        (b"HTTP/1.1 103 O\x01K\r\n\r\n", "control byte in its reason"),
        (b"HTTP/1.1 200 O\x7fK\r\nContent-Length: 0\r\n\r\n", "control byte in its reason"),
    ],
)
def test_what_is_no_answer_is_refused(data, problem):
    """Every ambiguity and every broken byte is an error that says what it is."""
    with pytest.raises(MalformedError, match=problem):
        _read(data)


@pytest.mark.parametrize("size", [1, 7, 5000])
def test_a_head_beyond_the_limit_is_refused(size):
    """However it is cut; informational heads count towards the same limit."""
    data = b"HTTP/1.1 103 Early\r\nA: b\r\n\r\n" * 20 + OK + b"A: " + b"x" * 500 + b"\r\n\r\n"
    parts = [data[start : start + size] for start in range(0, len(data), size)]
    with pytest.raises(MalformedError, match="head is larger than 1000 bytes"):
        _read(*parts)


@pytest.mark.parametrize("size", [1, 7, 5000])
def test_a_head_within_the_limit_may_have_a_body_beyond_it(size):
    """Only heads are limited here; a large read is not mistaken for a large head."""
    data = OK + b"Content-Length: 3000\r\n\r\n" + b"x" * 3000
    parser = _read(*[data[start : start + size] for start in range(0, len(data), size)])
    assert (b"".join(parser.chunks), parser.complete) == (b"x" * 3000, True)


@pytest.mark.parametrize("framing", [b"2;" + b"e" * 2000, b"0\r\nT: " + b"e" * 2000])
def test_framing_without_end_and_without_body_is_refused(framing):
    """Chunk extensions and trailers cannot grow without bound."""
    data = OK + b"Transfer-Encoding: chunked\r\n\r\n" + framing
    with pytest.raises(MalformedError, match="1000 bytes of framing without any body"):
        _read(*[data[start : start + 100] for start in range(0, len(data), 100)])


def test_a_second_answer_in_a_large_read_is_surplus():
    """The careful path for large reads sees it too."""
    parser = _read(OK + b"Content-Length: 0\r\n\r\n" + b"x" * 2000)
    assert (parser.complete, parser.surplus) == (True, True)
