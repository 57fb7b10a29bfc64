from __future__ import annotations

import pytest

from shadow.adapters.schema import compile_schema

ADDRESS = {
    "type": "object",
    "required": ["number"],
    "properties": {"number": {"$ref": "#/$defs/number"}, "a/b": {"type": "array", "items": {"maximum": 3}}},
    "$defs": {"number": {"type": "string", "pattern": "^[0-9]+$"}},
}


@pytest.mark.parametrize(
    ("document", "broken"),
    [
        ({"number": "12"}, None),
        ({"number": "s3cret"}, '/number breaks "pattern"'),
        ({"number": 12}, '/number breaks "type"'),
        ({}, 'the whole document breaks "required"'),
        ({"number": "1", "a/b": [1, 9]}, '/a~1b/1 breaks "maximum"'),
    ],
)
def test_the_place_and_the_keyword_are_told_but_no_value(document, broken):
    """What breaks a schema is told by where and by which rule, since the values may be anyone's data."""
    assert compile_schema(ADDRESS)(document) == broken


@pytest.mark.parametrize(
    ("form", "good", "bad"),
    [
        ("date", "2026-11-01", "2026-13-01"),
        ("date-time", "2026-11-01T10:00:00Z", "2026-11-01"),
        ("date-time", "2026-11-01T10:00:00.5+02:00", "2026-11-01T10:00:00"),
        ("date-time", 5, "yesterday"),
        ("email", "a@b.c", "a"),
        ("ipv4", "127.0.0.1", "127.0.0.256"),
        ("ipv6", "::1", ":::"),
        ("regex", "a+", "(a"),
        ("uuid", "0199a7e2-0000-7000-8000-000000000000", "0199"),
    ],
)
def test_formats_are_checked(form, good, bad):
    """A format that is known is a rule and not a note."""
    check = compile_schema({"format": form})
    assert (check(good), check(bad)) == (None, 'the whole document breaks "format"')


def test_true_and_false_are_schemas():
    """True allows everything, false nothing."""
    allow, forbid = (compile_schema(schema) for schema in (True, False))
    assert (allow(1), forbid(1)) == (None, 'the whole document breaks "false"')


def test_references_within_the_schema_are_followed():
    """Anchors, ids and definitions of the schema itself may be referred to."""
    schema = {
        "$id": "http://a.test/root",
        "items": {"$ref": "item"},
        "$defs": {"x": {"$id": "item", "$ref": "#n"}, "y": {"$id": "item2"}},
    }
    schema["$defs"]["x"]["$defs"] = {"n": {"$anchor": "n", "type": "number"}}
    assert compile_schema(schema)(["a"]) == '/0 breaks "type"'


def test_another_draft_is_read_by_its_own_rules():
    """A schema that names an older draft is taken at its word."""
    schema = {"$schema": "http://json-schema.org/draft-07/schema#", "items": [{"type": "number"}]}
    assert compile_schema(schema)(["a"]) == '/0 breaks "type"'


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ({"type": "strin"}, "/type is no JSON Schema: "),
        ({"pattern": "("}, "/pattern is no JSON Schema: "),
        ({"items": {"$ref": "#/$defs/nope"}}, '"$ref" leads nowhere in this schema (nothing is fetched): '),
        (
            {"$ref": "https://a.test/s.json"},
            '"$ref" leads nowhere in this schema (nothing is fetched): https://a.',
        ),
        (
            {"allOf": [{"$ref": "other.json#/x"}]},
            '"$ref" leads nowhere in this schema (nothing is fetched): other',
        ),
        ({"$schema": "https://a.test/draft"}, "no known draft: \"$schema\" is 'https://a.test/draft'"),
    ],
)
def test_a_schema_that_cannot_be_used_is_refused_when_it_is_compiled(schema, why):
    """Broken schemas, dangling references and references to elsewhere are found before any answer."""
    with pytest.raises(ValueError, match=r"\S") as caught:
        compile_schema(schema)
    assert str(caught.value).startswith(why)


def test_a_number_beyond_all_measure_breaks_the_schema():
    """A number that no rule can be applied to gives a word, not an exception."""
    check = compile_schema({"multipleOf": 0.1})
    assert check(10**400) == "a number is too large to be judged"


def test_a_document_nested_too_deeply_breaks_the_schema():
    """A recursive schema over a hostile document gives a word, not an exception."""
    document: list = []
    for _ in range(3000):
        document = [document]
    check = compile_schema({"items": {"$ref": "#"}})
    assert check(document) == "the schema or the document is nested too deeply"
