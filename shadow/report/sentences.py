"""The plain sentences of a report: what it is, what stands out, why a part is empty. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shadow.report.figures import clean, count, moment, percent, percents

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shadow.report.model import Count, NoiseReport, Report, RouteReport, SideReport, Traffic

WAITING = "waiting for the scorer"

ABOUT = (
    """Legacy is the trusted system and model the one under trial. Agreement means that the route's panel \
called the two answers a match, not that either was right.""",
    """Confidence tells how far a model answer may be trusted, from 0 to 1. It may be none (unknown): \
such an answer is never served on its confidence.""",
    """Intervals are 95 % Wilson score intervals. Latency quantiles are read from histograms and lie within \
5 % of the true value; mean and median divergence are given as the range they lie in.""",
)

NO_REVIEWS = "no reviews yet"

JUDGES = (
    "A judge is asked in both orders, and one that changes its mind with the order is counted as a tie. Its opinion is "
    "no part of any verdict. Agreement with reviews is the share of reviewed exchanges on which judge and reviewer "
    "prefer the same side, or neither."
)

UNTOLD_PANEL = (
    "What counts as diverged is set by the tolerances in the configuration, which the record does not hold."
)


def word(text: str) -> str:
    """Name a disposition as it is shown."""
    return clean(text) or WAITING


def span(report: Report) -> str:
    """Tell the time the report covers."""
    since = "the beginning of the record" if report.since is None else moment(report.since)
    return f"{since} to {moment(report.until)}"


def summary(report: Report) -> Iterator[str]:
    """Tell what holds for the whole report."""
    if not report.routes:
        yield "No traffic was recorded in this span, and no route is known."
    elif not report.totals.n:
        yield "No matched traffic was recorded in this span."
    if report.unmatched:
        yield f"{count(report.unmatched)} requests matched no route and went to legacy."
    waiting, more = report.backlog, "at least " if report.backlog.capped else ""
    if waiting.unscored:
        yield f"At this moment {more}{count(waiting.unscored)} recorded exchanges wait for the scorer."
    if waiting.open:
        yield f"At this moment {more}{count(waiting.open)} exchanges are open: begun and not yet finished."
    yield from _checks(report.totals)


def route(report: RouteReport) -> Iterator[str]:
    """Tell what stands out on one route, the most important first."""
    traffic = report.traffic
    if not traffic.n:
        yield "No traffic was recorded for this route in this span."
        return
    served = _find(traffic.served, "model")
    yield (
        f"The model served {count(served)} of {count(traffic.n)} requests ({percent(served / traffic.n)}); "
        "legacy served the rest."
        if served
        else f"Legacy served all {count(traffic.n)} requests; the model served none."
    )
    yield _agreement(report)
    phases = ", ".join(f"{clean(found.word)} {count(found.n)}" for found in traffic.phases)
    yield f"Requests by phase: {phases}."
    yield from _failing("legacy", report.legacy)
    yield from _failing("model", report.model)
    if report.noise is not None:
        yield _noise(report.noise)
    for judge in report.judges:
        if not judge.reviews.n:
            yield f"Nobody has reviewed what {clean(judge.label)} said ({NO_REVIEWS}): its opinions prove nothing."
    waiting = _find(traffic.dispositions, "")
    if waiting:
        yield f"{count(waiting)} exchanges wait for the scorer and are in no comparison below."
    if report.agreement.n and not report.confidence.known:
        yield "No model answer came with a confidence, so none could be served by its confidence."
    yield from _checks(traffic)
    yield accounting(traffic)


def accounting(traffic: Traffic) -> str:
    """Tell in one line whether the counts add up."""
    told = "; ".join(
        f"{check.name} ({count(check.left)} and {count(check.right)}, difference {count(check.difference)}, "
        f"{'differs' if check.difference else 'holds'})"
        for check in traffic.checks
    )
    return f"Accounting: {told}."


def _agreement(report: RouteReport) -> str:
    agreement = report.agreement
    if not agreement.n:
        found = sorted(report.traffic.dispositions, key=lambda c: -c.n)
        ends = ", ".join(f"{word(c.word)} {count(c.n)}" for c in found[:5])
        return f"No answers were compared: the requests ended as {ends}."
    return (
        f"The panel called {count(agreement.k)} of {count(agreement.n)} compared answers a match: "
        f"{percent(agreement.share)} (95 % interval {percents(agreement.interval)})."
    )


def _noise(noise: NoiseReport) -> str:
    marks = [path.mark for path in noise.paths]
    found = ", ".join(f"{count(marks.count(mark))} {mark}" for mark in ("regressed", "noisy", "inconclusive"))
    return (
        f"A side was asked twice on {count(noise.repeats)} exchanges since {moment(noise.began)}. "
        f"Of {count(noise.tests)} places watched: {found}."
    )


def _failing(side: str, report: SideReport) -> Iterator[str]:
    failed = sum(found.n for found in report.failures)
    calls = max(failed, report.latency.n)
    if failed:
        kinds = ", ".join(f"{clean(found.word)} {count(found.n)}" for found in report.failures)
        verb = "failed on every one of" if failed == calls else f"failed on {count(failed)} of"
        yield f"The {side} side {verb} {count(calls)} observed calls ({kinds})."


def _checks(traffic: Traffic) -> Iterator[str]:
    for check in traffic.checks:
        if check.difference:
            yield (
                f"The counts do not add up: {check.name} should hold, but {count(check.left)} is not "
                f"{count(check.right)}. Do not rely on this report before the cause is known."
            )


def _find(counts: tuple[Count, ...], wanted: str) -> int:
    return sum(found.n for found in counts if found.word == wanted)
