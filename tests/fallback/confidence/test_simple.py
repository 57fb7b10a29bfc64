"""Confidence that an answer carries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparators.answer import Answer, Reply
from fallback.confidence.estimator import measure
from fallback.confidence.simple import Constant, Field, Header

documents = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers() | st.text(max_size=3),
    lambda inner: st.dictionaries(st.just("c"), inner) | st.lists(inner, max_size=2),
    max_leaves=4,
)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"c": 0.5}, 0.5),
        ({"c": 1}, 1.0),
        ({"c": 1.5}, None),
        ({"c": -0.1}, None),
        ({"c": "0.5"}, None),
        ({"c": True}, None),
        ({"c": None}, None),
        ({}, None),
        ([0.5], None),
    ],
)
def test_a_field_is_a_number_in_range_or_nothing(document, expected):
    """A word is no number, nor is true."""
    assert Field("/c")(Answer.of(json=document)) == expected


def test_a_field_may_be_written_on_another_scale():
    """A percentage is divided by 100."""
    assert Field("/c", scale=100)(Answer.of(json={"c": 87})) == 0.87


def test_a_field_of_a_body_that_is_no_json_is_nothing():
    """No error either: the model said something else."""
    assert Field("/c")(Answer.of(text="sure")) is None


def test_a_number_too_large_for_a_float_is_out_of_range():
    """It is no bug of the plugin's."""
    assert Field("/c")(Answer(body=b'{"c":1' + b"0" * 400 + b"}")) is None


@pytest.mark.parametrize(("said", "expected"), [('So: {"c": 0.5}.', 0.5), ("so", None)])
def test_a_field_may_stand_in_the_models_reply(said, expected):
    """The reply may say more than is served."""
    answer = Answer.of(json={"city": "Irmo"}, reply=Reply(said))
    assert Field("/c", of="reply")(answer) == expected


def test_without_a_reply_there_is_no_field_of_it():
    """The body does not take its place."""
    assert Field("/c", of="reply")(Answer.of(json={"c": 0.5})) is None


@pytest.mark.parametrize("scale", [0, -1, float("nan"), float("inf")])
def test_a_scale_is_above_nothing(scale):
    """And finite."""
    with pytest.raises(ValueError, match="above 0"):
        Field("/c", scale=scale)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0.93", 0.93), (" 1 ", 1.0), (".5", 0.5), ("5e-1", 0.5)]
    + [(text, None) for text in ("", "nan", "inf", "-0.1", "1.1", "0_1", "0x1", "0.5;q=1", "high", "\xbd")],
)
def test_a_header_is_a_plain_number_in_range_or_nothing(text, expected):
    """What a program of another language would not read as a number is none."""
    assert Header("X-Sure")(Answer.of(text="a", headers={"x-sure": text})) == expected


def test_a_header_that_is_missing_is_nothing():
    """Not 0."""
    assert Header("X-Sure")(Answer.of(text="a")) is None


@pytest.mark.parametrize("name", ["", "X Sure", "X-Süre", "X:"])
def test_a_headers_name_is_one(name):
    """A name that no header can have would be None for ever."""
    with pytest.raises(ValueError, match="header's name"):
        Header(name)


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_a_constant_is_a_confidence(value):
    """Checked when it is built."""
    with pytest.raises(ValueError, match="from 0 to 1"):
        Constant(value)


@given(documents)
def test_a_field_of_any_document_is_a_confidence_or_nothing(document):
    """It neither raises nor leaves the range."""
    estimate = measure(Field("/c"), Answer.of(json=document))
    assert estimate.failed is None
    assert estimate.confidence is None or 0 <= estimate.confidence <= 1
