"""Reads a captured event stream (server-sent events). Knows nothing of what the events say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from comparators.answer import Answer

_BOM = b"\xef\xbb\xbf"
_DONE = b"[DONE]"


def is_stream(answer: Answer) -> bool:
    """Whether an answer is declared to be an event stream."""
    return answer.media_type.startswith("text/event-stream")


def documents(body: bytes) -> Iterator[Any]:
    """Give the JSON document of each event, up to `[DONE]`; ValueError when an event's data is none.

    A last event without the blank line behind it is read too: a capture may end there.
    """
    for data in events(body):
        try:
            yield msgspec.json.decode(data)
        except (ValueError, RecursionError) as exc:
            raise ValueError("an event of the stream is not JSON") from exc


def events(body: bytes) -> Iterator[bytes]:
    """Give each event's data, its lines joined, up to `[DONE]`."""
    for data in _all(body):
        if data.strip() == _DONE:
            return
        yield data


def _all(body: bytes) -> Iterator[bytes]:
    data: list[bytes] = []
    for line in body.removeprefix(_BOM).splitlines():
        if not line and data:
            yield b"\n".join(data)
            data = []
        elif line.startswith(b"data:"):
            data.append(line[5:].removeprefix(b" "))
    if data:
        yield b"\n".join(data)
