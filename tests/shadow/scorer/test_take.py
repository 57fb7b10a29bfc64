"""What is read of the exchanges that wait."""

from __future__ import annotations

import gzip

from comparators import Answer, Reply, Token
from fallback.confidence.logprob import LogProb
from fallback.words import Disposition
from shadow.scorer.take import take


def test_the_oldest_come_first_and_no_more_than_asked_for(desk, make):
    """The order is the order of writing, not that of the requests."""
    late, early, more = make(at=9), make(at=5), make(at=7)
    desk.record(late, early, more)
    assert [each.id for each in take(desk.store.db.conn, 2)] == [late.id, early.id]


def test_reading_claims_nothing(desk, make):
    """Two scorers may read the same."""
    desk.record(make())
    assert take(desk.store.db.conn, 9) == take(desk.store.db.conn, 9)


def test_an_exchange_is_read_as_it_was_recorded(desk, make):
    """With both answers, cohorts and what was decided."""
    one = make(cohorts=(("tier", "gold"),), confidence=0.25)
    desk.record(one)
    (read,) = take(desk.store.db.conn, 9)
    assert (read.id, read.route, read.phase, read.served, read.reason) == (
        one.id,
        "address",
        "shadow",
        "legacy",
        "shadow",
    )
    assert (read.cohorts, read.confidence, read.model, read.version) == (
        {"tier": "gold"},
        0.25,
        "parser",
        "v1",
    )
    assert (read.legacy, read.raw_model) == (one.legacy.answer, one.model.answer)
    assert (read.legacy_status, read.legacy_seconds, read.legacy_failure) == (200, 0.01, None)


def test_open_and_scored_rows_do_not_wait(desk, make):
    """A strict audit's open row is not finished; a scored one is done."""
    desk.record(make())
    desk.step()
    desk.record(make(), opens=True)
    assert take(desk.store.db.conn, 9) == []


def test_answers_of_a_final_disposition_are_not_read(desk, make):
    """There is nothing to compare."""
    desk.record(make(disposition=Disposition.MODEL_LATE))
    (read,) = take(desk.store.db.conn, 9)
    assert (read.disposition, read.legacy, read.raw_model) == ("model_late", None, None)


def test_bodies_are_given_as_they_were_captured(desk, make):
    """Unpacking a whole batch at once could take more memory than there is."""
    packed = Answer.of(body=gzip.compress(b"{}"), headers={"Content-Encoding": "gzip"})
    desk.record(make(packed))
    (read,) = take(desk.store.db.conn, 9)
    assert read.legacy == packed


def test_a_reply_that_cannot_be_read_is_noted(desk, make):
    """A plugin may have put anything into it; the exchanges behind it come all the same."""
    broken = Answer.of(json={}, reply=Reply(text=None))
    desk.record(make(None, broken), make())
    first, second = take(desk.store.db.conn, 9)
    assert (first.raw_model, first.unreadable) == (None, "what was stored cannot be read (ValidationError)")
    assert (second.raw_model is not None, second.unreadable) == (True, "")


def test_a_log_probability_that_is_none_stays_none(desk, make):
    """JSON has no NaN; what stands for it in the store must not become a number to trust."""
    reply = Reply("ab", (Token("a", -0.5), Token("b", float("nan"))))
    desk.record(make(None, Answer.of(json={}, reply=reply)))
    (read,) = take(desk.store.db.conn, 9)
    assert LogProb("norm")(read.raw_model) is None


def test_a_side_without_answer_is_none(desk, make):
    """A failure leaves a status of NULL, or no body."""
    desk.record(make())
    desk.store.db.execute("DELETE FROM bodies WHERE side = 'model'")
    (read,) = take(desk.store.db.conn, 9)
    assert (read.legacy is None, read.raw_model) == (False, None)
