"""Python and YAML of README and docs: it runs, and it loads."""

from __future__ import annotations

import doctest
import re
import shutil
import sys
from typing import Any

import pytest

from fallback.confidence.logistic import fit
from shadow.config.load import load
from shadow.config.model import Config, Model, Route
from shadow.config.yaml12 import parse
from shadow.record.store import open_store

MODEL = {"adapter": "passthrough", "url": "http://127.0.0.1:9002"}
LEGACY = {"url": "http://127.0.0.1:9001"}
ENVIRON = {"MODEL_API_KEY": "secret", "PORT": "8080"}


@pytest.fixture
def folder(tmp_path, monkeypatch, root, blocks_of):
    """Give a folder with all that the examples name: a store, a schema, the plugins."""
    open_store(f"sqlite:///{tmp_path / 'shadow.db'}").close()
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas/address.json").write_text('{"type": "object"}')
    rows = [{"sure": 0.1 + 0.1 * (n % 9), "agrees": float(n % 4 > 0)} for n in range(90)]
    fitted = fit(rows, [row["sure"] + row["agrees"] > 0.9 for row in rows], loss="wrong")
    (tmp_path / "intent-fit.json").write_bytes(fitted.dumps())
    shutil.copy(root / "examples/plugins.py", tmp_path / "plugins.py")
    (code,) = (b.text for b in blocks_of("python") if b.page.stem == "model-adapters")
    (tmp_path / "my_adapters.py").write_text(code)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in ("plugins", "my_adapters"):
        sys.modules.pop(name, None)


def test_the_python_of_a_page_runs(python_page, folder, blocks_of, capsys):
    """Its blocks one after another, as a reader would; what stands after `>>>` gives what stands below it."""
    names: dict[str, Any] = {"__name__": "page"}
    runner = doctest.DocTestRunner()
    for block in blocks_of("python"):
        if block.page != python_page:
            continue
        if ">>>" not in block.text:
            exec(compile(block.text, str(python_page), "exec"), names)
            continue
        test = doctest.DocTestParser().get_doctest(block.text, names, python_page.name, str(python_page), 0)
        runner.run(test, clear_globs=False)
        names.update(test.globs)
    failed = runner.summarize(verbose=False).failed
    assert failed == 0, capsys.readouterr().out


def whole(fragment: dict[str, Any]) -> dict[str, Any]:
    """Make a configuration of a part of one: of a route's keys, of a model's, or of the file's own."""
    if fragment.keys() <= _keys(Config):
        found = {"legacy": LEGACY, **fragment}
    elif fragment.keys() <= _keys(Route):
        found = {"legacy": LEGACY, "routes": {"r": {"match": {"path": "/r"}, **fragment}}}
    else:
        assert fragment.keys() <= _keys(Model)
        found = {"legacy": LEGACY, "models": {"m": fragment}}
    used = {route["model"]: MODEL for route in found.get("routes", {}).values() if "model" in route}
    return {**found, "models": {**used, **found.get("models", {})}}


def _keys(section: Any) -> set[str]:
    return {field.alias or name for name, field in section.model_fields.items()}


def test_a_yaml_example_loads(yaml_block, folder):
    """By itself where it is a whole file; else with what it takes for granted."""
    import json

    file = folder / "shadow.yaml"
    if re.search("^legacy:", yaml_block.text, re.MULTILINE):
        file.write_text(yaml_block.text)
    else:
        file.write_text(json.dumps(whole(parse(yaml_block.text).value)))
    assert load(file, environ=ENVIRON).legacy.url.startswith("http")


def test_there_is_something_to_check(blocks_of):
    """So a change of the fences cannot empty these tests."""
    assert (len(blocks_of("python")) > 8, len(blocks_of("yaml")) > 15, len(blocks_of("sh")) > 5) == (
        True,
        True,
        True,
    )


def test_every_fence_says_its_language(page):
    """Or that it is just text."""
    fences = re.findall(r"^ *```(.*)$", page.read_text(), re.MULTILINE)
    assert fences[1::2] == [""] * (len(fences) // 2)
    assert set(fences[::2]) <= {"sh", "yaml", "python", "json", "text"}
