"""The tables of judges and embeddings."""

from __future__ import annotations

from shadow.report.asked_tables import asked_table, judges_table
from shadow.report.model import AskedReport, Count, JudgeReport
from shadow.report.wilson import rate


def test_a_judge_stands_beside_its_reviews():
    """Or beside the word that there are none."""
    preferred = (Count("model", 3, 0.75), Count("legacy", 0, 0.0), Count("tie", 1, 0.25))
    rows = judges_table(
        (
            JudgeReport("judge", 4, preferred, rate(9, 10), 0.8),
            JudgeReport("other\x1b", 4, preferred, rate(0, 0), None),
        )
    ).rows
    assert [row[:5] for row in rows] == [
        ("judge", "4", "75.0 %", "0.0 %", "25.0 %"),
        ("other\\x1b", "4", "75.0 %", "0.0 %", "25.0 %"),
    ]
    assert rows[0][5:] == ("90.0 % (59.6–98.2 %)", "0.80")
    assert rows[1][5] == "no reviews yet"


def test_what_was_asked_stands_beside_its_cost():
    """By outcome."""
    asked = AskedReport("judge", "fair", (Count("asked", 8, 0.8), Count("late", 2, 0.2)), 4000, 90, 0.5)
    (row,) = asked_table((asked,)).rows
    assert row[:4] == ("judge fair", "asked 8, late 2", "4,000", "90")
