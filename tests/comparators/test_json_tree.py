import pytest

from comparators.answer import Answer
from comparators.divergence import Difference, Divergence, NotComparable, Severity
from comparators.json_rule import Rule
from comparators.json_tree import Json
from comparators.number import Number
from comparators.text import Text


def diff(old, new, **options):
    """Compare two documents."""
    return Json(**options)(Answer.of(json=old), Answer.of(json=new))


def nested(depth, inner):
    """Write a value nested in arrays, as text, for no encoder goes that deep."""
    return Answer(body=b"[" * depth + inner + b"]" * depth)


def test_equal_documents_diverge_by_nothing():
    """Members in any order, 1 as good as 1.0."""
    assert diff({"a": 1, "b": [2]}, {"b": [2.0], "a": 1}) == Divergence(0.0)


def test_the_divergence_is_the_share_of_differing_leaves():
    """Two of four, with every place named."""
    found = diff({"a": 1, "b": {"c": 2, "d": 3}}, {"a": 9, "b": {"c": 2, "e": 3}})
    assert found == Divergence(
        0.75,
        "3 differ: /a, /b/d, /b/e",
        (
            Difference("/a", 1.0, "1 -> 9", "changed"),
            Difference("/b/d", 1.0, "3 -> nothing", "missing"),
            Difference("/b/e", 1.0, "nothing -> 3", "added"),
        ),
    )


def test_another_type_is_a_difference_of_its_kind():
    """A boolean for a number is one, 2.5 for 2 is a change."""
    found = diff([True, 2, "3", None, {}, []], [1, 2.5, 3, False, [], {}])
    assert [one.kind for one in found.differences] == ["type", "changed", "type", "type", "type", "type"]


@pytest.mark.parametrize(
    ("old", "new", "value"),
    [
        (1, 2, 1.0),
        ({}, {"a": 1}, 1.0),
        ([], {}, 1.0),
        ({"x": {"a": 1, "b": 2, "c": 3}, "y": 0}, {"y": 0}, 0.75),
        ({"x": {"a": 1, "b": 2, "c": 3}, "y": 0}, {"x": 5, "y": 0}, 0.75),
        ([1, 2, 3], [1, 2], 1 / 3),
        ([1, 2, 3], [2, 3, 1], 1.0),
        ({"a": [], "b": {}}, {"a": [], "b": 1}, 0.5),
        ({"a": True, "b": [1]}, {"a": 1, "b": [1]}, 0.5),
    ],
)
def test_a_place_weighs_as_many_leaves_as_its_larger_side(old, new, value):
    """Arrays are compared in order."""
    assert (diff(old, new).value, diff(new, old).value) == (value, value)


def test_members_that_only_python_holds_equal_are_told_apart():
    """One deep true against 1 among many equal members."""
    found = diff({"a": 0, "b": [{"c": 1, "d": 2}]}, {"a": 0, "b": [{"c": True, "d": 2}]})
    assert (found.value, found.differences) == (1 / 3, (Difference("/b/0/c", 1.0, "1 -> true", "type"),))


def test_ignored_places_count_on_neither_side():
    """Not as a difference, nor as a leaf; a pointer covers all below."""
    old, new = {"id": {"x": 1}, "a": 1, "b": 2}, {"id": {"x": 2, "y": 3}, "a": 1, "b": 3}
    assert (diff(old, new, ignore=["/id"]).value, diff(old, new, ignore=["/id", "/b"]).value) == (0.5, 0.0)


def test_ignoring_by_wildcard_reaches_every_element():
    """Differences keep the pointers of the whole documents."""
    old = {"rows": [{"id": 1, "n": 1}, {"id": 2, "n": 2}]}
    new = {"rows": [{"id": 8, "n": 1}, {"id": 9, "n": 3}]}
    assert diff(old, new, ignore=["/rows/*/id"]).differences == (Difference("/rows/1/n", 1.0, "2 -> 3"),)


def test_an_ignored_element_leaves_the_others_in_place():
    """Also where only one side has it."""
    found = diff([1, 5, 3], [2, 6, 3], ignore=["/1"])
    assert (found.differences[0].pointer, diff([1, 2], [1, 2, 3], ignore=["/2"]).value) == ("/0", 0.0)


