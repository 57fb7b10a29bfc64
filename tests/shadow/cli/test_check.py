"""`shadow check` and `shadow schema`."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from shadow.config.yaml12 import parse

ROOT = Path(__file__).parents[3]


def test_a_good_file_is_told(shell):
    """What would run, on standard output."""
    ended = shell.run("check")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("configuration ")
    assert "route address: any method /v1/address" in ended.out


def test_all_that_is_wrong_is_told_at_once(shell):
    """On standard error, with path and line; 2."""
    shell.write(
        "listen: {prot: 1}\nlegacy: {url: http://h}\nmodels: {m: {adapter: passthrough, url: http://h}}\n"
        "routes:\n  a:\n    match: {path: x}\n  b:\n    match: {path: /b}\n    model: none\n"
    )
    ended = shell.run("check")
    assert (ended.code, ended.out) == (2, "")
    assert [line.strip().partition(":")[0] for line in ended.err.splitlines()[1:]] == [
        "listen.prot (line 1)",
        "routes.a.match.path (line 6)",
        "routes.b.model (line 9)",
    ]


def test_a_comparator_that_cannot_be_built_is_wrong(shell):
    """Before anything runs."""
    shell.write(shell.file.read_text().replace("{use: json}", "{use: text, measure: vibes}"))
    ended = shell.run("check")
    assert (ended.code, "routes.address.compare[0]" in ended.err) == (2, True)


def test_a_certificate_that_cannot_be_loaded_is_wrong(shell):
    """One clear line, before any client or upstream finds out."""
    (shell.folder / "c.pem").write_text("garbage")
    shell.write(shell.file.read_text() + "listen: {cert: c.pem, key: c.pem}\n")
    ended = shell.run("check")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.splitlines()[1:] == [
        "  listen.cert (line 24): cert and key cannot be loaded: no valid, matching PEM files"
    ]


def test_the_file_may_be_named_by_the_environment(shell, monkeypatch):
    """`-c` wins over it."""
    shell.file.rename(shell.folder / "other.yaml")
    monkeypatch.setenv("SHADOW_CONFIG", "other.yaml")
    assert [shell.run("check").code, shell.run("check", "-c", "shadow.yaml").code] == [0, 2]


def test_the_schema_is_one_and_takes_the_examples(shell):
    """By its own draft's rules, so that an editor can use it."""
    schema = json.loads(shell.run("schema").out)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(schema)
    for example in sorted((ROOT / "examples").glob("*.yaml")):
        jsonschema.validate(parse(example.read_text()).value, schema)


@pytest.mark.parametrize("wrong", [{}, {"legacy": {"url": "http://x"}, "rotues": {}}])
def test_the_schema_refuses_what_is_wrong(shell, wrong):
    """A missing key, a misspelt one."""
    schema = json.loads(shell.run("schema").out)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, schema)
