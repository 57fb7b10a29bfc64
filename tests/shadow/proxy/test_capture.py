"""A capped copy keeps everything up to its limit and nothing beyond it."""

from __future__ import annotations

from shadow.proxy.capture import Capture


def test_what_fits_is_kept_in_order():
    """Chunks up to the limit, the limit included, come back joined."""
    capture = Capture(6)
    for chunk in (b"ab", b"cd", b"ef"):
        capture.add(chunk)
    assert (capture.body(), capture.overflowed) == (b"abcdef", False)


def test_one_byte_too_many_gives_the_copy_up():
    """Beyond the limit nothing is kept, so that no half body is ever compared."""
    capture = Capture(3)
    capture.add(b"abc")
    capture.add(b"d")
    capture.add(b"e")
    assert (capture.body(), capture.overflowed) == (b"", True)
