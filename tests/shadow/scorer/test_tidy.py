"""Keeping the store in order."""

from __future__ import annotations

import pytest

from shadow.record.workers import STALE
from shadow.scorer import tidy as module
from shadow.scorer.tidy import DAY, UNKNOWN_DAYS, tidy

NOW = 2_000_000_000_000_000
DONE = {"orphans": 0, "deleted": 0}


@pytest.fixture
def aged(desk, make):
    """Give a function that records and scores an exchange of some days ago."""

    def write(days, **changes):
        one = make(at=NOW - round(days * DAY), **changes)
        desk.record(one)
        desk.step()
        return one

    return write


def left(desk):
    """Give the ids that are left, in each table that has one."""
    tables = (("id", "exchanges"), ("exchange", "bodies"), ("exchange", "scores"))
    return [{row[0] for row in desk.rows(f"SELECT {column} FROM {table}")} for column, table in tables]


def test_what_was_kept_long_enough_goes(desk, aged):
    """With its bodies and scores; counts and roll-ups stay."""
    aged(30.1)
    young = aged(29.9)
    assert tidy(desk.store, NOW, {"address": 30}) == {"orphans": 0, "deleted": 1}
    assert left(desk) == [{young.id}] * 3
    assert (desk.tallies(), desk.rows("SELECT count(*) FROM rollups")) == ({"compared": 2}, [(2,)])


def test_each_route_has_its_own_time(desk, aged):
    """As its `keep.days` says."""
    desk.lenses["other"] = desk.lenses["address"]
    desk.keep["other"] = "masked"
    aged(5)
    other = aged(5, route="other")
    assert tidy(desk.store, NOW, {"address": 4, "other": 6})["deleted"] == 1
    assert left(desk)[0] == {other.id}


def test_a_route_that_is_gone_is_kept_no_longer_than_by_default(desk, aged):
    """Else nobody would ever delete what it left behind."""
    aged(UNKNOWN_DAYS + 1, route="gone")
    young = aged(UNKNOWN_DAYS - 1, route="gone")
    assert tidy(desk.store, NOW, {"address": 1})["deleted"] == 1
    assert left(desk)[0] == {young.id}


def test_what_a_replay_says_of_an_exchange_goes_with_it(desk, aged):
    """It tells of the same client."""
    old, young = aged(40), aged(20)
    for each in (old, young):
        desk.store.db.execute(
            "INSERT INTO replayed (replay, exchange, at, fingerprint, paths, before_paths)"
            " VALUES ('r', ?, 1, 'f', '[]', '[]')",
            (each.id,),
        )
    tidy(desk.store, NOW, {"address": 30})
    assert desk.rows("SELECT exchange FROM replayed") == [(young.id,)]


def test_what_waits_for_the_scorer_stays(desk, make):
    """However old: it is counted, so it has to be scored first."""
    old = make(at=NOW - 99 * DAY)
    desk.record(old)
    assert tidy(desk.store, NOW, {"address": 1}) == DONE
    assert left(desk)[0] == {old.id}


def test_one_tidying_deletes_a_bounded_number(desk, aged, monkeypatch):
    """What is left is for the next, so that scoring never waits long."""
    monkeypatch.setattr(module, "AT_ONCE", 2)
    monkeypatch.setattr(module, "BATCHES", 2)
    for _ in range(7):
        aged(40)
    assert [tidy(desk.store, NOW, {"address": 30})["deleted"] for _ in range(3)] == [4, 3, 0]


def test_rows_that_a_dead_worker_left_open_are_closed_and_scored(desk, make):
    """As unrecorded: nobody knows how they ended."""
    desk.record(make(), opens=True)
    seen = desk.rows("SELECT seen FROM workers")[0][0]
    assert tidy(desk.store, seen + STALE - 1, {}) == DONE
    assert tidy(desk.store, seen + STALE, {}) == {"orphans": 1, "deleted": 0}
    desk.step()
    assert (desk.ended(), desk.tallies()) == ([(2, "unrecorded", None)], {"unrecorded": 1})


def test_old_minutes_of_the_counts_become_hours(desk, aged):
    """Their sum stays."""
    for minutes in (0, 1, 2):
        aged(3 + minutes / 1440)
    before = desk.rows("SELECT sum(n) FROM tallies")
    tidy(desk.store, NOW, {"address": 30})
    assert desk.rows("SELECT sum(n) FROM tallies") == before
    assert desk.rows("SELECT DISTINCT minute % 60 FROM tallies") == [(0,)]


def test_an_empty_store_is_in_order(desk):
    """There is nothing to do."""
    assert tidy(desk.store, NOW, {"address": 30}) == DONE
