"""What scoring anew changes, in words."""

from __future__ import annotations

from shadow.rescore.progress import Plan, Standing
from shadow.rescore.told import to_text
from shadow.scorer.sums import Judged, Told


def test_the_text_tells_the_changes_and_where():
    """Counts first, then comparators, then examples."""
    standing = Standing(Plan("address", apply=True, span="", panel="p"), 0, 9, resumed=True)
    standing.diff.add(
        "x1",
        Judged("diverged", 0.5, None, (Told("json", 0.5, over=True, pointers=("/took\x1b",)),)),
        Judged("match", 0.0, None, (Told("json", 0.0, over=False, pointers=()),)),
    )
    standing.diff.skip("bodies not kept")
    standing.diff.other_model = 1
    assert to_text(standing).splitlines() == [
        "route address: 1 exchanges scored anew, scores rewritten",
        "  taken up where an earlier one was stopped; its counts are among these",
        "  newly diverging: 0",
        "  newly agreeing: 1",
        "  no longer comparable: 0",
        "  newly comparable: 0",
        "  unchanged: 0",
        "  left as it was: 1 (bodies not kept)",
        "  1 are of another version of their model than the configuration's",
        "  agreement: 0.0 % of 1 -> 100.0 % of 1",
        "",
        "comparators, before -> after:",
        "  json: measured 1 -> 1, diverged 1 -> 0 (0 newly, 1 no longer)",
        "",
        "newly agreeing:",
        "  x1: diverged -> match (json /took\\x1b)",
    ]