def test_only_the_given_paths_count():
    """Where neither side has a value there is nothing to count."""
    old = {"a": {"x": 1, "y": 2}, "b": [{"n": 1, "m": 0}], "c": 1}
    new = {"a": {"x": 1, "y": 3}, "b": [{"n": 2, "m": 9}, {"n": 3}], "c": 2}
    found = diff(old, new, paths=["/a", "/b/*/n", "/nothing"])
    assert (found.value, [one.pointer for one in found.differences]) == (0.75, ["/a/y", "/b/0/n", "/b/1/n"])


def test_paths_that_lead_nowhere_find_no_difference():
    """Neither side has anything that counts."""
    assert diff({"a": 1}, {"a": 2}, paths=["/b"]) == Divergence(0.0)


def test_paths_and_ignore_work_together():
    """What is ignored is gone before the paths are followed."""
    assert (
        diff({"a": {"x": 1, "id": 1}}, {"a": {"x": 1, "id": 2}}, paths=["/a"], ignore=["/a/id"]).value == 0.0
    )


def test_a_rule_measures_the_values_at_its_place():
    """Its divergence takes the place of the whole difference, with the rule's detail."""
    found = diff({"price": 100, "n": 1}, {"price": 75, "n": 1}, at={"/price": Number()})
    assert found == Divergence(0.125, "1 differ: /price", (Difference("/price", 0.25, "100 -> 75"),))


def test_a_rule_within_tolerance_is_no_difference():
    """The places still count as leaves."""
    old, new = {"rows": [{"p": 100}, {"p": 10}], "n": 1}, {"rows": [{"p": 101}, {"p": 20}], "n": 1}
    found = diff(old, new, at={"/rows/*/p": Number(relative=0.01)})
    assert (found.value, [one.pointer for one in found.differences]) == (0.5 / 3, ["/rows/1/p"])


def test_a_rule_may_compare_a_subtree():
    """It weighs as many leaves as are there, and its differences are named from the root."""
    old, new = {"o": {"a": 1, "b": 2, "id": 1}, "n": 1}, {"o": {"a": 1, "b": 3, "id": 2}, "n": 1}
    found = diff(old, new, at={"/o": Json(ignore=["/id"])})
    assert (found.value, found.differences) == (3 * 0.5 / 4, (Difference("/o/b", 1.0, "2 -> 3"),))


def test_a_rule_holds_for_paths_too():
    """Rules are found from the root, wherever the walk starts."""
    found = diff({"a": {"t": "ab"}}, {"a": {"t": "ac"}}, paths=["/a/t"], at={"/a/*": Text(measure="edit")})
    assert found.differences == (Difference("/a/t", 0.5, '"ab" -> "ac"'),)


def test_a_rule_is_not_asked_about_a_value_on_one_side():
    """A missing value is a missing value."""
    assert diff({"price": 1}, {}, at={"/price": Number()}).differences == (
        Difference("/price", 1.0, "1 -> nothing", "missing"),
    )


def test_a_rule_is_not_asked_about_equal_values():
    """Two words are no numbers, but they are equal words."""
    assert diff({"price": "free", "n": 1}, {"price": "free", "n": 2}, at={"/price": Number()}).value == 0.5


def test_a_rule_that_gives_only_a_number_is_told_with_both_values():
    """A user's comparator need not give details."""
    found = diff({"a": 1}, {"a": 2}, at={"/a": lambda _old, _new: Divergence(0.5)})
    assert found.differences == (Difference("/a", 0.5, "1 -> 2"),)


def test_a_rule_that_cannot_compare_makes_the_documents_not_comparable():
    """The place is named."""
    with pytest.raises(NotComparable, match=r"^/a: model: the string is no number$"):
        diff({"a": 1}, {"a": "x"}, at={"/a": Number()})


def test_a_rule_that_fails_makes_the_documents_not_comparable():
    """The exception is named, as in a panel."""
    with pytest.raises(NotComparable, match=r"^/a: KeyError: 'price'$"):
        diff({"a": {}}, {"a": {"x": 1}}, at={"/a": lambda old, _new: Divergence(old.json["price"])})


def test_a_rule_for_the_whole_document_is_asked():
    """The empty pointer is a place as well."""
    with pytest.raises(NotComparable, match=r"^the whole: legacy: the array is no number$"):
        diff([1], [2], at={"": Number()})


def test_the_list_of_differences_is_bounded_and_the_count_is_not():
    """Rules' differences are bounded with the others."""
    old, new = {"a": [0] * 150, "o": [0, 0]}, {"a": [1] * 150, "o": [1, 1]}
    by_default, none = diff(old, new, at={"/o": Json()}), diff(old, new, limit=0)
    assert (len(by_default.differences), by_default.detail[:10], by_default.value) == (100, "152 differ", 1.0)
    assert (none.differences, none.detail, none.value) == ((), "152 differ", 1.0)


