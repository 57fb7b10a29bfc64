import pytest

from comparators.answer import Answer
from comparators.divergence import Difference, Divergence, NotComparable
from comparators.label import Label


def apart(old, new, **options):
    """Compare two labels."""
    return Label(**options)(Answer.of(json=old), Answer.of(json=new)).value


@pytest.mark.parametrize(
    ("old", "new", "value", "as_written"),
    [
        ("gold", "gold", 0.0, 0.0),
        ("gold", "silver", 1.0, 1.0),
        ("IN_TRANSIT", " in-Transit", 0.0, 1.0),
        ("straße", "STRASSE", 0.0, 1.0),
        ("ﬁnal", "final", 0.0, 1.0),
        (1, "1", 0.0, 0.0),
        (1.0, 1, 0.0, 0.0),
        (True, "true", 0.0, 0.0),
        (None, "none", 1.0, 1.0),
    ],
)
def test_a_label_is_the_same_however_it_is_written(old, new, value, as_written):
    """Unless it is to be taken as it is written."""
    assert (apart(old, new), apart(old, new, normalise=False)) == (value, as_written)


def test_synonyms_are_one_label():
    """Their own spelling does not count either."""
    synonyms = {"delivered": ["done", "all complete"], "lost": ["gone"]}
    assert [apart(a, b, synonyms=synonyms) for a, b in (("DONE", "All-Complete"), ("done", "gone"))] == [
        0.0,
        1.0,
    ]


@pytest.mark.parametrize(
    ("old", "new", "value"),
    [("low", "high", 1.0), ("low", "Mid", 0.5), ("fair", "high", 0.5), ("low", "none", 1.0), ("x", "y", 1.0)],
)
def test_an_order_tells_how_far_labels_lie_apart(old, new, value):
    """What is not among them lies at the other end of the world."""
    assert apart(old, new, order=["low", "mid", "high"], synonyms={"mid": ["fair"]}) == value


@pytest.mark.parametrize(
    ("old", "new", "value"),
    [
        (["a", "b"], ["b", "A"], 0.0),
        (["a", "b"], ["b", "c"], 2 / 3),
        (["a"], "a", 0.0),
        (["a", "b"], "a", 0.5),
        ([], [], 0.0),
        ([], ["a"], 1.0),
    ],
)
def test_arrays_are_sets_of_labels(old, new, value):
    """One minus what they share, over all."""
    assert (apart(old, new), apart(new, old)) == (value, value)


def test_a_separator_makes_a_set_of_a_text():
    """Blanks around it, and empty parts, do not count."""
    assert apart("a, b,", "B,a", separator=",") == 0.0


def test_sets_tell_what_is_missing_and_added():
    """In order of the alphabet."""
    found = Label("/t")(Answer.of(json={"t": ["b", "c"]}), Answer.of(json={"t": ["b", "e", "d"]}))
    assert found == Divergence(
        0.75, "missing: c; added: d, e", (Difference("/t", 0.75, "missing: c; added: d, e"),)
    )


def test_a_whole_text_body_may_be_a_label():
    """Without a pointer."""
    assert Label()(Answer.of(text="Gold\n"), Answer.of(json="gold")).value == 0.0


@pytest.mark.parametrize("value", [{"a": 1}, [["a"]], [{}]])
def test_an_object_is_no_label(value):
    """Neither is an array within an array."""
    with pytest.raises(NotComparable, match=r"model: the (object|array) is no label"):
        apart("a", value)


def test_a_label_on_one_side_only_is_a_difference():
    """Of its kind."""
    found = Label("/a")(Answer.of(json={}), Answer.of(json={"a": "x"}))
    assert found == Divergence(1.0, 'nothing -> "x"', (Difference("/a", 1.0, 'nothing -> "x"', "added"),))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"synonyms": {"a": ["x"], "b": ["X"]}}, "'X' stands for both 'a' and 'b'"),
        ({"synonyms": {"a": "x"}}, "synonyms of 'a' must be a list"),
        ({"order": ["a", "A"]}, "an order needs two labels that are not the same"),
    ],
)
def test_bad_options_stop_the_construction(options, message):
    """They are the operator's errors."""
    with pytest.raises(ValueError, match=message):
        Label(**options)
