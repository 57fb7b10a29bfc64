"""A configuration written to a file and loaded, with plugins that can always be built."""

from __future__ import annotations

from dataclasses import dataclass, field
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from shadow.config import check
from shadow.config.build import Makers
from shadow.config.load import load
from shadow.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

LEGACY = 'legacy: {url: "http://127.0.0.1:9001"}\n'
MODEL = "models: {parser: {adapter: passthrough, url: http://127.0.0.1:9002}}\n"

WILLING = Makers(
    comparator=lambda spec: spec,
    estimator=lambda each: each,
    adapter=lambda _name, model: model,
    asked=lambda _name, each: each,
)


@dataclass
class Written:
    """A folder with a configuration file in it."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """The configuration file."""
        return self.folder / "shadow.yaml"

    def write(self, text: str) -> Path:
        """Write the configuration file."""
        self.path.write_text(dedent(text), encoding="utf-8")
        return self.path

    def load(self, text: str, **environ: str):
        """Write the file and load it."""
        return load(self.write(text), environ={**self.environ, **environ})

    def refused(self, text: str, **environ: str) -> list[str]:
        """Give the lines of the refusal, without the first."""
        with pytest.raises(ConfigError) as caught:
            self.load(text, **environ)
        return [line.strip() for line in str(caught.value).splitlines()[1:]]


@pytest.fixture
def willing(monkeypatch) -> None:
    """Plugins that can always be built, so that a test is about the configuration alone."""
    monkeypatch.setattr(check, "installed", lambda: WILLING)


@pytest.fixture
def file(tmp_path, willing) -> Written:
    """Give an empty folder to write a configuration file in."""
    return Written(tmp_path)