def test_a_pointer_beyond_two_thousand_characters_names_a_place_further_up():
    """It is still a pointer that resolves."""
    old, new = ({"a": {"b": {"x" * 3000: {"c": value}}}} for value in (1, 2))
    assert diff(old, new).differences == (Difference("/a/b", 1.0, "1 -> 2"),)


def test_details_are_short():
    """80 characters a side."""
    (only,) = diff({"a": "x" * 1000}, {"a": "y" * 1000}).differences
    assert len(only.detail) == 80 + len(" -> ") + 80


def test_deep_documents_are_walked_without_recursion():
    """As deep as the parser goes; the difference at the bottom is found."""
    found = Json()(nested(600, b'{"a": 1, "b": 2}'), nested(600, b'{"a": 1, "b": true}'))
    assert (found.value, found.differences[0].pointer) == (0.5, "/0" * 600 + "/b")


def test_documents_deeper_than_the_interpreter_compares_are_walked(monkeypatch):
    """Both the members held equal and those that differ are found by walking."""
    deep: list = []
    other: list = []
    for _ in range(50_000):
        deep, other = [deep, 1], [other, 1]
    legacy, model = Answer(body=b"legacy"), Answer(body=b"model")
    legacy.__dict__["json"], model.__dict__["json"] = [deep, 1], [other, 2]
    assert Json()(legacy, model).value == pytest.approx(1 / 50_002)


def test_documents_beyond_the_parser_are_not_comparable():
    """A body of nothing but brackets raises no RecursionError."""
    with pytest.raises(NotComparable, match="legacy: the body is not JSON"):
        Json()(nested(200_000, b""), nested(3, b""))


@pytest.mark.parametrize("body", [b"", b"sorry", b"\xff\xfe", b'{"a": NaN}', b"1e999"])
def test_a_body_that_is_no_json_is_not_comparable(body):
    """The side is named."""
    with pytest.raises(NotComparable, match="model: the body is not JSON"):
        Json()(Answer.of(json={}), Answer(body=body))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ignore": ["a"]}, "'a' is no JSON Pointer"),
        ({"ignore": [""]}, "nothing would be left to compare"),
        ({"paths": ["a"]}, "'a' is no JSON Pointer"),
        ({"at": {"a": Number()}}, "'a' is no JSON Pointer"),
        ({"limit": -1}, "limit must be at least 0, not -1"),
    ],
)
def test_bad_options_stop_the_construction(options, message):
    """They are the operator's errors."""
    with pytest.raises(ValueError, match=message):
        Json(**options)


LINES = {"arrays": {"/lines": {"key": "/sku"}}}


def lines(*rows):
    """Make an order of some lines (sku, price)."""
    return {"lines": [{"sku": sku, "price": price} for sku, price in rows], "n": 1}


def told(found):
    """Give pointer and kind of each difference."""
    return [(one.pointer, one.kind) for one in found.differences]


def test_a_key_finds_the_partner_of_each_element():
    """A difference's pointer leads into the legacy document, or into the model's for what only that has."""
    found = diff(lines(("a", 1), ("b", 2)), lines(("c", 3), ("b", 5), ("a", 1)), **LINES)
    assert (found.value, told(found)) == ((1 + 2) / 7, [("/lines/1/price", "changed"), ("/lines/0", "added")])


def test_sets_have_no_order():
    """What one side lacks is missing or added as a whole: the share is one of both sides' leaves."""
    old, new = {"tags": ["a", "b", "c"]}, {"tags": ["c", "x", "a"]}
    found = diff(old, new, arrays={"/tags": "set"})
    assert (found.value, told(found)) == (0.5, [("/tags/1", "missing"), ("/tags/1", "added")])
    assert diff({"tags": ["a", "b"]}, {"tags": ["b", "a"]}, arrays={"$..*": "set"}) == Divergence(0.0)


def test_the_best_match_compares_what_belongs_together():
    """By rules, and within elements."""
    old = lines(("blue chair", 10.0), ("red table", 20.0))
    new = lines(("red table", 20.1), ("green lamp", 1), ("blue chairs", 10.0))
    rules = {"/lines/*/price": Number(relative=0.01)}
    found = diff(old, new, arrays={"/lines": "best"}, at=rules)
    assert (found.value, told(found)) == (
        (1 + 2) / 7,
        [("/lines/0/sku", "changed"), ("/lines/1", "added")],
    )


