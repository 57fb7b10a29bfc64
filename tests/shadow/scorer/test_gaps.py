"""How one value, or one array, differs from another."""

from __future__ import annotations

import pytest

from fallback.noise.jitter import Gap, Sort
from shadow.scorer.gaps import gap_at, gap_between

OTHER = Gap(Sort.OTHER)


@pytest.mark.parametrize(
    ("old", "new", "gap"),
    [
        (10, 11, Gap(Sort.INTEGER, 1.0, 1 / 11)),
        (10.0, 12.5, Gap(Sort.NUMBER, 2.5, 0.2)),
        (0.0, 0.0, Gap(Sort.NUMBER)),
        (True, 1, OTHER),
        (1e308, -1e308, OTHER),
        (10**400, 1, OTHER),
        ("a1", "b2", OTHER),
        ("2026-11-25T10:00:00Z", "2026-11-25T10:00:01.500Z", Gap(Sort.TIME, 1.5)),
        ("2026-11-25T10:00:00+01:00", "2026-11-25 09:00:00", Gap(Sort.TIME, 0.0)),
        ("Wed, 25 Nov 2026 10:00:00 GMT", "Wed, 25 Nov 2026 10:00:02 GMT", Gap(Sort.TIME, 2.0)),
        ("2026-11-25T10:00:00Z", "soon, I am told", OTHER),
        ("2026-11-25T10:00:00Z", None, OTHER),
        ("x" * 200, "y" * 200, OTHER),
    ],
)
def test_values_differ_by_a_number_a_time_or_otherwise(old, new, gap):
    """In their own unit, times in seconds."""
    assert gap_between(old, new) == gap


@pytest.mark.parametrize(
    ("old", "new", "pointer", "gap"),
    [
        ({"a": [1, 2]}, {"a": [2, 1]}, "/a/0", Gap(Sort.ORDER)),
        ({"a": [{"b": 1}, {"b": 2}]}, {"a": [{"b": 2}, {"b": 1}]}, "/a/1/b", Gap(Sort.ORDER)),
        ({"a": [1, 2]}, {"a": [2, 3]}, "/a/0", Gap(Sort.INTEGER, 1.0, 0.5)),
        ({"a": [1, 2]}, {"a": [1]}, "/a/1", OTHER),
        ([1, 2], [2, 1], "", Gap(Sort.ORDER)),
        ({"a": {"b": "x"}}, {"a": {"b": "y"}}, "/a/b", OTHER),
        ({"a": 1}, {}, "/a", OTHER),
    ],
)
def test_an_array_whose_order_alone_changed_is_known_for_that(old, new, pointer, gap):
    """Wherever below it the difference was seen."""
    assert gap_at(pointer, old, new) == gap


def test_arrays_too_deep_to_be_written_are_no_order():
    """And no error."""
    deep: list = []
    for _ in range(100_000):
        deep = [deep]
    assert gap_at("/0", [deep, 1], [1, deep]).sort is Sort.OTHER
