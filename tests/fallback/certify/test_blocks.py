"""Confidences are cut into nested groups by count, ties kept together, losses never looked at."""

from __future__ import annotations

import numpy as np

from fallback.certify.blocks import MOST, groups_of, thresholds_of
from fallback.certify.labels import Labels


def test_equal_confidences_are_one_group():
    """Nobody can tell them apart, so no threshold may."""
    groups = groups_of(Labels.of([0.9, 0.5, 0.9, 0.5, 0.1], [1, 0, 0, 1, 0]))
    assert groups.thresholds.tolist() == [0.9, 0.5, 0.1]
    assert groups.n.tolist() == [2, 4, 5]
    assert groups.k.tolist() == [1, 2, 2]


def test_many_confidences_are_thinned_to_groups_of_equal_count():
    """And the last group is all of them."""
    groups = groups_of(Labels.of(np.linspace(0, 1, 1000), np.zeros(1000)))
    assert groups.n.tolist() == [20.0 * i for i in range(1, MOST + 1)]


def test_a_large_tie_is_not_cut_by_thinning():
    """Its group is as large as it is."""
    confidence = np.concatenate([np.linspace(0.6, 1, 100), np.full(900, 0.5)])
    groups = groups_of(Labels.of(confidence, np.zeros(1000)))
    assert groups.n[-1] == 1000
    assert groups.n[-2] == 100


def test_answers_without_confidence_are_in_no_group():
    """Legacy serves them."""
    groups = groups_of(Labels.of([None, 0.5, None], [1, 0, 1]))
    assert (groups.n.tolist(), groups.k.tolist()) == ([1], [0])


def test_nothing_gives_no_groups():
    """Not even an empty one."""
    groups = groups_of(Labels.of([], []))
    assert groups.thresholds.size == groups.n.size == groups.k.size == 0


def test_thresholds_are_those_of_the_groups():
    """Whether labels are there or not."""
    confidence = np.round(np.random.default_rng(1).random(500), 2)
    labels = Labels.of(confidence, np.zeros(500))
    assert thresholds_of(confidence).tolist() == groups_of(labels).thresholds.tolist()
