import pytest

from shadow.upstream.message import (
    Head,
    chunk_of,
    declared_length,
    encode_request,
    end_to_end,
    request_length,
    takes_trailers,
)


def _encode(method=b"GET", target=b"/", headers=(), **framing):
    return encode_request(method, target, headers, host=b"legacy:9001", **{"length": None, **framing})


def test_the_target_and_headers_go_out_byte_for_byte():
    """Case, order, repetitions, odd bytes and dot segments stay as they are."""
    headers = ((b"hOST", b"client"), (b"X-A", b"1"), (b"x-a", b"\xff\t2"), (b"X-Empty", b""))
    assert _encode(target=b"//a/../%2F%41?", headers=headers) == (
        b"GET //a/../%2F%41? HTTP/1.1\r\nhOST: client\r\nX-A: 1\r\nx-a: \xff\t2\r\nX-Empty: \r\n\r\n"
    )


def test_a_missing_host_is_the_origins():
    """A request always names a host, first of all headers."""
    assert _encode(headers=((b"A", b"1"),)) == b"GET / HTTP/1.1\r\nHost: legacy:9001\r\nA: 1\r\n\r\n"


def test_a_right_content_length_stays_where_it_was():
    """The client's own header is kept in its place and case."""
    headers = ((b"content-LENGTH", b"3"), (b"Host", b"h"))
    assert _encode(b"POST", headers=headers, length=3) == (
        b"POST / HTTP/1.1\r\ncontent-LENGTH: 3\r\nHost: h\r\n\r\n"
    )


@pytest.mark.parametrize("values", [(b"4",), (b"03",), (b"3", b"3"), (b"4", b"3"), (b"+3",)])
def test_there_is_one_content_length_and_it_is_the_bodys(values):
    """Whatever the headers say, one length goes out, and it is true."""
    headers = ((b"Host", b"h"), *((b"Content-Length", value) for value in values))
    sent = _encode(b"POST", headers=headers, length=3)
    assert sent == b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n"


def test_a_transfer_coding_of_the_headers_never_goes_out():
    """Only the framing that is really used is announced."""
    headers = ((b"Host", b"h"), (b"Transfer-Encoding", b"gzip"), (b"Content-Length", b"3"))
    assert _encode(b"POST", headers=headers, chunked=True) == (
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    assert _encode(b"POST", headers=headers, length=3) == (
        b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n"
    )


@pytest.mark.parametrize(
    ("method", "target", "headers", "problem"),
    [
        (b"", b"/", (), "the method is not a token"),
        (b"GE T", b"/", (), "the method is not a token"),
        (b"GET", b"", (), "the target is empty"),
        (b"GET", b"/a b", (), "the target is empty, or holds a space"),
        (b"GET", b"/\r\nX: y", (), "the target is empty, or holds a space"),
        (b"GET", b"/", ((b"A", b"x\r\nB: secret"),), "the value of the header A holds a CR, LF or NUL"),
        (b"GET", b"/", ((b"A", b"x\nsecret"),), "the value of the header A holds"),
        (b"GET", b"/", ((b"A", b"\0secret"),), "the value of the header A holds"),
        (b"GET", b"/", ((b"A:", b"secret"),), "the header name b'A:' is not a token"),
        (b"GET", b"/", ((b"A ", b"secret"),), "the header name b'A ' is not a token"),
        (b"GET", b"/", ((b"", b"secret"),), "a header needs a name"),
        (b"GET", b"/", ((b"Host", b"a"), (b"host", b"secret")), "one Host header"),
    ],
)
def test_what_would_be_read_back_otherwise_is_refused(method, target, headers, problem):
    """Nothing can break out of its place; the message names the header and never its value."""
    with pytest.raises(ValueError, match=problem) as refusal:
        _encode(method, target, headers)
    assert "secret" not in str(refusal.value)


def test_a_broken_host_of_the_origin_is_refused():
    """Even the operator's own host cannot split the request."""
    with pytest.raises(ValueError, match="the upstream's host holds"):
        encode_request(b"GET", b"/", (), host=b"a\r\nb", length=None)


def test_headers_without_a_hop_by_hop_one_are_the_very_same():
    """The common case copies nothing."""
    headers = ((b"Content-Type", b"text/plain"), (b"Set-Cookie", b"a"), (b"set-cookie", b"b"))
    assert end_to_end(headers) is headers


def test_hop_by_hop_headers_are_removed_with_those_that_connection_lists():
    """Every Connection header counts, in any case; Host and Content-Length stay even when listed."""
    headers = (
        (b"Host", b"h"),
        (b"connection", b"close, X-Own"),
        (b"Connection", b" host,content-length"),
        (b"x-own", b"1"),
        (b"Keep-Alive", b"timeout=5"),
        (b"TE", b"trailers"),
        (b"Upgrade", b"h2c"),
        (b"Proxy-Connection", b"x"),
        (b"Transfer-Encoding", b"chunked"),
        (b"Content-Length", b"3"),
        (b"Trailer", b"X-Sum"),
        (b"X-Kept", b"1"),
    )
    assert end_to_end(headers) == (
        (b"Host", b"h"),
        (b"Content-Length", b"3"),
        (b"Trailer", b"X-Sum"),
        (b"X-Kept", b"1"),
    )


def test_the_length_of_a_body_in_memory_is_announced_where_one_is_expected():
    """An empty POST says so; an empty GET says nothing."""
    cases = [(b"GET", b""), (b"GET", b"x"), (b"POST", b""), (b"PUT", b"abc"), (b"DELETE", b"")]
    assert [request_length(method, body) for method, body in cases] == [None, 1, 0, 3, None]


def test_a_declared_length_is_one_number():
    """None when there is none."""
    assert declared_length(((b"A", b"1"),)) is None
    assert declared_length(((b"content-length", b"12"),)) == 12


@pytest.mark.parametrize("values", [(b"1", b"1"), (b"-1",), (b"",), (b"1, 1",), (b"0x1",)])
def test_an_ambiguous_declared_length_is_refused(values):
    """Two lengths, or one that is no number, are an error."""
    with pytest.raises(ValueError, match="one Content-Length, which is a number"):
        declared_length(tuple((b"Content-Length", value) for value in values))


def test_a_chunk_carries_its_size():
    """In hexadecimal; the empty chunk ends the body."""
    assert (chunk_of(b"x" * 26), chunk_of(b"")) == (b"1a\r\n" + b"x" * 26 + b"\r\n", b"0\r\n\r\n")


def test_a_head_can_be_made_of_its_parts():
    """The reason is the status's own, or empty for a status nobody registered."""
    assert Head.of(404) == Head(404, b"Not Found", (), "1.1", keep_alive=True)
    assert (Head.of(299).reason, Head.of(200, reason=b"Fine").reason) == (b"", b"Fine")


@pytest.mark.parametrize(
    ("headers", "takes"),
    [
        ((), False),
        (((b"TE", b"trailers"),), True),
        (((b"X", b"trailers"), (b"tE", b"gzip"), (b"te", b"deflate, Trailers")), True),
        (((b"TE", b"gzip"),), False),
        (((b"Trailer", b"trailers"),), False),
    ],
)
def test_a_client_that_takes_trailers_says_so_in_te(headers, takes):
    """In any case, and among other words."""
    assert takes_trailers(headers) is takes
