"""A report as headings, sentences and tables of text: what every format for people is laid out from. Pure.

All text is cleaned of what does not print, but not escaped: that is each format's own matter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shadow.report import sentences
from shadow.report.asked_tables import asked_table, judges_table
from shadow.report.figures import (
    NOTHING,
    clean,
    count,
    duration,
    moment,
    money,
    numbers,
    percent,
    percents,
    rate,
)
from shadow.report.layout import Outline, Section, Table
from shadow.report.noise_table import noise_listing, noise_table, told
from shadow.report.wilson import rate as rate_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shadow.report.model import Check, Count, Report, RouteReport, TruthRow


def outline(report: Report) -> Outline:
    """Lay a report out for people."""
    return Outline(
        title="Shadow report",
        facts=_facts(report),
        about=sentences.ABOUT,
        summary=Section(
            "Summary",
            tuple(sentences.summary(report)),
            _some(
                _routes(report),
                _truth(report.truth),
                asked_table(report.asked),
                _checks(report.totals.checks),
            ),
        ),
        routes=tuple(_section(route, report.by) for route in report.routes),
    )


def _facts(report: Report) -> tuple[tuple[str, str], ...]:
    seen = (
        f"{moment(report.first)} to {moment(report.last)}"
        if report.first is not None
        else "none in this span"
    )
    return (
        ("Span", sentences.span(report)),
        ("Traffic seen", seen),
        ("Made", moment(report.made_at)),
    )


def _section(route: RouteReport, by: str | None) -> Section:
    traffic = route.traffic
    return Section(
        f"Route {clean(route.route)}",
        tuple(sentences.route(route)),
        _some(
            _counts("dispositions", "What became of the requests", "disposition", traffic.dispositions),
            _counts("reasons", "Why the side that served was served", "reason", traffic.reasons),
            _latency(route),
            _ends(route),
            _panel(route),
            _counts("verdicts", "Verdicts", "verdict", route.verdicts),
            _comparators(route),
            judges_table(route.judges),
            _divergence(route),
            _paths(route),
            *noise_table(route.noise),
            _confidence(route),
            _usage(route),
            _versions(route),
            _cohorts(route, by),
        ),
        noise_listing(route.noise),
    )


def _some(*tables: Table) -> tuple[Table, ...]:
    return tuple(table for table in tables if table.rows)


def _counts(name: str, title: str, what: str, counts: tuple[Count, ...]) -> Table:
    return Table(
        name,
        title,
        (what, "requests", "share"),
        tuple((sentences.word(found.word), count(found.n), percent(found.share)) for found in counts),
        bars=tuple(min(max(found.share or 0.0, 0.0), 1.0) for found in counts),
    )


def _routes(report: Report) -> Table:
    return Table(
        "routes",
        "Routes",
        ("route", "requests", "compared", "agreement", "95 % interval", "served by model"),
        tuple(
            (
                clean(route.route),
                count(route.traffic.n),
                count(route.agreement.n),
                percent(route.agreement.share),
                percents(route.agreement.interval),
                percent(next((c.share for c in route.traffic.served if c.word == "model"), 0.0))
                if route.traffic.n
                else NOTHING,
            )
            for route in report.routes
        ),
    )


def _truth(rows: tuple[TruthRow, ...]) -> Table:
    def line(row: TruthRow, side: str, k: int) -> tuple[str, ...]:
        right = rate_of(k, row.n)
        return (
            clean(row.route),
            side,
            count(right.k),
            count(right.n),
            percent(right.share),
            percents(right.interval),
        )

    notes = (f"{clean(row.route)}: {clean(row.note)}" for row in rows if row.note)
    return Table(
        "truth",
        "How often each side was right, against known right answers",
        ("route", "answer", "right", "of", "share", "95 % interval"),
        tuple(
            line(row, side, k)
            for row in rows
            for side, k in (
                ("legacy", row.legacy_right),
                ("model", row.model_right),
                ("as served", row.served_right),
            )
        ),
        words=2,
        note="; ".join(notes),
    )


def _checks(checks: Iterable[Check]) -> Table:
    return Table(
        "checks",
        "Do the counts add up?",
        ("these must be equal", "first", "second", "difference", "result"),
        tuple(
            (
                check.name,
                count(check.left),
                count(check.right),
                count(check.difference),
                "differs" if check.difference else "holds",
            )
            for check in checks
        ),
    )


def _latency(route: RouteReport) -> Table:
    sides = (("legacy", route.legacy.latency), ("model", route.model.latency))
    return Table(
        "latency",
        "Latency",
        ("side", "p50", "p90", "p99", "observations"),
        tuple(
            (side, duration(found.p50), duration(found.p90), duration(found.p99), count(found.n))
            for side, found in sides
            if found.n
        ),
    )


def _ends(route: RouteReport) -> Table:
    return Table(
        "ends",
        "How the calls ended",
        ("side", "ended with", "calls"),
        tuple(
            (side, f"{what} {clean(found.word)}", count(found.n))
            for side, report in (("legacy", route.legacy), ("model", route.model))
            for what, counts in (("status", report.statuses), ("failure", report.failures))
            for found in counts
        ),
        words=2,
        note="A call that ended with an error status is counted under both its status and its failure.",
    )


def _panel(route: RouteReport) -> Table:
    lines = route.panel or ((sentences.UNTOLD_PANEL,) if route.comparators else ())
    return Table("panel", "What counts as diverged", ("rule",), tuple((clean(line),) for line in lines))


def _comparators(route: RouteReport) -> Table:
    return Table(
        "comparators",
        "Comparators",
        ("comparator", "measured", "diverged", "share", "95 % interval", "mean", "median"),
        tuple(
            (
                clean(found.label),
                count(found.measured),
                count(found.diverged.k),
                percent(found.diverged.share),
                percents(found.diverged.interval),
                numbers(found.mean),
                numbers(found.median),
            )
            for found in route.comparators
        ),
        note="Divergence runs from 0 (identical) to 1 (nothing alike).",
    )


def _divergence(route: RouteReport) -> Table:
    size = len(route.comparators[0].histogram) if route.comparators else 0
    return Table(
        "divergence",
        "Divergence by comparator",
        ("divergence", *(clean(found.label) for found in route.comparators)),
        tuple(
            (
                f"{i / size:.2f}–{(i + 1) / size:.2f}",
                *(count(found.histogram[i]) for found in route.comparators),
            )
            for i in range(size)
            if any(found.histogram[i] for found in route.comparators)
        ),
    )


def _paths(route: RouteReport) -> Table:
    left = route.differences_left_out
    known = ("noise",) if route.noise is not None else ()
    return Table(
        "paths",
        "Where the answers differ",
        ("comparator", "at", *known, "examples (legacy -> model)", "differed", "share of measured"),
        tuple(
            (
                clean(path.comparator),
                clean(path.pointer) or "(the whole)",
                *(told(path.noise) for _ in known),
                "; ".join(f"{clean(e.detail) or e.kind} [{clean(e.exchange)}]" for e in path.examples),
                count(path.n),
                percent(path.share),
            )
            for path in route.paths
        ),
        words=3 + len(known),
        note=f"{count(left)} differences lie at less frequent places, not listed." if left else "",
    )


def _confidence(route: RouteReport) -> Table:
    found = route.confidence
    rows = [
        (
            f"{b.low:.2f}–{b.high:.2f}",
            count(b.n),
            count(b.agreement.n),
            percent(b.agreement.share),
            percents(b.agreement.interval),
        )
        for b in found.bins
        if b.n or b.agreement.n
    ]
    if found.none:
        rows.append(("none", NOTHING, count(found.none), NOTHING, NOTHING))
    rows += [(f"none, {why.word}", count(why.n), NOTHING, NOTHING, NOTHING) for why in found.unweighed]
    return Table(
        "confidence",
        "Confidence, and agreement by confidence",
        ("confidence", "exchanges", "compared", "agreement", "95 % interval"),
        tuple(rows),
        note="Under none: compared answers whose confidence is unknown; with a word, those for which the model was "
        "not asked again.",
    )


def _usage(route: RouteReport) -> Table:
    usage = route.usage
    used = usage.tokens_in or usage.tokens_out or usage.cost
    row = (
        count(usage.tokens_in),
        count(usage.tokens_out),
        money(usage.cost),
        count(usage.samples),
    )
    return Table(
        "usage",
        "What the model used",
        ("tokens in", "tokens out", "cost", "further answers"),
        (row,) if used else (),
        words=0,
        note="Cost is in the currency of the configured prices. Further answers and repeats are in it.",
    )


def _versions(route: RouteReport) -> Table:
    hashes = ", ".join(clean(found) for found in route.config_hashes)
    return Table(
        "versions",
        "Models and versions seen",
        ("model", "version", "exchanges", "agreement (95 % interval)"),
        tuple(
            (clean(v.model), clean(v.version), count(v.exchanges), rate(v.agreement)) for v in route.versions
        ),
        words=2,
        note=f"Configurations of the newest exchanges: {hashes}." if hashes else "",
    )


def _cohorts(route: RouteReport, by: str | None) -> Table:
    left = route.cohorts_left_out
    return Table(
        "cohorts",
        f"By {clean(by)}" if by else "",
        (clean(by or ""), "exchanges", "agreement (95 % interval)", "served by model", "model p50"),
        tuple(
            (
                clean(found.value) or "(empty)",
                count(found.exchanges),
                rate(found.agreement),
                rate(found.model_served),
                duration(found.model_p50),
            )
            for found in route.cohorts
        ),
        note=f"{count(left)} less busy values are not listed." if left else "",
    )
