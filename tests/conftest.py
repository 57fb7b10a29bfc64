"""What holds for every test: coverage tells of those that look at a module, and costs the others nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

HERE = Path(__file__).parent
WHOLE = tuple(HERE / each for each in ("benchmarks", "docs", "e2e"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Do not trace what runs the whole house or takes seconds: tracing slows it down, and moves its timing."""
    for item in items:
        if item.get_closest_marker("slow") or any(item.path.is_relative_to(each) for each in WHOLE):
            item.add_marker("no_cover")
