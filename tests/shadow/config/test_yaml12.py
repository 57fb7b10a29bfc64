"""YAML by the rules of version 1.2, bounded, with lines."""

from __future__ import annotations

import math

import pytest

from shadow.config.yaml12 import DEEPEST, LARGEST, parse, scalar
from shadow.errors import ConfigError


@pytest.mark.parametrize(
    "word", ["off", "on", "yes", "no", "Off", "y", "n", "2026-11-01", "1:30", "0b11", "1_000", "<<"]
)
def test_words_that_older_rules_convert_stay_text(word):
    """What YAML 1.1 makes a truth, a date or a number of is text."""
    assert scalar(word) == word


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("0o17", 15),
        ("0x1F", 31),
        ("017", 17),
        ("-3", -3),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        (".inf", math.inf),
        ("-.INF", -math.inf),
    ],
)
def test_core_scalars_are_read(text, value):
    """Null, truths and numbers are read by the core schema."""
    assert (scalar(text), type(scalar(text))) == (value, type(value))


def test_not_a_number_is_read():
    """NaN is a float that equals nothing."""
    assert math.isnan(scalar(".nan"))


def test_quoted_scalars_stay_text():
    """Quotes make text of anything."""
    assert parse("a: 'true'\nb: \"1\"\n").value == {"a": "true", "b": "1"}


def test_keys_are_text_as_written():
    """A key is never a number, a truth or null."""
    assert parse("{1: a, off: b, true: c, null: d}").value == {"1": "a", "off": "b", "true": "c", "null": "d"}


def test_lines_are_kept_by_path():
    """Every key and every list item has its line."""
    document = parse("a:\n  b: 1\n  c:\n    - x\n    - {d: 2}\n")
    assert document.lines == {
        ("a",): 1,
        ("a", "b"): 2,
        ("a", "c"): 3,
        ("a", "c", 0): 4,
        ("a", "c", 1): 5,
        ("a", "c", 1, "d"): 5,
    }


def test_a_key_given_twice_is_a_problem_and_the_first_stands():
    """Both lines are told."""
    document = parse("a: 1\nb: 2\na: 3\n")
    assert document.value == {"a": 1, "b": 2}
    assert [(each.path, each.text) for each in document.problems] == [
        (("a",), "given twice, on lines 1 and 3")
    ]


def test_aliases_are_written_out():
    """An alias gives an equal value of its own."""
    value = parse("a: &x {k: [1]}\nb: *x\n").value
    assert value == {"a": {"k": [1]}, "b": {"k": [1]}}
    assert value["a"]["k"] is not value["b"]["k"]


def test_an_alias_bomb_is_refused():
    """Aliases of aliases are not written out without end."""
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(ConfigError, match="makes more than 50000 values"):
        parse("\n".join(rows))


def test_an_alias_that_holds_itself_is_refused():
    """A cycle is nested deeper than anything allowed."""
    with pytest.raises(ConfigError, match="an alias that holds itself"):
        parse("a: &a [*a]")


@pytest.mark.parametrize("depth", [DEEPEST + 1, 5_000])
def test_deep_nesting_is_refused(depth):
    """Neither the document nor the stack grows without bound."""
    with pytest.raises(ConfigError, match="nested deeper than 64 levels"):
        parse("a: " + "[" * depth + "]" * depth)


def test_a_syntax_error_tells_line_and_column():
    """The place is told, the line's content is not."""
    with pytest.raises(ConfigError) as caught:
        parse("a: 1\nb: 'sk-secret\n")
    assert str(caught.value) == (
        "line 3, column 1: not YAML: found unexpected end of stream (while scanning a quoted scalar)"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty; the least it needs is legacy.url"),
        ("# nothing\n", "the file is empty; the least it needs is legacy.url"),
        ("- a\n", "line 1: the top level must be a mapping of keys"),
        ("word\n", "line 1: the top level must be a mapping of keys"),
        ("a: 1\nb: \x07\n", "line 2: a character that YAML does not allow"),
        ("a: " + "x" * LARGEST, f"larger than {LARGEST} bytes: this is no configuration"),
        (
            "a: 1\n---\nb: 2\n",
            (
                "line 2, column 1: not YAML: but found another document (expected a single document "
                "in the stream)"
            ),
        ),
    ],
)
def test_what_is_no_configuration_is_refused(text, message):
    """Each refusal says why."""
    with pytest.raises(ConfigError) as caught:
        parse(text)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        ("a: !!python/name:os.system x", ("a",), "YAML tags (!…) are not used here; leave the tag out"),
        ("a: !!str 1", ("a",), "YAML tags (!…) are not used here; leave the tag out"),
        (
            "a: &x {k: 1}\nb:\n  <<: *x\n",
            ("b",),
            "line 3: YAML 1.2 has no merge keys (<<); write the keys out",
        ),
        ("? [a]\n: 1\n", (), "line 1: a key must be a word or a text"),
    ],
)
def test_what_is_not_used_here_is_a_problem(text, path, message):
    """Tags, merge keys and keys that are lists are told with their place, beside other problems."""
    (problem,) = parse(text).problems
    assert (problem.path, problem.text) == (path, message)
