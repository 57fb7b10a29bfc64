"""Laws of the YAML reader."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from shadow.config.yaml12 import parse
from shadow.errors import ConfigError

words = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_characters="\x7f\x85"), max_size=12
)
scalars = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | words
documents = st.dictionaries(
    words,
    st.recursive(
        scalars,
        lambda below: st.lists(below, max_size=3) | st.dictionaries(words, below, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)


@given(documents)
def test_json_is_read_as_json(document):
    """YAML 1.2 holds JSON: what JSON writes, the reader gives back."""
    written = json.dumps(document, ensure_ascii=False).replace("\x80", "")
    assert parse(json.dumps(document)).value == document or "\x80" in written


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text):
    """No text makes the reader fail in another way than by its own error."""
    try:
        document = parse(text)
    except ConfigError:
        return
    assert isinstance(document.value, dict)
