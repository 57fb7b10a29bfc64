"""How numbers, times and strangers' text are written for people. Pure; knows no format."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shadow.report.model import Interval, Rate

NOTHING = "–"
"""Stands where there is no number."""

TEXT_LIMIT = 240
"""Characters of a stranger's text that are shown."""


def count(n: int) -> str:
    """Write a count with thousands separators."""
    return f"{n:,}"


def percent(share: float | None) -> str:
    """Write a share as a percentage; what is not quite all or nothing never reads as if it were."""
    if share is None:
        return NOTHING
    if 0 < share < 0.001:
        return "<0.1 %"
    if 0.999 < share < 1:
        return ">99.9 %"
    return f"{100 * share:.1f} %"


def percents(interval: Interval | None) -> str:
    """Write an interval of shares."""
    if interval is None:
        return NOTHING
    return f"{100 * interval.low:.1f}–{100 * interval.high:.1f} %"


def points(share: float | None) -> str:
    """Write a difference of shares in percentage points, with its sign."""
    return NOTHING if share is None else f"{100 * share:+.1f}"


def rate(found: Rate) -> str:
    """Write a rate with its interval: `93.1 % (91.0–94.8 %)`."""
    return f"{percent(found.share)} ({percents(found.interval)})" if found.n else NOTHING


def numbers(interval: Interval | None) -> str:
    """Write a range of divergences or confidences."""
    return NOTHING if interval is None else f"{interval.low:.2f}–{interval.high:.2f}"


def duration(seconds: float | None) -> str:
    """Write seconds in the unit that fits, with three digits at most."""
    if seconds is None:
        return NOTHING
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= 0.9995 * size:
            return f"{_three(seconds / size)} {unit}"
    return f"{_three(seconds * 1e6)} µs"


def money(amount: float) -> str:
    """Write an amount in the currency of the configured prices."""
    return f"{amount:,.2f}" if amount >= 1 or amount == 0 else f"{amount:.6f}".rstrip("0").rstrip(".")


def moment(micros: int | None) -> str:
    """Write microseconds since the epoch as a UTC time to the minute."""
    if micros is None:
        return NOTHING
    return datetime.fromtimestamp(micros // 1_000_000, UTC).strftime("%Y-%m-%d %H:%M UTC")


def clean(text: str, limit: int = TEXT_LIMIT) -> str:
    """Make a stranger's text safe to show: what does not print is spelled out, what is long is cut.

    Spelled out are control characters, line ends, invisible and direction-changing characters, so none of
    them can steer a terminal or reorder a line.
    """
    shown = "".join(char if char.isprintable() else _spelled(char) for char in text[: limit + 1])
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def _three(value: float) -> str:
    return f"{value:,.0f}" if value >= 99.95 else f"{value:.1f}" if value >= 9.995 else f"{value:.2f}"


def _spelled(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
