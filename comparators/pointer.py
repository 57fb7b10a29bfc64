"""JSON Pointers (RFC 6901): reading, writing and following them. Knows nothing of answers or comparators."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_LONGEST_INDEX = 18  # digits; no array held in memory is longer


class Missing(Enum):
    """The type of MISSING."""

    MISSING = "missing"

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final[Literal[Missing.MISSING]] = Missing.MISSING
"""Nothing is there, as opposed to None, which is the JSON value null."""


def parse(pointer: str) -> tuple[str, ...]:
    """Split a pointer into its segments, unescaped; "" is the whole document and gives none.

    Raises ValueError when it does not begin with `/` or holds a `~` that is neither `~0` nor `~1`.
    """
    if not pointer:
        return ()
    if not pointer.startswith("/"):
        raise ValueError(f"{pointer!r} is no JSON Pointer: it must be empty or begin with '/'")
    if "~" in pointer.replace("~0", "").replace("~1", ""):
        raise ValueError(f"{pointer!r} is no JSON Pointer: '~' must be written '~0' ('~1' stands for '/')")
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/"))


def unparse(segments: Iterable[str | int]) -> str:
    """Write segments (member names and array indices) as a pointer: the inverse of `parse`."""
    return "".join(["/" + str(part).replace("~", "~0").replace("/", "~1") for part in segments])


def resolve(document: Any, pointer: str | Sequence[str]) -> Any:
    """Give the value at a pointer (or at its segments), or MISSING when nothing is there."""
    value = document
    for segment in parse(pointer) if isinstance(pointer, str) else pointer:
        value = member(value, segment)
        if value is MISSING:
            return MISSING
    return value


def member(value: Any, segment: str) -> Any:
    """Give one member of an object or one element of an array, or MISSING."""
    if type(value) is dict:
        return value.get(segment, MISSING)
    if type(value) is list:
        index = index_of(segment)
        return value[index] if index is not None and index < len(value) else MISSING
    return MISSING


def index_of(segment: str) -> int | None:
    """Read an array index as RFC 6901 writes it: ASCII digits without leading zeros; None when it is none."""
    if not (segment.isascii() and segment.isdigit()) or len(segment) > _LONGEST_INDEX:
        return None
    return None if segment != "0" and segment.startswith("0") else int(segment)
