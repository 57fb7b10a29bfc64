"""Proposed rules as YAML that the configuration takes."""

from __future__ import annotations

import pytest

from comparators.catalog import build_panel
from fallback.noise.propose import Rule
from shadow.config.yaml12 import parse
from shadow.report.rules import to_yaml

HOSTILE = '/a"b: {x}\n# `c`\u202e/*/-é'


def entries(*rules):
    """Write rules, and read what was written."""
    return parse(to_yaml(rules)).value["compare"]


def test_nothing_is_written_for_no_rules():
    """Not even an empty list."""
    assert to_yaml([]) == ""


@pytest.mark.parametrize("pointer", ["/id", "/a/*/b", "/a b", "/~0~1", "/*/x", "/null", HOSTILE])
def test_a_pointer_is_read_back_as_it_was(pointer):
    """Whatever a stranger put into it, and on one line."""
    assert entries(Rule("json", pointer, "ignore", "why")) == [{"use": "json", "ignore": [pointer]}]
    assert to_yaml([Rule("json", pointer, "ignore", "why")]).isascii()
    assert to_yaml([Rule("json", pointer, "ignore", "why")]).count("\n") == 4


def test_each_comparator_has_an_entry_of_its_own():
    """Known by its label; the plain one needs none."""
    found = entries(Rule("json", "/a", "ignore", "w"), Rule("json#2", "/b", "ignore", "w"))
    assert found == [
        {"use": "json", "ignore": ["/a"]},
        {"use": "json", "label": "json#2", "ignore": ["/b"]},
    ]


def test_what_is_written_can_be_put_in_force():
    """Every kind of rule makes a panel."""
    rules = [
        Rule("json", "/id", "ignore", "w"),
        Rule("json", "/price", "relative", "w", 0.002),
        Rule("json", "/rank", "absolute", "w", 6e-9),
        Rule("json", "/at", "seconds", "w", 4.0),
        Rule("json", "/items", "set", "w"),
    ]
    found = entries(*rules)
    assert found[0]["at"] == {
        "/price": {"use": "number", "relative": 0.002},
        "/rank": {"use": "number", "absolute": 6e-9},
        "/at": {"use": "datetime", "within": "4s"},
    }
    assert found[0]["arrays"] == {"/items": "set"}
    assert len(build_panel(found).entries) == 1
