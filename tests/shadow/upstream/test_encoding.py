import gzip
import zlib
from functools import partial

import pytest

from shadow.upstream.encoding import TooLargeError, decoded

gzipped = partial(gzip.compress, mtime=0)  # it names tests, which every process must name alike
TEXT = b"an answer " * 20


def _bare(data):
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(data) + stream.flush()


def _coded(*codings):
    return tuple((b"content-encoding", coding) for coding in codings)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ((), TEXT),
        (_coded(b"identity"), TEXT),
        (_coded(b"gzip"), gzipped(TEXT)),
        (_coded(b"X-GZip"), gzipped(TEXT)),
        (_coded(b"gzip"), gzipped(TEXT[:50]) + gzipped(TEXT[50:]) + b"\0\0"),
        (_coded(b"deflate"), zlib.compress(TEXT)),
        (_coded(b"deflate"), _bare(TEXT)),
        (_coded(b"deflate, gzip"), gzipped(zlib.compress(TEXT))),
        (_coded(b"deflate", b"gzip"), gzipped(zlib.compress(TEXT))),
    ],
)
def test_a_coded_body_comes_out_as_it_was(headers, body):
    """gzip, in several members too, and deflate in both its forms, one over the other."""
    assert decoded(headers, body, len(TEXT)) == TEXT


def test_an_empty_body_needs_no_decoding():
    """The answer to a HEAD announces a coding and has no body."""
    assert decoded(_coded(b"gzip"), b"", 10) == b""


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ((), TEXT),
        (_coded(b"gzip"), gzipped(TEXT)),
        (_coded(b"gzip"), gzipped(TEXT[:100]) + gzipped(TEXT[100:])),
        (_coded(b"deflate"), zlib.compress(TEXT)),
        (_coded(b"gzip, gzip"), gzipped(gzipped(b"\0" * 10_000_000))),
    ],
)
def test_a_body_beyond_the_limit_is_refused(headers, body):
    """Also one that only becomes large by decoding; no more than the limit is ever held."""
    with pytest.raises(TooLargeError, match="larger than 199 bytes"):
        decoded(headers, body, len(TEXT) - 1)


@pytest.mark.parametrize(
    ("headers", "body", "problem"),
    [
        (_coded(b"br"), b"x", "not supported: only gzip and deflate"),
        (_coded(b"zstd"), b"x", "not supported: only gzip and deflate"),
        (_coded(b"gzip", b"gzip", b"gzip"), b"x", "a body in 3 codings"),
        (_coded(b"gzip"), b"no gzip", "not what its Content-Encoding says"),
        (_coded(b"deflate"), b"\xff\xff", "not what its Content-Encoding says"),
        (_coded(b"gzip"), gzipped(TEXT)[:-9], "ends before its Content-Encoding does"),
    ],
)
def test_a_body_that_cannot_be_decoded_says_why(headers, body, problem):
    """Unknown codings, broken bytes and truncated streams are ValueErrors."""
    with pytest.raises(ValueError, match=problem):
        decoded(headers, body, 10_000)
