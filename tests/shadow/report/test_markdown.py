from __future__ import annotations

import re

from shadow.report.markdown import escape, to_markdown


def test_strangers_text_cannot_break_a_table(report):
    """Each row has as many cells as its heading, whatever pipes and backticks were sent."""
    tables = re.findall(r"(?:^\|.*\n)+", to_markdown(report), re.MULTILINE)
    for table in tables:
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1
    assert len(tables) > 10


def test_markup_stays_text():
    """Pipes, backticks, tags, links, mentions and emphasis are escaped."""
    assert escape("a|b `c` <i> [x](y) @me *z* \\") == "a\\|b \\`c\\` \\<i> \\[x\\](y) \\@me \\*z\\* \\\\"


def test_an_address_does_not_become_a_link():
    """A reader's click never leads where a client chose."""
    assert escape("https://example.test www.example.test") == (
        "https\u2060://example.test www\u2060.example.test"
    )


def test_each_route_has_its_heading(report):
    """The document has an outline."""
    found = re.findall(r"^## (.*)$", to_markdown(report), re.MULTILINE)
    assert found == [
        "Summary",
        "Route address",
        "Route broken",
        "Route never",
        "Route quiet",
        "Route waiting",
        "How to read this",
    ]
