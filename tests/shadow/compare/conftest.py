"""What the tests of comparing files share: files of rows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def jsonl(tmp_path: Path) -> Callable[..., Path]:
    """Give the maker of files: a text is a line as it is, anything else is written as JSON."""

    def make(name: str, *rows: Any) -> Path:
        lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
        (tmp_path / name).write_text("".join(f"{line}\n" for line in lines))
        return tmp_path / name

    return make
