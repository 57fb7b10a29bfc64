from __future__ import annotations

import pytest

from shadow.report import query

PLANS = [
    (query._TALLIES, (0, 1, None, None), "tallies USING PRIMARY KEY (minute>? AND minute<?)"),
    (query._ROLLUPS, (0, 1, None, None, "", ""), "rollups USING PRIMARY KEY (minute>? AND minute<?)"),
    (query._BACKLOG, {"route": None, "cap": 1}, "exchanges USING INDEX exchanges_unscored"),
    (
        query._EXAMPLES,
        ("", "", "", "", 1, "", 1),
        "INDEX scores_by_path (comparator=? AND pointer=? AND exchange",
    ),
    (
        query._EXAMPLES_OF_ROUTE,
        ("", 0, 1, 1, "", "", 1),
        "INDEX exchanges_by_time (route=? AND at>? AND at<?)",
    ),
    (query._CONFIGS, ("", 0, 1, 1), "INDEX exchanges_by_time (route=? AND at>? AND at<?)"),
]


@pytest.mark.parametrize(("sql", "values", "index"), PLANS)
def test_every_query_goes_through_an_index(book, sql, values, index):
    """No table of the traffic's size is ever scanned or sorted whole."""
    plan = [row[3] for row in book.db.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    assert any(index in step for step in plan), plan
    assert not [
        step for step in plan if step in ("SCAN exchanges", "SCAN scores", "SCAN tallies", "SCAN rollups")
    ]
    assert "USE TEMP B-TREE FOR ORDER BY" not in plan


def test_the_work_does_not_grow_with_the_traffic(book):
    """Ten times the exchanges of one minute take no more steps of the database."""
    from shadow.report.gather import gather

    scores = [("json", 1.0, 0.0, (("/a", "changed", "1 -> 2"),))]
    steps = []
    for times in (query.SCAN_LIMIT, 9 * query.SCAN_LIMIT):
        book.exchange(times=times, scores=scores)
        connection, counted = book.close(), []
        connection.set_progress_handler(lambda counted=counted: counted.append(1), 10)
        gather(connection, now=book.now)
        connection.set_progress_handler(None, 0)
        steps.append(len(counted))
    assert steps[1] <= 1.1 * steps[0]


def test_id_bounds_follow_the_clock():
    """A UUIDv7 begins with its milliseconds, so bounds of ids are bounds of time."""
    assert 0x01A0C4510840 == 29_833_334 * 60_000
    low, high = query.Span(29_833_334, 29_833_335).ids
    assert (low, high) == ("01a0c451-0840", "01a0c451-f2a0")
    assert low < "01a0c451-0840-7000-8000-000000000000" < high
