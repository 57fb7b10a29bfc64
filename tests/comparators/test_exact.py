import pytest

from comparators.answer import Answer
from comparators.divergence import Difference, Divergence, NotComparable
from comparators.exact import Exact


def of_json(old, new, pointer=""):
    """Compare two documents."""
    return Exact(pointer)(Answer.of(json=old), Answer.of(json=new))


def test_equal_bodies_diverge_by_nothing():
    """Whatever they are."""
    assert Exact()(Answer(body=b"\xff\x00"), Answer(body=b"\xff\x00")) == Divergence(0.0)


@pytest.mark.parametrize(
    ("old", "new", "value"), [({"a": 1, "b": 2}, {"b": 2, "a": 1.0}, 0), (1, True, 1), ([1], [2], 1)]
)
def test_documents_are_compared_as_json(old, new, value):
    """Members have no order, 1 equals 1.0, true does not equal 1."""
    assert of_json(old, new).value == value


def test_unequal_scalars_are_shown():
    """A label answer's detail says what became of it."""
    assert of_json("gold", "silver").detail == '"gold" -> "silver"'


def test_unequal_documents_are_told_by_size():
    """The beginnings of two long documents would look alike."""
    assert of_json({"a": 1}, {"a": 10}).detail == "7 bytes -> 8 bytes"


def test_other_text_is_compared_byte_by_byte():
    """White space counts where there is no JSON."""
    assert Exact()(Answer.of(text="a  b"), Answer.of(text="a b")) == Divergence(
        1.0, "4 bytes -> 3 bytes", (Difference("", 1.0, "4 bytes -> 3 bytes"),)
    )


def test_declared_text_is_no_json():
    """A version number 1.10 is not the number 1.1."""
    answers = [Answer.of(text=text, headers={"content-type": "Text/plain"}) for text in ("1.10", "1.1")]
    assert Exact()(*answers).value == 1.0


def test_another_status_is_another_answer():
    """Even when the bodies are equal."""
    assert Exact()(Answer(body=b"x"), Answer(status=404, body=b"x")).detail == "status 200 -> 404"


def test_a_pointer_makes_the_rest_irrelevant():
    """Only the value there counts, not even the status."""
    legacy, model = Answer.of(json={"a": [1], "b": 2}), Answer.of(json={"a": [1.0], "b": 3}, status=500)
    assert Exact("/a")(legacy, model) == Divergence(0.0)


@pytest.mark.parametrize(
    ("old", "new", "kind", "detail"),
    [
        ({"a": 1}, {"a": 2}, "changed", "1 -> 2"),
        ({"a": 1}, {}, "missing", "1 -> nothing"),
        ({}, {"a": None}, "added", "nothing -> null"),
    ],
)
def test_a_difference_names_its_place_and_kind(old, new, kind, detail):
    """A value missing on one side is 1 as well."""
    assert of_json(old, new, "/a") == Divergence(1.0, detail, (Difference("/a", 1.0, detail, kind),))


def test_a_value_on_neither_side_is_not_comparable():
    """A pointer that leads nowhere must not look like a match."""
    with pytest.raises(NotComparable, match="neither answer has a value at /a"):
        of_json({}, {}, "/a")


def test_a_bad_pointer_stops_the_construction():
    """It is the operator's error."""
    with pytest.raises(ValueError, match="must be empty or begin with '/'"):
        Exact("a")


def test_both_values_of_a_difference_are_kept():
    """For whoever has to mask them."""
    (one,) = Exact("/a")(Answer.of(json={"a": [1]}), Answer.of(json={"a": 2})).differences
    assert (one.old, one.new) == ([1], 2)
