"""Environment variables in the configuration, and silence about them."""

from __future__ import annotations

import pytest

from shadow.config.environment import substitute
from shadow.config.problems import Problem
from shadow.config.yaml12 import parse


def _value(text, **environ):
    return substitute(parse(text), environ)[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: ${X}", "sesame"),
        ("a: 'http://u:${X}@h'", "http://u:sesame@h"),
        ("a: ${X}-${X}", "sesame-sesame"),
        ("a: '$${X}'", "${X}"),
        ("a: '$$${X}'", "$${X}"),
        ("a: $X {X} $", "$X {X} $"),
    ],
)
def test_a_name_is_replaced_by_its_value(text, value):
    """Anywhere in a text; `$${` stands for itself."""
    assert _value(text, X="sesame") == {"a": value}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: ${X}", 8080),
        ("a: '${X}'", "8080"),
        ("a: port ${X}", "port 8080"),
        ('a: [x, "${X}"]', ["x", "8080"]),
    ],
)
def test_a_scalar_that_is_one_name_is_read_by_yamls_rules(text, value):
    """Unquoted and alone it may be a number; otherwise it is text."""
    assert _value(text, X="8080") == {"a": value}


def test_a_value_is_not_looked_into():
    """What a variable holds is neither YAML nor another name."""
    assert _value("a: ${X}", X="{b: ${Y}}") == {"a": "{b: ${Y}}"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: ${NO}", "the environment variable NO is not set"),
        ("a: 'x ${NO:-1}'", "${ must be followed by a variable's name and }; for a literal ${ write $${"),
        ("a: 'x ${'", "${ must be followed by a variable's name and }; for a literal ${ write $${"),
        ("a: 'x ${NO'", "${ must be followed by a variable's name and }; for a literal ${ write $${"),
    ],
)
def test_what_cannot_be_replaced_is_a_problem(text, message):
    """A missing variable or a name that is none is told with its path, and nothing stands in its place."""
    value, environment = substitute(parse(text), {})
    assert (value, environment.problems) == ({"a": None}, [Problem(("a",), message)])


def test_problems_never_tell_a_value():
    """A value is masked wherever it shows up, in any spelling; a short one only where it was used."""
    _, environment = substitute(parse("a: ${LONG}\nb: ${SHORT}\nc: 1"), {"LONG": 'se"sam\ne', "SHORT": "1"})
    told = [
        environment.masked(Problem(("c",), 'got "se\\"sam\\ne" 1')).text,
        environment.masked(Problem(("c",), 'got se"sam\ne')).text,
        environment.masked(Problem(("b",), "1 is not 10")).text,
        environment.masked(Problem(("c",), "1 is not 10")).text,
    ]
    assert told == ['got "${LONG}" 1', "got ${LONG}", "${SHORT} is not 10", "1 is not 10"]
