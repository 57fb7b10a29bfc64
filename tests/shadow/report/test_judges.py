"""What judges said, and how far people agree with them."""

from __future__ import annotations

from collections import Counter

import pytest

from shadow.report import render
from shadow.report.gather import gather
from shadow.report.judges import kappa


def test_agreement_counts_the_newest_review_of_each_exchange(report):
    """On the side that is preferred, or that none is."""
    (judge,) = next(route for route in report.routes if route.route == "address").judges
    assert (judge.label, judge.opinions) == ("judge/text", 10)
    assert [(side.word, side.n) for side in judge.preferred] == [("model", 3), ("legacy", 5), ("tie", 2)]
    assert (judge.reviews.k, judge.reviews.n) == (5, 6)
    assert judge.kappa == pytest.approx((5 / 6 - 16 / 36) / (1 - 16 / 36))


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({}, None),
        ({("model", "model"): 5}, None),
        ({("model", "model"): 5, ("tie", "tie"): 5}, 1.0),
        ({("model", "legacy"): 5, ("legacy", "model"): 5}, -1.0),
        ({("model", "model"): 20, ("model", "tie"): 5, ("tie", "model"): 10, ("tie", "tie"): 15}, 0.4),
    ],
)
def test_kappa_is_the_agreement_beyond_chance(table, told):
    """The last one is the usual textbook's."""
    found = kappa(Counter(table))
    assert found == (None if told is None else pytest.approx(told))


def test_every_format_shows_the_agreement_where_the_opinions_are(report):
    """And what was spent."""
    for form in ("text", "html", "markdown"):
        text = render(report, form)
        assert ("83.3" in text, "asked 20" in text) == (True, True), form
    assert "judges,judge/text,reviews,k,5" in render(report, "csv")
    assert "asked,judge fair,asked,n,20" in render(report, "csv")


def test_without_reviews_the_report_says_so(book):
    """An opinion that nobody checked proves nothing."""
    book.judged("address", "model", times=3)
    book.tally("address", 3)
    text = render(gather(book.close(), now=book.now), "text", width=200)
    assert "no reviews yet" in text
    assert "Nobody has reviewed what judge/text said" in text
