"""Losses that are no plain 0 or 1 are bet against, in their order of arrival."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fallback.certify.betting import BETS, evidence, p_value, upper_mean, wins
from fallback.certify.labels import Labels


def test_small_losses_are_proved_small():
    """And large ones are not."""
    small = Labels.of(np.full(400, 0.9), np.full(400, 0.01))
    large = Labels.of(np.full(400, 0.9), np.full(400, 0.2))
    assert p_value(small, 0.1) < 0.01
    assert p_value(large, 0.1) == 1.0
    assert p_value(Labels.of([], []), 0.1) == 1.0


def test_a_false_proof_is_as_rare_as_promised():
    """At the very limit, fractional losses, 400 times: seldom below 5 %."""
    draws = np.random.default_rng(5)
    found = [
        p_value(Labels.of(np.full(300, 0.9), draws.beta(0.5, 4.5, 300)), 0.1) <= 0.05 for _ in range(400)
    ]
    assert sum(found) <= 20 + 3 * math.sqrt(19)


def test_weights_undo_what_was_drawn_seldom():
    """Losses that were reviewed four times as often than the rest weigh a quarter of it."""
    draws = np.random.default_rng(6)
    lost = draws.random(8000) < 0.04
    drawn = np.where(lost, 1.0, 0.25)
    seen = draws.random(8000) < drawn
    labels = Labels.of(np.full(seen.sum(), 0.9), lost[seen], probability=drawn[seen])
    plain = Labels.of(np.full(seen.sum(), 0.9), lost[seen])
    assert float(plain.loss.mean()) > 0.1
    assert p_value(labels, 0.08) < 0.05
    assert p_value(plain, 0.08) > 0.05


def test_a_bound_is_the_smallest_mean_that_is_refuted():
    """Above the mean of what was seen."""
    labels = Labels.of(np.full(500, 0.9), np.tile([0.0, 0.1], 250))
    bound = upper_mean(labels, 0.05)
    assert 0.05 < bound < 0.12
    assert p_value(labels, bound) <= 0.05 < p_value(labels, bound - 1e-4)


def test_evidence_is_the_mean_of_the_bets():
    """In logarithms, without over- or underflow."""
    assert evidence(np.zeros((1, BETS.size)))[0] == pytest.approx(0.0)
    assert evidence(np.full((1, BETS.size), 5000.0))[0] == pytest.approx(5000.0)


def test_no_bet_can_lose_more_than_its_stake():
    """Even on the heaviest loss."""
    assert np.isfinite(wins(np.array([1.0]), np.array([4.0]), 0.05, 4.0)).all()
