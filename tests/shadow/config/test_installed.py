"""A whole file against the plugins that are really there."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from shadow.config.load import load
from shadow.errors import ConfigError

ROOT = Path(__file__).parents[3]

GOOD = """\
legacy: {url: "http://127.0.0.1:9001"}
models:
  parser:
    adapter: openai
    url: http://127.0.0.1:9002/v1
    model: gemma
    ask: {system: Split., user: "{{ request.json.text }}", params: {logprobs: true}}
    answer: {body: {number: "{{ reply.number }}"}, json_schema: {type: object}}
routes:
  address:
    match: {path: /v1/address, methods: [POST]}
    model: parser
    compare:
      - {use: json, ignore: [/took_ms], at: {/price: {use: number, relative: 0.01}}}
      - {use: text, pointer: /street, measure: edit, tolerance: 10%, label: street}
    confidence: {use: logprob, options: {reduce: min}, threshold: 0.9}
    rollout: {phase: canary, exposure: 10%}
"""


def _load(folder, text, **environ):
    path = folder / "shadow.yaml"
    path.write_text(dedent(text), encoding="utf-8")
    return load(path, environ=environ)


def _refused(folder, text, **environ):
    with pytest.raises(ConfigError) as caught:
        _load(folder, text, **environ)
    return [line.strip() for line in str(caught.value).splitlines()[1:]]


def test_a_good_file_loads(tmp_path):
    """Every built-in it names can be built."""
    assert list(_load(tmp_path, GOOD).routes) == ["address"]


def test_the_minimal_example_loads():
    """With nothing but what is installed."""
    assert list(load(ROOT / "examples/minimal.yaml", environ={}).models) == ["parser"]


@pytest.mark.parametrize(
    ("good", "bad", "begin"),
    [
        ("adapter: openai", "adapter: openia", "models.parser.adapter (line 4): "),
        ("    url: http://127.0.0.1:9002/v1\n", "", "models.parser.url (line 3): "),
        ("request.json.text }}", "request.json.text }", "models.parser.ask.user (line 7): "),
        ("request.json.text", "reqest.json.text", "models.parser.ask.user (line 7): "),
        ("reply.number }}", "reply.number", "models.parser.answer.body.number (line 8): "),
        ("{type: object}", "{type: objct}", "models.parser.answer.json_schema (line 8): "),
        ("use: json,", "use: jsn,", "routes.address.compare[0] (line 14): "),
        ("measure: edit", "measure: edt", "routes.address.compare[1] (line 15): "),
        ("pointer: /street", "pointr: /street", "routes.address.compare[1] (line 15): "),
        ("relative: 0.01", "relativ: 0.01", "routes.address.compare[0] (line 14): "),
        ("use: logprob", "use: logprb", "routes.address.confidence (line 16): "),
        ("reduce: min", "reduce: mni", "routes.address.confidence (line 16): "),
        ("use: logprob", "use: no_such_module:Name", "routes.address.confidence (line 16): "),
        ("use: json,", "use: no_such_module:Name,", "routes.address.compare[0] (line 14): "),
        ("adapter: openai", "adapter: no_such_module:Name", "models.parser.adapter (line 4): "),
    ],
)
def test_what_cannot_be_built_is_told_at_its_line(tmp_path, good, bad, begin):
    """An unknown name, an unknown option, a wrong option, a template or a schema that does not compile."""
    assert good in GOOD
    assert [line for line in _refused(tmp_path, GOOD.replace(good, bad)) if line.startswith(begin)] != []


def test_problems_of_plugins_are_told_beside_all_others(tmp_path):
    """One message for everything."""
    text = GOOD.replace("measure: edit", "measure: edt").replace("model: parser\n", "model: parsr\n")
    assert [line.partition(" ")[0] for line in _refused(tmp_path, text)] == [
        "routes.address.model",
        "routes.address.compare[1]",
    ]
