import pytest

from comparators.answer import Answer
from comparators.divergence import Difference, Divergence, NotComparable
from comparators.vectors import Vectors


def apart(old, new):
    """Compare two vectors."""
    return Vectors()(Answer.of(json=old), Answer.of(json=new)).value


@pytest.mark.parametrize(
    ("old", "new", "value"),
    [
        ([1, 2], [1, 2], 0.0),
        ([1, 2], [2, 4], 0.0),
        ([1, 0], [0, 1], 1.0),
        ([1, 0], [-1, 0], 1.0),
        ([1, 0], [1, 1], 1 - 2**-0.5),
        ([1e300, 1e300], [1e-300, 0], 1 - 2**-0.5),
        ([0, 0], [0, 0], 0.0),
    ],
)
def test_only_the_direction_counts(old, new, value):
    """However long they are."""
    assert apart(old, new) == pytest.approx(value, abs=1e-12)


def test_a_difference_tells_a_number_and_not_the_vectors():
    """A thousand dimensions say nothing to a reader."""
    found = Vectors("/e")(Answer.of(json={"e": [1, 0]}), Answer.of(json={"e": [0, 2]}))
    assert found == Divergence(
        1.0, "1 apart in 2 dimensions", (Difference("/e", 1.0, "1 apart in 2 dimensions"),)
    )


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ([1, 2, 3], "vectors of 2 and 3 dimensions"),
        ([], "model: the array is no vector"),
        ([1, "2"], "model: the array is no vector"),
        ([True, 1], "model: the array is no vector"),
        ("abc", "model: the string is no vector"),
        ([0, 0], "a vector of nothing but zeros has no direction"),
    ],
)
def test_what_cannot_be_an_angle_is_not_comparable(value, why):
    """Other dimensions are another model's."""
    with pytest.raises(NotComparable, match=why):
        apart([1, 2], value)
