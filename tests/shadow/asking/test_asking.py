"""Asking beside the scorer: who waits, who does not, and what becomes of what was said."""

from __future__ import annotations

import threading

import pytest
from structlog.testing import capture_logs

from comparators import Answer
from shadow.asking.asking import Asking
from shadow.config.load import load
from shadow.record.rollup import Rollup
from shadow.request import Request
from shadow.scorer.lenses import lenses_of
from shadow.scorer.role import Scorer
from shadow.scorer.take import take

EMBEDDED = "[{use: embedding, embedding: mini, pointer: /text, tolerance: 0.1}]"


def prefer(text):
    """Make a judge that prefers an answer, wherever it stands."""
    return lambda document: {"better": "first" if document.get("first") == text else "second"}


def scores(house):
    """Give every comparator's number and detail."""
    return house.rows("SELECT comparator, divergence, detail FROM scores WHERE pointer = '' ORDER BY 1")


def sums(house):
    """Add up the roll-ups."""
    total = Rollup()
    for (text,) in house.rows("SELECT sums FROM rollups WHERE cohort = ''"):
        total.add(Rollup.loads(text))
    return total


def test_a_judge_is_asked_in_both_orders_and_its_opinion_is_kept(house, make, adapter):
    """Beside the verdict, which does not follow from it; with what it cost in a table of its own."""
    adapter.reply = prefer("new")
    house.set_up(judge="price: {input_per_million: 1000, per_call: 0.1}")
    house.record(make("old", "new"))
    house.until(1)
    assert [(each["first"], each["second"], each["request"]) for each in adapter.asked] == [
        ("old", "new", "where is it?"),
        ("new", "old", "where is it?"),
    ]
    assert adapter.asked[0]["rubric"].startswith("Prefer an answer only if")
    assert scores(house) == [("json", 1.0, "1 differ: /text"), ("judge/text", 1.0, "model preferred")]
    assert house.rows("SELECT verdict, divergence, cost FROM exchanges") == [("diverged", 1.0, None)]
    assert house.rows("SELECT label, judge, preferred FROM opinions") == [("judge/text", "fair", "model")]
    assert house.rows("SELECT kind, name, outcome, n, tokens_in, cost FROM asked_days") == [
        ("judge", "fair", "asked", 2, 200, pytest.approx(0.4))
    ]
    assert (sums(house).counts["preferred:judge/text:model"], sums(house).counts["diverged:judge/text"]) == (
        1,
        1,
    )


def test_a_judge_never_makes_a_verdict(house, make, adapter):
    """Neither by what it says nor by saying nothing."""
    house.set_up("[{use: json, ignore: [/text]}, {use: judge, judge: fair, pointer: /text}]")
    adapter.reply = prefer("new")
    house.record(make("old", "new"))
    house.until(1)
    adapter.reply = lambda _document: Answer(status=500)
    house.record(make("old", "newer"))
    house.until(2)
    assert house.rows("SELECT verdict, divergence FROM exchanges") == [("match", 0.0), ("match", 0.0)]
    assert [row for row in scores(house) if row[0] == "judge/text"] == [
        ("judge/text", 1.0, "model preferred"),
        ("judge/text", None, "judge fair: failed"),
    ]


def test_one_that_prefers_what_stands_first_says_tie(house, make, adapter):
    """A flip."""
    adapter.reply = lambda _document: {"better": "first"}
    house.set_up()
    house.record(make("old", "new"))
    house.until(1)
    assert house.rows("SELECT preferred FROM opinions") == [("tie",)]


def test_nobody_is_asked_about_equal_answers(house, make, adapter):
    """They are a tie, and nothing apart."""
    house.set_up(
        "[{use: judge, judge: fair, pointer: /text}, {use: embedding, embedding: mini, pointer: /text}]"
    )
    house.record(make("same", "same"))
    house.until(1)
    assert (
        adapter.asked,
        house.rows("SELECT preferred FROM opinions"),
        house.rows("SELECT verdict FROM exchanges"),
    ) == (
        [],
        [("tie",)],
        [("match",)],
    )