def test_a_best_match_beyond_its_bound_is_told_in_the_detail():
    """With the place."""
    old, new = ({"a": [[side, n] for n in range(300)]} for side in "xy")
    assert diff(old, new, arrays={"/a": "best"}).detail.startswith(
        "/a: 300 and 300 elements without an equal"
    )


def test_arrays_within_aligned_arrays_are_aligned_too():
    """By their own patterns."""
    old = [{"id": 1, "tags": ["a", "b"]}, {"id": 2, "tags": []}]
    new = [{"id": 2, "tags": []}, {"id": 1, "tags": ["b", "a"]}]
    assert diff(old, new, arrays={"": {"key": "/id"}, "/*/tags": "set"}) == Divergence(0.0)


def test_what_is_ignored_does_not_part_elements():
    """Neither of a set nor of a best match."""
    old, new = [{"at": 1, "n": 1}, {"at": 2, "n": 2}], [{"at": 8, "n": 2}, {"at": 9, "n": 1}]
    for how in ("set", "best"):
        assert diff(old, new, arrays={"": how}, ignore=["/*/at"]) == Divergence(0.0)


def test_the_key_of_an_array_counts_where_only_some_paths_do():
    """Without it there would be no telling what belongs together."""
    found = diff(lines(("a", 1), ("b", 2)), lines(("b", 2), ("a", 9)), paths=["/lines/*/price"], **LINES)
    assert (found.value, told(found)) == (1 / 4, [("/lines/0/price", "changed")])


def test_a_key_that_is_ignored_is_the_operators_error():
    """It would be gone before it is looked for."""
    for pattern in ("/lines/*/sku", "/lines/*", "/lines", "$.lines[*].sku"):
        with pytest.raises(ValueError, match="ignore holds the key"):
            Json(ignore=[pattern], **LINES)


def test_null_may_be_as_good_as_nothing():
    """As a member; null and a value still differ, and so do null and nothing among elements."""
    old, new = {"a": None, "b": 1, "c": [None]}, {"b": 1, "d": None, "c": [None]}
    assert (diff(old, new).value, diff(old, new, null_is_missing=True)) == (0.5, Divergence(0.0))
    found = diff({"a": None, "l": [1, None]}, {"a": 1, "l": [1]}, null_is_missing=True)
    assert told(found) == [("/l/1", "missing"), ("/a", "added")]


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("12", 12, True),
        (12.5, "12.50", True),
        ("1e2", 100, True),
        ("12", 13, False),
        ("1.0", "1", False),
        ("x", 1, False),
    ],
)
def test_a_text_may_be_as_good_as_its_number(old, new, same):
    """Two texts are still compared as texts."""
    assert (diff([old], [new]).value, diff([old], [new], numeric_strings=True).value) == (
        1.0,
        0.0 if same else 1.0,
    )


def test_places_may_weigh_more_or_less():
    """Where they are equal as where they differ."""
    old, new = {"price": 1, "note": "a", "id": 1}, {"price": 2, "note": "a", "id": 2}
    rules = {"/price": Rule(weight=3), "/note": Rule(weight=0.5)}
    assert diff(old, new, at=rules).value == 4 / 4.5
    assert diff(old, {**old, "note": "b"}, at=rules).value == 0.5 / 4.5


def test_info_is_told_and_counts_in_no_number():
    """Neither as a difference, nor as a leaf."""
    rules = {"/note": Rule(severity="info")}
    found = diff({"note": {"x": 1, "y": 2}, "n": 1}, {"note": {"x": 2, "y": 2}, "n": 1}, at=rules)
    assert found == Divergence(
        0.0, "1 differ: /note/x", (Difference("/note/x", 1.0, "1 -> 2", severity=Severity.INFO),)
    )
    assert diff({"note": 1, "n": 1}, {"n": 2}, at=rules).value == 1.0


def test_minor_differences_are_no_part_of_the_major_ones():
    """They count in the divergence."""
    rules = {"$..unit": Rule(severity="minor")}
    found = diff(
        {"a": {"unit": "kg", "n": 1}, "b": 1, "c": 1}, {"a": {"unit": "lb", "n": 2}, "b": 1, "c": 1}, at=rules
    )
    assert (found.value, found.major) == (0.5, 0.25)
    assert [one.severity for one in found.differences] == [Severity.MINOR, Severity.MAJOR]


