"""The places in a panel for those who are asked."""

from __future__ import annotations

import pytest

from comparators import Answer, NotComparable, OptionsError
from shadow.asking.entries import asked_entry


def test_an_entry_is_built_of_its_options():
    """With a place's own label, tolerance and weight."""
    entry = asked_entry({"use": "judge", "judge": "fair", "pointer": "/a", "sample": 0.1, "tolerance": 0.5})
    assert (entry.tolerance, entry.comparator.name, entry.comparator.of, entry.comparator.sample) == (
        0.5,
        "judge",
        "fair",
        0.1,
    )


def test_alone_it_compares_nothing():
    """It says so."""
    entry = asked_entry({"use": "embedding", "embedding": "mini"})
    with pytest.raises(NotComparable, match="embedding mini was not asked"):
        entry.comparator(Answer(), Answer())


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ({"use": "judge"}, "option 'judge' is required"),
        ({"use": "judge", "judge": "fair", "sample": 0}, "sample must be above 0 and at most 1, not 0"),
        ({"use": "judge", "judge": "fair", "limit": 0}, "limit must be at least 1, not 0"),
        ({"use": "judge", "judge": "fair", "pointer": "a"}, "'a' is no JSON Pointer"),
        ({"use": "embedding", "embedding": "mini", "sample": 0.5}, "unknown option 'sample'"),
    ],
)
def test_a_wrong_option_is_refused(spec, told):
    """An embedding counts in the verdict, so it cannot be asked about a share only."""
    with pytest.raises(OptionsError, match=told):
        asked_entry(spec)
