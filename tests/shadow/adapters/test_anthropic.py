from __future__ import annotations

import json

import pytest

from comparators.answer import Answer
from shadow.adapters.catalog import build

STREAM = b"".join(
    b"event: %b\ndata: %b\n\n" % (json.loads(piece)["type"].encode(), piece)
    for piece in (
        b'{"type":"message_start","message":{"role":"assistant","content":[],"usage":{"input_tokens":9,"output_tokens":1}}}',
        b'{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}',
        b'{"type":"ping"}',
        b'{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"so: [1,"}}',
        b'{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" 2]"}}',
        b'{"type":"content_block_stop","index":0}',
        b'{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":6}}',
        b'{"type":"message_stop"}',
    )
)


@pytest.fixture
def adapter_of(a_model, transport):
    """Give a maker of anthropic adapters over the fake transport."""
    return lambda **keys: build("m", a_model("anthropic", **keys), connect=lambda _url: transport)


def _message(text="hi", *, stop="end_turn"):
    content = [{"type": "text", "text": text}] if text else []
    return {
        "type": "message",
        "content": content,
        "stop_reason": stop,
        "usage": {"input_tokens": 3, "output_tokens": 2},
    }


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("http://m.test", b"/v1/messages"),
        ("http://m.test/v1", b"/v1/messages"),
        ("http://m.test/v1/", b"/v1/messages"),
        ("http://m.test/gateway/", b"/gateway/v1/messages"),
    ],
)
async def test_the_url_may_end_in_the_version_or_not(url, target, adapter_of, transport, a_request):
    """Both ways of writing the URL lead to the same place."""
    await adapter_of(url=url, model="m", ask={"user": "x"})(a_request())
    assert transport.sent[0]["target"] == target


async def test_a_written_question_is_a_message(adapter_of, transport, a_request):
    """System prompt, messages, the bound on the reply, and the key's own header."""
    adapter = adapter_of(model="m", api_key="key", ask={"system": "s", "user": "{{ request.text }}"})
    await adapter(a_request(body=b"hi"))
    assert json.loads(transport.sent[0]["body"]) == {
        "model": "m",
        "system": "s",
        "messages": [{"role": "user", "content": "hi"}],
        "max_tokens": 1024,
    }
    assert transport.headers() == {
        "accept-encoding": "identity",
        "shadow-side": "model",
        "x-api-key": "key",
        "anthropic-version": "2023-06-01",
        "content-type": "application/json",
        "idempotency-key": "0199-x",
    }


async def test_parameters_and_headers_of_the_configuration_win(adapter_of, transport, a_request):
    """The bound on the reply and the API's version have defaults only; a URL may carry the credentials."""
    ask = {"user": "x", "params": {"max_tokens": 5}}
    adapter = adapter_of(
        url="http://u:p@m.test", model="m", headers={"Anthropic-Version": "2030-01-01"}, ask=ask
    )
    await adapter(a_request())
    sent = json.loads(transport.sent[0]["body"])
    assert (sent["max_tokens"], "system" in sent) == (5, False)
    assert transport.headers()["anthropic-version"] == "2030-01-01"
    assert transport.headers()["authorization"] == "Basic dTpw"


async def test_a_client_s_own_conversation_is_passed_on(adapter_of, transport, a_request):
    """The client's message goes on under the model's name, without its key."""
    headers = ((b"x-api-key", b"client's"), (b"anthropic-version", b"2023-06-01"), (b"anthropic-beta", b"b"))
    await adapter_of(model="m")(
        a_request(headers=headers, body=b'{"model":"x","max_tokens":3,"messages":[]}')
    )
    assert transport.sent[0]["body"] == b'{"model":"m","max_tokens":3,"messages":[]}'
    names = [name.lower() for name, _ in transport.sent[0]["headers"]]
    assert (names.count(b"anthropic-version"), b"x-api-key" in names, b"anthropic-beta" in names) == (
        1,
        False,
        True,
    )


@pytest.mark.parametrize(
    ("document", "word"),
    [
        (_message(), None),
        (_message(stop="stop_sequence"), None),
        (_message(stop="max_tokens"), "truncated"),
        (_message(stop="model_context_window_exceeded"), "truncated"),
        (_message(stop="refusal"), "refused"),
        (_message(""), "empty"),
        (_message("", stop="tool_use"), None),
        ({"type": "error", "error": {}}, "malformed"),
        (5, "malformed"),
    ],
)
def test_a_reply_that_must_not_be_served_says_so(document, word, adapter_of):
    """The API's own ways of not answering are told by one word each."""
    read = adapter_of().read(Answer.of(json=document))
    assert (read.problem and read.problem.partition(":")[0]) == word


def test_a_reply_is_read_with_its_usage(adapter_of):
    """Text, stop reason and token counts stand beside the body."""
    reply = adapter_of().read(Answer.of(json=_message())).reply
    assert (reply.text, reply.finish, reply.tokens_in, reply.tokens_out) == ("hi", "end_turn", 3, 2)


def test_a_stream_is_put_together_and_shaped(adapter_of):
    """The pieces of a stream make one reply, whose JSON becomes the answer."""
    raw = Answer.of(body=STREAM, headers={"Content-Type": "text/event-stream; charset=utf-8"})
    read = adapter_of(answer={"from": "json"}).read(raw)
    assert (read.json, read.problem, read.reply.tokens_in, read.reply.tokens_out) == ([1, 2], None, 9, 6)


def test_a_stream_that_broke_off_must_not_be_served(adapter_of):
    """Half a stream is no answer, at whatever event it ends."""
    events = STREAM.split(b"\n\n")
    for end in range(1, 7):
        raw = Answer.of(body=b"\n\n".join(events[:end]), headers={"Content-Type": "text/event-stream"})
        assert adapter_of().read(raw).problem == "truncated: the stream ended before the reply did"
