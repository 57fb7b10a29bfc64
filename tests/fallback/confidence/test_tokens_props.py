"""The laws of reading replies."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparators.answer import Answer, Reply
from fallback.confidence.tokens import reply_from_anthropic, reply_from_openai, reply_of

NAMES = [
    *(
        "choices",
        "message",
        "content",
        "logprobs",
        "token",
        "logprob",
        "bytes",
        "top_logprobs",
        "text",
        "tokens",
    ),
    *("token_logprobs", "usage", "prompt_tokens", "finish_reason", "refusal", "type", "stop_reason", "index"),
]
leaf = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4)
documents = st.recursive(
    leaf | st.just("message"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6),
    max_leaves=25,
)


@pytest.mark.parametrize("read", [reply_from_openai, reply_from_anthropic])
@given(document=documents)
def test_any_document_is_read_or_refused(read, document):
    """Nothing but a ValueError comes of it."""
    try:
        reply = read({"choices": [document], "content": [document]})
    except ValueError:
        return
    assert isinstance(reply, Reply)


@given(st.binary() | documents.map(lambda each: msgspec.json.encode({"choices": [each]})))
def test_any_body_is_read(body):
    """An answer has a reply or none; it never raises."""
    assert isinstance(reply_of(Answer(body=body)), Reply | None)
    assert isinstance(reply_of(Answer(body=b"data: " + body)), Reply | None)
