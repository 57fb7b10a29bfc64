"""Captured answers without their Content-Encoding."""

from __future__ import annotations

import gzip
from functools import partial

import pytest

from comparators import Answer, NotComparable
from shadow.scorer.unpack import LARGEST, unpacked

gzipped = partial(gzip.compress, mtime=0)  # it names tests, which every process must name alike
PACKED = ((b"Content-Encoding", b"gzip"),)


def test_a_packed_body_is_unpacked_and_another_is_the_very_same():
    """The headers stay as they came."""
    packed = Answer(200, PACKED, gzipped(b"said"))
    assert unpacked(packed, "model") == Answer(200, PACKED, b"said")
    plain = Answer.of(text="said")
    assert unpacked(plain, "model") is plain


@pytest.mark.parametrize("body", [b"x", gzipped(bytes(LARGEST + 1))])
def test_what_cannot_be_unpacked_is_not_comparable(body):
    """The side is named, and nothing of what it said."""
    with pytest.raises(NotComparable, match="legacy: the body"):
        unpacked(Answer(200, PACKED, body), "legacy")
