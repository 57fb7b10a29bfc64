"""OpenAI's responses, whole and streamed."""

from __future__ import annotations

import msgspec
import pytest

from comparators.answer import Reply, Token
from fallback.confidence.responses import reply_from_response, reply_from_response_stream

ENTRY = {"token": "a", "logprob": -0.5, "bytes": [97], "top_logprobs": []}
TOKEN = Token("a", -0.5, b"a")


def text(said="a", entries=(ENTRY,)):
    """Give a part of a message that is text."""
    return {"type": "output_text", "text": said, "logprobs": list(entries)}


def response(*parts, status="completed", **more):
    """Give a response whose one message has these parts, behind some thinking."""
    output = [{"type": "reasoning", "content": [text("hm")]}, {"type": "message", "content": list(parts)}]
    return {"object": "response", "status": status, "output": output, **more}


def sse(*events):
    """Write events as a stream."""
    return b"".join(b"event: x\ndata: " + msgspec.json.encode(event) + b"\n\n" for event in events)


def delta(said, *entries):
    """Give the event of a part of the text."""
    return {"type": "response.output_text.delta", "delta": said, "logprobs": list(entries)}


def test_a_response_is_read_whole():
    """Texts are joined, thoughts are left out; tokens and counts come along."""
    usage = {"input_tokens": 3, "output_tokens": 2}
    reply = reply_from_response(response(text(), text("b", ()), usage=usage))
    assert reply == Reply("ab", (TOKEN,), "stop", tokens_in=3, tokens_out=2)


def test_a_response_that_was_cut_short_says_so():
    """By its reason, which is one of those that leave no confidence."""
    cut = response(text(), status="incomplete", incomplete_details={"reason": "max_output_tokens"})
    assert reply_from_response(cut).finish == "max_output_tokens"


@pytest.mark.parametrize(
    "refused",
    [
        response({"type": "refusal", "refusal": "no"}),
        response(status="incomplete", incomplete_details={"reason": "content_filter"}),
    ],
)
def test_a_refusal_is_told(refused):
    """Whether the model or a filter declined."""
    assert reply_from_response(refused).refused


@pytest.mark.parametrize(
    "document", [None, {}, {"output": "x"}, response(status="failed"), response(status="in_progress")]
)
def test_what_is_no_finished_response_is_refused(document):
    """ValueError, whatever the shape."""
    with pytest.raises(ValueError, match="no completion"):
        reply_from_response(document)


@pytest.mark.parametrize("entries", [(ENTRY,), ()])
def test_a_stream_gives_what_its_end_says(entries):
    """The tokens where they were told: with the parts, or at the end as well."""
    end = {"type": "response.completed", "response": response(text("a", entries))}
    body = sse({"type": "response.created"}, delta("a", ENTRY), end)
    assert reply_from_response_stream(body) == Reply("a", (TOKEN,), "stop")


def test_a_stream_without_its_end_has_no_finish():
    """The caller decides what a stream that broke off is worth."""
    assert reply_from_response_stream(sse(delta("a", ENTRY))) == Reply("a", (TOKEN,))


def test_a_refusal_in_a_stream_is_one():
    """Also where the end does not repeat it."""
    end = {"type": "response.completed", "response": response(text("", ()))}
    assert reply_from_response_stream(sse({"type": "response.refusal.delta", "delta": "no"}, end)).refused


@pytest.mark.parametrize("kind", ["error", "response.failed"])
def test_an_error_in_a_stream_is_an_error(kind):
    """Half a reply is not one."""
    with pytest.raises(ValueError, match="reports an error"):
        reply_from_response_stream(sse(delta("a"), {"type": kind}))
