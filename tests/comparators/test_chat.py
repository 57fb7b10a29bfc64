from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparators.chat import hear_document, hear_events, listed, member


def chunk(finish=None, **delta):
    """Make a chunk of a chat completion."""
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def part(index, name=None, arguments=None):
    """Make a part of a call in a chunk."""
    return chunk(tool_calls=[{"index": index, "function": {"name": name, "arguments": arguments}}])


def block(index, **delta):
    """Make a part of a message's block."""
    return {"type": "content_block_delta", "index": index, "delta": delta}


STREAMS = {
    "chat": [
        chunk(role="assistant"),
        chunk(content="Hel"),
        chunk(content="lo"),
        chunk("stop"),
        {"choices": [], "usage": {}},
    ],
    "completion": [{"choices": [{"text": "Hel"}]}, {"choices": [{"text": "lo", "finish_reason": "length"}]}],
    "message": [
        {"type": "message_start", "message": {"usage": {}}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "ping"},
        block(0, type="text_delta", text="Hel"),
        block(0, type="text_delta", text="lo"),
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
        {"type": "message_stop"},
    ],
    "response": [
        {"type": "response.created"},
        {"type": "response.output_text.delta", "delta": "Hel"},
        {"type": "response.output_text.delta", "delta": "lo"},
        {"type": "response.completed"},
    ],
}
DOCUMENTS = {
    "chat": {"choices": [{"index": 0, "message": {"content": "Hello"}}]},
    "completion": {"choices": [{"text": "Hello"}]},
    "message": {
        "type": "message",
        "content": [{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo"}],
    },
    "response": {
        "object": "response",
        "output": [{"type": "message", "content": [{"type": "output_text", "text": "Hello"}]}],
    },
}
CALLS = {
    "chat": [
        part(0, "find", ""),
        part(0, None, '{"a":'),
        part(1, "stop", "{}"),
        part(0, None, " 1}"),
        chunk("tool_calls"),
    ],
    "message": [
        {"type": "message_start"},
        {
            "type": "content_block_start",
            "index": 1,
            "content_block": {"type": "tool_use", "name": "find", "input": {}},
        },
        block(1, type="input_json_delta", partial_json='{"a":'),
        block(1, type="input_json_delta", partial_json=" 1}"),
        {
            "type": "content_block_start",
            "index": 2,
            "content_block": {"type": "tool_use", "name": "stop", "input": {}},
        },
        block(2, type="input_json_delta", partial_json="{}"),
        {"type": "message_stop"},
    ],
    "response": [
        {
            "type": "response.output_item.added",
            "output_index": 0,
            "item": {"type": "function_call", "name": "find"},
        },
        {"type": "response.function_call_arguments.delta", "output_index": 0, "delta": '{"a": 1}'},
        {
            "type": "response.output_item.added",
            "output_index": 1,
            "item": {"type": "function_call", "name": "stop"},
        },
        {"type": "response.function_call_arguments.delta", "output_index": 1, "delta": "{}"},
        {"type": "response.completed"},
    ],
}
CALLING = {
    "chat": {"choices": [{"message": {"content": None, "tool_calls": [
        {"function": {"name": "find", "arguments": '{"a":1}'}}, {"function": {"name": "stop", "arguments": "{}"}}]}}]},
    "message": {"type": "message", "content": [
        {"type": "tool_use", "name": "find", "input": {"a": 1}}, {"type": "tool_use", "name": "stop", "input": {}}]},
    "response": {"object": "response", "output": [
        {"type": "function_call", "name": "find", "arguments": '{"a": 1}'},
        {"type": "function_call", "name": "stop", "arguments": "{}"}]},
}  # fmt: skip
TOLD = {"text": "", "calls": [{"name": "find", "arguments": {"a": 1}}, {"name": "stop", "arguments": {}}]}


@pytest.mark.parametrize("dialect", sorted(STREAMS))
def test_the_pieces_of_a_stream_are_put_together(dialect):
    """Of a chat and a completion of OpenAI's, of a message of Anthropic's, of a response."""
    said = hear_events(STREAMS[dialect])
    assert (said.whole(), said.known, said.ended) == ("Hello", True, True)


@pytest.mark.parametrize("dialect", sorted(DOCUMENTS))
def test_a_whole_document_says_the_same(dialect):
    """As its stream would."""
    said = hear_document(DOCUMENTS[dialect])
    assert (said.whole(), said.known) == ("Hello", True)


@pytest.mark.parametrize("dialect", sorted(CALLS))
def test_calls_of_tools_are_put_together(dialect):
    """Each by its place, its arguments as JSON."""
    assert hear_events(CALLS[dialect]).whole() == TOLD


@pytest.mark.parametrize("dialect", sorted(CALLING))
def test_calls_in_a_whole_document_are_the_same(dialect):
    """As its stream would give."""
    assert hear_document(CALLING[dialect]).whole() == TOLD


def test_arguments_that_are_no_json_stay_text():
    """A broken call is still a call."""
    assert hear_events([part(0, "f", "{")]).whole()["calls"] == [{"name": "f", "arguments": "{"}]


def test_of_several_choices_the_first_counts():
    """Chunks of others come between."""
    other = {"choices": [{"index": 1, "delta": {"content": "other"}}]}
    assert hear_events([chunk(content="a"), other, chunk(content="b")]).whole() == "ab"


@pytest.mark.parametrize("dialect", sorted(STREAMS))
def test_a_stream_cut_short_has_no_end(dialect):
    """Which is for the caller to judge."""
    events = [event for event in STREAMS[dialect] if not hear_events([event]).ended]
    assert hear_events(events).ended is False


@pytest.mark.parametrize(
    "event",
    [{"type": "error", "error": {"message": "x"}}, {"error": {"message": "x"}}, {"type": "response.failed"}],
)
def test_an_error_in_a_stream_is_an_error(event):
    """It is no answer that could be compared."""
    with pytest.raises(ValueError, match="the stream reports an error"):
        hear_events([chunk(content="a"), event])


@pytest.mark.parametrize(
    "document", [None, [], "a", {}, {"choices": []}, {"choices": "x"}, {"type": "order"}]
)
def test_other_documents_are_no_chats(document):
    """They are compared as they are."""
    assert (hear_document(document).known, hear_events([document]).known) == (False, False)


json = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["x", "message", "tool_use", "error"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["choices", "delta", "message", "content", "type", "index", "tool_calls", "function", "name",
             "arguments", "text", "item", "output", "object", "content_block", "input", "partial_json"]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@given(st.lists(json, max_size=4))
def test_any_documents_are_read(documents):
    """Nothing but a ValueError comes of them."""
    with suppress(ValueError):
        hear_events(documents).whole()
    for document in documents:
        assert isinstance(hear_document(document).whole(), str | dict)


@pytest.mark.parametrize("value", [None, [], "x", {"other": 1}])
def test_what_is_missing_is_nothing(value):
    """Whatever stands in its place."""
    assert (member(value, "key"), listed(value, "key")) == (None, [])
