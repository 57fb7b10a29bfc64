"""How far confidences are from shares of right answers, with what chance adds to it taken off."""

from __future__ import annotations

import numpy as np
import pytest

from fallback.calibration.measure import calibration_error, measure, reliability


def sample(n, power, seed=0):
    """Draw answers that are right with a power of their confidence."""
    draws = np.random.default_rng(seed)
    confidence = draws.random(n)
    return confidence, (draws.random(n) < confidence**power).astype(float)


def test_nothing_measures_nothing():
    """No score of no labels."""
    assert measure(np.array([]), np.array([])).brier is None


@pytest.mark.parametrize(("n", "there"), [(199, False), (200, True)])
def test_a_calibration_error_needs_labels(n, there):
    """Two hundred."""
    found = measure(*sample(n, 1))
    assert (found.error is not None) == there == (found.interval is not None)
    assert found.n == n


def test_a_calibrated_model_has_hardly_any_error():
    """Less than without taking chance off; and the interval reaches down to it."""
    error, (low, high) = calibration_error(*sample(3000, 1, seed=1))
    assert error < 0.02
    assert low < 0.01
    assert high < 0.05


def test_an_overconfident_model_has_the_error_it_has():
    """The root of the mean of (c - c²)², that is 0.18."""
    error, (low, high) = calibration_error(*sample(5000, 2))
    assert error == pytest.approx(np.sqrt(1 / 30), abs=0.02)
    assert low < np.sqrt(1 / 30) < high


def test_the_brier_score_is_a_mean_square():
    """Of certainty that is right, and of certainty that is wrong."""
    assert measure(np.array([1.0, 1.0, 0.5]), np.array([1.0, 0, 1])).brier == pytest.approx((1 + 0.25) / 3)


def test_points_hold_equal_counts_and_keep_ties_together():
    """A model that knows three words of confidence has three points."""
    points = reliability(np.repeat([0.2, 0.5, 0.9], 100), np.tile([0.0, 1.0], 150))
    assert [(round(p.confidence, 6), p.share, p.n) for p in points] == [
        (0.2, 0.5, 100),
        (0.5, 0.5, 100),
        (0.9, 0.5, 100),
    ]
    assert all(p.low < p.share < p.high for p in points)
    assert [p.n for p in reliability(*sample(1000, 1))] == [100] * 10


def test_labels_drawn_by_suspicion_are_weighed_back():
    """A calibrated model stays one; its points hold as many labels as the weights leave of them."""
    confidence, right = sample(20_000, 1, seed=5)
    drawn = np.random.default_rng(6).random(confidence.size) < np.where(right, 0.25, 1.0)
    labels = confidence[drawn], right[drawn]
    weighed = measure(*labels, np.where(right, 4.0, 1.0)[drawn])
    assert weighed.error < 0.03
    assert measure(*labels).error > 0.1
    assert weighed.brier == pytest.approx(measure(confidence, right).brier, abs=0.01)
    assert all(each.low < each.confidence < each.high for each in weighed.points[2:8])


def test_equal_weights_change_nothing():
    """Whatever they are."""
    confidence, right = sample(1000, 2)
    assert measure(confidence, right, np.full(1000, 4.0)) == measure(confidence, right)
