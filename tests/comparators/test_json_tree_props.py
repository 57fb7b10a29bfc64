from hypothesis import given
from hypothesis import strategies as st

from comparators.answer import Answer
from comparators.divergence import NotComparable
from comparators.json_tree import Json
from comparators.json_value import leaves, same
from comparators.number import Number
from comparators.pointer import MISSING, resolve, unparse
from comparators.text import Text

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-2, 2)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text("ab~/é")
)
documents = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab*", max_size=2), inner, max_size=3)
    ),
    max_leaves=12,
)
patterns = st.lists(st.sampled_from(["a", "b", "*", "0", "1", ""]), min_size=1, max_size=3).map(unparse)
panels = st.builds(
    Json,
    ignore=st.lists(patterns, max_size=2),
    paths=st.lists(patterns, max_size=2),
    at=st.dictionaries(patterns, st.sampled_from([Text(), Json(), Text("", "ratio")]), max_size=2),
    limit=st.integers(0, 3),
)


def diff(json, old, new):
    """Compare two documents."""
    return json(Answer.of(json=old), Answer.of(json=new))


def plain_counts(old, new):
    """Give (differing, all) leaves by recursion, straight from the definition."""
    if isinstance(old, dict) and isinstance(new, dict) and (old or new):
        pairs = [(old.get(key, MISSING), new.get(key, MISSING)) for key in old.keys() | new.keys()]
    elif isinstance(old, list) and isinstance(new, list) and (old or new):
        size = max(len(old), len(new))
        pairs = [tuple(side[i] if i < len(side) else MISSING for side in (old, new)) for i in range(size)]
    else:
        weight = max(leaves(value) for value in (old, new) if value is not MISSING)
        alike = old is not MISSING and new is not MISSING and same(old, new)
        return (0, weight) if alike else (weight, weight)
    counts = [plain_counts(*pair) for pair in pairs]
    return sum(count[0] for count in counts), sum(count[1] for count in counts)


@given(documents, documents)
def test_the_divergence_is_the_one_defined(old, new):
    """The walk and its shortcuts give what plain recursion gives."""
    differing, everything = plain_counts(old, new)
    assert diff(Json(), old, new).value == differing / everything


@given(documents, documents)
def test_zero_means_the_same(old, new):
    """Without options nothing is overlooked."""
    assert (diff(Json(), old, new).value == 0.0) == same(old, new)


@given(panels, documents, documents)
def test_json_is_bounded_symmetric_and_deterministic(json, old, new):
    """With any options."""
    found, again, swapped = diff(json, old, new), diff(json, old, new), diff(json, new, old)
    assert 0.0 <= found.value <= 1.0
    assert found == again
    assert abs(found.value - swapped.value) < 1e-12


@given(panels, documents)
def test_a_document_equals_itself(json, document):
    """With any options."""
    assert diff(json, document, document).value == 0.0


@given(panels, documents, documents)
def test_no_more_differences_are_listed_than_the_limit_allows(json, old, new):
    """With any options."""
    assert len(diff(json, old, new).differences) <= json.limit


@given(documents, documents)
def test_every_difference_points_at_values_that_differ(old, new):
    """Its pointer resolves on at least one side, and its kind says on which."""
    for one in diff(Json(), old, new).differences:
        left, right = resolve(old, one.pointer), resolve(new, one.pointer)
        kinds = "added" if left is MISSING else "missing" if right is MISSING else one.kind
        assert (one.kind, left is MISSING or right is MISSING or not same(left, right)) == (kinds, True)


@given(
    st.dictionaries(st.text(max_size=3), documents, max_size=4),
    st.dictionaries(st.text(max_size=3), documents),
)
def test_ignoring_every_member_leaves_no_difference(old, new):
    """By name, whatever the names are made of."""
    names = [unparse([name]) for name in old.keys() | new.keys()]
    assert diff(Json(ignore=names), old, new).value == 0.0


@given(documents, documents, documents)
def test_what_is_ignored_makes_no_difference(shared, old, new):
    """Two documents that differ only there match."""
    found = diff(
        Json(ignore=["/took", "/rows/*/id"]),
        *({"a": shared, "took": value, "rows": [{"id": value, "a": shared}]} for value in (old, new)),
    )
    assert found.value == 0.0


@given(st.binary(max_size=30), documents)
def test_json_raises_nothing_but_not_comparable(body, document):
    """On any body."""
    try:
        found = Json(at={"/*": Number()})(Answer(body=body), Answer.of(json=document)).value
    except NotComparable:
        return
    assert 0.0 <= found <= 1.0
