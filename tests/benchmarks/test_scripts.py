"""Every benchmark can be run as its first lines say: as a script, from the repository's folder."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"
SCRIPTS = sorted(file for file in FOLDER.glob("*.py") if "__main__" in file.read_text())
OURS = re.compile(r"^(?:from|import) (?:benchmarks|comparators|fallback|shadow)\b", re.MULTILINE)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda file: file.stem)
def test_the_repository_is_found_before_the_scripts_own_folder(script):
    """That one has a comparators.py in it, which is not the package."""
    text = script.read_text()
    ours = OURS.search(text)
    assert ours is None or 0 <= text.find("sys.path.insert(") < ours.start()


def test_there_are_scripts():
    """The test above has something to look at."""
    assert len(SCRIPTS) > 10
