from math import log2

import pytest

from comparators.answer import Answer
from comparators.distribution import Distribution
from comparators.divergence import Difference, Divergence, NotComparable


def apart(old, new, *measure, **options):
    """Compare two distributions."""
    return Distribution("", *measure, **options)(Answer.of(json=old), Answer.of(json=new)).value


@pytest.mark.parametrize(
    ("old", "new", "value"),
    [
        ({"a": 0.7, "b": 0.3}, {"b": 0.3, "a": 0.7}, 0.0),
        ({"a": 0.5, "b": 0.5}, {"a": 0.25, "b": 0.75}, 0.25),
        ({"a": 1}, {"b": 1}, 1.0),
        ([0.5, 0.5], [1, 0], 0.5),
        ([1], [0.75, 0.25], 0.25),
    ],
)
def test_total_variation_is_the_probability_that_moved(old, new, value):
    """A class that one side lacks has none."""
    assert (apart(old, new), apart(new, old)) == (value, value)


def test_jensen_shannon_is_the_one_defined():
    """In bits; 1 for distributions that share no class."""
    p, q, m = (0.5, 0.5), (0.25, 0.75), (0.375, 0.625)
    expected = sum(a * log2(a / b) for pair in (p, q) for a, b in zip(pair, m, strict=True)) / 2
    assert apart(p, q, "jensen_shannon") == pytest.approx(expected, rel=1e-12)
    assert (apart([1, 0], [0, 1], "jensen_shannon"), apart(p, p, "jensen_shannon")) == (1.0, 0.0)


def test_a_list_of_objects_names_its_classes():
    """As classifiers answer; a class that comes twice has both."""
    old = [{"label": "x", "score": 0.5}, {"label": "y", "score": 0.25}, {"label": "x", "score": 0.25}]
    new = [{"label": "y", "score": 0.5}, {"label": "x", "score": 0.5}]
    assert apart(old, new, label="/label", probability="/score") == 0.25


def test_rounded_probabilities_are_scaled_and_weights_on_request():
    """A hundredth is rounding, more is not."""
    assert apart([0.333, 0.333, 0.333], [1, 1, 1], scale=True) == 0.0
    with pytest.raises(NotComparable, match="model: the probabilities sum to 3, not to 1"):
        apart([0.333, 0.333, 0.333], [1, 1, 1])


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ({"a": "1"}, "a probability must be a number: string"),
        ([True], "a probability must be a number: boolean"),
        ([-0.5, 1.5], "these are no probabilities"),
        ([], "these are no probabilities"),
        ("gold", "the string is no distribution"),
    ],
)
def test_what_is_no_distribution_is_not_comparable(value, why):
    """The side is named."""
    with pytest.raises(NotComparable, match=f"model: {why}"):
        apart([1], value)


def test_the_class_that_moved_most_is_told():
    """With both its probabilities."""
    found = Distribution("/p")(Answer.of(json={"p": {"a": 0.5, "b": 0.5}}), Answer.of(json={"p": {"a": 1}}))
    told = "most at b: 0.5 -> 0"
    assert found == Divergence(0.5, told, (Difference("/p", 0.5, told),))


def test_an_element_without_a_label_is_not_comparable():
    """Or without a probability."""
    good = [{"l": "a", "p": 1}]
    for bad, why in (([{"p": 1}], "has no label"), ([{"l": "a"}], "a probability must be a number")):
        with pytest.raises(NotComparable, match=why):
            apart(good, bad, label="/l", probability="/p")


def test_label_and_probability_come_together():
    """One alone is the operator's error."""
    with pytest.raises(ValueError, match="label and probability are given together"):
        Distribution(label="/l")