def test_a_place_without_a_partner_is_as_grave_as_the_gravest_below():
    """And weighs by the rules below it."""
    rules = {"/a/x": Rule(severity="info"), "/a/y": Rule(severity="minor", weight=4)}
    found = diff({"a": {"x": 1, "y": 1}, "b": 1}, {"b": 1}, at=rules)
    assert (found.value, found.major, found.differences[0].severity) == (4 / 5, 0.0, Severity.MINOR)


def test_a_rules_tolerance_forgives_what_its_comparator_finds():
    """The places still count as leaves."""
    rules = {"/t": Rule(Text(measure="edit"), tolerance=0.5)}
    assert diff({"t": "ab", "n": 1}, {"t": "ac", "n": 1}, at=rules) == Divergence(0.0)
    assert diff({"t": "ab", "n": 1}, {"t": "xy", "n": 1}, at=rules).value == 0.5


def test_the_severities_of_a_comparator_below_are_kept():
    """No graver than the place itself."""
    inner = Json(at={"/x": Rule(severity="info"), "/y": Rule(severity="minor")})
    old, new = {"o": {"x": 1, "y": 1, "z": 1}, "n": 1}, {"o": {"x": 2, "y": 2, "z": 2}, "n": 1}
    found = diff(old, new, at={"/o": inner})
    assert (found.value, found.major) == (3 / 4, 1.5 / 4)
    assert [one.severity for one in found.differences] == [Severity.INFO, Severity.MINOR, Severity.MAJOR]
    lesser = diff(old, new, at={"/o": Rule(inner, severity="minor")})
    assert (lesser.value, lesser.major, {one.severity for one in lesser.differences}) == (
        3 / 4,
        0.0,
        {Severity.INFO, Severity.MINOR},
    )


def test_what_a_comparator_below_only_tells_is_told():
    """Though it is no divergence."""
    inner = Json(at={"/x": Rule(severity="info")})
    found = diff({"o": {"x": 1, "y": 1}}, {"o": {"x": 2, "y": 1}}, at={"/o": inner})
    assert (found.value, told(found)) == (0.0, [("/o/x", "changed")])


def test_both_values_of_a_difference_are_kept():
    """For whoever has to mask them."""
    (one,) = diff({"a": {"secret": 1}}, {"a": 2}).differences
    assert (one.old, one.new) == ({"secret": 1}, 2)


def test_a_filter_chooses_places_by_their_contents():
    """Those that one side has are meant on both."""
    old = {"lines": [{"kind": "fee", "n": 1}, {"kind": "item", "n": 1}]}
    new = {"lines": [{"kind": "fee", "n": 2}, {"kind": "item", "n": 1}]}
    assert diff(old, new, ignore=["$.lines[?@.kind == 'fee']"]) == Divergence(0.0)
    assert told(diff(old, new, paths=["$.lines[?@.kind == 'fee'].n"])) == [("/lines/0/n", "changed")]


def test_a_filter_that_a_document_is_too_deep_for_is_not_comparable():
    """The library goes down a hundred levels."""
    deep = nested(200, b"1")
    with pytest.raises(NotComparable, match="cannot be followed"):
        Json(ignore=["$..[?@.x == 1]"])(deep, nested(200, b"2"))


def test_an_element_that_only_one_side_has_may_be_ignored():
    """In the middle as at the end."""
    assert diff([1], [1, 2, 3], ignore=["/1", "/2"]) == Divergence(0.0)
    assert told(diff([1], [1, 2, 3], ignore=["/1"])) == [("/2", "added")]


@pytest.mark.slow
@pytest.mark.parametrize("spec", ["set", {"key": "/id"}, "best", "ordered"])
def test_a_hundred_thousand_elements_are_aligned(spec):
    """In any order, with one that differs; ordered, nearly all do."""
    old = [{"id": n, "name": f"name {n}", "tags": ["a", "b"]} for n in range(100_000)]
    new = [{**one, "name": "other"} if one["id"] == 5 else one for one in reversed(old)]
    found = diff({"rows": old}, {"rows": new}, arrays={"/rows": spec})
    expected = {"set": [("/rows/5", "missing"), ("/rows/99994", "added")], "ordered": None}
    one = expected.get(spec if isinstance(spec, str) else "", [("/rows/5/name", "changed")])
    assert one is None or told(found) == one
