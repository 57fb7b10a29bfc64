"""The state of the house in one document."""

from __future__ import annotations

import pytest

from shadow.admin.status import house
from shadow.record.switches import Override, kill, set_override
from shadow.record.workers import STALE


@pytest.fixture
def state(office):
    """Give a function that tells how the house stands."""
    return lambda refused=None: house(office.config, office.clock.now(), refused=refused)


def test_a_house_with_a_proxy_and_a_scorer_is_ready(office, state):
    """There is no problem to tell."""
    office.beat("proxy")
    office.beat("scorer")
    found = state()
    assert (found["ready"], found["problems"], found["config_refused"]) == (True, [], None)


def test_an_empty_house_is_not(state):
    """Both roles are missed."""
    found = state()
    assert (found["ready"], found["problems"]) == (False, ["no proxy is running", "no scorer is running"])


def test_who_was_not_heard_of_for_ten_seconds_is_missed(office, state):
    """So is who left."""
    office.beat("proxy")
    office.beat("scorer", stopped=office.clock.now())
    assert state()["problems"] == ["no scorer is running"]
    office.clock.advance(STALE / 1e6)
    assert state()["problems"] == ["no proxy is running", "no scorer is running"]


def test_a_worker_that_cannot_write_or_read_is_a_problem(office, state):
    """Named, with what it told."""
    record = {"failing_since": 1, "last_error": "SQLITE_FULL"}
    office.beat("proxy", "w1", state={"record": record, "switches_failing": "SQLITE_IOERR"})
    office.beat("scorer")
    found = state()
    assert (found["ready"], found["problems"]) == (
        False,
        [
            "proxy w1 cannot write the record (SQLITE_FULL)",
            "proxy w1 cannot read the switches (SQLITE_IOERR)",
        ],
    )


def test_a_refused_file_is_told_and_is_no_reason_not_to_be_ready(office, state):
    """The old one is in force."""
    office.beat("proxy")
    office.beat("scorer")
    found = state("1 problem")
    assert (found["ready"], found["config_refused"]) == (True, "1 problem")


def test_processes_are_told_with_what_they_said(office, state):
    """Who, where, and how long ago."""
    office.beat("proxy", "w1")
    office.clock.advance(1.5)
    (process,) = state()["processes"]
    told = {key: process[key] for key in ("id", "role", "host", "pid", "seen_seconds", "active")}
    assert told == {"id": "w1", "role": "proxy", "host": "host", "pid": 11, "seen_seconds": 1.5, "active": 3}


def test_switches_are_the_files_until_they_are_overridden(office, state):
    """And then with who, why and until when."""
    plain = {
        "phase": "shadow",
        "sample": 0.5,
        "exposure": 0.0,
        "threshold": 0.9,
        "patience": 0.3,
        "killed": False,
        "overrides": [],
    }
    assert state()["switches"]["address"] == plain
    until = office.clock.now() + 2_000_000
    set_override(office.store, Override("address", "phase", "live", "ops", "go", office.clock.now(), until))
    set_ = {"key": "phase", "value": "live", "by": "ops", "why": "go", "until": until, "of": "address"}
    assert state()["switches"]["address"] == {**plain, "phase": "live", "overrides": [set_]}
    office.clock.advance(2)
    assert state()["switches"]["address"] == plain


def test_a_kill_of_everything_shows_at_every_route(office, state):
    """With the name it was given under."""
    kill(office.store, "*", by="ops", why="fire", at=office.clock.now())
    found = state()["switches"]
    assert [(route["killed"], route["overrides"][0]["of"]) for route in found.values()] == [(True, "*")] * 2


def test_traffic_is_counted_by_route(office, state):
    """What waits for the scorer and what no route matched have names of their own."""
    office.busy()
    traffic = state()["traffic"]
    assert traffic["address"] == {
        "requests": 30,
        "dispositions": {"compared": 25, "model_late": 2, "unscored": 3},
        "served": {"model": 5, "legacy": 25},
        "reasons": {"confident": 5, "low_confidence": 20, "shadow": 5},
    }
    assert traffic["unmatched"]["requests"] == 4


def test_a_store_that_is_not_there_is_a_problem(office, state):
    """Not an error: nothing has run yet."""
    office.file.write_text(office.file.read_text().replace("shadow.db", "other.db"))
    found = state("why")
    path = office.file.parent / "other.db"
    assert found == {
        "ready": False,
        "problems": [f"the store cannot be opened: there is no store at {path}"],
        "config_refused": "why",
    }


def test_a_damaged_store_is_a_problem(office, state):
    """Of whatever kind."""
    office.store.db.execute("DROP TABLE tallies")
    assert state()["problems"] == ["the store cannot be read: no such table: tallies"]
