import pytest

from comparators.answer import Answer
from comparators.divergence import NotComparable
from comparators.json_value import answer_of, change, kind, leaves, same, show, values_at, without_nulls
from comparators.pointer import MISSING


def nested(depth, inner):
    """Nest a value in arrays, without recursion."""
    for _ in range(depth):
        inner = [inner]
    return inner


@pytest.mark.parametrize(
    ("old", "new"),
    [(1, 1.0), ({"a": 1, "b": 2}, {"b": 2, "a": 1.0}), ([True, None], [True, None]), ({}, {}), ("é", "é")],
)
def test_equal_values_are_the_same(old, new):
    """Numbers by value, members in any order."""
    assert same(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [(True, 1), (False, 0.0), ([True], [1]), ({"a": [{"b": 0}]}, {"a": [{"b": False}]}), ([], {}), (None, 0)],
)
def test_true_is_not_one(old, new):
    """Types count, however deep the value lies."""
    assert not same(old, new)


def test_true_and_one_swapped_between_members_are_told_apart():
    """Both sides hold one boolean and one number, in other places."""
    assert not same({"x": True, "y": 1}, {"y": True, "x": 1})


@pytest.mark.parametrize(("inner", "expected"), [(1.0, True), (True, False), (2, False)])
def test_sameness_needs_no_stack(inner, expected):
    """Values nested far beyond the interpreter's recursion limit are told apart all the same."""
    assert same(nested(50_000, {"a": 1, "b": [2]}), nested(50_000, {"b": [2], "a": inner})) is expected


@pytest.mark.parametrize(("right", "expected"), [([[], []], False), ([[], {}], True), ([[]], False)])
def test_deep_containers_of_other_shapes_differ(right, expected):
    """Type and size of containers count in deep documents too."""
    assert same(nested(50_000, [[], {}]), nested(50_000, right)) is expected


def test_a_deep_value_shared_by_both_sides_is_the_same():
    """Python finds it equal at once, but cannot write it."""
    shared = nested(50_000, 1)
    assert same([shared], [shared])


def test_deep_objects_with_other_names_differ():
    """Member names count in deep documents too."""
    assert not same(nested(50_000, {"a": 1}), nested(50_000, {"b": 1}))


@pytest.mark.parametrize(
    ("value", "count"),
    [(5, 1), ("", 1), ({}, 1), ([], 1), ([[], {}], 2), ({"a": [1, 2, {"b": 3}], "c": None}, 4)],
)
def test_leaves_are_scalars_and_empty_containers(value, count):
    """A container with members is no leaf itself."""
    assert leaves(value) == count


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (1, "number"),
        (1.5, "number"),
        (True, "boolean"),
        (None, "null"),
        ("", "string"),
        ([], "array"),
        ({}, "object"),
    ],
)
def test_kinds_are_those_of_json(value, name):
    """Integers and fractions are one kind, booleans another."""
    assert kind(value) == name


def test_a_shown_value_is_cut():
    """80 characters at most, whatever the kind."""
    assert [len(show(value)) for value in ("x" * 1000, list(range(1000)), "é" * 1000)] == [80, 80, 80]


def test_a_change_shows_both_values():
    """As JSON; a missing side reads as nothing."""
    assert [change("a", None), change(MISSING, 1)] == ['"a" -> null', "nothing -> 1"]


def test_a_value_too_deep_to_be_written_is_named():
    """Showing never raises."""
    assert show(nested(50_000, 1)) == "a deep array"


def test_a_value_too_deep_makes_no_answer():
    """The rule for that place cannot be asked."""
    with pytest.raises(NotComparable, match="the value cannot be written as JSON"):
        answer_of(nested(50_000, 1))


def test_values_are_taken_from_both_answers():
    """One missing side is told as such."""
    assert values_at(Answer.of(json={"a": 1}), Answer.of(json={}), ("a",)) == (1, MISSING)


def test_no_value_on_either_side_is_not_comparable():
    """A pointer that never leads anywhere must not look like a match."""
    with pytest.raises(NotComparable, match="neither answer has a value at /a/b"):
        values_at(Answer.of(json={}), Answer.of(json=[]), ("a", "b"))


def test_the_side_without_json_is_named():
    """The reason says whose body it was."""
    with pytest.raises(NotComparable, match="model: the body is not JSON"):
        values_at(Answer.of(json={}), Answer.of(text="sorry"), ("a",))


def test_members_that_are_null_go_and_elements_stay():
    """In a copy, at any depth."""
    document = {"a": None, "b": [None, {"c": None, "d": 1}], "e": {"f": None}}
    assert (without_nulls(document), without_nulls(None), document["a"]) == (
        {"b": [None, {"d": 1}], "e": {}},
        None,
        None,
    )


def test_what_is_missing_is_no_leaf():
    """By itself or in an array."""
    assert (leaves(MISSING), leaves([MISSING, 1, MISSING, [MISSING]])) == (0, 1)


def test_leaves_of_a_document_too_deep_for_recursion_are_counted():
    """Beyond what the interpreter's stack holds they are walked, and come to the same number."""
    document = ["a", {}]
    for _ in range(20_000):
        document = [document, 1, MISSING]
    assert leaves(document) == 20_002


def test_an_answer_of_one_value_needs_no_reading():
    """A scalar is at hand as it is; a container is read from its body, so that nobody shares it."""
    items = [1]
    assert (answer_of(1.5).json, answer_of(1.5).body, answer_of(items).json) == (1.5, b"1.5", [1])
    assert answer_of(items).json is not items
