"""The roll-ups' rows, added to and taken out of."""

from __future__ import annotations

import sqlite3

import pytest

from shadow.record.rollup import Rollup
from shadow.scorer import totals
from shadow.scorer.totals import add_rollup, exchange_rollup

PLACE = (1, "address", "parser", "v1")


@pytest.fixture
def db():
    """Give a table of roll-ups."""
    connection = sqlite3.connect(":memory:")
    connection.execute(
        "CREATE TABLE rollups (minute, route, model, version, cohort, sums,"
        " PRIMARY KEY (minute, route, model, version, cohort))"
    )
    yield connection
    connection.close()


def one(word, path="/a"):
    """Give the numbers of one exchange."""
    rollup = Rollup()
    rollup.count(word)
    rollup.share("divergence", 0.5)
    rollup.paths["json", path] += 1
    return rollup


def row(db, cohort=""):
    """Read a row."""
    (text,) = db.execute("SELECT sums FROM rollups WHERE cohort = ?", (cohort,)).fetchone()
    return Rollup.loads(text)


def test_new_numbers_take_the_place_of_old_ones(db):
    """And of no others."""
    for word in ("a", "b"):
        add_rollup(db, (*PLACE, ""), one(word))
    exchange_rollup(db, (*PLACE, ""), one("a"), one("c", "/b"))
    assert (row(db).counts, row(db).paths) == ({"b": 1, "c": 1}, {("json", "/a"): 1, ("json", "/b"): 1})
    assert row(db).shares == {"divergence": {10: 2}}


def test_a_cohort_that_was_summed_up_with_the_rest_is_changed_there(db, monkeypatch):
    """For a value never gets a row of its own later on."""
    monkeypatch.setattr(totals, "COHORTS", 1)
    for value in ("gold", "free"):
        add_rollup(db, (*PLACE, f"tier={value}"), one(value))
    exchange_rollup(db, (*PLACE, "tier=free"), one("free"), one("new"))
    exchange_rollup(db, (*PLACE, "tier=gold"), one("gold"), one("newer"))
    assert [row(db, cohort).counts for cohort in ("tier=gold", "tier=…")] == [{"newer": 1}, {"new": 1}]


def test_a_row_that_is_not_there_is_not_made(db):
    """There is nothing to take the old numbers out of."""
    exchange_rollup(db, (*PLACE, ""), one("a"), one("b"))
    assert db.execute("SELECT count(*) FROM rollups").fetchone() == (0,)
