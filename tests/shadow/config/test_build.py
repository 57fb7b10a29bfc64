"""Whether the plugins that a configuration names can be built."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shadow.config.build import Makers, unbuildable
from shadow.config.model import Config
from shadow.config.problems import Problem
from shadow.errors import ConfigError

WILLING = Makers(
    comparator=lambda spec: spec, estimator=lambda each: each, adapter=lambda _name, model: model
)
CONFIG = Config.model_validate(
    {
        "legacy": {"url": "http://legacy"},
        "models": {"parser": {"adapter": "pack:Adapter"}},
        "routes": {
            "address": {
                "match": {"path": "/a"},
                "model": "parser",
                "compare": [
                    {"use": "exact"},
                    {"use": "json", "ignore": ["/x"], "label": "tree", "weight": 2.0},
                ],
                "confidence": {"use": "field", "options": {"pointer": "/c"}, "threshold": 0.5},
            }
        },
    }
)


def _raising(error):
    def make(*_args):
        raise error

    return make


def test_what_can_be_built_is_no_problem():
    """Willing makers leave nothing to tell."""
    assert list(unbuildable(CONFIG, WILLING)) == []


def test_makers_get_what_the_file_says():
    """A comparator gets its whole entry, an estimator its section, an adapter its name and model."""
    seen = []
    makers = Makers(
        comparator=seen.append,
        estimator=seen.append,
        adapter=lambda name, model: seen.append((name, model.adapter)),
    )
    list(unbuildable(CONFIG, makers))
    assert seen == [
        ("parser", "pack:Adapter"),
        {"use": "exact", "tolerance": 0.0, "weight": 1.0, "severity": "major"},
        {
            "use": "json",
            "tolerance": 0.0,
            "weight": 2.0,
            "severity": "major",
            "label": "tree",
            "ignore": ["/x"],
        },
        CONFIG.routes["address"].confidence,
    ]


@pytest.mark.parametrize(
    ("part", "paths"),
    [
        ("adapter", [("models", "parser")]),
        ("comparator", [("routes", "address", "compare", 0), ("routes", "address", "compare", 1)]),
        ("estimator", [("routes", "address", "confidence")]),
    ],
)
@pytest.mark.parametrize(
    "error", [ConfigError("no way"), ValueError("no way"), KeyError("no way"), ImportError("no way")]
)
def test_whatever_a_plugin_raises_is_a_problem_at_its_place(part, paths, error):
    """A constructor may fail in any way; the start is refused in words."""
    makers = replace(WILLING, **{part: _raising(error)})
    assert list(unbuildable(CONFIG, makers)) == [Problem(path, str(error)) for path in paths]


def test_an_error_without_words_is_told_by_its_name():
    """Nothing is silent."""
    makers = replace(WILLING, estimator=_raising(RuntimeError()))
    assert [problem.text for problem in unbuildable(CONFIG, makers)] == ["RuntimeError"]


def test_an_error_with_many_problems_gives_each():
    """Builders tell everything at once, in `problems`."""
    many = ValueError("a; b")
    many.problems = ("a", "b")
    makers = replace(WILLING, estimator=_raising(many))
    assert [problem.text for problem in unbuildable(CONFIG, makers)] == ["a", "b"]


def test_an_estimator_of_a_later_release_is_not_built():
    """It has been refused in better words."""
    route = {"match": {"path": "/a"}, "confidence": {"use": "samples"}}
    config = Config.model_validate({"legacy": {"url": "http://legacy"}, "routes": {"a": route}})
    makers = replace(WILLING, estimator=_raising(ValueError("unknown")))
    assert list(unbuildable(config, makers)) == []


@pytest.mark.parametrize(
    ("text", "below", "rest"),
    [
        ("url: is missing", ("url",), "is missing"),
        ("ask.user, template line 1: oops", ("ask", "user"), "template line 1: oops"),
        ("ask.messages[1].content: x: y", ("ask", "messages", 1, "content"), "x: y"),
        ("answer.body./a~1b: oops", ("answer", "body", "/a~1b"), "oops"),
        ("pack: oops", (), "pack: oops"),
        ("url", (), "url"),
        ("it is broken", (), "it is broken"),
    ],
)
def test_a_models_problem_is_placed_at_the_key_it_begins_with(text, below, rest):
    """So that the line told is that key's own."""
    error = ValueError(text)
    error.problems = (text,)
    makers = replace(WILLING, adapter=_raising(error))
    assert list(unbuildable(CONFIG, makers)) == [Problem(("models", "parser", *below), rest)]


def test_only_a_models_problem_begins_with_a_key():
    """A comparator's begins with the comparator's name, which may look like one."""
    makers = replace(WILLING, estimator=_raising(ValueError("model: oops")))
    assert [problem.text for problem in unbuildable(CONFIG, makers)] == ["model: oops"]
