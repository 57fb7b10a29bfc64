"""What is asked, and the key its answer is kept by."""

from __future__ import annotations

import pytest

from comparators import Answer, NotComparable
from shadow.asking.entries import asked_entry
from shadow.asking.questions import REQUEST_LIMIT, inquiry, sampled


def asked(old, new, *, use="judge", version="v", request="r", **options):
    """Make the questions about two JSON documents."""
    comparator = asked_entry({"use": use, use: "x", **options}).comparator
    return inquiry(
        "label",
        comparator,
        version=version,
        request=request,
        answers=(Answer.of(json=old), Answer.of(json=new)),
    )


def keys(found):
    """Give the questions' keys."""
    return {question.key for question in found.questions}


def test_the_same_question_has_the_same_key():
    """Whoever is legacy; any other part makes another."""
    base = keys(asked({"a": 1}, {"a": 2}))
    assert (len(base), keys(asked({"a": 2}, {"a": 1}))) == (2, base)
    others = (
        asked({"a": 1}, {"a": 3}),
        asked({"a": 1}, {"a": 2}, version="w"),
        asked({"a": 1}, {"a": 2}, request="s"),
        asked({"a": 1}, {"a": 2}, use="embedding"),
    )
    assert [keys(other) & base for other in others] == [set()] * 4


def test_a_value_that_is_no_text_is_asked_about_as_json():
    """With its members sorted, so that their order is no difference."""
    assert asked({"a": {"x": 1, "y": 2}}, {"a": {"y": 2, "x": 1}}, pointer="/a").questions == ()
    assert b'"first":"{\\"x\\":1}"' in asked({"a": {"x": 1}}, {"a": "t"}, pointer="/a").questions[0].body


def test_a_long_request_is_cut():
    """It only helps to understand."""
    assert len(asked(1, 2, request="x" * 10**6).questions[0].body) < REQUEST_LIMIT + 100


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (b"\xff", b"a", "legacy: the body is not UTF-8 text"),
        (b"a", b"", "model: the text is empty"),
    ],
)
def test_what_is_no_text_cannot_be_asked_about(old, new, told):
    """In words."""
    comparator = asked_entry({"use": "judge", "judge": "x"}).comparator
    with pytest.raises(NotComparable, match=told):
        inquiry("l", comparator, version="", request="", answers=(Answer(body=old), Answer(body=new)))


def test_a_pointer_that_leads_nowhere_cannot_be_asked_about():
    """Nor can a document that is none."""
    with pytest.raises(NotComparable, match="model: there is nothing at /a"):
        asked({"a": 1}, {"b": 1}, pointer="/a")


def test_the_share_is_always_the_same():
    """For one exchange; of many it is about what was asked for."""
    found = [sampled(f"x{i}", "l", 0.25) for i in range(2000)]
    assert found == [sampled(f"x{i}", "l", 0.25) for i in range(2000)]
    assert 400 < sum(found) < 600
    assert all(sampled(f"x{i}", "l", 1.0) for i in range(100))
