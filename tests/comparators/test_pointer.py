import pytest

from comparators.pointer import MISSING, index_of, parse, resolve, unparse

# The document and the pointers of RFC 6901, section 5.
RFC = {
    "foo": ["bar", "baz"],
    "": 0,
    "a/b": 1,
    "c%d": 2,
    "e^f": 3,
    "g|h": 4,
    "i\\j": 5,
    'k"l': 6,
    " ": 7,
    "m~n": 8,
}


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("", RFC),
        ("/foo", ["bar", "baz"]),
        ("/foo/0", "bar"),
        ("/", 0),
        ("/a~1b", 1),
        ("/c%d", 2),
        ("/e^f", 3),
        ("/g|h", 4),
        ("/i\\j", 5),
        ('/k"l', 6),
        ("/ ", 7),
        ("/m~0n", 8),
    ],
)
def test_the_examples_of_the_rfc_resolve(pointer, value):
    """Every example of RFC 6901 gives the value it states."""
    assert resolve(RFC, pointer) == value


@pytest.mark.parametrize(
    "pointer", ["/nothing", "/foo/2", "/foo/-", "/foo/00", "/foo/x", "/foo/0/x", "/foo/²"]
)
def test_what_is_not_there_is_missing(pointer):
    """A pointer that leads nowhere gives MISSING instead of raising."""
    assert resolve(RFC, pointer) is MISSING


def test_null_is_not_missing():
    """A value of null is there."""
    assert resolve({"a": None}, "/a") is None


def test_segments_serve_as_well_as_text():
    """A pointer that was split before need not be split again."""
    assert resolve(RFC, ("foo", "1")) == "baz"


@pytest.mark.parametrize("pointer", ["foo", "a/b", "#/a"])
def test_a_pointer_begins_with_a_slash(pointer):
    """Anything else is refused, with the text that was given."""
    with pytest.raises(
        ValueError, match=f"'{pointer}' is no JSON Pointer: it must be empty or begin with '/'"
    ):
        parse(pointer)


@pytest.mark.parametrize("pointer", ["/~", "/a~2b", "/~~0"])
def test_a_lone_tilde_is_refused(pointer):
    """A `~` must be written `~0`."""
    with pytest.raises(ValueError, match="'~' must be written '~0'"):
        parse(pointer)


def test_tildes_are_unescaped_last():
    """`~01` stands for `~1`, not for a slash."""
    assert parse("/~01") == ("~1",)


def test_indices_are_written_as_segments():
    """Array indices may be given as numbers."""
    assert unparse(["items", 3, "a/b~c"]) == "/items/3/a~1b~0c"


def test_an_index_too_long_to_be_one_is_none():
    """A number of any length is read without an error."""
    assert index_of("9" * 5000) is None


def test_missing_names_itself():
    """The sentinel is readable in a failed assertion."""
    assert repr(MISSING) == "MISSING"
