"""How much method a calibration takes depends on how many labels there are."""

from __future__ import annotations

import numpy as np
import pytest

from fallback.calibration.fit import fit, isotonic, platt, venn_abers


def sample(n, seed=0):
    """Draw answers that are right with the square of their confidence."""
    draws = np.random.default_rng(seed)
    confidence = draws.random(n)
    return confidence, (draws.random(n) < confidence**2).astype(float)


@pytest.mark.parametrize(("n", "method"), [(29, None), (30, "platt"), (499, "platt"), (500, "isotonic")])
def test_the_method_is_what_the_labels_can_bear(n, method):
    """None, a curve of two numbers, or any rising shape."""
    found = fit(*sample(n))
    assert (None if found is None else found.method) == method


@pytest.mark.parametrize("method", [platt, isotonic])
def test_a_fit_comes_near_the_truth_and_rises(method):
    """0.8 is right in 64 of 100."""
    at = np.linspace(0.05, 0.95, 19)
    found = method(*sample(5000))(at)
    assert np.abs(found - at**2).max() < 0.1
    assert bool(np.all(np.diff(found) >= 0))


def test_a_curve_of_right_answers_only_stops_short_of_certainty():
    """Smoothed targets keep a few labels from promising all."""
    found = platt(np.full(40, 0.7), np.ones(40))(np.array([0.7]))
    assert 0.9 < found[0] < 1


def test_equal_confidences_share_one_value():
    """Whatever their order."""
    found = isotonic(np.array([0.5, 0.5, 0.5, 0.5]), np.array([1.0, 0, 0, 1]))
    assert found(np.array([0.1, 0.5, 0.9])).tolist() == [0.5, 0.5, 0.5]


def test_the_two_probabilities_hold_the_truth_between_them_and_are_close():
    """The more labels, the closer."""
    low, high = venn_abers(*sample(2000), np.array([0.3, 0.9]))
    assert bool(np.all(low <= high))
    assert bool(np.all(high - low < 0.15))
    assert np.abs((low + high) / 2 - np.array([0.09, 0.81])).max() < 0.12


def test_labels_drawn_by_suspicion_are_weighed_back():
    """Half of the right answers are never looked at: without weights the model seems worse than it is."""
    confidence, right = sample(20_000, seed=3)
    drawn = np.random.default_rng(4).random(confidence.size) < np.where(right, 0.25, 1.0)
    weight = np.where(right, 4.0, 1.0)[drawn]
    at = np.linspace(0.2, 0.9, 8)
    for method in (platt, isotonic):
        assert np.abs(method(confidence[drawn], right[drawn], weight)(at) - at**2).max() < 0.08
        assert np.abs(method(confidence[drawn], right[drawn])(at) - at**2).max() > 0.2


def test_the_two_probabilities_of_labels_that_weigh_hold_the_truth_too():
    """As far as so many labels allow."""
    confidence, right = sample(20_000, seed=3)
    drawn = np.random.default_rng(4).random(confidence.size) < np.where(right, 0.25, 1.0)
    weight = np.where(right, 4.0, 1.0)[drawn]
    low, high = venn_abers(confidence[drawn], right[drawn], np.array([0.7]), weight)
    assert low[0] - 0.06 < 0.49 < high[0] + 0.06
