"""Replies and their tokens, in each of the formats they come in."""

from __future__ import annotations

from math import isnan

import msgspec
import pytest

from comparators.answer import Answer, Reply, Token
from fallback.confidence.tokens import (
    reply_from_anthropic,
    reply_from_anthropic_stream,
    reply_from_openai,
    reply_from_openai_stream,
    reply_of,
)


def sse(*documents, end=b"data: [DONE]\n\n"):
    """Write documents as an event stream."""
    return b"".join(b"data: " + msgspec.json.encode(each) + b"\n\n" for each in documents) + end


def chat(content="ok", entries=(), **choice):
    """Give a chat completion."""
    said = {"message": {"role": "assistant", "content": content}, "finish_reason": "stop"}
    return {"choices": [{"index": 0, **said, "logprobs": {"content": list(entries)}, **choice}]}


def piece(content, entries=None, **choice):
    """Give a chunk of a chat's stream."""
    logprobs = None if entries is None else {"content": entries}
    return {"choices": [{"index": 0, "delta": {"content": content}, "logprobs": logprobs, **choice}]}


def test_a_chat_completion_is_read_whole(recorded):
    """Text, tokens with their alternatives, why it stopped, and the counts."""
    reply = reply_from_openai(recorded["addr-330"])
    assert reply.text == '{"number":"","street":"1600","city":"Irmo","state":"SC","zip":""}'
    assert "".join(token.text for token in reply.tokens) == reply.text
    assert (reply.finish, reply.refused, reply.tokens_in, reply.tokens_out) == ("stop", False, 201, 25)
    street = reply.tokens[6]
    assert (street.text, street.raw) == ("1", None)
    assert street.top == (('","', -0.807964563369751), ("1", -0.9945223331451416))


def test_a_tokens_bytes_are_kept():
    """A token may be a part of a character."""
    entries = [{"token": "\\xe2\\x82", "logprob": -1, "bytes": [0xE2, 0x82], "top_logprobs": []}]
    assert reply_from_openai(chat("€", entries)).tokens == (Token("\\xe2\\x82", -1.0, b"\xe2\x82"),)


@pytest.mark.parametrize("number", [None, "-1", True])
def test_a_missing_probability_stays_missing(number):
    """It is NaN, which no reduction takes for a number."""
    reply = reply_from_openai(chat("a", [{"token": "a", "logprob": number, "bytes": [300]}]))
    assert isnan(reply.tokens[0].logprob)
    assert reply.tokens[0].raw is None


@pytest.mark.parametrize(
    "choice",
    [
        {"message": {"content": None, "refusal": "I cannot"}},
        {"finish_reason": "content_filter"},
    ],
)
def test_a_refusal_is_told(choice):
    """Whether the model or a filter declined."""
    assert reply_from_openai(chat(**choice)).refused


def test_a_tool_call_is_a_reply_without_text():
    """Content null is no error."""
    assert reply_from_openai(chat(content=None, finish_reason="tool_calls", logprobs=None)) == Reply(
        "", finish="tool_calls"
    )


def test_of_several_choices_the_first_is_read():
    """By its index, wherever it stands."""
    document = {"choices": [*chat("second", index=1)["choices"], *chat("first")["choices"]]}
    assert reply_from_openai(document).text == "first"


def test_a_legacy_completion_is_read():
    """Tokens stand in columns; the first has no probability when the prompt is echoed."""
    logprobs = {
        "tokens": ["Hi", "bytes:\\xe2\\x82", "?"],
        "token_logprobs": [None, -0.5],
        "top_logprobs": [None, {" a": -0.5, " b": -1.5}],
        "text_offset": [0, 2],
    }
    document = {"choices": [{"text": "Hi", "logprobs": logprobs, "finish_reason": "length"}]}
    reply = reply_from_openai(document)
    assert (reply.text, reply.finish) == ("Hi", "length")
    assert [isnan(token.logprob) for token in reply.tokens] == [True, False, True]
    assert reply.tokens[1] == Token("bytes:\\xe2\\x82", -0.5, b"\xe2\x82", ((" a", -0.5), (" b", -1.5)))


@pytest.mark.parametrize("document", [None, [], {}, {"choices": []}, {"choices": [{}]}, {"choices": {}}, "x"])
def test_what_is_no_completion_is_refused(document):
    """ValueError, whatever the shape."""
    with pytest.raises(ValueError, match="no completion"):
        reply_from_openai(document)


def test_a_chat_stream_is_put_together():
    """The first chunk has no probabilities, the last no choices."""
    body = sse(
        piece(""),
        piece("a", [{"token": "a", "logprob": -0.1}]),
        piece("b", [{"token": "b", "logprob": -0.2}]),
        piece(None, finish_reason="stop"),
        {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}},
    )
    tokens = (Token("a", -0.1), Token("b", -0.2))
    assert reply_from_openai_stream(body) == Reply("ab", tokens, "stop", tokens_in=3, tokens_out=2)


