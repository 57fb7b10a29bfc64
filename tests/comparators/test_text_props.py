from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from comparators.answer import Answer
from comparators.divergence import NotComparable
from comparators.text import Measure, Text

words = st.text("abé ß\n,", max_size=30) | st.text(max_size=30)
kinds = st.builds(
    Text, measure=st.sampled_from(get_args(Measure)), casefold=st.booleans(), squeeze=st.booleans()
)


def apart(text, old, new):
    """Measure two plain texts."""
    return text(Answer.of(text=old), Answer.of(text=new)).value


@given(kinds, words, words)
def test_text_is_bounded_and_symmetric(text, old, new):
    """By every measure."""
    found = apart(text, old, new)
    assert (0.0 <= found <= 1.0, apart(text, new, old)) == (True, found)


@given(kinds, words)
def test_a_text_equals_itself(text, value):
    """By every measure."""
    assert apart(text, value, value) == 0.0


@given(st.sampled_from(["edit", "ratio", "equal"]), words, words)
def test_zero_means_equal(measure, old, new):
    """By the measures that look at every character."""
    assert (apart(Text(measure=measure), old, new) == 0.0) == (old == new)


@given(kinds, st.binary(max_size=12), st.binary(max_size=12))
def test_text_raises_nothing_but_not_comparable(text, old, new):
    """On any body."""
    try:
        found = text(Answer(body=old), Answer(body=new)).value
    except NotComparable:
        return
    assert 0.0 <= found <= 1.0
