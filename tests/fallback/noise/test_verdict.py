"""What is said of a place, from the numbers kept of it."""

from __future__ import annotations

import pytest

from fallback.noise.state import ComparatorNoise, NoiseState, PathNoise
from fallback.noise.verdict import Mark, verdicts


def judged(triples, *, fields=20, **paths):
    """Judge places given as (legacy, diverged, both); gives their verdicts by name."""
    kept = {name: PathNoise(legacy=a, diverged=b, both=c) for name, (a, b, c) in paths.items()}
    state = NoiseState({"json": ComparatorNoise(triples=triples, fields=fields, paths=kept)})
    return {one.pointer: one for one in verdicts(state)}


@pytest.mark.parametrize(
    ("counts", "mark"),
    [
        ((0, 20, 0), Mark.REGRESSED),
        ((1000, 1000, 1000), Mark.NOISY),
        ((300, 310, 100), Mark.NOISY),
        ((300, 420, 100), Mark.REGRESSED),
        ((0, 2, 0), Mark.QUIET),
        ((1, 1, 0), Mark.QUIET),
        ((60, 85, 10), Mark.INCONCLUSIVE),
    ],
)
def test_a_place_is_marked_by_its_counts(counts, mark):
    """Of a thousand triples: how often legacy differed from itself, the model from legacy, and both."""
    assert judged(1000, a=counts)["a"].mark is mark


def test_a_few_triples_say_little():
    """What would be noise or a regression with more is inconclusive."""
    found = judged(6, a=(1, 3, 1), b=(0, 4, 0))
    assert {one.mark for one in found.values()} == {Mark.INCONCLUSIVE}


def test_a_few_triples_are_enough_where_legacy_always_differs():
    """An id is known for one at once."""
    assert judged(12, a=(12, 12, 12))["a"].mark is Mark.NOISY


def test_the_more_places_are_watched_the_more_it_takes():
    """Nine signs of nine: enough among few places, not among many."""
    assert judged(1000, fields=1, a=(0, 9, 0))["a"].mark is Mark.REGRESSED
    assert judged(1000, fields=400, a=(0, 9, 0))["a"].mark is not Mark.REGRESSED


def test_the_regressed_come_first_and_then_what_is_noise():
    """The strongest evidence before the weaker."""
    found = judged(1000, c=(1000, 1000, 1000), b=(0, 30, 0), a=(0, 60, 0), d=(0, 1, 0))
    assert list(found) == ["a", "b", "c", "d"]


def test_nothing_kept_is_nothing_to_say():
    """Not even an error."""
    assert verdicts(NoiseState()) == ()


def test_the_excess_is_told_with_its_interval():
    """Thirty of a thousand more than legacy differs from itself."""
    excess = judged(1000, a=(10, 40, 5))["a"].excess
    assert excess.value == pytest.approx(0.03)
    assert 0.01 < excess.low < 0.03 < excess.high < 0.05