def test_a_legacy_stream_is_put_together():
    """The same format with `text` in place of a delta."""
    chunk = {"text": "a", "logprobs": {"tokens": ["a"], "token_logprobs": [-0.1], "top_logprobs": [{}]}}
    body = sse({"choices": [chunk]}, {"choices": [{"text": "", "finish_reason": "stop"}]})
    assert reply_from_openai_stream(body) == Reply("a", (Token("a", -0.1),), "stop")


def test_a_stream_without_its_end_has_no_finish():
    """The caller decides what a stream that broke off is worth."""
    assert reply_from_openai_stream(sse(piece("a"), end=b"")).finish is None


@pytest.mark.parametrize("read", [reply_from_openai_stream, reply_from_anthropic_stream])
def test_an_error_in_a_stream_is_an_error(read):
    """Half a reply is not one."""
    body = sse(piece("a"), {"type": "error", "error": {"message": "overloaded"}})
    with pytest.raises(ValueError, match="reports an error"):
        read(body)


def test_a_message_is_read():
    """Text blocks are joined; thinking and tools are no text; the cache's tokens were read too."""
    document = {
        "type": "message",
        "content": [
            {"type": "thinking", "thinking": "hm", "text": "never"},
            {"type": "text", "text": "a"},
            {"type": "tool_use", "input": {}},
            {"type": "text", "text": "b"},
        ],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 3, "cache_read_input_tokens": 4, "output_tokens": 2},
    }
    assert reply_from_anthropic(document) == Reply("ab", (), "end_turn", tokens_in=7, tokens_out=2)


def test_a_message_that_refuses_is_a_refusal():
    """By its stop reason."""
    assert reply_from_anthropic({"content": [], "stop_reason": "refusal"}).refused


@pytest.mark.parametrize("document", [None, [], {}, {"content": "x"}])
def test_what_is_no_message_is_refused(document):
    """ValueError, whatever the shape."""
    with pytest.raises(ValueError, match="no message"):
        reply_from_anthropic(document)


def test_a_messages_stream_is_put_together():
    """Start, deltas, and the end with its counts."""
    body = sse(
        {"type": "message_start", "message": {"usage": {"input_tokens": 3, "output_tokens": 1}}},
        {"type": "content_block_start", "content_block": {"type": "text", "text": ""}},
        {"type": "ping"},
        {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "a"}},
        {"type": "content_block_delta", "delta": {"type": "thinking_delta", "thinking": "hm"}},
        {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "b"}},
        {"type": "message_delta", "delta": {"stop_reason": "max_tokens"}, "usage": {"output_tokens": 2}},
        {"type": "message_stop"},
        end=b"",
    )
    assert reply_from_anthropic_stream(body) == Reply("ab", (), "max_tokens", tokens_in=3, tokens_out=2)


def test_what_is_no_stream_of_events_is_refused():
    """Nor is an empty one."""
    with pytest.raises(ValueError, match="no completion"):
        reply_from_anthropic_stream(b"")


def test_an_answers_own_reply_comes_first():
    """It was read by the adapter that knows."""
    own = Reply("x", (Token("x", -0.1),))
    assert reply_of(Answer.of(json=chat("y", [{"token": "y", "logprob": -1}]), reply=own)) is own


def test_an_answers_body_may_be_a_reply(recorded):
    """A passthrough model's body is what its server said."""
    assert reply_of(Answer.of(json=recorded["addr-646"])) == reply_from_openai(recorded["addr-646"])
    assert reply_of(Answer.of(json={"type": "message", "content": []})) == Reply("")
    assert reply_of(Answer(body=sse(piece("a", finish_reason="stop")))) == Reply("a", finish="stop")
    assert reply_of(Answer.of(json={"status": "completed", "output": []})) == Reply("", finish="stop")
    ended = {"type": "response.completed", "response": {"status": "completed", "output": []}}
    assert reply_of(Answer(body=sse(ended))) == Reply("", finish="stop")


def test_a_body_without_tokens_does_not_take_a_replys_place():
    """What the adapter read stays."""
    own = Reply("x")
    assert reply_of(Answer.of(json=chat("y"), reply=own)) is own
    assert reply_of(Answer.of(json={"city": "Irmo"}, reply=own)) is own


@pytest.mark.parametrize("body", [b"", b"{", b"data: {", b'{"city":1}', sse(piece("a"), end=b"")])
def test_another_body_is_no_reply(body):
    """Nor is a stream that broke off."""
    assert reply_of(Answer(body=body)) is None
