"""How far long work is."""

from __future__ import annotations

import sys

from shadow.cli.progress import EVERY, progress
from shadow.clock import FakeClock


def test_elsewhere_than_on_a_terminal_a_line_comes_now_and_then(capsys):
    """None for work that is soon done."""
    clock = FakeClock()
    with progress("comparing", 3000, clock) as advance:
        advance(10)
        clock.advance(EVERY)
        advance(1000)
        advance(5)
    assert capsys.readouterr() == ("", "comparing: 1,010 of 3,000\n")


def test_a_line_tells_what_failed(capsys):
    """Of all that is done so far."""
    clock = FakeClock()
    with progress("replaying", 25, clock) as advance:
        advance(1, failed=1)
        advance(1)
        clock.advance(EVERY)
        advance(1, failed=1)
    assert capsys.readouterr() == ("", "replaying: 3 of 25, 2 failed\n")


def test_a_bar_tells_what_failed(capsys, monkeypatch):
    """Beside the count."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")
    with progress("replaying", 2) as advance:
        for failed in (0, 1):
            advance(1, failed=failed)
    out, err = capsys.readouterr()
    assert (out, "replaying, 1 failed" in err, "2/2" in err) == ("", True, True)


def test_a_terminal_shows_a_bar(capsys, monkeypatch):
    """On standard error."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    with progress("comparing", 10) as advance:
        advance(10)
    out, err = capsys.readouterr()
    assert (out, "comparing" in err, "10/10" in err) == ("", True, True)
