"""What is kept of repeats, and how it adds up."""

from __future__ import annotations

import pytest

from fallback.noise import state as module
from fallback.noise.jitter import Gap, Jitter, Sort
from fallback.noise.state import NoiseState, Seen


def seen(diverged="", legacy="", model=None, **more) -> Seen:
    """Say at which places (letters) what differed."""
    sets = [frozenset(each) if each is not None else None for each in (diverged, legacy, model)]
    return Seen(*sets, **more)


def test_each_triple_counts_where_which_sides_differed():
    """Two triples: first all differ at a and the model alone at b, then legacy alone at a."""
    state = NoiseState()
    state.add({"json": seen("ab", "a", "a")})
    state.add({"json": seen("", "a", "")})
    found = state.comparators["json"]
    a, b = found.paths["a"], found.paths["b"]
    assert (found.triples, found.pairs) == (2, 2)
    assert (a.diverged, a.legacy, a.both, a.model, a.ahead, a.discordant) == (1, 2, 1, 1, 0, 1)
    assert (b.diverged, b.legacy, b.both, b.model, b.ahead, b.discordant) == (1, 0, 0, 0, 1, 1)


@pytest.mark.parametrize(
    ("found", "triples", "pairs"),
    [(seen(None, None, "a"), 0, 1), (seen("a", "a", None), 1, 0), (seen(None, None, None), 0, 0)],
)
def test_what_was_not_compared_is_not_counted(found, triples, pairs):
    """Neither as the same nor as different."""
    state = NoiseState()
    state.add({"json": found})
    assert (state.comparators["json"].triples, state.comparators["json"].pairs) == (triples, pairs)


def test_it_is_read_back_as_it_was_written():
    """With what legacy's own differences were like."""
    state = NoiseState()
    gaps = {"a": Gap(Sort.NUMBER, 0.5, 0.01)}
    for _ in range(3):
        state.add({"json": seen("ab", "a", "a", gaps=gaps, fields=7, use="json")})
    state.look()
    assert NoiseState.loads(state.dumps()) == state
    assert state.comparators["json"].paths["a"].jitter == Jitter({"number": 3}, 0.5, 0.01)


def test_the_strongest_evidence_stays():
    """Ten signs one way, then a hundred the other: the evidence falls, its peak does not."""
    state = NoiseState()
    for _ in range(10):
        state.add({"json": seen("a", "")})
    state.look()
    peak = state.comparators["json"].paths["a"].peak
    for _ in range(100):
        state.add({"json": seen("", "a")})
    state.look()
    assert state.comparators["json"].paths["a"].peak == peak > 3


def test_places_beyond_the_limit_are_counted_and_not_kept(monkeypatch):
    """Who names the members of an answer may name many."""
    monkeypatch.setattr(module, "PATHS", 2)
    state = NoiseState()
    for place in "abcdab":
        state.add({"json": seen(place, place)})
    found = state.comparators["json"]
    assert (sorted(found.paths), found.left_out) == (["a", "b"], 2)


def test_places_that_never_differed_are_watched_too():
    """As many as the answer with the most has; of another comparator its own."""
    state = NoiseState()
    state.add({"json": seen("a", "", fields=40), "text/x": seen("", "")})
    state.add({"json": seen("", "", fields=12)})
    assert state.tests == 41
