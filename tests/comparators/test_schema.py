import pytest

from comparators.answer import Answer
from comparators.divergence import Divergence, NotComparable
from comparators.schema import Schema

ORDER = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "lines": {"type": "array", "items": {"type": "object", "properties": {"price": {"type": "number"}}}},
    },
    "required": ["id", "name"],
}
GOOD = {"id": 1, "name": "x"}


def compared(old, new, schema=ORDER, **options):
    """Compare two documents."""
    return Schema(schema, **options)(Answer.of(json=old), Answer.of(json=new))


def test_two_documents_that_keep_the_schema_match():
    """However different they are."""
    assert compared(GOOD, {"id": 2, "name": "y", "more": []}) == Divergence(0.0)


def test_what_only_the_model_breaks_is_a_divergence():
    """Every rule with its place, and no value."""
    found = compared(GOOD, {"id": "secret", "lines": [{"price": "12"}]})
    assert (found.value, found.detail) == (
        1.0,
        '3 broken: /id breaks "type", /lines/0/price breaks "type", the whole breaks "required"',
    )
    assert [(one.pointer, one.kind, one.new) for one in found.differences[:2]] == [
        ("/id", "schema", "secret"),
        ("/lines/0/price", "schema", "12"),
    ]


def test_what_legacy_breaks_too_is_none():
    """In any element of an array; another rule at the same place still is."""
    old = {"lines": [{"price": 1}, {"price": "x"}], **GOOD}
    assert compared(old, {"lines": [{"price": "y"}], **GOOD}).value == 0.0
    assert compared({"id": 1}, {"name": "x"}).value == 1.0


def test_what_only_legacy_breaks_is_none_either():
    """The comparator has a direction, and says so."""
    assert (compared({}, GOOD).value, compared(GOOD, {}).value, Schema.symmetric) == (0.0, 1.0, False)


def test_a_pointer_leads_to_the_part_that_is_looked_at():
    """Differences are told from the root."""
    found = compared({"a": 1}, {"a": "x"}, {"type": "integer"}, pointer="/a")
    assert [one.pointer for one in found.differences] == ["/a"]
    assert compared({"a": 1}, {}, {"type": "integer"}, pointer="/a").differences[0].kind == "missing"
    with pytest.raises(NotComparable, match="legacy: no value at /a"):
        compared({}, {"a": 1}, {"type": "integer"}, pointer="/a")


def test_the_list_is_bounded_and_the_count_is_not():
    """Of what is told."""
    found = compared({}, dict.fromkeys("abc", 1), {"additionalProperties": {"type": "string"}}, limit=2)
    assert (len(found.differences), found.detail.split(":")[0]) == (2, "3 broken")


def test_a_body_that_is_no_json_is_not_comparable():
    """The side is named."""
    with pytest.raises(NotComparable, match="model: the body is not JSON"):
        Schema(schema=True)(Answer.of(json=1), Answer.of(text="{"))


def test_the_schema_false_is_broken_by_all():
    """By legacy as by the model."""
    assert compared(1, 2, schema=False).value == 0.0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"schema": {"type": "objekt"}}, "is no JSON Schema"),
        ({"schema": {"$ref": "http://127.0.0.1/x"}}, "nothing is fetched"),
        ({"schema": True, "limit": 0}, "limit must be at least 1, not 0"),
        ({"schema": True, "pointer": "a"}, "is no JSON Pointer"),
    ],
)
def test_bad_options_stop_the_construction(options, message):
    """They are the operator's errors."""
    with pytest.raises(ValueError, match=message):
        Schema(**options)
