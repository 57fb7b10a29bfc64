"""The pages of the documentation, taken apart: their fenced blocks, and the commands in them."""

from __future__ import annotations

import re
import shlex
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
ALONE = {
    *("calibrate", "check", "schema", "status", "report", "replay"),
    *("compare", "rescore", "switch", "kill", "revive"),
}
"""Commands that need nothing running."""

_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`(shadow [^`…]+)`")
_ASSIGNMENT = re.compile(r"[A-Z_]+=\S*")


@dataclass(frozen=True)
class Block:
    """One fenced block: the page it is on, its language, its text."""

    page: Path
    language: str
    text: str


@dataclass(frozen=True)
class Command:
    """One command as a reader would type it: its words after `shadow`, and what is set before it."""

    page: Path
    words: tuple[str, ...]
    environment: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Give it as a test's id."""
        return f"{self.page.stem}: {' '.join(self.words)}"


def blocks(*languages: str) -> list[Block]:
    """Give every block in one of these languages, page by page."""
    return [
        Block(page, language, textwrap.dedent(text))
        for page in PAGES
        for _, language, text in _FENCE.findall(page.read_text())
        if language in languages
    ]


def command_of(page: Path, line: str) -> Command | None:
    """Read a line of a shell; None when it is no command of ours."""
    words = shlex.split(line.replace("…", "x"), comments=True)
    words = words[: words.index("|")] if "|" in words else words
    environment = []
    while words and _ASSIGNMENT.fullmatch(words[0]):
        environment.append(words.pop(0))
    return Command(page, tuple(words[1:]), tuple(environment)) if words[:1] == ["shadow"] else None


def typed() -> list[Command]:
    """Give every command that stands on a line of a shell block, in order."""
    lines = [(block.page, line) for block in blocks("sh", "") for line in block.text.splitlines()]
    return [found for page, line in lines if (found := command_of(page, line)) is not None]


def mentioned() -> list[Command]:
    """Give every command that is mentioned in a sentence."""
    texts = [(page, _FENCE.sub("", page.read_text())) for page in PAGES]
    found = [command_of(page, text) for page, words in texts for text in _INLINE.findall(words)]
    return [command for command in found if command is not None]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test that asks for it each command, each page with Python in it, each YAML block."""
    makers = {
        "lone_command": lambda: [command for command in typed() if command.words[0] in ALONE],
        "any_command": lambda: [*typed(), *mentioned()],
        "python_page": lambda: sorted({block.page for block in blocks("python")}),
        "yaml_block": lambda: blocks("yaml"),
        "page": lambda: PAGES,
    }
    for name in makers.keys() & set(metafunc.fixturenames):
        metafunc.parametrize(name, makers[name](), ids=_named)


def _named(value: Block | Command | Path) -> str:
    if isinstance(value, Block):
        return f"{value.page.stem}: {value.text.strip().splitlines()[0]}"
    return value.name if isinstance(value, Path) else str(value)


@pytest.fixture
def root() -> Path:
    """Give the project's folder."""
    return ROOT


@pytest.fixture
def blocks_of() -> Callable[..., list[Block]]:
    """Give the function that finds blocks by their languages."""
    return blocks
