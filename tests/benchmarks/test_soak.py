"""The soak: its schedule, what it calls a leak, what it calls an error without a cause, and some seconds of it."""

from __future__ import annotations

import json
import random
from types import SimpleNamespace

import pytest

from benchmarks.crowd import End, Requests, target
from benchmarks.levels import MIB, Growth, Level, Levels, left_behind
from benchmarks.mischief import KINDS, Legacy, schedule
from benchmarks.reckoning import complaints, unaccounted, unexplained
from benchmarks.soak import soak

# --- the schedule


def test_a_seed_stands_for_a_schedule():
    """The same one each time, in order, and over before the load is."""
    planned = schedule(1, 600.0, 3.0)
    assert planned == schedule(1, 600.0, 3.0)
    assert planned != schedule(2, 600.0, 3.0)
    assert [each.at for each in planned] == sorted(each.at for each in planned)
    assert planned[-1].at + planned[-1].seconds <= 600.0


def test_each_kind_of_fault_comes_before_any_comes_again():
    """And processes are killed in the first third only, or little later, so that their successors are judged."""
    planned = schedule(3, 600.0, 3.0)
    assert {each.kind for each in planned[: len(KINDS)]} == set(KINDS)
    assert max(each.at for each in planned if "killed" in each.kind and each.kind != "killed") <= 220.0


# --- leaks


def test_what_varies_is_no_leak():
    """However much it does, from one look to the next."""
    chance = random.Random(1)
    found = Growth.of([60 * MIB + chance.uniform(-10, 10) * MIB for _ in range(600)])
    assert not found.leaks("memory")


def test_what_grows_evenly_is_a_leak():
    """Eight megabytes in ten minutes are more than memory may grow; warming up is not counted."""
    assert Growth.of([60 * MIB + second / 600 * 8 * MIB for second in range(600)]).leaks("memory")
    assert not Growth.of([60 * MIB + min(second, 100) * MIB for second in range(600)]).leaks("memory")


def test_a_leak_is_named_with_its_process_and_its_figures():
    """Of whichever process and measure."""
    levels = Levels()
    for second in range(100):
        levels.add({("proxy-1", 7): Level(60 * MIB, 80 * MIB, 20.0 + second, 3.0, 1.0, 0.0)})
    assert levels.leaks() == [
        "proxy-1 (7) leaks descriptors: 50 once warm, 110 in the end, by its slope 76 more"
    ]
    assert "| all workers (0) | connections | 0 | 0 | +0 | +16 |" in list(levels.table())


def test_where_a_client_is_connected_is_chance():
    """Workers share the connections; only their sum may not grow, and a descriptor of one is not looked at twice."""
    levels = Levels()
    for second in range(100):
        levels.add(
            {
                ("proxy-1", 7): Level(descriptors=20.0 + second, connections=float(second)),
                ("proxy-2", 8): Level(descriptors=120.0 - second, connections=100.0 - second),
            }
        )
    assert levels.leaks() == []


def test_what_is_still_held_at_rest_is_named():
    """Whatever process id its holder has by now; a few descriptors of the store's files are none."""
    before = {("proxy-1", 7): Level(descriptors=20, threads=2, tasks=1, connections=0)}
    after = {("proxy-1", 9): Level(descriptors=23, threads=2, tasks=2, connections=0)}
    assert left_behind(before, after) == ["proxy-1 at rest has 2 tasks, before the load 1"]


# --- errors and rows


def ended(*ends):
    """Give requests that ended so: each an end and a status."""
    requests = Requests()
    for end, status in ends:
        requests.ended(requests.begin(), end, status)
    return requests


def wronged(**how):
    """Give a legacy system that did so to requests of these numbers, and saw no other."""
    legacy = Legacy()
    legacy.wronged = {int(number[1:]): did for number, did in how.items()}
    return legacy


