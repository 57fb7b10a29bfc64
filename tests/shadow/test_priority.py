"""What answers no client lets go first what does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ASK = "import os; from shadow.priority import give_way; give_way(3, wholly={}); print(os.nice(0), {})"


def told(more: str, *, own_session: bool, wholly: bool = False) -> list[str]:
    """Let a process give way, and give what it says."""
    done = subprocess.run(
        [sys.executable, "-c", ASK.format(wholly, more)],
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
@pytest.mark.parametrize(("wholly", "steps"), [(False, "3"), (True, "19")])
def test_a_session_of_its_own_gives_way_as_a_whole(wholly, steps):
    """For the system weighs that one, and not the process within it."""
    group = told("open('/proc/self/autogroup').read()", own_session=True, wholly=wholly)
    assert group[-1] == steps


@pytest.mark.skipif(not hasattr(os, "SCHED_IDLE"), reason="the system knows no such thing")
@pytest.mark.parametrize(("wholly", "policy"), [(False, "SCHED_BATCH"), (True, "SCHED_IDLE")])
def test_who_gives_way_ends_nobody_in_its_slice(wholly, policy):
    """The system knows that by its policy: one that comes after others, or one that gets what they leave."""
    expected = getattr(os, policy)
    assert told("os.sched_getscheduler(0)", own_session=False, wholly=wholly)[-1] == str(expected)
