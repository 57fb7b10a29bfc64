"""Events are lines of JSON where a program reads them, and words where a person does."""

from __future__ import annotations

import errno
import io
import json
import sys

import pytest
import structlog

from shadow.logs import set_up


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


class Full(io.StringIO):
    """A stream onto a full disk."""

    def write(self, text: str) -> int:
        """Fail."""
        raise OSError(errno.ENOSPC, text)


@pytest.fixture
def written(monkeypatch):
    """Set logging up over a stream, and give the function that does and reads what was written."""
    before = structlog.get_config()

    def on(stream: io.StringIO) -> io.StringIO:
        monkeypatch.setattr(sys, "stderr", stream)
        set_up()
        return stream

    yield on
    structlog.configure(**before)


def test_an_event_is_one_json_object_a_line(written):
    """With its level and the time in UTC, whatever the values hold."""
    stream = written(io.StringIO())
    structlog.get_logger().info("shadow.thing_done", route="a\nb", n=1)
    (line,) = stream.getvalue().splitlines()
    event = json.loads(line)
    assert event.pop("timestamp").endswith("Z")
    assert event == {"event": "shadow.thing_done", "level": "info", "route": "a\nb", "n": 1}


def test_an_exception_stays_on_its_line(written):
    """Its stack is a value of the event."""
    stream = written(io.StringIO())
    try:
        {}["why"]
    except KeyError:
        structlog.get_logger().exception("shadow.thing_failed")
    (line,) = stream.getvalue().splitlines()
    assert "KeyError: 'why'" in json.loads(line)["exception"]


def test_events_below_info_are_left_out(written):
    """They cost next to nothing."""
    stream = written(io.StringIO())
    structlog.get_logger().debug("shadow.detail")
    assert stream.getvalue() == ""


def test_a_terminal_gets_words(written):
    """Nobody reads JSON by eye."""
    stream = written(Terminal())
    structlog.get_logger().info("shadow.thing_done", route="x")
    assert "shadow.thing_done" in stream.getvalue()
    assert not stream.getvalue().startswith("{")


def test_a_full_disk_behind_the_log_stops_nothing(written):
    """Whoever logs, the recorder that tells of that very disk among them, goes on."""
    written(Full())
    assert structlog.get_logger().error("shadow.record_failed") is None
