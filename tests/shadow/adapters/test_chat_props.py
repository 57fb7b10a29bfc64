from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comparators.answer import Answer
from shadow.adapters.catalog import build
from shadow.config.models import Model

documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["choices", "message", "content", "text", "type", "delta", "usage", "a"]), inner
        )
    ),
    max_leaves=15,
)
said = st.text() | documents.map(lambda document: f"so: {msgspec.json.encode(document).decode()}")
bodies = (
    st.binary()
    | documents.map(msgspec.json.encode)
    | said.map(lambda text: msgspec.json.encode({"choices": [{"message": {"content": text}}]}))
    | said.map(lambda text: msgspec.json.encode({"content": [{"type": "text", "text": text}]}))
    | st.lists(documents.map(msgspec.json.encode)).map(
        lambda all_: b"".join(b"data: %b\n\n" % one for one in all_)
    )
)
types = st.sampled_from(["application/json", "text/event-stream", ""])
SHAPES = {
    "none": None,
    "text": {"from": "text", "body": {"t": "{{ text }}"}},
    "json": {"body": {"a": "{{ reply.a }}", "b": ["{{ text | upper }}"]}, "json_schema": {"required": ["a"]}},
}


@pytest.mark.parametrize("adapter", ["openai", "anthropic", "passthrough"])
@pytest.mark.parametrize("shape", list(SHAPES))
@settings(max_examples=30, deadline=None)
@given(body=bodies, kind=types, status=st.sampled_from([200, 204, 302, 404, 500]))
def test_whatever_a_model_sends_is_read_the_same_twice_and_never_raises(adapter, shape, body, kind, status):
    """Reading is a pure function of any bytes: an answer, or the raw one with a problem."""
    model = Model.model_validate({"adapter": adapter, "url": "http://m.test", "answer": SHAPES[shape]})
    read = build("m", model, connect=None).read
    raw = Answer.of(body=body, status=status, headers={"Content-Type": kind})
    once = read(raw)
    assert once == read(raw)
    assert once.problem is None or once.body == body
