"""Turns tallies and a roll-up into a report's figures. Pure: reads no store."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from fallback.words import Disposition, Side
from shadow.record.rollup import SHARES, Rollup, quantile
from shadow.report.model import (
    AskedReport,
    Check,
    CohortReport,
    ComparatorReport,
    ConfidenceBin,
    ConfidenceReport,
    Count,
    Interval,
    Latency,
    PathReport,
    RouteReport,
    SideReport,
    Traffic,
    Usage,
    VersionReport,
)
from shadow.report.wilson import rate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shadow.report.model import Rate
    from shadow.report.query import TallyRow

PATHS = 20
"""Paths listed for a route, the most frequent first."""

COHORTS = 50
"""Cohort values listed for a route, the busiest first."""

POOLED_PATHS = ("", "…")
"""Where the scorer counts what lies beyond the paths one roll-up row keeps."""

_WAITING = ""
_KNOWN = {*Disposition, _WAITING}


def fold_route(route: str, tallies: Sequence[TallyRow], sums: Rollup) -> RouteReport:
    """Make one route's report, but for what needs the store: examples, versions, configurations, cohorts."""
    paths = [(path, n) for path, n in sums.paths.most_common(PATHS + 1) if path != POOLED_PATHS][:PATHS]
    return RouteReport(
        route=route,
        traffic=fold_traffic(tallies, sums),
        legacy=_side(sums, Side.LEGACY),
        model=_side(sums, Side.MODEL),
        verdicts=_counts(_prefixed(sums.counts, "verdict:")),
        agreement=_agreement(sums.counts),
        comparators=tuple(_comparator(label, sums) for label in sorted(_prefixed(sums.counts, "measured:"))),
        paths=tuple(_path(comparator, pointer, n, sums) for (comparator, pointer), n in paths),
        differences_left_out=sums.paths.total() - sum(n for _, n in paths),
        confidence=_confidence(sums),
        usage=Usage(sums.counts["tokens_in"], sums.counts["tokens_out"], sums.cost, sums.counts["samples"]),
        versions=(),
        config_hashes=(),
    )


def fold_traffic(tallies: Sequence[TallyRow], sums: Rollup) -> Traffic:
    """Count the traffic by disposition, reason, side and phase, and check that the counts add up."""
    dispositions, reasons, served, phases = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for row in tallies:
        dispositions[row.disposition] += row.n
        reasons[row.reason] += row.n
        served[row.served] += row.n
        phases[row.phase] += row.n
    n = sum(row.n for row in tallies)
    return Traffic(
        n=n,
        dispositions=_counts(dispositions),
        reasons=_counts(reasons),
        served=_counts(served),
        phases=_counts(phases),
        checks=(
            _check("requests = sum of all dispositions", n, sum(dispositions[word] for word in _KNOWN)),
            _check(
                "compared by the counters = compared by the roll-ups",
                dispositions[Disposition.COMPARED],
                sums.counts[f"disposition:{Disposition.COMPARED}"],
            ),
        ),
    )


def fold_versions(counts: Mapping[tuple[str, str], Counter[str]]) -> tuple[VersionReport, ...]:
    """List the model versions that were called, the busiest first."""
    return tuple(
        VersionReport(model, version, found["exchanges"], _agreement(found))
        for (model, version), found in sorted(counts.items(), key=lambda item: -item[1]["exchanges"])
        if model
    )


def fold_cohorts(sums: Mapping[str, Rollup]) -> tuple[tuple[CohortReport, ...], int]:
    """List the busiest COHORTS values of a cohort, and tell how many are not listed."""
    busiest = sorted(sums.items(), key=lambda item: (-item[1].counts["exchanges"], item[0]))
    return tuple(_cohort(value, found) for value, found in busiest[:COHORTS]), max(0, len(sums) - COHORTS)


