"""Laws of decoding: it undoes encoding, keeps the limit, and raises nothing but ValueError."""

import gzip
import zlib

from hypothesis import given
from hypothesis import strategies as st

from shadow.upstream.encoding import TooLargeError, decoded

CODERS = {b"gzip": gzip.compress, b"deflate": zlib.compress}


@given(body=st.binary(max_size=400), coding=st.sampled_from(sorted(CODERS)), limit=st.integers(0, 400))
def test_decoding_undoes_encoding_or_keeps_the_limit(body, coding, limit):
    """The body comes out whole exactly when it fits."""
    try:
        result = decoded(((b"Content-Encoding", coding),), CODERS[coding](body), limit)
    except TooLargeError:
        assert len(body) > limit
    else:
        assert result == body
        assert len(body) <= limit


@given(
    body=st.binary(max_size=80), coding=st.sampled_from([b"gzip", b"deflate", b"gzip, deflate", b"br", b","])
)
def test_any_bytes_are_decoded_or_refused(body, coding):
    """Garbage in any coding is a ValueError and nothing else."""
    try:
        result = decoded(((b"Content-Encoding", coding),), body, 50)
    except ValueError:
        return
    assert len(result) <= 50
