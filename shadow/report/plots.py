"""Places a report's plots on paper: rectangles, lines, dots and labels in a plot's own units. Pure.

The page's template writes them as SVG; colours are the style sheet's, by `kind`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shadow.report.figures import clean, count, duration, percent, percents

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from shadow.report.model import ConfidenceReport, Latency

WIDTH = 520.0


@dataclass(frozen=True, slots=True)
class Rect:
    """A filled rectangle; `tip` is told when it is pointed at."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    tip: str


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line."""

    x1: float
    y1: float
    x2: float
    y2: float
    kind: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A round mark."""

    x: float
    y: float
    radius: float
    kind: str
    tip: str


@dataclass(frozen=True, slots=True)
class Label:
    """A text; `anchor` is start, middle or end."""

    x: float
    y: float
    text: str
    anchor: str = "start"
    kind: str = "label"


@dataclass(frozen=True, slots=True)
class Plot:
    """One picture and the words that stand for it."""

    title: str
    told: str
    height: float
    rects: tuple[Rect, ...] = ()
    lines: tuple[Line, ...] = ()
    dots: tuple[Dot, ...] = ()
    labels: tuple[Label, ...] = ()
    width: float = WIDTH


@dataclass(frozen=True, slots=True)
class Bar:
    """A named share in [0, 1], with the text written beside it and the kind that colours it."""

    name: str
    share: float
    text: str
    kind: str = "plain"


_NAMES, _ROW, _TEXTS = 168.0, 26.0, 116.0
_NAME_LIMIT = 26


def bars(title: str, found: Sequence[Bar], *, full: float = 1.0) -> Plot:
    """Draw horizontal bars; `full` is the share whose bar is as long as the paper allows."""
    room = WIDTH - _NAMES - _TEXTS
    rects, labels = [], []
    for i, bar in enumerate(found):
        y = i * _ROW
        length = max(1.5 if bar.share > 0 else 0.0, room * min(bar.share / full, 1.0)) if full > 0 else 0.0
        tip = f"{bar.name}: {bar.text}"
        rects.append(Rect(_NAMES, y + 4, round(length, 1), _ROW - 8, bar.kind, tip))
        labels.append(Label(_NAMES - 8, y + 17, _short(bar.name), "end"))
        labels.append(Label(round(_NAMES + length + 6, 1), y + 17, bar.text, "start", "value"))
    told = "; ".join(f"{bar.name} {bar.text}" for bar in found)
    return Plot(title, told, _ROW * len(found), rects=tuple(rects), labels=tuple(labels))


_SIDE_ROW, _AXIS = 56.0, 24.0


def latencies(title: str, found: Sequence[tuple[str, Latency]]) -> Plot:
    """Draw p50, p90 and p99 of each side on a logarithmic axis of time."""
    values = [v for _, side in found for v in (side.p50, side.p90, side.p99) if v]
    low = math.floor(math.log10(min(values)))
    high = max(math.ceil(math.log10(max(values))), low + 1)
    bottom = _SIDE_ROW * len(found)

    def x(seconds: float) -> float:
        return round(12 + (WIDTH - 24) * (math.log10(seconds) - low) / (high - low), 1)

    lines, labels, dots, told = [], [], [], []
    for power in range(low, high + 1):
        at = x(10.0**power)
        anchor = "start" if power == low else "end" if power == high else "middle"
        lines.append(Line(at, 0, at, bottom, "grid"))
        labels.append(Label(at, bottom + 16, _tick(power), anchor, "axis"))
    for i, (name, side) in enumerate(found):
        if side.p50 is None or side.p90 is None or side.p99 is None:
            continue
        y = i * _SIDE_ROW
        words = f"p50 {duration(side.p50)} · p90 {duration(side.p90)} · p99 {duration(side.p99)}"
        labels.append(Label(12, y + 16, name, "start", "name"))
        labels.append(Label(WIDTH - 12, y + 16, words, "end", "value"))
        lines.append(Line(x(side.p50), y + 36, x(side.p99), y + 36, name))
        for quantile, value, radius in (("p50", side.p50, 6.5), ("p90", side.p90, 5), ("p99", side.p99, 3.5)):
            dots.append(Dot(x(value), y + 36, radius, name, f"{name} {quantile}: {duration(value)}"))
        told.append(f"{name}: {words}")
    return Plot(
        title,
        "; ".join(told),
        bottom + _AXIS,
        lines=tuple(lines),
        dots=tuple(dots),
        labels=tuple(labels),
    )


