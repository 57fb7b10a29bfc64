from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comparators.extract import Found, find_json

if TYPE_CHECKING:
    from types import FrameType

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
containers = documents.filter(lambda document: isinstance(document, dict | list))
prose = st.text(st.characters(blacklist_characters="{}[]`", blacklist_categories=["Cs"]))


def _encoded(document):
    return msgspec.json.encode(document).decode()


@settings(deadline=None)
@given(documents)
def test_a_document_alone_is_found(document):
    """Whatever JSON a text is, is given back."""
    assert find_json(_encoded(document)) == Found(document)


@settings(deadline=None)
@given(containers, prose, prose)
def test_a_document_in_prose_without_brackets_is_found(document, before, after):
    """Prose without brackets hides no object or array, whatever quotes it holds."""
    assert find_json(f"x {before}{_encoded(document)}{after} x") == Found(document)


@settings(deadline=None)
@given(containers, prose)
def test_a_document_in_a_code_fence_is_found(document, before):
    """A fence on its own lines is read whole, whatever its strings hold."""
    assert find_json(f"{before}\n```json\n{_encoded(document)}\n```\nDone.") == Found(document)


@settings(deadline=None)
@given(st.text(st.sampled_from('{}[]"\\,:1 \n`a')))
def test_no_text_makes_it_raise(text):
    """Any text gives a document or None, and a document of prose is an object or an array."""
    found = find_json(text)
    assert found is None or isinstance(found.document, dict | list | str | int)


def _steps(text):
    """Count the lines of Python that reading a text takes."""
    steps = 0

    def count(_frame: FrameType, event: str, _argument: object):
        nonlocal steps
        steps += event == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        find_json(text)
    finally:
        sys.settrace(before)
    return steps


@pytest.mark.parametrize(
    "unit", ["[", "{", '{"', '[{"a":', "[]", '{"\\"', "```", "```json\n", "[}", '["\\', "```\n[\n", "{]["]
)
def test_the_work_grows_with_the_text_and_no_faster(unit):
    """Twice the adversarial text takes about twice the steps."""
    once, twice = _steps(unit * 400), _steps(unit * 800)
    assert twice <= 2.1 * once + 50
