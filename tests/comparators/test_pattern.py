import pytest

from comparators.pattern import Patterns, keep, prune, read, rule_of, step
from comparators.pointer import MISSING


def branches_of(*patterns):
    """Grow some patterns."""
    return Patterns(dict.fromkeys(patterns, True)).of()


def pruned(document, *patterns):
    """Prune by some patterns."""
    return prune(document, branches_of(*patterns))


def kept(document, *patterns):
    """Keep some patterns only."""
    return keep(document, branches_of(*patterns))


def rule_at(rules, *path):
    """Follow a path through the tree of some rules."""
    branches = Patterns(rules).of()
    for segment in path:
        branches = step(branches, segment)
    return rule_of(branches)


def test_no_pattern_gives_no_branch():
    """An empty set of patterns costs nothing to follow."""
    assert (Patterns({}).of(), bool(Patterns({}))) == ((), False)


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
    """Of either notation."""
    assert len(read("/a" * 100)[0][0]) == 100
    for pattern in ("/a" * 101, "$" + ".a" * 101):
        with pytest.raises(ValueError, match="has more than 100 segments"):
            Patterns({pattern: True})


def test_a_pattern_of_any_depth_holds_at_the_top_and_further_down():
    """After the names and wildcards that end at the same place."""
    rules = {"$..id": "deep", "/a/*": "any", "/a/b/id": "exact"}
    paths = (("id",), ("x", "y", "id"), ("a", "id"), ("a", "b", "id"), ("id", "x"), ())
    assert [rule_at(rules, *path) for path in paths] == ["deep", "deep", "any", "exact", None, None]


def test_two_patterns_of_any_depth_meet_but_once():
    """However often their names come, what is followed does not grow."""
    branches = branches_of("$..a..a..b", "$..a..b")
    for _ in range(50):
        branches = step(branches, "a")
    assert (len(branches) <= 7, rule_of(step(branches, "b"))) == (True, True)


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
    """An element in the middle becomes nothing, one at the end goes."""
    assert pruned([1, 2, 3, 4], "/1", "/3", "/9", "/x") == [1, MISSING, 3]


def test_pruning_all_elements_empties_the_array():
    """However many there are."""
    assert pruned({"a": [1, 2, 3]}, "/a/*") == {"a": []}


def test_a_pattern_through_a_scalar_prunes_nothing():
    """There is nothing below a scalar."""
    assert pruned({"a": 5, "b": "text"}, "/a/b", "/b/*") == {"a": 5, "b": "text"}


def test_pruning_at_any_depth():
    """Down to a depth that no recursion could reach."""
    document: object = {"id": 1, "n": 2}
    for _ in range(20_000):
        document = [document]
    found = pruned({"id": 3, "deep": document}, "$..id")
    bottom = found["deep"]
    while type(bottom) is list:
        (bottom,) = bottom
    assert (bottom, list(found)) == ({"n": 2}, ["deep"])


def test_keeping_leaves_only_the_places_and_what_leads_there():
    """With all below them; what leads nowhere goes."""
    document = {"a": {"x": [1], "y": 2}, "b": [{"n": 1, "m": 0}, {"m": 1}, {"n": 3}], "c": {}}
    assert kept(document, "/a/x", "/b/*/n", "/c/z") == {"a": {"x": [1]}, "b": [{"n": 1}, MISSING, {"n": 3}]}


@pytest.mark.parametrize(
    ("document", "pattern"), [(5, "/a"), ({}, "/a"), ({"a": [1]}, "/a/1"), ([[]], "/0/*")]
)
def test_keeping_nothing_gives_nothing(document, pattern):
    """Neither object nor array."""
    assert kept(document, pattern) is MISSING


def test_keeping_all_gives_all():
    """The empty pattern is the whole."""
    assert (kept({"a": []}, ""), kept([{}, 1], "/*")) == ({"a": []}, [{}, 1])


def test_a_filter_is_looked_up_in_every_document():
    """A place that one of them has is meant in all."""
    patterns = Patterns({"$.lines[?@.kind == 'fee'].id": True, "/a": True})
    one, other = (
        {"lines": [{"kind": "fee", "id": 1}, {"id": 2}]},
        {"lines": [{"id": 1}, {"kind": "fee", "id": 2}]},
    )
    branches = patterns.of(one, other)
    assert (prune(one, branches), prune({"a": 1, "b": 2}, branches)) == (
        {"lines": [{"kind": "fee"}, {}]},
        {"b": 2},
    )
    assert bool(patterns) is True


def test_pruning_members_of_elements_leaves_other_elements_alone():
    """Members that go are taken from objects; arrays and scalars between them have none."""
    document = [{"a": 1, "b": 2}, ["a"], "a", {"b": 3}]
    assert pruned(document, "/*/a") == [{"b": 2}, ["a"], "a", {"b": 3}]
    assert document[0] == {"a": 1, "b": 2}