def test_nobody_is_asked_twice_about_the_same(house, make, adapter):
    """What was said is in the store; only the word, for its reasons may quote the answers."""
    adapter.reply = lambda _document: {"better": "tie", "why": "old is old"}
    house.set_up()
    house.record(make("old", "new"))
    house.until(1)
    house.record(make("old", "new"))
    house.until(2)
    assert (len(adapter.asked), house.outcomes()) == (2, {"asked": 2, "cached": 2})
    assert {bytes(answer) for (answer,) in house.rows("SELECT answer FROM asked")} == {b'{"better":"tie"}'}


def test_another_rubric_is_another_question(house, make, adapter):
    """So is another version; a longer time-out is not."""
    house.set_up()
    house.record(make("old", "new"))
    house.until(1)
    for judge, asked in (("timeout: 9s", 2), ("rubric: shorter", 4), ('version: "2"', 6)):
        house.set_up(judge=judge)
        house.record(make("old", "new"))
        house.until(1)
        assert len(adapter.asked) == asked


def test_an_embedding_counts_in_the_verdict(house, make, adapter):
    """Its vectors are kept as 32-bit floats."""
    vectors = {"old": [1.0, 0.0], "near": [1.0, 0.1], "far": [0.0, 1.0]}
    adapter.reply = lambda document: vectors[document["text"]]
    house.set_up(EMBEDDED)
    house.record(make("old", "near"), make("old", "far"))
    house.until(2)
    assert house.rows("SELECT verdict, round(divergence, 4) FROM exchanges ORDER BY seq") == [
        ("match", 0.005),
        ("diverged", 1.0),
    ]
    house.record(make("near", "old"))
    house.until(3)
    assert house.rows("SELECT count(*), max(length(answer)) FROM asked") == [(3, 8)]
    assert house.outcomes() == {"asked": 4, "cached": 2}


def test_an_embedding_that_fails_leaves_the_answers_not_comparable(house, make, adapter):
    """Never a number made up."""
    adapter.reply = lambda _document: Answer(status=503)
    house.set_up(EMBEDDED)
    house.record(make("old", "new"))
    house.until(1)
    assert house.rows("SELECT disposition, verdict, divergence FROM exchanges") == [
        ("not_comparable", "not_comparable", None)
    ]


def test_other_routes_are_scored_while_a_judge_hangs(house, make, adapter):
    """What waits is left out, however long it waits, and is scored once there is an answer."""
    adapter.gate.clear()
    house.set_up()
    house.record(*(make("old", f"new {i}") for i in range(20)))
    house.scorer.step()
    house.record(*(make("a", "a", route="plain") for _ in range(5)))
    house.scorer.step()
    assert house.rows("SELECT route, count(*) FROM exchanges WHERE state = 2 GROUP BY 1") == [("plain", 5)]
    assert house.scorer.state()["asking"]["judge fair"]["waiting"] == 20
    adapter.gate.set()
    house.until(25)
    assert house.rows("SELECT count(*) FROM opinions") == [(20,)]
    assert adapter.most <= 4


def test_more_than_may_wait_are_scored_without_it(house, make, adapter):
    """And counted as shed."""
    adapter.gate.clear()
    house.set_up(judge="queue: 3")
    house.record(*(make("old", f"new {i}") for i in range(10)))
    house.scorer.step()
    assert house.scorer.scored == 7
    assert [row for row in scores(house) if row[0] == "judge/text"] == [
        ("judge/text", None, "judge fair: shed")
    ] * 7
    adapter.gate.set()
    house.until(10)
    assert house.outcomes() == {"asked": 6, "shed": 14}


def test_one_that_waits_too_long_is_scored_without_it(house, make, adapter):
    """Its turn never came."""
    adapter.gate.clear()
    house.set_up(judge="wait: 20ms, max_in_flight: 1, timeout: 30ms")
    house.record(make("old", "new"))
    house.until(1)
    assert scores(house)[1] == ("judge/text", None, "judge fair: late")
    assert house.outcomes() == {"late": 2}


