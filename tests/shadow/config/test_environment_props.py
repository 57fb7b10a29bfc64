"""Laws of substitution."""

from __future__ import annotations

import json

from hypothesis import assume, given
from hypothesis import strategies as st

from shadow.config.environment import substitute
from shadow.config.problems import Problem
from shadow.config.yaml12 import parse

values = st.text(min_size=4, max_size=20)
around = st.text(st.characters(exclude_characters="$", codec="ascii"), max_size=10)


@given(values, around, around)
def test_a_value_stands_where_its_name_stood(value, before, after):
    """Whatever it holds; nothing in it is read again."""
    assume(before + after)
    document = parse(json.dumps({"a": f"{before}${{X}}{after}"}))
    assert substitute(document, {"X": value})[0] == {"a": before + value + after}


@given(values, around, around)
def test_no_problem_tells_a_value(value, before, after):
    """As it is, or as Python or JSON would quote it."""
    assume(value not in before + "${X}" + after)
    _, environment = substitute(parse("a: ${X}"), {"X": value})
    for form in (value, repr(value)[1:-1], json.dumps(value)[1:-1]):
        told = environment.masked(Problem((), f"{before}|{form}|{after}")).text
        assert value not in told.replace("${X}", "|")


@given(st.text(st.characters(codec="ascii"), max_size=20))
def test_any_text_is_filled_or_told_to_be_wrong(text):
    """A problem leaves nothing behind; without one there is a value."""
    value, environment = substitute(parse(json.dumps({"a": text})), {"X": "sesame"})
    assert (value["a"] is None) == bool(environment.problems)
