"""Finds the JSON document that a text holds, and where it stands. Knows nothing of models or answers."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPENERS = re.compile(r"[{\[]")
_INSIDE = re.compile(r'["{}\[\]]')
_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*+"?')  # possessive: a string without an end costs one pass
_FENCE_SIGN = re.compile("```")
_FENCE = re.compile(r"```[\w+.-]*+[ \t]*+(\n?)")
_FENCE_END = re.compile(r"\n[ \t]*+```")
_CLOSES = {"}": "{", "]": "["}


@dataclass(frozen=True, slots=True)
class Found:
    """A JSON document, which may be null, and the characters [start, end) of the text that hold it."""

    document: Any
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


def find_json(text: str) -> Found | None:
    """Give the JSON document in a text, or None when there is none; time is linear in the text's length.

    Looked for in this order: the whole text; code fences that hold nothing else; then prose, where each
    outermost balanced pair of brackets is tried, and the first object or array is taken. A bare number,
    string, true, false or null counts only when it is the whole text.

    Broken JSON is not repaired, and no part is taken out of a broken document: what a repair adds, or what
    a part leaves out, is our guess and not what the model said, and a guess must not be served.
    """
    whole = _parsed(text, 0, len(text))
    if whole is not None:
        return whole
    for start, end in _candidates(text):
        found = _parsed(text, start, end)
        if found is not None and isinstance(found.document, dict | list):
            return found
    return None


def _parsed(text: str, start: int, end: int) -> Found | None:
    try:
        return Found(msgspec.json.decode(text[start:end]), start, end)
    except (ValueError, RecursionError):
        return None


def _candidates(text: str) -> Iterator[tuple[int, int]]:
    yield from _fenced(text)
    yield from _balanced(text)


def _fenced(text: str) -> Iterator[tuple[int, int]]:
    """Give what stands in each code fence.

    A fence on a line of its own ends at the next line that begins with one, since a JSON string may hold
    the fence's sign but no line break; any other ends at the next fence's sign.
    """
    position, own_line_ends = 0, True
    while (fence := _FENCE.search(text, position)) is not None:
        end = _FENCE_END.search(text, fence.end() - 1) if own_line_ends and fence.group(1) else None
        if end is None:
            own_line_ends = own_line_ends and not fence.group(1)  # there is none further on either
            end = _FENCE_SIGN.search(text, fence.end())
        if end is None:
            return
        yield fence.end(), end.start()
        position = end.end()


def _balanced(text: str) -> Iterator[tuple[int, int]]:
    """Give each outermost pair of brackets with what is between; one that never closes swallows the rest."""
    position = 0
    while (opener := _OPENERS.search(text, position)) is not None:
        end = _end_of(text, opener.start())
        if end is None:
            return
        yield opener.start(), end
        position = end


def _end_of(text: str, start: int) -> int | None:
    """Give the position behind the bracket that closes the one at `start`, or None."""
    open_brackets: list[str] = []
    position = start
    while (sign := _INSIDE.search(text, position)) is not None:
        mark, position = sign.group(), sign.end()
        if mark == '"':
            position = _behind_string(text, sign.start())
        elif mark in "{[":
            open_brackets.append(mark)
        elif open_brackets[-1] == _CLOSES[mark]:
            open_brackets.pop()
            if not open_brackets:
                return position
    return None


def _behind_string(text: str, start: int) -> int:
    string = _STRING.match(text, start)
    return string.end() if string is not None else start + 1