def test_a_budget_is_kept_by_the_day(house, make, adapter):
    """Over it nobody is asked until the next day, UTC; a new process knows what was spent."""
    judge = "budget: {per_day: 1}, price: {per_call: 0.5}, max_in_flight: 1"
    house.set_up(judge=judge)
    house.record(make("old", "new"), make("old", "newer"))
    house.until(2)
    assert house.outcomes() == {"asked": 2, "over_budget": 2}
    house.set_up(judge=judge)
    house.record(make("old", "newest"))
    house.until(1)
    assert house.outcomes() == {"asked": 2, "over_budget": 4}
    house.clock.advance(86_400)
    house.record(make("old", "other"))
    house.until(2)
    assert house.outcomes() == {"asked": 4, "over_budget": 4}


def test_a_breaker_stops_asking_one_that_keeps_failing(house, make, adapter):
    """As it does for models."""
    adapter.reply = lambda _document: Answer(status=500)
    house.set_up(judge="breaker: {failures: 2}, max_in_flight: 1")
    house.record(make("old", "new"), make("old", "newer"))
    house.until(2)
    assert house.outcomes() == {"failed": 2, "breaker_open": 2}


@pytest.mark.parametrize("reply", [{"better": "both"}, [], Answer.of(text="first")])
def test_what_is_not_understood_is_no_opinion(house, make, adapter, reply):
    """But it was paid for."""
    adapter.reply = lambda _document: reply
    house.set_up(judge="price: {per_call: 0.5}")
    house.record(make("old", "new"))
    house.until(1)
    assert (
        scores(house)[1],
        house.rows("SELECT count(*) FROM opinions"),
        house.rows("SELECT count(*) FROM asked"),
    ) == (
        ("judge/text", None, "judge fair: malformed"),
        [(0,)],
        [(0,)],
    )
    assert house.rows("SELECT outcome, cost FROM asked_days") == [("malformed", 1.0)]


@pytest.mark.parametrize(
    "reply", [{"a": 1}, [1.0, "2"], [], [1e39], [10**400], Answer.of(text="x"), ValueError("bug")]
)
def test_what_is_no_vector_is_never_kept(house, make, adapter, reply):
    """Nor asked for again and again: the exchange is not comparable, and that is that."""

    def say(_document):
        if isinstance(reply, Exception):
            raise reply
        return reply

    adapter.reply = say
    house.set_up(EMBEDDED)
    house.record(make("old", "new"))
    house.until(1)
    assert house.rows("SELECT verdict FROM exchanges") == [("not_comparable",)]
    assert house.rows("SELECT count(*) FROM asked") == [(0,)]
    assert house.outcomes() == {"plugin_failed" if isinstance(reply, Exception) else "malformed": 2}


def test_a_reader_that_fails_costs_the_score_and_nothing_else(house, make, adapter):
    """As a model's does."""
    adapter.read = lambda _raw: 1 / 0
    house.set_up()
    house.record(make("old", "new"))
    house.until(1)
    assert (scores(house)[1][2], house.outcomes()) == ("judge fair: plugin failed", {"plugin_failed": 2})


def test_nobody_is_asked_about_what_cannot_be_read(house, make, adapter):
    """The exchange is set aside as ever."""
    house.set_up()
    house.record(
        make("old", "new", legacy=None),
        make("old", "new", request=None),
        make("old", "new", request=Request("GET", "/a?b=1")),
    )
    house.until(3)
    assert house.rows("SELECT disposition FROM exchanges ORDER BY seq") == [
        ("not_comparable",),
        ("compared",),
        ("compared",),
    ]
    assert sorted({each["request"] for each in adapter.asked}) == ["", "/a?b=1"]


def test_nobody_is_asked_about_an_exchange_that_is_given_up(house, make, adapter):
    """Reading its answer may be what never ends; the scorer sets it aside."""

    class Fence:
        scorer, seconds, counts = "s1", 1.0, {}

        def begin(self, _exchange, _route):
            return "comparing took longer than 1 s"

        def end(self):
            raise AssertionError("it never began")

    house.set_up()
    house.scorer.close()
    house.scorer = Scorer(load(house.file, environ={}), house.clock, fence=Fence())
    house.record(make("old", "new"))
    house.until(1)
    assert (adapter.asked, scores(house)) == (
        [],
        [("model's answer", None, "comparing took longer than 1 s")],
    )


