"""A route's certificate is kept valid: thresholds fixed once, each label learnt once, and moved only by permission."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from fallback.confidence.logistic import fit
from shadow.calibrate import learn as learning
from shadow.calibrate.learn import FEWEST, fitted_at, learn, loaded, proofs, put_in_force
from shadow.config.model import Route
from shadow.errors import ShadowError
from shadow.record import certificates, epochs
from shadow.record.audit import Entry
from shadow.record.certificates import Move
from shadow.record.reviews import Review, add

APPLY = Move("address", 50, "ops", "it was shown to the board")


def good(n, confidence=0.9):
    """Give exchanges that the panel calls a match."""
    return [(confidence, "match")] * n


def taught(book, now=10):
    """Learn all there is, and give the state."""
    while learn(book.store, book.learner(), now):
        pass
    row = epochs.current(book.store.db, "address")
    assert row is not None
    return row, loaded(row)


def in_force(book):
    """Give the certificate in force."""
    return certificates.in_force(book.store).get("address")


def test_thresholds_wait_for_traffic(book, fill):
    """From fewer than two hundred exchanges they would be arbitrary."""
    book.enter()
    fill(book.store, good(FEWEST - 1), config_hash=book.model)
    assert taught(book)[1] == {}
    fill(book.store, good(1), config_hash=book.model)
    row, state = taught(book)
    assert (row.number, state[""].labels, state[""].thresholds) == (1, FEWEST, (0.9,))


def test_each_label_is_learnt_once(book, fill, monkeypatch):
    """In batches, across retries, and however often one looks."""
    monkeypatch.setattr(learning, "BATCH", 70)
    book.enter()
    fill(book.store, good(250), config_hash=book.model)
    fill(book.store, good(30), config_hash=book.model, body="again and again")
    assert taught(book)[1][""].labels == 251
    assert taught(book)[1][""].labels == 251
    fill(book.store, good(5), config_hash=book.model)
    row, state = taught(book)
    assert (state[""].labels, row.upto) == (256, 285)


def test_nothing_is_in_force_until_somebody_puts_it_there(book, fill):
    """And from then on it is kept up to date."""
    book.enter()
    fill(book.store, good(200, 0.95) + good(200, 0.6), config_hash=book.model)
    taught(book)
    assert in_force(book) is None
    ident = put_in_force(book.store, book.learner(), APPLY)
    grant = in_force(book)
    assert grant is not None
    assert (grant.certificate, grant.thresholds) == (ident, {"": 0.6})
    assert put_in_force(book.store, book.learner(), APPLY) is None
    fill(book.store, [(0.6, "diverged")] * 60, config_hash=book.model)
    taught(book, now=60)
    stricter = in_force(book)
    assert stricter is not None
    assert stricter.thresholds == {"": 0.95}
    told = book.store.db.execute("SELECT who, what, why FROM audit ORDER BY seq").fetchall()
    assert told == [
        ("ops", "certificate_set", APPLY.why),
        ("scorer", "certificate_set", "re-fitted with 60 more labels"),
    ]


def test_what_certifies_nothing_cannot_be_put_in_force(book, fill):
    """Neither before thresholds are fixed nor when all of them lose too much."""
    book.enter()
    with pytest.raises(ShadowError, match="address: no threshold is certified"):
        put_in_force(book.store, book.learner(), APPLY)
    fill(book.store, [(0.9, "diverged")] * 300, config_hash=book.model)
    taught(book)
    with pytest.raises(ShadowError, match="address: no threshold is certified"):
        put_in_force(book.store, book.learner(), APPLY)


def test_a_certificate_is_void_when_what_it_stands_on_changes(book, fill):
    """Its labels count no more, the next epoch has less to spend, and nobody has put it in force."""
    book.enter()
    fill(book.store, good(400), config_hash=book.model)
    taught(book)
    put_in_force(book.store, book.learner(), APPLY)
    book.write(prompt="b")
    assert book.enter(now=2_000_000)
    assert not book.enter(now=2_000_001)
    assert in_force(book) is None
    fill(book.store, good(400), config_hash=book.model)
    assert taught(book)[1] == {}
    fill(book.store, good(400), config_hash=book.model, at=2_000_001)
    row, state = taught(book)
    assert (row.number, row.granted, state[""].labels) == (2, False, 400)
    assert state[""].scope.epoch == 2


def test_a_new_promise_keeps_the_labels(book, fill):
    """They are as good as they were; the doubt is not: it is another epoch."""
    book.enter()
    fill(book.store, good(600), config_hash=book.model)
    taught(book)
    book.write(at_most=0.02)
    book.enter(now=2_000_000)
    row, state = taught(book)
    assert (row.number, row.since, state[""].labels) == (2, 0, 600)


def test_a_configuration_that_the_scorer_has_not_taken_up_learns_nothing(book, fill):
    """Two processes with two files would begin epochs in turn."""
    book.enter()
    fill(book.store, good(300), config_hash=book.model)
    book.write(prompt="b")
    assert learn(book.store, book.learner(), 1) == 0


def test_reviews_are_learnt_whenever_they_come(book, fill):
    """Once each; of a request that was reviewed twice the first."""
    book.write(loss="wrong")
    book.enter()
    ids = fill(book.store, good(300), config_hash=book.model)
    ids += fill(book.store, good(2), config_hash=book.model, body="twice")
    taught(book)
    for at, ident in enumerate(ids):
        verdict = "legacy_right" if at == 0 else "both"
        add(
            book.store,
            [Review(verdict=verdict, exchange=ident)],
            Entry(at, "ops", "reviews_imported", "", "x"),
        )
    _, state = taught(book)
    assert (state[""].labels, state[""].losses) == (301, 1)
    assert taught(book)[1][""].labels == 301


def test_each_declared_value_of_a_cohort_has_its_own_threshold(book, fill):
    """With its part of the doubt; others have none."""
    book.write(cohorts=True, by="language", values=["de", "en"])
    book.enter()
    fill(book.store, good(300), config_hash=book.model, cohorts={"language": "de"})
    fill(book.store, [(0.9, "diverged")] * 300, config_hash=book.model, cohorts={"language": "en"})
    fill(book.store, good(300), config_hash=book.model, cohorts={"language": "fr"})
    _, state = taught(book)
    made = proofs(book.store, book.learner(), state)
    assert {name: each.threshold for name, each in made.items()} == {"de": 0.9, "en": None}
    assert made["de"].scope.among == 2
    assert made["de"].coverage.share == 1.0
    put_in_force(book.store, book.learner(), APPLY)
    grant = in_force(book)
    assert grant is not None
    assert (grant.cohort, grant.thresholds) == ("language", {"de": 0.9, "en": None})


def test_a_value_with_little_traffic_takes_everybodys_thresholds(book, fill):
    """Its own would be arbitrary; its labels count all the same."""
    book.write(cohorts=True, by="language", values=["de", "en"])
    book.enter()
    fill(book.store, good(300, 0.8), config_hash=book.model, cohorts={"language": "de"})
    fill(book.store, good(50), config_hash=book.model, cohorts={"language": "en"})
    _, state = taught(book)
    assert {name: (each.thresholds, each.labels) for name, each in state.items()} == {
        "de": ((0.8,), 300),
        "en": ((0.9, 0.8), 50),
    }


def test_who_comes_second_with_the_same_labels_learns_nothing(book, fill):
    """A scorer and a command may look at the same time: what is read outside of the lock is checked inside."""
    book.enter()
    fill(book.store, good(250), config_hash=book.model)
    stale = epochs.current(book.store.db, "address")
    assert stale is not None
    row, state = taught(book)
    assert not learning._begin(book.store, book.learner(), stale)
    fill(book.store, good(5), config_hash=book.model)
    taught(book)
    assert learning._fold(book.store, book.learner(), row, 1) == 0
    assert taught(book)[1][""].labels == 255
    assert state[""].labels == 250


def test_what_an_estimator_was_fitted_to_proves_nothing_of_it(book, fill):
    """Labels count from the end of that period on."""
    rows = [{"sure": 0.1 + 0.8 * (at % 7) / 6} for at in range(90)]
    right = [row["sure"] > 0.5 or at % 5 == 0 for at, row in enumerate(rows)]
    stored = msgspec.json.decode(fit(rows, right, loss="wrong", about={"until": 2_000_000}).dumps())
    signals = {"sure": {"use": "constant", "options": {"value": 0.9}}}
    confidence = {"use": "combined", "options": {"signals": signals, "fit": stored}}
    route = Route.model_validate({"match": {"path": "/a"}, "model": "m", "confidence": confidence})
    assert fitted_at(route) == 2_000_000
    assert fitted_at(book.config.routes["address"]) == 0
    book.enter()
    fill(book.store, good(300), config_hash=book.model)
    fill(book.store, good(210), config_hash=book.model, at=2_000_001)
    learner = replace(book.learner(), fitted=fitted_at(route))
    while learn(book.store, learner, 1):
        pass
    row = epochs.current(book.store.db, "address")
    assert row is not None
    assert loaded(row)[""].labels == 210


def judged(book, idents, verdict, at=20, **more):
    """Bring reviews of exchanges in."""
    found = [Review(verdict=verdict, exchange=ident, **more) for ident in idents]
    return add(book.store, found, Entry(at, "ops", "reviews_imported", "", "weekly"))


def entries(book):
    """Give what the audit log says of labels."""
    rows = book.store.db.execute("SELECT who, why, before, after FROM audit WHERE what = 'labels_corrected'")
    return rows.fetchall()


def test_a_corrected_review_replaces_the_label_that_was_learnt(book, fill):
    """All evidence is counted anew, what it said at its best moment included, and the log tells of it."""
    book.write(loss="wrong")
    book.enter()
    idents = fill(book.store, good(300), config_hash=book.model)
    judged(book, idents, "model_right")
    before = taught(book)[1][""]
    put_in_force(book.store, book.learner(), APPLY)
    assert in_force(book).thresholds == {"": 0.9}
    assert judged(book, idents[:100], "legacy_right", at=30).added == 100
    row, state = taught(book)
    assert (state[""].labels, state[""].losses, state[""].k) == (300, 100, (100,))
    assert (before.peak[0] > 5, state[""].peak) == (True, (0.0,))
    assert in_force(book).thresholds == {"": None}
    told = '{"losses":0,"threshold":0.9}', '{"losses":100,"threshold":null}'
    assert entries(book) == [("scorer", "100 labels were corrected, and all evidence counted anew", *told)]
    assert taught(book) == (row, state)


def test_a_correction_may_prove_more_and_its_own_correction_less_again(book, fill):
    """The latest word on an exchange counts, also when it is one that was said before."""
    book.write(loss="wrong")
    book.enter()
    idents = fill(book.store, good(300), config_hash=book.model)
    for at, verdict, losses in ((20, "neither", 300), (30, "both", 0), (40, "neither", 300)):
        judged(book, idents, verdict, at=at)
        assert taught(book)[1][""].losses == losses
    assert len(entries(book)) == 2
    assert judged(book, idents, "neither", at=50).known == 300


def test_another_probability_is_a_correction_too(book, fill):
    """Of a label that weighs something else."""
    book.write(loss="wrong", least_probability=0.5)
    book.enter()
    idents = fill(book.store, good(250), config_hash=book.model)
    judged(book, idents, "model_right")
    one = taught(book)[1][""].capital
    judged(book, idents, "model_right", at=30, probability=0.5)
    other = taught(book)[1][""]
    assert other.capital != one
    assert other.labels == 250


def test_labels_are_counted_anew_although_their_exchanges_are_gone(book, fill):
    """What was kept for so many days is deleted; what was learnt of it is not unlearnt."""
    book.write(loss="wrong")
    book.enter()
    idents = fill(book.store, good(300), config_hash=book.model)
    judged(book, idents, "model_right")
    taught(book)
    book.store.db.execute("DELETE FROM exchanges WHERE id = ?", (idents[0],))
    judged(book, idents[1:2], "neither", at=30)
    state = taught(book)[1][""]
    assert (state.labels, state.losses) == (300, 1)
