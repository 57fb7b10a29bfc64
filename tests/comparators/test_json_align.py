import pytest

from comparators.json_align import BEST, DEEPEST, Aligner, Alignment, read_alignment
from comparators.pointer import MISSING


def rows(spec, old, new):
    """Align two arrays."""
    return Aligner().align(read_alignment(spec), old, new).rows


def test_in_order_means_by_position():
    """The longer side's end has no partner."""
    assert rows("ordered", [1, 2], [3]) == [(0, 1, 3), (1, 2, MISSING)]


def test_sets_pair_what_is_equal():
    """As often as it is there; the rest is on one side, at its own position."""
    assert rows("set", [1, "a", 1, {"x": 1}], [{"x": 1.0}, 1, "b"]) == [
        (0, 1, 1),
        (3, {"x": 1}, {"x": 1.0}),
        (1, "a", MISSING),
        (2, 1, MISSING),
        (2, MISSING, "b"),
    ]


def test_true_is_no_one_in_a_set():
    """Types count."""
    assert rows("set", [True], [1]) == [(0, True, MISSING), (0, MISSING, 1)]


def test_a_key_pairs_what_has_the_same_value_there():
    """Wherever it stands."""
    old = [{"id": 1, "n": 1}, {"id": 2, "n": 2}]
    new = [{"id": 2, "n": 3}, {"id": 3, "n": 4}]
    assert rows({"key": "/id"}, old, new) == [
        (1, old[1], new[0]),
        (0, old[0], MISSING),
        (1, MISSING, new[1]),
    ]


def test_a_key_may_have_parts():
    """All of them must be the same."""
    old = [{"a": 1, "b": {"c": 1}}, {"a": 1, "b": {"c": 2}}]
    assert [row[0] for row in rows({"key": ["/a", "/b/c"]}, old, old[::-1])] == [0, 1]
    assert rows({"key": ["/a", "/b/c"]}, old[:1], old[1:]) == [(0, old[0], MISSING), (0, MISSING, old[1])]


def test_repeated_and_missing_keys_are_paired_in_order():
    """The first with the first."""
    old, new = [{"id": 1, "n": 1}, {"id": 1, "n": 2}, {"n": 3}, 4], [{"n": 5}, {"id": 1, "n": 6}, 7]
    assert rows({"key": "/id"}, old, new) == [
        (0, old[0], new[1]),
        (2, old[2], new[0]),
        (3, 4, 7),
        (1, old[1], MISSING),
    ]


def test_the_best_match_pairs_what_has_most_in_common():
    """After what is equal; the rest of the longer side has no partner."""
    old = [{"n": "oak", "x": 1, "y": 2}, {"n": "elm", "x": 5, "y": 6}, {"n": "same"}]
    new = [{"n": "same"}, {"n": "elm", "x": 5, "y": 9}, {"n": "fir"}, {"n": "oak", "x": 1, "y": 3}]
    assert rows("best", old, new) == [
        (2, old[2], new[0]),
        (0, old[0], new[3]),
        (1, old[1], new[1]),
        (2, MISSING, new[2]),
    ]


def test_beyond_its_bound_the_best_match_is_by_order_and_says_so():
    """What is equal is still paired wherever it stands."""
    old = [{"n": n} for n in range(BEST + 2)]
    new = [{"n": 0}, *({"n": n, "m": 1} for n in range(BEST + 1, 0, -1))]
    found = Aligner().align(Alignment("best"), old, new)
    assert (found.rows[0], found.rows[1], len(found.rows)) == (
        (0, {"n": 0}, {"n": 0}),
        (1, old[1], {"n": BEST + 1, "m": 1}),
        BEST + 2,
    )
    assert (
        found.note
        == f"{BEST + 1} and {BEST + 1} elements without an equal are more than {BEST}: taken in order"
    )


def test_below_a_level_the_best_match_is_by_order_and_says_so():
    """The cost of looking at all that is below would grow with the square of the depth."""
    old, new = [{"n": 1}, {"n": 2, "m": 1}], [{"n": 2, "m": 3}, {"n": 1, "m": 2}]
    shallow, deep = (
        Aligner().align(Alignment("best"), old, new, depth=depth) for depth in (DEEPEST - 1, DEEPEST)
    )
    assert [row[2] for row in shallow.rows] == [new[1], new[0]]
    assert ([row[2] for row in deep.rows], deep.note) == (
        new,
        "2 and 2 elements without an equal are below level 16: taken in order",
    )


@pytest.mark.parametrize("spec", ["set", "best", {"key": "/id"}])
def test_what_was_left_out_of_an_array_is_on_neither_side(spec):
    """It keeps places, and is no element."""
    assert rows(spec, [MISSING, {"id": 1}], [{"id": 1}, MISSING]) == [(1, {"id": 1}, {"id": 1})]


@pytest.mark.parametrize("spec", ["sett", 5, {}, {"key": 5}, {"key": []}, {"key": ["/a", 1]}, {"by": "/id"}])
def test_anything_else_is_no_alignment(spec):
    """In words that say what is."""
    with pytest.raises(ValueError, match=r"an array is ordered, set, best or \{key: /pointer\}, not"):
        read_alignment(spec)


def test_a_key_is_a_pointer():
    """Or several."""
    with pytest.raises(ValueError, match="'id' is no JSON Pointer"):
        read_alignment({"key": "id"})


def test_elements_beyond_the_encoders_depth_are_paired_all_the_same():
    """As sets they are told apart without recursion."""
    deep: object = 1
    twin: object = 1
    for _ in range(5_000):
        deep, twin = [deep], [twin]
    assert [row[0] for row in rows("set", [2, deep], [twin, 2])] == [0, 1]
