from __future__ import annotations

import json

import pytest

from comparators.answer import Answer
from shadow.adapters.catalog import build

STREAM = b"".join(
    b"data: %b\n\n" % piece
    for piece in (
        b'{"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}',
        b'{"choices":[{"index":0,"delta":{"content":"{\\"a\\": "},"finish_reason":null}]}',
        b'{"choices":[{"index":0,"delta":{"content":"1}"},"finish_reason":null}]}',
        b'{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}',
        b'{"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":5,"total_tokens":12}}',
        b"[DONE]",
    )
)


@pytest.fixture
def adapter_of(a_model, transport):
    """Give a maker of openai adapters over the fake transport."""
    return lambda **keys: build("m", a_model("openai", **keys), connect=lambda _url: transport)


def _completion(content="hi", *, finish="stop", **message):
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": content, **message},
        "finish_reason": finish,
    }
    return {
        "object": "chat.completion",
        "choices": [choice],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2},
    }


def _stream(body):
    return Answer.of(body=body, headers={"Content-Type": "text/event-stream"})


async def test_a_written_question_goes_to_chat_completions(adapter_of, transport, a_request):
    """Method, target and headers are the API's; of the client's headers only the trace goes along."""
    headers = ((b"X-Account", b"7"), (b"traceparent", b"00-1"), (b"Content-Type", b"text/x"))
    adapter = adapter_of(model="gpt", api_key="key", ask={"user": "{{ request.text }}"})
    await adapter(a_request(headers=headers, body=b"hi"))
    (call,) = transport.sent
    assert (call["method"], call["target"]) == (b"POST", b"/v1/chat/completions")
    assert json.loads(call["body"]) == {"model": "gpt", "messages": [{"role": "user", "content": "hi"}]}
    assert transport.headers() == {
        "accept-encoding": "identity",
        "shadow-side": "model",
        "authorization": "Bearer key",
        "content-type": "application/json",
        "traceparent": "00-1",
        "idempotency-key": "0199-x",
    }


async def test_a_client_s_own_conversation_keeps_its_headers(adapter_of, transport, a_request):
    """What the client says of its conversation goes along; its key does not, and the type is JSON once."""
    headers = (
        (b"OpenAI-Beta", b"x"),
        (b"Authorization", b"client's"),
        (b"content-type", b"application/json"),
    )
    await adapter_of()(a_request(headers=headers, body=b'{"messages":[]}'))
    assert transport.headers() == {
        "accept-encoding": "identity",
        "shadow-side": "model",
        "content-type": "application/json",
        "openai-beta": "x",
        "idempotency-key": "0199-x",
    }
    assert [name.lower() for name, _ in transport.sent[0]["headers"]].count(b"content-type") == 1


async def test_a_stream_of_our_own_tells_its_token_counts(adapter_of, transport, a_request):
    """Usage is asked for where we asked for the stream, unless the parameters say otherwise."""
    for params, options in (
        ({"stream": True}, {"include_usage": True}),
        ({"stream": True, "stream_options": {}}, {}),
        ({"logprobs": True}, None),
    ):
        await adapter_of(model="m", ask={"user": "x", "params": params})(a_request())
        sent = json.loads(transport.sent[-1]["body"])
        assert (sent.get("stream_options"), "top_logprobs" in sent) == (options, False)


def test_a_reply_is_read_with_its_tokens_and_usage(adapter_of):
    """Text, probabilities, finish and usage stand beside the body as it came."""
    document = _completion()
    document["choices"][0]["logprobs"] = {"content": [{"token": "hi", "logprob": -0.5, "bytes": [104, 105]}]}
    raw = Answer.of(json=document)
    read = adapter_of().read(raw)
    assert (read.body, read.problem) == (raw.body, None)
    assert (read.reply.text, read.reply.finish, read.reply.tokens_in, read.reply.tokens_out) == (
        "hi",
        "stop",
        3,
        2,
    )
    assert [(token.text, token.logprob) for token in read.reply.tokens] == [("hi", -0.5)]


@pytest.mark.parametrize(
    ("document", "word"),
    [
        (_completion("cut", finish="length"), "truncated"),
        (_completion("", finish="content_filter"), "refused"),
        (_completion(None, refusal="I cannot."), "refused"),
        (_completion(None), "empty"),
        (_completion(None, finish="tool_calls", tool_calls=[]), None),
        ({"choices": []}, "malformed"),
        ({"error": {"message": "no"}}, "malformed"),
        ([], "malformed"),
    ],
)
def test_a_reply_that_must_not_be_served_says_so(document, word, adapter_of):
    """The API's own ways of not answering are told by one word each."""
    problem = adapter_of().read(Answer.of(json=document)).problem
    assert (problem and problem.partition(":")[0]) == word


def test_a_stream_is_put_together_and_shaped(adapter_of):
    """The pieces of a stream make one reply, whose JSON becomes the answer."""
    read = adapter_of(answer={"body": {"b": "{{ reply.a }}"}}).read(_stream(STREAM))
    assert (read.json, read.problem, read.header("content-type")) == ({"b": 1}, None, "application/json")
    assert (read.reply.tokens_in, read.reply.tokens_out) == (7, 5)


def test_a_stream_is_served_as_it_came_without_a_shape(adapter_of):
    """A client that asked for a stream gets the stream's own bytes."""
    read = adapter_of().read(_stream(STREAM))
    assert (read.body, read.header("content-type"), read.reply.text) == (
        STREAM,
        "text/event-stream",
        '{"a": 1}',
    )


def test_a_stream_that_broke_off_must_not_be_served(adapter_of):
    """Half a stream is no answer, at whatever event it ends."""
    for end in range(1, 4):
        cut = b"\n\n".join(STREAM.split(b"\n\n")[:end]) + b"\n\n"
        problem = adapter_of().read(_stream(cut)).problem
        assert problem == "truncated: the stream ended before the reply did"
