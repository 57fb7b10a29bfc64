"""Laws of requests' bytes: what is written is read back as it was meant, or not written at all."""

import httptools
from hypothesis import given
from hypothesis import strategies as st

from shadow.upstream.message import encode_request, end_to_end

names = st.text("abcXYZ019-_!~", min_size=1, max_size=18).map(str.encode) | st.sampled_from(
    [b"Host", b"Content-Length", b"Transfer-Encoding", b"Connection", b"TE"]
)
values = st.binary(max_size=12)
headers = st.lists(st.tuples(names, values), max_size=6).map(tuple)
targets = st.binary(min_size=1, max_size=20)


class Read:
    """Collects what a strict parser makes of the bytes."""

    def __init__(self):
        self.url = b""
        self.headers = []
        self.messages = 0

    def on_url(self, url):
        self.url += url

    def on_header(self, name, value):
        self.headers.append((name, value))

    def on_message_complete(self):
        self.messages += 1


@given(headers=headers, target=targets, length=st.integers(0, 5))
def test_a_written_request_is_one_request_with_these_headers(headers, target, length):
    """No header or target, of any bytes, makes two requests, another target, or another length."""
    try:
        data = encode_request(b"POST", target, headers, host=b"h", length=length)
    except ValueError:
        return
    lines = data.split(b"\r\n")
    assert lines[0] == b"POST " + target + b" HTTP/1.1"
    assert lines[-2:] == [b"", b""]
    assert b"" not in lines[:-2]
    own = {b"content-length", b"transfer-encoding", b"host"}
    kept = [b": ".join(pair) for pair in headers if pair[0].lower() not in own]
    written = [line for line in lines[1:-2] if line.split(b":")[0].lower() not in own]
    assert written == kept
    framing = [line.lower() for line in lines if line.lower().startswith((b"content-length:", b"transfer-"))]
    assert framing == [b"content-length: %d" % length]


@given(headers=headers, length=st.integers(0, 5))
def test_a_strict_parser_reads_the_same(headers, length):
    """For values a strict parser takes at all, it sees one message of that length and those headers."""
    printable = tuple((name, value.hex().encode()) for name, value in headers if name.lower() != b"host")
    data = encode_request(b"POST", b"/x", printable, host=b"h", length=length)
    read = Read()
    httptools.HttpRequestParser(read).feed_data(data + b"x" * length)
    assert (read.messages, read.url) == (1, b"/x")
    own = {b"content-length", b"transfer-encoding", b"host"}
    assert [pair for pair in read.headers if pair[0].lower() not in own] == [
        pair for pair in printable if pair[0].lower() not in own
    ]


@given(headers=headers)
def test_removing_hop_by_hop_headers_twice_changes_nothing(headers):
    """What is left is a part of the headers in their order, and has nothing more to remove."""
    once = end_to_end(headers)
    rest = iter(headers)
    assert all(pair in rest for pair in once)
    assert end_to_end(once) is once
