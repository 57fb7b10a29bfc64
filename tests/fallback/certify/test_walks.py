"""Walks go on while they pass, and what they spend together is the doubt. MAPIE's walks are the oracle."""

from __future__ import annotations

import numpy as np
import pytest
from mapie.risk_control.fwer_control import FWERFixedSequenceTesting

from fallback.certify.bounds import fewest
from fallback.certify.walks import STARTS, Walk, safe, starts_by_count, starts_by_coverage


def test_a_walk_ends_before_the_first_that_does_not_pass():
    """What passes behind it is not reached."""
    assert safe(np.array([0.0, 0.01, 0.2, 0.0]), [Walk(0, 0.05)]) == [0, 1]
    assert safe(np.array([0.2, 0.0, 0.0, 0.0]), [Walk(0, 0.05)]) == []


def test_another_start_gets_past_a_bad_top():
    """Where the most confident answers are the worst."""
    assert safe(np.array([0.9, 0.9, 0.0, 0.0]), [Walk(0, 0.02), Walk(2, 0.02)]) == [2, 3]


@pytest.mark.parametrize("starts", [1, 2, 3, 5])
def test_the_walks_reject_what_mapies_multi_start_testing_rejects(starts):
    """Equally spaced starts with an equal part of the doubt each, as there."""
    draws = np.random.default_rng(starts)
    for _ in range(100):
        size = int(draws.integers(5, 40))
        p = draws.random(size) ** 6
        walks = [Walk(i * (size // starts), 0.2 / starts) for i in range(starts)]
        expected = FWERFixedSequenceTesting(n_starts=starts).run(p.copy(), 0.2)
        assert safe(p, walks) == sorted(int(i) for i in expected)


def test_starts_by_count_are_where_a_few_losses_may_pass():
    """With many labels each of the five is somewhere else."""
    n = np.arange(1, 5001, dtype=float)
    walks = starts_by_count(n, 0.05, 0.05)
    main, side = fewest(4, 0.05, 0.025), fewest(2, 0.05, 0.05 / 8)
    assert {n[walk.start] for walk in walks} == {main, side, 2 * side, 4 * side, 8 * side}
    assert {n[walk.start]: walk.doubt for walk in walks}[main] == 0.025
    assert sum(walk.doubt for walk in walks) == pytest.approx(0.05)


def test_walks_without_labels_enough_are_one_with_their_doubt_together():
    """It starts where no loss is needed to fail it, so that 59 labels are enough for 5 %, and more lose nothing."""
    assert starts_by_count(np.arange(1, 60, dtype=float), 0.05, 0.05) == (Walk(58, pytest.approx(0.05)),)
    assert starts_by_count(np.arange(1, 51, dtype=float), 0.05, 0.05) == (Walk(49, pytest.approx(0.05)),)
    few = starts_by_count(np.array([100.0, 150.0]), 0.05, 0.05)
    assert few == (Walk(0, pytest.approx(0.05)),)
    some = starts_by_count(np.arange(1, 301, dtype=float), 0.05, 0.05)
    assert sum(walk.doubt for walk in some) == pytest.approx(0.05)
    assert some[0] == Walk(fewest(0, 0.05, 0.05 * 3 / 8) - 1, pytest.approx(0.05 * 3 / 8))


def test_an_epochs_starts_are_set_by_coverage():
    """For counts grow while it lasts."""
    coverage = np.arange(1, 51) / 50
    walks = starts_by_coverage(coverage, 0.03)
    assert [walk.start for walk in walks] == [1, 6, 12, 24, 49]
    assert sum(walk.doubt for walk in walks) == pytest.approx(0.03)
    assert sum(part for _, part in STARTS) == 1


def test_nothing_has_no_walks():
    """Neither by count nor by coverage."""
    assert starts_by_count(np.array([]), 0.05, 0.05) == ()
    assert starts_by_coverage(np.array([]), 0.05) == ()
