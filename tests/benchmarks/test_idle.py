"""The benchmark of idle connections, with a hundredth of them: it holds what it opens, and ends by itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

SCRIPT = Path(__file__).parents[2] / "benchmarks/idle.py"


@pytest.mark.parametrize("silent", [[], ["--silent"]], ids=["asked once", "silent"])
def test_as_many_connections_are_held_as_are_opened(silent):
    """It tells how many, and what they took, and leaves with 0."""
    command = [sys.executable, str(SCRIPT), "--connections", "100", *silent]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert (ended.returncode, "connections held: 100 of 100" in ended.stdout) == (0, True), ended.stderr
    assert "a connection: " in ended.stdout
