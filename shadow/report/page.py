"""A report as one HTML page that needs nothing else: style and plots are inside, scripts there are none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from shadow.report import plots, sentences
from shadow.report.figures import clean, count, duration, percent, percents
from shadow.report.noise_table import told
from shadow.report.outline import outline
from shadow.report.plots import Bar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shadow.report.layout import Section
    from shadow.report.model import Count, Report, RouteReport
    from shadow.report.plots import Plot

PATH_BARS = 10
"""Paths that are drawn; the table holds the rest."""

_SETTLED = {"compared", "not_comparable"}
_QUIET = {"sampled_out", "off", ""}


@dataclass(frozen=True, slots=True)
class Tile:
    """One headline number."""

    name: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """One place where answers differ, ready to show: (exchange, detail) examples."""

    comparator: str
    pointer: str
    n: str
    share: str
    noise: str
    examples: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RoutePage:
    """What the template shows of one route."""

    anchor: str
    section: Section
    tiles: tuple[Tile, ...]
    plots: dict[str, tuple[Plot, ...]]
    places: tuple[Place, ...]


def to_html(report: Report) -> str:
    """Write the report as a self-contained HTML page; every text in it is escaped."""
    found = outline(report)
    routes = tuple(
        _page(f"route-{i}", route, section)
        for i, (route, section) in enumerate(zip(report.routes, found.routes, strict=True), start=1)
    )
    return environment().get_template("report.html").render(outline=found, routes=routes)


def environment() -> Environment:
    """Give the templates; what they write is escaped, and a name that is missing is an error."""
    return Environment(
        loader=PackageLoader("shadow.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _page(anchor: str, route: RouteReport, section: Section) -> RoutePage:
    return RoutePage(
        anchor=anchor,
        section=section,
        tiles=tuple(_tiles(route)),
        plots={name: found for name, found in _plots(route) if found},
        places=tuple(_places(route)),
    )


def _tiles(route: RouteReport) -> Iterator[Tile]:
    traffic, agreement = route.traffic, route.agreement
    if not traffic.n:
        return
    served = sum(found.n for found in traffic.served if found.word == "model")
    yield Tile("Requests", count(traffic.n))
    yield Tile("Compared", count(agreement.n), f"{percent(agreement.n / traffic.n)} of requests")
    interval = f"95 %: {percents(agreement.interval)}" if agreement.n else "nothing compared"
    yield Tile("Agreement", percent(agreement.share), interval)
    yield Tile("Served by model", percent(served / traffic.n), f"{count(served)} requests")
    for name, side in (("Legacy p50", route.legacy.latency), ("Model p50", route.model.latency)):
        yield Tile(name, duration(side.p50), f"p99 {duration(side.p99)}" if side.n else "not observed")


def _plots(route: RouteReport) -> Iterator[tuple[str, tuple[Plot, ...]]]:
    traffic, confidence = route.traffic, route.confidence
    if traffic.n:
        yield "dispositions", (_count_bars("Requests by disposition", traffic.dispositions),)
        yield "reasons", (_count_bars("Requests by reason", traffic.reasons),)
    sides = [("legacy", route.legacy.latency), ("model", route.model.latency)]
    timed = [(name, side) for name, side in sides if side.n]
    if timed:
        yield "latency", (plots.latencies("Latency of each side (logarithmic)", timed),)
    yield (
        "divergence",
        tuple(
            plots.columns(f"Divergence by {clean(found.label)}", found.histogram, kind="plain")
            for found in route.comparators
            if any(found.histogram)
        ),
    )
    if route.paths:
        yield "paths", (_path_bars(route),)
    if confidence.known or confidence.none:
        found = [b.n for b in confidence.bins]
        title = "Confidence of the model's answers"
        yield "confidence", (plots.columns(title, found, kind="model", none=confidence.none),)
    if any(b.agreement.n for b in confidence.bins):
        yield "agreement", (plots.agreement("Agreement by confidence", confidence),)


def _count_bars(title: str, counts: tuple[Count, ...]) -> Plot:
    return plots.bars(
        title,
        [
            Bar(sentences.word(c.word), c.share or 0.0, f"{count(c.n)} · {percent(c.share)}", _kind(c.word))
            for c in counts
        ],
    )


def _kind(word: str) -> str:
    return "good" if word in _SETTLED or word == "confident" else "quiet" if word in _QUIET else "plain"


def _path_bars(route: RouteReport) -> Plot:
    shown = route.paths[:PATH_BARS]
    full = max((path.share or 0.0 for path in shown), default=0.0)
    return plots.bars(
        "The most frequent differences, by place",
        [
            Bar(
                clean(path.pointer) or f"(the whole, {clean(path.comparator)})",
                path.share or 0.0,
                f"{count(path.n)} · {percent(path.share)}",
                "bad",
            )
            for path in shown
        ],
        full=full,
    )


def _places(route: RouteReport) -> Iterator[Place]:
    for path in route.paths:
        yield Place(
            clean(path.comparator),
            clean(path.pointer) or "(the whole)",
            count(path.n),
            percent(path.share),
            told(path.noise) if path.noise is not None else "",
            tuple((clean(e.exchange), clean(e.detail) or clean(e.kind)) for e in path.examples),
        )