def test_a_thread_that_has_ended_is_replaced(house, make, adapter):
    """What waited for it is asked about anew."""
    adapter.gate.clear()
    house.set_up()
    house.record(make("old", "new"))
    house.scorer.step()
    house.scorer._asking._desk.close()
    adapter.gate.set()
    with capture_logs() as logs:
        house.until(1)
    assert [entry["event"] for entry in logs] == ["shadow.scoring_failed"]
    assert house.rows("SELECT preferred FROM opinions") == [("tie",)]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (" ", "x", "legacy: the text is empty"),
        ("x", "y" * 50, "model: 50 characters are beyond the limit 40"),
    ],
)
def test_what_nobody_can_be_asked_about_says_why(house, make, adapter, old, new, told):
    """Nobody is asked."""
    house.set_up("[{use: json}, {use: judge, judge: fair, pointer: /text, limit: 40}]")
    house.record(make(old, new))
    house.until(1)
    assert (adapter.asked, scores(house)[1]) == ([], ("judge/text", None, told))


def test_a_share_can_be_asked_about(house, make, adapter):
    """The same exchanges each time; of the others there is no score at all."""
    house.set_up("[{use: json}, {use: judge, judge: fair, pointer: /text, sample: 0.2}]")
    house.record(*(make("old", f"new {i}") for i in range(100)))
    house.until(100)
    ((n,),) = house.rows("SELECT count(*) FROM scores WHERE comparator = 'judge/text'")
    assert len(adapter.asked) == 2 * n
    assert 5 <= n <= 40


@pytest.mark.parametrize("keep", ["hashed", "none"])
def test_where_bodies_are_not_kept_words_about_them_are_not(house, make, adapter, keep):
    """Nor the detail of the score."""
    house.set_up(keep=keep)
    house.record(make("old", "new"))
    house.until(1)
    assert (house.rows("SELECT count(*) FROM asked"), len(adapter.asked)) == ([(0,)], 2)
    assert {detail for _, _, detail in scores(house)} == {""}


def test_a_reload_that_comes_while_a_judge_is_asked_loses_nothing(house, make, adapter):
    """What waited is asked about anew."""
    adapter.gate.clear()
    house.set_up()
    house.record(make("old", "new"))
    house.scorer.step()
    scorer = house.set_up(judge="timeout: 9s")
    adapter.gate.set()
    house.until(1)
    assert (scorer.scored, house.rows("SELECT preferred FROM opinions")) == (1, [("tie",)])


def test_what_was_answered_is_booked_although_the_scorer_stops(house, make, adapter):
    """Nobody pays twice: the next one finds the answers in the store."""
    house.set_up(judge="price: {per_call: 0.5}")
    house.record(make("old", "new"))
    house.scorer.step()
    pause = threading.Event()
    while not house.scorer._asking._desk._finished.qsize():
        pause.wait(0.002)
    house.scorer.stop()
    assert house.rows("SELECT outcome, n, cost FROM asked_days") == [("asked", 2, 1.0)]
    house.set_up(judge="price: {per_call: 0.5}")
    house.until(1)
    assert house.outcomes() == {"asked": 2, "cached": 2}


def test_what_was_said_is_forgotten_with_the_route_s_days(house, make, adapter):
    """And an exchange's opinions with it."""
    house.set_up()
    house.record(make("old", "new"))
    house.until(1)
    house.clock.advance(31 * 86_400)
    house.scorer.step()
    assert (house.rows("SELECT count(*) FROM asked"), house.rows("SELECT count(*) FROM opinions")) == (
        [(0,)],
        [(0,)],
    )


def test_where_it_is_waited_for_no_more_are_asked_about_than_have_room(house, make, adapter):
    """All of a batch that is larger than the queue are asked about, and none is shed."""
    exchanges = [make(f"old {n}", f"new {n}") for n in range(12)]
    scorer = house.set_up(judge="queue: 2, max_in_flight: 1")
    house.record(*exchanges)
    batch = take(house.store.db.conn, 12)
    config = load(house.file, environ={})
    asking = Asking(config, house.clock)
    words = asking.asked_now(house.store, batch, lenses_of(config)["address"])
    asking.close()
    scorer.close()
    assert (len(words), house.outcomes(), adapter.most) == (12, {"asked": 24}, 1)
