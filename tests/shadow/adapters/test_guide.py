"""The examples of docs/model-adapters.md, run as they stand there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from comparators.answer import Answer
from shadow.adapters.catalog import build
from shadow.config.models import Model

GUIDE = Path(__file__).parents[3] / "docs" / "model-adapters.md"
BLOCK = re.compile(r"(?:^([^\n]*):\n\n)?^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def _sections():
    guide = GUIDE.read_text(encoding="utf-8").partition("## Reference")[0]
    for section in guide.split("\n## ")[1:]:
        blocks = {label or kind: text for label, kind, text in BLOCK.findall(section)}
        yield pytest.param(blocks, id=section.partition("\n")[0])


@pytest.mark.parametrize("blocks", list(_sections()))
async def test_an_example_does_what_the_guide_says(blocks, transport, a_request, tmp_path, monkeypatch):
    """Each example's model is asked, and its reply read, as shown."""
    code = next((text for text in blocks.values() if "class " in text), "")
    (tmp_path / "my_adapters.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    if "The model replies" in blocks:
        transport.answer = Answer.of(json=json.loads(blocks["The model replies"]))
    adapter = build("m", Model.model_validate(yaml.safe_load(blocks["yaml"])), connect=lambda _url: transport)
    raw = await adapter(a_request(body=blocks["The client sends"].encode()))
    read = adapter.read(raw)
    assert (read.json, read.problem) == (json.loads(blocks["The client would get"]), None)
    asked = [json.loads(sent["body"]) for sent in transport.sent]
    assert asked == [json.loads(text) for label, text in blocks.items() if label == "The model is asked"]


def test_a_user_s_adapter_is_short():
    """The adapter of the guide has fifteen lines at most."""
    (code,) = re.findall(
        r"^```python\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert len([line for line in code.splitlines() if line.strip()]) <= 15


def test_every_example_of_the_guide_is_found():
    """The guide's sections are all run."""
    assert len(list(_sections())) == 5
