from hypothesis import given
from hypothesis import strategies as st

from comparators.pointer import parse, resolve, unparse

segments = st.lists(st.text(alphabet="ab/~01*é", max_size=4), max_size=5)
documents = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
)


@given(segments)
def test_parsing_undoes_writing(parts):
    """Any segments survive being written as a pointer and read again."""
    assert list(parse(unparse(parts))) == parts


@given(documents, segments)
def test_following_a_pointer_raises_on_no_document(document, parts):
    """Text and segments resolve alike, whatever the document."""
    assert resolve(document, unparse(parts)) == resolve(document, parts)
