"""A retry has the fingerprint of the first try, and nothing else has."""

from __future__ import annotations

from shadow.record.fingerprint import LENGTH, fingerprint, of_row


def test_what_is_asked_makes_the_fingerprint():
    """Method, target and body; each on its own makes another."""
    one = fingerprint("POST", "/a?x=1", b"{}")
    assert len(one) == LENGTH
    assert one == fingerprint("POST", "/a?x=1", b"{}")
    others = [("PUT", "/a?x=1", b"{}"), ("POST", "/a?x=2", b"{}"), ("POST", "/a?x=1", b"{ }")]
    assert one not in {fingerprint(*other) for other in others}


def test_a_recorded_request_has_the_same_whether_its_body_was_kept_or_hashed():
    """Then it was made while all of it was here; what was kept in no form has none."""
    asked = fingerprint("POST", "/a", b"{}")
    assert of_row("POST", "/a", "/a", b"{}", None) == asked
    assert of_row("POST", "/a", None, None, asked) == asked
    assert of_row("POST", "/a", "/a?x=1", b"{}", None) != asked


def test_a_request_that_was_not_kept_has_none():
    """Nobody can say what it asked."""
    assert of_row("POST", "/a", None, None, None) is None
