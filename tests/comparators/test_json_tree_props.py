import random

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from comparators.answer import Answer
from comparators.divergence import NotComparable
from comparators.json_rule import Rule
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
pointers = st.lists(st.sampled_from(["a", "b", "*", "0", "1", ""]), min_size=1, max_size=3).map(unparse)
QUERIES = [
    "$",
    "$..a",
    "$..*",
    "$.a..b",
    "$['a', 'b'][0]",
    "$[?@.a]",
    "$..[?@.b == 1]",
    "$[-1]",
    "$[1:].a",
    "$[*].a",
]
patterns = pointers | st.sampled_from(QUERIES)
inner = Json(at={"/a": Rule(severity="minor"), "/b": Rule(severity="info")})
rules = st.builds(
    Rule,
    comparator=st.none() | st.sampled_from([Text(), Json(), Text("", "ratio"), inner]),
    weight=st.none() | st.sampled_from([0, 0.5, 3]),
    severity=st.none() | st.sampled_from(["info", "minor", "major"]),
)
alignments = st.sampled_from(["ordered", "set", "best", {"key": "/a"}, {"key": ["/a", "/b"]}, {"key": ""}])
options = st.fixed_dictionaries(
    {
        "ignore": st.lists(patterns.filter(lambda one: one != "$"), max_size=2),
        "paths": st.lists(patterns, max_size=2),
        "at": st.dictionaries(patterns, rules, max_size=2),
        "arrays": st.dictionaries(patterns | st.just(""), alignments, max_size=2),
        "null_is_missing": st.booleans(),
        "numeric_strings": st.booleans(),
        "limit": st.integers(0, 3),
    }
)


def built(given_options):
    """Build a comparator; some options contradict each other, which is told."""
    try:
        return Json(**given_options)
    except ValueError:
        reject()


panels = options.map(built)


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
    assert 0.0 <= (found.value if found.major is None else found.major) <= found.value <= 1.0
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


@given(st.lists(documents, max_size=6), st.randoms(use_true_random=False), st.sampled_from(["set", "best"]))
def test_an_array_in_another_order_is_the_same_set(elements, draw, how):
    """Whatever its elements are."""
    shuffled = draw.sample(elements, len(elements))
    assert diff(Json(arrays={"/a": how}), {"a": elements}, {"a": shuffled}).value == 0.0


@given(st.dictionaries(st.text("ab", max_size=2), documents, max_size=5), st.randoms(use_true_random=False))
def test_elements_with_a_key_may_stand_anywhere(members, draw):
    """As long as no key comes twice."""
    elements = [{"key": key, "value": value} for key, value in members.items()]
    shuffled = draw.sample(elements, len(elements))
    assert diff(Json(arrays={"": {"key": "/key"}}), elements, shuffled).value == 0.0


@given(
    st.lists(st.integers(0, 3), min_size=1, max_size=8), st.lists(st.integers(0, 3), min_size=1, max_size=8)
)
def test_the_divergence_of_sets_is_what_they_do_not_share(old, new):
    """Counted as often as it is there, over all (Jaccard's distance of multisets)."""
    shared = sum(min(old.count(one), new.count(one)) for one in set(old))
    expected = 1 - shared / (len(old) + len(new) - shared)
    assert abs(diff(Json(arrays={"/a": "set"}), {"a": old}, {"a": new}).value - expected) < 1e-12


@given(documents, documents, pointers)
def test_info_everywhere_is_no_divergence(old, new, pattern):
    """Whatever else a rule below says of weight."""
    json = Json(at={"": Rule(severity="info"), pattern: Rule(weight=2, severity="info")})
    assert diff(json, old, new).value == 0.0


ALL = {
    "ignore": ["$..ignored", "/a/0/x"],
    "at": {
        "$..p": Rule(Number(relative=0.1), weight=2),
        "$..n": Rule(severity="minor"),
        "/b/*": Rule(weight=3),
    },
    "arrays": {"$..*": "best", "/k": {"key": "/id"}, "/s": "set"},
    "null_is_missing": True,
    "numeric_strings": True,
}
OPTIONS = [{}, ALL, {**ALL, "paths": ["$..x", "/k/*/v", "/s"]}, {"arrays": {"": "set", "$..*": "set"}}]


@pytest.mark.slow
@pytest.mark.parametrize("given_options", OPTIONS)
def test_ten_thousand_levels_are_no_trouble(given_options):
    """Deeper than any parser goes, so given as Python objects: all are walked without recursion."""
    sides = []
    for bottom in (1, "2"):
        value: object = {"x": bottom, "p": 5, "ignored": bottom}
        for level in range(10_000):
            value = [value, level] if level % 2 else {"x": value, "id": level}
        answer = Answer(body=str(bottom).encode())
        answer.__dict__["json"] = {"a": value, "k": [value], "s": [value, None]}
        sides.append(answer)
    found, again = Json(**given_options)(*sides), Json(**given_options)(*sides[::-1])
    assert 0.0 < found.value <= 1.0
    assert abs(found.value - again.value) < 1e-12


@pytest.mark.slow
@pytest.mark.parametrize("given_options", OPTIONS)
def test_ten_megabytes_are_compared(given_options):
    """In which one place in fifty differs, and arrays have lost their order."""
    draw = random.Random(1)
    rows = [
        {"id": n, "v": n / 7, "p": n, "n": None, "x": [f"{n} text " * 90, {"ignored": n}]}
        for n in range(12_000)
    ]
    other = [
        {**row, "p": row["p"] + 9} if not row["id"] % 50 else row for row in draw.sample(rows, len(rows))
    ]
    legacy, model = (Answer.of(json={"k": some[:6_000], "s": some[6_000:]}) for some in (rows, other))
    assert (0.0 < Json(**given_options)(legacy, model).value <= 1.0, len(legacy.body) > 10_000_000) == (
        True,
        True,
    )
