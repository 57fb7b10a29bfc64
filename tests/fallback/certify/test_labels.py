"""Labels are checked when they come in, and told apart from retries."""

from __future__ import annotations

import numpy as np
import pytest

from fallback.certify.labels import Labels, first_of_each


@pytest.mark.parametrize(
    ("confidence", "loss", "why"),
    [
        ([0.5, 1.5], [0, 0], "row 2: confidence must be from 0 to 1"),
        ([0.5], [2], "row 1: loss must be from 0 to 1"),
        ([0.5], [float("nan")], "row 1: loss must be from 0 to 1"),
        ([0.5], [0, 1], "1 confidences and 2 losses"),
    ],
)
def test_what_is_no_label_is_named(confidence, loss, why):
    """By its row and by what it should be."""
    with pytest.raises(ValueError, match=why):
        Labels.of(confidence, loss)


def test_a_probability_of_review_becomes_a_weight():
    """1/π; none where everything was sure to be reviewed."""
    found = Labels.of([0.1, 0.9], [0, 1], probability=[0.25, 1])
    assert found.weight is not None
    assert found.weight.tolist() == [4, 1]
    assert found.total == 5
    assert Labels.of([0.1], [0], probability=[1]).weight is None


@pytest.mark.parametrize("probability", [[0.0], [1.1], [1.0, 1.0]])
def test_a_probability_that_is_none_is_refused(probability):
    """Zero would weigh infinitely much."""
    with pytest.raises(ValueError, match="probabilit"):
        Labels.of([0.5], [0], probability=probability)


def test_only_plain_losses_of_equal_weight_are_counted():
    """Anything else is bet against."""
    assert Labels.of([0.1, 0.2], [0, 1]).counted
    assert not Labels.of([0.1, 0.2], [0, 0.5]).counted
    assert not Labels.of([0.1, 0.2], [0, 1], probability=[0.5, 1]).counted


def test_an_answer_without_confidence_is_above_no_threshold():
    """It counts among all the same."""
    found = Labels.of([None, 0.9, 0.0], [1, 0, 0])
    assert len(found) == 3
    assert len(found.above(0.0)) == 2


def test_a_digest_tells_labels_apart():
    """By every column."""
    one = Labels.of([0.1, 0.2], [0, 1])
    assert one.digest() == Labels.of([0.1, 0.2], [0, 1]).digest()
    others = (Labels.of([0.1, 0.3], [0, 1]), Labels.of([0.1, 0.2], [0, 0]))
    weighted = Labels.of([0.1, 0.2], [0, 1], probability=[0.5, 1])
    assert one.digest() not in {other.digest() for other in (*others, weighted)}


def test_a_retry_is_no_fresh_evidence():
    """The first of each fingerprint counts; what has none is like no other."""
    assert first_of_each(["a", "b", "a", None, None, "b"]) == [0, 1, 3, 4]


def test_rows_of_numpy_are_taken_as_they_are():
    """A million of them are not walked."""
    confidence = np.linspace(0, 1, 5)
    assert Labels.of(confidence, np.zeros(5)).confidence is confidence
