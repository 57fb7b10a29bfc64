from copy import deepcopy

from hypothesis import given
from hypothesis import strategies as st

from comparators.json_value import kind, leaves, same, show

scalars = (
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from([0.0, 1.0, 0.5]) | st.sampled_from("ab")
)
documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


def plainly_same(old, new):
    """Say by recursion what `same` finds by walking."""
    if kind(old) != kind(new):
        return False
    if isinstance(old, dict):
        return old.keys() == new.keys() and all(plainly_same(old[key], new[key]) for key in old)
    if isinstance(old, list):
        return len(old) == len(new) and all(map(plainly_same, old, new))
    return old == new


def plain_leaves(value):
    """Count by recursion what `leaves` counts by walking."""
    members = list(value.values()) if isinstance(value, dict) else value
    return sum(map(plain_leaves, members)) if isinstance(value, dict | list) and value else 1


@given(documents, documents)
def test_same_agrees_with_the_plain_definition(old, new):
    """For any two documents."""
    assert same(old, new) == plainly_same(old, new)


@given(documents)
def test_a_copy_is_the_same(document):
    """For any document."""
    assert same(document, deepcopy(document))


@given(documents)
def test_leaves_agree_with_the_plain_definition(document):
    """For any document."""
    assert leaves(document) == plain_leaves(document)


@given(documents | st.text() | st.integers() | st.floats())
def test_showing_is_bounded(value):
    """No value takes more than 80 characters."""
    assert 0 < len(show(value)) <= 80
