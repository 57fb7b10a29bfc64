import pytest

from comparators.answer import Answer
from comparators.divergence import Divergence, NotComparable
from comparators.place import Place
from comparators.pointer import MISSING


@pytest.mark.parametrize(
    ("body", "value"), [(b'{"a": 1}', {"a": 1}), (b"plain", "plain"), (b"\xff", "\ufffd"), (b"", "")]
)
def test_without_a_pointer_the_whole_body_is_looked_at(body, value):
    """As JSON, or else as text."""
    assert Place("").values(Answer(body=body), Answer.of(json=5)) == (value, 5)


def test_a_pointer_leads_to_a_value_of_each_side():
    """One may be missing, not both."""
    place, answer = Place("/a"), Answer.of(json={"a": 1})
    assert place.values(answer, Answer.of(json=[])) == (1, MISSING)
    with pytest.raises(NotComparable, match="neither answer has a value at /a"):
        place.values(Answer.of(json=[]), Answer.of(json=[]))


def test_a_value_on_one_side_only_is_told():
    """With its kind and both values."""
    place = Place("/a")
    (lost,), (won,) = place.one_sided(1, MISSING).differences, place.one_sided(MISSING, 1).differences
    assert [(one.kind, one.old, one.new) for one in (lost, won)] == [
        ("missing", 1, MISSING),
        ("added", MISSING, 1),
    ]
    assert place.one_sided(1, None) is None


def test_no_distance_is_no_difference():
    """Whatever the values are."""
    assert Place("/a").differ(0.0, 1, 2) == Divergence(0.0)
