"""Which recorded exchanges can be sent again, and what is known of them."""

from __future__ import annotations

from comparators import Answer
from fallback.words import Failure
from shadow.replay.ledger import write
from shadow.replay.measure import Measured
from shadow.replay.recorded import Selection, count, page
from shadow.request import Observation, Request


def selection(shelf, since=None):
    """Select from the shelf's route."""
    return Selection("x", since, shelf.replay.id)


def test_a_recorded_request_comes_back_as_it_was_kept(shelf, make):
    """Without the headers that hold secrets, which never were in the store; the legacy answer stands beside it."""
    (ident,) = shelf.record(make(cohorts=(("language", "de"),)))
    (found,) = page(shelf.store.db.conn, selection(shelf), 0, 10)
    assert found.cohorts == {"language": "de"}
    assert found.request == Request("POST", "/x?q=%2F", ((b"X-Kept", b"1"),), b'{"text": "hi"}', ident)
    assert (found.legacy.json, found.raw_model.json) == ({"a": 1}, {"a": 1, "sure": 0.9})
    assert (found.model, found.version, found.verdict, found.confidence) == ("old", "v1", "match", 0.9)
    assert (found.review, found.right_answer) == (None, None)


def test_pages_go_through_all_in_the_order_of_writing(shelf, make):
    """Each once."""
    written = shelf.record(*(make() for _ in range(5)))
    seen, after = [], 0
    while batch := page(shelf.store.db.conn, selection(shelf), after, 2):
        seen += [each.id for each in batch]
        after = batch[-1].seq
    assert seen == written


def test_what_was_not_kept_is_counted_and_cannot_be_sent(shelf, make):
    """Bodies kept as hashes, no legacy answer, another route, an earlier time."""
    shelf.record(make(), keep="hashed")
    broken = Observation(0.1, Answer(500), Failure.STATUS)
    shelf.record(make(legacy=broken), make(route="y"), make(at=5))
    connection = shelf.store.db.conn
    assert count(connection, selection(shelf)) == (1, 2)
    assert count(connection, selection(shelf, since=6)) == (0, 2)
    assert page(connection, selection(shelf, since=6), 0, 10) == []


def test_what_has_an_answer_is_not_sent_again(shelf, make):
    """What failed is."""
    done, failed = shelf.record(make(), make())
    write(shelf.store, shelf.replay.id, [Measured(done, 1, "f"), Measured(failed, 1, "f", failure="late")])
    assert [each.id for each in page(shelf.store.db.conn, selection(shelf), 0, 10)] == [failed]
    assert count(shelf.store.db.conn, selection(shelf)) == (1, 0)
    other = Selection("x", None, "another replay")
    assert count(shelf.store.db.conn, other) == (2, 0)


def test_a_model_that_gave_no_answer_is_no_obstacle(shelf, make):
    """Another one may."""
    shelf.record(make(model=Observation(2.0, None, Failure.TIMEOUT)))
    (found,) = page(shelf.store.db.conn, selection(shelf), 0, 10)
    assert found.raw_model is None


def test_the_last_review_counts(shelf, make):
    """With the answer that the reviewer found right."""
    (ident,) = shelf.record(make())
    shelf.review(ident, "both")
    shelf.review(ident, "neither", b'{"a": 3}')
    (found,) = page(shelf.store.db.conn, selection(shelf), 0, 10)
    assert (found.review, found.right_answer) == ("neither", b'{"a": 3}')


def test_the_same_request_has_the_same_fingerprint(shelf, make):
    """Whoever sent it, and whenever; another body is another one."""
    other = make().request
    shelf.record(make(), make(at=9), make(request=Request("POST", other.target, other.headers, b"{}")))
    found = page(shelf.store.db.conn, selection(shelf), 0, 10)
    first, second, third = (each.fingerprint for each in found)
    assert (first == second, first == third) == (True, False)
