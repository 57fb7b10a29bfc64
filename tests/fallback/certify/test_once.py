"""A one-shot certificate: the loosest threshold that labels prove safe, or never and why."""

from __future__ import annotations

import gzip
import json
from importlib.resources import files

import numpy as np
import pytest

from fallback.certify.labels import Labels
from fallback.certify.once import certify
from fallback.certify.terms import Terms, Why


def sample(n, risk, seed=0):
    """Draw labels whose share of losses at a confidence is risk(confidence)."""
    draws = np.random.default_rng(seed)
    confidence = draws.beta(3, 1, n)
    return Labels.of(confidence, (draws.random(n) < risk(confidence)).astype(float))


def test_a_calibrated_model_is_served_where_it_is_sure():
    """What is above the threshold is proved, and said."""
    labels = sample(3000, lambda c: 1 - c)
    found = certify(labels, Terms(at_most=0.05))
    assert found.threshold is not None
    assert found.reason is None
    above = labels.above(found.threshold)
    assert (found.n, found.k) == (len(above), above.loss.sum())
    assert found.upper_bound is not None
    assert found.k / found.n < found.upper_bound <= 0.05
    assert found.coverage.share == len(above) / 3000
    assert found.coverage.low < found.coverage.share < found.coverage.high
    assert found.needed is None


@pytest.mark.parametrize(("n", "threshold"), [(58, None), (59, 0.9)])
def test_so_few_labels_are_enough_if_none_is_a_loss(n, threshold):
    """59 for 5 % with 95 % probability."""
    found = certify(Labels.of(np.full(n, 0.9), np.zeros(n)), Terms(at_most=0.05))
    assert found.threshold == threshold
    assert found.reason == (None if threshold else Why.TOO_FEW)


def test_no_labels_are_never_enough():
    """And the output says how many would be."""
    found = certify(Labels.of([], []), Terms(at_most=0.02))
    assert (found.threshold, found.reason, found.n, found.k) == (None, Why.TOO_FEW, 0, 0)
    assert found.upper_bound is None
    assert found.coverage.share == 0.0
    assert found.needed is not None
    assert (found.needed.above, found.needed.in_all) == (149, None)


def test_a_bad_model_is_never_served():
    """However many labels there are: no number of them would change it."""
    found = certify(sample(2000, lambda c: np.full_like(c, 0.3)), Terms(at_most=0.05))
    assert (found.threshold, found.reason, found.n) == (None, Why.RISK_TOO_HIGH, 2000)
    assert found.needed is not None
    assert found.needed.in_all is None


def test_a_model_that_lacks_labels_is_told_how_many():
    """At the rate at which it errs now."""
    found = certify(Labels.of(np.linspace(0.5, 1, 100), [1] * 2 + [0] * 98), Terms(at_most=0.02))
    assert found.reason is Why.TOO_FEW
    assert found.needed is not None
    assert found.needed.in_all is not None
    assert found.needed.in_all > 149


def test_answers_without_confidence_are_covered_by_nobody():
    """They count where coverage is measured."""
    labels = Labels.of([0.9] * 100 + [None] * 100, [0] * 100 + [1] * 100)
    found = certify(labels, Terms(at_most=0.05))
    assert (found.threshold, found.coverage.share) == (0.9, 0.5)


def test_coverage_is_measured_on_all_traffic_where_it_is_known():
    """Labels may be drawn from a part of it."""
    traffic = np.array([0.95] * 10 + [0.1] * 30)
    found = certify(Labels.of(np.full(100, 0.9), np.zeros(100)), Terms(), population=traffic)
    assert found.coverage.share == 0.25


def test_fractional_losses_are_certified_by_betting():
    """Their bound is one of means."""
    draws = np.random.default_rng(3)
    found = certify(Labels.of(draws.random(2000), draws.beta(1, 99, 2000)), Terms(at_most=0.05))
    assert found.threshold is not None
    assert not found.evidence.counted
    assert found.upper_bound is not None
    assert found.upper_bound <= 0.05


@pytest.mark.parametrize(
    ("loss", "at_most", "coverage"),
    [("wrong", 0.05, 0.70), ("wrong", 0.02, 0.50), ("diverged", 0.05, None)],
)
def test_real_answers_are_certified_as_they_deserve(loss, at_most, coverage):
    """User queries with a gold label: on random halves the promise is kept, and much is covered.

    Against legacy, which is right on two thirds, it is never: the sides agree on half of the queries.
    """
    path = files("shadow.demo").joinpath("data/intent.jsonl.gz")
    rows = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    said = [row["probs"][0] for row in rows]
    right = [row["gold" if loss == "wrong" else "legacy"] for row in rows]
    confidence = np.array([share for _, share in said])
    losses = np.array([float(label != other) for (label, _), other in zip(said, right, strict=True)])
    draws = np.random.default_rng(7)
    covered, broken = [], 0
    for _ in range(40):
        half = draws.permutation(len(rows))[: len(rows) // 2]
        found = certify(Labels.of(confidence[half], losses[half]), Terms(at_most=at_most))
        if coverage is None:
            assert found.reason is Why.RISK_TOO_HIGH
        assert (found.threshold is None) == (coverage is None)
        if found.threshold is not None:
            served = confidence >= found.threshold
            covered.append(float(served.mean()))
            broken += float(losses[served].mean()) > at_most
    assert broken <= 2
    assert coverage is None or np.mean(covered) >= coverage
