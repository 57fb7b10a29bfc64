"""What answers no client lets go first what does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ASK = "import os; from shadow.priority import give_way; give_way(3); print(os.nice(0), {})"


def told(more: str, *, own_session: bool) -> list[str]:
    """Let a process give way, and give what it says."""
    done = subprocess.run(
        [sys.executable, "-c", ASK.format(more)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        start_new_session=own_session,
    )
    return done.stdout.split()


def test_a_process_gives_way_to_those_beside_it():
    """By as many steps as it was told."""
    assert told("", own_session=False) == [str(min(os.nice(0) + 3, 19))]


@pytest.mark.skipif(not Path("/proc/self/autogroup").exists(), reason="sessions are not weighed here")
def test_a_session_of_its_own_gives_way_as_a_whole():
    """For the system weighs that one, and not the process within it."""
    group = told("open('/proc/self/autogroup').read()", own_session=True)
    assert group[-1] == "3"