_LEFT, _TOP, _TALL = 52.0, 12.0, 130.0


def columns(title: str, histogram: Sequence[int], *, kind: str, none: int | None = None) -> Plot:
    """Draw a histogram of [0, 1]; `none` adds a column, set apart, for what has no number."""
    top = max(*histogram, none or 0, 1)
    apart = 0.0 if none is None else 62.0
    step = (WIDTH - _LEFT - apart - 8) / len(histogram)
    bottom = _TOP + _TALL

    def rect(x: float, width: float, n: int, colour: str, name: str) -> Rect:
        height = round(max(1.5, _TALL * n / top), 1) if n else 0.0
        return Rect(
            round(x, 1), round(bottom - height, 1), round(width, 1), height, colour, f"{name}: {count(n)}"
        )

    size = len(histogram)
    rects = [
        rect(_LEFT + apart + i * step + 1, step - 2, n, kind, f"{i / size:.2f}–{(i + 1) / size:.2f}")
        for i, n in enumerate(histogram)
    ]
    labels = [*_heights(top), *_zero_to_one(_LEFT + apart, WIDTH - 8, bottom + 16)]
    if none is not None:
        rects.append(rect(_LEFT + 10, 32, none, "none", "none"))
        labels.append(Label(_LEFT + 26, bottom + 16, "none", "middle", "axis"))
    told = "; ".join(f"{found.tip}" for found in rects if found.height)
    return Plot(title, told, bottom + _AXIS, rects=tuple(rects), lines=_levels(bottom), labels=tuple(labels))


def agreement(title: str, confidence: ConfidenceReport) -> Plot:
    """Draw the share of matches by confidence, with Wilson bars; dashed is agreement = confidence."""
    bottom, right = _TOP + _TALL, WIDTH - 8
    lines = [*_levels(bottom), Line(_LEFT, bottom, right, _TOP, "diagonal")]
    dots, told = [], []
    for found in confidence.bins:
        share, interval = found.agreement.share, found.agreement.interval
        if share is None or interval is None:
            continue
        x = round(_LEFT + (right - _LEFT) * (found.low + found.high) / 2, 1)
        tip = (
            f"{found.low:.2f}–{found.high:.2f}: {percent(share)} "
            f"({percents(interval)}) of {count(found.agreement.n)}"
        )
        lines.append(Line(x, _up(interval.low), x, _up(interval.high), "whisker"))
        dots.append(Dot(x, _up(share), 4, "plain", tip))
        told.append(tip)
    labels = [Label(_LEFT - 6, _up(level) + 4, f"{level:.0%}", "end", "axis") for level in (0, 0.5, 1)]
    labels += _zero_to_one(_LEFT, right, bottom + 16)
    return Plot(
        title,
        "; ".join(told),
        bottom + _AXIS,
        lines=tuple(lines),
        dots=tuple(dots),
        labels=tuple(labels),
    )


def _up(share: float) -> float:
    return round(_TOP + _TALL * (1 - share), 1)


def _levels(bottom: float) -> tuple[Line, ...]:
    heights = (_TOP, (_TOP + bottom) / 2, bottom)
    return tuple(Line(_LEFT, y, WIDTH - 8, y, "grid") for y in heights)


def _heights(top: int) -> Iterable[Label]:
    yield Label(_LEFT - 6, _TOP + 4, count(top), "end", "axis")
    yield Label(_LEFT - 6, _TOP + _TALL + 4, "0", "end", "axis")


def _zero_to_one(left: float, right: float, y: float) -> Iterable[Label]:
    for i, anchor in enumerate(("start", "middle", "middle", "middle", "end")):
        yield Label(round(left + (right - left) * i / 4, 1), y, f"{i / 4:g}", anchor, "axis")


def _tick(power: int) -> str:
    unit, size = ("s", 0) if power >= 0 else ("ms", -3) if power >= -3 else ("µs", -6)
    return f"{10 ** (power - size):g} {unit}"


def _short(name: str) -> str:
    return clean(name, _NAME_LIMIT)
