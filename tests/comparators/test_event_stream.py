"""Event streams as they are captured."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparators.event_stream import documents


def test_events_are_read_up_to_done():
    """What follows the end is not read."""
    assert list(documents(b'data: {"a":1}\n\ndata:2\n\ndata: [DONE]\n\ndata: 3\n\n')) == [{"a": 1}, 2]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_any_line_end_will_do(end):
    """Names, ids and comments of events are passed over; an event's lines are joined."""
    lines = [b": hello", b"event: x", b"id: 1", b"data: [1,", b"data: 2]", b"", b""]
    assert list(documents(end.join(lines))) == [[1, 2]]


def test_a_mark_of_the_encoding_is_no_part_of_the_first_line():
    """A byte order mark may open the stream."""
    assert list(documents(b"\xef\xbb\xbfdata: 1\n\n")) == [1]


def test_the_last_event_may_lack_its_blank_line():
    """A capture may end there."""
    assert list(documents(b"data: 1\n\ndata: 2")) == [1, 2]


def test_an_event_that_is_no_json_is_an_error():
    """A stream cut inside an event is not a shorter reply."""
    with pytest.raises(ValueError, match="not JSON"):
        list(documents(b'data: {"a":'))


@given(st.binary())
def test_any_bytes_are_read_or_refused(body):
    """Nothing but a ValueError comes of them."""
    try:
        found = list(documents(body))
    except ValueError:
        return
    assert isinstance(found, list)
