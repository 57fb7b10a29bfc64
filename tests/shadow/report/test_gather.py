from __future__ import annotations

import sqlite3

import pytest
import sqlite_utils

from shadow.errors import StoreError
from shadow.report import query
from shadow.report.gather import gather
from shadow.report.model import Backlog, Interval


def route_of(report, name):
    """Find one route in a report."""
    return next(route for route in report.routes if route.route == name)


def test_the_traffic_is_the_sum_of_the_tallies(busy):
    """Matched and unmatched requests are told apart; routes come in order."""
    report = gather(busy.close(), now=busy.now)
    assert {route.route: route.traffic.n for route in report.routes} == {
        "address": 705,
        "broken": 7,
        "quiet": 12,
        "waiting": 4,
    }
    assert (report.totals.n, report.unmatched) == (728, 30)


def test_the_counts_add_up(busy):
    """Each route's dispositions sum to its traffic, and the roll-ups saw every comparison."""
    report = gather(busy.close(), now=busy.now)
    checks = [check for route in report.routes for check in route.traffic.checks]
    assert [check.difference for check in (*checks, *report.totals.checks)] == [0] * 10


def test_a_disposition_nobody_knows_shows_as_a_difference(book):
    """The check can fail: what is no disposition is traffic unaccounted for."""
    book.tally("intent", 3, disposition="vanished")
    report = gather(book.close(), now=book.now)
    assert [check.difference for check in report.totals.checks] == [3, 0]


def test_a_comparison_that_was_not_rolled_up_shows_as_a_difference(book):
    """The counters and the roll-ups check each other."""
    book.tally("intent", 2, disposition="compared")
    report = gather(book.close(), now=book.now)
    assert [check.difference for check in report.totals.checks] == [0, 2]


def test_counts_that_cancel_out_are_not_shown(book):
    """An exchange counted as waiting in one minute and taken back in its hour's first is waiting no more."""
    book.tally("intent", 1, disposition="", at=book.now - book.minute)
    book.tally("intent", -1, disposition="", at=book.now - 9 * book.minute)
    book.tally("intent", 1, disposition="off")
    found = route_of(gather(book.close(), now=book.now), "intent").traffic
    assert ([count.word for count in found.dispositions], found.n) == (["off"], 1)


def test_one_route_is_reported_alone(busy):
    """A report on one route holds nothing of the others."""
    report = gather(busy.close(), route="broken", now=busy.now)
    assert ([r.route for r in report.routes], report.totals.n, report.unmatched) == (["broken"], 7, None)
    assert report.backlog == Backlog(0, 0, capped=False)


def test_an_unknown_route_is_reported_as_without_traffic(busy):
    """A route nobody wrote of has a report of zeros."""
    report = gather(busy.close(), route="nowhere", now=busy.now)
    assert (route_of(report, "nowhere").traffic.n, report.first, report.last) == (0, None, None)


def test_the_span_takes_whole_minutes(book):
    """The minute `since` falls in is in; the minute after `until` is out."""
    for minutes in (1, 5, 9):
        book.exchange(at=book.now - minutes * book.minute, times=minutes)
    since, until = book.now - 5 * book.minute + 7, book.now - 2 * book.minute
    report = gather(book.close(), since=since, until=until, now=book.now)
    assert report.totals.n == 5
    assert (report.since, report.until) == (book.now - 5 * book.minute, until)


def test_a_span_long_ago_takes_whole_hours(book):
    """Tallies of long ago stand at their hour's first minute, so the span is widened to find them."""
    day = 24 * 60 * book.minute
    long_ago = book.now - 3 * day
    hour = long_ago - long_ago % (60 * book.minute)
    book.tally("intent", 8, at=hour)
    report = gather(book.close(), since=long_ago, until=long_ago + book.minute, now=book.now)
    assert (report.totals.n, report.since, report.until) == (8, hour, hour + 60 * book.minute)


def test_a_span_that_ends_before_it_begins_is_refused(book):
    """A mistaken span is an error, not an empty report."""
    with pytest.raises(ValueError, match="a report's span ends before it begins"):
        gather(book.close(), since=book.now, until=book.now - book.minute)


def test_comparators_have_ranges_for_mean_and_median(busy):
    """Only histograms are kept, so the report gives the range and not a made-up number."""
    found = {c.label: c for c in route_of(gather(busy.close(), now=busy.now), "address").comparators}
    assert (found["json"].measured, found["json"].diverged.k) == (700, 68)
    assert found["json"].median == Interval(0.0, 0.05)
    mean = (48 * 0.2 + 20 * 0.8) / 700
    assert found["json"].mean.low == pytest.approx(mean)
    assert found["json"].mean.high == pytest.approx(mean + 0.05)


def test_a_path_has_its_newest_unlike_examples(busy):
    """Three equal examples teach no more than one."""
    paths = route_of(gather(busy.close(), now=busy.now), "address").paths
    assert [(path.comparator, path.pointer, path.n) for path in paths] == [
        ("json", "/street", 68),
        ("json", "/unit", 20),
    ]
    assert [example.detail for example in paths[0].examples] == [
        f"Elm -> {busy.hostile}",
        "Main St -> Main Street",
    ]


