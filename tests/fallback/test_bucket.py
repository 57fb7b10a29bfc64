"""A key's place is the same for ever."""

from __future__ import annotations

from fallback.bucket import bucket, draw

PLACES = {"acct-1": 0.36805627843762945, "": 0.6414830233623369}


def test_a_keys_place_never_changes():
    """Pinned values: a release that moved them would expose other customers."""
    assert bucket("acct-1", "address-2026") == PLACES["acct-1"]
    assert bucket("", "") == PLACES[""]


def test_another_salt_gives_another_place():
    """Two routes do not expose the same customers."""
    assert bucket("acct-1", "a") != bucket("acct-1", "b")


def test_salt_and_key_do_not_run_together():
    """The same letters, split elsewhere, are another key."""
    assert bucket("bc", "a") != bucket("c", "ab")


def test_sampling_does_not_follow_exposure():
    """An id that is its own key draws independently of its bucket."""
    assert draw("acct-1", "s") != bucket("acct-1", "s")


def test_a_lone_surrogate_has_a_place():
    """A header's bytes may be no text; they still make a key."""
    assert 0 <= bucket("\udcff", "s") < 1
