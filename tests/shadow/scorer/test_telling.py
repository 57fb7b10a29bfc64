"""What of a finding is stored or shown."""

from __future__ import annotations

import pytest

from comparators import Difference, Score
from shadow.scorer.telling import DETAIL, detail_of


@pytest.mark.parametrize("found", [Score("json", 0.5, "1 -> 2"), Difference("/a", 1.0, "1 -> 2")])
@pytest.mark.parametrize(("keep", "told"), [("masked", "1 -> 2"), ("hashed", ""), ("none", "")])
def test_values_are_quoted_only_where_bodies_are_kept(found, keep, told):
    """Of scores and of single differences alike."""
    assert detail_of(found, keep) == told


def test_a_detail_has_an_end():
    """However much a comparator of one's own has to tell."""
    assert len(detail_of(Score("own", 1.0, "x" * 1000), "masked")) == DETAIL
