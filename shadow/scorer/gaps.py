"""Measures how legacy differed from itself at one place: by a number, a time, an order, or otherwise. Pure."""

from __future__ import annotations

import math
from collections import Counter
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from comparators.pointer import MISSING, member, parse
from fallback.noise.jitter import Gap, Sort

_OTHER = Gap(Sort.OTHER)
_SHORTEST, _LONGEST = 10, 40
"""Characters of a text that may be a time."""


def gap_at(pointer: str, old: Any, new: Any) -> Gap:
    """Tell what two documents' difference at a pointer is like; an array above it whose order alone changed counts."""
    for segment in parse(pointer):
        if type(old) is list and type(new) is list and _reordered(old, new):
            return Gap(Sort.ORDER)
        old, new = member(old, segment), member(new, segment)
        if old is MISSING or new is MISSING:
            return _OTHER
    if type(old) is list and type(new) is list and _reordered(old, new):
        return Gap(Sort.ORDER)
    return gap_between(old, new)


def gap_between(old: Any, new: Any) -> Gap:
    """Tell how two values differ."""
    if _is_number(old) and _is_number(new):
        return _numbers(old, new)
    first, second = _time(old), _time(new)
    if first is None or second is None:
        return _OTHER
    return Gap(Sort.TIME, abs((first - second).total_seconds()))


def _is_number(value: Any) -> bool:
    return type(value) is int or (type(value) is float and math.isfinite(value))


def _numbers(old: float, new: float) -> Gap:
    try:
        width, larger = abs(float(old) - float(new)), max(abs(float(old)), abs(float(new)))
    except OverflowError:
        return _OTHER
    if not math.isfinite(width):
        return _OTHER
    sort = Sort.INTEGER if type(old) is int and type(new) is int else Sort.NUMBER
    return Gap(sort, width, width / larger if larger else 0.0)


def _time(text: Any) -> datetime | None:
    """Read a time as ISO 8601 or RFC 2822 write it; one without an offset is taken for UTC."""
    if type(text) is not str or not _SHORTEST <= len(text) <= _LONGEST:
        return None
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = read(text)
        except (ValueError, TypeError, OverflowError):
            continue
        return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
    return None


def _reordered(old: list[Any], new: list[Any]) -> bool:
    """Whether two arrays hold the same elements in another order."""
    if len(old) != len(new) or old == new:
        return False
    try:
        return Counter(map(_written, old)) == Counter(map(_written, new))
    except (RecursionError, ValueError):
        return False


def _written(value: Any) -> bytes:
    return msgspec.json.encode(value, order="sorted")
