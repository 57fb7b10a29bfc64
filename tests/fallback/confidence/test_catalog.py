"""Estimators by name."""

from __future__ import annotations

import pytest

from comparators.answer import Answer
from comparators.options import OptionsError
from fallback.confidence.case import Case, Needs, Sampling
from fallback.confidence.catalog import BUILT_IN, build

ANSWER = Answer.of(json={"sure": 0.75}, headers={"X-Sure": "0.5"})


@pytest.mark.parametrize(
    ("use", "options", "expected"),
    [
        ("constant", {"value": 1}, 1.0),
        ("field", {"pointer": "/sure"}, 0.75),
        ("header", {"name": "x-sure"}, 0.5),
        ("logprob", {"reduce": "field", "over": ["/street", "/city"]}, None),
        ("logprob", {"reduce": "label", "labels": ["yes", "no"], "margin": True}, None),
    ],
)
def test_built_in_estimators_are_built_by_name(use, options, expected):
    """With the options a configuration gives them."""
    assert build(use, options)(ANSWER) == expected


def test_the_short_names_are_those_of_the_configuration():
    """No more and no fewer."""
    assert sorted(BUILT_IN) == [
        "agreement",
        "combined",
        "constant",
        "field",
        "header",
        "logprob",
        "samples",
        "verbalised",
    ]


@pytest.mark.parametrize(
    ("use", "options", "part"),
    [
        ("logprop", {}, "did you mean 'logprob'"),
        ("mine:Own", {}, "only built-in"),
        ("constant", {}, "'value' is required"),
        ("constant", {"value": 2}, "from 0 to 1"),
        ("field", {"pointer": "sure"}, "no JSON Pointer"),
        ("field", {"pointer": "/sure", "scale": 0}, "above 0"),
        ("logprob", {"reduce": "max"}, "none of its values"),
        ("logprob", {"reduce": "label"}, "needs the labels"),
        ("logprob", {"margin": True}, "reduce label"),
        ("logprob", {"over": []}, "over"),
        ("logprob", {"over": "street"}, "no JSON Pointer"),
        ("verbalised", {}, "a pointer or a pattern"),
        ("agreement", {"by": "luck"}, "none of its values"),
        ("samples", {"temperature": 0}, "above 0"),
        ("samples", {"first": "logprob", "between": [0, 1]}, "samples: first: expected an estimator"),
        (
            "samples",
            {"first": {"use": "constant"}, "between": [0, 1]},
            "samples: first: constant: option 'value'",
        ),
        ("samples", {"first": {"use": "constant", "options": 3}}, "options must be a mapping"),
        ("combined", {}, "'signals' is required"),
        ("combined", {"signals": {}}, "at least one"),
        ("combined", {"signals": [1]}, "signals"),
        ("combined", {"signals": {"a": {"use": "logprop"}}}, "combined: signals.a: unknown estimator"),
        ("combined", {"signals": {"a": {"use": "constant", "value": 1}}}, "signals.a: expected an estimator"),
    ],
)
def test_what_cannot_be_built_is_told(use, options, part):
    """A clear message at the start, not at the first request."""
    with pytest.raises(OptionsError, match=part):
        build(use, options)


def test_estimators_are_built_within_estimators():
    """The first of samples, and the signals of combined, to any depth, by the same loader."""
    own = {"use": "mine:Own", "options": {"value": 0.25}}
    first = {"use": "samples", "options": {"first": own, "between": [0.5, 1]}}
    load = {"mine:Own": BUILT_IN["constant"]}.get
    built = build("combined", {"signals": {"agree": {"use": "agreement"}, "again": first}}, load=load)
    assert built.values(Case(ANSWER)) == {"agree": None, "again": 0.25}
    assert built.needs == Needs(legacy=True, samples=Sampling(0.7, 60))


def test_a_users_class_is_built_through_the_loader():
    """By the name the configuration gives."""
    built = build("mine:Own", {"value": 0.25}, load={"mine:Own": BUILT_IN["constant"]}.get)
    assert built(ANSWER) == 0.25


@pytest.mark.parametrize("found", [3, lambda: 3])
def test_what_cannot_be_called_is_no_estimator(found):
    """Neither the thing itself nor what it builds."""
    with pytest.raises(OptionsError, match="mine:Own"):
        build("mine:Own", {}, load=lambda _: found)
