"""Runs commands in this process as a shell would, in a folder with a configuration of its own."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from shadow.cli import main
from shadow.record.store import Store, open_store

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = """
store: sqlite:///shadow.db
legacy: {url: "http://127.0.0.1:1"}
models: {parser: {adapter: passthrough, url: "http://127.0.0.1:2"}}
routes:
  address:
    match: {path: /v1/address}
    model: parser
    compare: [{use: json}]
    confidence: {use: constant, options: {value: 1}, threshold: 0.9}
    rollout: {phase: shadow, patience: 300ms}
    cohorts: {language: "header:Accept-Language"}
  unsure:
    match: {path: /v1/unsure}
    model: parser
    confidence: {use: constant, options: {value: 1}}
    rollout: {phase: shadow}
  blind:
    match: {path: /v1/blind}
    model: parser
    rollout: {phase: shadow}
  plain:
    match: {path: /v1/plain}
"""


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


class Shell:
    """A folder to run commands in."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._capsys = capsys
        self._patch = patch
        self.write(CONFIG)

    @property
    def file(self) -> Path:
        """The configuration."""
        return self.folder / "shadow.yaml"

    def write(self, text: str) -> None:
        """Write the configuration."""
        self.file.write_text(text)

    def store(self) -> Store:
        """Open the store, made when there is none."""
        return open_store(f"sqlite:///{self.folder / 'shadow.db'}")

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """Read from the store."""
        store = self.store()
        try:
            return store.db.execute(sql).fetchall()
        finally:
            store.close()

    def run(self, *words: str) -> Ended:
        """Run `shadow` with these words, from inside the folder."""
        self._capsys.readouterr()
        code = 0
        with self._patch.context() as here:
            here.chdir(self.folder)
            here.setattr(sys, "argv", ["shadow", *words])
            try:
                main()
            except SystemExit as exc:
                code = exc.code
        out, err = self._capsys.readouterr()
        return Ended(code, out, err)


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Give a shell in an empty folder with a configuration."""
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("SHADOW_CONFIG", raising=False)
    return Shell(tmp_path, capsys, monkeypatch)
