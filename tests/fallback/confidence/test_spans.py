"""Where values stand in a reply, and which tokens wrote them."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparators.answer import Reply, Token
from comparators.pointer import MISSING, resolve
from fallback.confidence.spans import leaves, locate

documents = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


def reply(*parts, text=None):
    """Give a reply written in these parts."""
    tokens = tuple(Token("", -0.1, part) if isinstance(part, bytes) else Token(part, -0.1) for part in parts)
    return Reply("".join(token.text for token in tokens) if text is None else text, tokens)


def written(located):
    """Give each value's path and the tokens that wrote it."""
    return {span.path: [located.tokens[i].text for i in located.within(span)] for span in located.spans}


def test_keys_and_punctuation_are_no_value():
    """A token that holds a part of a value counts for it."""
    located = locate(reply('{"', "a", '":"x', "y", '","', "b", '":', " 12", "}"))
    assert written(located) == {("a",): ['":"x', "y"], ("b",): [" 12"]}


def test_an_empty_strings_token_is_the_one_that_closes_it():
    """To write nothing was its choice."""
    assert written(locate(reply('{"a":"', '","b":', "1}"))) == {("a",): ['","b":'], ("b",): ["1}"]}


def test_characters_are_counted_in_bytes():
    """A token may be a part of a character."""
    located = locate(reply('{"a":"', b"\xe2\x82", b"\xac", '€","b":"', "z", '"}', text='{"a":"€€","b":"z"}'))
    assert [list(located.within(span)) for span in located.spans] == [[1, 2, 3], [4]]


@pytest.mark.parametrize("lost", ["", "\ufffd"])
def test_a_character_in_parts_is_found_without_bytes(lost):
    """A server that gives no bytes cannot say what a part of a character is: it wrote what the others did not."""
    located = locate(reply('{"a":"x', lost, lost, '","b":"', "z", '"}', "", text='{"a":"x€","b":"z"}'))
    assert [list(located.within(span)) for span in located.spans] == [[0, 1, 2], [4]]


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        (("a", "", "c"), "abc"),
        (("a", "", "", "", "", "c"), "a€c"),
        (("a", "", "d"), "a€c"),
        (("a", ""), "a€c"),
        (("a", "€"), "a€é"),
    ],
)
def test_what_the_lost_parts_cannot_have_written_has_no_place(parts, text):
    """ASCII is never a part of a character, and a part is a byte at least."""
    assert locate(reply(*parts, text=text)) is None


def test_json_may_stand_in_prose():
    """In a code fence or between words."""
    assert written(locate(reply("Sure: ```json\n", '{"a":', "1", "}", "\n```"))) == {("a",): ["1"]}


@pytest.mark.parametrize(
    ("parts", "text", "expected"),
    [
        (("<think>no</think>", "no"), "no", [1]),
        (("I think: ", "yes", "<end>"), "yes", [1]),
        ((" ", "yes", " "), "yes", [1]),
    ],
)
def test_tokens_may_hold_more_than_the_text(parts, text, expected):
    """Thoughts before it, an end mark behind it."""
    located = locate(reply(*parts, text=text))
    start = [index for index, edge in enumerate(located.edges[:-1]) if edge == 0]
    assert start == expected


@pytest.mark.parametrize(
    ("parts", "text"),
    [(("no or ", "no", "<end>"), "no"), (("a", "c"), "abc"), (("a",), ""), ((), "a")],
)
def test_tokens_that_do_not_match_the_text_have_no_place(parts, text):
    """Nor has a text that was written twice with something behind it, for which one is it."""
    assert locate(reply(*parts, text=text)) is None


@pytest.mark.parametrize("text", ['{"a":{"b":1},"a":2}', '{"a":1,"a":1}', "no json"])
def test_a_name_that_stands_twice_gives_no_values(text):
    """Only one of them is read, and it is not worth a guess which."""
    assert locate(reply(text)).spans == ()


@given(documents, st.booleans())
def test_every_leaf_is_found_where_it_stands(document, ascii_only):
    """Its text, decoded, is the value at its path; and none is left out."""
    text = json.dumps(document) if ascii_only else msgspec.json.encode(document).decode()
    spans = list(leaves(text, 0, len(text)))
    for span in spans:
        value = resolve(document, span.path)
        said = text[span.start : span.end]
        if value == "":
            assert said == '"'
        else:
            assert value is not MISSING
            assert msgspec.json.decode(f'"{said}"' if isinstance(value, str) else said) == value
    assert len({span.path for span in spans}) == len(spans)
