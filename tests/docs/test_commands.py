"""Every command of README and docs is one the program knows; what needs nothing running is run."""

from __future__ import annotations

import re
import shutil
import sys

import click
import pytest

from shadow.cli import main
from shadow.cli.command import shadow
from shadow.record.store import open_store

EXIT = {"status": 1}  # for nothing runs here
CONFIG = """
legacy: {url: "http://127.0.0.1:9001"}
models:
  m: {adapter: passthrough, url: "http://127.0.0.1:9002"}
  parser-next: {adapter: passthrough, url: "http://127.0.0.1:9002"}
routes:
"""
ROUTE = """
  NAME:
    match: {path: /v1/NAME}
    model: m
    confidence: {use: constant, options: {value: 1}, threshold: 0.9}
    rollout: {phase: shadow}
    cohorts: {language: "header:Accept-Language"}
"""


def test_every_command_can_be_parsed(any_command):
    """By the program's own rules: names, options, choices."""
    found, words = shadow, list(any_command.words)
    context = (
        None  # each command's context stands in its group's, as when it is called: click keeps what it finds
    )
    while isinstance(found, click.Group) and words and not words[0].startswith("-"):
        name = words.pop(0)
        context = click.Context(found, parent=context, **found.context_settings)
        assert found.get_command(context, name) is not None, name
        found = found.get_command(context, name)
    if not (isinstance(found, click.Group) and not words):  # a group may be mentioned by itself
        assert found.make_context(any_command.words[0], words, parent=context) is not None


@pytest.fixture
def house(tmp_path, monkeypatch, root):
    """Give a folder with the configuration, the store and the examples that the pages speak of."""
    shutil.copytree(root / "examples", tmp_path / "examples")
    names = ("address", "quotes", "intent", "ROUTE")
    (tmp_path / "shadow.yaml").write_text(CONFIG + "".join(ROUTE.replace("NAME", name) for name in names))
    open_store(f"sqlite:///{tmp_path / 'shadow.db'}").close()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr("shadow.logs.set_up", lambda: None)  # this process keeps its own
    monkeypatch.syspath_prepend(tmp_path / "examples")
    yield tmp_path
    sys.modules.pop("plugins", None)


def test_what_needs_nothing_running_runs(lone_command, house, monkeypatch, capsys):
    """As it stands on the page."""
    words = list(lone_command.words)
    if words[0] == "revive":
        monkeypatch.setattr(sys, "argv", ["shadow", "kill", *words[1:]])
        main_ended()
    monkeypatch.setattr(sys, "argv", ["shadow", *words])
    ended = main_ended()
    told = re.sub(r"^wrote \S+\n", "", capsys.readouterr().err)
    assert (ended, told) == (EXIT.get(words[0], 0), "")


def main_ended() -> int:
    """Run the command and give its exit code."""
    try:
        main()
    except SystemExit as exc:
        return exc.code
    return 0
