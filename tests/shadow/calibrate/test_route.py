"""What is found for a route: its own certificate for its own promise, and only what its labels were made with."""

from __future__ import annotations

import pytest

from fallback.certify.terms import Loss, Terms
from shadow.calibrate.route import STALE, find_in_record, ready
from shadow.errors import ShadowError
from shadow.record import epochs
from shadow.record.audit import Entry
from shadow.record.reviews import Review, add

MINE = Terms(Loss.DIVERGENCE, 0.05)


def found(book, terms=MINE, **more):
    """Find what the record says of the route."""
    return find_in_record(book.store, book.config, "address", terms, cohort=None, now=5, **more)


def test_the_files_own_promise_gives_what_is_kept(book, fill):
    """For ever valid; any other promise is one look."""
    book.enter()
    fill(book.store, [(0.9, "match")] * 300, config_hash=book.model)
    assert found(book).certificate.kind == "anytime"
    other = found(book, Terms(Loss.DIVERGENCE, 0.1)).certificate
    assert (other.kind, other.threshold, other.coverage.share) == ("one_shot", 0.9, 1.0)


def test_each_declared_value_is_told(book, fill):
    """Beside one look at everybody."""
    book.write(cohorts=True, by="language", values=["de", "en"])
    book.enter()
    fill(book.store, [(0.9, "match")] * 300, config_hash=book.model, cohorts={"language": "de"})
    made = found(book)
    assert made.certificate.kind == "one_shot"
    assert {name: each.threshold for name, each in made.cohorts.items()} == {"de": 0.9, "en": None}


def test_labels_that_were_made_with_another_panel_are_told_as_such(book, fill):
    """Until the scorer has taken the change up; then there are none."""
    book.enter()
    fill(book.store, [(0.9, "match")] * 300, config_hash=book.model)
    book.write(legacy_version="2")
    stale = found(book)
    assert (stale.certificate.kind, STALE in stale.notes) == ("one_shot", True)
    with pytest.raises(ShadowError, match="the scorer has not taken this configuration up"):
        ready(book.store, book.config, "address", MINE, 5)
    book.enter(now=2_000_000)
    assert found(book).certificate.n == 0


def test_reviews_that_weigh_more_than_was_said_are_told(book, fill):
    """The file has to say how seldom an exchange may be drawn."""
    book.write(loss="wrong")
    book.enter()
    ids = fill(book.store, [(0.9, "match")] * 200, config_hash=book.model)
    reviews = [Review(verdict="both", exchange=each, probability=0.5) for each in ids[:7]]
    add(book.store, reviews, Entry(1, "ops", "reviews_imported", "", "x"))
    notes = found(book, Terms(Loss.WRONG, 0.05)).notes
    assert any(note.startswith("7 labels weigh more than certify.least_probability allows") for note in notes)


def test_a_record_that_no_scorer_has_seen_may_be_put_in_force(book):
    """Its first epoch begins with the command."""
    assert ready(book.store, book.config, "address", MINE, 5).route == "address"
    row = epochs.current(book.store.db, "address")
    assert row is not None
    assert row.since == 0
