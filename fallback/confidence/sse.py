"""Reads a captured event stream (server-sent events). Knows nothing of what the events say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

_BOM = b"\xef\xbb\xbf"
_DONE = b"[DONE]"


def documents(body: bytes) -> Iterator[Any]:
    """Give the JSON document of each event, up to `[DONE]`; ValueError when an event's data is none.

    A last event without the blank line behind it is read too: a capture may end there.
    """
    for data in _events(body):
        if data.strip() == _DONE:
            return
        try:
            yield msgspec.json.decode(data)
        except (ValueError, RecursionError) as exc:
            raise ValueError("an event of the stream is not JSON") from exc


def _events(body: bytes) -> Iterator[bytes]:
    """Give each event's data, its lines joined."""
    data: list[bytes] = []
    for line in body.removeprefix(_BOM).splitlines():
        if not line and data:
            yield b"\n".join(data)
            data = []
        elif line.startswith(b"data:"):
            data.append(line[5:].removeprefix(b" "))
    if data:
        yield b"\n".join(data)
