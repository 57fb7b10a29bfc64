import pytest

from comparators.answer import Answer
from comparators.divergence import NotComparable
from comparators.passage import passages, text_of
from comparators.pointer import MISSING


def test_a_body_declared_json_is_its_document():
    """Any other is its text, and so is one that only claims to be JSON."""
    claimed = Answer.of(body=b"{", headers={"Content-Type": "application/json"})
    assert passages(Answer.of(json={"a": 1}), Answer.of(text='{"a":1}'), ()) == ({"a": 1}, '{"a":1}')
    assert passages(claimed, claimed, ()) == ("{", "{")


def test_a_path_leads_to_values():
    """Of which one may be missing."""
    assert passages(Answer.of(json={"a": "x"}), Answer.of(json={}), ("a",)) == ("x", MISSING)


def test_a_body_that_is_no_text_is_not_comparable():
    """The side is named."""
    with pytest.raises(NotComparable, match="legacy: the body is not UTF-8 text"):
        passages(Answer(body=b"\xff"), Answer(), ())


@pytest.mark.parametrize(
    ("value", "text"), [("a", "a"), (1, "1"), (None, "null"), ({"b": 1, "a": 2}, '{"a":2,"b":1}')]
)
def test_a_value_is_read_as_text(value, text):
    """A string as it is, others as JSON, members sorted."""
    assert text_of(value) == text
