"""Laws of the units."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from shadow.config.units import Duration, Share, Size, seconds, share, size

numbers = st.integers(0, 10**6)
anything = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.lists(st.integers())
)


@given(numbers, st.sampled_from([("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)]))
def test_a_duration_is_its_number_times_its_unit(number, unit):
    """Units only scale."""
    name, milliseconds = unit
    assert seconds(f"{number}{name}") == number * milliseconds / 1000


@given(numbers)
def test_a_percentage_is_a_hundredth(number):
    """`n%` is the float one would write for n/100."""
    assert share(f"{number % 101}%") == (number % 101) / 100


@given(anything)
def test_whatever_is_given_is_read_or_refused(value):
    """No value makes a reader raise anything but ValueError."""
    for read in (seconds, size, share):
        try:
            found = read(value)
        except ValueError:
            continue
        assert found >= 0


@given(numbers, st.sampled_from(["ms", "s", "m", "h", "d", "B", "KiB", "MB", "%"]))
def test_the_schema_knows_what_the_reader_takes(number, unit):
    """The pattern that editors see matches exactly the texts that are read."""
    text = f"{number % 101}{unit}"
    for kind, read in ((Duration, seconds), (Size, size), (Share, share)):
        patterns = [each["pattern"] for each in TypeAdapter(kind).json_schema()["anyOf"] if "pattern" in each]
        try:
            read(text)
        except ValueError:
            taken = False
        else:
            taken = True
        assert any(re.search(pattern, text) for pattern in patterns) == taken
