"""The JSON Schema that editors get."""

from __future__ import annotations

from pathlib import Path

from jsonschema import Draft202012Validator

from shadow.config.schema import json_schema
from shadow.config.yaml12 import parse

ROOT = Path(__file__).parents[3]


def test_it_is_a_json_schema():
    """Of the draft it names."""
    Draft202012Validator.check_schema(json_schema())
    assert json_schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_it_takes_the_example():
    """What loads is valid in an editor, too."""
    document = parse((ROOT / "examples/minimal.yaml").read_text()).value
    assert list(Draft202012Validator(json_schema()).iter_errors(document)) == []


def test_it_refuses_what_loading_refuses():
    """A unit left out, a key misspelt, a share too large, a source that is none."""
    document = {
        "legacy": {"url": "http://h", "timeout": 5, "timeuot": "5s"},
        "routes": {"a": {"match": {"path": "/a"}, "rollout": {"sample": 2, "key": "X-Account"}}},
    }
    found = {
        tuple(error.absolute_path) for error in Draft202012Validator(json_schema()).iter_errors(document)
    }
    rollout = ("routes", "a", "rollout")
    assert found == {("legacy", "timeout"), ("legacy",), (*rollout, "sample"), (*rollout, "key")}


def test_every_key_has_a_description_and_a_default_as_people_write_it():
    """Editors show what a key means; `10s`, not `10.0`."""
    definitions = json_schema()["$defs"]
    without = [
        f"{name}.{key}"
        for name, definition in definitions.items()
        for key, field in definition.get("properties", {}).items()
        if not field.get("description")
    ]
    assert (without, definitions["Listen"]["properties"]["drain"]["default"]) == ([], "10s")


def test_answers_shape_is_called_from_in_the_file():
    """Keys are shown as the file writes them."""
    assert "from" in json_schema()["$defs"]["AnswerShape"]["properties"]
