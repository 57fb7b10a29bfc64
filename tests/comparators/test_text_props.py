from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from comparators.answer import Answer
from comparators.divergence import NotComparable
from comparators.text import Text
from comparators.text_checks import CHECKS
from comparators.text_measures import Measure

ALL = get_args(Measure)
SYMMETRIC = sorted(set(ALL) - {"rouge_l_recall", "chrf"})

# what measures, checks and normalising look for, in any order, besides any text at all
pieces = st.sampled_from(
    (
        *("not", "no", "n't", "yes", "nein", "不", "5", "-5", "1,234.50", "1.234", "2 million", "A-12"),
        *("2026-11-01", "1/2/26", "5. May 2026", "May 3", "Ada Lovelace", "ß", "ﬁ", "２", "''"),
        *("**b**", "[x](y)", "##", "|", "---", ">", "-", "1.", "```"),
    )
)
texts = (
    st.text(max_size=30)
    | st.text("abé ß\n,-.1", max_size=30)
    | st.lists(pieces, max_size=8).map(" ".join)
    | st.lists(pieces, max_size=8).map("\n".join)
)


def kinds(measures=ALL):
    """Give Texts with any options."""
    return st.builds(
        Text,
        measure=st.sampled_from(measures),
        casefold=st.booleans(),
        squeeze=st.booleans(),
        markdown=st.booleans(),
        numerals=st.booleans(),
        checks=st.none() | st.lists(st.sampled_from(CHECKS)),
        limit=st.sampled_from([3, 10_000]),
    )


def apart(text, old, new):
    """Measure two plain texts; None when they are not comparable."""
    try:
        return text(Answer.of(text=old), Answer.of(text=new)).value
    except NotComparable:
        return None


@given(kinds(), texts, texts)
def test_text_is_bounded(text, old, new):
    """By every measure."""
    found = apart(text, old, new)
    assert found is None or 0.0 <= found <= 1.0


@given(kinds(SYMMETRIC), texts, texts)
def test_text_is_symmetric(text, old, new):
    """By every measure that says so."""
    assert apart(text, old, new) == apart(text, new, old)


@given(kinds(), texts)
def test_a_text_equals_itself(text, value):
    """By every measure."""
    assert apart(text, value, value) == 0.0


@given(st.sampled_from(["edit", "ratio", "equal"]), texts, texts)
def test_zero_means_equal(measure, old, new):
    """By the measures that look at every character."""
    assert (apart(Text(measure=measure), old, new) == 0.0) == (old == new)


@given(kinds(), st.binary(max_size=12), st.binary(max_size=12))
def test_text_raises_nothing_but_not_comparable(text, old, new):
    """On any body."""
    try:
        found = text(Answer(body=old), Answer(body=new)).value
    except NotComparable:
        return
    assert 0.0 <= found <= 1.0
