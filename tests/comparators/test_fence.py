from decimal import Decimal

import numpy as np
import pytest

from comparators.answer import Answer
from comparators.divergence import Difference, Divergence, NotComparable
from comparators.fence import cut, measure

ANSWER = Answer.of(text="any")


class UnspeakableError(Exception):
    """An exception that fails to tell its message."""

    def __str__(self):
        """Fail."""
        raise RuntimeError


def raising(exc):
    """Make a comparator that raises."""

    def comparator(_legacy, _model):
        raise exc

    return comparator


def giving(result):
    """Make a comparator that gives something."""
    return lambda _legacy, _model: result


@pytest.mark.parametrize(
    ("exc", "message"),
    [
        (KeyError("price"), "KeyError: 'price'"),
        (RuntimeError("boom"), "RuntimeError: boom"),
        (RecursionError("too deep"), "RecursionError: too deep"),
        (NotComparable("no number"), "no number"),
        (UnspeakableError(), "UnspeakableError"),
    ],
)
def test_whatever_is_raised_means_not_comparable(exc, message):
    """The class is named, unless it says so itself."""
    with pytest.raises(NotComparable) as caught:
        measure(raising(exc), ANSWER, ANSWER)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (None, "the comparator gave a NoneType, not a Divergence"),
        (0.5, "the comparator gave a float, not a Divergence"),
        (Divergence("0"), "the divergence is a str, not a number"),
        (Divergence(Decimal(0)), "the divergence is a Decimal, not a number"),
        (Divergence(float("nan")), "the divergence nan is not in [0, 1]"),
        (Divergence(float("inf")), "the divergence inf is not in [0, 1]"),
        (Divergence(1.5), "the divergence 1.5 is not in [0, 1]"),
        (Divergence(-1), "the divergence -1 is not in [0, 1]"),
        (Divergence(10**400), "OverflowError: int too large to convert to float"),
        (Divergence(0.5, "", ("x",)), "the comparator's differences are not all Differences"),
        (Divergence(0.5, "", (Difference(1, 0.5),)), "the comparator's differences are not all Differences"),
        (Divergence(0.5, "", (Difference("", "x"),)), "the comparator's differences are not all Differences"),
        (Divergence(0.5, "", None), "TypeError: 'NoneType' object is not iterable"),
    ],
)
def test_a_result_of_no_use_means_not_comparable(result, message):
    """The message says what is wrong with it."""
    with pytest.raises(NotComparable) as caught:
        measure(giving(result), ANSWER, ANSWER)
    assert str(caught.value) == message


@pytest.mark.parametrize("value", [1, True, np.float32(1.0), np.float64(1.0), np.int64(1)])
def test_any_real_number_becomes_a_float(value):
    """Integers, booleans and numpy's numbers are as good."""
    found = measure(giving(Divergence(value)), ANSWER, ANSWER).value
    assert (found, type(found)) == (1.0, float)


def test_a_good_result_is_passed_on():
    """With its detail and differences."""
    good = Divergence(0.5, "half", (Difference("/a", 0.5),))
    assert measure(giving(good), ANSWER, ANSWER) == good


def test_long_details_and_messages_are_cut():
    """200 characters at most."""
    with pytest.raises(NotComparable) as caught:
        measure(raising(ValueError("x" * 1000)), ANSWER, ANSWER)
    found = measure(giving(Divergence(0.5, "x" * 1000)), ANSWER, ANSWER)
    assert (len(str(caught.value)), len(found.detail), cut("short")) == (200, 200, "short")


def test_a_keyboard_interrupt_passes_the_fence():
    """Only errors are the comparator's own."""
    with pytest.raises(KeyboardInterrupt):
        measure(raising(KeyboardInterrupt()), ANSWER, ANSWER)
