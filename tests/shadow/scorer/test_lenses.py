"""How a route's answers are looked at, by its configuration."""

from __future__ import annotations

import pytest

from comparators import Answer
from shadow.config.load import load
from shadow.scorer.lenses import lenses_of, panel_of, panels_told, whole_panel_of

CONFIG = """
legacy: {url: "http://127.0.0.1:1"}
models:
  parser: {adapter: passthrough, url: "http://127.0.0.1:2", price: {per_call: 0.5}}
  chat:
    adapter: openai
    url: http://127.0.0.1:3/v1
    model: m
    ask: {user: "{{ request.text }}"}
    answer: {from: json}
routes:
  address:
    match: {path: /v1/address}
    model: parser
    compare: [{use: json}, {use: text, pointer: /street, tolerance: 10%, label: street}]
    confidence: {use: field, options: {pointer: /sure}, threshold: 0.5}
    rollout: {phase: shadow}
  intent:
    match: {path: /v1/intent}
    model: chat
    rollout: {phase: shadow}
  plain:
    match: {path: /v1/plain}
"""


@pytest.fixture
def config(tmp_path):
    """Load that configuration."""
    path = tmp_path / "shadow.yaml"
    path.write_text(CONFIG)
    return load(path, environ={})


def test_every_route_with_a_model_has_a_lens(config):
    """One without has nothing to compare."""
    assert list(lenses_of(config)) == ["address", "intent"]


def test_a_lens_has_the_routes_panel_estimator_and_price(config):
    """As they are configured; without them there is none."""
    address, intent = lenses_of(config).values()
    assert [entry.label for entry in address.panel.entries] == ["json", "street"]
    assert address.estimator(Answer.of(json={"sure": 0.25})) == 0.25
    assert (address.price.per_call, intent.estimator, intent.price) == (0.5, None, None)


def test_a_lens_reads_as_the_models_adapter_does(config):
    """JSON out of a chat's reply; a passthrough's answer is what it is."""
    address, intent = lenses_of(config).values()
    said = {"choices": [{"message": {"content": 'Sure: {"a": 1}'}, "finish_reason": "stop"}]}
    assert intent.read(Answer.of(json=said)).json == {"a": 1}
    assert address.read(Answer.of(json=said)).json == said


def test_a_panel_is_told_in_a_line_for_each_comparator(config):
    """For the reports: what counts as diverged."""
    assert panels_told(config) == {
        "address": ("json: any difference", "street: above 0.1"),
        "intent": ("exact: any difference",),
    }
    assert panels_told(config, "intent") == {"intent": ("exact: any difference",)}


def test_what_has_less_of_a_say_is_told(tmp_path):
    """And the tolerance of all together, which the panel has."""
    path = tmp_path / "shadow.yaml"
    minor = (
        "compare: [{use: exact}, {use: status, severity: minor}]\n    panel: {tolerance: 20%}\n    rollout"
    )
    path.write_text(CONFIG.replace("model: chat\n    rollout", f"model: chat\n    {minor}"))
    config = load(path, environ={})
    told = (
        "exact: any difference",
        "status: any difference (minor: not by itself)",
        "all together: above 0.2",
    )
    assert panels_told(config, "intent") == {"intent": told}
    assert lenses_of(config)["intent"].panel.tolerance == 0.2


def test_those_who_are_asked_have_their_places_apart(tmp_path):
    """A verdict may follow from an embedding, never from a judge; what needs nobody's word stands alone."""
    (tmp_path / "shadow.yaml").write_text("""
legacy: {url: "http://h"}
models: {m: {adapter: passthrough, url: "http://h"}}
judges: {fair: {adapter: openai, url: "http://h", model: m}}
embeddings: {mini: {adapter: openai, url: "http://h"}}
routes:
  a:
    match: {path: /a}
    model: m
    compare: [{use: judge, judge: fair}, {use: embedding, embedding: mini, tolerance: 0.1}, {use: json}]
""")
    config = load(tmp_path / "shadow.yaml", environ={})
    route = config.routes["a"]
    parts = [whole_panel_of(route), panel_of(route)]
    assert [[entry.label for entry in panel.entries] for panel in parts] == [
        ["judge", "embedding", "json"],
        ["json"],
    ]
    assert [entry.label for entry in lenses_of(config)["a"].asked] == ["judge", "embedding"]
    assert panels_told(config)["a"] == (
        "judge: any difference (a judge: no part of the verdict)",
        "embedding: above 0.1",
        "json: any difference",
    )
