"""Sums the record into a Report. Its cost follows the minutes and paths, never the number of exchanges."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from shadow.record.rollup import Rollup
from shadow.report import query
from shadow.report.fold import fold_asked, fold_cohorts, fold_route, fold_traffic, fold_versions
from shadow.report.judges import judges
from shadow.report.model import Report
from shadow.report.noise import fold_noise, marked

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlite_utils import Database

    from shadow.report.model import PathReport, RouteReport
    from shadow.report.query import RollupRow, Span, TallyRow

EXAMPLES = 3
"""Examples shown for one path."""

_HOUR = 60
_COARSE_AFTER = 24 * _HOUR
"""Minutes after which a span is widened to whole hours: later on, tallies are kept by the hour only."""

_FOR_EVER = 10**9
"""A minute far beyond any clock, as the end of "everything"."""


@dataclass(slots=True)
class _Sums:
    """One route's rows, added up while they are read."""

    tallies: list[TallyRow] = field(default_factory=list)
    all: Rollup = field(default_factory=Rollup)
    versions: dict[tuple[str, str], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    cohorts: dict[str, Rollup] = field(default_factory=lambda: defaultdict(Rollup))

    def add(self, row: RollupRow, by: str | None) -> None:
        if row.cohort:
            self.cohorts[row.cohort.removeprefix(f"{by}=")].add(row.sums)
            return
        self.all.add(row.sums)
        self.versions[row.model, row.version].update(row.sums.counts)


def gather(  # noqa: PLR0913 - each argument is a part of the question
    db: sqlite3.Connection | Database,
    *,
    route: str | None = None,
    since: int | None = None,
    until: int | None = None,
    by: str | None = None,
    panels: Mapping[str, Sequence[str]] | None = None,
    now: int | None = None,
) -> Report:
    """Report what the store recorded, of one route or of all, over a span of time.

    Times are microseconds since the epoch, UTC. `since` None begins with the record, `until` None ends now.
    The span is widened to whole minutes, further back than a day to whole hours. `by` names a cohort.
    `panels` tells, by route, what counts as diverged, one line each; its routes are reported even without
    traffic. Raises StoreError when the store cannot be read, ValueError when the span ends before it begins.
    """
    connection = db if isinstance(db, sqlite3.Connection) else db.conn
    now = _now() if now is None else now
    if since is not None and until is not None and until < since:
        raise ValueError("a report's span ends before it begins")
    span = _span(since, until, now)
    with query.snapshot(connection):
        sums, unmatched, minutes = _read(connection, span, route, by)
        names = [route] if route is not None else sorted({*sums, *(panels or {})})
        routes = tuple(
            _route(connection, span, name, sums[name], tuple((panels or {}).get(name, ()))) for name in names
        )
        waiting = query.backlog(connection, route)
        asked = fold_asked(query.asked(connection, span))
    return Report(
        since=None if since is None else span.micros[0],
        until=span.micros[1] if until is not None else now,
        made_at=now,
        first=min(minutes) * query.MINUTE if minutes else None,
        last=max(minutes) * query.MINUTE if minutes else None,
        by=by,
        totals=fold_traffic(
            [row for name in names for row in sums[name].tallies],
            _total(sums[name].all for name in names),
        ),
        unmatched=None if route is not None else unmatched,
        backlog=waiting,
        routes=routes,
        asked=asked,
    )


def _now() -> int:
    return int(datetime.now(UTC).timestamp() * 1_000_000)


def _span(since: int | None, until: int | None, now: int) -> Span:
    """Widen to whole minutes, and to whole hours where the tallies may already be kept by the hour."""
    coarse = now // query.MINUTE - _COARSE_AFTER
    start = 0 if since is None else since // query.MINUTE
    end = _FOR_EVER if until is None else -(-until // query.MINUTE)
    return query.Span(
        start - start % _HOUR if start < coarse else start,
        end + -end % _HOUR if end < coarse else end,
    )


def _read(
    db: sqlite3.Connection,
    span: Span,
    route: str | None,
    by: str | None,
) -> tuple[dict[str, _Sums], int, set[int]]:
    sums: dict[str, _Sums] = defaultdict(_Sums)
    unmatched = 0
    minutes: set[int] = set()
    for tally in query.tallies(db, span, route):
        minutes.update((tally.first, tally.last))
        if tally.route:
            sums[tally.route].tallies.append(tally)
        else:
            unmatched += tally.n
    for row in query.rollups(db, span, route, by):
        sums[row.route].add(row, by)
    return sums, unmatched, minutes


def _route(db: sqlite3.Connection, span: Span, name: str, sums: _Sums, panel: tuple[str, ...]) -> RouteReport:
    cohorts, cohorts_left_out = fold_cohorts(sums.cohorts)

    def with_examples(path: PathReport) -> PathReport:
        at = (path.comparator, path.pointer)
        return replace(path, examples=query.examples(db, span, name, at, limit=EXAMPLES))

    report = fold_route(name, sums.tallies, sums.all)
    repeats = query.noise(db, name)
    noise = fold_noise(repeats) if repeats is not None else None
    return replace(
        report,
        paths=marked(map(with_examples, report.paths), noise),
        versions=fold_versions(sums.versions),
        config_hashes=query.config_hashes(db, span, name),
        cohorts=cohorts,
        cohorts_left_out=cohorts_left_out,
        panel=panel,
        noise=noise,
        judges=judges(db, span, name, sums.all),
    )


def _total(rollups: Iterable[Rollup]) -> Rollup:
    total = Rollup()
    for rollup in rollups:
        total.add(rollup)
    return total