def test_examples_come_from_the_route_itself(book):
    """A busy route with the same path does not crowd a small one out, nor lend it examples."""
    scores = [("json", 1.0, 0.0, (("/a", "changed", "small"),))]
    book.exchange("small", at=book.now - 30 * book.minute, verdict="diverged", scores=scores)
    scores = [("json", 1.0, 0.0, (("/a", "changed", "big"),))]
    book.exchange("big", times=query.SCAN_LIMIT + 1, verdict="diverged", scores=scores)
    report = gather(book.close(), now=book.now)
    found = {r.route: [e.detail for p in r.paths for e in p.examples] for r in report.routes}
    assert found == {"big": ["big"], "small": ["small"]}


def test_pooled_paths_are_counted_as_left_out(book):
    """What the scorer pooled is no place of its own."""
    book.exchange(scores=[("json", 1.0, 0.0, (("/a", "changed", "1 -> 2"),))])
    next(iter(book.sums.values())).paths["", "…"] += 9
    found = route_of(gather(book.close(), now=book.now), "intent")
    assert ([path.pointer for path in found.paths], found.differences_left_out) == (["/a"], 9)


def test_confidence_tells_how_many_had_none(busy):
    """Compared answers without a confidence are counted apart."""
    found = route_of(gather(busy.close(), now=busy.now), "address").confidence
    assert (found.known, found.none) == (680, 20)
    assert (found.bins[19].n, found.bins[19].agreement.k, found.bins[19].agreement.n) == (600, 600, 600)


def test_a_cohort_is_split_by_its_values(busy):
    """The busiest value comes first; the cohorts do not count twice in the route."""
    found = route_of(gather(busy.close(), by="language", now=busy.now), "address")
    assert [(c.value, c.exchanges) for c in found.cohorts] == [("en", 380), ("de", 300), (busy.hostile, 20)]
    assert found.agreement.n == 700


def test_a_cohort_nobody_recorded_has_no_rows(busy):
    """An unknown cohort is no error."""
    assert route_of(gather(busy.close(), by="planet", now=busy.now), "address").cohorts == ()


def test_versions_and_configurations_are_listed(book):
    """The report says which models and configurations it speaks of."""
    book.exchange(version="one", times=2)
    book.exchange(version="two")
    found = route_of(gather(book.close(), now=book.now), "intent")
    assert [(v.version, v.exchanges) for v in found.versions] == [("one", 2), ("two", 1)]
    assert found.config_hashes == ("c0ffee",)


def test_waiting_and_open_exchanges_are_counted(book):
    """The backlog is of this moment, whatever the span."""
    book.exchange(times=3, disposition="", state=1, at=book.now - 100 * book.minute)
    book.exchange(times=2, disposition="", state=0)
    report = gather(book.close(), since=book.now - book.minute, now=book.now)
    assert report.backlog == Backlog(3, 2, capped=False)


def test_a_long_backlog_is_not_counted_to_its_end(book, monkeypatch):
    """Counting stops at the limit and says so."""
    monkeypatch.setattr(query, "BACKLOG_LIMIT", 5)
    book.exchange(times=9, disposition="", state=1)
    assert gather(book.close(), now=book.now).backlog == Backlog(5, 0, capped=True)


def test_routes_of_the_configuration_are_reported_without_traffic(book):
    """A route with a panel but no traffic is not silently missing."""
    report = gather(book.close(), panels={"idle": ["exact"]}, now=book.now)
    assert [(route.route, route.panel) for route in report.routes] == [("idle", ("exact",))]


def test_a_sqlite_utils_database_will_do(busy):
    """Both kinds of store handle give the same report."""
    connection = busy.close()
    assert gather(sqlite_utils.Database(connection), now=busy.now) == gather(connection, now=busy.now)


def test_without_a_time_given_the_report_ends_now(book):
    """The clock is asked only when nobody tells the time."""
    report = gather(book.close())
    assert report.until == report.made_at > book.now - 365 * 24 * 60 * book.minute


def test_reading_leaves_no_transaction_behind(busy):
    """The snapshot is given back, so that a writer's checkpoint is not held up."""
    connection = busy.close()
    gather(connection, now=busy.now)
    assert not connection.in_transaction


def test_an_open_transaction_of_the_caller_is_left_open(busy):
    """A caller's own transaction is used and neither ended nor undone."""
    connection = busy.close()
    connection.execute("BEGIN")
    gather(connection, now=busy.now)
    assert connection.in_transaction
    connection.rollback()


def test_a_file_that_is_no_store_is_told_plainly():
    """The message says what could not be read and why."""
    connection = sqlite3.connect(":memory:")
    with pytest.raises(StoreError, match="cannot be read for a report: no such table: tallies"):
        gather(connection)
    connection.close()


def test_a_broken_rollup_is_named(busy):
    """The message names the route and the minute."""
    connection = busy.close()
    connection.execute("UPDATE rollups SET sums = '{' WHERE route = 'broken'")
    with pytest.raises(StoreError, match=r"roll-up of route 'broken', minute \d+, cannot be read"):
        gather(connection, now=busy.now)
    connection.rollback()
