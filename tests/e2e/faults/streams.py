"""Makes byte streams that are nearly HTTP: requests and answers of pieces of which a few are odd, cut and stirred.

`@@` stands for the number of the stream, which whoever sends it puts in its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Piece = tuple[bytes, Sequence[bytes]]
    """What is right at a place of a message, and what is odd there."""

HIDDEN = b"GET /@@/hidden HTTP/1.1\r\nHost: h\r\n\r\n"
"""What a smuggler wants legacy to take for a request."""
HIDDEN_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n@@ hidden"
"""What a smuggler wants a client to take for the answer to its next request."""

METHODS = [b"GET", b"GET", b"POST", b"POST", b"PUT", b"HEAD", b"DELETE"]
TARGETS = [b"/@@/a", b"/@@/a", b"/v1/x?@@", b"/@@/%2F?", b"http://h/@@/"]
STATUSES = [b"200"] * 6 + [b"204", b"304", b"206", b"404", b"500", b"100", b"103"]
BODIES = [b"", b"{}", b"hello", HIDDEN, b"0\r\n\r\n", b"\r\n", HIDDEN_ANSWER, b"x" * 30]

ODD_ENDS = [b"\n", b"\r", b"\r\r\n", b"\n\r", b"\r\n ", b" \r\n", b"\0\r\n", b"\x0b\r\n", b"", b"\r\n\r\n"]
ODD_SPACES = [b"  ", b"\t", b"", b"\x0b", b" \t", b"\r\n "]
ODD_COLONS = [b":", b":\t", b" : ", b":\r\n ", b"", b": \0", b":  ", b"\0:", b": \x0b", b": +", b": ,"]
ODD_METHODS = [b"get", b"BREW", b"", b"G\0T", b"PRI", b" GET", b"GE T", b"OPTIONS"]
ODD_TARGETS = [b"/@@/ a", b"*", b"/@@/\xe9", b"/@@#", b"", b"/@@\0", b"/@@\x7f", b"@@", b"//@@"]
ODD_VERSIONS = [
    b"HTTP/1.0",
    b"HTTP/1.0",
    b"HTTP/1.2",
    b"HTTP/0.9",
    b"http/1.1",
    b"HTTP/1.1 x",
    b"",
    b"HTTP/01.1",
]
ODD_STATUSES = [b"101", b"099", b"20", b"2000", b"+20", b"1e2", b"", b"000", b"\xb2\xb0\xb0"]
ODD_REASONS = [b"", b"Tr\xe8s bien", b"O\0K", b"O\rK", b" ", b"O\nK"]
ODD_LENGTH_NAMES = [
    b"content-length",
    b"Content_Length",
    b"Content-Length ",
    b" Content-Length",
    b"Content-Length\0",
]
ODD_LENGTH_NAMES += [b"Content-Length\x0b", b"Content-Encoding", b"X: y\nContent-Length"]
ODD_CODING_NAMES = [b"transfer-encoding", b"Transfer_Encoding", b"Transfer-Encoding ", b" Transfer-Encoding"]
ODD_CODING_NAMES += [b"X:\rTransfer-Encoding", b"X: y\nTransfer-Encoding", b"Transfer-Encoding\t", b"TE"]
ODD_CODINGS = [b"Chunked", b"chunked ", b"\tchunked", b"chunked, chunked", b"gzip, chunked", b"chunked, gzip"]
ODD_CODINGS += [
    b"identity",
    b"xchunked",
    b"chunked;q=1",
    b'"chunked"',
    b"\x0bchunked",
    b"chunked\0",
    b",chunked",
]
ODD_CODINGS += [b"chun\r\n ked", b"", b"chunked,", b"gzip", b"chunked\r\nTransfer-Encoding: identity"]
ODD_EXTENSIONS = [
    b";a=b",
    b";a",
    b" ",
    b"\t",
    b";\r",
    b';a="\r\n"',
    b";a\0",
    b" ;a",
    b"\x0b",
    b";" + b"e" * 40,
    b";\n",
]
ODD_LASTS = [b"00", b"0;a", b"", b"0 ", b"-0", b"0x0", b"1"]
TRAILERS = [b""] * 8 + [
    b"X-Sum: 1\r\n",
    b"Content-Length: 5\r\n",
    b"Host: evil\r\n",
    b"X: \0\r\n",
    b"X-Sum\r\n",
]
HEADERS = [
    b"X-A: 1",
    b"Connection: keep-alive",
    b"Content-Type: a/b",
    b"X-B: \xe9\xff",
    b"X-I:",
    b"Keep-Alive: 5",
]
HEADERS += [
    b"TE: trailers",
    b"Trailer: X-Sum",
    b"Content-Encoding: gzip",
    b"Expect: 100-continue",
    b"Cookie: a",
]
HEADERS += [b"Connection: content-length, x-a, host", b"Connection: transfer-encoding"]
ODD_HEADERS = [
    b"Connection: close",
    b"Host: i",
    b"Connection: Upgrade\r\nUpgrade: websocket",
    b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c",
    b"Upgrade: foo\r\nConnection: keep-alive\r\nConnection: Upgrade",
    b"Expect: nothing",
]
ODD_HEADERS += [
    b"X-C: a\0b",
    b"X-D: a\rb",
    b"X-E: a\nb",
    b"X-F",
    b": x",
    b" X-G: folded",
    b"X H: y",
    b"\x0bX: y",
]
JUNK = [
    b"\r\n",
    b"\n",
    b"\r",
    b"\0",
    b" ",
    b":",
    b"0\r\n\r\n",
    b"Content-Length: 3\r\n",
    b"\x80",
    HIDDEN,
    b";",
]
ODD_SIZES = [b"0x5", b"-5", b"", b"5 5", b"f" * 17, b"00000005", b"A", b"+5", b"5;", b"0"]

END: Piece = (b"\r\n", ODD_ENDS)
SPACE: Piece = (b" ", ODD_SPACES)
VERSION: Piece = (b"HTTP/1.1", ODD_VERSIONS)
FRAMINGS = [*["none"] * 4, *["length", "chunked"] * 8, "both", "two lengths"]


def _length(body: bytes) -> Piece:
    n = len(body)
    odd = [b"%d" % (n + 1), b"%d" % max(n - 1, 0), b"0", b"+%d" % n, b"-%d" % n, b"0%d" % n, b"0x%x" % n]
    odd += [b"%d, %d" % (n, n), b"%d, %d" % (n, n + 5), b"%d " % n, b"%d\0" % n, b"", b"%de0" % n, b"9" * 20]
    return (b"%d" % n, odd)


def _chunks(body: bytes, trailer: bytes) -> Iterator[Piece]:
    for at in range(0, len(body), 9):
        part = body[at : at + 9]
        yield (b"%x" % len(part), ODD_SIZES)
        yield (b"", ODD_EXTENSIONS)
        yield END
        yield (part, [part[:-1], part + b"x"])
        yield END
    yield (b"0", ODD_LASTS)
    yield END
    yield (trailer, TRAILERS)
    yield END


def _headers(framing: str, body: bytes, others: list[bytes]) -> Iterator[Piece]:
    for other in others:
        yield (other, ODD_HEADERS)
        yield END
    lengths = {"length": 1, "both": 1, "two lengths": 2}.get(framing, 0)
    for _ in range(lengths):
        yield from ((b"Content-Length", ODD_LENGTH_NAMES), (b": ", ODD_COLONS), _length(body), END)
    if framing in ("chunked", "both"):
        yield (b"Transfer-Encoding", ODD_CODING_NAMES)
        yield from ((b": ", ODD_COLONS), (b"chunked", ODD_CODINGS), END)
    yield END


@st.composite
def messages(draw: st.DrawFn, line: list[Piece], headers: list[bytes], *, may_lack_it: bool) -> bytes:
    """Write a message with this first line, framed in no way, in one or in too many, of which a few pieces are odd."""
    body, framing = draw(st.sampled_from(BODIES)), draw(st.sampled_from(FRAMINGS))
    others = headers + draw(st.lists(st.sampled_from(HEADERS), max_size=2))
    pieces = [*line, END, *_headers(framing, body, others)]
    if framing in ("chunked", "both"):
        pieces += _chunks(body, draw(st.sampled_from(TRAILERS)))
    elif framing != "none" or not may_lack_it:
        pieces.append((body, [body[:-1], body + b"x", b""]))
    right = [piece for piece, _ in pieces]
    for _ in range(draw(st.sampled_from([0] * 8 + [1, 1, 1, 2, 3]))):
        at = draw(st.integers(0, len(pieces) - 1))
        right[at] = draw(st.sampled_from(pieces[at][1]))
    return b"".join(right)


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """Write a request."""
    method, target = draw(st.sampled_from(METHODS)), draw(st.sampled_from(TARGETS))
    line: list[Piece] = [(method, ODD_METHODS), SPACE, (target, ODD_TARGETS), SPACE, VERSION]
    return draw(messages(line, [b"Host: h"], may_lack_it=True))


@st.composite
def answers(draw: st.DrawFn) -> bytes:
    """Write an answer."""
    status = draw(st.sampled_from(STATUSES))
    line: list[Piece] = [VERSION, SPACE, (status, ODD_STATUSES), SPACE, (b"OK", ODD_REASONS)]
    return draw(messages(line, [], may_lack_it=False))


@st.composite
def several(draw: st.DrawFn, one: st.SearchStrategy[bytes], most: int = 4) -> bytes:
    """Put some behind one another, as a peer that does not wait; now and then the whole is stirred."""
    data = b"".join(draw(st.lists(one, min_size=1, max_size=most)))
    for _ in range(draw(st.sampled_from([0, 0, 0, 0, 1, 2]))):
        data = _stirred(
            data, draw(st.integers(0, len(data))), draw(st.integers(0, 12)), draw(STIRS), draw(ADDED)
        )
    return data


STIRS = st.sampled_from(["cut", "repeat", "add", "replace", "end"])
ADDED = st.sampled_from(JUNK) | st.binary(min_size=1, max_size=2)
CUTS = st.sampled_from([1 << 20, 1 << 20, 1 << 20, 1, 7, 64])
"""How many bytes are sent at a time."""


def _stirred(data: bytes, at: int, length: int, way: str, junk: bytes) -> bytes:
    """Cut, repeat, replace or add something, somewhere."""
    until = min(at + length, len(data))
    return {
        "cut": data[:at] + data[until:],
        "repeat": data[:until] + data[at:],
        "add": data[:at] + junk + data[at:],
        "replace": data[:at] + junk + data[until:],
        "end": data[:at],
    }[way]
