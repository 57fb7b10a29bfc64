"""Durations, sizes and shares."""

from __future__ import annotations

import pytest

from shadow.config.units import seconds, share, size


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("300ms", 0.3),
        ("5s", 5.0),
        ("1.5s", 1.5),
        ("1m", 60.0),
        ("2h", 7200.0),
        ("1d", 86400.0),
        ("20 ms", 0.02),
        (0, 0.0),
        ("0s", 0.0),
    ],
)
def test_durations_are_seconds(text, value):
    """Every unit counts as it should."""
    assert seconds(text) == value


@pytest.mark.parametrize(
    "value", [5, 0.5, "5", "s", "5 parsecs", "-1s", "1e3s", "5S", "1h30m", "", None, True, False, [5]]
)
def test_a_duration_without_a_unit_is_refused(value):
    """A bare number could mean anything."""
    with pytest.raises(ValueError, match=r'^a duration needs a unit \(ms, s, m, h, d\), like "5s"$'):
        seconds(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("100B", 100),
        ("1KB", 1000),
        ("1MB", 10**6),
        ("1GB", 10**9),
        ("256KiB", 262144),
        ("64MiB", 64 << 20),
        ("1GiB", 1 << 30),
        ("1.5KiB", 1536),
        (0, 0),
    ],
)
def test_sizes_are_bytes(text, value):
    """Powers of ten and of two are told apart."""
    assert size(text) == value


@pytest.mark.parametrize("value", [64, "64", "64 mib", "64Mb", "B", None, True])
def test_a_size_without_a_unit_is_refused(value):
    """A bare number could mean anything."""
    with pytest.raises(ValueError, match=r"^a size needs a unit \(B, KB, MB, GB, KiB, MiB, GiB\)"):
        size(value)


def test_a_part_of_a_byte_is_refused():
    """Half a byte is no size."""
    with pytest.raises(ValueError, match=r"^a size must be a whole number of bytes$"):
        size("0.5B")


@pytest.mark.parametrize(
    ("value", "expected"), [(0, 0.0), (1, 1.0), (0.1, 0.1), ("10%", 0.1), ("0.1%", 0.001), ("100 %", 1.0)]
)
def test_shares_are_numbers_or_percentages(value, expected):
    """Both ways of writing give the same number."""
    assert share(value) == expected


@pytest.mark.parametrize("value", [-0.1, 1.1, "101%", "0.1", True, None, float("nan"), "10"])
def test_a_share_outside_its_range_is_refused(value):
    """Below 0, above 1 and what is no number."""
    with pytest.raises(ValueError, match=r'^must be a number from 0 to 1, or a percentage like "10%"$'):
        share(value)
