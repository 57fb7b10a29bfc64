"""A replay's report, in words."""

from __future__ import annotations

from shadow.replay.figures import told
from shadow.replay.ledger import Replay
from shadow.replay.measure import Measured
from shadow.replay.text import PLACES, text

REPLAY = Replay("r1", "x", "new", "v2", "hash", 7)
BEFORE = {"before_model": "old", "before_version": "", "before_verdict": "diverged"}


def test_all_that_matters_is_told():
    """Agreement before and after, what changed, where, and examples."""
    better = Measured("e1", 1, "f1", seconds=0.25, verdict="match", before_paths=(("json", "/a"),), **BEFORE)
    rows = [better, Measured("e2", 1, "f2", failure="late", **BEFORE)]
    told_lines = text(told(REPLAY, rows, pending=1, not_kept=2)).splitlines()
    assert told_lines[0] == "replay r1 of route x to new version v2"
    assert told_lines[1] == "1 answered; failed: 1 late; 0 left; 2 could not be sent, as a body was not kept"
    words = [" ".join(line.split()) for line in told_lines]
    assert "before 0.0% (0.0% – 79.3%) 0 1 0" in words
    assert "after 100.0% (20.7% – 100.0%) 1 0 0" in words
    assert "before: 1 answers of old" in words
    assert "newly agreeing 1 newly diverging 0" in words
    assert "json /a 1 0" in words
    assert "e1 json /a" in words
    assert words[-1] == "median 0.250 s an answer, 0 tokens in, 0 out, cost 0.0000"


def test_of_nothing_there_is_nothing_to_tell():
    """But that."""
    lines = text(told(Replay("r1", "x", "new", "", "hash", 7), [], pending=3, not_kept=0)).splitlines()
    assert lines == [
        "replay r1 of route x to new",
        "0 answered; failed: none; 3 left; 0 could not be sent, as a body was not kept",
    ]


def test_what_cannot_be_compared_and_many_places_are_told_shortly():
    """The rest stands in the JSON."""
    wide = Measured(
        "e1", 1, "f1", verdict="diverged", paths=tuple(("json", f"/{n}") for n in range(PLACES + 2))
    )
    words = text(told(REPLAY, [wide], pending=0, not_kept=0))
    assert "nothing to compare" in words
    assert "not comparable before or after: 1" in words
    assert "and 2 more (--format json has all)" in words
    assert "answers of no model" in words
