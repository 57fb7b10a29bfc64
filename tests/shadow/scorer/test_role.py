"""The scorer, step by step."""

from __future__ import annotations

import asyncio
import gzip
import os
import signal
import sqlite3
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from comparators import Answer
from shadow.clock import FakeClock
from shadow.config.load import load
from shadow.config.watch import Watcher
from shadow.record import workers
from shadow.scorer import role
from shadow.scorer.compare import score
from shadow.scorer.role import BEAT_EVERY, PAUSE, TIDY_EVERY, TROUBLE_PAUSE, Scorer
from shadow.scorer.unpack import LARGEST

role_open = role.open_store

CONFIG = """
store: sqlite:///shadow.db
legacy: {url: "http://127.0.0.1:1"}
models: {parser: {adapter: passthrough, url: "http://127.0.0.1:2"}}
routes:
  address:
    match: {path: /v1/address}
    model: parser
    compare: [{use: json}]
    rollout: {phase: shadow}
"""


@pytest.fixture
def file(tmp_path):
    """Write a configuration whose store is the desk's."""
    path = tmp_path / "shadow.yaml"
    path.write_text(CONFIG)
    return path


@pytest.fixture
def clock():
    """Give a clock that stands still."""
    return FakeClock()


@pytest.fixture
def eight(monkeypatch):
    """Let eight exchanges be a full batch for scorers that are made from here on."""
    monkeypatch.setattr(role, "BATCH", 8)


@pytest.fixture
def scorer(file, clock):
    """Give a scorer that watches its file, and close it."""
    config = load(file, environ={})
    made = Scorer(config, clock, Watcher(file, {}, config))
    yield made
    made.close()


def db(desk):
    """Give the store's file."""
    return Path(desk.url.removeprefix("sqlite:///"))


def test_a_step_scores_what_is_there(desk, make, scorer):
    """And says how long to wait for more."""
    desk.record(make(), make())
    assert (scorer.step(), scorer.scored) == (PAUSE, 2)
    assert [row[1] for row in desk.ended()] == ["compared", "compared"]
    assert (scorer.step(), scorer.scored) == (PAUSE, 2)


OBSTACLES = {
    "not_json": b'{"number": ',
    "not_utf8": b'{"number": "\xff"}',
    "too_deep": b"[" * 100_000 + b"]" * 100_000,
    "too_large": gzip.compress(bytes(LARGEST + 1)),
    "bad_coding": gzip.compress(b"{}")[:-9],
}


@pytest.mark.parametrize("cause", OBSTACLES)
@pytest.mark.parametrize("side", ["legacy", "model"])
def test_what_stood_in_the_way_of_a_comparison_is_counted_by_why(desk, make, scorer, side, cause):
    """An exchange counts once, whichever side it was, and one that was compared not at all."""
    coding = {"Content-Encoding": "gzip"} if cause in {"too_large", "bad_coding"} else {}
    hurting = Answer.of(body=OBSTACLES[cause], headers={"Content-Type": "application/json", **coding})
    pairs = {"legacy": (hurting, Answer.of(json={})), "model": (Answer.of(json={}), hurting)}
    desk.record(make(), make(*pairs[side]), make(*pairs[side]))
    scorer.step()
    assert [row[1] for row in desk.ended()] == ["compared", "not_comparable", "not_comparable"]
    assert scorer.state()["obstacles"] == {"address": {cause: 2}}


def test_a_full_batch_is_followed_at_once(desk, make, eight, scorer):
    """There may be more."""
    desk.record(*(make() for _ in range(9)))
    assert [scorer.step(), scorer.step()] == [0.0, PAUSE]
    assert scorer.scored == 9


def test_what_takes_long_is_done_in_smaller_batches(desk, make, eight, scorer, clock, monkeypatch):
    """As where clients leave the scorer little time: between two batches it says that it is there. Then they grow."""
    each_takes = iter([1.0] * 15 + [0.0] * 14)
    monkeypatch.setattr(role, "score", lambda *given: (clock.advance(next(each_takes)), score(*given))[1])
    desk.record(*(make() for _ in range(29)))
    sizes = []
    while scorer.scored < 29:
        before = scorer.scored
        assert scorer.step() == 0.0
        sizes.append(scorer.scored - before)
    assert sizes == [8, 4, 2, 1, 2, 4, 8]


def test_a_scorer_begins_with_no_store_at_all(tmp_path, scorer):
    """It makes one: no worker may have been there before it."""
    assert scorer.step() == PAUSE
    assert (tmp_path / "shadow.db").exists()


def test_a_store_that_fails_and_comes_back_is_scored_on(desk, make, scorer, monkeypatch):
    """The trouble is told; nothing is lost and nothing is done twice."""
    monkeypatch.setattr(role, "open_store", lambda url: role_open(url, busy=0.0))
    desk.record(make())
    lock = sqlite3.connect(db(desk))
    lock.execute("BEGIN IMMEDIATE")
    with capture_logs() as logs:
        assert scorer.step() == TROUBLE_PAUSE
    assert [(entry["event"], entry["error"]) for entry in logs] == [("shadow.scoring_failed", "StoreError")]
    assert logs[0]["detail"] == f"the store {db(desk)} is locked by another program"
    lock.rollback()
    lock.close()
    assert (scorer.step(), scorer.scored, desk.tallies()) == (PAUSE, 1, {"compared": 1})


