"""Laws of reading answers: cuts do not matter, garbage does not crash, what is short is never whole."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from shadow.upstream.parsing import AnswerParser, MalformedError

bodies = st.binary(max_size=40)
names = st.text("abcXYZ-", min_size=1, max_size=6).map(lambda name: b"X-" + name.encode())
values = st.binary(max_size=8).map(lambda value: value.hex().encode())
headers = st.lists(st.tuples(names, values), max_size=4).map(tuple)
PIECES = [
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 103 X\r\n",
    b"HTTP/1.1 304 X\r\n",
    b"Content-Length: 3\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Connection: close\r\n",
    b"Connection: upgrade\r\nUpgrade: x\r\n",
    b"\r\n",
    b"3\r\nabc\r\n",
    b"0\r\n\r\n",
    b"abc",
    b"\n",
    b"\0",
]


def _message(headers, body, *, chunked):
    lines = b"".join(b"%b: %b\r\n" % pair for pair in headers)
    if chunked:
        framed = b"".join(b"1\r\n%c\r\n" % value for value in body) + b"0\r\n\r\n"
        return b"HTTP/1.1 200 OK\r\n" + lines + b"Transfer-Encoding: chunked\r\n\r\n" + framed
    return b"HTTP/1.1 200 OK\r\n" + lines + b"Content-Length: %d\r\n\r\n" % len(body) + body


def _cut(data, places):
    edges = [0, *sorted({place % (len(data) + 1) for place in places}), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(edges) if start < end]


def _outcome(parts, *, bodiless=False, limit=200):
    parser = AnswerParser(limit)
    parser.begin(bodiless=bodiless)
    try:
        for part in parts:
            if parser.complete or parser.upgraded:
                break
            parser.feed(part)
    except MalformedError:
        return "malformed"
    return parser.complete, parser.head, b"".join(parser.chunks), parser.trailers


@given(headers=headers, body=bodies, chunked=st.booleans(), places=st.lists(st.integers(0, 400), max_size=6))
def test_an_answer_is_read_alike_however_it_is_cut(headers, body, chunked, places):
    """Headers and body come out as they were put in."""
    data = _message(headers, body, chunked=chunked)
    complete, head, read, _ = _outcome(_cut(data, places), limit=1000)
    assert (complete, head.headers[:-1], read) == (True, headers, body)


@given(body=bodies.filter(len), chunked=st.booleans(), missing=st.integers(1, 30))
def test_an_answer_that_lacks_bytes_is_never_complete(body, chunked, missing):
    """Not even at the end of the stream."""
    data = _message((), body, chunked=chunked)
    parser = AnswerParser(1000)
    parser.feed(data[: max(len(data) - missing, 1)])
    assert parser.end() is False


@given(
    pieces=st.lists(st.sampled_from(PIECES) | st.binary(min_size=1, max_size=4), max_size=10),
    places=st.lists(st.integers(0, 300), max_size=5),
    bodiless=st.booleans(),
)
def test_any_bytes_are_an_answer_or_malformed(pieces, places, bodiless):
    """Nothing else is raised; and what is read whole at once is read the same in parts."""
    data = b"".join(pieces)
    whole = _outcome([data] if data else [], bodiless=bodiless)
    parts = _outcome(_cut(data, places), bodiless=bodiless)
    if whole != "malformed" and whole[0]:
        assert parts == whole


@given(data=st.lists(st.sampled_from(PIECES) | st.binary(min_size=1, max_size=300), max_size=30))
def test_what_is_held_stays_within_the_limit(data):
    """Headers held are never more than the head's limit, and one read."""
    parser = AnswerParser(200)
    try:
        for part in data:
            parser.feed(part)
            if parser.complete or parser.upgraded:
                break
    except MalformedError:
        pass
    held = parser.head.headers if parser.head is not None else ()
    assert sum(len(name) + len(value) for name, value in held) <= 200
