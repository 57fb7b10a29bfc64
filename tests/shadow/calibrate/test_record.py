"""Labels are read from the record: verdicts of the panel, or reviews, one a request, of this model alone."""

from __future__ import annotations

import numpy as np
import pytest

from fallback.certify.terms import Loss
from shadow.calibrate.record import Where, frontier, labels_after, read_labels
from shadow.record.audit import Entry
from shadow.record.reviews import Review, add

HERE = Where("address", "m")


def reviewed(book, exchange, verdict, **more):
    """Bring a review in."""
    add(
        book.store,
        [Review(verdict=verdict, exchange=exchange, **more)],
        Entry(5, "ops", "reviews_imported", "", "x"),
    )


def test_verdicts_are_labels_of_divergence(book, fill):
    """What could not be compared is none, and is told."""
    fill(book.store, [(0.9, "match"), (0.8, "diverged"), (None, "match"), (0.7, "not_comparable")])
    found = read_labels(book.store.db, HERE, Loss.DIVERGENCE)
    assert np.array_equal(found.labels.confidence, [0.9, 0.8, np.nan], equal_nan=True)
    assert found.labels.loss.tolist() == [0, 1, 0]
    assert found.left_out == ("1 exchanges could not be compared and are no labels",)
    assert found.population is not None
    assert found.population.size == 4


@pytest.mark.parametrize(
    ("loss", "lost"),
    [(Loss.WRONG, ["legacy_right", "neither"]), (Loss.REGRET, ["legacy_right"])],
)
def test_reviews_are_labels_of_harm(book, fill, loss, lost):
    """Each by its own meaning, whatever the panel said."""
    verdicts = ["model_right", "legacy_right", "both", "neither"]
    ids = fill(book.store, [(0.9, "match")] * 5)
    for ident, verdict in zip(ids, verdicts, strict=False):
        reviewed(book, ident, verdict, probability=0.5)
    found = labels_after(book.store.db, HERE, loss)
    assert [label.loss for label in found] == [float(verdict in lost) for verdict in verdicts]
    assert {label.probability for label in found} == {0.5}


def test_a_retry_is_one_label(book, fill):
    """And what keeps no request cannot be told from one."""
    fill(book.store, [(0.9, "match")] * 3, body="the same")
    fill(book.store, [(0.9, "match")] * 2, bodies=False)
    found = read_labels(book.store.db, HERE, Loss.DIVERGENCE)
    assert (len(found.labels), found.retries) == (1, 2)
    assert found.left_out[0].startswith("2 labels of exchanges whose request was not kept")


def test_where_bodies_are_hashed_the_kept_fingerprint_tells_requests_apart(book, fill):
    """By their query, too, which is not kept itself."""
    for one in ("a", "b", "b"):
        (ident,) = fill(book.store, [(0.9, "match")], body="")
        book.store.db.execute(
            "UPDATE bodies SET body = NULL, target = NULL, sha256 = 'e3', fingerprint = ? WHERE exchange = ?",
            (one, ident),
        )
    assert len(read_labels(book.store.db, HERE, Loss.DIVERGENCE).labels) == 2


def test_the_latest_review_of_an_exchange_is_its_label(book, fill):
    """In the place of the first."""
    ids = fill(book.store, [(0.9, "match")] * 2)
    for ident, verdict in ((ids[0], "neither"), (ids[1], "both"), (ids[0], "both"), (ids[1], "neither")):
        reviewed(book, ident, verdict)
    found = labels_after(book.store.db, HERE, Loss.WRONG)
    assert [(label.exchange, label.loss) for label in found] == [(ids[0], 0.0), (ids[1], 1.0)]


def test_what_an_inline_panel_would_stop_is_not_served_whatever_its_confidence(book, fill):
    """A match always passes it; what could not be compared never does."""
    for verdict, divergence in (
        ("match", 0.4),
        ("diverged", 0.1),
        ("diverged", 0.3),
        ("not_comparable", None),
    ):
        fill(book.store, [(0.9, verdict)], divergence=divergence)
    found = read_labels(book.store.db, Where("address", "m", inline=0.2), Loss.DIVERGENCE)
    assert np.array_equal(found.labels.confidence, [0.9, 0.9, np.nan], equal_nan=True)
    assert found.population is not None
    assert np.count_nonzero(np.isnan(found.population)) == 2


def test_what_was_left_out_of_weighing_is_no_label_and_no_traffic(book, fill):
    """Whether it was is settled without a look at the answer, so that the others stay a fair draw."""
    fill(book.store, [(0.9, "match"), (None, "diverged")])
    for why in ("sampled_out", "over_budget", "shed"):
        fill(book.store, [(None, "match")], unweighed=why)
    found = read_labels(book.store.db, HERE, Loss.DIVERGENCE)
    assert (len(found.labels), found.population.size) == (2, 2)


def test_other_models_routes_and_times_give_no_labels(book, fill):
    """Nor does what is not scored yet."""
    fill(book.store, [(0.9, "match")], config_hash="other")
    fill(book.store, [(0.9, "match")], route="other")
    fill(book.store, [(0.9, "match")], at=5)
    fill(book.store, [(0.9, None)], state=1)
    assert len(read_labels(book.store.db, Where("address", "m", since=10), Loss.DIVERGENCE).labels) == 0


def test_the_frontier_is_where_the_first_unscored_exchange_waits(book, fill):
    """Nothing before it will change."""
    assert frontier(book.store.db) == 0
    fill(book.store, [(0.9, "match")] * 3)
    assert frontier(book.store.db) == 3
    fill(book.store, [(0.9, None)], state=1)
    fill(book.store, [(0.9, "match")])
    assert frontier(book.store.db) == 3
