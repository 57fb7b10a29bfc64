"""A report as one long tidy table: a row for each number, with what it is a number of."""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING

from shadow.report.figures import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shadow.report.model import Count, Rate, Report, RouteReport, SideReport, Traffic

COLUMNS = ("route", "section", "item", "at", "measure", "value")

Value = str | int | float | None
Row = tuple[str, str, str, str, str, Value]
Line = tuple[str, str, str, str, Value]
"""A row without its route."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_CELL_LIMIT = 1000


def to_csv(report: Report) -> str:
    """Write the report as CSV; an unknown value is an empty cell, the route '' is the whole report.

    Text a spreadsheet would run as a formula is led by an apostrophe.
    """
    paper = StringIO()
    writer = csv.writer(paper, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in _rows(report):
        writer.writerow([cell(value) for value in row])
    return paper.getvalue()


def cell(value: Value) -> Value:
    """Give a value as it may stand in a cell: numbers as they are, text cleaned and never a formula."""
    if not isinstance(value, str):
        return value
    text = clean(value, _CELL_LIMIT)
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text


def _rows(report: Report) -> Iterator[Row]:
    for name, value in (
        ("since", report.since),
        ("until", report.until),
        ("made_at", report.made_at),
        ("first", report.first),
        ("last", report.last),
        ("unmatched", report.unmatched),
        ("unscored", report.backlog.unscored),
        ("open", report.backlog.open),
    ):
        yield ("", "report", "", "", name, value)
    yield from (("", *line) for line in _traffic(report.totals))
    yield from _asked(report)
    for row in report.truth:
        for side in ("legacy_right", "model_right", "served_right"):
            yield (row.route, "truth", side, "", "k", getattr(row, side))
            yield (row.route, "truth", side, "", "n", row.n)
    for route in report.routes:
        yield from ((route.route, *line) for line in _route(route))


def _route(route: RouteReport) -> Iterator[Line]:
    yield from _traffic(route.traffic)
    yield from _side("legacy", route.legacy)
    yield from _side("model", route.model)
    yield from _counts("verdicts", route.verdicts)
    yield from _rate(("agreement", "all", ""), route.agreement)
    yield from _comparators(route)
    yield from _judges(route)
    yield from _paths(route)
    yield from _noise(route)
    yield from _confidence(route)
    for measure in ("tokens_in", "tokens_out", "cost", "samples"):
        yield ("usage", "", "", measure, getattr(route.usage, measure))
    for v in route.versions:
        yield ("versions", v.model, v.version, "exchanges", v.exchanges)
        yield from _rate(("versions", v.model, v.version), v.agreement)
    for config_hash in route.config_hashes:
        yield ("config", "", "", "hash", config_hash)
    for line in route.panel:
        yield ("panel", "", "", "rule", line)
    yield from _cohorts(route)


def _traffic(traffic: Traffic) -> Iterator[Line]:
    yield ("traffic", "", "", "n", traffic.n)
    for section in ("dispositions", "reasons", "served", "phases"):
        yield from _counts(section, getattr(traffic, section))
    for check in traffic.checks:
        yield ("checks", check.name, "", "difference", check.difference)


def _counts(section: str, counts: tuple[Count, ...], item: str = "") -> Iterator[Line]:
    """Put the word in `item`, or in `at` when the item is already taken."""
    for found in counts:
        place = (item, found.word) if item else (found.word or "waiting", "")
        yield (section, *place, "n", found.n)
        yield (section, *place, "share", found.share)


def _rate(place: tuple[str, str, str], found: Rate) -> Iterator[Line]:
    interval = found.interval
    yield (*place, "k", found.k)
    yield (*place, "n", found.n)
    yield (*place, "share", found.share)
    yield (*place, "low", interval.low if interval else None)
    yield (*place, "high", interval.high if interval else None)


def _side(side: str, report: SideReport) -> Iterator[Line]:
    latency = report.latency
    yield ("latency", side, "", "n", latency.n)
    for name in ("p50", "p90", "p99"):
        yield ("latency", side, "", f"{name}_seconds", getattr(latency, name))
    yield from _counts("statuses", report.statuses, side)
    yield from _counts("failures", report.failures, side)


def _comparators(route: RouteReport) -> Iterator[Line]:
    for found in route.comparators:
        yield from _rate(("comparators", found.label, ""), found.diverged)
        for name, interval in (("mean", found.mean), ("median", found.median)):
            yield ("comparators", found.label, "", f"{name}_low", interval.low if interval else None)
            yield ("comparators", found.label, "", f"{name}_high", interval.high if interval else None)
        for i, n in enumerate(found.histogram):
            low = f"{i / len(found.histogram):.2f}"
            yield ("divergence", found.label, low, "n", n)


def _judges(route: RouteReport) -> Iterator[Line]:
    for found in route.judges:
        yield ("judges", found.label, "", "opinions", found.opinions)
        yield from _counts("judges", found.preferred, found.label)
        yield from _rate(("judges", found.label, "reviews"), found.reviews)
        yield ("judges", found.label, "reviews", "kappa", found.kappa)


def _asked(report: Report) -> Iterator[Row]:
    for each in report.asked:
        item = f"{each.kind} {each.name}"
        for found in each.outcomes:
            yield ("", "asked", item, found.word, "n", found.n)
        for measure in ("tokens_in", "tokens_out", "cost"):
            yield ("", "asked", item, "", measure, getattr(each, measure))


def _paths(route: RouteReport) -> Iterator[Line]:
    for path in route.paths:
        yield ("paths", path.comparator, path.pointer, "n", path.n)
        yield ("paths", path.comparator, path.pointer, "share", path.share)
        if path.noise is not None:
            yield ("paths", path.comparator, path.pointer, "mark", path.noise.mark)
        for example in path.examples:
            yield ("examples", path.comparator, path.pointer, example.exchange, example.detail)


def _noise(route: RouteReport) -> Iterator[Line]:
    noise = route.noise
    if noise is None:
        return
    for measure in ("began", "seen", "repeats", "tests", "paths_left_out", "differences_left_out"):
        yield ("noise", "", "", measure, getattr(noise, measure))
    for path in noise.paths:
        place = ("noise", path.comparator, path.pointer)
        interval = path.excess_interval
        yield (*place, "mark", path.mark)
        for name, found in (("diverged", path.diverged), ("legacy", path.legacy), ("model", path.model)):
            yield (*place, f"{name}_k", found.k)
            yield (*place, f"{name}_n", found.n)
        yield (*place, "excess", path.excess)
        yield (*place, "excess_low", interval.low if interval else None)
        yield (*place, "excess_high", interval.high if interval else None)
        yield (*place, "p_value", path.p_value)
    if noise.proposal:
        yield ("noise", "", "", "proposal", noise.proposal)


def _confidence(route: RouteReport) -> Iterator[Line]:
    yield ("confidence", "", "", "known", route.confidence.known)
    yield ("confidence", "", "", "none", route.confidence.none)
    yield from _counts("confidence", route.confidence.unweighed, "unweighed")
    for b in route.confidence.bins:
        if b.n or b.agreement.n:
            yield ("confidence", "", f"{b.low:.2f}", "n", b.n)
            yield from _rate(("agreement", "by_confidence", f"{b.low:.2f}"), b.agreement)


def _cohorts(route: RouteReport) -> Iterator[Line]:
    for found in route.cohorts:
        yield ("cohorts", found.value, "", "exchanges", found.exchanges)
        yield from _rate(("cohorts", found.value, "agreement"), found.agreement)
        yield from _rate(("cohorts", found.value, "model_served"), found.model_served)
        yield ("cohorts", found.value, "", "model_p50_seconds", found.model_p50)
