from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.report import figures
from shadow.report.model import Interval, Rate


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (None, "–"),
        (0.0, "0.0 %"),
        (0.0004, "<0.1 %"),
        (0.5, "50.0 %"),
        (0.99995, ">99.9 %"),
        (1.0, "100.0 %"),
    ],
)
def test_a_share_never_reads_as_all_or_nothing_unless_it_is(share, shown):
    """Rounding hides neither the last failure nor the first."""
    assert figures.percent(share) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, "–"),
        (0.0000123, "12.3 µs"),
        (0.00123, "1.23 ms"),
        (0.9996, "1.00 s"),
        (0.5, "500 ms"),
        (3.0, "3.00 s"),
        (1234.5, "1,234 s"),
    ],
)
def test_a_duration_is_written_in_the_unit_that_fits(seconds, shown):
    """Three digits and an honest unit."""
    assert figures.duration(seconds) == shown


@pytest.mark.parametrize(("amount", "shown"), [(0, "0.00"), (1234.5, "1,234.50"), (0.0141, "0.0141")])
def test_small_amounts_keep_their_digits(amount, shown):
    """A cost below one is not rounded to nothing."""
    assert figures.money(amount) == shown


def test_counts_have_thousands_separators():
    """Large counts are readable."""
    assert figures.count(1234567) == "1,234,567"


def test_a_rate_shows_its_interval_and_nothing_shows_a_dash():
    """The share never stands without its uncertainty."""
    found = figures.rate(Rate(1, 2, 0.5, Interval(0.1, 0.9)))
    assert (found, figures.rate(Rate(0, 0, None, None))) == ("50.0 % (10.0–90.0 %)", "–")


def test_missing_intervals_and_moments_show_a_dash():
    """Nothing known is shown as nothing, not as zero."""
    assert (figures.percents(None), figures.numbers(None), figures.moment(None)) == ("–", "–", "–")


def test_a_moment_is_utc():
    """Times say their zone."""
    assert figures.moment(1_790_000_040_000_000) == "2026-09-21 14:14 UTC"


def test_what_does_not_print_is_spelled_out():
    """Escape sequences, line ends and direction marks lose their power."""
    assert figures.clean("a\x1b[31m\n\u202eb\U000e0001") == "a\\x1b[31m\\x0a\\u202eb\\U000e0001"


@given(st.text(), st.integers(1, 50))
def test_clean_text_prints_and_keeps_its_limit(text, limit):
    """Whatever comes in, what is shown is printable and short."""
    shown = figures.clean(text, limit)
    assert shown.isprintable()
    assert len(shown) <= limit


def test_a_difference_of_shares_has_a_sign():
    """In percentage points; unknown is a dash."""
    assert [figures.points(share) for share in (0.081, -0.0049, 0.0, None)] == ["+8.1", "-0.5", "+0.0", "–"]
