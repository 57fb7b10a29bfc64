"""Which rule is proposed for which noise."""

from __future__ import annotations

import pytest

from fallback.noise.jitter import Jitter
from fallback.noise.propose import proposals, rounded_up
from fallback.noise.state import ComparatorNoise, NoiseState, PathNoise
from fallback.noise.verdict import verdicts


def proposed(pointer="/a", *, often=1000, use="json", diverged=None, **jitter):
    """Give the rules for one place at which legacy differed from itself `often` in a thousand triples."""
    counts = {"legacy": often, "both": often, "diverged": often if diverged is None else diverged}
    path = PathNoise(**counts, jitter=Jitter(**jitter))
    state = NoiseState({"json": ComparatorNoise(use=use, triples=1000, paths={pointer: path})})
    return [(rule.pointer, rule.what, rule.value) for rule in proposals(verdicts(state))]


@pytest.mark.parametrize(
    ("jitter", "rule"),
    [
        ({"sorts": {"other": 9}}, ("/a", "ignore", 0.0)),
        ({}, ("/a", "ignore", 0.0)),
        ({"sorts": {"integer": 9}, "width": 1, "relative": 1e-6}, ("/a", "ignore", 0.0)),
        ({"sorts": {"number": 9}, "width": 0.5, "relative": 0.004}, ("/a", "relative", 0.006)),
        ({"sorts": {"number": 9}, "width": 3e-12, "relative": 1.5}, ("/a", "absolute", 5e-12)),
        ({"sorts": {"number": 9}, "width": 30, "relative": 0.7}, ("/a", "ignore", 0.0)),
        ({"sorts": {"time": 9}, "width": 2.3}, ("/a", "seconds", 4.0)),
        ({"sorts": {"time": 5, "other": 1}, "width": 2.3}, ("/a", "ignore", 0.0)),
    ],
)
def test_the_rule_fits_what_the_differences_are_like(jitter, rule):
    """An id is left out, a trembling number and a time get the tolerance that they need."""
    assert proposed(**jitter) == [rule]


def test_whole_numbers_that_differ_now_and_then_get_a_tolerance():
    """They are no ids."""
    found = proposed(often=300, sorts={"integer": 9}, width=1, relative=0.01)
    assert found == [("/a", "relative", 0.02)]


def test_an_array_in_another_order_is_a_set():
    """Named by the array, whichever of its places differed."""
    assert proposed("/items/*/id", sorts={"order": 9}) == [("/items", "set", 0.0)]
    assert proposed("/*/id", sorts={"order": 9}) == [("", "set", 0.0)]


@pytest.mark.parametrize("case", [{"often": 0, "diverged": 40}, {"pointer": ""}, {"use": "text"}])
def test_nothing_is_proposed_where_a_rule_would_hide_a_regression_or_cannot_be_made(case):
    """What regressed; the whole answer; a comparator without places."""
    assert proposed(**case) == []


@pytest.mark.parametrize(
    ("width", "tolerance"), [(0.0, 0.0), (1.0, 2.0), (0.2, 0.3), (7.0, 20.0), (4e-9, 6e-9)]
)
def test_a_tolerance_leaves_some_room(width, tolerance):
    """Half as much again, rounded up to one digit."""
    assert rounded_up(width) == pytest.approx(tolerance)
