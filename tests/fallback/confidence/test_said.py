"""A reply while it is put together."""

from __future__ import annotations

from math import isnan

import pytest

from comparators.answer import Reply, Token
from fallback.confidence.said import Said, counted, logprob, token_of


def test_nothing_heard_is_no_reply():
    """ValueError, so that another format may be tried."""
    with pytest.raises(ValueError, match="no completion"):
        Said().reply()


def test_what_is_no_text_and_no_word_is_left_out():
    """Parts come from a stranger."""
    said = Said(known=True)
    for part in ("a", None, 3, "b"):
        said.add_text(part)
    for why in ("stop", None, 3):
        said.stop(why)
    assert said.reply() == Reply("ab", finish="stop")


@pytest.mark.parametrize("why", ["refusal", "content_filter"])
def test_a_reason_may_be_a_refusal(why):
    """Of the model, or of a filter behind it; what is said later takes nothing back."""
    said = Said(known=True)
    said.stop(why)
    said.stop("stop")
    assert said.reply().refused


def test_counts_are_whole_numbers():
    """What is none leaves the count as it was."""
    said = Said(known=True)
    said.count({"in": 3, "out": 4}, "in", "out")
    said.count({"in": -1, "out": "5"}, "in", "out")
    said.count(None, "in", "out")
    assert (said.tokens_in, said.tokens_out, counted({"n": True}, "n", None)) == (3, 4, None)


def test_a_token_is_read_with_its_bytes_and_alternatives():
    """An alternative without a text is none."""
    entry = {"token": "a", "logprob": -1, "bytes": [97], "top_logprobs": [{"token": "b", "logprob": -2}, {}]}
    assert token_of(entry) == Token("a", -1.0, b"a", (("b", -2.0),))


@pytest.mark.parametrize("value", [None, "-1", True, float("inf"), 10**400])
def test_a_missing_probability_is_no_number(value):
    """It is NaN, which no reduction takes for one."""
    assert isnan(logprob(value))
