"""What a worker and its panel process say to each other."""

from __future__ import annotations

import pytest

from comparators import Answer, Reply, Token
from comparators.divergence import Verdict
from shadow.proxy.panel_wire import Question, Word, decode_question, decode_word
from shadow.record.wire import encode


@pytest.mark.parametrize(
    "answer",
    [
        Answer(),
        Answer(200, ((b"X-Odd", b"\xff"),), b"\x00\xff"),
        Answer(reply=Reply("€", (Token("€", -0.1, b"\xe2", (("x", -2.0),)),), "stop")),
    ],
)
def test_a_question_arrives_as_it_was_asked(answer):
    """Odd bytes, and a reply with its tokens."""
    question = Question(3, b"[]", answer, [answer, Answer(problem="x")])
    assert decode_question(encode(question)) == question


@pytest.mark.parametrize(
    "word",
    [Word(1, [(Verdict.MATCH, 0.0), (Verdict.NOT_COMPARABLE, None)]), Word(2, error="ValueError")],
)
def test_a_word_arrives_as_it_was_said(word):
    """Judgements, or the kind of error."""
    assert decode_word(encode(word)) == word
