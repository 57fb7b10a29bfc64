from __future__ import annotations

import pytest

from comparators.extract import Found, find_json


@pytest.mark.parametrize(
    ("text", "document"),
    [
        ('{"a": 1}', {"a": 1}),
        (" [1, 2]\n", [1, 2]),
        ("null", None),
        ("12.5", 12.5),
        ('"label"', "label"),
        ('Sure!\n```json\n{"a": 1}\n```\nAnything else?', {"a": 1}),
        ('```\n[1]\n``` and ```json\n{"b": 2}\n```', [1]),
        ('```json {"a": 1} ```', {"a": 1}),
        ('```json\n{"a": 1}```', {"a": 1}),
        ('```json\n{"code": "```x```"}\n```', {"code": "```x```"}),
        ('```json\n{"a": 1}', {"a": 1}),
        ('The answer is {"a": {"b": [1, "}"]}} as asked.', {"a": {"b": [1, "}"]}}),
        ('He said "use {"a": 1}', {"a": 1}),
        ('[see below] {"a": 1}', {"a": 1}),
        ('{"quote": "\\"}"} trailing', {"quote": '"}'}),
        ('first {"a": 1} then {"b": 2}', {"a": 1}),
        ('```python\nprint("x")\n```\n{"a": 1}', {"a": 1}),
        ('prose {"big": 123456789012345678901234567890}', {"big": 123456789012345678901234567890}),
    ],
)
def test_the_document_in_a_text_is_found(text, document):
    """JSON alone, fenced or in prose is found; of several documents the first."""
    assert find_json(text) == Found(document)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no document here",
        "the number 5",
        "```\n5\n```",
        '{"a": 1',
        '{"a": {"b": 1}',
        "{'a': {\"b\": 1}}",
        '{"a": 1,}',
        '{a: {"b": 1}}',
        '{"x": ], "y": {"b": 1}}',
        "{] }",
        "NaN",
        '{"a": NaN}',
        '"\ud800"',
    ],
)
def test_neither_a_bare_value_in_prose_nor_broken_json_counts(text):
    """What is no JSON is not repaired, and no part of a broken document is taken for the whole."""
    assert find_json(text) is None
