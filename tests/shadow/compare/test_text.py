"""What comparing two files gave, for a person."""

from __future__ import annotations

from comparators import Difference, Judgement, Score, Verdict
from shadow.compare.summary import IDS, Summary
from shadow.compare.text import to_text


def test_the_text_tells_counts_places_and_examples():
    """In that order."""
    found = Summary("address", {"json": 0.0})
    score = Score("json", 0.5, "1 differ: /a", (Difference("/a", 1.0),))
    found.add("a", Judgement(Verdict.MATCH, 0.0, (Score("json", 0.0),)))
    found.add("b\x1b[31m", Judgement(Verdict.DIVERGED, 0.5, (score,)))
    found.add_alone([str(i) for i in range(IDS + 1)], [])
    lines = to_text(found, "l.jsonl", "m.jsonl").splitlines()
    assert lines[:3] == [
        "route address: 2 pairs",
        "  match 1, diverged 1, not comparable 0",
        "  diverged 50.0 % of those compared (95 % interval 9.5–90.5 %)",
    ]
    assert lines[3].startswith("  only in l.jsonl: 21 (0, 1, ")
    assert lines[3].endswith(", 19, …)")
    assert lines[4:] == [
        "",
        "comparators:",
        "  json: measured 2, diverged 1, mean 0.25",
        "",
        "where the answers differ:",
        "  /a  json: 1",
        "",
        "the first that are no match:",
        "  b\\x1b[31m: diverged",
        "    json 0.5: 1 differ: /a",
    ]


def test_nothing_is_told_as_nothing():
    """No share of none."""
    assert to_text(Summary("r", {}), "l", "m").splitlines() == [
        "route r: 0 pairs",
        "  match 0, diverged 0, not comparable 0",
        "  nothing could be compared",
    ]
