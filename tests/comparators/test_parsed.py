import pytest

from comparators import parsed
from comparators.answer import Answer
from comparators.divergence import Difference, Divergence, NotComparable
from comparators.parsed import Parsed, parts_apart


def words(text):
    """Parse words; "bad" is none."""
    if text == "bad":
        raise ValueError("no words")
    return text.split()


def compared(old, new, limit=100):
    """Compare two texts by their words."""
    return Parsed("", limit, words).compare(Answer.of(text=old), Answer.of(text=new))


def test_the_share_of_parts_that_differ_is_the_divergence():
    """The detail shows the first of them, and what follows."""
    detail = '"x c d" -> "y c d"'
    assert compared("a b x c d", "a b y c d") == Divergence(0.2, detail, (Difference("", 0.2, detail),))


def test_texts_that_parse_to_the_same_are_equal():
    """However they are written."""
    assert compared("a  b", "a b ") == Divergence(0.0)


def test_one_that_ends_earlier_shows_nothing_there():
    """As an empty text."""
    assert compared("a", "a b").detail == '"" -> "b"'


def test_a_value_on_one_side_only_is_1():
    """Missing or added."""
    found = Parsed("/t", 9, words).compare(Answer.of(json={"t": "a"}), Answer.of(json={}))
    assert (found.value, found.differences[0].kind) == (1.0, "missing")


@pytest.mark.parametrize(
    ("old", "why"),
    [("bad", "legacy: no words"), ("a" * 101, "legacy: 101 characters are beyond the limit 100")],
)
def test_what_cannot_be_parsed_is_not_comparable(old, why):
    """The side is named."""
    with pytest.raises(NotComparable, match=why):
        compared(old, "a")


def test_the_limit_is_at_least_one():
    """A limit of nothing would compare nothing."""
    with pytest.raises(ValueError, match="limit must be at least 1, not 0"):
        Parsed("", 0, words)


def test_beyond_a_bound_the_order_of_parts_does_not_count(monkeypatch):
    """So that the cost stays linear; unequal stays unequal."""
    monkeypatch.setattr(parsed, "_PRODUCT", 3)
    assert [parts_apart(list("abc"), list(new)) for new in ("bca", "abd")] == pytest.approx([1 / 3, 1 / 3])