def test_a_store_that_was_replaced_is_opened_anew(desk, make, scorer):
    """The workers write to the new file; the old one, though still open, is nobody's."""
    scorer.step()
    path, url = db(desk), desk.url
    desk.close()
    for left in path.parent.glob("shadow.db*"):
        left.unlink()
    desk.__init__(url)
    desk.record(make())
    assert (scorer.step(), [row[1] for row in desk.ended()]) == (PAUSE, ["compared"])


def test_whatever_goes_wrong_the_scorer_stays(desk, make, scorer, monkeypatch):
    """Its class is logged; its words, which may quote an answer, are not."""
    desk.record(make())
    with monkeypatch.context() as broken, capture_logs() as logs:
        broken.setattr(role, "take", lambda *_: 1 / 0)
        assert scorer.step() == TROUBLE_PAUSE
    assert [(entry["error"], entry["detail"]) for entry in logs] == [("ZeroDivisionError", "")]
    assert (scorer.step(), scorer.scored) == (PAUSE, 1)


def test_a_changed_file_is_looked_through_from_the_next_step_on(desk, make, file, scorer):
    """Other comparators, other retention."""
    scorer.step()
    file.write_text(
        CONFIG.replace("{use: json}", "{use: text, pointer: /street}") + "    keep: {bodies: none}\n"
    )
    desk.record(make())
    scorer.step()
    assert desk.rows("SELECT comparator, divergence FROM scores") == [("text/street", 0.0)]
    assert desk.rows("SELECT count(*) FROM bodies") == [(0,)]


def test_a_file_that_is_refused_changes_nothing(desk, make, file, scorer):
    """The heartbeat says so."""
    scorer.step()
    file.write_text(CONFIG.replace("json", "jsn"))
    desk.record(make())
    scorer.step()
    assert desk.rows("SELECT DISTINCT comparator FROM scores") == [("json",)]
    assert "jsn" in scorer.state()["refused_config"]


def test_a_heartbeat_tells_of_the_scorer(desk, make, clock, scorer):
    """Once a second is enough."""
    scorer.step()
    desk.record(make())
    scorer.step()
    (me,) = [each for each in workers.read(desk.store) if each.role == "scorer"]
    assert (me.id, me.seen, me.stopped, me.state["scored"]) == (scorer.id, clock.now(), None, 0)
    clock.advance(BEAT_EVERY / 1e6)
    scorer.step()
    (me,) = [each for each in workers.read(desk.store) if each.role == "scorer"]
    assert (me.seen, me.state) == (
        clock.now(),
        {"scored": 1, "refused_config": None, "asking": {}, "obstacles": {}},
    )


def test_a_scorer_that_leaves_says_so(desk, clock, scorer):
    """So nobody waits for it to be heard of again."""
    scorer.step()
    clock.advance(1)
    scorer.stop()
    (me,) = workers.read(desk.store)
    assert (me.stopped, me.alive(clock.now())) == (clock.now(), False)


def test_the_house_is_tidied_now_and_then(desk, make, clock, scorer):
    """With the days of the configuration, and told in the log."""
    scorer.step()
    desk.record(make(at=clock.now() - 31 * 86_400_000_000))
    scorer.step()
    assert desk.rows("SELECT count(*) FROM exchanges") == [(1,)]
    clock.advance(TIDY_EVERY / 1e6)
    with capture_logs() as logs:
        scorer.step()
    assert logs == [{"event": "shadow.store_tidied", "log_level": "info", "orphans": 0, "deleted": 1}]
    assert desk.rows("SELECT count(*) FROM exchanges") == [(0,)]


def test_two_scorers_share_the_work(desk, make, file, clock, scorer):
    """Each exchange is scored by one of them."""
    other = Scorer(load(file, environ={}), clock)
    desk.record(*(make() for _ in range(5)))
    scorer.step()
    other.step()
    other.close()
    assert (scorer.scored + other.scored, desk.tallies()) == (5, {"compared": 5})


async def test_the_process_scores_until_it_is_told_to_stop(desk, make, file):
    """Then it leaves in order."""
    desk.record(make())
    running = asyncio.ensure_future(role._run(file, {}))
    while desk.tallies() != {"compared": 1}:
        await asyncio.sleep(0.01)
    os.kill(os.getpid(), signal.SIGTERM)
    await running
    (me,) = [each for each in workers.read(desk.store) if each.role == "scorer"]
    assert (me.stopped is not None, me.state["scored"]) == (True, 1)


def test_a_scorer_that_never_had_a_store_has_nothing_to_leave(file, clock):
    """Leaving is no reason to make one."""
    Scorer(load(file, environ={}), clock).stop()
    assert not (file.parent / "shadow.db").exists()