def test_an_error_is_explained_by_what_legacy_did_to_that_very_request():
    """To another it explains nothing; nor does another status."""
    requests = ended((End.ERROR, 500), (End.ERROR, 502), (End.CUT, 0), (End.BY_LEGACY, 200))
    assert unexplained(requests, wronged(_0="error", _1="reset", _2="cut")) == []
    assert unexplained(requests, wronged(_1="error", _2="cut", _3="slow")) == [
        "1 requests: error, status 500, legacy's fault: none",
        "1 requests: error, status 502, legacy's fault: error",
    ]


def test_no_answer_and_half_an_answer_are_not_explained_by_anything():
    """A client that waits for ever, and one that was given a part as the whole."""
    requests = ended((End.OPEN, 0), (End.BY_LEGACY, 200), (End.BY_MODEL, 200), (End.LEFT, 0))
    assert unexplained(requests, wronged(_0="cut", _1="cut", _2="cut", _3="cut")) == [
        "1 requests: open, status 0, legacy's fault: cut",
        "1 requests: a whole answer of legacy, which did this: cut",
    ]


class Store:
    """A record of these rows, whose counts agree with one another."""

    def __init__(self, *rows, shed=0):
        self.rows = list(rows)
        self.shed = shed

    def query(self, sql):
        if sql.startswith("SELECT path, served"):
            return [(target(number).decode(), served) for number, served in self.rows]
        if "'shed'" in sql:
            return [(self.shed if "tallies" in sql else 0,)]
        if "FROM tallies" in sql:
            return [("shed", self.shed)] if self.shed else []
        if "PRAGMA" in sql:
            return [("ok",)]
        return [("n", 0)] if "FROM scores" in sql else []


def test_every_request_has_one_row_that_names_who_answered():
    """None that was answered may lack it; one whose client left may, where legacy never saw it."""
    requests = ended(
        (End.BY_LEGACY, 200), (End.BY_MODEL, 200), (End.LEFT, 0), (End.LEFT, 0), (End.ERROR, 502)
    )
    rows = [(0, "legacy"), (1, "model"), (3, "legacy"), (4, "legacy")]
    assert unaccounted(Store(*rows), requests, Legacy()) == []
    wrong = [(0, "model"), (1, "model"), (1, "model"), (3, "legacy")]
    assert unaccounted(Store(*wrong), requests, Legacy()) == [
        "1 times a request that ended by_legacy stands in the record as the other's",
        "1 times 2 rows for a request that ended: by_model",
        "1 requests that were read have no row, and 0 are counted as shed without",
    ]


def test_what_a_busy_worker_sheds_is_counted_without_a_row():
    """As many as have none, and none of the route whose model may answer."""
    requests = ended(*[(End.BY_LEGACY, 200)] * 6, (End.LEFT, 0))
    rows = [(0, "legacy"), (1, "legacy"), (2, "legacy"), (5, "legacy")]
    assert unaccounted(Store(*rows, shed=2), requests, Legacy()) == []
    assert unaccounted(Store(*rows, shed=3), requests, Legacy()) == []
    assert len(unaccounted(Store(*rows, shed=4), requests, Legacy())) == 1
    assert unaccounted(Store(*rows[1:], shed=2), requests, Legacy()) == [
        "1 times 0 rows for a request that ended: by_legacy"
    ]


def test_a_house_that_speaks_of_a_bug_is_told_on(tmp_path):
    """And so is a word that is no event."""
    log = tmp_path / "log"
    log.write_text(json.dumps({"event": "shadow.task_failed"}) + "\nTraceback (most recent call last):\n")
    events = [json.loads(log.read_text().splitlines()[0])]
    house = SimpleNamespace(log=log, events=lambda: events)
    assert complaints(house) == [
        "the house said 1 times shadow.task_failed",
        "the log has 1 lines that are no events: Traceback (most recent call last):",
    ]


# --- some seconds of it


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_some_seconds_with_every_fault_leave_nothing_amiss(tmp_path):
    """Each kind of fault comes once: what is left behind, unexplained or miscounted would be named."""
    said: list[str] = []
    assert await soak(tmp_path, 8.0, every=0.25, measured=1.0, say=said.append) == []
    assert {line.split(": ", 1)[1].split(", for")[0] for line in said if " s: " in line} == set(KINDS)
