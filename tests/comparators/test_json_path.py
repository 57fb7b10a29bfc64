import pytest

from comparators.json_path import read_json_path
from comparators.pattern import ANY, DEEP


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("$", [()]),
        ("$.a.b", [("a", "b")]),
        ("$['a b'][0]", [("a b", "0")]),
        ("$['*']", [("*",)]),
        ("$.lines[*].price", [("lines", ANY, "price")]),
        ("$.lines.*.price", [("lines", ANY, "price")]),
        ("$..id", [(DEEP, "id")]),
        ("$.a..*", [("a", DEEP, ANY)]),
        ("$['a', 'b'].x[0, 2]", [("a", "x", "0"), ("a", "x", "2"), ("b", "x", "0"), ("b", "x", "2")]),
    ],
)
def test_a_plain_path_becomes_segments(text, paths):
    """These cost no library when documents are compared."""
    assert read_json_path(text) == (tuple(paths), None)


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("$.rows[?@.n > 1].id", [("rows", "1", "id")]),
        ("$.rows[1:].n", [("rows", "1", "n")]),
        ("$.rows[-1]", [("rows", "1")]),
        ("$..[?@.id == 'x']", [("rows", "0")]),
        ("$.rows[?match(@.id, '[a-x]')]", [("rows", "0")]),
        ("$.nothing[-1]", []),
    ],
)
def test_what_depends_on_the_document_is_looked_up(text, places):
    """Filters, slices, and counting from the end."""
    paths, query = read_json_path(text)
    assert (paths, query.places({"rows": [{"id": "x", "n": 1}, {"id": "y", "n": 2}]})) == ((), places)


def test_what_is_no_path_is_refused():
    """With the place of the error."""
    with pytest.raises(ValueError, match=r"^'\$.a\[' is no JSONPath: .*column"):
        read_json_path("$.a[")


def test_too_many_choices_are_refused():
    """A thousand paths are enough for one pattern."""
    choice = "[" + ",".join(f"'{n}'" for n in range(40)) + "]"
    with pytest.raises(ValueError, match="stands for 1600 paths, more than 1000"):
        read_json_path("$" + choice * 2)


def test_a_document_too_deep_for_a_filter_is_said_to_be():
    """The library goes down a hundred levels."""
    _, query = read_json_path("$..[?@.id == 1]")
    document: object = {"id": 1}
    for _ in range(20_000):
        document = [document]
    with pytest.raises(ValueError, match="cannot be followed: recursion limit exceeded"):
        query.places(document)
