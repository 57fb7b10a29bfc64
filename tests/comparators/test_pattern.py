import pytest

from comparators.pattern import grow, names, places, prune, rule_of, segments_of, step
from comparators.pointer import MISSING


def pruned(document, *patterns):
    """Prune by some patterns."""
    return prune(document, grow(dict.fromkeys(patterns, True)))


def rule_at(rules, *path):
    """Follow a path through the tree of some rules."""
    branches = grow(rules)
    for segment in path:
        branches = step(branches, segment)
    return rule_of(branches)


def test_no_pattern_gives_no_branch():
    """An empty set of patterns costs nothing to follow."""
    assert grow({}) == ()


def test_a_rule_holds_where_its_pattern_ends():
    """Neither above nor below."""
    rules = {"/a/b": "rule"}
    assert [rule_at(rules, *path) for path in ((), ("a",), ("a", "b"), ("a", "b", "c"))] == [
        None,
        None,
        "rule",
        None,
    ]


def test_a_wildcard_stands_for_exactly_one_segment():
    """Any member or element, but not two of them."""
    rules = {"/*/x": "rule"}
    assert [rule_at(rules, *path) for path in (("a", "x"), ("0", "x"), ("x",), ("a", "b", "x"))] == [
        "rule",
        "rule",
        None,
        None,
    ]


def test_the_most_exact_pattern_wins():
    """A name comes before a wildcard, the first segment counting most."""
    rules = {"/*/*": "any", "/*/x": "late", "/a/*": "early", "/a/x": "exact"}
    found = [rule_at(rules, *path) for path in (("a", "x"), ("a", "y"), ("b", "x"), ("b", "y"))]
    assert found == ["exact", "early", "late", "any"]


def test_a_pattern_of_a_hundred_segments_is_the_longest():
    """Following a pattern recurses, so its length is bounded."""
    assert len(segments_of("/a" * 100)) == 100
    with pytest.raises(ValueError, match="has more than 100 segments"):
        segments_of("/a" * 101)


def test_pruning_leaves_members_out_with_all_below():
    """A pointer covers its subtree."""
    assert pruned({"a": {"b": 1}, "c": 2}, "/a") == {"c": 2}


def test_pruning_copies_and_spares_the_original():
    """The document that is given stays as it was."""
    document = {"a": {"b": 1, "c": 2}}
    assert (pruned(document, "/a/b"), document) == ({"a": {"c": 2}}, {"a": {"b": 1, "c": 2}})


def test_pruning_by_wildcard_reaches_objects_and_arrays():
    """`*` goes through members and elements alike."""
    assert pruned({"a": [{"id": 1, "n": 2}], "b": {"x": {"id": 3}}}, "/*/*/id") == {
        "a": [{"n": 2}],
        "b": {"x": {}},
    }


def test_pruning_by_overlapping_patterns_applies_them_all():
    """A name and a wildcard may lead through the same member."""
    assert pruned({"a": {"x": 1, "y": 2, "z": 3}, "b": {"x": 1}}, "/a/x", "/*/y", "/*/w") == {
        "a": {"z": 3},
        "b": {"x": 1},
    }


def test_a_pruned_element_keeps_the_others_in_place():
    """An element in the middle becomes null, one at the end goes."""
    assert pruned([1, 2, 3, 4], "/1", "/3", "/9", "/x") == [1, None, 3]


def test_pruning_all_elements_empties_the_array():
    """However many there are."""
    assert pruned({"a": [1, 2, 3]}, "/a/*") == {"a": []}


def test_a_pattern_through_a_scalar_prunes_nothing():
    """There is nothing below a scalar."""
    assert pruned({"a": 5, "b": "text"}, "/a/b", "/b/*") == {"a": 5, "b": "text"}


def test_places_are_found_on_either_side():
    """Where only one side has a value the other is MISSING, and where none has one there is no place."""
    found = places([("a", "x"), ("a", "y"), ("a", "z")], {"a": {"x": 1}}, {"a": {"x": 2, "y": 3}})
    assert found == [(("a", "x"), 1, 2), (("a", "y"), MISSING, 3)]


def test_places_by_wildcard_join_both_sides():
    """Members of both sides are taken, each once."""
    found = places([("*", "n")], [{"n": 1}], [{"n": 1}, {"n": 2}])
    assert found == [(("0", "n"), 1, 1), (("1", "n"), MISSING, 2)]


def test_a_place_below_another_is_left_out():
    """The upper place covers it, in whatever order the patterns stand."""
    assert places([("a", "b"), ("a",)], {"a": {"b": 1}}, {}) == [(("a",), {"b": 1}, MISSING)]


def test_a_scalar_leads_nowhere():
    """Only members and elements have names."""
    assert [names(value) for value in ({"a": 1}, [5, 5], "text", None)] == [["a"], ["0", "1"], [], []]