def fold_asked(rows: Sequence[tuple[str, str, str, int, int, int, float]]) -> tuple[AskedReport, ...]:
    """List the judges and embeddings that were asked, with what came of it and what it cost."""
    by_name: dict[tuple[str, str], list[tuple[str, int, int, int, float]]] = {}
    for kind, name, outcome, n, tokens_in, tokens_out, cost in rows:
        by_name.setdefault((kind, name), []).append((outcome, n, tokens_in, tokens_out, cost))
    return tuple(
        AskedReport(
            kind,
            name,
            _counts({outcome: n for outcome, n, *_ in found}),
            tokens_in=sum(each[2] for each in found),
            tokens_out=sum(each[3] for each in found),
            cost=sum(each[4] for each in found),
        )
        for (kind, name), found in by_name.items()
    )


def _check(name: str, left: int, right: int) -> Check:
    return Check(name, left, right, left - right)


def _counts(found: Mapping[str, int]) -> tuple[Count, ...]:
    total = sum(found.values())
    return tuple(
        Count(word, n, n / total if total > 0 else None)
        for word, n in sorted(found.items(), key=lambda item: (-item[1], item[0]))
        if n
    )


def _prefixed(counts: Mapping[str, int], prefix: str) -> dict[str, int]:
    return {key.removeprefix(prefix): n for key, n in counts.items() if key.startswith(prefix)}


def _agreement(counts: Mapping[str, int]) -> Rate:
    matches = counts.get("verdict:match", 0)
    return rate(matches, matches + counts.get("verdict:diverged", 0))


def _side(sums: Rollup, side: Side) -> SideReport:
    histogram = sums.seconds.get(side, Counter())
    return SideReport(
        Latency(
            sum(histogram.values()),
            quantile(histogram, 0.5),
            quantile(histogram, 0.9),
            quantile(histogram, 0.99),
        ),
        _counts(_prefixed(sums.counts, f"{side}:")),
        _counts(_prefixed(sums.counts, f"{side}_failure:")),
    )


def _comparator(label: str, sums: Rollup) -> ComparatorReport:
    measured = sums.counts[f"measured:{label}"]
    histogram = _bins(sums, f"divergence:{label}")
    return ComparatorReport(
        label=label,
        measured=measured,
        diverged=rate(sums.counts[f"diverged:{label}"], measured),
        mean=_mean(histogram),
        median=_median(histogram),
        histogram=histogram,
    )


def _path(comparator: str, pointer: str, n: int, sums: Rollup) -> PathReport:
    measured = sums.counts[f"measured:{comparator}"]
    return PathReport(comparator, pointer, n, n / measured if measured else None)


def _bins(sums: Rollup, name: str) -> tuple[int, ...]:
    found = sums.shares.get(name, Counter())
    return tuple(found[i] for i in range(SHARES))


def _mean(histogram: Sequence[int]) -> Interval | None:
    """Bound the mean by counting every value at its bin's lower, then at its upper end."""
    total = sum(histogram)
    if not total:
        return None
    low = sum(i * n for i, n in enumerate(histogram)) / total / SHARES
    return Interval(low, low + 1 / SHARES)


def _median(histogram: Sequence[int]) -> Interval | None:
    total, seen = sum(histogram), 0
    for i, n in enumerate(histogram):
        seen += n
        if total and 2 * seen >= total:
            return Interval(i / SHARES, (i + 1) / SHARES)
    return None


def _confidence(sums: Rollup) -> ConfidenceReport:
    found, judged, agreed = (_bins(sums, name) for name in ("confidence", "judged", "agreement"))
    edges = [i / SHARES for i in range(SHARES + 1)]
    bins = tuple(
        ConfidenceBin(edges[i], edges[i + 1], found[i], rate(agreed[i], judged[i])) for i in range(SHARES)
    )
    unweighed = _counts(_prefixed(sums.counts, "unweighed:"))
    return ConfidenceReport(sum(found), max(0, _agreement(sums.counts).n - sum(judged)), bins, unweighed)


def _cohort(value: str, sums: Rollup) -> CohortReport:
    exchanges = sums.counts["exchanges"]
    return CohortReport(
        value=value,
        exchanges=exchanges,
        agreement=_agreement(sums.counts),
        model_served=rate(sums.counts[f"served:{Side.MODEL}"], exchanges),
        model_p50=quantile(sums.seconds.get(Side.MODEL, Counter()), 0.5),
    )
