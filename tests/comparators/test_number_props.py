from hypothesis import given
from hypothesis import strategies as st

from comparators.answer import Answer
from comparators.divergence import NotComparable
from comparators.number import Number

numbers = (
    st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.decimals(allow_nan=False, allow_infinity=False).map(str)
)
tolerances = st.floats(0, 1e6)


def apart(number, old, new):
    """Measure two JSON numbers."""
    return number(Answer.of(json=old), Answer.of(json=new)).value


@given(numbers, numbers, tolerances, tolerances)
def test_number_is_bounded_and_symmetric(old, new, absolute, relative):
    """For any numbers and tolerances."""
    number = Number(absolute=absolute, relative=relative)
    found = apart(number, old, new)
    assert (0.0 <= found <= 1.0, apart(number, new, old)) == (True, found)


@given(numbers)
def test_a_number_equals_itself(value):
    """However it is written."""
    assert apart(Number(), value, value) == 0.0


@given(st.integers(), st.integers(), st.integers(0, 10**6))
def test_zero_means_within_tolerance(old, new, absolute):
    """And nothing else does."""
    assert (apart(Number(absolute=absolute), old, new) == 0.0) == (abs(old - new) <= absolute)


@given(numbers, numbers, tolerances, tolerances)
def test_more_tolerance_never_gives_more_divergence(old, new, small, more):
    """Widening a tolerance only turns divergences into 0."""
    wide, tight = Number(absolute=small + more), Number(absolute=small)
    assert apart(wide, old, new) <= apart(tight, old, new)


@given(st.binary(max_size=20), st.text(max_size=8))
def test_number_raises_nothing_but_not_comparable(body, text):
    """On any body."""
    try:
        found = Number()(Answer(body=body), Answer.of(json=text)).value
    except NotComparable:
        return
    assert 0.0 <= found <= 1.0
