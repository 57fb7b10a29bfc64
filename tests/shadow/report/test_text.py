from __future__ import annotations

import pytest

from shadow.report.text import BAR, bar, to_text


def test_without_a_terminal_the_text_is_plain(report):
    """No styles where nobody shows them."""
    assert "\x1b" not in to_text(report, terminal=False, width=100)


def test_on_a_terminal_the_headings_are_styled(report):
    """Styles are the renderer's own; the clients' escapes are spelled out."""
    found = to_text(report, terminal=True, width=100)
    assert "\x1b[1mShadow report" in found
    assert "\x1b[31m" not in found


@pytest.mark.parametrize("width", [20, 80, 200])
def test_narrow_paper_cuts_no_number(report, width):
    """Numbers stay whole; words are folded."""
    found = to_text(report, terminal=False, width=width)
    assert max(len(line) for line in found.splitlines()) <= max(width, 80)
    assert "87.4 % (83.7–90.3 %)   15.8 % (12.5–19.8 %)" in found
    assert "78.4–85.1 %" in found


@pytest.mark.parametrize(
    ("share", "drawn"),
    [(0.0, ""), (0.0001, "▏"), (0.5, "█" * (BAR // 2)), (1.0, "█" * BAR)],
)
def test_a_bar_shows_even_the_smallest_share(share, drawn):
    """Little is not nothing."""
    assert bar(share) == drawn
