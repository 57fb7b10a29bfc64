"""From recorded repeats to what is kept of a route's noise: once each, whatever happens between."""

from __future__ import annotations

import pytest

from comparators import Answer
from fallback.noise.state import NoiseState
from shadow.config.models import Price
from shadow.record.rollup import Rollup

ID = [{"id": f"{letter}", "n": 1} for letter in "abcdef"]


@pytest.fixture
def repeated(make):
    """Make an exchange with repeats of both sides, every id another."""

    def repeated(**changes):
        answers = [Answer.of(json=each) for each in ID]
        again = {"legacy_again": answers[2], "model_again": answers[3]}
        return make(answers[0], answers[1], **{"config_hash": "m1", **again, **changes})

    return repeated


def kept(desk, columns="epoch, repeats, state"):
    """Read what is kept; states are loaded."""
    rows = desk.rows(f"SELECT {columns} FROM noise ORDER BY epoch")
    return [(*words, NoiseState.loads(state).comparators["json"]) for *words, state in rows]


def test_repeats_are_folded_with_their_exchanges_scores(desk, repeated):
    """Batch after batch."""
    desk.record(repeated(), repeated())
    assert desk.step() == 2
    desk.record(repeated(at=5))
    desk.step()
    ((epoch, repeats, found),) = kept(desk)
    assert (epoch, repeats, found.triples, found.pairs, list(found.paths)) == ("m1-", 3, 3, 3, ["/id"])
    path = found.paths["/id"]
    assert (path.diverged, path.legacy, path.both, path.model) == (3, 3, 3, 3)
    assert desk.rows("SELECT began < seen, model, version FROM noise") == [(1, "parser", "v1")]


def test_what_two_scorers_took_is_folded_once(desk, repeated):
    """By whoever writes first."""
    desk.record(repeated())
    scored = desk.scored()
    assert (desk.write(scored), desk.write(scored)) == (1, 0)
    assert kept(desk)[0][1] == 1


def test_another_model_or_panel_begins_anew(desk, repeated, lens):
    """What was noise under one may be none under another."""
    desk.record(repeated(), repeated(config_hash="m2"))
    desk.step()
    desk.lenses["address"] = lens(panel_hash="p2")
    desk.record(repeated())
    desk.step()
    assert [(epoch, repeats) for epoch, repeats, _ in kept(desk)] == [("m1-", 1), ("m1-p2", 1), ("m2-", 1)]


def test_an_exchange_without_repeats_leaves_nothing(desk, make):
    """Most have none."""
    desk.record(make())
    desk.step()
    assert desk.rows("SELECT count(*) FROM noise") == [(0,)]


def test_a_repeat_that_cannot_be_read_costs_only_itself(desk, repeated, lens):
    """The exchange is compared as it would be without."""
    broken = Answer(200, ((b"Content-Encoding", b"gzip"),), b"no gzip")
    desk.record(repeated(legacy_again=broken))
    desk.step()
    assert desk.ended() == [(2, "compared", "diverged")]
    assert desk.rows("SELECT count(*) FROM noise") == [(0,)]


def test_a_repeat_of_the_model_with_a_problem_is_none(desk, repeated, lens):
    """Nothing can be said of what could not be served either."""

    def read(raw):
        return Answer(200, (), raw.body, problem="cut off") if b'"d"' in raw.body else raw

    desk.lenses["address"] = lens(read=read)
    desk.record(repeated())
    desk.step()
    ((_, _, found),) = kept(desk)
    assert (found.triples, found.pairs) == (1, 0)


def test_what_a_repeat_of_the_model_costs_is_booked(desk, repeated, lens):
    """Twice the price of a call, in the sums and not in the exchange's own row."""
    desk.lenses["address"] = lens(price=Price(per_call=0.5))
    desk.record(repeated())
    desk.step()
    (cost,) = desk.rows("SELECT cost FROM exchanges")
    (sums,) = desk.rows("SELECT sums FROM rollups")
    assert (cost, Rollup.loads(sums[0]).cost) == ((0.5,), 1.0)


def test_what_was_kept_and_cannot_be_read_is_begun_anew(desk, repeated):
    """Rather than to hold up every exchange behind it."""
    desk.record(repeated())
    desk.step()
    desk.store.db.execute("UPDATE noise SET state = 'no JSON'")
    desk.store.db.conn.commit()
    desk.record(repeated())
    desk.step()
    ((_, _, found),) = kept(desk)
    assert found.triples == 1


def test_a_stored_repeat_that_is_no_answer_is_none(desk, repeated):
    """Its exchange is compared all the same."""
    desk.record(repeated())
    desk.store.db.execute("UPDATE bodies SET reply = 'no JSON' WHERE side = 'model2'")
    desk.store.db.conn.commit()
    desk.step()
    assert desk.ended() == [(2, "compared", "diverged")]
    assert kept(desk)[0][2].triples == 1
