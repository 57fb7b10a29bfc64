"""Whether the plugins that a configuration names can be built."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shadow.config.build import Makers, installed, unbuildable
from shadow.config.model import Config
from shadow.config.problems import Problem
from shadow.errors import ConfigError

WILLING = Makers(
    comparator=lambda spec: spec,
    estimator=lambda each: each,
    adapter=lambda _name, model: model,
    asked=lambda _name, each: each,
)
CONFIG = Config.model_validate(
    {
        "legacy": {"url": "http://legacy"},
        "models": {"parser": {"adapter": "pack:Adapter"}},
        "judges": {"fair": {"adapter": "pack:Judge"}},
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
        asked=lambda name, judge: seen.append((name, judge.adapter)),
    )
    list(unbuildable(CONFIG, makers))
    assert seen == [
        ("parser", "pack:Adapter"),
        ("fair", "pack:Judge"),
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


INLINE = {"use": "logprob", "inline": {"compare": [{"use": "number"}, {"use": "jsno"}], "at_most": "10%"}}
AGAIN = {"use": "samples", "options": {"temperature": 0.5}}


def routed(confidence, adapter="passthrough") -> Config:
    """Give a configuration whose one route has this confidence, and a model of this adapter."""
    model = {"adapter": adapter, "url": "http://model", "model": "m"}
    route = {"match": {"path": "/a"}, "model": "m", "confidence": confidence}
    return Config.model_validate(
        {"legacy": {"url": "http://legacy"}, "models": {"m": model}, "routes": {"a": route}}
    )


def test_an_inline_panels_comparators_are_built_too():
    """Each at its place."""
    found = list(unbuildable(routed(INLINE), installed()))
    where = ("routes", "a", "confidence", "inline", "compare", 1)
    assert [problem.path for problem in found] == [where]
    assert "did you mean 'json'" in found[0].text


@pytest.mark.parametrize(
    ("adapter", "confidence", "problems"),
    [
        ("openai", AGAIN, 0),
        ("anthropic", AGAIN, 0),
        ("passthrough", AGAIN, 1),
        ("passthrough", {"use": "combined", "options": {"signals": {"again": AGAIN}}}, 1),
        ("passthrough", {"use": "agreement"}, 0),
    ],
)
def test_only_a_chat_can_be_asked_again_at_another_temperature(adapter, confidence, problems):
    """For another adapter nobody knows where the temperature stands."""
    found = list(unbuildable(routed(confidence, adapter), installed()))
    assert [problem.path for problem in found] == [("routes", "a", "confidence")] * problems
    assert all("m has passthrough" in problem.text for problem in found)


def test_at_temperature_0_samples_are_refused():
    """With the reason."""
    cold = {"use": "samples", "options": {"temperature": 0}}
    (problem,) = unbuildable(routed(cold, "openai"), installed())
    assert "at 0 the model repeats itself" in problem.text


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
