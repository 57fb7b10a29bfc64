"""What the model says of itself."""

from __future__ import annotations

import pytest

from comparators.answer import Answer, Reply
from fallback.confidence.verbalised import SEARCHED, Verbalised


def said(text, body=b"{}"):
    """Give an answer whose reply is this text."""
    return Answer(body=body, reply=Reply(text, finish="stop"))


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("0.9", 0.9),
        ("1", 1.0),
        ('"0.85"', 0.85),
        ('"85%"', 0.85),
        ('" 85 % "', 0.85),
        ('"Likely"', 0.8),
        ("1.01", None),
        ("-0.1", None),
        ("true", None),
        ("null", None),
        ('"perhaps"', None),
        ('"1e9"', None),
        ('"101%"', None),
        ("[0.9]", None),
    ],
)
def test_a_statement_in_the_replys_json_is_read(stated, expected):
    """A number, a percentage or a known word; nothing is clipped into range."""
    found = Verbalised(pointer="/sure", words={"likely": 0.8})(said('Sure: {"sure": ' + stated + "}"))
    assert found == (expected if expected is None else pytest.approx(expected))


def test_a_scale_divides_what_is_no_percentage():
    """From 0 to 10, say."""
    estimator = Verbalised(pointer="/sure", scale=10)
    found = [estimator(said(text)) for text in ('{"sure": 7}', '{"sure": "70%"}', '{"sure": 11}')]
    assert found == [0.7, 0.7, None]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("confidence: 85%", 0.85),
        ("At first confidence: 20%, then confidence: 90%.", 0.9),
        ("confidence: maybe", None),
        ("I am sure.", None),
        ("", None),
    ],
)
def test_a_pattern_finds_the_last_statement(text, expected):
    """A model may change its mind as it goes on."""
    assert Verbalised(pattern=r"confidence: ([0-9]+%|\w+)")(said(text)) == expected


def test_only_the_end_of_a_long_text_is_searched():
    """So that no reply makes a search long."""
    estimator = Verbalised(pattern=r"(\d+%)")
    assert estimator(said("90%" + "x" * SEARCHED)) is None
    assert estimator(said("x" * SEARCHED + "90%")) == 0.9


def test_it_may_stand_in_the_answer_itself():
    """Where the answer says as much as the reply."""
    assert Verbalised(pointer="/sure", of="answer")(said("no", b'{"sure": 0.5}')) == 0.5
    assert Verbalised(pointer="/sure")(Answer.of(json={"sure": 0.5})) is None


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({}, "a pointer or a pattern"),
        ({"pointer": "/a", "pattern": "(a)"}, "one of the two"),
        ({"pointer": "/a", "scale": 0}, "scale"),
        ({"pointer": "/a", "words": {"sure": 2}}, "sure must stand for"),
        ({"pattern": "(a"}, "no regular expression"),
        ({"pattern": "a"}, "has 0"),
        ({"pattern": "(a)(b)"}, "has 2"),
    ],
)
def test_what_could_not_work_is_refused(options, part):
    """When it is built, which is at the start."""
    with pytest.raises(ValueError, match=part):
        Verbalised(**options)
