"""How far long work has come."""

from __future__ import annotations

import sys

from shadow.replay.progress import progress


def test_elsewhere_than_on_a_terminal_some_plain_lines_tell(capsys):
    """On standard error, about ten of them."""
    with progress("replaying", 25) as step:
        for number in range(25):
            step(number != 3)
    out, err = capsys.readouterr()
    lines = err.splitlines()
    assert (out, len(lines), lines[0], lines[-1]) == (
        "",
        13,
        "replaying: 2 of 25, 0 failed",
        "replaying: 25 of 25, 1 failed",
    )


def test_on_a_terminal_a_bar_does(capsys, monkeypatch):
    """With the count, and what failed."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    with progress("replaying", 2) as step:
        for good in (True, False):
            step(good)
    out, err = capsys.readouterr()
    assert (out, "replaying, 1 failed" in err, "2/2" in err) == ("", True, True)


def test_nothing_to_do_tells_nothing(capsys):
    """And fails at nothing."""
    with progress("replaying", 0):
        pass
    assert capsys.readouterr().err == ""
